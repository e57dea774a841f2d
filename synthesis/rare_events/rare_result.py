"""What `pool_rare` gives: the numbers of a model of counts, and their forest plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.rare_events.given_counts import GivenCounts
from synthesis.rare_events.rare_summary import RareSummary

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot


@dataclass(frozen=True, eq=False, repr=False)
class RarePooled(Drawable, RareSummary):
    """A pooled effect of counts on the scale of its model (log, logit or difference); `shown` for readers.

    labels: of all studies; silent: those that say nothing of the effect under this model; k: how many do.
    estimate, se (from the observed information), statistic, p_value, df, ci_low, ci_high: by `test`.
    tau2: variance of the effect between studies, of BB phi = rho / (1 - rho), with the ends of its profile
    interval, nan where level and effect are correlated. heterogeneity, heterogeneity_p: likelihood ratio of
    no variation, its p at the boundary. Q, Q_df, Q_p: likelihood ratio of separate effects against one common
    effect, nan where levels are random. sigma2: variance of the levels of UM.RS; correlation: of level and
    effect, nan where one does not vary, or for BB the share of the largest dependence that it allows; rho: of
    BB. prediction_low, prediction_high: of the true effect in a new study. loglik, loglik_common: with and
    without variation of the effect, all constants included. gradient: the largest slope left. margin: how
    much higher than loglik the likelihood can be anywhere, a thousandth at most where the maximum is proven,
    infinite where hills were only looked for from a grid (UM.RS, and BB with correlation). notes: what
    the reader needs to know.

    Its plot: "forest".
    """

    # The counts and their table: plots alone read them.
    _counts: ClassVar[GivenCounts | None] = None
    _given: ClassVar[Given] = Given()

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.rare_events.rare_forest import rare_forest

        return rare_forest(self, self._counts, request, self._given.beside(request.data))
