"""One more study as numbers and text: what it would do to a result, by how precise it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.wording import counted, fixed, number, percent, significant
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array


@dataclass(frozen=True, eq=False, repr=False)
class NextStudySummary(AsData):
    """What one more study would do to a result of k, for each standard error sei; shape (s,).

    width, width_error: the mean width of the interval then, and its Monte Carlo error; width_now: as it is.
    changes, changes_error: the probability that the interval then lies otherwise to the null than now: below,
    around or above it. interest_changes, interest_changes_error: the same for the smallest effect of
    interest, nan where none was stated. sized_by: whose precision a study of n persons has, where not that of
    all, else empty.
    """

    _ROWS = (
        "sei",
        "width",
        "width_error",
        "changes",
        "changes_error",
        "interest_changes",
        "interest_changes_error",
    )

    sei: Array
    width: Array
    width_error: Array
    changes: Array
    changes_error: Array
    interest_changes: Array
    interest_changes_error: Array
    width_now: float
    null: float
    interest: float
    k: int
    tau2: float
    level: float
    draws: int
    seed: int
    stated_tau2: bool
    pooled_by: str
    sized_by: str = ""

    @property
    def method_sentence(self) -> str:
        """How the numbers were made."""
        whose = "stated" if self.stated_tau2 else "of the result"
        sized = f" {self.sized_by}" if self.sized_by else ""
        return (
            f"{counted(self.draws, 'new study', 'new studies')} of each size, drawn from what the "
            f"{counted(self.k)} there are predict: a mean as uncertain as its standard error says, with tau2 "
            f"{significant(self.tau2)} ({whose}; seed {self.seed}); each pooled with them: "
            f"{self.pooled_by}{sized}"
        )

    def __str__(self) -> str:
        beside = not math.isnan(self.interest)
        head = ["standard error", "mean width", "(MC error)", f"changes at {number(self.null)}", "(MC error)"]
        head += [f"changes at {number(self.interest)}", "(MC error)"] if beside else []
        rows = [head]
        for at in range(self.sei.size):
            row = [number(self.sei[at]), number(self.width[at]), f"({number(self.width_error[at], 2)})"]
            row += [fixed(self.changes[at], 3), f"({fixed(self.changes_error[at], 3)})"]
            if beside:
                error = self.interest_changes_error[at]
                row += [fixed(self.interest_changes[at], 3), f"({fixed(error, 3)})"]
            rows.append(row)
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        table = [
            "    " + "  ".join(text.rjust(wide) for text, wide in zip(row, widths, strict=True))
            for row in rows
        ]
        title = f"One more study: the {percent(self.level)} interval is {number(self.width_now)} wide now"
        return "\n".join([title, *table, f"  {self.method_sentence}"])

    __repr__ = __str__
