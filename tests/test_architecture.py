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

ROOT = Path(__file__).parents[1]
HOUSES = ("evidence", "studies", "synthesis")
LONGEST = 450

# Which room may import which, and why; a room may always import itself. Of two names the longer counts.
ALLOWED: dict[str, dict[str, str]] = {
    # evidence: what papers report, checked
    "evidence.wording": {},
    "evidence.choices": {"evidence.wording": "one home for words"},
    "evidence.processes": {},
    "evidence.effects": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
    },
    "evidence.records": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
        "evidence.effects": "counts and means of two groups become an effect",
    },
    "evidence.checking": {
        "evidence.records": "reads them",
        "evidence.readings": "compares them with their second readings",
        "evidence.audit": "audits them",
        "evidence.sources": "compares them with their papers",
        "evidence.processes": "many files are checked by workers",
    },
    "evidence.sources": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
        "evidence.records": "what is looked for in a text",
        "evidence.audit": "a finding may be acknowledged",
    },
    "evidence.readings": {
        "evidence.wording": "one home for words",
        "evidence.records": "what two persons read",
        "evidence.sources": "tables that two persons filled",
    },
    "evidence.selection": {
        "evidence.wording": "one home for words",
        "evidence.records": "selects from records",
    },
    "evidence.audit": {
        "evidence.wording": "one home for words",
        "evidence.effects": "an effect is what its groups give",
        "evidence.records": "audits records",
        "evidence.selection": "who overlaps with whom",
    },
    # studies: primary data
    "studies.survey": {},
    "studies.nhanes": {
        "evidence": "regenerated estimates are records",
        "studies.survey": "estimates are design-based",
        "synthesis.drawing": "figures are drawn as everywhere",
    },
    "studies.commands": {
        "evidence": "files are written as everywhere",
        "studies.survey": "names the errors of a design",
        "studies.nhanes": "what the commands run",
        "synthesis.drawing": "figures are saved as everywhere",
        "synthesis.terminal": "output looks as everywhere",
    },
    "studies": {
        "studies.commands": "the entry point",
        "synthesis.terminal": "how a command line starts and ends",
    },
    # synthesis, upwards: each line may import the lines above it that it names
    "synthesis.terminal": {"evidence": "words"},
    "synthesis.drawing": {"evidence": "words, and files written in one step"},
    "synthesis.pooling": {"evidence": "words, and the counts of tables"},
    "synthesis.diagnostics": {"evidence": "words", "synthesis.pooling": "each question is a batch of fits"},
    "synthesis.plots": {
        "evidence": "words",
        "synthesis.drawing": "a plot is a chart",
        "synthesis.pooling": "what is drawn",
        "synthesis.diagnostics": "what is drawn",
    },
    "synthesis.pooled": {
        "evidence": "words",
        "synthesis.drawing": "its figures",
        "synthesis.pooling": "its numbers",
        "synthesis.diagnostics": "its questions",
        "synthesis.plots": "its figures",
    },
    "synthesis.regression": {
        "evidence": "words",
        "synthesis.pooling": "the numbers of a regression",
        "synthesis.pooled": "subgroups, each of which can be asked further",
    },
    "synthesis.review": {
        "evidence": "records, and the effects selected from them",
        "synthesis.drawing": "a review's forest plot",
        "synthesis.pooling": "a review's numbers",
        "synthesis.regression": "differences between a review's groups",
        "synthesis.diagnostics": "a review under other choices",
        "synthesis.plots": "a review's plots",
        "synthesis.pooled": "a review's results",
    },
    "synthesis.commands": {
        "evidence": "reading and writing records",
        "synthesis.terminal": "printing",
        "synthesis.drawing": "files of figures",
        "synthesis.pooling": "names of methods and tests",
        "synthesis.plots": "kinds of plots",
        "synthesis.pooled": "what is printed",
        "synthesis.review": "what the commands run",
    },
    "synthesis": {
        "evidence.effects": "escalc",
        "synthesis.pooling": "pool_counts",
        "synthesis.diagnostics": "count_asymmetry",
        "synthesis.regression": "metareg, subgroups, location_scale",
        "synthesis.pooled": "the result",
        "synthesis.commands": "the entry point",
        "synthesis.terminal": "how a command line starts and ends",
    },
}

