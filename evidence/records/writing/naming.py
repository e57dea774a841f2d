"""Names that entries could leave out as long as a record had one exposure or one model, written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from evidence.records.parsing import Node, Tree, parse_text
from evidence.records.schema import Record
from evidence.records.writing.yaml_layout import text_to_yaml


def with_names(text: str, record: Record, key: Literal["exposure", "model"]) -> tuple[str, Record]:
    """A record's text and the record, in which every estimate and comparison names its exposure or model.

    Before a second one joins, what left the name out has to say that it means the first.
    """
    names = list(getattr(record, f"{key}s"))
    changes: dict[str, Any] = {}
    for entries in ("estimates", "comparisons"):
        found = getattr(record, entries)
        changes[entries] = tuple(
            each if getattr(each, key) is not None else each.model_copy(update={key: names[0]})
            for each in found
        )
    named = record.model_copy(update=changes)
    if named == record:
        return text, record
    tree, _ = parse_text(text, Path())
    lines = text.splitlines()
    for node in reversed(list(_unnamed(tree, key))):
        _write_in(lines, node, f"{key}: {text_to_yaml(names[0], inside_brackets=True)}")
    return "\n".join(lines) + "\n", named


def _unnamed(tree: Tree, key: str) -> list[Node]:
    """The entries without the key, in the order of the file."""
    found = []
    for name in ("estimates", "comparisons"):
        block = tree.root.child(name)
        entries = block.content if block is not None and isinstance(block.content, list) else []
        found += [node for node in entries if isinstance(node.content, dict) and key not in node.content]
    return sorted(found, key=lambda node: (node.spot.line, node.spot.column))


def _write_in(lines: list[str], node: Node, entry: str) -> None:
    """Put an entry behind that of the outcome: on a line of its own, or between the braces."""
    outcome, spot = node.child("outcome"), node.key_spots["outcome"]
    assert outcome is not None  # no record without it
    line = lines[spot.line - 1]
    before = line[: spot.column - 1]
    if before.strip(" -") == "":  # the key begins its line
        lines.insert(spot.line, f"{' ' * (spot.column - 1)}{entry}")
        return
    end = outcome.spot.column - 1 + outcome.spot.width
    lines[spot.line - 1] = f"{line[:end]}, {entry}{line[end:]}"
