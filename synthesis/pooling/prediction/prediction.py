"""Where the effect in a new study is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.mean.inference import Bounds, cdf_t, quantile_t
from synthesis.pooling.mean.tests import TESTS, Inference
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


@dataclass(frozen=True)
class Beyond:
    """Probabilities of an effect above and below a threshold, of one shape; they sum to one."""

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
        # Without any spread the effect is the mean: where that is x itself, either side has one half.
        with np.errstate(divide="ignore", invalid="ignore"):
            standard = np.where(distance == 0, 0.0, distance / self.scale)
        return Beyond(cdf_t(-standard, self.df), cdf_t(standard, self.df))


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
        below = np.where(self.df > 0, np.heaviside(x - self._centre, 0.5), np.nan)
        rows = self._spread
        if rows.size:
            units = self.mean.fitted.units
            inner = (x[rows] - units.origin[rows]) / units.scale[rows]
            below[rows] = ConfidencePrediction(self.mean.fitted.model.take(rows)).cdf(inner)
        return Beyond(1.0 - below, below)

    @property
    def _centre(self) -> Array:
        units = self.mean.fitted.units
        return self.mean.fitted.model.at_zero.beta[:, 0] * units.scale + units.origin


def predictive(kind: str, mean: Mean, inference: Inference) -> Predictive:
    """The predictive distribution of a kind in PREDICTIONS; nan with moderators, and where df is.

    With moderators there is no one population to predict for.
    """
    chosen, model = PREDICTIONS[kind], mean.fitted.model
    df = chosen.df(model.df) if model.p == 1 else np.full_like(model.df, np.nan)
    if not chosen.simple:
        return ConfidencePredictive(mean, df)
    se = (inference if chosen.se is None else TESTS[chosen.se].infer(mean, slice(None))).se[:, 0]
    return StudentPredictive(mean.beta[:, 0], np.sqrt(mean.fitted.tau2 + se * se), df)


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
