"""The curve over the dose with its band, the studies' classes about it, and where doses were studied."""

from __future__ import annotations

import numpy as np

from evidence.wording import counted, number, percent
from synthesis.curves.curve_summary import CurveSummary
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, Plot, ReferenceLine
from synthesis.drawing.forest_table import ForestTable, GroupHeading, Row, StudyRow
from synthesis.drawing.style import BAND_FILL, MUTED, STUDY_FILL, SUMMARY_FILL
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import Words
from synthesis.plots.words import bars, in_symbols, radii, room
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import normal_quantile

KINDS = ("curve", FOREST)
_LINE = 201
_LOW = 42.0  # points
_BARS = 40
_RATIOS = {"odds": "Odds ratio", "risks": "Risk ratio", "rates": "Rate ratio", "means": "Difference of means"}


def dose_plot(
    result: CurveSummary,
    request: PlotRequest,
    given: Given,
    dose: str,
    reference: float | None = None,
    unit: str = "",
) -> Plot:
    """The curve, or the classes of every study as a forest plot.

    dose: what the exposure is called. reference: the dose that a curve is shown against, that of the result
    when None. unit: of doses, in the words below a curve; none when empty.
    """
    request = settled(request, KINDS, "A dose-response analysis")
    kinds = {each.kind for each in result.studies}
    several = "Relative risk" if given.log else "Effect"
    effect = _RATIOS.get(next(iter(kinds)), "Effect") if len(kinds) == 1 else several
    known = {
        "title": f"Dose-response of {counted(result.k)}",
        "effect": effect,
        "log": given.log,
        "null": 1.0 if given.log else 0.0,
    }
    words = words_of(known, request)
    if request.kind == FOREST:
        return _classes(result, words)
    return _curve(result, words, dose, result.reference if reference is None else reference, unit)


def _curve(result: CurveSummary, words: Words, dose: str, reference: float, unit: str) -> Chart:
    low, high = result.span
    at = np.linspace(low, high, _LINE)
    found = result.predict(at, reference=reference)
    x, y, weight = _points(result, reference)
    limits = words.shown(np.array(room(np.concatenate([found.ci_low, found.ci_high, y]))))
    marks: tuple[Mark, ...] = (
        Area(
            np.concatenate([at, at[::-1]]),
            words.shown(np.concatenate([found.ci_low, found.ci_high[::-1]])),
            BAND_FILL,
            f"{percent(result.level)} CI",
        ),
        ChartCurve(at, words.shown(found.estimate), SUMMARY_FILL, 1.6, name="curve"),
        *(() if words.null is None else (ReferenceLine("y", words.null),)),
        ReferenceLine("x", reference, MUTED, "dashed", "reference dose"),
        Dots(x, words.shown(y), radii(weight), name="class of a study, area by weight", opacity=0.85),
    )
    ends = room(np.array([low, high]), 0.03)
    axis = ChartAxis(words.effect, float(limits[0]), float(limits[1]), scale="log" if words.log else "linear")
    test = "" if result.nonlinearity is None else f" Non-linearity: {result.nonlinearity}."
    zero, last = (f"{number(each)} {unit}".rstrip() for each in (reference, high))
    others = sum(each.reference != reference for each in result.studies)
    moved = ""
    if others:
        moved = (
            f" {counted(others)} of {result.k:,} compared classes with another dose: these classes are moved "
            f"up or down by what the curve says of that dose against {zero}."
        )
    return Chart(
        title=words.title,
        panels=(
            (Panel(ChartAxis("", *ends), axis, marks),),
            (_weights(x, weight, ChartAxis(dose, *ends)),),
        ),
        description=f"Curve over doses from {number(low)} to {last}, against {zero}.{test}",
        footnotes=(
            f"Against a dose of {zero}.{moved}",
            in_symbols(result.method_sentence + test),
            *result.notes,
        ),
    )


def _weights(x: Array, weight: Array, axis: ChartAxis) -> Panel:
    """Where doses were studied: the weight of all classes at each, or of each stretch where they are many."""
    if np.unique(x).size > _BARS:
        width = np.ptp(x) / _BARS
        x = x.min() + width * (np.minimum((x - x.min()) // width, _BARS - 1) + 0.5)
    doses, at = np.unique(x, return_inverse=True)
    total = np.bincount(at, weight).astype(float)
    marks = ChartCurve(*bars(doses, np.zeros(doses.size), total), STUDY_FILL, 2.4)
    top = ChartAxis("Weight of classes (%)", 0.0, 1.05 * float(total.max()))
    return Panel(axis, top, (marks,), height=_LOW)


def _points(result: CurveSummary, reference: float) -> tuple[Array, Array, Array]:
    """Dose, effect against the common reference, and weight in percent of every class."""
    doses, effects, weights = [], [], []
    for each in result.studies:
        moved = result.predict(each.reference, reference=reference).estimate
        doses.append(each.dose)
        effects.append(each.yi + moved)
        weights.append(np.reciprocal(np.diag(each.covariance)))
    weight = np.concatenate(weights)
    return np.concatenate(doses), np.concatenate(effects), 100.0 * weight / weight.sum()


def _classes(result: CurveSummary, words: Words) -> ForestTable:
    """Every class with its interval, under its study."""
    quantile = normal_quantile(result.level)
    rows: list[Row] = []
    for each in result.studies:
        rows.append(GroupHeading(f"{each.name}, against {number(each.reference)}"))
        error = quantile * np.sqrt(np.diag(each.covariance))
        shown = [words.shown(part).tolist() for part in (each.yi, each.yi - error, each.yi + error)]
        rows += [StudyRow(number(dose), *(ends[i] for ends in shown)) for i, dose in enumerate(each.dose)]
    return forest_frame(words, result.level, rows, ExtraColumns(), result.notes)
