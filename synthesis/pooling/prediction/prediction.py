"""Where the effect in a new study is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.mean.inference import Bounds, cdf_t, quantile_t
from synthesis.pooling.mean.tests import TESTS, Inference, Reference
from synthesis.pooling.mean.weighting import Mean
from synthesis.pooling.prediction.confidence_prediction import ConfidencePrediction
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import ESTIMATORS


@dataclass(frozen=True)
class Prediction:
    """A kind of prediction interval.

    name: its distribution in words. df_lost: residual degrees of freedom it gives up; None for the normal
    distribution. se: the test whose standard error of the mean it uses, a key of TESTS; None for that of the
    test chosen. simple: whether it is mean +- quantile * sqrt(tau2 + se^2) of a tau2 that is estimated.
    """

    name: str
    df_lost: int | None = 0
    se: str | None = None
    simple: bool = True

    def df(self, residual_df: Array) -> Array:
        """Degrees of freedom, (n,): infinite if normal, nan without any; residual_df = k - 1 = k - p."""
        if self.df_lost is None:
            return np.where(residual_df > 0, np.inf, np.nan)
        df = residual_df - self.df_lost
        return np.where(df > 0, df, np.nan)


PREDICTIONS: dict[str, Prediction] = {
    "t(k-1)": Prediction("t(k-1) with the standard error of the test"),
    "t(k-2)": Prediction("t(k-2) with the standard error of the test", df_lost=1),
    "z": Prediction("normal with the standard error of the test", df_lost=None),
    "HTS": Prediction(
        "Higgins-Thompson-Spiegelhalter: t(k-2) with the Wald standard error", df_lost=1, se="z"
    ),
    "HKSJ": Prediction("Partlett-Riley: t(k-2) with the Hartung-Knapp standard error", df_lost=1, se="HKSJ"),
    "NNF": Prediction("Nagashima-Noma-Furukawa: the confidence distribution of tau2", simple=False),
}


NO_PREDICTION = "none"
"""Stands for a kind where nothing can be predicted: under equal effects."""


@dataclass(frozen=True)
class Beyond:
    """P(effect > x) and P(effect < x), of one shape; together one, less the chance of x itself."""

    above: Array
    below: Array


class Predictive(Protocol):
    """The distribution of the effect in a new study, for n data sets."""

    @property
    def df(self) -> Array:
        """Degrees of freedom of the interval, (n,); nan where nothing can be predicted."""

    def interval(self, level: float) -> Bounds:
        """The central interval with probability `level`, (n,)."""

    def beyond(self, x: Array) -> Beyond:
        """Probabilities that the effect is above and below x, (n,)."""


@dataclass(frozen=True)
class StudentPredictive:
    """mean + scale * t(df), shape (n,). Higgins, Thompson & Spiegelhalter 2009: scale^2 = tau2 + se^2."""

    mean: Array
    scale: Array
    df: Array

    def interval(self, level: float) -> Bounds:
        half = quantile_t(self.df, level) * self.scale
        return Bounds(self.mean - half, self.mean + half)

    def beyond(self, x: Array) -> Beyond:
        distance = x - self.mean
        # Without any spread the effect is the mean, which then is neither above nor below itself.
        nowhere = np.where((distance == 0) & (self.scale == 0), 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            standard = np.where(distance == 0, 0.0, distance / self.scale)
        return Beyond(nowhere * cdf_t(-standard, self.df), nowhere * cdf_t(standard, self.df))


@dataclass(frozen=True)
class ConfidencePredictive:
    """`ConfidencePrediction` on the scale of the data; where all effects agree exactly, a single point."""

    mean: Mean
    df: Array

    @property
    def _spread(self) -> Rows:
        return np.flatnonzero((self.df > 0) & (self.mean.fitted.model.at_zero.ypy > 0))

    def interval(self, level: float) -> Bounds:
        low = np.where(self.df > 0, self._centre, np.nan)
        high, rows = low.copy(), self._spread
        if rows.size:
            found = ConfidencePrediction(self.mean.fitted.model.take(rows)).interval(level)
            units = self.mean.fitted.units
            low[rows] = found.low * units.scale[rows] + units.origin[rows]
            high[rows] = found.high * units.scale[rows] + units.origin[rows]
        return Bounds(low, high)

    def beyond(self, x: Array) -> Beyond:
        known = self.df > 0
        above = np.where(known, np.where(x < self._centre, 1.0, 0.0), np.nan)
        below = np.where(known, np.where(x > self._centre, 1.0, 0.0), np.nan)
        rows = self._spread
        if rows.size:
            units = self.mean.fitted.units
            inner = (x[rows] - units.origin[rows]) / units.scale[rows]
            found = ConfidencePrediction(self.mean.fitted.model.take(rows))
            above[rows], below[rows] = found.beyond(inner)
        return Beyond(above, below)

    @property
    def _centre(self) -> Array:
        units = self.mean.fitted.units
        return self.mean.fitted.model.at_zero.beta[:, 0] * units.scale + units.origin


@dataclass(frozen=True)
class NeverNarrower:
    """A prediction that is at every level at least as wide as the intervals of the mean, shape (n,).

    A new effect cannot be known better than the mean of all. The quantile on either side is the farther one
    of the prediction and of the mean under each inference, (se, reference): that of the test and Wald's.
    Where the distribution function of all of them is below one half, this one is the largest of them, where
    above, the smallest, and one half between.
    """

    inner: Predictive
    mean: Array
    intervals: tuple[tuple[Array, Reference], ...]

    @property
    def df(self) -> Array:
        return self.inner.df

    def interval(self, level: float) -> Bounds:
        found = self.inner.interval(level)
        low, high = found.low, found.high
        for se, reference in self.intervals:
            half = reference.quantile(level)[:, 0] * se
            low, high = np.fmin(low, self.mean - half), np.fmax(high, self.mean + half)
        return Bounds(self._where_known(low), self._where_known(high))

    def beyond(self, x: Array) -> Beyond:
        inner = self.inner.beyond(x)
        tails = [_tails(x - self.mean, se, reference) for se, reference in self.intervals]
        above = _towards_half([inner.above, *(tail.above for tail in tails)])
        below = _towards_half([inner.below, *(tail.below for tail in tails)])
        return Beyond(self._where_known(above), self._where_known(below))

    def _where_known(self, values: Array) -> Array:
        return np.where(np.isnan(self.df), np.nan, values)


def _tails(distance: Array, se: Array, reference: Reference) -> Beyond:
    """Chances that the mean lies above and below a value at this distance from its estimate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = distance / se
    outer = 0.5 * reference.p_value(np.abs(statistic)[:, None])[:, 0]
    return Beyond(np.where(distance > 0, outer, 1.0 - outer), np.where(distance < 0, outer, 1.0 - outer))


