"""The slopes of Model 3 under every combination of definitions: what Table 1's definitions are tested by.

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
from studies.nhanes.comparison.published_definitions import STATED, Definition, defined_columns
from studies.nhanes.comparison.rows import agree
from studies.nhanes.comparison.table1_agreement import Answer
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.models import Subgroup, subgroups
from studies.nhanes.persons import WEIGHT
from studies.nhanes.protocol_parts import ModelTerms

FULL = "full"
"""The adjustment of Model 3."""

# Eigenvalues below this part of the largest belong to columns that are constant in the stratum or sums of
# others (all classes of a variable); every column has length 1.
_NULL = 1e-10
_ALIKE = 1 + 1e-12  # a combination is as near as itself

Places = NDArray[np.intp]
"""Places of columns among all."""

_NOTHING = np.zeros(0, dtype=np.intp)

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
        return sum(agreements(self.of(choice), self.printed))

    def distance(self, choice: Choice) -> float:
        """Root mean square of slope minus printed slope, in printed standard errors."""
        return float(distances(self.of(choice)[None], self.printed)[0])

    def nearer(self, choice: Choice) -> float:
        """The share of all combinations that are as near the printed slopes as this one, or nearer."""
        found = distances(self.slopes, self.printed) <= self.distance(choice) * _ALIKE
        return float(found.mean())


def settled(answers: Sequence[Answer], nearest: bool = False) -> dict[str, int]:
    """The combination that Table 1 settles; nearest: also, where it is open, what most cells have."""
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
    printed = full_slopes(record)
    maker = _Maker(cohort, questions)
    of_group = {group.label: maker.slopes(group) for group in subgroups(cohort)}
    outcomes = list(cohort.protocol.outcomes)
    slopes = [of_group[found.subgroup][:, outcomes.index(found.outcome)] for found in printed]
    return HeldBack(printed, maker.names, maker.choices, np.stack(slopes, axis=1))


def full_model(cohort: Cohort) -> ModelTerms:
    """The protocol's Model 3."""
    return next(found for found in cohort.protocol.models if found.adjustment == FULL)


def full_slopes(record: Record) -> tuple[PrintedSlope, ...]:
    """The printed slopes of Model 3, in the order of Tables 2 to 4."""
    return tuple(found for found in straight_slopes(record) if found.adjustment == FULL)


def distances(slopes: Array, printed: Sequence[PrintedSlope]) -> Array:
    """Root mean square of slope minus printed slope, in printed standard errors; slopes (c, printed)."""
    estimate = np.array([float(found.estimate) for found in printed])
    se = np.array([found.se for found in printed])
    found: Array = np.sqrt((((slopes - estimate) / se) ** 2).mean(axis=1))
    return found


def agreements(slopes: Array, printed: Sequence[PrintedSlope]) -> tuple[bool, ...]:
    """Which slopes of one combination round to the printed one."""
    return tuple(agree(each.estimate, float(slope)) for each, slope in zip(printed, slopes, strict=True))


class _Maker:
    """The columns of every definition, and the products of all of them, stratum by stratum."""

    def __init__(self, cohort: Cohort, questions: Mapping[str, Sequence[Definition]]) -> None:
        protocol, columns = cohort.protocol, Columns(cohort)
        self._cohort = cohort
        self._blocks: list[Array] = []
        inside = cohort.included
        model = full_model(cohort)
        self._common = {"": self._add(np.ones(cohort.n)[:, None])} | {
            name: self._add(defined_columns(name, STATED, cohort))
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
        self._last = np.concatenate([self._add(measured) for measured in (exposure, *outcomes)])
        self._x = np.concatenate(self._blocks, axis=1)
        self._x[:, 1:] -= self._x[:, 1:].mean(axis=0)

    def _add(self, block: Array) -> Places:
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
        products = residual_products(products, np.concatenate(always), np.arange(len(products)))
        numbers = [np.concatenate(tries) for tries in self._numbers]
        keep = np.concatenate([*numbers, self._last])
        # every combination of continuous columns, by their places among those kept
        starts = np.cumsum([0, *(len(tries) for tries in numbers)])
        ranges = [range(start, start + len(tries)) for start, tries in zip(starts, numbers, strict=False)]
        pairs = np.array(list(product(*ranges)), dtype=np.intp)
        last = np.arange(starts[-1], len(keep))
        found = []
        for chosen in product(*self._classes):
            left = residual_products(products, np.concatenate([_NOTHING, *chosen]), keep)
            found.append(_slopes(left, pairs, last))
        return np.concatenate(found)


def residual_products(products: Array, places: Places, keep: Places) -> Array:
    """Products of the residuals of the columns `keep` on those of `places`, by weighted least squares.

    products: weighted sums of products of columns, shape (p, p); what is returned has shape (keep, keep).
    Columns that are 0 or sums of others count once.
    """
    inner = products[np.ix_(places, places)]
    length = np.sqrt(np.maximum(np.diag(inner), 0.0))
    unit = np.where(length > 0, length, 1.0)
    inverse = np.linalg.pinv(inner / np.outer(unit, unit), rcond=_NULL, hermitian=True)
    across = products[np.ix_(places, keep)] / unit[:, None]
    found: Array = products[np.ix_(keep, keep)] - across.T @ inverse @ across
    return found


def _slopes(products: Array, numbers: Places, last: Places) -> Array:
    """Slopes of the exposure, the first of `last`, on the outcomes after it; shape (combinations, outcomes).

    numbers: the columns adjusted for beside what is already out, shape (combinations, k).
    """
    inner = products[numbers[:, :, None], numbers[:, None, :]]
    across = products[numbers[:, :, None], last]
    residual = products[np.ix_(last, last)] - np.swapaxes(across, 1, 2) @ np.linalg.solve(inner, across)
    found: Array = residual[:, 0, 1:] / residual[:, 0, :1]
    return found
