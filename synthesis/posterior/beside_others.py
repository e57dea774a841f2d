"""What is said of few studies by four methods side by side, and one plain sentence about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import counted, interval, number, percent
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.regression.tabular import Cells, Tabular

FEW = 4
"""Studies up to which the methods stand beside a Bayesian result."""

_METHODS = (("common effect", "EE", "z"), ("HKSJ", "REML", "HKSJ"), ("HKSJ, ad hoc", "REML", "adhoc"))


@dataclass(frozen=True, eq=False, repr=False)
class OtherMethods(Tabular):
    """Estimates and intervals of the mean by n methods, (n,), the Bayesian one the last.

    estimate: the mean, of the Bayesian the median. width: of the interval, over that of the common effect.
    """

    method: tuple[str, ...]
    estimate: Array
    low: Array
    high: Array
    k: int
    null: float
    level: float

    @property
    def width(self) -> Array:
        """Widths of the intervals, over that of the common effect."""
        widths: Array = (self.high - self.low) / (self.high[0] - self.low[0])
        return widths

    @property
    def sentence(self) -> str:
        """What so few studies can and cannot tell."""
        how = {2: "rests on one degree of freedom", 3: "rests on two degrees of freedom"}.get(
            self.k, f"rests on {self.k - 1} degrees of freedom"
        )
        return (
            f"{counted(self.k)} hardly tell how much effects differ: the common-effect interval assumes "
            f"that they do not, HKSJ's {how} and is {number(self.width[1], 2)} times as wide, and the "
            f"Bayesian one, {number(self.width[-1], 2)} times as wide, assumes about tau what its prior says."
        )

    def _title(self) -> str:
        return f"The same {counted(self.k)} by other methods"

    def _header(self) -> Cells:
        return ("method", "estimate", f"{percent(self.level)} interval", "width")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.estimate[i]),
                interval((self.low[i], self.high[i])),
                number(self.width[i], 2),
            )
            for i, name in enumerate(self.method)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "low", "high", "width")
        return {"method": list(self.method)} | {name: getattr(self, name) for name in numbers}

    def _sentences(self) -> tuple[str, ...]:
        return (self.sentence,)


def side_by_side(
    yi: Array, vi: Array, bayesian: tuple[float, float, float], null: float, level: float
) -> OtherMethods:
    """The common effect, HKSJ, ad hoc HKSJ, and the Bayesian median with its interval; k is 2 or more."""
    effects = Effects(yi, vi)
    rows = []
    for _, method, test in _METHODS:
        fit = pool_batch(effects, method, test, level)
        rows.append((fit.beta.item(), fit.ci_low.item(), fit.ci_high.item()))
    estimate, low, high = np.array([*rows, bayesian]).T
    names = (*(name for name, _, _ in _METHODS), "Bayesian")
    return OtherMethods(names, estimate, low, high, yi.size, null, level)
