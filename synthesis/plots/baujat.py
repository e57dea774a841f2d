"""Baujat plot: who makes the heterogeneity, and whom the result hangs on."""

from __future__ import annotations

import numpy as np

from synthesis.diagnostics.residuals import baujat
from synthesis.drawing.chart import Chart, ChartAxis, Dots, Panel
from synthesis.plots.subject import Subject
from synthesis.plots.words import counted, names, outstanding, room, written


def baujat_plot(subject: Subject) -> Chart:
    """Contribution to heterogeneity against influence on the pooled estimate; needs three studies."""
    subject.needs(3, "A Baujat plot")
    found = baujat(subject.pooled)
    x, y = found.heterogeneity, found.influence
    leading = int(np.nanargmax(x)), int(np.nanargmax(y))
    labels = subject.pooled.labels
    reach = np.hypot(x / (x.max() or 1.0), y / (y.max() or 1.0))
    return Chart(
        title=f"{subject.title}: heterogeneity and influence",
        panels=(
            (
                Panel(
                    ChartAxis("Squared residual, in units of its variance", 0.0, room(x)[1]),
                    ChartAxis("Squared change of the result without the study", 0.0, room(y)[1]),
                    (Dots(x, y, labels=names(subject, outstanding(reach))),),
                ),
            ),
        ),
        description=(
            f"Baujat plot of {counted(subject.pooled.k)}. Farthest from the others: {labels[leading[0]]} "
            f"(squared residual {written(float(x[leading[0]]))}). Largest influence on the result: "
            f"{labels[leading[1]]} ({written(float(y[leading[1]]))})."
        ),
        footnotes=(
            "Right: studies far from the pooled estimate for their precision. Top: studies without which the "
            "result would move most, in standard errors squared.",
        ),
    )
