"""Tables of a text: under which words of its rows and columns a number stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from evidence.sources.matching import Numbers, Placement
from evidence.sources.recorded import Together
from evidence.sources.text import plain, table_name

_OPENS = re.compile(r"\s*[(\[{]\s*")
_PARTS = re.compile(r"\s*(?:,|;|to|-|–)?\s*")
_CLOSES = re.compile(r"\s*[)\]}]")


def words_of(group: Together) -> tuple[str, ...]:
    """The words of a locator beside its table, and those of the line: 'Table 3, Hip, Men' -> Hip, Men."""
    parts = [part.strip() for part in (group.at or "").split(",")]
    return (*(part for part in parts if part and table_name(part) is None), *group.labels)


@dataclass(frozen=True)
class Row:
    """A word of the table, and where it stands."""

    word: str
    start: int
    end: int


class TextTable:
    """The numbers of a record, one at least, that stand in one table of its text."""

    def __init__(self, numbers: Numbers, placed: Sequence[tuple[Together, Placement]]) -> None:
        self._numbers = numbers
        self._placed = placed

    @cached_property
    def _bounds(self) -> tuple[int, int, int]:
        """Where the table begins, and where its first and last recorded numbers stand."""
        starts = [self._numbers.all[each.first].start for _, each in self._placed]
        begins = self._numbers.text.table_at(min(starts))
        assert begins is not None  # they stand in a table
        return begins[0], min(starts), max(starts)

    @cached_property
    def _levels(self) -> list[list[str]]:
        deepest = max(len(words_of(group)) for group, _ in self._placed)
        return [
            list(
                dict.fromkeys(
                    words_of(group)[level] for group, _ in self._placed if len(words_of(group)) > level
                )
            )
            for level in range(deepest)
        ]

    @cached_property
    def _marks(self) -> list[list[Row]]:
        """Where the words of each level stand between the table's beginning and its last number."""
        begins, _, last = self._bounds
        return [
            sorted(
                (Row(word, *found) for word in words for found in self._occurrences(word, begins, last)),
                key=lambda row: (row.end, -row.start),
            )
            for words in self._levels
        ]

    def _occurrences(self, word: str, begins: int, ends: int) -> list[tuple[int, int]]:
        parts = [re.escape(part) for part in plain(word).split()]
        pattern = re.compile(r"(?<![\w-])" + r"\s+".join(parts) + r"(?!\w)", re.IGNORECASE)
        return [match.span() for match in pattern.finditer(self._numbers.text.whole, begins, ends)]

    @cached_property
    def _is_column(self) -> list[bool]:
        """Of each level, whether its words stand above all numbers, once each."""
        _, first, _ = self._bounds
        return [
            len(self._levels[level]) > 1
            and all(row.end <= first for row in marks)
            and {row.word for row in marks} == set(self._levels[level])
            for level, marks in enumerate(self._marks)
        ]

    def wrong_word(self, group: Together, placed: Placement) -> tuple[str, str] | None:
        """The word it should stand under and the one it does, where the table tells; None where it fits."""
        at = self._numbers.all[placed.first].start
        for level, word in enumerate(words_of(group)):
            under = self._column(level, at) if self._is_column[level] else self._row(level, at)
            if under is not None and under != word:
                return word, under
        return None

    def _row(self, level: int, at: int) -> str | None:
        before = [row for row in self._marks[level] if row.end <= at]
        return before[-1].word if before else None

    def _column(self, level: int, at: int) -> str | None:
        """The column's word by counting the cells of the row; None where their number is not the columns'."""
        rows = sorted(
            row.end for level, marks in enumerate(self._marks) if not self._is_column[level] for row in marks
        )
        begins = max((row for row in rows if row <= at), default=self._bounds[0])
        captions = (start for start, _ in self._numbers.text.captions)
        ends = min((row for row in (*rows, *captions) if row > at), default=len(self._numbers.text.whole))
        cells = [start for start in self._cells if begins <= start < ends]
        columns = [row.word for row in sorted(self._marks[level], key=lambda row: row.start)]
        if len(columns) != len(set(columns)) or at not in cells:
            return None
        place = cells.index(at)
        if place >= len(columns) or len(columns) > len(cells):
            return None
        # each head may span as many cells, or cells of a row without a head may follow
        spanning = columns[place * len(columns) // len(cells)]
        return columns[place] if len(cells) % len(columns) or spanning == columns[place] else None

    @cached_property
    def _cells(self) -> list[int]:
        """Where each `estimate (low, high)` of the text begins."""
        whole, numbers = self._numbers.text.whole, self._numbers.all
        return [
            a.start
            for (a, b), (_, c) in pairwise(pairwise(numbers))
            if _OPENS.fullmatch(whole, a.end, b.start)
            and _PARTS.fullmatch(whole, b.end, c.start)
            and _CLOSES.match(whole, c.end)
        ]
