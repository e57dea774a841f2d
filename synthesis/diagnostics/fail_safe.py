"""Fail-safe N: how many studies of no effect would be needed to undo the result. Kept for old reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array

_SAYS = (
    "An old measure that is not recommended: it assumes that unseen studies average exactly no effect, "
    "ignores heterogeneity, and is large for any clear result (Becker 2005)."
)


@dataclass(frozen=True)
class FailSafe:
    """Unseen studies until p exceeds alpha (rosenthal, rosenberg), or until the mean halves (orwin)."""

    rosenthal: int
    orwin: int
    rosenberg: int
    alpha: float
    says: str = _SAYS


def fail_safe(yi: Array, vi: Array, alpha: float = 0.05, target: float | None = None) -> FailSafe:
    """Rosenthal 1979 (sum of z, one-sided), Orwin 1983 (unweighted), Rosenberg 2005 (weighted, two-sided).

    yi, vi: shape (k,). target: the mean to which Orwin's studies of no effect must bring the result; half of
    it when None. Zero where the result is already undone.
    """
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
    return max(0, int(np.ceil(n * (1.0 - 1e-12) if n > 0 else n)))
