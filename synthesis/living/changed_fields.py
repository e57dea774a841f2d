"""Two states of one YAML tree -> what changed, field by field, as printed and with the place of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.records.parsing import Node, Place, Tree
from evidence.records.printed import shorten

_NAMES = ("id", "variable", "name")
"""Keys by which the entries of a list are told apart, whatever their order."""

_ENTRIES = frozenset({"estimates", "comparisons", "analyses"})
"""Lists at the left margin whose entries have ids of their own."""

_SHOWN = 100
"""Characters of a value in a sentence."""

_At = tuple[str, ...]


@dataclass(frozen=True)
class FieldChange:
    """One field before and after, None where it is not there.

    part: the key at the left margin that it stands under; of: the estimate or entry it belongs to, else the
    part; place: where it stands in the new file, or, of what is gone, stood in the old one.
    """

    part: str
    of: str
    key: str
    before: str | None
    after: str | None
    place: Place

    @property
    def words(self) -> str:
        """'hip-men: effect.estimate 0.0079 → 0.0069', with long texts cut short."""
        what = f"{self.of}: {self.key}" if self.key else self.of
        if self.before is None:
            return f"{what} added: {shorten(self.after or '', _SHOWN)}"
        if self.after is None:
            return f"{what} removed: {shorten(self.before, _SHOWN)}"
        return f"{what} {shorten(self.before, _SHOWN)} → {shorten(self.after, _SHOWN)}"

    def where(self, folder: Path) -> str:
        """'studies/example.yaml:19', as seen from the review's folder."""
        path = self.place.path
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        return f"{name}:{self.place.line}"


def changed_fields(old: Tree, new: Tree) -> list[FieldChange]:
    """Every field that is added, gone or spelled otherwise, in the order of the new file, then what is gone.

    0.10 and 0.1 differ: digits say how far rounding reaches. Comments, layout and the order of keys do not.
    What is added or gone as a whole is one change, and so is an estimate that has only another id.
    """
    names = _new_names(old, new)
    found = list(_changes(old, new, old.root, new.root, (), names))
    nodes = _estimates(new)
    for was, name in names.items():
        place = _place(new, nodes[name])
        found.append(FieldChange("estimates", name, "id", was, name, place))
    return found


def _changes(
    old: Tree, new: Tree, before: Node, after: Node, at: _At, names: dict[str, str]
) -> Iterator[FieldChange]:
    """names: the new id of each renamed estimate by its old one."""
    first, second = _children(before), _children(after)
    if first is None or second is None:
        if _flow(before) != _flow(after):
            yield _change(at, _flow(before), _flow(after), _place(new, after))
        return
    if at == ("estimates",):
        first = {names.get(name, name): child for name, child in first.items()}
    renamed = set(names.values()) if at == ("estimates",) else set()
    for name, child in second.items():
        was = first.get(name)
        if was is None:
            yield _change((*at, name), None, _flow(child), _place(new, child))
        elif name not in renamed:
            yield from _changes(old, new, was, child, (*at, name), names)
    for name, child in first.items():
        if name not in second:
            yield _change((*at, name), _flow(child), None, _place(old, child))


def _change(at: _At, before: str | None, after: str | None, place: Place) -> FieldChange:
    listed = at[0] in _ENTRIES and len(at) > 1
    of, key = (at[1], at[2:]) if listed else (at[0], at[1:])
    return FieldChange(at[0], of, ".".join(key), before, after, place)


def _children(node: Node) -> dict[str, Node] | None:
    """What stands below a mapping or a list of mappings, by name; None for a value or a list of values."""
    content = node.content
    if isinstance(content, dict):
        return content
    if isinstance(content, list) and any(isinstance(item.content, dict) for item in content):
        return dict(_named(content))
    return None


def _named(items: list[Node]) -> Iterator[tuple[str, Node]]:
    """Entries by their own name, a second one of that name by a number too, and others by their position."""
    seen: dict[str, int] = {}
    for position, item in enumerate(items, start=1):
        children = (item.child(key) for key in _NAMES)
        own = next((str(child.content) for child in children if child is not None), f"no. {position}")
        seen[own] = seen.get(own, 0) + 1
        yield (own if seen[own] == 1 else f"{own} ({seen[own]})"), item


def _flow(node: Node) -> str:
    """A value as it is spelled, a list or mapping in one line."""
    content = node.content
    if isinstance(content, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in content.items()) + "}"
    if isinstance(content, list):
        return "[" + ", ".join(map(_flow, content)) + "]"
    return "null" if content is None else content


def _place(tree: Tree, node: Node) -> Place:
    return Place(tree.path, node.spot.line, node.spot.column)


def _new_names(old: Tree, new: Tree) -> dict[str, str]:
    """The new id of each estimate that is there, word for word, under another one, by its old id."""
    before, after = _estimates(old), _estimates(new)
    gone = {name: _without_id(node) for name, node in before.items() if name not in after}
    found = {}
    for name, node in after.items():
        if name not in before:
            held = _without_id(node)
            was = next((other for other, text in gone.items() if text == held), None)
            if was is not None:
                found[was] = name
                del gone[was]
    return found


def _estimates(tree: Tree) -> dict[str, Node]:
    node = tree.root.child("estimates")
    listed = node.content if node is not None and isinstance(node.content, list) else []
    return {str(given.content): item for item in listed if (given := item.child("id")) is not None}


def _without_id(node: Node) -> object:
    return {key: value for key, value in node.plain().items() if key != "id"}
