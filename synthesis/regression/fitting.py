"""From effects and a design to the numbers of a meta-regression; every one of them is the kernel's."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.batch import PooledBatch, pool_batch, tested_columns
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import estimate_batch, fit
from synthesis.pooling.mean.inference import explained_heterogeneity
from synthesis.pooling.mean.kenward_roger import KenwardRoger, kenward_roger
from synthesis.pooling.tau2.intervals import heterogeneity_intervals
from synthesis.regression.design import Design
from synthesis.regression.result import MetaRegression
from synthesis.regression.wald import WaldTest

_SPANNED = 1e-8


def fit_design(
    effects: Effects, labels: tuple[str, ...], design: Design, method: str, test: str, level: float
) -> tuple[MetaRegression, PooledBatch]:
    """A meta-regression on a design that was checked, as yet without words; and the batch behind it."""
    batch = pool_batch(effects, method, test, level, design=design.matrix)
    bounds = heterogeneity_intervals(effects, level, design.matrix)
    without = estimate_batch(effects, method).tau2
    tested = np.arange(len(design.names))[tested_columns(design.matrix)]
    result = MetaRegression(
        labels=labels,
        yi=effects.y[0],
        vi=effects.v[0],
        weights=batch.weights[0],
        design=design.matrix,
        names=design.names,
        terms=design.terms,
        recipe=design.recipe,
        small_sample=_small_sample(effects, method, design.matrix) if test == "KR" else None,
        k=len(labels),
        p=len(design.names),
        estimate=batch.beta[0],
        covariance=batch.covariance[0],
        se=batch.se[0],
        statistic=batch.statistic[0],
        p_value=batch.p_value[0],
        df=batch.coefficient_df[0],
        ci_low=batch.ci_low[0],
        ci_high=batch.ci_high[0],
        tau2=batch.tau2.item(),
        se_tau2=batch.se_tau2.item(),
        tau2_low=bounds.tau2.low.item(),
        tau2_high=bounds.tau2.high.item(),
        I2=batch.I2.item(),
        I2_low=bounds.I2.low.item(),
        I2_high=bounds.I2.high.item(),
        H2=batch.H2.item(),
        H2_low=bounds.H2.low.item(),
        H2_high=bounds.H2.high.item(),
        tau2_without=without.item(),
        R2=_r2(design.matrix, without, batch.tau2),
        QE=batch.Q.item(),
        QE_df=batch.Q_df.item(),
        QE_p=batch.Q_p.item(),
        QM=WaldTest(
            batch.QM.item(),
            tested.size,
            batch.df.item(),
            batch.QM_p.item(),
            tuple(design.names[i] for i in tested),
        ),
        loglik_ml=batch.loglik_ml.item(),
        loglik_reml=batch.loglik_reml.item(),
        AIC=batch.AIC.item(),
        BIC=batch.BIC.item(),
        AICc=batch.AICc.item(),
        method=method,
        test_name=test,
        level=level,
        method_sentence="",
        notes=(),
    )
    return result, batch


def _small_sample(effects: Effects, method: str, design: Array) -> KenwardRoger:
    fitted = fit(effects, method, design)
    return kenward_roger(fitted.model, fitted.at, fitted.back)


def _r2(design: Array, without: Array, residual: Array) -> float:
    """R2, nan unless the intercept alone is a special case of the design and there is more to it."""
    ones = np.ones(len(design))
    fitted = design @ np.linalg.lstsq(design, ones, rcond=None)[0]
    if (design.shape[1] == 1 and np.ptp(design) == 0) or np.abs(fitted - ones).max() > _SPANNED:
        return float("nan")
    return float(explained_heterogeneity(without, residual).item())
