"""What `dose_response` gives: a curve, and every question that can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synthesis.curves.curve_summary import CurveSummary
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.inputs import as_level

if TYPE_CHECKING:
    from synthesis.curves.fit_of_curve import FitOfCurve
    from synthesis.curves.turning_points import TurningPoints
    from synthesis.drawing.chart import Plot


@dataclass(frozen=True, eq=False, repr=False)
class DoseResponse(Drawable, CurveSummary):
    """A curve of p coefficients over a dose from k studies.

    studies: their classes as they entered; classes: how many beside the references. names, estimate, se,
    statistic, p_value, df, ci_low, ci_high: of the coefficients, (p,); covariance: (p, p). psi: (p, p), the
    covariance of the studies' true coefficients. Q, Q_df: of all rows about the curve without heterogeneity,
    in one stage of classes, in two of the studies' coefficients. loglik, loglik_without: with and without
    heterogeneity, nan of moments. notes: sentences the reader needs.

    Its plots: "curve", whose axis has the name of the column of doses, and "forest".
    """

    _given: ClassVar[Given] = Given()
    _dose: ClassVar[str] = "Dose"

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.curves.dose_plots import dose_plot

        return dose_plot(self, request, self._given.beside(request.data), self._dose)

    def turning_points(self, *, level: float | None = None) -> TurningPoints:
        """Where the curve turns within the doses studied, with intervals; empty for a straight line."""
        from synthesis.curves.turning_points import turning_points

        return turning_points(self, self.level if level is None else as_level(level))

    def goodness_of_fit(self) -> FitOfCurve:
        """How well the curve fits the classes: deviance and R2 (Discacciati, Crippa & Orsini 2017)."""
        from synthesis.curves.fit_of_curve import fit_of_curve

        return fit_of_curve(self)
