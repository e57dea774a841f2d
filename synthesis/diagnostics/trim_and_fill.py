"""Trim and fill: how many studies would make the funnel symmetric, and where the result would then be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects

Side = Literal["left", "right"]
_SAYS = (
    "A sensitivity analysis, not a correction: it assumes that asymmetry is due to missing studies alone, "
    "and adds studies where heterogeneity alone can make a funnel lopsided."
)
_STEPS = 100


def linear_rank(ranks: Array, k: int) -> float:
    """L0 = (4 S - k (k + 1)) / (2 k - 1), S the sum of the positive signed ranks."""
    return (4.0 * float(ranks[ranks > 0].sum()) - k * (k + 1)) / (2 * k - 1)


def run(ranks: Array, k: int) -> float:
    """R0: the length of the run of positive ranks at the far end, less one."""
    largest_negative = float((-ranks[ranks < 0]).max(initial=0.0))
    return k - largest_negative - 1.0


def quadratic_rank(ranks: Array, k: int) -> float:
    """Q0 = k - 1/2 - sqrt(2 k^2 - 4 S + 1/4)."""
    positive = float(ranks[ranks > 0].sum())
    return k - 0.5 - float(np.sqrt(max(2.0 * k * k - 4.0 * positive + 0.25, 0.0)))


COUNTS: dict[str, Callable[[Array, int], float]] = {
    "L0": linear_rank,
    "R0": run,
    "Q0": quadratic_rank,
}


@dataclass(frozen=True, eq=False)
class Filled:
    """k0 studies filled in on one side, and the result with them.

    yi, vi: the filled studies, shape (k0,). estimate, ci_low, ci_high, p_value, tau2: of all k + k0 studies,
    pooled as the result itself. converged: False where the count went in circles, and the smallest count of
    the circle was taken.
    """

    estimator: str
    side: Side
    k0: int
    yi: Array
    vi: Array
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    tau2: float
    converged: bool
    says: str = _SAYS


def trim_and_fill(
    yi: Array,
    vi: Array,
    estimator: str = "L0",
    side: Side | None = None,
    method: str = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
) -> Filled:
    """Duval & Tweedie 2000. yi, vi: shape (k,), k >= 3; estimator: a key of COUNTS.

    side: where studies are missing; when None, the side opposite to where Egger's mixed-effects test finds
    small studies. Raises ValueError for fewer than three studies or an unknown estimator.
    """
    if estimator not in COUNTS:
        raise ValueError(f"unknown estimator '{estimator}'; expected one of: {', '.join(COUNTS)}")
    if side is None:
        side = _missing_side(yi, vi, method)
    sign = 1.0 if side == "left" else -1.0
    y = sign * yi
    order = np.argsort(y, kind="stable")
    y, v = y[order], vi[order]
    k0, centre, converged = _count(y, v, COUNTS[estimator], method)
    extreme = slice(y.size - k0, y.size)
    filled_y, filled_v = 2.0 * centre - y[extreme], v[extreme]
    result = _pooled(
        np.concatenate([sign * y, sign * filled_y]), np.concatenate([v, filled_v]), method, test, level
    )
    return Filled(
        estimator=estimator,
        side=side,
        k0=k0,
        yi=sign * filled_y,
        vi=filled_v,
        estimate=float(result.beta[0, 0]),
        se=float(result.se[0, 0]),
        ci_low=float(result.ci_low[0, 0]),
        ci_high=float(result.ci_high[0, 0]),
        p_value=float(result.p_value[0, 0]),
        tau2=float(result.tau2[0]),
        converged=converged,
    )


def _missing_side(yi: Array, vi: Array, method: str) -> Side:
    """Left, unless small studies have the smaller effects."""
    if np.ptp(vi) == 0.0:
        return "left"
    design = np.column_stack([np.ones_like(vi), np.sqrt(vi)])
    return "right" if pool_batch(Effects(yi, vi), method, "z", design=design).beta[0, 1] < 0 else "left"


def _count(y: Array, v: Array, count: Callable[[Array, int], float], method: str) -> tuple[int, float, bool]:
    """k0 and the centre at which it was found; y sorted, the missing studies on its left.

    The iteration of the paper: trim the k0 largest effects, centre all at the mean of the rest, count anew.
    """
    k, k0, seen = y.size, 0, []
    for _ in range(_STEPS):
        kept = slice(0, k - k0)
        centre = float(_pooled(y[kept], v[kept], method, "z", 0.95).beta[0, 0])
        centred = y - centre
        ranks = _mean_ranks(np.abs(centred))
        after = int(np.clip(np.round(count(np.sign(centred) * ranks, k)), 0, k - 2))
        if after == k0:
            return k0, centre, True
        if after in seen:
            break
        seen.append(k0)
        k0 = after
    k0 = min([*seen[seen.index(after) :], k0]) if after in seen else k0
    kept = slice(0, k - k0)
    return k0, float(_pooled(y[kept], v[kept], method, "z", 0.95).beta[0, 0]), False


def _mean_ranks(values: Array) -> Array:
    """Ranks from one; ties share the mean of theirs, so that a symmetric funnel counts as one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - 0.5 * (count - 1.0))[place])


def _pooled(y: Array, v: Array, method: str, test: str, level: float) -> PooledBatch:
    return pool_batch(Effects(y, v), method, test, level)
