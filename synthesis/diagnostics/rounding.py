"""How far the digits that papers rounded away can move a pooled result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.repeating import pool_again
from synthesis.pooling.result import PooledSummary

MATTERS = 0.05  # of the interval's width: less than this no reader would notice


@dataclass(frozen=True)
class Rounding(AsData):
    """What D draws inside the rounding intervals do to a result; pairs hold the middle 95 % of draws.

    estimate_range: lowest and highest of all draws. flips: share of draws whose interval holds the null where
    that of the printed numbers does not, or the reverse. unusable: draws with an impossible number.
    """

    _PAIRS = ("estimate", "estimate_range", "ci_low", "ci_high", "tau2")

    draws: int
    unusable: int
    estimate: tuple[float, float]
    estimate_range: tuple[float, float]
    ci_low: tuple[float, float]
    ci_high: tuple[float, float]
    tau2: tuple[float, float]
    flips: float
    matters: bool
    says: str = "Shows what rounding alone can do; it says nothing of errors in the numbers themselves."


def rounding(pooled: PooledSummary, yi: Array, sei: Array, null: float = 0.0) -> Rounding | None:
    """Pool D draws of the same studies, yi and sei of shape (D, k), as the result itself was pooled.

    None for one study, or when fewer than half of the draws are usable. It matters when a draw's interval
    lies on the other side of the null, or a bound moves by five percent of the interval's width.
    """
    usable = np.isfinite(yi).all(axis=1) & np.isfinite(sei).all(axis=1)
    if pooled.k < 2 or usable.mean() < 0.5:
        return None
    fits = pool_again(pooled, Effects(yi[usable], sei[usable] ** 2))
    estimate, low, high = fits.beta[:, 0], fits.ci_low[:, 0], fits.ci_high[:, 0]
    holds = (low <= null) & (null <= high)
    flips = float(np.mean(holds != (pooled.ci_low <= null <= pooled.ci_high)))
    ends = _middle(low), _middle(high)
    moved = max(end[1] - end[0] for end in ends)
    return Rounding(
        draws=int(usable.sum()),
        unusable=int(np.sum(~usable)),
        estimate=_middle(estimate),
        estimate_range=(float(estimate.min()), float(estimate.max())),
        ci_low=ends[0],
        ci_high=ends[1],
        tau2=_middle(fits.tau2),
        flips=flips,
        matters=flips > 0.0 or moved > MATTERS * (pooled.ci_high - pooled.ci_low),
    )


def _middle(values: Array) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975)).tolist()
    return low, high
