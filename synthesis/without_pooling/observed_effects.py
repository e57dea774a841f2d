"""The distribution of observed effects: median, quartiles, range, and an exact interval of the median."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evidence.wording import ci, counted, number, percent
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.without_pooling.binomial import upper_tail

_ROUNDING = 1e-12
QUARTILES = (
    "quartiles by linear interpolation between ordered effects (definition 7 of Hyndman & Fan 1996, the "
    "usual one of R)"
)
LIMITS = (
    "Each effect counts the same, whatever the size of its study and its uncertainty; how well these "
    "summaries perform has not been evaluated (Cochrane Handbook, section 12.2.1.1 and table 12.2.a)."
)
OF_WHAT = (
    "The interval is of the median of what such studies observe, sampling errors included, for independent "
    "studies; not of the mean that a pool estimates."
)


@dataclass(frozen=True, eq=False)
class ObservedEffects(AsData):
    """What k observed effects are like, each counting the same, whatever its size; k is 1 or more.

    name: of their group, empty for all. labels, yi: in the order given, (k,). lowest, q1, median, q3,
    highest: of yi. ci_low, ci_high: two of the effects themselves, between which the median of what they were
    drawn from lies with probability `attained`, at least the level asked for; nan where even the range does
    not reach it, and attained is then that of the range.
    """

    name: str
    labels: tuple[str, ...]
    yi: Array
    k: int
    lowest: float
    q1: float
    median: float
    q3: float
    highest: float
    ci_low: float
    ci_high: float
    attained: float
    level: float

    @classmethod
    def of(cls, name: str, labels: tuple[str, ...], yi: Array, level: float) -> ObservedEffects:
        """Of finite effects, (k,); level: a fraction."""
        ordered = np.sort(yi)
        lowest, q1, median, q3, highest = np.quantile(ordered, (0.0, 0.25, 0.5, 0.75, 1.0)).tolist()
        rank, attained = median_rank(yi.size, level)
        low, high = (float(ordered[rank - 1]), float(ordered[-rank])) if rank else (math.nan, math.nan)
        return cls(name, labels, yi, yi.size, lowest, q1, median, q3, highest, low, high, attained, level)

    def on_scale(self, shown: Callable[[Array], Array]) -> ObservedEffects:
        """The same numbers on a scale that readers see, which keeps their order."""
        names = ("lowest", "q1", "median", "q3", "highest", "ci_low", "ci_high")
        values = shown(np.array([getattr(self, name) for name in names])).tolist()
        return replace(self, yi=np.asarray(shown(self.yi)), **dict(zip(names, values, strict=True)))

    @property
    def told(self) -> str:
        """The five numbers and the interval of the median as a part of a sentence."""
        if self.k == 1:
            return f"one effect, {number(self.median)}"
        exact = ""
        if not math.isnan(self.ci_low):
            limits = ci((self.ci_low, self.ci_high), self.level)
            exact = f" ({limits} by order statistics, attained {percent(self.attained)})"
        return (
            f"median {number(self.median)}{exact} of {counted(self.k, 'effect')}, interquartile range "
            f"{number(self.q1)} to {number(self.q3)}, range {number(self.lowest)} to {number(self.highest)}"
        )

    @property
    def too_few(self) -> str:
        """Why several effects have no interval of the median, as a sentence; empty where they have one."""
        if self.k == 1 or not math.isnan(self.ci_low):
            return ""
        return (
            f"With {counted(self.k, 'effect')} the median has no {percent(self.level)} interval without "
            f"assumptions: even the range holds it with probability {number(self.attained)} only; "
            f"{counted(fewest_for(self.level), 'effect')} would be needed."
        )


def median_rank(k: int, level: float) -> tuple[int, float]:
    """The order statistics, r-th from either end, between which the median lies, and with what probability.

    The largest r with 1 - 2 P(B < r) >= level, B binomial with k and 1/2: exact for any continuous
    distribution, and no less for others (Thompson 1936; David & Nagaraja 2003, section 7.1). r is 0, with the
    probability of the range, where there is none.
    """
    spare = 0.5 * (1.0 - level) * (1.0 + _ROUNDING)

    def beyond(r: int) -> float:
        """P(B < r): that the median lies below the r-th smallest effect."""
        return upper_tail(k - r + 1, k)

    if beyond(1) > spare:
        return 0, 1.0 - 2.0 * beyond(1)
    low, high = 1, (k + 1) // 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if beyond(middle) <= spare else (low, middle - 1)
    return low, 1.0 - 2.0 * beyond(low)


def fewest_for(level: float) -> int:
    """The fewest effects whose range holds the median with this probability: 1 - 2 (1/2)^k >= level."""
    k = 2
    while median_rank(k, level)[0] == 0:
        k += 1
    return k
