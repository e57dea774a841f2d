"""Where everything of a YAML text begins and ends, in characters, so that one value can be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from evidence.records.parsing import KeyPath, yaml_events


@dataclass
class Spread:
    """A value of a YAML text: from its first character to behind its last one.

    key: where its key begins, for a value of a mapping, else where the value begins. in_brackets: whether it
    stands inside { } or [ ], or is such a list or mapping itself.
    """

    kind: Literal["scalar", "list", "mapping"]
    key: int
    start: int
    end: int
    in_brackets: bool
    children: dict[str | int, Spread] = field(default_factory=dict)

    def under(self, at: KeyPath) -> Spread | None:
        """What stands at a key path below this; None where nothing does."""
        found: Spread | None = self
        for key in at:
            found = None if found is None else found.children.get(key)
        return found


def spread_of(text: str) -> Spread:
    """The places of a YAML text that `parse_text` reads without a problem."""
    root: Spread | None = None
    open_ones: list[Spread] = []
    keys: list[tuple[str, int] | None] = []
    for event in yaml_events(text):
        if isinstance(event, ScalarEvent) and open_ones and open_ones[-1].kind == "mapping" and not keys[-1]:
            keys[-1] = (event.value, event.start_mark.index)
        elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            made = _begun(event, text, keys[-1] if keys else None, open_ones[-1:])
            if open_ones:
                parent = open_ones[-1]
                waiting = keys[-1]
                parent.children[len(parent.children) if waiting is None else waiting[0]] = made
                keys[-1] = None
            else:
                root = made
            if not isinstance(event, ScalarEvent):
                open_ones.append(made)
                keys.append(None)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            _end(open_ones.pop(), event)
            keys.pop()
    assert root is not None  # the text is read as a mapping
    return root


def _begun(event: Any, text: str, key: tuple[str, int] | None, parent: list[Spread]) -> Spread:
    start, end = event.start_mark.index, event.end_mark.index
    begins = start if key is None else key[1]
    inside = any(each.in_brackets for each in parent)
    if isinstance(event, ScalarEvent):
        if text[start : start + 1] in ("|", ">"):  # a block ends with its last line
            end = start + len(text[start:end].rstrip())
        return Spread("scalar", begins, start, end, inside)
    kind: Literal["list", "mapping"] = "mapping" if isinstance(event, MappingStartEvent) else "list"
    return Spread(kind, begins, start, start, inside or bool(event.flow_style))


def _end(spread: Spread, event: Any) -> None:
    """What has brackets ends with them, anything else with its last value: below that comments may follow."""
    if spread.in_brackets:
        spread.end = event.end_mark.index
    elif spread.children:
        spread.end = max(each.end for each in spread.children.values())
