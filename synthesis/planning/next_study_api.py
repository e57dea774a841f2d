"""`next_study`: what one more study is worth, by how precise it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.choices import as_number, as_whole
from evidence.wording import counted, fixed, number, percent, significant
from synthesis.planning.known_tau2 import KnownTau2
from synthesis.planning.new_studies import (
    NewStudies,
    for_updates,
    known_tau2,
    mean_and_error,
    refuse_own_weights,
    sizes_of,
)
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import PooledSummary

_SPAN = np.geomspace(0.25, 2.0, 7)  # standard errors over that of the median study


@dataclass(frozen=True, eq=False, repr=False)
class NextStudy(AsData):
    """What one more study would do to a result of k, for each standard error sei; shape (s,).

    width, width_error: the mean width of the interval then, and its Monte Carlo error; width_now: as it is.
    changes, changes_error: the probability that the interval then lies otherwise to the null than now: below,
    around or above it. interest_changes, interest_changes_error: the same for the smallest effect of
    interest, nan where none was stated.
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

    @property
    def method_sentence(self) -> str:
        """How the numbers were made."""
        whose = "stated" if self.stated_tau2 else "of the result"
        return (
            f"{counted(self.draws, 'new study', 'new studies')} of each size, drawn from what the "
            f"{counted(self.k)} there are predict: a mean as uncertain as its standard error says, with tau2 "
            f"{significant(self.tau2)} ({whose}; seed {self.seed}); each pooled with them: {self.pooled_by}"
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


def next_study(
    pooled: PooledSummary,
    *,
    sei: Any = None,
    n: Any = None,
    ni: Any = None,
    null: float = 0.0,
    interest: float | None = None,
    tau2: float | None = None,
    draws: int = 4_000,
    seed: int = 1,
) -> NextStudy:
    """What one more study would do to a pooled result: its width, and the chance that its conclusion changes.

    pooled: what `pool` returned. sei: standard errors of the new study; or n persons with `ni`, as for
    `plan_update`; or neither: from a quarter to twice that of the median study. null: no effect, and
    interest: the smallest effect of interest with its sign, both in the units of yi; a conclusion is whether
    the interval lies below, around or above one of them. tau2: that of the result when None; with one study
    it must be stated.

    The new study is drawn from its predictive distribution: the mean normal about the estimate with its
    standard error, its own effect with tau2 about that, and sei (Sutton et al. 2007). It is pooled with the
    others by every choice of the result. Raises ValueError for weights of your own, one study without tau2,
    and an interest that is the null.
    """
    refuse_own_weights(pooled)
    updated, pooled_by = for_updates(pooled)
    null, between = as_number(null, "null"), known_tau2(pooled, tau2)
    beyond = math.nan if interest is None else as_number(interest, "interest")
    if beyond == null:
        raise ValueError(f"interest is {null:g}, the null itself; expected the smallest effect that matters")
    draws, seed = as_whole(draws, "draws", 2), as_whole(seed, "seed", 0)
    sizes = sizes_of(pooled, sei, n, ni)
    if sei is None and n is None:
        sizes = sizes[0] * _SPAN
    se = 1.0 / math.sqrt(KnownTau2.of(pooled.yi, pooled.vi, between, pooled.level).information)
    new = NewStudies.drawn(updated, pooled.estimate, se, between, 1, draws, seed)
    now = np.array([pooled.ci_low]), np.array([pooled.ci_high])
    columns: list[list[float]] = []
    for each in sizes.tolist():
        after = new.update(each, 1)
        row = [*mean_and_error(after.width)]
        for value in (null, beyond):
            changed = float(np.mean(_lies(after.low, after.high, value) != _lies(*now, value)))
            share = math.nan if math.isnan(value) else changed
            row += [share, math.sqrt(share * (1.0 - share) / draws)]
        columns.append(row)
    widths, width_errors, *shares = np.array(columns).T
    return NextStudy(
        sei=sizes,
        width=widths,
        width_error=width_errors,
        changes=shares[0],
        changes_error=shares[1],
        interest_changes=shares[2],
        interest_changes_error=shares[3],
        width_now=pooled.ci_high - pooled.ci_low,
        null=null,
        interest=beyond,
        k=pooled.k,
        tau2=between,
        level=pooled.level,
        draws=draws,
        seed=seed,
        stated_tau2=tau2 is not None,
        pooled_by=pooled_by,
    )


def _lies(low: Array, high: Array, value: float) -> Array:
    """1 above, -1 below, 0 around a value."""
    return np.where(low > value, 1.0, np.where(high < value, -1.0, 0.0))
