"""Which definitions of the covariates give the printed cells of Table 1?

Race and weights are as the alignment diagnosis has them. Cells are judged as printed: percentages, means and
standard deviations of all (unweighted) and of the four quarters of hemoglobin (weighted). Standard deviations
of quarters have the sum of weights as their divisor, and not n - 1, which is told apart here as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from evidence.records.printed import Printed
from evidence.records.schema import BaselineRow, Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import baseline
from studies.nhanes.comparison.published_definitions import STATED, Definition, defined_columns
from studies.nhanes.comparison.rows import agree
from studies.nhanes.covariates import Array
from studies.nhanes.errors import NhanesError
from studies.nhanes.persons import WEIGHT
from studies.nhanes.table1 import QUARTERS, ROWS

Verdict = Literal["as stated", "other", "open"]
"""as stated, other: one definition alone agrees in every cell that tells the candidates apart."""


@dataclass(frozen=True)
class Tried:
    """One definition of a covariate: the printed cells of its row in the printed order, and which agree."""

    definition: Definition
    cells: tuple[bool, ...]

    @property
    def agree(self) -> int:
        """How many cells agree."""
        return sum(self.cells)


@dataclass(frozen=True)
class Answer:
    """What Table 1 says of a covariate.

    tried: its candidates, the stated one first; one only when there is no question.
    """

    row: str
    covariate: str
    tried: tuple[Tried, ...]

    @property
    def cells(self) -> int:
        """How many cells its row has."""
        return len(self.tried[0].cells)

    @property
    def best(self) -> Tried:
        """The definition that most cells agree with, the first of equals."""
        return max(self.tried, key=lambda tried: tried.agree)

    @property
    def telling(self) -> tuple[int, ...]:
        """The cells that some definitions agree with and others do not."""
        return tuple(i for i, cell in enumerate(zip(*self._patterns, strict=True)) if len(set(cell)) > 1)

    @property
    def verdict(self) -> Verdict:
        """Whether one definition alone agrees in every telling cell; open as well where nothing tells."""
        if len(self.tried) == 1:
            return "as stated" if self.best.agree == self.cells else "open"
        complete = [tried for tried in self.tried if all(tried.cells[i] for i in self.telling)]
        if len(complete) != 1:
            return "open"
        return "as stated" if complete[0] is self.tried[0] else "other"

    @property
    def as_stated(self) -> bool:
        """Whether the stated definition is the one that Table 1 settles."""
        return self.verdict == "as stated"

    @property
    def next_best(self) -> int:
        """How many cells agree with the nearest of the other definitions; 0 without others."""
        return max((tried.agree for tried in self.tried if tried is not self.best), default=0)

    @property
    def chance(self) -> float:
        """Of a definition that agrees in a telling cell as often as the others do, to agree in as many.

        Binomial, as if cells were independent, the share of the others by Laplace's rule; nan without others.
        """
        others = [tried for tried in self.tried if tried is not self.best]
        n = len(self.telling)
        if not others or not n:
            return float("nan")
        hits = sum(tried.cells[i] for tried in others for i in self.telling)
        share = (hits + 1) / (len(others) * n + 2)
        return _at_least(sum(self.best.cells[i] for i in self.telling), n, share)

    @property
    def _patterns(self) -> list[tuple[bool, ...]]:
        return [tried.cells for tried in self.tried]


@dataclass(frozen=True)
class Divisor:
    """SDs of quarters that agree with the printed ones, of `cells`, by what squares are divided by."""

    cells: int
    n_minus_1: int
    n: int


class TableCells:
    """The printed cells of Table 1 beside a cohort, whose race and weights are as diagnosed.

    Raises NhanesError where the record's table lacks a row.
    """

    def __init__(self, cohort: Cohort, record: Record) -> None:
        self._cohort = cohort
        printed = {row.variable: row for row in baseline(record).rows}
        absent = next((name for name in ROWS if name not in printed), None)
        if absent:
            raise NhanesError(f"Table 1 of the record has no row '{absent}'; expected all that it printed")
        self._printed = {known: printed[name] for name, known in ROWS.items()}
        self._names = {known: name for name, known in ROWS.items()}

    def answers(self, questions: Mapping[str, Sequence[Definition]]) -> tuple[Answer, ...]:
        """Every row of the table, in its order, with the candidates of those that are in question."""
        return tuple(
            Answer(
                self._names[covariate],
                covariate,
                tuple(
                    Tried(definition, self.cells_of(covariate, definition))
                    for definition in questions.get(covariate, (STATED,))
                ),
            )
            for covariate in self._printed
        )

    def cells_of(self, covariate: str, definition: Definition) -> tuple[bool, ...]:
        """Which printed cells of a covariate's row agree with a definition, in their order."""
        columns = defined_columns(covariate, definition, self._cohort)
        mean, sd = self._moments(columns)
        row = self._printed[covariate]
        values = mean if row.mean_sd is None else np.stack([mean[0], sd[0]])
        return tuple(agree(printed, float(values[at])) for at, printed in _printed_cells(row))

    def divisor(self, covariates: Sequence[str]) -> Divisor:
        """The SDs of quarters of the continuous ones among covariates, as stated, with either divisor."""
        found: list[tuple[bool, bool]] = []
        members = np.array([int((self.shares[1 + i] > 0).sum()) for i in range(len(QUARTERS))])
        for covariate in covariates:
            if self._printed[covariate].mean_sd is None:
                continue
            sd = self._moments(defined_columns(covariate, STATED, self._cohort))[1][0, 1:]
            printed = [pair[1] for pair in self._printed[covariate].mean_sd or ()][1:]
            larger = sd * np.sqrt(members / (members - 1))
            found += [
                (agree(each, float(b)), agree(each, float(a)))
                for each, a, b in zip(printed, sd, larger, strict=True)
            ]
        return Divisor(len(found), sum(b for b, _ in found), sum(a for _, a in found))

    def room(self, covariate: str, line: int, indicator: Array) -> tuple[Array, Array]:
        """How much of each column a class may gain, at least and at most, for its printed line to agree.

        indicator: who is in the class, shape (n,). Two of shape (5,), parts of 1, negative for a loss.
        """
        printed = list((self._printed[covariate].percent or {}).values())[line]
        share = self.shares @ indicator
        low, high = (
            np.array([float(bound) / 100.0 for bound in bounds]) - share
            for bounds in ([each.lowest for each in printed], [each.highest for each in printed])
        )
        return low, high

    @cached_property
    def shares(self) -> Array:
        """The part of each column of the table that each member is, shape (5, n); rows add up to 1."""
        protocol = self._cohort.protocol
        exposure = self._cohort.measured.values(protocol.exposure)[self._cohort.included]
        limits = np.quantile(exposure, [0.25, 0.5, 0.75])
        quarter = np.searchsorted(limits, exposure, side="right")
        weights = self._cohort.members[WEIGHT].to_numpy()
        columns = [np.ones(len(weights)), *(weights * (quarter == i) for i in range(len(QUARTERS)))]
        shares: Array = np.stack([column / column.sum() for column in columns])
        return shares

    def _moments(self, columns: Array) -> tuple[Array, Array]:
        """Means (percentages of indicators) and SDs of columns (n, k), each of shape (k, 5)."""
        mean = self.shares @ columns
        square = self.shares @ columns**2 - mean**2
        if columns.shape[1] == 1:
            return mean.T, np.sqrt(square).T
        return 100.0 * mean.T, np.sqrt(square).T


def _printed_cells(row: BaselineRow) -> list[tuple[tuple[int, int], Printed]]:
    """Every printed number of a row, and where it stands in arrays of lines by columns.

    Lines are the classes in their order; mean and SD of a continuous row.
    """
    lines = (
        list((row.percent or {}).values()) if row.mean_sd is None else list(zip(*row.mean_sd, strict=True))
    )
    return [((i, j), number) for i, line in enumerate(lines) for j, number in enumerate(line)]


def _at_least(hits: int, n: int, share: float) -> float:
    from scipy.special import bdtrc

    return 1.0 if hits == 0 else float(bdtrc(hits - 1, n, share))
