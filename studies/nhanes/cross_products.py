"""The slopes of Models 1 and 2 for many arrangements of race and weights at once, from cross-products.

Hemoglobin, age, sex and bone density stay with their person whatever race and weight are given to whom, so
their products are made once; an arrangement only adds them up in other cells, with other weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.models import subgroups

Index = NDArray[np.intp]

MODELS = ("none", "minimal")
"""The adjustment of Model 1 (none) and Model 2 (age, sex and race, but for what defines the stratum)."""

# Eigenvalues of a cross-product matrix below this part of the largest belong to columns that are constant in
# the subgroup (sex in men); columns are brought to unit variance before.
_NULL = 1e-9


class CrossProducts:
    """The cohort's products of intercept, exposure, age and outcomes, one row a member.

    keys: outcome, subgroup and adjustment of each slope that `slopes` gives, in its order.
    """

    def __init__(self, cohort: Cohort) -> None:
        protocol, columns = cohort.protocol, Columns(cohort)
        inside = cohort.included
        exposure, self._unit = _standardised(columns.values(protocol.exposure)[inside])
        age, _ = _standardised(columns.covariate("age")[inside, 0])
        outcomes = [columns.values(found.variable)[inside] for found in protocol.outcomes.values()]
        base = np.stack([np.ones(len(age)), exposure, age, *outcomes], axis=1)
        # a slope needs no product of outcomes with each other
        pairs = combinations_with_replacement(range(base.shape[1]), 2)
        self._pairs = tuple((i, j) for i, j in pairs if i < base.shape[1] - len(outcomes))
        self._products = np.stack([base[:, i] * base[:, j] for i, j in self._pairs])
        self._sex = cohort.measured.class_of("sex")[inside]
        self._races = len(cohort.measured.labels("race")) + 1  # Not recorded is a class of its own
        self._outcomes = len(outcomes)
        self._lift = _lift(self._races, self._outcomes)
        self._labels = cohort.measured.labels
        groups = subgroups(cohort)
        self._members = np.array([self._cells_of(group.variable, group.label) for group in groups])
        self.keys = tuple(
            (outcome, group.label, model)
            for model in MODELS
            for group in groups
            for outcome in protocol.outcomes
        )

    def slopes(self, race: Sequence[Index], weights: Sequence[Array]) -> Array:
        """Weighted least-squares slopes of the exposure for B arrangements: shape (B, keys).

        race: the class of race each member is given, B of shape (n,); weights: likewise.
        """
        given, weighed = np.asarray(race), np.asarray(weights)
        # those with one race and weight in all arrangements are added up once
        moved = ((given != given[0]) | (weighed != weighed[0])).any(axis=0)
        (still,) = self._moments(given[:1], weighed[:1], np.flatnonzero(~moved))
        moments = still + self._moments(given, weighed, np.flatnonzero(moved))
        cells = np.einsum("cij,bcjk,clk->bcil", self._lift, moments, self._lift, optimize=True)
        groups = np.einsum("gc,bcil->bgil", self._members, cells, optimize=True)
        p = groups.shape[-1] - self._outcomes
        found = [_slopes(groups, columns, p) for columns in (2, p)]
        return np.stack(found, axis=1).reshape(len(race), len(self.keys)) / self._unit

    def _moments(self, race: Index, weights: Array, rows: Index) -> Array:
        """Weighted sums of products of some members in each cell of race and sex: (B, cells, m, m)."""
        sex, products = self._sex[rows], np.take(self._products, rows, axis=1)
        count, m = 2 * self._races, 3 + self._outcomes
        found = np.zeros((len(race), count, m, m))
        for b in range(len(race)):
            cell, weight = 2 * race[b][rows] + sex, weights[b][rows]
            for pair, (i, j) in enumerate(self._pairs):
                found[b, :, i, j] = found[b, :, j, i] = np.bincount(cell, weight * products[pair], count)
        return found

    def _cells_of(self, stratum: str | None, label: str) -> Array:
        """1 for the cells of a subgroup, 0 for the others, shape (cells,)."""
        cells = np.zeros((self._races, 2))
        if stratum == "race":
            cells[self._labels("race").index(label)] = 1.0
        elif stratum == "sex":
            cells[:, self._labels("sex").index(label)] = 1.0
        else:
            cells[:] = 1.0
        return cells.ravel()


def _lift(races: int, outcomes: int) -> Array:
    """From intercept, exposure, age and outcomes to the full row with sex and race, a matrix a cell.

    Shape (cells, 4 + races - 1 + outcomes, 3 + outcomes).
    """
    p = 3 + races
    lift = np.zeros((races, 2, p + outcomes, 3 + outcomes))
    for column in range(3):
        lift[:, :, column, column] = 1.0
    lift[:, 1, 3, 0] = 1.0
    for race in range(1, races):
        lift[race, :, 3 + race, 0] = 1.0
    for outcome in range(outcomes):
        lift[:, :, p + outcome, 3 + outcome] = 1.0
    return lift.reshape(races * 2, p + outcomes, 3 + outcomes)


def _slopes(groups: Array, columns: int, p: int) -> Array:
    """Coefficients of the exposure (column 1) on the first columns: (B, subgroups, outcomes)."""
    inverse = np.linalg.pinv(groups[..., :columns, :columns], rcond=_NULL, hermitian=True)
    found: Array = (inverse @ groups[..., :columns, p:])[..., 1, :]
    return found


def _standardised(values: Array) -> tuple[Array, float]:
    """Values with mean 0 and variance 1, and the standard deviation they had."""
    unit = float(values.std())
    return (values - values.mean()) / unit, unit
