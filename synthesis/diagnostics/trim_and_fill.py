"""Trim and fill: how many studies would make the funnel symmetric, and where the result would then be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evidence.choices import named
from synthesis.pooling.api import summarise_again
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.repeating import own_weights, pool_again, same_estimator
from synthesis.pooling.result import PooledSummary

Side = Literal["left", "right"]
SIDES = ("left", "right")
FEWEST = 3
_SAYS = (
    "A sensitivity analysis, not a correction: it assumes that asymmetry is due to missing studies alone, "
    "and adds studies where heterogeneity alone can make a funnel lopsided."
)


def linear_rank(ranks: Array, k: int) -> float:
    """L0 = (4 S - k (k + 1)) / (2 k - 1), S the sum of the positive signed ranks."""
    return (4.0 * float(ranks[ranks > 0].sum()) - k * (k + 1)) / (2 * k - 1)


def run(ranks: Array, k: int) -> float:
    """R0: the length of the run of positive ranks at the far end, less one."""
    largest_negative = float((-ranks).max(initial=0.0))
    return k - largest_negative - 1.0


def quadratic_rank(ranks: Array, k: int) -> float:
    """Q0 = k - 1/2 - sqrt(2 k^2 - 4 S + 1/4). Raises ValueError where the root does not exist."""
    positive = float(ranks[ranks > 0].sum())
    under = 2.0 * k * k - 4.0 * positive + 0.25
    if under < 0.0:
        raise ValueError(
            f"Q0 does not exist for these studies: 2 k^2 - 4 S + 1/4 is {under:g} with k = {k} studies "
            f"and ranks that sum to S = {positive:g} on one side, and has no root; choose L0 or R0"
        )
    return k - 0.5 - float(np.sqrt(under))


COUNTS: dict[str, Callable[[Array, int], float]] = {
    "L0": linear_rank,
    "R0": run,
    "Q0": quadratic_rank,
}


@dataclass(frozen=True, eq=False)
class Filled(AsData):
    """k0 studies filled in on one side, and the result with them.

    yi, vi: the filled studies, shape (k0,). pooled: all k + k0 studies by every choice of the result, whose
    estimate, se, ci_low, ci_high, p_value and tau2 stand here too. converged: False where the count went in
    circles, and the smallest count of the circle was taken.
    """

    estimator: str
    side: str
    k0: int
    yi: Array
    vi: Array
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    tau2: float
    pooled: PooledSummary
    converged: bool
    says: str = _SAYS


def trim_and_fill(pooled: PooledSummary, estimator: str = "L0", side: str | None = None) -> Filled:
    """Duval & Tweedie 2000, for the k >= 3 studies of a result; estimator: a key of COUNTS.

    Studies are trimmed and filled with the method and the weights of the result, a filled study having the
    weight of its mirror image, and pooled by all of its choices. side: where studies are missing, left or
    right; when None, the side opposite to where Egger's mixed-effects test finds small studies. Raises
    ValueError for fewer than three studies, for an unknown estimator or side, and where Q0 has no root.
    """
    estimator = named(estimator, COUNTS, "estimator")
    missing = _missing_side(pooled) if side is None else named(side, SIDES, "side")
    if pooled.k < FEWEST:
        raise ValueError(f"trim and fill needs at least {FEWEST} studies; there are {pooled.k}")
    funnel = _Funnel(pooled, missing == "left")
    k0, centre, converged = _count(funnel, COUNTS[estimator])
    extreme = funnel.order[pooled.k - k0 :]
    filled_y, filled_v = 2.0 * centre - pooled.yi[extreme], pooled.vi[extreme]
    own = own_weights(pooled)
    result = summarise_again(
        pooled,
        np.concatenate([pooled.yi, filled_y]),
        np.concatenate([pooled.vi, filled_v]),
        (*pooled.labels, *(f"filled: {pooled.labels[i]}" for i in extreme)),
        None if own is None else np.concatenate([own, own[extreme]]),
    )
    return Filled(
        estimator=estimator,
        side=missing,
        k0=k0,
        yi=filled_y,
        vi=filled_v,
        estimate=result.estimate,
        se=result.se,
        ci_low=result.ci_low,
        ci_high=result.ci_high,
        p_value=result.p_value,
        tau2=result.tau2,
        pooled=result,
        converged=converged,
    )


def _missing_side(pooled: PooledSummary) -> str:
    """Left, unless small studies have the smaller effects."""
    if np.ptp(pooled.vi) == 0.0:
        return "left"
    design = np.column_stack([np.ones_like(pooled.vi), np.sqrt(pooled.vi)])
    fit = pool_batch(Effects(pooled.yi, pooled.vi), same_estimator(pooled), "z", design=design)
    return "right" if fit.beta[0, 1] < 0 else "left"


@dataclass(frozen=True, eq=False)
class _Funnel:
    """The studies of a result, some of which are missing on the left or else on the right."""

    pooled: PooledSummary
    left: bool

    @property
    def order(self) -> Rows:
        """Studies from the side where some are missing."""
        return np.argsort(self.pooled.yi if self.left else -self.pooled.yi, kind="stable")

    def centre(self, k0: int) -> float:
        """The mean without the k0 farthest studies."""
        kept = self.order[: self.pooled.k - k0]
        effects = Effects(self.pooled.yi[kept], self.pooled.vi[kept])
        return float(pool_again(self.pooled, effects, kept, plain=True).beta[0, 0])

    def signed_ranks(self, centre: float) -> Array:
        """Of the distances from the centre, positive on the side where no study is missing."""
        centred = self.pooled.yi - centre if self.left else centre - self.pooled.yi
        return np.asarray(np.sign(centred) * _mean_ranks(np.abs(centred)))


def _count(funnel: _Funnel, count: Callable[[Array, int], float]) -> tuple[int, float, bool]:
    """k0, the centre at which it was found, and whether the count settled.

    The iteration of the paper: trim the k0 largest effects, centre all at the mean of the rest, count anew.
    """
    k, k0 = funnel.pooled.k, 0
    seen: list[int] = []
    while True:
        centre = funnel.centre(k0)
        after = int(np.clip(np.round(count(funnel.signed_ranks(centre), k)), 0, k - 2))
        if after == k0:
            return k0, centre, True
        if after in seen:
            k0 = min(*seen[seen.index(after) :], k0)
            return k0, funnel.centre(k0), False
        seen.append(k0)
        k0 = after


def _mean_ranks(values: Array) -> Array:
    """Ranks from one; ties share the mean of theirs, so that a symmetric funnel counts as one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - 0.5 * (count - 1.0))[place])
