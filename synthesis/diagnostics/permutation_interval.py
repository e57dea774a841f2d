"""The confidence interval that the permutation test of the mean implies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.repeating import chosen_weights, same_estimator
from synthesis.pooling.resampling.permutation import DRAWS, PermutationTest, permutation_test
from synthesis.pooling.result import PooledSummary

_SEARCHED = 12  # values looked at between the estimate and where the test rejects
_HALVINGS = 44
_DOUBLINGS = 60  # of the reach, until a value is rejected


@dataclass(frozen=True)
class PermutationInterval(AsData):
    """Effects that the test of sign changes does not reject, at `level`; infinite ends where it never can.

    least_p: the smallest p that the arrangements allow. p_value: of no effect. exact: whether all
    arrangements were pooled. connected: whether every value looked at between the ends was kept as well.
    """

    estimate: float
    ci_low: float
    ci_high: float
    level: float
    p_value: float
    least_p: float
    exact: bool
    permutations: int
    connected: bool
    says: str = (
        "Holds for symmetric effects whatever their distribution; it says nothing where so few studies have "
        "so few arrangements that none can be rejected."
    )


def permutation_interval(pooled: PooledSummary, draws: int = DRAWS, seed: int = 0) -> PermutationInterval:
    """Invert the permutation test: the effects mu with p(mu) above 1 - level. Follmann & Proschan 1999.

    p(mu) is the share of arrangements of the signs of yi - mu whose statistic, by the method, test and
    weights of the analysis, is at least as large as that of yi - mu: all arrangements, or for many studies
    the observed one and a sample, the same for every mu. The ends are those of the smallest interval that
    holds the values
    kept: p, a step function, is looked at in places between the estimate and a value rejected, and its
    outermost step down to 1 - level is found by halving, to 1e-13 of the reach. With fixed weights p never
    rises away from the estimate; with an estimated tau2 it may. Raises ValueError for no draws.
    """
    alpha = 1.0 - pooled.level
    estimator, weights = same_estimator(pooled), chosen_weights(pooled)
    none = permutation_test(
        Effects(pooled.yi, pooled.vi), estimator, pooled.test, draws=draws, seed=seed, weights=weights
    )
    least_p = 1.0 / none.permutations  # when all effects have one sign, only what was observed is extreme
    signs = _signs(pooled.k, none, seed)

    def p_value(mu: float) -> float:
        arranged = Effects(signs * (pooled.yi - mu), np.broadcast_to(pooled.vi, signs.shape))
        size = np.abs(pool_batch(arranged, estimator, pooled.test, weights=weights).statistic[:, 0])
        # mu is no place where statistics are tied, so that none are equal but for rounding; nan is 0 / 0.
        return float(np.mean(~(size < size[0])))

    step = pooled.wald[1] - pooled.estimate
    low, high = _End(-math.inf), _End(math.inf)
    if least_p <= alpha:
        low, high = (_end(p_value, pooled.estimate, side * step, alpha) for side in (-1.0, 1.0))
    return PermutationInterval(
        estimate=pooled.estimate,
        ci_low=low.at,
        ci_high=high.at,
        level=pooled.level,
        p_value=none.p_value.item(),
        least_p=least_p,
        exact=none.exact,
        permutations=none.permutations,
        connected=low.connected and high.connected,
    )


def _signs(k: int, test: PermutationTest, seed: int) -> Array:
    """As many arrangements as the test had, (n, k), with the observed one first."""
    if test.exact:
        changed = (np.arange(test.permutations)[:, None] >> np.arange(k)) & 1
    else:
        changed = np.random.default_rng(seed).integers(0, 2, (test.permutations, k))
        changed[0] = 0
    return np.where(changed, -1.0, 1.0)


@dataclass(frozen=True)
class _End:
    """One end, and whether no value nearer to the estimate was rejected."""

    at: float
    connected: bool = True


def _end(p_value: Callable[[float], float], estimate: float, step: float, alpha: float) -> _End:
    """The outermost place, in the direction of `step`, where p falls from above alpha."""
    far = _rejected(p_value, estimate, step, alpha)
    if math.isinf(far):
        return _End(far)
    places = np.linspace(estimate, far, _SEARCHED + 2)
    kept = np.array([True, *(p_value(mu) > alpha for mu in places[1:-1].tolist()), False])
    last = int(np.flatnonzero(kept)[-1])
    inside, outside = places[last], places[last + 1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (inside + outside)
        if p_value(middle) > alpha:
            inside = middle
        else:
            outside = middle
    return _End(0.5 * float(inside + outside), bool(kept[:last].all()))


def _rejected(p_value: Callable[[float], float], estimate: float, step: float, alpha: float) -> float:
    """A value that is rejected, or infinity where none is found."""
    for _ in range(_DOUBLINGS):
        if p_value(estimate + step) <= alpha:
            return estimate + step
        step *= 2.0
    return math.copysign(math.inf, step)
