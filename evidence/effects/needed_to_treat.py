"""What a pooled effect means for patients: numbers needed to treat, and reductions of risk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.effects.result import Array


@dataclass(frozen=True)
class NumberNeeded:
    """Patients to treat for one more (or one fewer) with the event, from a risk difference.

    rd, low, high: the risk difference of treatment minus control and its interval. The number is 1 / |rd|,
    infinite at rd = 0. Its interval is that of 1 / rd, which is one range only when `low` and `high` have
    one sign; otherwise it is two ranges, both without end, that meet at infinity (Altman 1998): reading
    1 / low to 1 / high as one range leaves out rd itself.
    Raises ValueError unless -1 <= low <= rd <= high <= 1.
    """

    rd: float
    low: float
    high: float
    harmful: bool = True
    """Whether the event is one to be avoided, as in most trials."""

    def __post_init__(self) -> None:
        if not -1 <= self.low <= self.rd <= self.high <= 1:
            raise ValueError(
                f"risk difference {self.rd:g} with interval {self.low:g} to {self.high:g}; expected "
                "-1 <= low <= rd <= high <= 1 (proportions, not percentages)"
            )

    @property
    def number(self) -> float:
        """1 / |rd|."""
        return _reciprocal(self.rd)

    @property
    def disjoint(self) -> bool:
        """Whether the interval consists of two ranges, because that of rd has zero inside."""
        return self.low < 0 < self.high

    @property
    def benefit(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to benefit, None when the interval excludes benefit."""
        return _range(-self.high, -self.low) if self.harmful else _range(self.low, self.high)

    @property
    def harm(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to be harmed, None when the interval excludes harm."""
        return _range(self.low, self.high) if self.harmful else _range(-self.high, -self.low)

    def __str__(self) -> str:
        """As Altman 1998 writes it: 'NNTB 10 (NNTH 20 to ∞ to NNTB 4)'."""
        benefit, harm = self.benefit, self.harm
        ends = [("NNTB", n) for n in reversed(benefit or ())] + [("NNTH", n) for n in (harm or ())]
        if benefit and harm:
            limits = f"NNTH {_text(harm[0])} to ∞ to NNTB {_text(benefit[0])}"
        else:
            limits = " to ".join(f"{name} {_text(n)}" for name, n in sorted(ends, key=lambda end: end[1]))
        if self.low == self.high == 0:
            return "NNT ∞"
        if self.rd == 0:
            return f"NNT ∞ ({limits})"
        return f"{'NNTB' if (self.rd < 0) == self.harmful else 'NNTH'} {_text(self.number)} ({limits})"


def _reciprocal(difference: float) -> float:
    return 1.0 / abs(difference) if difference else math.inf


def _range(low: float, high: float) -> tuple[float, float] | None:
    """Smallest and largest 1 / x for x > 0 in low to high."""
    return (1.0 / high, _reciprocal(max(low, 0.0))) if high > 0 else None


def _text(number: float) -> str:
    return "∞" if math.isinf(number) else f"{number:.4g}"


def relative_reduction(log_ratio: npt.ArrayLike) -> Array:
    """1 - exp(log ratio): relative risk reduction, or the efficacy of a vaccine (VE = 1 - RR).

    Decreasing: the lower limit of the ratio gives the upper limit of the reduction.
    """
    return np.asarray(-np.expm1(np.asarray(log_ratio, dtype=float)))
