"""Estimation: from a batch of effects, block by block, to tau2 and the coefficients of every data set."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.fast_paths import plain_moments
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.one_mean import intercept_model
from synthesis.pooling.kernel.parts import parts_by_size, parts_of
from synthesis.pooling.kernel.scaling import Units
from synthesis.pooling.kernel.sums import keep_memory, product
from synthesis.pooling.tau2.estimators import ESTIMATORS, Estimator, Heterogeneity, chosen_estimator

Part = TypeVar("Part")

_BLOCK = 350_000  # numbers of a part: calls are few, and long enough for two threads to share the interpreter


@dataclass(frozen=True)
class PointEstimates:
    """What estimation alone gives for B data sets: beta and its standard errors (B, p), tau2 (B,).

    se is that of the Wald z test. Data sets that cannot be estimated are nan.
    """

    beta: Array
    se: Array
    tau2: Array


def estimate_batch(
    effects: Effects, method: str | Estimator = "REML", design: Array | None = None
) -> PointEstimates:
    """tau2 and coefficients only, for those who need very many: resampling, permutations, all subsets.

    method: a key of ESTIMATORS, or an Estimator. design: as for `pool_batch`, which adds tests, intervals
    and fit.
    """

    estimator = chosen_estimator(method)
    if estimator is ESTIMATORS["DL"] and design is None:
        quick = plain_moments(effects)
        if quick is not None:
            return PointEstimates(quick.mean[:, None], quick.se[:, None], quick.tau2)

    def estimate(block: Effects, rows: slice) -> PointEstimates:
        with np.errstate(divide="ignore", invalid="ignore"):
            return _estimates(fit(block, estimator.take(rows), design))

    parts = over_numbered_blocks(estimate, effects)
    return PointEstimates(
        np.concatenate([part.beta for part in parts]),
        np.concatenate([part.se for part in parts]),
        np.concatenate([part.tau2 for part in parts]),
    )


@dataclass(frozen=True)
class Fitted:
    """A block of data sets and the projection at its estimated tau2.

    model, heterogeneity and at are on the model's scale; beta (n, p), covariance (n, p, p) and tau2 (n,)
    on that of the data. `back` (p, p) turns coefficients of the model's basis into those of
    the design, where they differ.
    """

    model: LinearModel
    units: Units
    back: Array | None
    heterogeneity: Heterogeneity
    at: Projection

    @property
    def alone(self) -> Mask:
        """Data sets of one study, which is returned as it is."""
        alone: Mask = (self.model.k == 1) & (self.model.p == 1)
        return alone

    @property
    def defined(self) -> Mask:
        """Data sets whose coefficients exist."""
        defined: Mask = (self.model.df > 0) | self.alone
        return defined

    @property
    def beta(self) -> Array:
        beta = self.at.beta if self.back is None else product(self.at.beta, self.back.T)
        beta = beta * self.units.scale[:, None] + self.units.origin[:, None]
        return np.where(self.defined[:, None], beta, np.nan)

    @once
    def covariance(self) -> Array:
        scale = np.where(self.defined, self.units.scale, np.nan)
        covariance: Array = self.at.covariance
        if self.back is not None:
            covariance = self.back @ covariance @ self.back.T
        in_units: Array = covariance * (scale * scale)[:, None, None]
        return in_units

    @property
    def tau2(self) -> Array:
        return self.heterogeneity.tau2 * self.units.scale**2


def over_blocks(work: Callable[[Effects], Part], effects: Effects) -> list[Part]:
    """What `work` returns for the batch in parts of moderate size, in order; parts run on all cores."""
    return over_numbered_blocks(lambda block, rows: work(block), effects)


def over_numbered_blocks(work: Callable[[Effects, slice], Part], effects: Effects) -> list[Part]:
    """As `over_blocks`, where `work` also takes which rows of the batch the part has."""
    keep_memory()
    parts = parts_of(effects.batch, effects.k, _BLOCK)
    if len(parts) <= 1:
        return [work(effects, slice(0, effects.batch))]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda part: work(effects.rows(part), part), parts))


def over_groups(work: Callable[[Effects, Rows], Part], y: Array, v: Array, starts: Rows) -> list[Part]:
    """What `work` returns for data sets of any sizes, one after another, in parts of about one size.

    y, v: shape (N,). starts: where each data set begins and the last one ends, (B + 1,), from 0 to N. `work`
    takes a part, and which data sets it has; parts run on all cores. Raises ValueError where starts are
    something else.
    """
    if y.ndim != 1 or y.shape != v.shape:
        raise ValueError(f"y has shape {y.shape} and v {v.shape}; expected the same (N,) for both")
    sizes = np.diff(starts)
    if not starts.size or starts[0] != 0 or starts[-1] != y.size or np.any(sizes < 0):
        raise ValueError(f"starts are not from 0 to the {y.size} effects, none before the one before it")
    keep_memory()

    def work_on(rows: Rows) -> Part:
        places = np.arange(sizes[rows[-1]])
        at = starts[rows, None] + places
        present = places < sizes[rows, None]
        return work(Effects(y.take(at, mode="clip"), v.take(at, mode="clip"), present, whole=y.size), rows)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(work_on, parts_by_size(sizes, _BLOCK)))


def model_of(effects: Effects, design: Array | None) -> tuple[LinearModel, Units, Array | None]:
    """The model of a block, its units, and the matrix that turns coefficients back, if any."""
    if design is None:
        model, units = intercept_model(effects)
        return model, units, None
    return regression_model(effects, design)


def fit(effects: Effects, method: str | Estimator, design: Array | None) -> Fitted:
    """Estimate tau2 and take the projection there."""
    model, units, back = model_of(effects, design)
    heterogeneity = _heterogeneity(model, chosen_estimator(method))
    at = model.at(np.where(model.df > 0, heterogeneity.tau2, 0.0))
    return Fitted(model, units, back, heterogeneity, at)


def _heterogeneity(model: LinearModel, estimator: Estimator) -> Heterogeneity:
    """The estimator's answer, nan for data sets without residual degrees of freedom."""
    tau2, se = np.full((2, model.k.size), np.nan)
    enough = np.flatnonzero(model.df > 0)
    if enough.size:
        found = estimator.take(enough).estimate(model.take(enough))
        tau2[enough], se[enough] = found.tau2, found.se
    return Heterogeneity(tau2, se)


def _estimates(fitted: Fitted) -> PointEstimates:
    se: Array = np.sqrt(np.einsum("bii->bi", fitted.covariance))
    return PointEstimates(fitted.beta, se, fitted.tau2)
