"""Intervals for tau2, and those they imply for I2 and H2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.effects import Array, Effects
from synthesis.pooling.fitting import model_of, over_blocks
from synthesis.pooling.heterogeneity import generalised_q_root
from synthesis.pooling.inference import Bounds, h_squared, i_squared
from synthesis.pooling.model import Model


@dataclass(frozen=True)
class HeterogeneityIntervals:
    """Q-profile bounds of tau2 and those they imply for I2 (percent) and H2 (ratio); bounds (B,)."""

    tau2: Bounds
    I2: Bounds
    H2: Bounds


def heterogeneity_intervals(
    effects: Effects, level: float = 0.95, design: Array | None = None
) -> HeterogeneityIntervals:
    """Q-profile intervals for every data set of a batch; nan where k - p < 1."""
    parts = over_blocks(lambda block: _intervals_block(block, level, design), effects)
    return HeterogeneityIntervals(
        *(
            Bounds(
                *(np.concatenate([getattr(getattr(p, name), end) for p in parts]) for end in ("low", "high"))
            )
            for name in ("tau2", "I2", "H2")
        )
    )


def q_profile(model: Model, level: float) -> Bounds:
    """Interval for tau2 on the model's scale, shape (n,). Viechtbauer 2007.

    The bounds solve Q(tau2) = upper and lower chi-squared critical value. A bound is zero when Q(0) is
    already below its critical value: the interval is then [0, high], or [0, 0] when even the smallest
    tau2 makes the data look too homogeneous. Every data set needs df >= 1.
    """
    tail = 0.5 * (1.0 - level)
    return Bounds(
        generalised_q_root(model, chi2_quantile(model.df, tail)),
        generalised_q_root(model, chi2_quantile(model.df, 1.0 - tail)),
    )


def chi2_quantile(df: Array, upper_tail: float) -> Array:
    """The point that chi2(df) exceeds with probability `upper_tail`."""
    return np.asarray(2.0 * special.gammainccinv(0.5 * df, upper_tail), dtype=float)


def _intervals_block(effects: Effects, level: float, design: Array | None) -> HeterogeneityIntervals:
    model, units, _ = model_of(effects, design)
    low, high, typical = np.full((3, model.k.size), np.nan)
    enough = np.flatnonzero(model.df > 0)
    if enough.size:
        part = model.take(enough)
        bounds = q_profile(part, level)
        low[enough], high[enough] = bounds.low, bounds.high
        typical[enough] = part.df / part.at_zero.trace_p
    return HeterogeneityIntervals(
        Bounds(low * units.scale**2, high * units.scale**2),
        Bounds(i_squared(low, typical), i_squared(high, typical)),
        Bounds(h_squared(low, typical), h_squared(high, typical)),
    )
