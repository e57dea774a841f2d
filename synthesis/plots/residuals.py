"""Radial (Galbraith) plot: effects as slopes, precise studies to the right."""

from __future__ import annotations

import numpy as np

from synthesis.diagnostics.residuals import radial
from synthesis.drawing.chart import Area, Chart, ChartAxis, Curve, Dots, Panel, Rule
from synthesis.drawing.style import BAND_FILL, SUMMARY_FILL
from synthesis.plots.subject import Subject
from synthesis.plots.words import counted, names, outstanding, room, written

BAND = 1.959963984540054


def radial_plot(subject: Subject) -> Chart:
    """Standardised effects against precision, with the pooled effect as a slope; needs two studies."""
    subject.needs(2, "A radial plot")
    pooled = subject.pooled
    found = radial(pooled)
    right = room(np.append(found.precision, 0.0))[1]
    ends = np.array([0.0, right])
    slope = pooled.estimate * ends
    outside = np.abs(found.standardised - pooled.estimate * found.precision)
    beyond = int(np.sum(outside > BAND))
    what = "log of the effect" if subject.log else "effect"
    low, high = room(np.concatenate([found.standardised, slope - BAND, slope + BAND]), 0.03)
    return Chart(
        title=f"{subject.title}: radial plot",
        panels=(
            (
                Panel(
                    ChartAxis("Precision: 1 / √(variance + τ²)", 0.0, right),
                    ChartAxis(f"Standardised {what}", low, high),
                    (
                        Curve(ends, slope, SUMMARY_FILL, 1.2, name="pooled effect, as a slope"),
                        Area(
                            np.concatenate([ends, ends[::-1]]),
                            np.concatenate([slope - BAND, (slope + BAND)[::-1]]),
                            BAND_FILL,
                            "±1.96 around it",
                        ),
                        Rule("y", 0.0, name="no effect" if subject.null is not None else ""),
                        Dots(
                            found.precision,
                            found.standardised,
                            labels=names(subject, outstanding(outside)),
                            name="study",
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"Radial plot of {counted(pooled.k)}: {beyond} of them lie outside the band of ±1.96 around the "
            f"pooled effect of {written(float(subject.shown(np.array(pooled.estimate))))}."
        ),
        footnotes=(
            "A line from the origin through a study has its effect as slope; about 95 % of studies should "
            "lie in the band.",
        ),
    )
