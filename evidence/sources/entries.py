"""What a table or a RevMan file says of one estimate or one arm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.records.vocabulary import NOT_STATED

Plain = dict[str, Any]
"""A part of a record as plain data, as its YAML would say it."""

_YEAR = re.compile(r"(?<!\d)(1[89]|20)\d\d(?!\d)")


@dataclass(frozen=True)
class ImportedRow:
    """One row: the study and the question it answers, and its numbers.

    year: None where nothing tells it. facts: by role, e.g. outcome, exposure, doi. effect: as a record has
    it. arm: raw numbers of one arm of several, with its name and dose. said: what stands where no number is
    printed. at: where it stands. place: of the row alone, without its columns. named: what the file calls the
    study, where study says more. unknown: what the row says in words that no record has.
    """

    study: str
    year: int | None
    at: str
    facts: Mapping[str, str] = field(default_factory=dict)
    effect: Plain | None = None
    arm: Plain | None = None
    said: str | None = None
    n: str | None = None
    quote: str | None = None
    bias: tuple[Plain, ...] = ()
    place: str = ""
    named: str = ""
    unknown: tuple[str, ...] = ()

    def fact(self, role: str, default: str = NOT_STATED) -> str:
        """What the row says of a role."""
        return self.facts.get(role) or default


@dataclass(frozen=True)
class Skipped:
    """A row that gave no estimate: where it stands, and why."""

    at: str
    why: str


def slug(text: str) -> str:
    """Small letters, digits and hyphens; empty when nothing of the text is left."""
    spelled = text.replace("+", " plus ").replace("<", "under ").replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.casefold()).strip("-")


def year_in(text: str) -> int | None:
    """The first year that a text names, 1800 to 2099."""
    found = _YEAR.search(text)
    return None if found is None else int(found[0])


def free_name(base: str, taken: Container[str]) -> str:
    """A name that is not taken: the base, or the base with -2, -3, ..."""
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
