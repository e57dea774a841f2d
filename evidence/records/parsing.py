"""YAML text -> a tree with positions.

Built from ruamel.yaml's event stream rather than its constructors: values stay the text that
was typed (`0.0020`, `no`, `2026-11-21`), positions are kept, and nothing is expanded, so neither
deep nesting nor aliases can exhaust memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

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
from ruamel.yaml.main import CParser  # type: ignore[attr-defined]

from evidence.records.printed import shorten

# What is wrong, where: one shape for reading errors and audit findings.


KeyPath = tuple[str | int, ...]


class Severity(StrEnum):
    """How bad: cannot be true; implausible; worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Place:
    """A position in a file; line and column count from 1."""

    path: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing to mend or to know, in the words of the person who extracts papers."""

    place: Place
    severity: Severity
    rule: str
    says: str
    hint: str | None = None
    width: int = 1

    @property
    def sort_key(self) -> tuple[Place, str, str]:
        """By file and line, then by rule."""
        return self.place, self.rule, self.says


# A YAML file as a tree that knows where everything stands and how every number is spelled.


class Spot(NamedTuple):
    """Where a key or value begins (counting from 1) and how wide it is on its line."""

    line: int
    column: int
    width: int


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

    def spot(self, at: KeyPath, on_key: bool) -> Spot:
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


MAX_BYTES = 5_000_000
MAX_PROBLEMS = 50
"""Of one file; the rest is counted."""

MAX_DEPTH = 30
_NULLS = {"", "~", "null", "Null", "NULL"}
_NO_KEYS: dict[str, Spot] = {}
"""Shared by all nodes that hold no mapping."""


def capped(problems: Sequence[Problem], uncounted: int) -> tuple[Problem, ...]:
    """The first problems of a file by place, and how many more there are.

    uncounted: how many are known that are not among them.
    """
    more = len(problems) - MAX_PROBLEMS + uncounted
    if more <= 0:
        return tuple(problems)
    kept = sorted(problems, key=lambda problem: problem.sort_key)[:MAX_PROBLEMS]
    says = f"and {more:,} more like these or others in this file"
    return (*kept, replace(kept[-1], rule="more", says=says, hint="Mend the first ones, and check again."))


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
        for event in yaml_events(text):
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
    return Tree(path, builder.root), list(capped(builder.problems, builder.unlisted))


def yaml_events(text: str) -> Iterator[Any]:
    """What the parser meets, in the order of the text: by libyaml itself where it is installed."""
    if CParser is None:
        yield from YAML(typ="safe").parse(text)
        return
    parser = CParser(text)  # YAML() would make a class of it for each text
    while parser.check_event():
        yield parser.get_event()


def _read_text(path: Path) -> str:
    try:
        raw = read_bytes(path)
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


def read_bytes(path: Path) -> bytes:
    """A regular file of less than MAX_BYTES; nothing that may block, such as a device or a pipe, is read."""
    if path.is_dir():
        raise UnreadableError(_file_problem(path, "is a directory; expected a YAML file", None))
    if not path.is_file():
        reason = (
            "is a link that leads nowhere" if _leads_nowhere(path) else "does not exist or is no regular file"
        )
        raise UnreadableError(_file_problem(path, reason, "Check the spelling of the path."))
    # some files of the operating system look regular and block: without waiting they give nothing
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(_file_problem(path, "is no regular file", None))
        raw = (file.read(MAX_BYTES) or b"") if status.st_size < MAX_BYTES else b""
        size = max(status.st_size, len(raw))
    if size >= MAX_BYTES:
        says = f"is {size / 1e6:,.0f} MB large; a record has less than {MAX_BYTES / 1e6:.0f} MB"
        raise UnreadableError(_file_problem(path, says, "Is this a data file rather than a record?"))
    return raw


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


class _Builder:
    """Collects events into nodes without recursion."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.unlisted = 0
        self._open: list[Node] = []
        self._key: list[tuple[str, Spot] | None] = []
        """For each open node, the key that waits for its value."""
        self._documents = 0
        self._take = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._begin,
            SequenceStartEvent: self._begin,
            MappingEndEvent: self._end,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        """One event, in the order of the file."""
        taken = self._take.get(type(event))
        if taken is not None:
            taken(event)

    def _scalar(self, event: Any) -> None:
        text, spot = event.value, _spot(event)
        if self._key and self._key[-1] is None and type(self._open[-1].content) is dict:
            self._key[-1] = (text, spot)
        else:
            self._add(Node(spot, None if not event.style and text in _NULLS else text, _NO_KEYS))

    def _begin(self, event: Any) -> None:
        if self._key and self._key[-1] is None and type(self._open[-1].content) is dict:
            raise UnreadableError(self._problem(event, "yaml", "a list or mapping stands where a key should"))
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(self._problem(event, "yaml", f"nested more than {MAX_DEPTH} deep"))
        node = Node(_spot(event), {} if type(event) is MappingStartEvent else [], {})
        self._add(node)
        self._open.append(node)
        self._key.append(None)

    def _end(self, event: Any) -> None:
        self._open.pop()
        self._key.pop()

    def _alias(self, event: Any) -> None:
        hint = "Write the value out: a record says each thing itself."
        if self._has_room():
            says = f"alias '*{shorten(event.anchor)}' is not allowed"
            self.problems.append(self._problem(event, "alias", says, hint))
        self._add(Node(_spot(event), None, _NO_KEYS))

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            says = "a second document begins ('---')"
            raise UnreadableError(self._problem(event, "yaml", says, "One file, one record."))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        content = parent.content
        if isinstance(content, list):
            content.append(node)
            return
        assert isinstance(content, dict)  # scalars are never left open
        waiting = self._key[-1]
        if waiting is None:
            raise UnreadableError(problem_at(self.path, node.spot, "yaml", "an alias as a key"))
        key, spot = waiting
        self._key[-1] = None
        if key in content and self._has_room():
            first = parent.key_spots[key].line
            says = f"'{shorten(key)}' stands here a second time; the first is in line {first}"
            self.problems.append(
                problem_at(self.path, spot, "duplicate-key", says, "Remove one of the two, or rename it.")
            )
        if key in content:
            return
        content[key] = node
        parent.key_spots[key] = spot

    def _has_room(self) -> bool:
        """Whether one more problem is listed; else it is only counted."""
        if len(self.problems) < MAX_PROBLEMS:
            return True
        self.unlisted += 1
        return False

    def _problem(self, event: Any, rule: str, says: str, hint: str | None = None) -> Problem:
        return problem_at(self.path, _spot(event), rule, says, hint)


