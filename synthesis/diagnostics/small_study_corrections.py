"""Estimates that try to see past small-study effects: PET, PEESE, and limit meta-analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.diagnostics.asymmetry import MODELS, regression_test
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.repeating import mean_weights
from synthesis.pooling.result import PooledSummary

ALPHA = 0.05


@dataclass(frozen=True)
class CorrectedEffect(AsData):
    """An estimate at perfect precision: an extrapolation beyond the data. p_value: of no effect."""

    method: str
    estimate: float
    low: float
    high: float
    p_value: float
    says: str


@dataclass(frozen=True)
class PetPeese(AsData):
    """Both regressions, and the one that the conditional rule chooses."""

    pet: CorrectedEffect
    peese: CorrectedEffect
    chosen: CorrectedEffect


def pet_peese(pooled: PooledSummary) -> PetPeese:
    """Stanley & Doucouliagos 2014, for the k >= 3 studies of a result, of which it uses the level.

    PET regresses on the standard error, PEESE on the variance, by weighted least squares; PEESE is chosen
    when PET's one-sided test of the intercept, in the direction of its estimate, is significant at ALPHA.
    Raises ValueError as `regression_test`.
    """
    pet, peese = _intercept("PET", pooled, "sei"), _intercept("PEESE", pooled, "vi")
    return PetPeese(pet, peese, peese if 0.5 * pet.p_value < ALPHA else pet)


def _intercept(name: str, pooled: PooledSummary, predictor: str) -> CorrectedEffect:
    test = regression_test(pooled, "weighted", predictor)
    half = 0.5 * (test.limit_high - test.limit_low)
    se = half / float(special.stdtrit(test.df, 0.5 * (1.0 + pooled.level)))
    return CorrectedEffect(
        name,
        test.limit,
        test.limit_low,
        test.limit_high,
        float(2.0 * special.stdtr(test.df, -abs(test.limit) / se)),
        "Extrapolates to a study of perfect precision; unstable with few studies, with heterogeneity, and "
        f"where all studies are small. {MODELS['weighted']}",
    )


@dataclass(frozen=True)
class Limit(AsData):
    """Limit meta-analysis. adjusted: the estimate at perfect precision. tau2: of the usual analysis.

    Q = Q_small + Q_residual: heterogeneity that the standard error explains (1 df), and what is left (k - 2).
    """

    adjusted: CorrectedEffect
    alpha: float
    beta: float
    tau2: float
    Q: float
    Q_small: float
    Q_small_p: float
    Q_residual: float
    Q_residual_p: float


def limit_meta_analysis(pooled: PooledSummary) -> Limit:
    """Ruecker et al. 2011: yi = beta + sqrt(vi + tau2) (alpha + noise), whose limit is beta + tau alpha.

    For the k >= 3 studies of a result, with its tau2, taken as known, and its level. alpha and beta by
    weighted least squares with weights 1 / (vi + tau2); the interval is that of the linear combination on
    t(k - 2), whatever the test of the result.
    Raises ValueError for fewer than three studies, equal precisions, and weights other than the model's.
    """
    yi, vi, level = pooled.yi, pooled.vi, pooled.level
    if pooled.k > 1 and mean_weights(pooled) is not None:
        raise ValueError(
            "a limit meta-analysis has the weights 1 / (vi + tau2), and this result has others; pool "
            "with the model's weights"
        )
    if yi.size < 3 or np.ptp(vi) == 0.0:
        raise ValueError("a limit meta-analysis needs at least three studies that differ in precision")
    tau2 = pooled.tau2
    spread = np.sqrt(vi + tau2)
    radial = pool_batch(
        Effects(yi, vi + tau2), "EE", "HKSJ", level, design=np.column_stack([np.ones_like(vi), spread])
    )
    take = np.array([1.0, np.sqrt(tau2)])
    estimate = float(take @ radial.beta[0])
    se = float(np.sqrt(take @ radial.covariance[0] @ take))
    df = yi.size - 2.0
    half = -float(special.stdtrit(df, 0.5 * (1.0 - level))) * se
    whole = pool_batch(Effects(yi, vi), "EE", "z")
    bent = pool_batch(Effects(yi, vi), "EE", "z", design=np.column_stack([np.ones_like(vi), np.sqrt(vi)]))
    small = float(whole.Q[0] - bent.Q[0])
    return Limit(
        adjusted=CorrectedEffect(
            "limit meta-analysis",
            estimate,
            estimate - half,
            estimate + half,
            float(2.0 * special.stdtr(df, -abs(estimate / se))),
            "Extrapolates the small-study effect to perfect precision, with heterogeneity; unstable as any "
            "extrapolation, and blind to what else makes small studies differ. Its test is its own, t(k "
            "- 2), whatever that of the pooled result.",
        ),
        alpha=float(radial.beta[0, 1]),
        beta=float(radial.beta[0, 0]),
        tau2=tau2,
        Q=float(whole.Q[0]),
        Q_small=small,
        Q_small_p=float(special.chdtrc(1.0, max(small, 0.0))),
        Q_residual=float(bent.Q[0]),
        Q_residual_p=float(special.chdtrc(df, bent.Q[0])),
    )
