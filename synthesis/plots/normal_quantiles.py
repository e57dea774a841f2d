"""Normal Q-Q plot of the residuals: does the normal model of effects hold?"""

from __future__ import annotations

import numpy as np

from synthesis.diagnostics.residuals import deleted_residuals, normal_quantiles
from synthesis.drawing.chart import Area, Chart, ChartAxis, Curve, Dots, Panel
from synthesis.drawing.style import BAND_FILL, SUMMARY_FILL
from synthesis.plots.subject import Subject
from synthesis.plots.words import counted, outstanding, room, written


def quantile_plot(subject: Subject) -> Chart:
    """Sorted deleted residuals against normal quantiles; needs three studies."""
    subject.needs(3, "A normal Q-Q plot")
    found = normal_quantiles(deleted_residuals(subject.pooled))
    labels = tuple(subject.pooled.labels[i] for i in found.order)
    outside = (found.residual < found.low) | (found.residual > found.high)
    named = outside if outside.size > 12 else outstanding(np.abs(found.residual))
    x = room(found.theoretical)
    farthest = int(np.argmax(np.abs(found.residual)))
    return Chart(
        title=f"{subject.title}: normal Q-Q plot",
        panels=(
            (
                Panel(
                    ChartAxis("Quantile of the normal distribution", *x),
                    ChartAxis(
                        "Deleted residual", *room(np.concatenate([found.residual, found.low, found.high]))
                    ),
                    (
                        Area(
                            np.concatenate([found.theoretical, found.theoretical[::-1]]),
                            np.concatenate([found.low, found.high[::-1]]),
                            BAND_FILL,
                            "where 95 % of normal residuals lie, pointwise",
                        ),
                        Curve(np.array(x), np.array(x), SUMMARY_FILL, name="normal"),
                        Dots(
                            found.theoretical,
                            found.residual,
                            labels=tuple(
                                text if keep else "" for text, keep in zip(labels, named, strict=True)
                            ),
                            name="study",
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"Normal Q-Q plot of the deleted residuals of {counted(len(labels))}; {int(outside.sum())} lie "
            f"outside the pointwise 95 % band. The largest is that of {labels[farthest]}, "
            f"{written(float(found.residual[farthest]))}."
        ),
        footnotes=("Each residual is a study against the pooled result without it, in standard errors.",),
    )
