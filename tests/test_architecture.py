"""The house keeps its plan: who imports whom, one name for one thing, nothing that nobody uses.

Imports are read from the source, so that those inside functions and those for type checking count too.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house import (
    ALLOWED,
    ALLOWED_IN_POOLING,
    CALLED_FROM_OUTSIDE,
    PLAIN_DECORATORS,
    SAME_CLASS,
    SAME_MEANING,
)

ROOT = Path(__file__).parents[1]
HOUSES = ("evidence", "studies", "synthesis")
LONGEST = 450


@cache
def modules() -> dict[str, Path]:
    """Every module and room of the three houses, by its dotted name."""
    found = {}
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[str]:
    """Modules of ours that a module imports, wherever in it the import stands."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in HOUSES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules() else str(node.module)


@cache
def graph() -> dict[str, frozenset[str]]:
    return {module: frozenset(imported(module)) - {module} for module in modules()}


def arrows() -> Iterator[tuple[str, str]]:
    for module, found in graph().items():
        yield from ((module, other) for other in sorted(found))


def circles(edges: dict[str, frozenset[str]]) -> list[list[str]]:
    """Groups of modules that reach one another: what is left when ends are taken off, both ways."""
    left = dict(edges)
    while True:
        targets = {other for found in left.values() for other in found}
        ends = {m for m, found in left.items() if m not in targets or not found & left.keys()}
        if not ends:
            break
        left = {m: found - ends for m, found in left.items() if m not in ends}
    reach = {module: _reached(module, left) for module in left}
    groups = {tuple(sorted(o for o in reach[m] if m in reach[o])) for m in left if m in reach[m]}
    return [list(group) for group in sorted(groups)]


def _reached(start: str, edges: dict[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += edges[module]
    return found


def room_of(module: str, rooms: Iterable[str]) -> str | None:
    """The longest room that holds the module."""
    holds = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(holds, key=len, default=None)


def wrong_arrows(
    allowed: dict[str, dict[str, str]], prefix: str = ""
) -> tuple[list[str], set[tuple[str, str]]]:
    """Imports that the table does not allow, and its arrows that no import follows."""
    rooms = {f"{prefix}{room}" for room in allowed}
    arrow_names = {f"{prefix}{other}" for row in allowed.values() for other in row}
    wrong = []
    unused = {(room, other) for room, row in allowed.items() for other in row}
    for module, other in arrows():
        source, target = room_of(module, rooms), room_of(other, rooms)
        if source is None or target is None or source == target:
            continue
        inside = allowed[source.removeprefix(prefix)]
        named = room_of(other, {f"{prefix}{name}" for name in inside} & arrow_names)
        if named is None:
            wrong.append(f"{module} imports {other}")
        else:
            unused.discard((source.removeprefix(prefix), named.removeprefix(prefix)))
    return wrong, unused


@pytest.mark.long
def test_imports_are_seen_wherever_they_stand() -> None:
    assert "synthesis.pooled" in graph()["synthesis"]  # for type checking alone
    assert "evidence.effects.escalc" in graph()["evidence.records.raw_numbers"]  # inside a function
    assert circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("b"), "d": frozenset("a")}) == [
        ["b", "c"]
    ]
    assert len(modules()) > 200
    assert sum(1 for _ in arrows()) > 700


def test_no_module_imports_itself_through_others() -> None:
    assert circles(graph()) == []


def test_houses_import_one_way() -> None:
    other_house = [(m, o) for m, o in arrows() if m.partition(".")[0] != o.partition(".")[0]]
    assert [f"{m} imports {o}" for m, o in other_house if m.startswith("evidence")] == []
    assert [f"{m} imports {o}" for m, o in other_house if o.startswith("studies")] == []
    shared = ("synthesis.drawing", "synthesis.terminal")
    wrong = [(m, o) for m, o in other_house if o.startswith("synthesis") and room_of(o, shared) is None]
    assert [f"{m} imports {o}" for m, o in wrong] == []


