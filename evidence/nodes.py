"""YAML text -> a tree that knows where everything stands and how every number is spelled.

Built from ruamel.yaml's event stream rather than its constructors: values stay the text that
was typed (`0.0020`, `no`, `2026-11-21`), positions are kept, and nothing is expanded, so neither
deep nesting nor aliases can exhaust memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from evidence.printed import shorten
from evidence.problems import KeyPath, Place, Problem, Severity

MAX_BYTES = 5_000_000
MAX_DEPTH = 30
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a key or value begins (counting from 1) and how wide it is on its line."""

    line: int
    column: int
    width: int = 1


@dataclass(slots=True)
class Node:
    """A mapping, list or scalar with the place of its value and of its key."""

    spot: Spot
    content: dict[str, Node] | list[Node] | str | None
    key_spots: dict[str, Spot] = field(default_factory=dict)

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
    """A parsed file: its root, its lines, and the problems met on the way."""

    path: Path
    root: Node
    lines: tuple[str, ...]

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
        return Tree(self.path, Node(self.root.spot, kept, self.root.key_spots), ())

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


class UnreadableError(Exception):
    """The file is not a YAML mapping we can work with."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.says)
        self.problem = problem


def parse_file(path: Path) -> tuple[Tree, list[Problem]]:
    """Parse one file; raises UnreadableError with one clear problem when it cannot be."""
    return parse_text(_read_text(path), path)


def parse_text(text: str, path: Path) -> tuple[Tree, list[Problem]]:
    """Parse YAML text; duplicate keys and aliases are reported as problems and the rest is read."""
    builder = _Builder(path)
    try:
        for event in YAML(typ="safe", pure=False).parse(text):
            builder.take(event)
    except YAMLError as error:
        raise UnreadableError(_syntax_problem(error, path, text)) from None
    except (RecursionError, UnicodeError):
        raise UnreadableError(
            _file_problem(path, "cannot be parsed as YAML", "Is this a text file?")
        ) from None
    if builder.root is None or not isinstance(builder.root.content, dict):
        raise UnreadableError(
            _file_problem(
                path, "is empty or no mapping; expected keys such as 'study:' at the left margin", None
            )
        )
    return Tree(path, builder.root, tuple(text.splitlines())), builder.problems


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            raise UnreadableError(_file_problem(path, "is a directory; expected a YAML file", None))
        if not path.is_file():
            reason = (
                "is a link that leads nowhere"
                if path.is_symlink()
                else "does not exist or is no regular file"
            )
            raise UnreadableError(_file_problem(path, reason, "Check the spelling of the path."))
        size = path.stat().st_size
        if size > MAX_BYTES:
            says = f"is {size / 1e6:,.0f} MB large; a record has at most {MAX_BYTES / 1e6:.0f} MB"
            raise UnreadableError(_file_problem(path, says, "Is this a data file rather than a record?"))
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(_file_problem(path, f"cannot be read: {error.strerror}", None)) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise UnreadableError(
            Problem(
                Place(path, line, column),
                Severity.ERROR,
                "encoding",
                f"byte 0x{raw[error.start]:02x} is not UTF-8; expected a text file saved as UTF-8",
                "Save the file again with encoding UTF-8 (not Latin-1, Windows-1252 or UTF-16).",
            )
        ) from None


class _Builder:
    """Collects events into nodes without recursion."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[Node] = []
        self._keys: list[tuple[str, Spot] | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, AliasEvent):
            self._say(
                event,
                "alias",
                f"alias '*{event.anchor}'",
                "Write the value out: a record says each thing itself.",
            )
            self._add(Node(_spot(event), None))
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError(
                    self._problem(event, "yaml", "a second document begins ('---')", "One file, one record.")
                )

    def _scalar(self, event: ScalarEvent) -> None:
        spot = _spot(event)
        if self._expects_key():
            self._keys[-1] = (str(event.value), spot)
            return
        plain = not event.style
        content = None if plain and event.value in _NULLS else str(event.value)
        self._add(Node(spot, content))

    def _begin(self, event: Any) -> None:
        if self._expects_key():
            raise UnreadableError(
                self._problem(event, "yaml", "a list or mapping stands where a key should", None)
            )
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(
                self._problem(
                    event, "yaml", f"nested more than {MAX_DEPTH} deep", "No part of a record is that deep."
                )
            )
        node = Node(_spot(event), {} if isinstance(event, MappingStartEvent) else [])
        self._add(node)
        self._open.append(node)
        self._keys.append(None)

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].content, dict) and self._keys[-1] is None

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.content, list):
            parent.content.append(node)
            return
        assert isinstance(parent.content, dict)  # scalars are never left open
        pending = self._keys[-1]
        if pending is None:
            raise UnreadableError(
                Problem(
                    Place(self.path, node.spot.line, node.spot.column),
                    Severity.ERROR,
                    "yaml",
                    "an alias as a key",
                )
            )
        key, spot = pending
        self._keys[-1] = None
        if key in parent.content:
            first = parent.key_spots[key].line
            self.problems.append(
                Problem(
                    Place(self.path, spot.line, spot.column),
                    Severity.ERROR,
                    "duplicate-key",
                    f"'{shorten(key)}' stands here a second time; the first is in line {first}",
                    "Remove one of the two, or rename it.",
                    spot.width,
                )
            )
            return
        parent.content[key] = node
        parent.key_spots[key] = spot

    def _say(self, event: Any, rule: str, says: str, hint: str) -> None:
        self.problems.append(self._problem(event, rule, says + " is not allowed", hint))

    def _problem(self, event: Any, rule: str, says: str, hint: str | None) -> Problem:
        spot = _spot(event)
        return Problem(Place(self.path, spot.line, spot.column), Severity.ERROR, rule, says, hint, spot.width)