def _towards_half(chances: list[Array]) -> Array:
    """One half where the chances lie on both sides of it, else the one that is nearest to it."""
    lowest, highest = np.fmin.reduce(chances), np.fmax.reduce(chances)
    towards: Array = np.maximum(lowest, np.minimum(0.5, highest))
    return towards


def predictive(kind: str, mean: Mean, inference: Inference, estimator: Estimator) -> Predictive:
    """The predictive distribution of a kind in PREDICTIONS; nan where there is none, as its df is.

    With moderators there is no one population to predict for, and with equal effects nothing to predict.
    """
    chosen, model = PREDICTIONS[kind], mean.fitted.model
    exists = model.p == 1 and estimator is not ESTIMATORS["EE"]
    df = chosen.df(model.df) if exists else np.full_like(model.df, np.nan)
    inner: Predictive
    if chosen.simple:
        se = (inference if chosen.se is None else TESTS[chosen.se].infer(mean, slice(None))).se[:, 0]
        inner = StudentPredictive(mean.beta[:, 0], np.sqrt(mean.fitted.tau2 + se * se), df)
    else:
        inner = ConfidencePredictive(mean, df)
    if not exists:
        return inner
    wald = TESTS["z"].infer(mean, slice(None))
    of_mean = ((inference.se[:, 0], inference.reference), (wald.se[:, 0], wald.reference))
    return NeverNarrower(inner, mean.beta[:, 0], of_mean)


def check_prediction(kind: str, estimator: Estimator, weights: bool) -> None:
    """Raise ValueError where a prediction is not defined with the method or the user's weights."""
    if PREDICTIONS[kind].simple:
        return
    if estimator is ESTIMATORS["EE"]:
        raise ValueError(
            f"prediction '{kind}' is about heterogeneity, which method 'EE' rules out; choose another"
        )
    if weights:
        raise ValueError(f"prediction '{kind}' has its own weights; leave out the weights or choose another")
