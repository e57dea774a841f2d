"""Numbers that a record has together, found together in a text: whole, or with one of them different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from evidence.sources.numbers import Number, numbers_of
from evidence.sources.recorded import Together, Wanted
from evidence.sources.text import PaperText

_SKIPPED = 2
"""Numbers that may stand between two that belong together: '95 %', a footnote."""

_FARTHEST = 161
"""Characters between two numbers that belong together, the blanks around them among these."""

_NEAR = 5
"""How many numbers after, or before, the others p may stand."""


@dataclass(frozen=True)
class Placement:
    """Where the numbers of a `Together` stand: an index of the text's numbers for each, or None.

    instead: for the one that is missing, the index of the number in its place.
    """

    found: tuple[int | None, ...]
    instead: int | None = None

    @property
    def is_whole(self) -> bool:
        return None not in self.found

    @property
    def first(self) -> int:
        return min(index for index in self._all)

    @property
    def last(self) -> int:
        return max(index for index in self._all)

    @cached_property
    def _all(self) -> list[int]:
        return [i for i in (*self.found, self.instead) if i is not None]


class Numbers:
    """The numbers of a text, and where each value stands."""

    def __init__(self, text: PaperText) -> None:
        self.text = text
        self.all: tuple[Number, ...] = numbers_of(text)
        self._by_value: dict[Decimal, list[int]] = defaultdict(list)
        for index, number in enumerate(self.all):
            self._by_value[number.value].append(index)

    def like(self, wanted: Wanted) -> list[int]:
        """Indices of the numbers printed as this one."""
        return [
            index
            for index in self._by_value.get(abs(wanted.value), ())
            if self.all[index].is_printed_as(wanted.value)
        ]

    def placements(self, group: Together) -> list[Placement]:
        """Every place where all its numbers stand together, or all but one."""
        found: dict[tuple[int | None, ...], Placement] = {}
        for anchor in range(min(len(group.numbers), 2)):
            for index in self.like(group.numbers[anchor]):
                placed = self._around(group.numbers, anchor, index)
                if placed is not None:
                    found.setdefault(placed.found, placed)
        return list(found.values())

    def _around(self, numbers: Sequence[Wanted], anchor: int, at: int) -> Placement | None:
        """The placement in which the anchor stands there; None where more than one number is missing."""
        found: list[int | None] = [None] * len(numbers)
        found[anchor] = at
        instead: int | None = None
        if anchor == 1:  # the first is known to be missing or to stand right before
            before = self._previous(at)
            if before is None:
                return None
            instead = before
        place = at
        for position in range(anchor + 1, len(numbers)):
            following = list(self._following(place))
            match = next((i for i in following if self.all[i].is_printed_as(numbers[position].value)), None)
            if match is None:
                if instead is not None or not following:
                    return None
                instead = match = following[-1]
            else:
                found[position] = match
            place = match
        return Placement(tuple(found), instead)

    def _following(self, index: int) -> Iterator[int]:
        """The numbers that may come next: those after a percentage or a footnote's sign as well."""
        for after in range(index + 1, min(index + 2 + _SKIPPED, len(self.all))):
            if self.all[after].start - self.all[index].end > _FARTHEST:
                return
            yield after
            if not self.all[after].is_aside:
                return

    def _previous(self, index: int) -> int | None:
        for before in range(index - 1, max(index - 2 - _SKIPPED, -1), -1):
            if self.all[index].start - self.all[before].end > _FARTHEST:
                return None
            if not self.all[before].percent:
                return before
        return None

    def beside(self, placed: Placement, wanted: Wanted) -> bool:
        """Whether a number such as p stands soon after the others, or before them."""
        near = [
            *range(placed.last + 1, min(placed.last + 1 + _NEAR, len(self.all))),
            *range(max(placed.first - _NEAR, 0), placed.first),
        ]
        return any(
            self.all[index].is_printed_as(wanted.value) and self.all[index].relation == wanted.relation
            for index in near
        )
