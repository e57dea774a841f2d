"""`next_study`: what one more study is worth, by how precise it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence.choices import as_number, as_whole
from synthesis.planning.known_tau2 import KnownTau2
from synthesis.planning.new_studies import (
    NewStudies,
    for_updates,
    known_tau2,
    mean_and_error,
    refuse_own_weights,
    sizes_of,
)
from synthesis.planning.next_study_result import NextStudySummary
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import PooledSummary

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot

_SPAN = np.geomspace(0.25, 2.0, 7)  # standard errors over that of the median study


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
    given = sizes_of(pooled, sei, n, ni)
    sizes = given.sei[0] * _SPAN if sei is None and n is None else given.sei
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
        sized_by=given.source,
    )


class NextStudy(Drawable, NextStudySummary):
    """What one more study would do to a result of k, for each standard error sei; shape (s,).

    width, width_error: the mean width of the interval then, and its Monte Carlo error; width_now: as it is.
    changes, changes_error: the probability that the interval then lies otherwise to the null than now: below,
    around or above it. interest_changes, interest_changes_error: the same for the smallest effect of
    interest, nan where none was stated. sized_by: whose precision a study of n persons has, where not that of
    all, else empty.

    Its plot: "one-more".
    """

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.planning.one_more_plot import one_more_plot

        return one_more_plot(self, request)


def _lies(low: Array, high: Array, value: float) -> Array:
    """1 above, -1 below, 0 around a value."""
    return np.where(low > value, 1.0, np.where(high < value, -1.0, 0.0))
