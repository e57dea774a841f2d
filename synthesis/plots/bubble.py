"""Bubble plot: effects against one moderator, with the meta-regression line and its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.wording import p_text, percent, written
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Panel, Values
from synthesis.drawing.style import BAND_FILL, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import effect_axis, names, no_effect, outstanding, radii, room
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.mean.inference import quantile_t
from synthesis.pooling.repeating import chosen_weights, same_estimator
from synthesis.pooling.result import PooledSummary

LINE = 101


@dataclass(frozen=True, eq=False)
class Moderator:
    """A number for each study, (k,), nan where the study has none; label: with its unit."""

    label: str
    values: Values


def bubble_plot(subject: Subject, moderator: Moderator) -> Chart:
    """Effects against the moderator; dots' areas are weights. Needs three studies that differ in it."""
    known = np.isfinite(moderator.values)
    if int(known.sum()) < 3 or np.ptp(moderator.values[known]) == 0.0:
        have = f"{int(known.sum())} of {subject.counted(subject.pooled.k)} have it"
        same = f", and all of them {moderator.values[known][0]:g}" if int(known.sum()) > 2 else ""
        raise NotDefinedError(
            f"A bubble plot of {moderator.label} needs three studies that differ in it; {have}{same}."
        )
    pooled, x = subject.pooled, moderator.values
    at = np.linspace(*room(x, 0.03), LINE)
    line, low, high, p = _regression(subject, x, known, at)
    missing = int(np.sum(~known))
    away = np.abs(pooled.yi - np.interp(x, at, line)) / np.sqrt(pooled.vi)
    return Chart(
        title=f"{subject.title} by {moderator.label}",
        panels=(
            (
                Panel(
                    ChartAxis(moderator.label[:1].upper() + moderator.label[1:], float(at[0]), float(at[-1])),
                    effect_axis(subject, np.concatenate([pooled.yi[known], line])),
                    (
                        ChartCurve(at, subject.shown(line), SUMMARY_FILL, 1.2, name="meta-regression"),
                        Area(
                            np.concatenate([at, at[::-1]]),
                            subject.shown(np.concatenate([low, high[::-1]])),
                            BAND_FILL,
                            f"its {percent(pooled.level)} CI",
                        ),
                        *no_effect(subject, "y"),
                        Dots(
                            x,
                            subject.shown(pooled.yi),
                            radii(pooled.weights),
                            labels=names(subject, outstanding(away)),
                            name=f"{subject.each}, area by weight",
                            opacity=0.85,
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"Bubble plot of {subject.counted(int(known.sum()))}: the effect changes by "
            f"{written((line[-1] - line[0]) / (at[-1] - at[0]))}{' on the log scale' if subject.log else ''} "
            f"per unit of {moderator.label} ({p_text(p)})."
        ),
        footnotes=(
            f"{pooled.method}, {_test(pooled)} interval; slope {p_text(p)}."
            + (f" {subject.counted(missing)} without {moderator.label} left out." if missing else ""),
            "A relation among studies is not one among persons, and few studies cannot show one.",
        ),
    )


def _test(pooled: PooledSummary) -> str:
    """The test of the analysis where its interval has the same form anywhere on a line, else HKSJ."""
    return pooled.test if pooled.test in ("z", "t", "HKSJ", "adhoc") else "HKSJ"


def _regression(
    subject: Subject, x: Values, known: np.ndarray[tuple[int], np.dtype[np.bool_]], at: Values
) -> tuple[Values, Values, Values, float]:
    """The line, its lower and upper limit at the places `at`, and p of the slope."""
    pooled = subject.pooled
    design = np.column_stack([np.ones(int(known.sum())), x[known]])
    effects = Effects(pooled.yi[known], pooled.vi[known])
    rows_known = np.flatnonzero(known)
    fit = pool_batch(
        effects,
        same_estimator(pooled, rows_known),
        _test(pooled),
        pooled.level,
        design=design,
        weights=chosen_weights(pooled, rows_known),
    )
    rows = np.column_stack([np.ones(at.size), at])
    line = rows @ fit.beta[0]
    se = np.sqrt(np.einsum("mi,ij,mj->m", rows, fit.covariance[0], rows))
    half = quantile_t(fit.df, pooled.level) * se
    return line, line - half, line + half, float(fit.p_value[0, 1])
