"""Columns of design matrices: exposure, covariates and their products, with what is missing treated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort
from studies.nhanes.exposure_forms import ExposureForm, exposure_forms
from studies.nhanes.protocol_parts import ProtocolOutcome
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.measured import NOT_RECORDED

Array = NDArray[np.float64]

EXPOSURE_COLUMN = 1
"""Where matrices have the exposure, or the first of its columns: after the intercept."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A design matrix x (n, p), the names of its columns, and whose rows are analysed (n,); others are 0.

    products: of a covariate that interacts with the exposure, each class that somebody is in with the names
    of its products with the exposure's columns; none for the class that the others are compared with.
    """

    x: Array
    names: tuple[str, ...]
    domain: Mask
    products: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Columns:
    """The variables of a cohort as columns, each made once.

    Missing covariates are treated as the protocol says: filled with the unweighted mean of the cohort, given
    the class Not recorded, or left to leave out who misses one. completed: values or classes of covariates
    that were imputed, shape (n,), by name.
    """

    def __init__(self, cohort: Cohort, completed: Mapping[str, Array] | None = None) -> None:
        self._cohort = cohort
        self._measured = cohort.measured
        self._completed = completed or {}
        self._covariates: dict[str, Array] = {}

    @cached_property
    def forms(self) -> tuple[ExposureForm, ...]:
        """How the exposure is analysed."""
        return exposure_forms(self._cohort)

    def values(self, name: str) -> Array:
        """A continuous variable, NaN where not recorded; shape (n,)."""
        return self._measured.values(name)

    def outcome(self, described: ProtocolOutcome) -> Array:
        """Its numbers, or 1 for the event and 0 for no event; NaN where not recorded; shape (n,)."""
        if described.event is None:
            return self.values(described.variable)
        event = self._measured.in_class(described.variable, described.event).astype(float)
        event[~self._measured.recorded(described.variable)] = np.nan
        return event

    def covariate(self, name: str) -> Array:
        """Shape (n, 1) for a continuous variable, else an indicator a class, Not recorded last."""
        if name not in self._covariates:
            make = self._indicators if self._labels(name) else self._number
            self._covariates[name] = make(name)
        return self._covariates[name]

    def matrix(
        self, form: ExposureForm, covariates: Sequence[str], domain: Mask, interactions: Sequence[str] = ()
    ) -> Matrix:
        """Intercept, exposure, covariates and products, for those of the domain who have them all.

        Of a categorical covariate, the first class that somebody is in is the reference, and classes that
        nobody is in have no column.
        """
        complete = domain & ~np.isnan(form.columns).any(axis=1)
        for name in covariates:
            complete = complete & ~np.isnan(self.covariate(name)[:, 0])
        rows = np.flatnonzero(complete)
        exposure = form.columns[rows]
        blocks, names = [np.ones((len(rows), 1)), exposure], ["(Intercept)", *form.names]
        products: dict[str, tuple[str, ...]] = {}
        for name in covariates:
            block, labels = self._block(name, rows)
            blocks.append(block)
            names += labels
        for name in interactions:
            products = self._products(name, rows, form.names)
            block, _ = self._block(name, rows)
            blocks += [exposure * column[:, None] for column in block.T]
        names += [product for label in products for product in products[label]]
        x = np.zeros((len(domain), len(names)))
        x[rows] = np.concatenate(blocks, axis=1)
        return Matrix(x, tuple(names), complete, products)

    def _block(self, name: str, rows: NDArray[np.intp]) -> tuple[Array, list[str]]:
        block = self.covariate(name)[rows]
        if not self._labels(name):
            return block, [name]
        occupied = np.flatnonzero(block.any(axis=0))[1:]
        labels = (*self._labels(name), NOT_RECORDED)
        return block[:, occupied], [f"{name}: {labels[index]}" for index in occupied]

    def _products(
        self, name: str, rows: NDArray[np.intp], exposures: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        labels = (*self._labels(name), NOT_RECORDED)
        occupied = np.flatnonzero(self.covariate(name)[rows].any(axis=0))
        return {
            labels[index]: tuple(f"{each} x {name}: {labels[index]}" for each in exposures) if place else ()
            for place, index in enumerate(occupied)
        }

    def _labels(self, name: str) -> tuple[str, ...]:
        return self._measured.labels(name)

    def _treatment(self, name: str) -> str:
        if name not in self._cohort.protocol.covariates:  # an outcome is never filled in
            return "leave out"
        return self._cohort.protocol.missing_covariates.of(name, bool(self._labels(name)))

    def _number(self, name: str) -> Array:
        values = self._completed.get(name, self.values(name))
        if self._treatment(name) == "mean":
            values = np.nan_to_num(values, nan=float(np.nanmean(values[self._cohort.included])))
        return values[:, None]

    def _indicators(self, name: str) -> Array:
        known = len(self._labels(name))
        classes = self._completed.get(name, self._measured.class_of(name))
        indicators: Array = (classes[:, None] == np.arange(known + 1)).astype(float)
        if self._treatment(name) == "leave out":
            indicators[classes == known] = np.nan
        return indicators