def walk(node: Node, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Every node below and including one, with its key path."""
    yield at, node
    if isinstance(node.content, dict):
        for key, child in node.content.items():
            yield from walk(child, (*at, key))
    elif isinstance(node.content, list):
        for index, child in enumerate(node.content):
            yield from walk(child, (*at, index))


def _spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Spot(start.line + 1, start.column + 1, max(1, width))


def _file_problem(path: Path, says: str, hint: str | None) -> Problem:
    return Problem(Place(path), Severity.ERROR, "file", f"the file {says}", hint)


def _syntax_problem(error: YAMLError, path: Path, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    line, column = 1, 1
    if mark is not None:
        line, column = mark.line + 1, mark.column + 1
    elif isinstance(position, int):
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
    lines = text.splitlines()
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    says, hint = _in_plain_words(
        str(getattr(error, "problem", None) or getattr(error, "reason", "") or ""), source
    )
    return Problem(Place(path, line, column), Severity.ERROR, "yaml", says, hint)


def _in_plain_words(problem: str, source: str) -> tuple[str, str | None]:
    if "\t" in source[: len(source) - len(source.lstrip())]:
        return (
            "a tab in the indentation; expected spaces",
            "YAML allows spaces only; set the editor to insert them.",
        )
    if "control characters" in problem or "not allowed" in problem:
        return (
            "a character that cannot stand in a text file",
            "Delete it; it is often invisible, from copying a PDF.",
        )
    if "mapping values are not allowed" in problem:
        return "a ':' too many in this line", "Put text that contains ': ' in quotes."
    if "cannot start any token" in problem:
        return (
            "a character that cannot begin a value",
            "Put the value in quotes, e.g. '< 0.001' or \"@name\".",
        )
    if "',' or ']'" in problem or "',' or '}'" in problem or "flow" in problem:
        return (
            "a list or mapping in brackets is not closed",
            "Look for a missing ']' , '}' or comma, here or above.",
        )
    if "found unexpected end of stream" in problem or "quoted scalar" in problem:
        return "a quoted text is not closed", "Look for a missing quotation mark, here or above."
    return (
        f"not valid YAML: {problem or 'cannot be parsed'}",
        "Check indentation and colons in this line and above.",
    )
