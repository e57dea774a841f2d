"""`plan_update`: how many more studies bring the interval to a width, or the test to a power."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evidence.choices import as_number, as_whole, named
from synthesis.planning.known_tau2 import KnownTau2, bisected
from synthesis.planning.new_studies import (
    NewStudies,
    check_reach,
    for_updates,
    known_tau2,
    mean_and_error,
    refuse_own_weights,
    sizes_of,
)
from synthesis.planning.planned_update import PlannedSize, PlannedSummary
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import PooledSummary

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot

MEAN, PREDICTION = "mean", "prediction"
_ALL_UP_TO = 12  # numbers of new studies that are all tried; above, steps of an eighth
_ROUNDING = 1e-12  # widths closer than this, relative, are equal
_SLOW = "NNF"  # the kind of prediction interval that takes 10 ms and more each
_SURE = 2.0  # Monte Carlo errors on either side of a number of studies


def plan_update(
    pooled: PooledSummary,
    *,
    width: float | None = None,
    effect: float | None = None,
    power: float = 0.8,
    sei: Any = None,
    n: Any = None,
    ni: Any = None,
    of: Literal["mean", "prediction"] = "mean",
    null: float = 0.0,
    tau2: float | None = None,
    most: int = 50,
    draws: int = 1_000,
    seed: int = 1,
) -> PlannedUpdate:
    """How many more studies, of which size, a pooled result needs for a width of its interval, or a power.

    pooled: what `pool` returned, for random or equal effects. width: of the interval, in the units of yi
    (logarithms for ratios); of: that of the mean, or the prediction interval. Or effect: the true mean that
    is to be told from `null` with this power, in the units of yi.
    sei: the standard error of each new study, one or several; or n persons, with `ni`, those of the result's
    studies (k numbers, nan where not known, a series by its labels): sei is then the median of the studies'
    sei sqrt(ni), over sqrt(n); or neither: as precise as the median study. tau2: between new studies, that of
    the result when None; with one study it must be stated, and updates are pooled by the usual test.
    most: new studies that are tried at most.

    The studies there are stay as they are. New ones are drawn about the estimate, or about `effect`, with
    tau2 between them, and everything is pooled anew by every choice of the result, tau2 estimated again, in
    `draws` data sets from `seed` (Sutton et al. 2007; Roloff, Higgins & Sutton 2013). Monte Carlo errors
    stand beside the numbers, and the closed form for known tau2 and z.
    Raises ValueError for both goals or none, weights of your own, one study without tau2, and the prediction
    interval of a result with prediction="NNF".
    """
    refuse_own_weights(pooled)
    goal = _goal(width, effect, power, of, pooled)
    updated, pooled_by = for_updates(pooled)
    null, between = as_number(null, "null"), known_tau2(pooled, tau2)
    if goal.effect == null:
        raise ValueError(f"effect is {null:g}, the null itself; power is of telling another effect from it")
    most, draws, seed = as_whole(most, "most"), as_whole(draws, "draws", 2), as_whole(seed, "seed", 0)
    sizes = sizes_of(pooled, sei, n, ni)
    known = KnownTau2.of(pooled.yi, pooled.vi, between, pooled.level)
    centre = pooled.estimate if goal.effect is None else goal.effect
    new = NewStudies.drawn(updated, centre, 0.0, between, most, draws, seed)
    planned = tuple(_Search(new, known, goal, null, float(each), most).planned() for each in sizes.sei)
    return PlannedUpdate(
        goal=goal.what,
        of=goal.of,
        target=goal.target,
        effect=math.nan if goal.effect is None else goal.effect,
        null=null,
        k=pooled.k,
        tau2=between,
        level=pooled.level,
        draws=draws,
        seed=seed,
        most=most,
        sizes=planned,
        pooled_by=pooled_by,
        stated_tau2=tau2 is not None,
        sized_by=sizes.source,
    )


@dataclass(frozen=True, eq=False, repr=False)
class PlannedUpdate(Drawable, PlannedSummary):
    """How many more studies a result of k needs; `sizes` has one element for each standard error.

    goal: "width" or "power"; of: the interval, "mean" or "prediction"; target: the width, or the power.
    effect: the true mean of new studies where the goal is power, else nan: they are drawn about the estimate.
    tau2: between new studies; stated_tau2: whether it was given. draws, seed, most: of the simulation.
    pooled_by: the method sentence of the result, by which every update is pooled. sized_by: whose precision
    new studies of n persons have, where not that of all, else empty. Of a size: `needed`, the
    fewest studies, infinite where none tried is enough; `never`; `by_closed_form`; and the curve over `more`.

    Its plot: "power-curve".
    """

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.planning.power_curve import power_curve

        return power_curve(self, request)


@dataclass(frozen=True)
class Goal:
    """A width, or the power against an effect; of: the interval that is meant."""

    what: Literal["width", "power"]
    target: float
    of: str
    effect: float | None = None


def _goal(width: Any, effect: Any, power: Any, of: str, pooled: PooledSummary) -> Goal:
    of = named(of, (MEAN, PREDICTION), "of")
    if (width is None) == (effect is None):
        raise ValueError(
            "expected either width, of the interval, or effect, to be told from the null; not both"
        )
    if of == PREDICTION and (effect is not None or pooled.method == "EE"):
        why = (
            "power is that of the test of the mean" if effect is not None else "method 'EE' predicts nothing"
        )
        raise ValueError(f"of is 'prediction', but {why}; expected of='mean'")
    if of == PREDICTION and pooled.prediction == _SLOW:
        raise ValueError(
            f"prediction '{_SLOW}' integrates anew over tau2 in each of thousands of data sets, which takes "
            "minutes for one number of studies; expected a result with another kind, such as 't(k-1)', or "
            "of='mean'"
        )
    if width is not None:
        target = as_number(width, "width")
        if target <= 0:
            raise ValueError(f"width is {target:g}; expected a number above zero, in the units of yi")
        check_reach(pooled, target, "width")
        return Goal("width", target, of)
    target = as_number(power, "power")
    if not 0 < target < 1:
        raise ValueError(f"power is {target:g}; expected a fraction between 0 and 1, such as 0.8")
    return Goal("power", target, of, as_number(effect, "effect"))


@dataclass(frozen=True)
class _Tried:
    """The mean width with so many new studies, the share of draws that meet the goal, and their errors."""

    width: float
    width_error: float
    share: float
    share_error: float


class _Search:
    """The fewest new studies of one size; every number is simulated once."""

    def __init__(
        self, new: NewStudies, known: KnownTau2, goal: Goal, null: float, sei: float, most: int
    ) -> None:
        self.new, self.known, self.goal, self.null, self.sei, self.most = new, known, goal, null, sei, most
        self.tried: dict[int, _Tried] = {}

    def planned(self) -> PlannedSize:
        """The curve over numbers of studies, and where it meets the goal."""
        grid = _numbers_tried(self.most)
        fewest, soonest, latest = (self._fewest(grid, sure) for sure in (0.0, -_SURE, _SURE))
        numbers = np.array(sorted(self.tried), dtype=float)
        rows = [self.tried[m] for m in sorted(self.tried)]
        return PlannedSize(
            sei=self.sei,
            more=numbers,
            width=np.array([row.width for row in rows]),
            width_error=np.array([row.width_error for row in rows]),
            share=np.array([row.share for row in rows]),
            share_error=np.array([row.share_error for row in rows]),
            known_tau2=self._closed_form(numbers),
            least_width=self._least_widths(numbers),
            needed=fewest,
            needed_low=soonest,
            needed_high=latest,
            never=self._never(),
            by_closed_form=self._number_by_closed_form(self.sei),
            at_least=self._number_by_closed_form(0.0),
        )

    def _fewest(self, grid: list[int], sure: float) -> float:
        """The fewest that meet the goal by so many Monte Carlo errors; infinite where none tried does."""
        met = [m for m in grid if self._meets(m, sure)]
        if not met:
            return math.inf
        high = met[0]
        low = max((m for m in grid if m < high), default=high - 1)
        return bisected(low, high, lambda m: self._meets(m, sure))

    def _meets(self, m: int, sure: float) -> bool:
        found = self._at(m)
        if self.goal.what == "width":
            return found.width + sure * found.width_error <= self.goal.target * (1.0 + _ROUNDING)
        return found.share - sure * found.share_error >= self.goal.target

    def _at(self, m: int) -> _Tried:
        if m not in self.tried:
            self.tried[m] = self._simulated(m)
        return self.tried[m]

    def _simulated(self, m: int) -> _Tried:
        updated = self.new.update(self.sei, m, self.goal.of)
        if self.goal.effect is None:
            met = updated.width <= self.goal.target * (1.0 + _ROUNDING)
        elif self.goal.effect > self.null:
            met = updated.low > self.null
        else:
            met = updated.high < self.null
        draws, share = met.size, float(met.mean())
        return _Tried(
            *mean_and_error(updated.width),
            share,
            math.sqrt(share * (1.0 - share) / draws),
        )

    def _closed_form(self, more: Array) -> Array:
        if self.goal.effect is not None:
            return self.known.power(self.sei, more, self.goal.effect, self.null)
        if self.goal.of == PREDICTION:
            return np.full(more.shape, math.nan)
        return self.known.width(self.sei, more)

    def _least_widths(self, more: Array) -> Array:
        if self.goal.of == PREDICTION:
            return np.full(more.shape, self.known.least_prediction_width())
        return self.known.least_width(more)

    def _never(self) -> bool:
        return self.goal.of == PREDICTION and self.goal.target <= self.known.least_prediction_width()

    def _number_by_closed_form(self, sei: float) -> float:
        """By known tau2 and z; infinite where there is no such number, nan for a prediction interval."""
        if self.goal.of == PREDICTION:
            return math.inf if self._never() else math.nan
        if self.goal.effect is None:
            return self.known.number_for_width(sei, self.goal.target)
        return self.known.number_for_power(sei, self.goal.target, self.goal.effect, self.null)


def _numbers_tried(most: int) -> list[int]:
    """0 to 12, and then steps of an eighth up to most."""
    numbers = list(range(min(most, _ALL_UP_TO) + 1))
    while numbers[-1] < most:
        numbers.append(min(most, numbers[-1] + math.ceil(numbers[-1] / 8)))
    return numbers
