"""Inference for a batch: tests, intervals, heterogeneity and fit of every data set."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.fitting import Fitted, fit, over_numbered_blocks
from synthesis.pooling.kernel.likelihood import loglik_ml, loglik_reml
from synthesis.pooling.mean.inference import (
    Bounds,
    OmnibusTest,
    h_squared,
    i_squared,
    information_criteria,
    normal_quantile,
    q_p_value,
)
from synthesis.pooling.mean.tests import TESTS, Inference, check_test
from synthesis.pooling.mean.weighting import Mean, Weights, checked_weights, weighted_mean
from synthesis.pooling.prediction.prediction import check_prediction, predictive
from synthesis.pooling.tau2.estimators import ESTIMATORS, Estimator, chosen_estimator


@dataclass(frozen=True)
class PooledBatch:
    """Results of B data sets; shape (B,) unless said otherwise.

    beta, se, statistic, p_value, ci_low, ci_high: shape (B, p), p = 1 without moderators. covariance: that
    of beta under the test, (B, p, p), whose diagonal is se squared.
    df: of the test; infinite for the normal distribution, nan for the Henmi-Copas test, which has its own.
    coefficient_df: the same for each coefficient, (B, p). Only the Kenward-Roger test tells them apart; df
    is then that of QM. wald_low, wald_high: shape (B, p), plain z.
    weights: percent, shape (B, k). I2: percent. H2: ratio. Q: residual heterogeneity on Q_df = k - p.
    QM: test of the moderators (of the mean itself without any): chi-squared where df is infinite, otherwise F
    (t squared if there is one). prediction_*: nan with moderators and with equal effects.
    A data set of one study is that study, with its own z interval; what does not exist there, and every
    number of a data set without studies, is nan.
    """

    k: Array
    beta: Array
    covariance: Array
    se: Array
    statistic: Array
    p_value: Array
    df: Array
    coefficient_df: Array
    ci_low: Array
    ci_high: Array
    wald_low: Array
    wald_high: Array
    weights: Array
    tau2: Array
    se_tau2: Array
    I2: Array
    H2: Array
    Q: Array
    Q_df: Array
    Q_p: Array
    QM: Array
    QM_p: Array
    prediction_low: Array
    prediction_high: Array
    prediction_df: Array
    loglik_ml: Array
    loglik_reml: Array
    AIC: Array
    BIC: Array
    AICc: Array


def pool_batch(
    effects: Effects,
    method: str | Estimator = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    prediction: str = "t(k-1)",
    design: Array | None = None,
    weights: Weights = None,
) -> PooledBatch:
    """Pool every data set of a batch.

    method, test, prediction: a key of ESTIMATORS (or an Estimator), TESTS, PREDICTIONS. design: (k, p)
    moderators with their intercept, shared by all data sets; the intercept alone when None. weights: of the
    coefficients, the model's 1 / (v + tau2) when None; a key of WEIGHTINGS, or numbers (k,) or (B, k), with
    covariances that hold for any weights. tau2, Q and I2 are then still the model's. Raises ValueError for
    a design with collinear columns, weights that are not finite and positive or zero, and tests and
    predictions that are not defined with the rest; KeyError for an unknown name.
    """
    estimator = chosen_estimator(method)
    check_test(test, estimator, weights is not None, design is not None and design.shape[1] > 1)
    check_prediction(prediction, estimator, weights is not None)
    chosen = Choice(estimator, test, design, as_weights(effects, weights))

    def work(block: Effects, rows: slice) -> PooledBatch:
        return _pool_block(block, chosen.take(rows), level, prediction)

    parts = over_numbered_blocks(work, effects)
    return PooledBatch(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(PooledBatch)}
    )


def interval_batch(
    effects: Effects,
    method: str | Estimator,
    test: str,
    level: float,
    prediction: str | None = None,
    weights: Weights = None,
) -> Bounds:
    """The interval of the mean of every data set, (B,), or with a kind of prediction that of a new study.

    The ends alone of what `pool_batch` returns for the same choices, which must be defined together.
    """
    estimator = chosen_estimator(method)
    chosen = Choice(estimator, test, None, as_weights(effects, weights))

    def work(block: Effects, rows: slice) -> Bounds:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, inference = infer_block(block, chosen.take(rows))
            if prediction is not None:
                return predictive(prediction, mean, inference, estimator).interval(level)
            half = inference.reference.quantile(level) * inference.se
            return Bounds((mean.beta - half)[:, 0], (mean.beta + half)[:, 0])

    parts = over_numbered_blocks(work, effects)
    return Bounds(np.concatenate([p.low for p in parts]), np.concatenate([p.high for p in parts]))


def as_weights(effects: Effects, weights: Weights) -> Array | str | None:
    """The weights as a `Choice` holds them. Raises ValueError for numbers that cannot be weights."""
    return weights if weights is None or isinstance(weights, str) else checked_weights(effects, weights)


@dataclass(frozen=True)
class Choice:
    """How coefficients are estimated and tested; weights: None, a key of WEIGHTINGS, or an array (B, k)."""

    estimator: Estimator
    test: str
    design: Array | None = None
    weights: Array | str | None = None

    def take(self, rows: slice) -> Choice:
        """The same for these data sets of a batch."""
        weights = self.weights[rows] if isinstance(self.weights, np.ndarray) else self.weights
        return replace(self, estimator=self.estimator.take(rows), weights=weights)


def infer_block(effects: Effects, chosen: Choice) -> tuple[Mean, Inference]:
    """The coefficients of a block and the inference about them."""
    test = TESTS[chosen.test]
    fitted = fit(effects, chosen.estimator, chosen.design)
    mean = weighted_mean(fitted, test.weighting if chosen.weights is None else chosen.weights)
    return mean, test.infer(mean, tested_columns(chosen.design))


def _pool_block(effects: Effects, chosen: Choice, level: float, prediction: str) -> PooledBatch:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, inference = infer_block(effects, chosen)
        return PooledBatch(
            k=mean.fitted.model.k,
            **_mean(mean, inference, level, prediction, chosen.estimator),
            **between_studies(mean.fitted, chosen.estimator),
            **_fit_statistics(mean.fitted, chosen.estimator),
        )


def _mean(
    mean: Mean, inference: Inference, level: float, prediction: str, estimator: Estimator
) -> dict[str, Array]:
    """Coefficients, their intervals, the omnibus test, the prediction interval and the weights."""
    beta, se, reference, moderators = mean.beta, inference.se, inference.reference, inference.moderators
    statistic = beta / se
    p_value = reference.p_value(statistic)
    half = reference.quantile(level) * se
    wald_se = np.sqrt(np.einsum("bii->bi", mean.covariance))
    wald_half = normal_quantile(level) * wald_se
    new_study = predictive(prediction, mean, inference, estimator)
    predicted = new_study.interval(level)
    return {
        "beta": beta,
        "covariance": inference.covariance,
        "se": se,
        "statistic": statistic,
        "p_value": p_value,
        "df": moderators.denominator_df,
        "coefficient_df": np.broadcast_to(reference.df, beta.shape),
        "ci_low": beta - half,
        "ci_high": beta + half,
        "wald_low": beta - wald_half,
        "wald_high": beta + wald_half,
        "weights": 100.0 * mean.weights / mean.weights.sum(axis=1, keepdims=True),
        "QM": moderators.statistic,
        "QM_p": _omnibus_p(moderators, p_value),
        "prediction_low": predicted.low,
        "prediction_high": predicted.high,
        "prediction_df": new_study.df,
    }


def _omnibus_p(moderators: OmnibusTest, p_value: Array) -> Array:
    """p of the omnibus test, which of one coefficient is the test of that, p_value (n, p)."""
    if p_value.shape[1] > 1:
        return moderators.p_value
    return np.where(np.isnan(moderators.statistic), np.nan, p_value[:, 0])


def tested_columns(design: Array | None) -> Rows | slice:
    """Columns whose coefficients QM tests: all but the intercept, or the intercept when it is alone."""
    if design is None or design.shape[1] == 1:
        return slice(None)
    return np.flatnonzero(np.ptp(design, axis=0) > 0)


def _typical_variance(fitted: Fitted) -> Array:
    """(k - p) / tr(P) at tau2 = 0. Higgins & Thompson 2002, for any design."""
    return fitted.model.df / fitted.model.at_zero.trace_p


def between_studies(fitted: Fitted, estimator: Estimator) -> dict[str, Array]:
    """tau2, I2, H2 and Q of a block, by the names of PooledBatch."""
    model, units, at_zero = fitted.model, fitted.units, fitted.model.at_zero
    typical = _typical_variance(fitted)
    tau2 = fitted.heterogeneity.tau2
    # With tau2 fixed at zero, heterogeneity is what Q shows: the DerSimonian-Laird moment before fixing.
    shown = (at_zero.ypy - model.df) / at_zero.trace_p if estimator is ESTIMATORS["EE"] else tau2
    q, q_df = (np.where(model.k > 0, a, np.nan) for a in (at_zero.ypy, model.df))
    return {
        "tau2": fitted.tau2,
        "se_tau2": fitted.heterogeneity.se * units.scale**2,
        "I2": i_squared(np.maximum(shown, 0.0), typical),
        "H2": h_squared(shown, typical),
        "Q": q,
        "Q_df": q_df,
        "Q_p": q_p_value(q, q_df),
    }


def _fit_statistics(fitted: Fitted, estimator: Estimator) -> dict[str, Array]:
    model, at, log_scale = fitted.model, fitted.at, np.log(fitted.units.scale)
    full = loglik_ml(at, model.k) - model.k * log_scale
    restricted = np.where(model.df > 0, loglik_reml(at, model.df) - model.df * log_scale, np.nan)
    loglik, n = (full, model.k) if estimator is ESTIMATORS["ML"] else (restricted, model.df)
    loglik = np.where(model.df > 0, loglik, np.nan)
    criteria = information_criteria(loglik, model.p + (estimator is not ESTIMATORS["EE"]), n)
    return {
        "loglik_ml": full,
        "loglik_reml": restricted,
        "AIC": criteria.AIC,
        "BIC": criteria.BIC,
        "AICc": criteria.AICc,
    }
