"""Funnel plots: effects against their standard errors, where missing small studies leave a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from evidence.wording import counted, p_text, percent, written
from synthesis.diagnostics.asymmetry import FEWEST, regression_test
from synthesis.diagnostics.trim_and_fill import Filled, trim_and_fill
from synthesis.drawing.chart import (
    Area,
    Chart,
    ChartAxis,
    ChartCurve,
    Dots,
    Mark,
    Panel,
    Values,
)
from synthesis.drawing.style import ACCENT, BACKGROUND, CONTOUR_FILLS, MUTED, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import as_is, effect_axis, names, no_effect, outstanding

REGION = 1.959963984540054
ENOUGH = (
    10  # studies below which a test of asymmetry says next to nothing (Sterne et al. 2011, BMJ 343:d4002)
)


def funnel_plot(subject: Subject) -> Chart:
    """Effects against standard errors, with the region of 95% of studies about the pooled effect.

    The region is pooled ± 1.96 standard errors: sampling error alone, without heterogeneity. Light & Pillemer
    1984; Sterne & Egger 2001. Needs two studies.
    """
    subject.needs(2, "A funnel plot")
    pooled, sei = subject.pooled, np.sqrt(subject.pooled.vi)
    away = np.abs(pooled.yi - pooled.estimate) / sei
    height = _height(sei)
    corners = _foot(pooled.estimate, height)
    marks: tuple[Mark, ...] = (
        _line(subject, pooled.estimate, height, "pooled effect"),
        _region(subject, pooled.estimate, height, "±1.96 standard errors around it"),
        *no_effect(subject, "x"),
        _studies(subject, away),
    )
    return Chart(
        title=f"{subject.title}: funnel plot",
        panels=((_panel(subject, np.concatenate([pooled.yi, corners]), height, marks),),),
        description=f"Funnel plot of {_scope(subject)} {_outside(subject, away)} {_asymmetry(subject)}",
        footnotes=(
            f"Precise studies stand at the top. {_outside(subject, away)} By sampling error alone 5 in 100 "
            "would; heterogeneity puts more there.",
            _asymmetry(subject),
        ),
    )


def contour_funnel_plot(subject: Subject) -> Chart:
    """The funnel on shades of two-sided p of no effect, z tests. Peters et al. 2008. Needs two studies."""
    subject.needs(2, "A contour-enhanced funnel plot")
    if subject.null is None:
        raise NotDefinedError(
            f"A contour-enhanced funnel plot needs a value of no effect; '{subject.effect}' has none."
        )
    pooled, sei = subject.pooled, np.sqrt(subject.pooled.vi)
    null = subject.pooled_null
    height = _height(sei)
    p = 2.0 * special.ndtr(-np.abs(pooled.yi - null) / sei)
    farthest = -special.ndtri(0.005) * height
    reach = np.concatenate([pooled.yi, [pooled.estimate, null - farthest, null + farthest]])
    axis = effect_axis(subject, reach)
    marks: tuple[Mark, ...] = (
        *_contours(subject, null, height, axis),
        _line(subject, pooled.estimate, height, "pooled effect"),
        *no_effect(subject, "x"),
        _studies(subject, np.abs(pooled.yi - pooled.estimate) / sei),
    )
    counts = f"Two-sided p of no effect: {_counts(subject, p)}."
    return Chart(
        title=f"{subject.title}: contour-enhanced funnel plot",
        panels=((_panel(subject, reach, height, marks),),),
        description=f"Contour-enhanced funnel plot of {_scope(subject)} {counts} {_asymmetry(subject)}",
        footnotes=(
            f"{counts} Gaps in the lighter areas suggest that results without significance went unreported; "
            "gaps elsewhere suggest other causes.",
            _asymmetry(subject),
        ),
    )


def filled_funnel_plot(subject: Subject) -> Chart:
    """The funnel with the studies that trim and fill adds, and both results. Needs three studies."""
    subject.needs(FEWEST, "Trim and fill")
    pooled = subject.pooled
    try:
        found = trim_and_fill(pooled)
    except ValueError as reason:
        raise NotDefinedError(f"Trim and fill is not defined: {reason}.") from reason
    sei = np.sqrt(pooled.vi)
    height = _height(sei)
    reach = np.concatenate([pooled.yi, found.yi, _foot(found.estimate, height)])
    added = _added(subject, found, height) if found.k0 else ()
    marks: tuple[Mark, ...] = (
        _line(subject, pooled.estimate, height, "pooled effect"),
        *added[:1],
        _region(subject, found.estimate, height, "±1.96 standard errors around it"),
        *no_effect(subject, "x"),
        *added[1:],
        _studies(subject, np.abs(pooled.yi - found.estimate) / sei),
    )
    return Chart(
        title=f"{subject.title}: funnel plot with trim and fill",
        panels=((_panel(subject, reach, height, marks),),),
        description=f"Funnel plot of {_scope(subject)} {_filling(subject, found)} {_asymmetry(subject)}",
        footnotes=(_filling(subject, found), found.says),
    )


def _panel(subject: Subject, reach: Values, height: float, marks: Sequence[Mark]) -> Panel:
    return Panel(
        effect_axis(subject, reach),
        ChartAxis("Standard error" + (" of the log" if subject.log else ""), 0.0, height, reversed=True),
        tuple(marks),
    )


def _height(sei: Values) -> float:
    return 1.06 * float(sei.max())


def _line(subject: Subject, estimate: float, height: float, name: str) -> ChartCurve:
    at = subject.shown(np.array([estimate, estimate]))
    return ChartCurve(at, np.array([0.0, height]), SUMMARY_FILL, 1.2, name=name)


def _foot(estimate: float, height: float) -> tuple[float, float]:
    """Where the region about an estimate ends at the lower edge."""
    return estimate - REGION * height, estimate + REGION * height


def _region(subject: Subject, estimate: float, height: float, name: str) -> ChartCurve:
    """The triangle about an estimate, open below."""
    left, right = _foot(estimate, height)
    at = np.array([left, estimate, right])
    return ChartCurve(subject.shown(at), np.array([height, 0.0, height]), MUTED, 0.8, "dotted", name)


def _added(subject: Subject, found: Filled, height: float) -> tuple[Mark, ...]:
    """The result with the filled studies, and these, hollow."""
    line = _line(subject, found.estimate, height, "with the filled studies")
    dots = Dots(subject.shown(found.yi), np.sqrt(found.vi), fill=BACKGROUND, name="filled study")
    return replace(line, colour=ACCENT, stroke="dashed"), dots


def _contours(subject: Subject, null: float, height: float, axis: ChartAxis) -> tuple[Area, ...]:
    """The shade of the smallest p over the whole panel, then the next ones, narrower and lighter, on it."""
    ends = np.array([axis.low, axis.high])
    areas = [Area(ends[[0, 1, 1, 0]], np.array([0.0, 0.0, height, height]), CONTOUR_FILLS[2], "p < 0.01")]
    inner = (
        (0.01, CONTOUR_FILLS[1], "p 0.01 to 0.05"),
        (0.05, CONTOUR_FILLS[0], "p 0.05 to 0.1"),
        (0.1, BACKGROUND, "p > 0.1"),
    )
    for level, fill, name in inner:
        half = -float(special.ndtri(0.5 * level)) * height
        corners = subject.shown(null + np.array([-half, 0.0, half]))
        areas.append(Area(corners, np.array([height, 0.0, height]), fill, name))
    return tuple(areas)


def _studies(subject: Subject, away: Values) -> Dots:
    pooled = subject.pooled
    return Dots(
        subject.shown(pooled.yi),
        np.sqrt(pooled.vi),
        labels=names(subject, outstanding(away)),
        name=subject.each,
        opacity=0.85,
    )


def _scope(subject: Subject) -> str:
    """'8 studies, standard errors 0.1 to 0.5. Pooled effect 0.3 (95% CI 0.1 to 0.5).'"""
    pooled, sei = subject.pooled, np.sqrt(subject.pooled.vi)
    estimate, low, high = (as_is(subject, a) for a in (pooled.estimate, pooled.ci_low, pooled.ci_high))
    errors = f"standard errors {written(float(sei.min()))} to {written(float(sei.max()))}"
    log = " of the log" if subject.log else ""
    return (
        f"{subject.counted(pooled.k)}, {errors}{log}. "
        f"Pooled effect {estimate}, {percent(pooled.level)} CI [{low}, {high}]."
    )


def _outside(subject: Subject, away: Values) -> str:
    beyond = int(np.sum(away > REGION))
    lie = "lies" if beyond == 1 else "lie"
    of = subject.counted(away.size)
    return f"{beyond} of {of} {lie} outside ±1.96 standard errors around the pooled effect."


def _counts(subject: Subject, p: Values) -> str:
    """'below 0.01 in 3 studies, 0.01 to 0.05 in 1, 0.05 to 0.1 in 0 and above in 4'."""
    below = [int(np.sum(p < level)) for level in (0.01, 0.05, 0.1)]
    return (
        f"below 0.01 in {subject.counted(below[0])}, 0.01 to 0.05 in {below[1] - below[0]}, "
        f"0.05 to 0.1 in {below[2] - below[1]} and above in {p.size - below[2]}"
    )


def _asymmetry(subject: Subject) -> str:
    """Egger's test in words, with its power, or why there is none."""
    pooled = subject.pooled
    if pooled.k < FEWEST:
        return f"With {subject.counted(pooled.k)} asymmetry cannot be tested."
    try:
        test = regression_test(pooled)
    except ValueError as reason:
        return f"No test of asymmetry: {reason}."
    few = f"; with fewer than {subject.counted(ENOUGH)} it has little power" if pooled.k < ENOUGH else ""
    return f"Egger's test of asymmetry (mixed-effects regression): {p_text(test.p_value)}{few}."


def _filling(subject: Subject, found: Filled) -> str:
    low, high = as_is(subject, found.ci_low), as_is(subject, found.ci_high)
    level = percent(subject.pooled.level)
    if not found.k0:
        return f"Trim and fill ({found.estimator}) finds no study missing on the {found.side}."
    return (
        f"Trim and fill ({found.estimator}) adds {counted(found.k0)} on the {found.side}: with them the "
        f"pooled effect is {as_is(subject, found.estimate)}, {level} CI [{low}, {high}], "
        f"instead of {as_is(subject, subject.pooled.estimate)}."
    )
