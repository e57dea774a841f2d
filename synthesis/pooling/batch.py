"""Inference for a batch: tests, intervals, heterogeneity and fit of every data set."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from synthesis.pooling.effects import Array, Effects, Rows
from synthesis.pooling.fitting import Fitted, fit, over_blocks
from synthesis.pooling.inference import (
    TESTS,
    OmnibusTest,
    coefficients,
    h_squared,
    i_squared,
    information_criteria,
    omnibus,
    q_p_value,
)
from synthesis.pooling.likelihood import loglik_ml, loglik_reml
from synthesis.pooling.model import Model
from synthesis.pooling.prediction import prediction, prediction_df


@dataclass(frozen=True)
class PooledBatch:
    """Results of B data sets; shape (B,) unless said otherwise.

    beta, se, statistic, p_value, ci_low, ci_high: shape (B, p), p = 1 without moderators. covariance: that
    of beta under the test, (B, p, p), whose diagonal is se squared.
    df: of the test; infinite for the normal distribution. wald_low, wald_high: shape (B, p), plain z.
    weights: percent, shape (B, k). I2: percent. H2: ratio. Q: residual heterogeneity on Q_df = k - p.
    QM: test of the moderators (of the mean itself without any). prediction_*: nan with moderators.
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
    method: str = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    prediction: str = "t(k-1)",
    design: Array | None = None,
) -> PooledBatch:
    """Pool every data set of a batch.

    method, test, prediction: a key of ESTIMATORS, TESTS, PREDICTIONS. design: (k, p) moderators with
    their intercept, shared by all data sets; the intercept alone when None.
    Raises ValueError for a design with collinear columns and KeyError for an unknown name.
    """
    chosen = _Choice(method, test, level, prediction)
    parts = over_blocks(lambda block: _pool_block(block, chosen, design), effects)
    return PooledBatch(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(PooledBatch)}
    )


@dataclass(frozen=True)
class _Choice:
    method: str
    test: str
    level: float
    prediction: str


def _pool_block(effects: Effects, chosen: _Choice, design: Array | None) -> PooledBatch:
    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = fit(effects, chosen.method, design)
        return PooledBatch(
            k=fitted.model.k,
            **_mean(fitted, chosen, tested_columns(design)),
            **_between_studies(fitted, chosen.method),
            **_fit_statistics(fitted, chosen.method),
        )


def _mean(fitted: Fitted, chosen: _Choice, tested: slice | Rows) -> dict[str, Array]:
    """Coefficients, their intervals, the omnibus test, the prediction interval and the weights."""
    model, test = fitted.model, TESTS[chosen.test]
    df = np.where(fitted.alone, np.inf, np.where(fitted.defined, test.df(model.df), np.nan))
    factor = np.where(fitted.alone, 1.0, test.factor(fitted.at, model.df))
    beta, covariance = fitted.beta, fitted.covariance
    wald_se = np.sqrt(np.einsum("bii->bi", covariance))
    se = wald_se * np.sqrt(factor)[:, None]
    result = coefficients(beta, se, df[:, None], chosen.level)
    wald = coefficients(beta, wald_se, np.full_like(df, np.inf)[:, None], chosen.level)
    tested_covariance = covariance * factor[:, None, None]
    moderators = _omnibus(beta, tested_covariance, df, tested)
    predicted_df = _prediction_df(model, chosen.prediction)
    predicted = prediction(beta[:, 0], se[:, 0], fitted.tau2, predicted_df, chosen.level)
    weights = fitted.at.weights
    return {
        "beta": beta,
        "covariance": tested_covariance,
        "se": se,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "df": df,
        "ci_low": result.low,
        "ci_high": result.high,
        "wald_low": wald.low,
        "wald_high": wald.high,
        "weights": 100.0 * weights / weights.sum(axis=1, keepdims=True),
        "QM": moderators.statistic,
        "QM_p": moderators.p_value,
        "prediction_low": predicted.low,
        "prediction_high": predicted.high,
        "prediction_df": predicted_df,
    }


def _prediction_df(model: Model, kind: str) -> Array:
    """nan with moderators, for then there is no one population to predict, and where df would be zero."""
    df = prediction_df(kind, model.df)
    return np.where((model.df > 0) & (df > 0) & (model.p == 1), df, np.nan)


def tested_columns(design: Array | None) -> Rows | slice:
    """Columns whose coefficients QM tests: all but the intercept, or the intercept when it is alone."""
    if design is None or design.shape[1] == 1:
        return slice(None)
    return np.flatnonzero(np.ptp(design, axis=0) > 0)


def _omnibus(beta: Array, covariance: Array, df: Array, tested: slice | Rows) -> OmnibusTest:
    usable = np.isfinite(covariance).all(axis=(1, 2)) & np.isfinite(beta).all(axis=1)
    usable &= np.einsum("bii->bi", covariance).min(axis=1) > 0
    safe = np.where(usable[:, None, None], covariance, np.eye(beta.shape[1]))[:, tested][:, :, tested]
    return omnibus(np.where(usable[:, None], beta, np.nan)[:, tested], safe, df)


def _typical_variance(fitted: Fitted) -> Array:
    """(k - p) / tr(P) at tau2 = 0. Higgins & Thompson 2002, for any design."""
    return fitted.model.df / fitted.model.at_zero.trace_p


def _between_studies(fitted: Fitted, method: str) -> dict[str, Array]:
    model, units, at_zero = fitted.model, fitted.units, fitted.model.at_zero
    typical = _typical_variance(fitted)
    tau2 = fitted.heterogeneity.tau2
    # With tau2 fixed at zero, heterogeneity is what Q shows: the DerSimonian-Laird moment before fixing.
    shown = (at_zero.ypy - model.df) / at_zero.trace_p if method == "EE" else tau2
    q = np.where(model.k > 0, at_zero.ypy, np.nan)
    return {
        "tau2": fitted.tau2,
        "se_tau2": fitted.heterogeneity.se * units.scale**2,
        "I2": i_squared(np.maximum(shown, 0.0), typical),
        "H2": h_squared(shown, typical),
        "Q": q,
        "Q_df": model.df,
        "Q_p": q_p_value(q, model.df),
    }


def _fit_statistics(fitted: Fitted, method: str) -> dict[str, Array]:
    model, at, log_scale = fitted.model, fitted.at, np.log(fitted.units.scale)
    full = loglik_ml(at, model.k) - model.k * log_scale
    restricted = np.where(model.df > 0, loglik_reml(at, model.df) - model.df * log_scale, np.nan)
    loglik, n = (full, model.k) if method == "ML" else (restricted, model.df)
    criteria = information_criteria(loglik, model.p + (method != "EE"), n)
    return {
        "loglik_ml": full,
        "loglik_reml": restricted,
        "AIC": criteria.AIC,
        "BIC": criteria.BIC,
        "AICc": criteria.AICc,
    }
