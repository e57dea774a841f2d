"""`pool_counts`, and what it gives: the numbers of a common effect of counts, and its plots."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from evidence.effects.person_time import PersonTime
from evidence.effects.zero_cells import Tables
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.counts.api import summarise_counts
from synthesis.pooling.counts.mantel_haenszel import Variance
from synthesis.pooling.counts.result import CountsSummary
from synthesis.pooling.inputs import Missing

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot


def pool_counts(
    measure: str = "OR",
    *,
    method: Literal["MH", "Peto"] = "MH",
    data: Any = None,
    slab: Any = None,
    level: float = 0.95,
    correct: bool = True,
    variance: Variance = "Sato",
    missing: Missing = "refuse",
    **columns: Any,
) -> CountsPooled:
    """Pool 2x2 tables or person-time under a common effect, without adding anything to empty cells.

    measure: OR, RR or RD from ai, bi, ci, di (or ai, n1i, ci, n2i), IRR or IRD from x1i, t1i, x2i, t2i; each
    k numbers or the name of a column of `data`. slab: k study labels. Series are matched by their index.
    method: "MH" (Mantel-Haenszel) or "Peto" (OR, one step). correct: whether the test of association has its
    continuity correction. variance: of RD, see `mantel_haenszel`. missing: whether a study that lacks a count
    is refused or left out.

    Q, its df and its p are of the studies that have an effect of their own: those without events, or with
    nothing else, are silent about heterogeneity; the number of the others less one, and never less than zero,
    are the df. Raises ValueError for unknown or missing columns, for counts that cannot be true, naming the
    study, and where there is no common effect, with the reason.
    """
    summary, counts = summarise_counts(
        measure,
        method=method,
        data=data,
        slab=slab,
        level=level,
        correct=correct,
        variance=variance,
        missing=missing,
        **columns,
    )
    made = CountsPooled(**{f.name: getattr(summary, f.name) for f in fields(summary)})
    object.__setattr__(made, "_counts", counts)
    object.__setattr__(made, "_given", Given(data))
    return made


@dataclass(frozen=True, repr=False)
class CountsPooled(Drawable, CountsSummary):
    """A common effect of counts, on the log scale for ratios; `shown` gives it as readers see it.

    labels: of the studies with all their counts; k: those of them with people in both groups, that took part.
    Q, Q_df, Q_p: heterogeneity. association, association_p: the test of no common effect
    (Cochran-Mantel-Haenszel); homogeneity, homogeneity_df, homogeneity_p: that studies share one odds
    ratio (Breslow-Day with Tarone's adjustment), nan for other measures. No number is added to any cell.
    notes: sentences the reader needs.

    Its plots: "forest", with events of both groups where no columns are asked for, and no square for a study
    without an effect of its own, for want of events; "labbe", of 2x2 tables alone.
    """

    # The counts, and the table they came from: plots alone read them, they are no part of the numbers.
    _counts: ClassVar[Tables | PersonTime | None] = None
    _given: ClassVar[Given] = Given()

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.plots.common_effect import counts_plot

        return counts_plot(self, self._counts, request, self._given.beside(request.data))
