"""The intervals of a step function: which have studies, and so a weight that can be estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.diagnostics.selection.weights import Steps
from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True)
class Intervals:
    """The step function that can be estimated from given studies, and what cannot, in words.

    counts: studies in each interval.
    """

    function: Steps
    counts: tuple[int, ...]
    warnings: tuple[str, ...]

    def delta(self, weights: Array, se: Array) -> tuple[Array, Array]:
        """Weights relative to the first interval, and their standard errors, for all intervals but the first.

        An interval without studies has the weight zero, which maximises the likelihood. Where that is the
        first one, the others are infinitely more likely, and nan stands for zero over zero.
        """
        filled = np.array(self.counts) > 0
        if not filled[0]:
            return np.where(filled, np.inf, np.nan)[1:], np.full(filled.size - 1, np.nan)
        delta, errors = np.zeros(filled.size), np.full(filled.size, np.nan)
        delta[list(self.function.free)], errors[list(self.function.free)] = weights, se
        return delta[1:], errors[1:]


def checked_steps(steps: Sequence[float]) -> tuple[float, ...]:
    """Ascending steps that end in 1. Raises ValueError for steps outside (0, 1], or twice the same."""
    found = tuple(sorted(float(step) for step in steps))
    if not found or found[0] <= 0.0 or found[-1] > 1.0 or len(set(found)) < len(found) or found == (1.0,):
        raise ValueError(
            f"steps are {list(steps)}; expected different p-values between 0 and 1, e.g. [0.025]"
        )
    return found if found[-1] == 1.0 else (*found, 1.0)


def intervals(z: Array, steps: tuple[float, ...], two_sided: bool) -> Intervals:
    """The step function for studies at z, (k,), with the first interval that has a study as its reference."""
    every = Steps(steps, tuple(range(1, len(steps))), 0, two_sided)
    counts = np.bincount(every.intervals(z), minlength=len(steps))
    filled = np.flatnonzero(counts).tolist()
    return Intervals(
        Steps(steps, tuple(filled[1:]), filled[0], two_sided),
        tuple(counts.tolist()),
        _warnings(steps, counts),
    )


def _warnings(steps: tuple[float, ...], counts: Rows) -> tuple[str, ...]:
    starts = (0.0, *steps[:-1])
    empty = [
        f"{low:g} to {high:g}" for low, high, n in zip(starts, steps, counts.tolist(), strict=True) if not n
    ]
    if not empty:
        return ()
    words = (
        f"No study has a p-value of {' or '.join(empty)}: the weight there is not estimable. The likelihood "
        "is highest where it is zero, which is what the other estimates assume."
    )
    if counts[0]:
        return (words,)
    return (words, "The first interval has no study, so that weights relative to it are infinite.")