def test_rooms_import_only_what_the_table_allows() -> None:
    wrong, _ = wrong_arrows(ALLOWED)
    assert wrong == []


def test_rooms_of_pooling_import_only_what_the_table_allows() -> None:
    wrong, unused = wrong_arrows(ALLOWED_IN_POOLING, "synthesis.pooling.")
    assert wrong == []
    assert unused == set(), "arrows of the table that no import follows: strike them"


def test_every_module_stands_in_a_room_of_the_tables() -> None:
    rooms = ALLOWED.keys() - set(HOUSES)
    assert {m for m in modules() if room_of(m, rooms) is None} == {
        *HOUSES,
        "studies.__main__",
        "synthesis.__main__",
    }
    within = {m.split(".")[2] for m in modules() if m.startswith("synthesis.pooling.")}
    assert within == ALLOWED_IN_POOLING.keys()


def test_no_module_is_longer_than_one_idea() -> None:
    lines = {m: len(path.read_text(encoding="utf-8").splitlines()) for m, path in modules().items()}
    assert {module: count for module, count in lines.items() if count > LONGEST} == {}


def test_no_module_loads_the_statistics_of_scipy() -> None:
    """scipy.stats takes a third of a second to load, at every start; scipy.special has the same functions."""
    lines = [
        f"{path.name}: {line}"
        for path in modules().values()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) scipy\b.*\bstats\b", line)
    ]
    assert lines == []


def repeated(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    homes = defaultdict(list)
    for name, home in names:
        homes[name].append(home)
    return {name: found for name, found in homes.items() if len(found) > 1}


def test_one_name_of_a_module_is_one_thing() -> None:
    twice = repeated((module.rpartition(".")[2], module) for module in modules())
    assert {name: homes for name, homes in twice.items() if name not in SAME_MEANING} == {}
    assert SAME_MEANING.keys() - twice.keys() - {"__init__"} == set(), "names that stand once: strike them"


def test_one_name_of_a_class_is_one_thing() -> None:
    twice = repeated(
        (node.name, module)
        for module in modules()
        for node in tree(module).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name: homes for name, homes in twice.items() if name not in SAME_CLASS} == {}
    assert SAME_CLASS.keys() - twice.keys() == set(), "names that stand once: strike them"


def mentioned(node: ast.AST) -> Counter[str]:
    """How often each name is spoken: read, called, imported, asked for, passed."""
    found: Counter[str] = Counter()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found[each.id] += 1
        elif isinstance(each, ast.Attribute):
            found[each.attr] += 1
        elif isinstance(each, ast.alias):
            found[each.name.rpartition(".")[2]] += 1
        elif isinstance(each, ast.keyword) and each.arg:
            found[each.arg] += 1
    return found


def public_definitions(module: str) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Public functions, classes and methods, but those that a decorator registers somewhere."""
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def registered(node: ast.FunctionDef | ast.ClassDef) -> bool:
    names = (mentioned(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)
    return any(not name.keys() & PLAIN_DECORATORS for name in names)


def documented() -> set[str]:
    """Every word that stands as code on a page."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "pyproject.toml"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    code = [*re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE), *re.findall(r"`[^`\n]+`", text)]
    return {word for piece in code for word in re.findall(r"\w+", piece)} | {"main"}


def test_nothing_public_is_unused() -> None:
    """A name counts as used where it is spoken anywhere outside its own definition, or stands on a page."""
    spoken: Counter[str] = Counter()
    for module in modules():
        spoken += mentioned(tree(module))
    pages, asked, unused = documented(), 0, []
    for module in modules():
        for name, node in public_definitions(module):
            if node.name.startswith("_") or node.name in CALLED_FROM_OUTSIDE or registered(node):
                continue
            asked += 1
            if spoken[node.name] <= mentioned(node)[node.name] and node.name not in pages:
                unused.append(f"{module}: {name}")
    assert unused == []
    assert asked > 1_000
