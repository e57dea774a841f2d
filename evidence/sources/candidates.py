"""What a text may have to offer a record: numbers that belong together, and where they stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from evidence.records.vocabulary import Measure
from evidence.sources.matching import Numbers
from evidence.sources.measure_words import homonyms_in
from evidence.sources.numbers import Number
from evidence.sources.text import PaperText, TextLine

MOST_DIGITS = 25
"""A number of more digits, or as far from 1, is none that a paper prints."""


LONGEST_QUOTE = 300
_SENTENCE_ENDS = re.compile(r"[.!?][)\]]?\s+(?=[A-Z])")


def quoted(words: str, at: int) -> str:
    """A line's words, or of a long line the sentence that holds a position, as far as it fits in a quote."""
    if len(words) > LONGEST_QUOTE:
        first = max(0, at - LONGEST_QUOTE)
        begins = max((each.end() for each in _SENTENCE_ENDS.finditer(words, first, at)), default=first)
        ends = _SENTENCE_ENDS.search(words, at, at + 2 * LONGEST_QUOTE)
        words = words[begins : ends.start() + 1 if ends else at + LONGEST_QUOTE]
    return " ".join(words.split())


class CandidateKind(StrEnum):
    """What numbers that stand together are."""

    EFFECT = "effect"
    COUNTS = "counts"
    MEAN = "mean"
    FLOW = "flow"


@dataclass(frozen=True)
class Shown:
    """One number as a text shows it, with its sign; `start` is its position in the whole text."""

    value: Decimal
    relation: str
    percent: bool
    start: int

    def __str__(self) -> str:
        return f"{self.relation}{' ' if self.relation else ''}{self.value}{' %' if self.percent else ''}"


@dataclass(frozen=True)
class PaperPlace:
    """Where numbers stand, as far as the text tells; row and column are words of the table."""

    line: TextLine
    table: str | None = None
    row: tuple[str, ...] = ()
    column: tuple[str, ...] = ()

    @property
    def at(self) -> str:
        """As the locator of a record says it."""
        where = str(self.line)
        if self.table is not None:
            kind, _, number = self.table.partition(" ")
            where = f"{kind.capitalize()} {number.upper()}"
        return ", ".join([where, *self.row, *self.column])


@dataclass(frozen=True)
class TextCandidate:
    """Numbers that stand together, each under what it is, and where.

    numbers: by role: estimate, low, high, level, se, t, df, p, n; events, n, person-time, percent; mean, sd,
    spread; start, excluded, left. `spread` stands after a ± of which nothing says whether it is SD or SE.
    said: the words that told the measure; unsure: roles that no word of the text told.
    """

    kind: CandidateKind
    numbers: Mapping[str, Shown]
    spot: PaperPlace
    quote: str
    measure: Measure | None = None
    said: str | None = None
    on_log: bool = False
    unsure: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()

    @property
    def start(self) -> int:
        """Where its first number stands in the whole text."""
        return min(number.start for number in self.numbers.values())


@dataclass
class Scan:
    """The numbers of a text by position, and those that a candidate has already."""

    numbers: Numbers
    taken: set[int] = field(default_factory=set)
    """Positions where they begin."""

    @property
    def text(self) -> PaperText:
        return self.numbers.text

    @cached_property
    def whole(self) -> str:
        """The whole text."""
        return self.text.whole

    @cached_property
    def homonyms(self) -> frozenset[Measure]:
        """Measures whose short names mean something else in this paper."""
        return homonyms_in(self.whole)

    @property
    def all(self) -> tuple[Number, ...]:
        return self.numbers.all

    @cached_property
    def _starts(self) -> list[int]:
        return [number.start for number in self.all]

    def within(self, start: int, end: int) -> range:
        """Indices of the numbers that begin in a part of the text."""
        return range(bisect_left(self._starts, start), bisect_left(self._starts, end))

    def shown(self, index: int, as_separator: bool = False) -> Shown:
        """A number with its sign; one that may be either is a sign, unless it separates two numbers."""
        number = self.all[index]
        minus = number.dash == "minus" or (number.dash == "either" and not as_separator)
        return Shown(-number.value if minus else number.value, number.relation, number.percent, number.start)

    def before(self, index: int, length: int) -> str:
        """So many characters before a number, or fewer where the text begins."""
        start = self.all[index].start
        return self.whole[max(0, start - length) : start]

    def after(self, index: int, length: int) -> str:
        """So many characters after a number."""
        end = self.all[index].end
        return self.whole[end : end + length]

    def between(self, index: int, other: int) -> str:
        """What stands between a number and a later one."""
        return self.whole[self.all[index].end : self.all[other].start]

    def is_readable(self, index: int) -> bool:
        """Whether a number is one that a paper may print, and that no candidate has."""
        number = self.all[index]
        short = len(number.value.as_tuple().digits) <= MOST_DIGITS > abs(number.value.adjusted())
        return number.start not in self.taken and short

    def take(self, candidate: TextCandidate) -> None:
        """Its numbers belong to this candidate from now on."""
        self.taken.update(number.start for number in candidate.numbers.values())

    def untaken(self) -> Iterator[int]:
        """Indices of the numbers that no candidate has, while candidates are found among them."""
        return (index for index in range(len(self.all)) if self.is_readable(index))
