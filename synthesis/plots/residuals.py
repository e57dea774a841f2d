"""How far studies lie from the model: radial (Galbraith), Baujat and normal Q-Q plot."""

from __future__ import annotations

import numpy as np

from evidence.wording import percent, written
from synthesis.diagnostics.refits import baujat, deleted_residuals, normal_quantiles, radial
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Panel
from synthesis.drawing.style import BAND_FILL, MUTED, NULL_LINE, SUMMARY_FILL
from synthesis.plots.subject import Subject
from synthesis.plots.words import names, outstanding, room, where

BAND = 1.959963984540054


def radial_plot(subject: Subject) -> Chart:
    """Standardised effects against precision, with the pooled effect as a slope; needs two studies."""
    subject.needs(2, "A radial plot")
    pooled = subject.pooled
    found = radial(pooled)
    right = room(np.append(found.precision, 0.0))[1]
    ends = np.array([0.0, right])
    slope = pooled.estimate * ends
    null = () if subject.null is None else (subject.pooled_null * ends,)
    outside = np.abs(found.standardised - pooled.estimate * found.precision)
    beyond = int(np.sum(outside > BAND))
    what = "log of the effect" if subject.log else "effect"
    low, high = room(np.concatenate([found.standardised, slope - BAND, slope + BAND, *null]), 0.03)
    return Chart(
        title=f"{subject.title}: radial plot",
        panels=(
            (
                Panel(
                    ChartAxis("Precision: 1 / √(variance + τ²)", 0.0, right),
                    ChartAxis(f"Standardised {what}", low, high),
                    (
                        ChartCurve(ends, slope, SUMMARY_FILL, 1.2, name="pooled effect, as a slope"),
                        *(
                            ChartCurve(ends, slope + side, MUTED, 0.8, "dashed", "±1.96 around it")
                            for side in (-BAND, BAND)
                        ),
                        *(ChartCurve(ends, each, NULL_LINE, 0.8, name="no effect") for each in null),
                        Dots(
                            found.precision,
                            found.standardised,
                            labels=names(subject, outstanding(outside)),
                            name=subject.each,
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"Radial plot of {subject.counted(pooled.k)}: {beyond} of them lie outside ±1.96 around the "
            f"pooled effect of {written(float(subject.shown(np.array(pooled.estimate))))}."
        ),
        footnotes=(
            "A line from the origin through a study has its effect as slope; about 95% of studies should "
            "lie between the dashed lines.",
        ),
    )


# Baujat plot: who makes the heterogeneity, and whom the result hangs on.


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
            f"Baujat plot of {subject.counted(subject.pooled.k)}. Farthest from the others: "
            f"{labels[leading[0]]} (squared residual {written(float(x[leading[0]]))}). Largest influence "
            f"on the result: {labels[leading[1]]} ({written(float(y[leading[1]]))})."
        ),
        footnotes=(
            "Right: studies far from the pooled estimate for their precision. Top: studies without which the "
            "result would move most, in standard errors squared.",
        ),
    )


# Normal Q-Q plot of the residuals: does the normal model of effects hold?


def quantile_plot(subject: Subject) -> Chart:
    """Sorted deleted residuals against normal quantiles; needs three studies."""
    subject.needs(3, "A normal Q-Q plot")
    found = normal_quantiles(deleted_residuals(subject.pooled), subject.pooled.level)
    labels = tuple(subject.names[i] for i in found.order)
    level = percent(subject.pooled.level)
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
                            f"where {level} of normal residuals lie, pointwise",
                        ),
                        ChartCurve(np.array(x), np.array(x), SUMMARY_FILL, name="normal"),
                        Dots(
                            found.theoretical,
                            found.residual,
                            labels=where(named, labels),
                            name=subject.each,
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"Normal Q-Q plot of the deleted residuals of {subject.counted(len(labels))}; "
            f"{int(outside.sum())} lie outside the pointwise {level} band. The largest is that of "
            f"{labels[farthest]}, {written(float(found.residual[farthest]))}."
        ),
        footnotes=("Each residual is a study against the pooled result without it, in standard errors.",),
    )