# The rooms of pooling, which lean on one another (module by module without a circle).
ALLOWED_IN_POOLING: dict[str, dict[str, str]] = {
    "kernel": {
        "designs": "a fit with moderators has its own algebra, and a fit chooses between them",
        "tau2": "a fit begins with the estimator of tau2",
    },
    "tau2": {
        "kernel": "sums, likelihoods, roots",
        "designs": "residuals of a design",
        "mean": "what an interval is",
        "batch": "a likelihood ratio fits twice",
    },
    "mean": {"kernel": "sums", "tau2": "which tests go with which estimator"},
    "designs": {"kernel": "sums, likelihoods", "mean": "tests of coefficients"},
    "prediction": {
        "kernel": "effects",
        "tau2": "an estimate's uncertainty",
        "mean": "tests",
        "batch": "fits",
    },
    "bayes": {"kernel": "sums"},
    "counts": {
        "kernel": "effects",
        "mean": "tests",
        "inputs": "columns and levels",
        "result": "numbers as plain Python",
    },
    "resampling": {
        "kernel": "effects",
        "tau2": "estimators",
        "mean": "weights of the mean",
        "batch": "each draw is a data set of a batch",
    },
    "batch": {room: "a batch runs it" for room in ("kernel", "tau2", "mean", "prediction")},
    "inputs": {"kernel": "effects are what inputs become"},
    "result": {"kernel": "arrays", "bayes": "the interval of few studies", "mean": "Wald beside HKSJ"},
    "repeating": {
        "kernel": "effects",
        "mean": "tests that have weights of their own",
        "prediction": "what stands for none",
        "tau2": "estimators",
        "batch": "the same choices for other studies",
        "result": "the choices",
    },
    "notes": {
        "mean": "tests",
        "prediction": "intervals",
        "tau2": "estimators",
        "repeating": "the same choices once more",
        "result": "what the notes are about",
    },
    "api": {
        room: "from arguments to a result"
        for room in (
            "kernel",
            "tau2",
            "mean",
            "prediction",
            "bayes",
            "batch",
            "inputs",
            "notes",
            "repeating",
            "result",
        )
    },
}

# Names that stand more than once, because they mean the same thing in each place.
SAME_MEANING = {
    "__init__": "what a room shows",
    "__main__": "the entry point of python -m",
    "api": "the public function of its room",
    "commands": "the verbs of a house",
    "compare": "published beside regenerated: the command and the numbers",
    "effects": "effects with their sampling variances",
    "fetch": "the survey's files: the command and the download",
    "figures": "the paper's figures: the command and the drawings",
    "fitting": "the fit of a model",
    "forest_table": "the table of a forest plot: its content from a review, and its model",
    "gosh": "every subset: the numbers and the chart",
    "influence": "the numbers and the chart",
    "likelihood": "the likelihood of a model",
    "location_scale": "the location-scale model: the function and the numbers",
    "multiverse": "the numbers and the chart",
    "notes": "what a reader must know of a result",
    "p_curve": "the numbers and the chart",
    "permutation": "permutation tests: of a mean, of coefficients",
    "prediction": "prediction intervals: the room and its first module",
    "records": "records of estimates: the room, and the regenerated ones",
    "refits": "one study less, one more: the numbers and the chart",
    "regression": "regression on covariates",
    "result": "what the public function of its room returns",
    "review": "a review: its file, and its analyses",
    "selection": "which estimates are pooled: the room and its module",
    "selection_models": "the numbers and the chart",
}
SAME_CLASS = {
    "Cohort": "the people who are studied: as named in a record, and row by row",
    "LikelihoodRatio": "twice the difference of two log likelihoods",
    "PermutationTest": "a permutation test: of a mean, of coefficients",
    "Sheet": "a table on a page of its own: as read, and as written",
    "Subgroup": "a part that is analysed by itself",
    "WaldTest": "a statistic, its df and p",
}

_PLAIN_DECORATORS = {
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "overload",
}
_PLAIN_DECORATORS |= {"property", "runtime_checkable", "staticmethod", "total_ordering"}


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
    return any(not name.keys() & _PLAIN_DECORATORS for name in names)


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
            if node.name.startswith("_") or registered(node):
                continue
            asked += 1
            if spoken[node.name] <= mentioned(node)[node.name] and node.name not in pages:
                unused.append(f"{module}: {name}")
    assert unused == []
    assert asked > 1_000
