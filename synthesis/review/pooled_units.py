"""What enters a pool: an effect, or arms of one comparison as their one generalised least-squares mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from evidence.selection.selection import Candidate, Chosen, covariance_of, of_one_comparison
from evidence.wording import counted
from synthesis.pooling.dependent.aggregation import Aggregate, aggregate
from synthesis.pooling.kernel.effects import Array
from synthesis.review.order import Order


@dataclass(frozen=True, eq=False)
class Unit:
    """One effect of a pool on the analysis scale, and the rows it is made of.

    rows: one, or the arms of one comparison, or the estimates of one cluster, which has a label then.
    covariance: of their effects, shape (m, m).
    """

    rows: tuple[Chosen, ...]
    covariance: Array
    label: str = ""

    @cached_property
    def mean(self) -> Aggregate:
        """The rows' generalised least-squares mean; of a single one it is that row."""
        return aggregate(np.array([row.effect.yi for row in self.rows]), self.covariance, self.name)

    @property
    def first(self) -> Candidate:
        """The first row's estimate: all of them are of one study, report, outcome and stratum."""
        return self.rows[0].candidate

    @property
    def of_arms(self) -> bool:
        """Whether several arms are pooled as one."""
        return len(self.rows) > 1

    @property
    def name(self) -> str:
        """Study and estimate, or study and comparison."""
        return f"{self.first.record.study}/{self.first.comparison}" if self.of_arms else self.first.name

    @property
    def yi(self) -> float:
        """Its effect."""
        return float(self.mean.yi) if self.of_arms else self.rows[0].effect.yi

    @property
    def sei(self) -> float:
        """Its standard error."""
        return float(np.sqrt(self.mean.vi)) if self.of_arms else self.rows[0].effect.sei

    def interval(self, level: float) -> tuple[float, float]:
        """Its z interval; level: a fraction."""
        half = float(ndtri(0.5 + level / 2)) * self.sei
        return self.yi - half, self.yi + half


def units_of(chosen: Sequence[Chosen], correlated: bool, order: Order = Order.REVIEW) -> tuple[Unit, ...]:
    """Each row by itself, or, where arms are correlated, those of one comparison together.

    order: effect and weight are those of units; any other is the order of the rows. Raises ValueError, naming
    the study, where a covariance matrix has no inverse.
    """
    rows = of_one_comparison(chosen) if correlated else [(each,) for each in chosen]
    units = tuple(Unit(tuple(arms), covariance_of(arms)) for arms in rows)
    key = _KEYS.get(order)
    return units if key is None else tuple(sorted(units, key=key))


_KEYS: dict[Order, Callable[[Unit], float]] = {
    Order.EFFECT: lambda unit: unit.yi,
    Order.WEIGHT: lambda unit: unit.sei,
}


def counted_apart(units: Sequence[Unit]) -> str:
    """'5 estimates in 3 studies'; comparisons as well, where a study has several of them."""
    estimates = counted(sum(len(unit.rows) for unit in units), "estimate")
    studies = counted(len({unit.first.record.study for unit in units}))
    if studies == counted(len(units)):
        return f"{estimates} in {studies}"
    return f"{estimates} in {counted(len(units), 'comparison')} of {studies}"
