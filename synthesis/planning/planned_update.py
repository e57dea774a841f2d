"""A planned update as numbers and text: what so many more studies of a size would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import NOTHING, counted, fixed, number, percent, significant
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array

_PRINTED = 12  # rows of a size


@dataclass(frozen=True, eq=False)
class PlannedSize(AsData):
    """New studies of one standard error: the curve over their number, and where it meets the goal.

    more: numbers of new studies that were tried, (r,). width, width_error: the mean width of the interval and
    its Monte Carlo error. share, share_error: of draws that meet the goal: the power, or how often the width
    is reached. known_tau2: the goal's quantity, width or power, in closed form for known tau2 and z; nan for
    a prediction interval. least_width: what the width cannot fall below by that form, however large each
    study. needed: the fewest that meet the goal, infinite where none tried does; needed_low, needed_high: the
    same two Monte Carlo errors to either side. never: no number of studies does. by_closed_form: the fewest
    by the closed form, nan where there is none; at_least: the same of studies without sampling error.
    """

    _ROWS = ("more", "width", "width_error", "share", "share_error", "known_tau2", "least_width")

    sei: float
    more: Array
    width: Array
    width_error: Array
    share: Array
    share_error: Array
    known_tau2: Array
    least_width: Array
    needed: float
    needed_low: float
    needed_high: float
    never: bool
    by_closed_form: float
    at_least: float


@dataclass(frozen=True, eq=False, repr=False)
class PlannedSummary(AsData):
    """How many more studies a result of k needs; `sizes` has one element for each standard error.

    goal: "width" or "power"; of: the interval, "mean" or "prediction"; target: the width, or the power.
    effect: the true mean of new studies where the goal is power, else nan: they are drawn about the estimate.
    tau2: between new studies; stated_tau2: whether it was given. draws, seed, most: of the simulation.
    pooled_by: the method sentence of the result, by which every update is pooled. sized_by: whose precision
    new studies of n persons have, where not that of all, else empty.
    """

    goal: str
    of: str
    target: float
    effect: float
    null: float
    k: int
    tau2: float
    level: float
    draws: int
    seed: int
    most: int
    sizes: tuple[PlannedSize, ...]
    pooled_by: str
    stated_tau2: bool
    sized_by: str = ""

    @property
    def method_sentence(self) -> str:
        """How the numbers were made."""
        about = "the estimate" if math.isnan(self.effect) else f"a true mean of {number(self.effect)}"
        whose = "stated" if self.stated_tau2 else "of the result"
        sized = f" {self.sized_by}" if self.sized_by else ""
        return (
            f"{counted(self.draws, 'data set')} of new studies drawn about {about} with tau2 "
            f"{significant(self.tau2)} ({whose}; seed {self.seed}), each pooled with the {counted(self.k)} "
            f"there are: {self.pooled_by} Closed form: known tau2 and z.{sized}"
        )

    @property
    def title(self) -> str:
        """What is planned."""
        if self.goal == "power":
            told = f"tell {number(self.effect)} from {number(self.null)}"
            return f"Studies for {percent(self.target)} power to {told}"
        which = "interval" if self.of == "mean" else "prediction interval"
        return f"Studies for a {percent(self.level)} {which} {number(self.target)} wide"

    def answer(self, size: PlannedSize) -> str:
        """How many studies of a size, as a sentence."""
        each = f"with a standard error of {number(size.sei)}"
        if size.never:
            floor = float(size.least_width[0])
            return (
                f"No number of studies {each} does: with tau2 {significant(self.tau2)} a prediction interval "
                f"does not become narrower than {number(floor)}."
            )
        if math.isinf(size.needed):
            return f"More than {counted(self.most, 'study')} {each}{self._beyond(size)}."
        if size.needed == 0:
            met = "excludes the null" if self.goal == "power" else "is as narrow"
            return f"None: the interval of the {counted(self.k)} there are {met} already."
        span = ""
        if size.needed_low != size.needed_high:
            high = f"{size.needed_high:.0f}" if math.isfinite(size.needed_high) else f"more than {self.most}"
            span = f" ({size.needed_low:.0f} to {high} within Monte Carlo error)"
        return f"{counted(int(size.needed), 'more study', 'more studies')} {each}{span}{self._beyond(size)}."

    def _beyond(self, size: PlannedSize) -> str:
        if math.isnan(size.by_closed_form):
            return ""
        if math.isinf(size.by_closed_form):
            return "; by the closed form no countable number"
        largest = f", and at least {size.at_least:,.0f} however large each"
        return f"; by the closed form {size.by_closed_form:,.0f}{largest if size.at_least > 1 else ''}"

    def __str__(self) -> str:
        lines = [self.title]
        for size in self.sizes:
            lines += [f"  {self.answer(size)}", *self._table(size)]
        return "\n".join([*lines, f"  {self.method_sentence}"])

    __repr__ = __str__

    def _table(self, size: PlannedSize) -> list[str]:
        share = "power" if self.goal == "power" else "reached"
        rows = [("studies more", "mean width", "(MC error)", share, "(MC error)", "closed form")]
        step = max(1, math.ceil(size.more.size / _PRINTED))
        shown = np.unique([*range(0, size.more.size, step), size.more.size - 1])
        for at in shown.tolist():
            rows.append(
                (
                    f"{size.more[at]:.0f}",
                    number(size.width[at]),
                    f"({number(size.width_error[at], 2)})",
                    fixed(size.share[at], 3),
                    f"({fixed(size.share_error[at], 3)})",
                    NOTHING if math.isnan(size.known_tau2[at]) else number(size.known_tau2[at]),
                )
            )
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return ["    " + "  ".join(text.rjust(widths[i]) for i, text in enumerate(row)) for row in rows]

    def _columns(self) -> dict[str, Any]:
        names = ("more", "width", "width_error", "share", "share_error", "known_tau2", "least_width")
        found: dict[str, Any] = {"sei": np.concatenate([np.full(s.more.size, s.sei) for s in self.sizes])}
        return found | {name: np.concatenate([getattr(s, name) for s in self.sizes]) for name in names}
