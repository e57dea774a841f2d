"""How far unprinted results could move a mean, from the best to the worst case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.unreported.likelihood import Unprinted


@dataclass(frozen=True)
class Extreme:
    """A mean and its standard error, with every unprinted result where it moves the mean furthest."""

    mean: float
    se: float


def selection_bound(v: Array, unreported: int, tau2: float) -> float:
    """The largest bias of a mean when `unreported` results are left out by what they are.

    v: sampling variances of the k results with numbers. Copas & Jackson 2004 (Biometrics 60:146), as
    Williamson & Gamble 2007 (Trials 8:9) apply it within studies. It supposes of the selection only that
    larger studies are no less likely to print; tau2 is taken as known.
    """
    k, n = v.size, v.size + unreported
    spread = v + tau2
    height = np.exp(-0.5 * special.ndtri(k / n) ** 2) / np.sqrt(2.0 * np.pi) if unreported else 0.0
    return float(n / k * height * np.sum(spread**-0.5) / np.sum(1.0 / spread))


def extreme_means(y: Array, v: Array, unprinted: Unprinted, tau2: float) -> tuple[Extreme, Extreme]:
    """The lowest and the highest mean, with inverse-variance weights at this tau2.

    Each unprinted result is anywhere that its statement allows, the mean of all moves with each, so that the
    extremes are where all are at one end; infinite where a statement has no end on that side. A result that
    was examined with a probability below one may also not be there at all: it is where it moves the mean,
    and not elsewhere. Of a statement that says nothing there is nothing to place.
    """
    low = unprinted.low.min(axis=1) * unprinted.sei
    filled = np.isfinite(unprinted.low) | np.isfinite(unprinted.high)
    high = np.where(filled, unprinted.high, -np.inf).max(axis=1) * unprinted.sei
    told = filled.any(axis=1) & (unprinted.probability > 0.0)
    weights = 1.0 / (unprinted.sei**2 + tau2)
    sure = unprinted.probability >= 1.0
    down = _furthest(y, 1.0 / (v + tau2), low[told], weights[told], sure[told])
    up = _furthest(-y, 1.0 / (v + tau2), -high[told], weights[told], sure[told])
    return down, Extreme(-up.mean, up.se)


def _furthest(y: Array, w: Array, at: Array, weights: Array, sure: Mask) -> Extreme:
    """The lowest weighted mean: of all that are sure, and of others those below what they join."""
    total = float(w.sum() + weights[sure].sum())
    with np.errstate(invalid="ignore"):
        mean = float((w @ y + weights[sure] @ at[sure]) / total)
    rest = np.flatnonzero(~sure)
    for i in rest[np.argsort(at[rest])]:
        if at[i] >= mean:
            break
        mean = (mean * total + weights[i] * at[i]) / (total + weights[i])
        total += float(weights[i])
    return Extreme(float(mean), total**-0.5)
