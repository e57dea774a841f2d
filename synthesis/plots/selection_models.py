"""Selection models: the weight each gives to p-values, and the effect it leaves."""

from __future__ import annotations

import numpy as np
from scipy import special

from evidence.wording import p_text, written
from synthesis.diagnostics.selection_models.fitting import MODELS, selection_model
from synthesis.diagnostics.selection_models.result import Selected
from synthesis.drawing.chart import (
    Chart,
    ChartAxis,
    ChartCurve,
    Dots,
    Mark,
    Panel,
    ReferenceLine,
    Stroke,
    Values,
)
from synthesis.drawing.style import ACCENT, INK, MUTED, PREDICTION_FILL, STUDY_FILL, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import as_is, bars, effect_axis, in_symbols

_P = np.concatenate([np.geomspace(1e-4, 0.02, 80), np.linspace(0.0202, 0.9998, 400)])
_LOOKS: dict[str, tuple[str, Stroke]] = {
    "step": (ACCENT, "solid"),
    "beta": (INK, "dashed"),
    "half-normal": (SUMMARY_FILL, "solid"),
    "negative exponential": (STUDY_FILL, "solid"),
    "logistic": (PREDICTION_FILL, "solid"),
    "power": (MUTED, "dotted"),
}
_ROW = 15.0  # points between the rows of estimates
_TICKS = ((0.0, "0"), (0.025, ".025"), (0.2, ".2"), (0.5, ".5"), (0.8, ".8"), (1.0, "1"))


def selection_plot(subject: Subject) -> Chart:
    """Weight functions over the studies' p-values, and below the estimates with and without selection.

    p is one-sided in the direction of the pooled estimate. Raises NotDefinedError without a value of no
    effect, and for fewer than four studies.
    """
    subject.needs(4, "A selection model")
    if subject.null is None:
        raise NotDefinedError("A selection model needs p-values; these effects have no value of no effect.")
    pooled = subject.pooled
    null = subject.pooled_null
    alternative = "greater" if pooled.estimate >= null else "less"
    fits = {name: selection_model(pooled, name, alternative, null=null) for name in MODELS}
    sign = 1.0 if alternative == "greater" else -1.0
    p = np.asarray(special.ndtr(-sign * (pooled.yi - null) / np.sqrt(pooled.vi)))
    favoured = "above no effect" if sign > 0.0 else "below no effect"
    return Chart(
        title=f"{subject.title}: selection models",
        panels=((_weights(fits, p, favoured),), (_estimates(subject, fits, null),)),
        description=_description(subject, fits, p, favoured),
        footnotes=(
            "Top: relative chance that a study is seen, with 1 the largest for p from .005 to .995; ticks "
            "below are the studies' p-values. Bottom: the mean effect if studies were seen in these "
            "proportions, with its interval where one exists, cut where the panel ends. "
            + in_symbols(fits["step"].says),
            *_doubts(fits),
        ),
        aspect=0.44,
    )


def _weights(fits: dict[str, Selected], p: Values, favoured: str) -> Panel:
    """On a scale of the square root of p, which gives room to small p-values."""
    marks: list[Mark] = [ReferenceLine("x", float(np.sqrt(0.025)), MUTED, "dotted")]
    for name, fit in fits.items():
        if not np.isfinite(fit.estimate):
            continue
        colour, stroke = _LOOKS[name]
        at = np.sort(np.concatenate([_P, [0.025, 0.025 + 1e-9]])) if name == "step" else _P
        weight = fit.weight(at)
        weight = weight / weight[(at >= 0.005) & (at <= 0.995)].max()
        weight[weight > 1.0] = np.nan
        marks.append(ChartCurve(np.sqrt(at), weight, colour, 1.3, stroke, name))
    marks.append(ChartCurve(*bars(np.sqrt(p), np.full(p.size, -0.07), np.full(p.size, -0.02)), MUTED, 0.6))
    ticks = tuple((float(np.sqrt(at)), label) for at, label in _TICKS)
    axis = ChartAxis(f"One-sided p-value of effects {favoured} (root scale)", -0.01, 1.01, ticks=ticks)
    heights = tuple((at, f"{at:g}") for at in (0.0, 0.25, 0.5, 0.75, 1.0))
    return Panel(axis, ChartAxis("Relative weight", -0.09, 1.04, ticks=heights), tuple(marks))


def _estimates(subject: Subject, fits: dict[str, Selected], null: float) -> Panel:
    pooled = subject.pooled
    rows = [("no selection", pooled.estimate, pooled.ci_low, pooled.ci_high, INK)]
    rows += [(name, f.estimate, f.ci_low, f.ci_high, _LOOKS[name][0]) for name, f in fits.items()]
    table = np.array([row[1:4] for row in rows])
    axis = effect_axis(subject, _within_reach(table, null), 0.04)
    marks: list[Mark] = [ReferenceLine("x", float(subject.shown(np.array(null))))]
    for place, (_, estimate, left, right, colour) in enumerate(rows, start=1):
        ends = np.clip(subject.shown(np.array([left, right])), axis.low, axis.high)
        height = np.full(2, float(place))
        if np.all(np.isfinite(ends)):
            marks.append(ChartCurve(ends, height, colour))
        at = subject.shown(np.array([estimate]))
        if axis.low <= at[0] <= axis.high:
            marks.append(Dots(at, height[:1], fill=colour))
    ticks = tuple(
        (float(place), row[0] if np.isfinite(row[1]) else f"{row[0]}: none")
        for place, row in enumerate(rows, start=1)
    )
    side = ChartAxis("", 0.3, len(rows) + 0.7, reversed=True, ticks=ticks)
    return Panel(axis, side, tuple(marks), height=_ROW * len(rows))


def _within_reach(table: Values, null: float) -> Values:
    """All that is not far beyond the usual interval: flat likelihoods have endless ones."""
    plain = table[0]
    reach = 3.0 * max(plain[2] - plain[1], abs(plain[0] - null))
    finite = np.append(table[np.isfinite(table)], null)
    kept: Values = np.clip(finite, min(plain[1], null) - reach, max(plain[2], null) + reach)
    return kept


def _doubts(fits: dict[str, Selected]) -> tuple[str, ...]:
    """Every warning once, with the models that it concerns."""
    found: dict[str, list[str]] = {}
    for name, fit in fits.items():
        for warning in fit.warnings:
            found.setdefault(warning, []).append(name)
    return tuple(
        f"{', '.join(names).capitalize()}: {in_symbols(warning)}" for warning, names in found.items()
    )


def _description(subject: Subject, fits: dict[str, Selected], p: Values, favoured: str) -> str:
    def shown(value: float) -> str:
        return as_is(subject, value)

    told = "; ".join(
        (f"{name} {shown(fit.estimate)}" if np.isfinite(fit.estimate) else f"{name} has no estimate")
        + (f" [{shown(fit.ci_low)}, {shown(fit.ci_high)}]" if np.isfinite(fit.se) else " (no interval)")
        + f", test of selection {p_text(fit.selection.p_value)}"
        for name, fit in fits.items()
    )
    step = fits["step"]
    return (
        f"Selection models of {subject.counted(subject.pooled.k)}, {int(np.sum(p <= 0.025))} of them with a "
        f"one-sided p-value of at most .025 for effects {favoured}. Without selection the effect is "
        f"{shown(subject.pooled.estimate)}; with it: {told}. Weight of other studies relative to "
        f"significant ones in the step model: {written(float(step.delta[0]))}."
    )
