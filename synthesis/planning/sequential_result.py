"""A cumulative analysis beside its bounds, as numbers and text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import NOTHING, counted, fixed, number, percent, significant
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array

SAYS = (
    "To show, not to decide by: the Cochrane Handbook (chapter 22) discourages sequential methods for "
    "updated meta-analyses in most circumstances; they should not be used for the main analyses, or to "
    "draw main conclusions."
)


@dataclass(frozen=True, eq=False, repr=False)
class SequentialSummary(AsData):
    """The cumulative z of a result beside bounds that allow for looking again and again; arrays (k,).

    labels: the study added. k, estimate, z: of the result so far, z by Wald's standard error, from `null`.
    fraction: of the required information, `required`, that is there. bound: of |z| by alpha spending,
    infinite where nothing is spent; spent: alpha so far. lil: bound of |z| by the law of the iterated
    logarithm, nan without `unit_sd`. plain: the critical value of a single look. crossed, crossed_lil,
    crossed_plain: the first look beyond each, from 1, and 0 for none.
    effect, power, level: what the required information is for; inflation: the factor for heterogeneity,
    by `adjust`. penalty: lambda of the law of the iterated logarithm.
    """

    _ROWS = ("labels", "k", "estimate", "z", "fraction", "bound", "spent", "lil")

    labels: tuple[str, ...]
    k: Array
    estimate: Array
    z: Array
    fraction: Array
    bound: Array
    spent: Array
    lil: Array
    plain: float
    crossed: int
    crossed_lil: int
    crossed_plain: int
    required: float
    inflation: float
    effect: float
    power: float
    level: float
    null: float
    spending: str
    adjust: str
    unit_sd: float
    penalty: float
    pooled_by: str
    says: str = SAYS

    @property
    def method_sentence(self) -> str:
        """How bounds and required information were found."""
        adjusted = ""
        if self.adjust != "none":
            adjusted = f", times {number(self.inflation)} for heterogeneity by {self.adjust}"
        lil = "No bound by the law of the iterated logarithm: it needs unit_sd."
        if not math.isnan(self.unit_sd):
            lil = (
                f"Law of the iterated logarithm: |z| against {fixed(self.plain, 2)} sqrt(lambda ln ln I), "
                f"lambda {number(self.penalty)}, I in units of 1 / {number(self.unit_sd)}^2."
            )
        return (
            f"{self.spending} spending of two-sided alpha {number(1.0 - self.level)}; required information "
            f"{significant(self.required)}, for {percent(self.power)} power to tell "
            f"{number(self.null + self.effect)} from {number(self.null)}{adjusted}. {lil} z: Wald's, of the "
            f"means of: {self.pooled_by}"
        )

    @property
    def sentence(self) -> str:
        """Which bounds were crossed, and when."""
        there = float(self.fraction[-1])
        reached = "reached" if there >= 1.0 else "not reached"
        parts = [f"The required information is {reached} ({percent(round(there, 4))} of it is there)."]
        for name, at in (
            ("critical value of a single look", self.crossed_plain),
            (f"{self.spending} bound", self.crossed),
            ("bound of the iterated logarithm", self.crossed_lil),
        ):
            if name.startswith("bound of") and math.isnan(self.unit_sd):
                continue
            when = f"first passed with {self.labels[at - 1]} (look {at})" if at else "not passed at any look"
            parts.append(f"The {name} is {when}.")
        return " ".join(parts)

    def __str__(self) -> str:
        rows = [("added", "z", "information", "bound", "iterated log")]
        for at, label in enumerate(self.labels):
            rows.append(
                (
                    label,
                    fixed(self.z[at], 2),
                    f"{fixed(100.0 * self.fraction[at], 1)}%",
                    fixed(self.bound[at], 2) if math.isfinite(self.bound[at]) else NOTHING,
                    fixed(self.lil[at], 2),
                )
            )
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        table = [
            "  ".join(text.rjust(widths[i]) if i else text.ljust(widths[0]) for i, text in enumerate(row))
            for row in rows
        ]
        title = f"Cumulative z of {counted(len(self.labels))} with bounds"
        lines = [title, *(f"    {line}" for line in table)]
        return "\n".join([*lines, f"  {self.sentence}", f"  {self.method_sentence}", f"  {self.says}"])

    __repr__ = __str__

    def _columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._ROWS}


def first_beyond(z: Array, bound: Array) -> int:
    """The first look at which |z| is at or beyond a bound, from 1; 0 for none."""
    beyond = np.abs(z) >= bound
    return int(beyond.argmax()) + 1 if beyond.any() else 0
