"""What two readers read of the same thing, side by side: cells, what only one has, and what was settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from evidence.readings.agreement import Agreement, agreement
from evidence.readings.values import same_value
from evidence.records.parsing import Place, Problem
from evidence.records.provenance import Resolution


class Difference(StrEnum):
    """How two printings of one thing differ."""

    SAME = "same"
    PRINT = "print"
    VALUE = "value"
    ONLY_FIRST = "only first"
    ONLY_SECOND = "only second"


@dataclass(frozen=True)
class Printing:
    """What one reader has, as printed (None: nothing), and where it stands or would stand.

    meaning: what it says, where other letters say the same, e.g. 'low' for 'Low risk of bias'.
    """

    place: Place
    text: str | None
    meaning: str | None = None

    @property
    def says(self) -> str | None:
        """What is compared: the meaning, or else the text."""
        return self.meaning if self.meaning is not None else self.text


@dataclass(frozen=True)
class ReadCell:
    """One thing that both readers read.

    of: the estimate, part or row; key: what of it; column: the key under which cells are counted together;
    rated: it is a judgement in words; resolution: how a difference was settled; before: what both had read
    before it was, None where that is not known.
    """

    of: str
    key: str
    column: str
    first: Printing
    second: Printing
    rated: bool = False
    resolution: Resolution | None = None
    before: tuple[str, str] | None = None

    @cached_property
    def kind(self) -> Difference:
        """How the two differ."""
        first, second = self.first.says, self.second.says
        if self.first.text == self.second.text:
            return Difference.SAME
        if first is None or second is None:
            return Difference.ONLY_FIRST if second is None else Difference.ONLY_SECOND
        return Difference.PRINT if same_value(first, second) else Difference.VALUE

    @property
    def differs(self) -> bool:
        """Whether the readers disagree; another spelling of the same value is no disagreement."""
        return self.kind not in (Difference.SAME, Difference.PRINT)

    @property
    def agreed(self) -> bool:
        """Whether they agreed before anything was settled: a record that took the second's value did not."""
        return not self.differs and self.resolution is None

    @property
    def pair(self) -> tuple[str, str] | None:
        """What both read, before anything was settled; None where one had nothing or it is not known."""
        first, second = self.first.says, self.second.says
        if self.resolution is not None:
            return self.before
        return (first, second) if first and second else None


@dataclass(frozen=True)
class Lone:
    """A row, column or estimate that only one reader has; what: which of these.

    of, key: how a resolution names it.
    """

    what: str
    name: str
    of: str
    key: str
    place: Place
    first_has_it: bool
    hint: str | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True)
class SideBySide:
    """Two readings compared.

    name: the study or file; first, second: the readers; problems: readings that cannot be read and
    resolutions that no longer match; notes: what else must be known.
    """

    name: str
    first: str
    second: str
    cells: tuple[ReadCell, ...] = ()
    lone: tuple[Lone, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unresolved(self) -> int:
        """How many differences nobody has settled."""
        return sum(cell.differs and cell.resolution is None for cell in self.cells) + sum(
            each.resolution is None for each in self.lone
        )


def agreements(comparisons: Iterable[SideBySide]) -> list[Agreement]:
    """The agreement in each column, judgements of each tool together, and overall (the last)."""
    cells = [cell for each in comparisons for cell in each.cells]
    found = [_of_cells(key, group) for key, group in _grouped(cells, lambda cell: cell.column).items()]
    rated = _grouped([cell for cell in cells if cell.rated], lambda cell: cell.column.partition(" / ")[0])
    found += [_of_cells(f"{tool}, all", group) for tool, group in rated.items()]
    return [*found, Agreement("overall", len(cells), sum(cell.agreed for cell in cells))]


def _of_cells(key: str, cells: list[ReadCell]) -> Agreement:
    pairs = [cell.pair for cell in cells if cell.pair is not None]
    return agreement(key, len(cells), sum(cell.agreed for cell in cells), pairs, rated=cells[0].rated)


def _grouped(cells: list[ReadCell], key: Callable[[ReadCell], str]) -> dict[str, list[ReadCell]]:
    groups: dict[str, list[ReadCell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return groups
