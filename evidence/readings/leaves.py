"""A record's tree as cells: estimates and parts by name, each value under its key, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.readings.side_by_side import Printing
from evidence.readings.values import number, plain, same_value
from evidence.records.parsing import Node, Place, Tree

SECTIONS = {"reports": "report", "exposures": "exposure", "outcomes": "outcome", "models": "model"}
"""Parts whose entries have names that the reader chose, and what an entry is."""

NOT_READ = frozenset(
    {
        *("note", "quote", "at", "support", "use", "label", "text", "sha256", "url", "not_poolable"),
        *("id", "variable"),
    }
)
"""Keys in which readers speak in their own words, that are no reading, or by which entries are aligned."""

_PARTS = ("design", "cohort", "population", "flow", "baseline")
_DEFAULTS = {
    **dict.fromkeys(("repeated", "ordered", "reference", "change", "log"), "false"),
    "unit_stated": "true",
    "level": "95 %",
}
_FALSE, _TRUE = ("false", "no", "off"), ("true", "yes", "on")


@dataclass(frozen=True)
class Entry:
    """An estimate, an entry of a section, or a part of a record: what it is, and its cells by key."""

    what: str
    name: str
    place: Place
    cells: dict[str, Printing]


def estimates_of(tree: Tree) -> dict[str, Entry]:
    """The estimates and comparisons by id, whether they stand as a list or under their ids."""
    found: dict[str, Entry] = {}
    for part, what in (("estimates", "estimate"), ("comparisons", "comparison")):
        for name, child, line in _named_children(tree.root.child(part)):
            found[name] = Entry(what, name, Place(tree.path, line), dict(_leaves(tree.path, child, ())))
    return found


def _named_children(node: Node | None) -> Iterator[tuple[str, Node, int]]:
    if node is None:
        return
    if isinstance(node.content, list):
        for child in node.content:
            given = child.child("id")
            if given is not None:
                yield str(given.content), child, given.spot.line
    elif isinstance(node.content, dict):
        for name, child in node.content.items():
            yield name, child, node.key_spots[name].line


def sections_of(tree: Tree, section: str) -> dict[str, Entry]:
    """The entries of a section by the names that the reader gave them."""
    return {
        name: Entry(SECTIONS[section], name, Place(tree.path, line), dict(_leaves(tree.path, child, ())))
        for name, child, line in _named_children(tree.root.child(section))
    }


def parts_of(tree: Tree) -> dict[str, Entry]:
    """The other parts of a record by key."""
    found = {}
    for name in _PARTS:
        child = tree.root.child(name)
        if child is not None:
            place = Place(tree.path, tree.root.key_spots[name].line)
            at = (name,) if isinstance(child.content, str) else ()
            found[name] = Entry("part", name, place, dict(_leaves(tree.path, child, at)))
    return found


def as_default(key: str, place: Place, other: Printing) -> Printing:
    """What is meant where a key is left out: the schema's default if the other says that, else nothing."""
    usual = _DEFAULTS.get(key.rpartition(".")[2])
    if usual is None or not same_value(usual, str(other.says)):
        return Printing(place, None)
    return replace(other, place=place)


def _leaves(path: Path, node: Node, at: tuple[str, ...]) -> Iterator[tuple[str, Printing]]:
    content = node.content
    if isinstance(content, dict):
        for name, child in content.items():
            if name not in NOT_READ:
                yield from _leaves(path, child, (*at, name))
    elif isinstance(content, list):
        yield from _of_list(path, content, node, at)
    elif content is not None:
        place = Place(path, node.spot.line, node.spot.column)
        yield ".".join(at), Printing(place, content, _meaning(at, content))


def _meaning(at: tuple[str, ...], text: str) -> str | None:
    """yes and true are one word where the schema has a yes or no."""
    if at[-1] not in _DEFAULTS:
        return None
    return "false" if plain(text) in _FALSE else "true" if plain(text) in _TRUE else None


def _of_list(
    path: Path, items: list[Node], node: Node, at: tuple[str, ...]
) -> Iterator[tuple[str, Printing]]:
    """Limits by name, words as one cell in any order, and other entries by what they are called."""
    texts = [item.content for item in items if isinstance(item.content, str)]
    if texts and len(texts) == len(items) and not any(map(number, texts)):
        place = Place(path, items[0].spot.line, items[0].spot.column)
        yield ".".join(at), Printing(place, ", ".join(texts), ", ".join(sorted(map(plain, texts))))
        return
    limits = ("lower", "upper") if at[-1:] == ("ci",) else ()
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        name = limits[index] if limits else _called(item) or str(index + 1)
        seen[name] = seen.get(name, 0) + 1
        yield from _leaves(path, item, (*at, name if seen[name] == 1 else f"{name} {seen[name]}"))


def _called(item: Node) -> str | None:
    for key in ("id", "variable"):
        named = item.child(key)
        if named is not None:
            return str(named.content)
    return None
