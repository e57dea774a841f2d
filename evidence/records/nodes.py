"""A YAML file as a tree that knows where everything stands and how every number is spelled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from evidence.records.problems import KeyPath, Place, Problem, Severity


class Spot(NamedTuple):
    """Where a key or value begins (counting from 1) and how wide it is on its line."""

    line: int
    column: int
    width: int = 1


@dataclass(slots=True)
class Node:
    """A mapping, list or scalar with the place of its value and of its key."""

    spot: Spot
    content: dict[str, Node] | list[Node] | str | None
    key_spots: dict[str, Spot]

    def plain(self) -> Any:
        """The content as dicts, lists, texts and None."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def child(self, key: str | int) -> Node | None:
        """The node under a key or index; None when there is none."""
        if isinstance(self.content, dict):
            return self.content.get(str(key))
        if isinstance(self.content, list) and isinstance(key, int) and key < len(self.content):
            return self.content[key]
        return None


@dataclass(frozen=True)
class Tree:
    """A parsed file."""

    path: Path
    root: Node

    def spot(self, at: KeyPath, on_key: bool = False) -> Spot:
        """The place of what stands at a key path, or of the nearest parent that exists."""
        node, spot = self.root, self.root.spot
        for position, key in enumerate(at):
            last = position == len(at) - 1
            if on_key and last and key in node.key_spots:
                return node.key_spots[str(key)]
            child = node.child(key)
            if child is None:
                return node.key_spots.get(str(key), spot)
            if isinstance(node.content, dict) and not isinstance(child.content, str):
                spot = node.key_spots[str(key)]
            else:
                spot = child.spot
            node = child
        return spot

    def pruned(self, keys: tuple[str, ...]) -> Tree:
        """The same tree with only these top-level keys: small enough to keep for thousands of files."""
        root = self.root.content
        assert isinstance(root, dict)  # parse_text admits mappings only
        kept = {key: node for key, node in root.items() if key in keys}
        return Tree(self.path, Node(self.root.spot, kept, self.root.key_spots))

    def problem(
        self,
        at: KeyPath,
        severity: Severity,
        rule: str,
        says: str,
        hint: str | None = None,
        on_key: bool = False,
    ) -> Problem:
        """A problem placed at a key path of this file."""
        spot = self.spot(at, on_key)
        return Problem(Place(self.path, spot.line, spot.column), severity, rule, says, hint, spot.width)