def problem_at(path: Path, spot: Spot, rule: str, says: str, hint: str | None = None) -> Problem:
    """An error at a spot of a file."""
    return Problem(Place(path, spot.line, spot.column), Severity.ERROR, rule, says, hint, spot.width)


def _spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    line, column = start.line, start.column
    width = end.column - column if end.line == line else 1
    return Spot(line + 1, column + 1, width or 1)


def _file_problem(path: Path, says: str, hint: str | None) -> Problem:
    return Problem(Place(path), Severity.ERROR, "file", f"the file {says}", hint)


def _syntax_problem(error: YAMLError, path: Path, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    place = Place(path)
    if mark is not None:
        place = Place(path, mark.line + 1, mark.column + 1)
    elif isinstance(position, int):
        begin = text.rfind("\n", 0, position) + 1
        place = Place(path, text.count("\n", 0, position) + 1, position - begin + 1)
    lines = text.splitlines()
    source = lines[place.line - 1] if place.line <= len(lines) else ""
    says, hint = _in_plain_words(
        str(getattr(error, "problem", None) or getattr(error, "reason", "") or ""), source
    )
    return Problem(place, Severity.ERROR, "yaml", says, hint)


def _in_plain_words(problem: str, source: str) -> tuple[str, str | None]:
    if "\t" in source[: len(source) - len(source.lstrip())]:
        return (
            "a tab in the indentation; expected spaces",
            "YAML allows spaces only; set the editor to insert them.",
        )
    if "characters are not allowed" in problem:
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
