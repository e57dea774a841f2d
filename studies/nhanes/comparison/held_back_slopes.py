"""The slopes of Model 3 under every combination of definitions: the test that definitions were held back from.

A combination changes few columns of the design matrix. The products of all columns are made once for each
stratum; what every combination adjusts for is taken out of them once, what one adjusts for after that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from evidence.records.schema import Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import PrintedSlope, straight_slopes
from studies.nhanes.comparison.published_definitions import Definition, defined_columns
from studies.nhanes.comparison.rows import agree
from studies.nhanes.comparison.table1_agreement import Answer
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.models import Subgroup, subgroups
from studies.nhanes.persons import WEIGHT

FULL = "full"
"""The adjustment of Model 3."""

# Eigenvalues below this part of the largest belong to columns that are constant in the stratum or sums of
# others (all classes of a variable); every column has length 1.
_NULL = 1e-10

Choice = Mapping[str, int]
"""Which candidate of each covariate in question, by its place."""


@dataclass(frozen=True, eq=False)
class HeldBack:
    """printed: the slopes of Model 3; names: the covariates in question, in their order.

    choices: shape (c, questions), the place of the candidate of each; slopes: shape (c, printed).
    """

    printed: tuple[PrintedSlope, ...]
    names: tuple[str, ...]
    choices: NDArray[np.intp]
    slopes: Array

    def of(self, choice: Choice) -> Array:
        """The slopes of one combination, shape (printed,); what is not named is as stated."""
        wanted = [choice.get(name, 0) for name in self.names]
        found: Array = self.slopes[(self.choices == wanted).all(axis=1)][0]
        return found

    def agreeing(self, choice: Choice) -> int:
        """How many slopes of a combination round to the printed one."""
        return sum(self.agreements(choice))

    def agreements(self, choice: Choice) -> tuple[bool, ...]:
        """Which slopes of a combination round to the printed one."""
        return tuple(
            agree(found.estimate, float(slope))
            for found, slope in zip(self.printed, self.of(choice), strict=True)
        )

    def distance(self, choice: Choice) -> float:
        """Root mean square of slope minus printed slope, in printed standard errors."""
        return float(self._distances(self.of(choice)[None])[0])

    def nearer(self, choice: Choice) -> float:
        """The share of all combinations that are as near the printed slopes as this one, or nearer."""
        return float((self._distances(self.slopes) <= self.distance(choice) * (1 + 1e-12)).mean())

    def _distances(self, slopes: Array) -> Array:
        printed = np.array([float(found.estimate) for found in self.printed])
        se = np.array([found.se for found in self.printed])
        found: Array = np.sqrt((((slopes - printed) / se) ** 2).mean(axis=1))
        return found


def settled(answers: Sequence[Answer], nearest: bool = False) -> dict[str, int]:
    """The combination that Table 1 settles; nearest: of open questions the definition that most cells have."""
    return {
        answer.covariate: answer.tried.index(answer.best)
        for answer in answers
        if len(answer.tried) > 1 and (nearest or answer.verdict != "open")
    }


def held_back_slopes(
    cohort: Cohort, record: Record, questions: Mapping[str, Sequence[Definition]]
) -> HeldBack:
    """Model 3 by weighted least squares under every combination; cohort: with race and weights as diagnosed.

    Its covariates are complete: what is missing is filled in, or a class of its own.
    """
    printed = tuple(found for found in straight_slopes(record) if found.adjustment == FULL)
    maker = _Maker(cohort, questions)
    of_group = {group.label: maker.slopes(group) for group in subgroups(cohort)}
    outcomes = list(cohort.protocol.outcomes)
    slopes = [of_group[found.subgroup][:, outcomes.index(found.outcome)] for found in printed]
    return HeldBack(printed, maker.names, maker.choices, np.stack(slopes, axis=1))


class _Maker:
    """The columns of every definition, and the products of all of them, stratum by stratum."""

    def __init__(self, cohort: Cohort, questions: Mapping[str, Sequence[Definition]]) -> None:
        protocol, columns = cohort.protocol, Columns(cohort)
        self._cohort = cohort
        self._blocks: list[Array] = []
        inside = cohort.included
        model = next(found for found in protocol.models if found.adjustment == FULL)
        self._common = {"": self._add(np.ones((cohort.n, 1)))} | {
            name: self._add(columns.covariate(name)[inside])
            for name in model.covariates
            if name not in questions
        }
        asked = {
            name: [self._add(defined_columns(name, each, cohort)) for each in candidates]
            for name, candidates in questions.items()
        }
        self._classes = [tries for tries in asked.values() if len(tries[0]) > 1]
        self._numbers = [tries for tries in asked.values() if len(tries[0]) == 1]
        outer = [name for name, tries in asked.items() if len(tries[0]) > 1]
        inner = [name for name, tries in asked.items() if len(tries[0]) == 1]
        self.names = (*outer, *inner)
        self.choices = np.array(list(product(*(range(len(questions[name])) for name in self.names))))
        exposure = columns.values(protocol.exposure)[inside, None]
        outcomes = [columns.values(found.variable)[inside, None] for found in protocol.outcomes.values()]
        self._exposure = self._add(exposure)
        self._outcomes = np.concatenate([self._add(outcome) for outcome in outcomes])
        self._x = np.concatenate(self._blocks, axis=1)
        self._x[:, 1:] -= self._x[:, 1:].mean(axis=0)

    def _add(self, block: Array) -> NDArray[np.intp]:
        """The places of a block's columns among all."""
        start = sum(each.shape[1] for each in self._blocks)
        self._blocks.append(block)
        return np.arange(start, start + block.shape[1])

    def slopes(self, group: Subgroup) -> Array:
        """The slope of the exposure in a stratum, shape (combinations, outcomes)."""
        cohort = self._cohort
        weights = cohort.members[WEIGHT].to_numpy() * group.within(cohort)[cohort.included]
        products = (self._x * weights[:, None]).T @ self._x
        always = [place for name, place in self._common.items() if name != group.variable]
        products = _without(products, np.concatenate(always))
        last = np.concatenate([self._exposure, self._outcomes])
        numbers = np.array(list(product(*(np.concatenate(tries) for tries in self._numbers))), dtype=np.intp)
        found = []
        for chosen in product(*self._classes):
            left = _without(products, np.concatenate(chosen)) if chosen else products
            found.append(_slopes(left, numbers, last))
        return np.concatenate(found)


def _without(products: Array, places: NDArray[np.intp]) -> Array:
    """Products of the columns' residuals on some of them, by weighted least squares; same shape."""
    inner = products[np.ix_(places, places)]
    length = np.sqrt(np.maximum(np.diag(inner), 0.0))
    unit = np.where(length > 0, length, 1.0)
    inverse = np.linalg.pinv(inner / np.outer(unit, unit), rcond=_NULL, hermitian=True)
    across = products[places] / unit[:, None]
    found: Array = products - across.T @ inverse @ across
    return found


def _slopes(products: Array, numbers: NDArray[np.intp], last: NDArray[np.intp]) -> Array:
    """Slopes of the exposure, the first of `last`, on the outcomes after it; shape (combinations, outcomes).

    numbers: the columns adjusted for beside what is already out, shape (combinations, k).
    """
    inner = products[numbers[:, :, None], numbers[:, None, :]]
    across = products[numbers[:, :, None], last]
    residual = products[np.ix_(last, last)] - np.swapaxes(across, 1, 2) @ np.linalg.solve(inner, across)
    found: Array = residual[:, 0, 1:] / residual[:, 0, :1]
    return found
