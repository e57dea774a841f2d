"""Columns of design matrices: covariates as numbers, with what is missing treated as the protocol says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.measured import NOT_RECORDED

Array = NDArray[np.float64]

EXPOSURE_COLUMN = 1
"""Where matrices have the exposure: after the intercept."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A design matrix x (n, p), the names of its columns, and whose rows are analysed (n,); others are 0."""

    x: Array
    names: tuple[str, ...]
    domain: Mask


class Columns:
    """The variables of a cohort as columns, each made once.

    Missing covariates are filled with the unweighted mean of the cohort, or the class Not recorded, when the
    protocol says `fill`; else a person who misses one is not analysed.
    """

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._fill = cohort.protocol.missing_covariates == "fill"
        self._measured = cohort.measured
        self._covariates: dict[str, Array] = {}

    def values(self, name: str) -> Array:
        """A continuous variable, NaN where not recorded; shape (n,)."""
        return self._measured.values(name)

    def covariate(self, name: str) -> Array:
        """Shape (n, 1) for a continuous variable, else an indicator a class, Not recorded last."""
        if name not in self._covariates:
            make = self._indicators if self._labels(name) else self._number
            self._covariates[name] = make(name)
        return self._covariates[name]

    def matrix(self, covariates: Sequence[str], domain: Mask) -> Matrix:
        """Intercept, the protocol's exposure and covariates, for those of the domain who have them all.

        Of a categorical covariate, the first class that somebody is in is the reference, and classes that
        nobody is in have no column.
        """
        complete = domain & ~np.isnan(self.values(self._cohort.protocol.exposure))
        for name in covariates:
            complete = complete & ~np.isnan(self.covariate(name)[:, 0])
        rows = np.flatnonzero(complete)
        blocks = [np.ones((len(rows), 1)), self.values(self._cohort.protocol.exposure)[rows, None]]
        names = ["(Intercept)", self._cohort.protocol.exposure]
        for name in covariates:
            block, labels = self._block(name, rows)
            blocks.append(block)
            names += labels
        x = np.zeros((len(domain), len(names)))
        x[rows] = np.concatenate(blocks, axis=1)
        return Matrix(x, tuple(names), complete)

    def _block(self, name: str, rows: NDArray[np.intp]) -> tuple[Array, list[str]]:
        block = self.covariate(name)[rows]
        if not self._labels(name):
            return block, [name]
        labels = (*self._labels(name), NOT_RECORDED)
        occupied = np.flatnonzero(block.any(axis=0))[1:]
        return block[:, occupied], [f"{name}: {labels[index]}" for index in occupied]

    def _labels(self, name: str) -> tuple[str, ...]:
        return self._measured.labels(name)

    def _number(self, name: str) -> Array:
        values = self.values(name)
        if self._fill:
            values = np.nan_to_num(values, nan=float(np.nanmean(values[self._cohort.included])))
        return values[:, None]

    def _indicators(self, name: str) -> Array:
        known = len(self._labels(name))
        classes = self._measured.class_of(name)
        indicators: Array = (classes[:, None] == np.arange(known + 1)).astype(float)
        if not self._fill:
            indicators[classes == known] = np.nan
        return indicators
