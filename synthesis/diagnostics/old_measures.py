"""Test of excess significance: more significant studies than their power allows?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import PooledSummary

_EXCESS_SAYS = (
    "Compares observed with expected numbers of significant studies under one common effect. It cannot tell "
    "selective reporting from heterogeneity, and has little power with few studies; not for "
    "confirmation. Its model is its own, equal effects; of the pooled result it takes the level."
)


@dataclass(frozen=True, eq=False)
class ExcessSignificance(AsData):
    """observed and expected numbers of significant studies; power of each, (k,), at the effect `theta`.

    chi2, chi2_p: Ioannidis and Trikalinos' statistic with its one-sided p. exact_p: chance of as many
    significant studies or more, from the exact distribution of a sum of unequal chances.
    """

    observed: int
    expected: float
    power: Array
    theta: float
    chi2: float
    chi2_p: float
    exact_p: float
    alpha: float
    says: str = _EXCESS_SAYS


def excess_significance(pooled: PooledSummary, theta: float | None = None) -> ExcessSignificance:
    """Ioannidis & Trikalinos 2007; studies are significant two-sided at alpha, 1 - level of the result.

    theta: the true effect, that of the equal-effects model when None. chi2 is nan where no study, or every
    study, is sure to be significant.
    """
    yi, vi, alpha = pooled.yi, pooled.vi, _alpha(pooled)
    weights = 1.0 / vi
    effect = float(weights @ yi / weights.sum()) if theta is None else theta
    limit = -special.ndtri(0.5 * alpha)
    z = effect / np.sqrt(vi)
    power = special.ndtr(z - limit) + special.ndtr(-limit - z)
    observed = int(np.sum(np.abs(yi) / np.sqrt(vi) >= limit))
    expected, k = float(power.sum()), yi.size
    excess = observed - expected
    chi2 = excess**2 / expected + excess**2 / (k - expected) if expected < k else float("nan")
    one_sided = float(special.ndtr(-np.sign(excess) * np.sqrt(chi2)))
    return ExcessSignificance(
        observed=observed,
        expected=expected,
        power=power,
        theta=effect,
        chi2=chi2,
        chi2_p=one_sided,
        exact_p=float(min(1.0, _count_chances(power)[observed:].sum())),
        alpha=alpha,
    )


def _alpha(pooled: PooledSummary) -> float:
    """1 - level, without what its subtraction adds in the sixteenth digit."""
    return round(1.0 - pooled.level, 12)


def _count_chances(power: Array) -> Array:
    """P(0, 1, ..., k successes) of independent trials with these chances."""
    chances = np.ones(1)
    for p in power.tolist():
        chances = np.convolve(chances, [1.0 - p, p])
    return chances


# Fail-safe N: how many studies of no effect would be needed to undo the result. Kept for old reviews.


_FAIL_SAFE_SAYS = (
    "An old measure that is not recommended: it assumes that unseen studies average exactly no effect, "
    "ignores heterogeneity, and is large for any clear result (Becker 2005). Its sums are its own; of "
    "the pooled result it takes the level."
)


@dataclass(frozen=True)
class FailSafe(AsData):
    """Unseen studies until p exceeds alpha (rosenthal, rosenberg), or until the mean halves (orwin)."""

    rosenthal: int
    orwin: int
    rosenberg: int
    alpha: float
    says: str = _FAIL_SAFE_SAYS


def fail_safe(pooled: PooledSummary, target: float | None = None) -> FailSafe:
    """Rosenthal 1979 (sum of z, one-sided), Orwin 1983 (unweighted), Rosenberg 2005 (weighted, two-sided).

    alpha: 1 - level of the result. target: the mean to which Orwin's studies of no effect must bring the
    result; half of it when None. Zero where the result is already undone.
    """
    yi, vi, alpha = pooled.yi, pooled.vi, _alpha(pooled)
    k, weights = yi.size, 1.0 / vi
    summed = float(np.sum(yi / np.sqrt(vi)))
    rosenthal = (summed / special.ndtri(alpha)) ** 2 - k
    mean = float(np.mean(yi))
    wanted = 0.5 * mean if target is None else target
    orwin = k * (mean / wanted - 1.0) if wanted * mean > 0 else (0.0 if mean == 0.0 else np.inf)
    across = (float(weights @ yi) / special.ndtri(0.5 * alpha)) ** 2 - float(weights.sum())
    return FailSafe(
        rosenthal=_whole(rosenthal),
        orwin=_whole(orwin),
        rosenberg=_whole(across / float(weights.mean())),
        alpha=alpha,
    )


def _whole(n: float) -> int:
    """The next whole number, with rounding of the last digits forgiven; -1 for endlessly many."""
    if not np.isfinite(n):
        return -1
    return max(0, int(np.ceil(n * (1.0 - 1e-12))))
