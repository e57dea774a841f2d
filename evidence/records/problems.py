"""What is wrong, where: one shape for reading errors and audit findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

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
