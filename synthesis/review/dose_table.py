"""A review's curve in words and as a table: classes under their studies, coefficients, effects of doses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from evidence.records.scales import RATIOS, analysis_scale
from evidence.selection.selection import Chosen
from evidence.wording import MINUS, NOTHING, counted, enumerate_words, fixed, number, p_text, percent
from synthesis.drawing.chart import Chart
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
    decimals_for,
)
from synthesis.plots.words import in_symbols, short_header
from synthesis.pooling.as_data import plain
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import (
    accepted_note,
    corrected_note,
    derived_mark,
    derived_note,
    effect_header,
    is_log,
    left_out_lines,
    mark_notes,
    mark_of,
    shown,
)
from synthesis.review.dose_pool import DosePool
from synthesis.review.searched import source_notes

NO_CLASSES = "No study of this review has classes with doses, or a slope, on this scale."
NO_CURVE = "A curve is of an analysis with 'dose_response' in review.yaml."
OPEN = {
    "as wide": "is taken to be as wide as its neighbour",
    "1.2 times": "has 1.2 times its limit, or half of it where it is the lowest",
}
"""What the dose of an open class is, by the choice of a review."""
CURVE = "curve"
CURVE_SAYS = "Of a dose-response analysis: what shape has the effect over the dose?"


def dose_table(result: AnalysisResult, found: DosePool) -> ForestTable:
    """Every class with its interval under its study, then what the curve says."""
    shape = analysis_scale(result.scale.measure)
    header = dose_effect(result)
    direction = result.analysis.direction or result.review.direction
    table = ForestTable(
        title=result.analysis.title,
        effect_header=f"{short_header(header)} [{percent(result.method.level.fraction)} CI]",
        axis=Axis(
            label=header,
            scale="log" if is_log(shape) else "linear",
            null=shape.null,
            left=direction.lower if direction else "",
            right=direction.higher if direction else "",
        ),
        rows=(*_classes(result, found), *_summaries(result, found)),
        footnotes=tuple(_footnotes(result, found)),
    )
    decimals = decimals_for(table)
    lines = [TextRow(line) for line in curve_lines(result, found, decimals)]
    return replace(table, rows=(*table.rows, *lines), decimals=decimals)


def _classes(result: AnalysisResult, found: DosePool) -> Iterator[Row]:
    unit = found.choice.unit
    for name, study in found.studies:
        yield GroupHeading(f"{name}, against {number(study.reference)} {unit}")
        for place, row in enumerate(study.rows):
            yield _row(f"{number(study.doses[place])} {unit}", row, result)
    if found.slopes:
        yield GroupHeading(f"Slopes, per 1 {unit}")
        yield from (_row(name.removesuffix(", slope"), row, result) for name, row in found.slopes)
    yield from (SpacerRow() for _ in result.selection.silent[:1])
    for silent in result.selection.silent:
        said = silent.estimate.not_reported
        yield NotReportedRow(result.study_label(silent), said.said if said is not None else "")


def _row(label: str, row: Chosen, result: AnalysisResult) -> StudyRow:
    back = analysis_scale(result.scale.measure).back
    mark = mark_of(row.candidate) + derived_mark(row)
    return StudyRow(label, back(row.effect.yi), row.effect.low, row.effect.high, mark=mark)


def _summaries(result: AnalysisResult, found: DosePool) -> Iterator[Row]:
    """The curve at the doses that are told: against a reference dose each is an effect with its interval."""
    if found.fit is None:
        yield TextRow(NO_CLASSES)
        return
    back, told, unit = analysis_scale(result.scale.measure).back, found.told, found.choice.unit
    yield SpacerRow()
    yield GroupHeading(f"Curve, against {number(found.reference)} {unit}")
    for at, dose in enumerate(found.at):
        estimate, low, high = (back(float(ends[at])) for ends in (told.estimate, told.ci_low, told.ci_high))
        yield SummaryRow(f"{number(dose)} {unit}", estimate, low, high, level="subgroup")


def curve_lines(result: AnalysisResult, found: DosePool, decimals: int) -> Iterator[str]:
    """The slope of a straight line, coefficients of other curves, and the tests, a line each."""
    fit, shape = found.fit, analysis_scale(result.scale.measure)
    if fit is None:
        return
    if found.choice.curve == "linear":
        yield f"Per 1 {found.choice.unit}: {_slope(result, found, decimals)}, {p_text(float(fit.p_value[0]))}"
    else:
        told = [
            in_symbols(f"{name} {number(float(value)).replace('-', MINUS)} (SE {number(float(se))})")
            for name, value, se in zip(fit.names, fit.estimate, fit.se, strict=True)
        ]
        yield f"Coefficients{' (log)' if is_log(shape) else ''}: {enumerate_words(told)}"
        yield f"Association: {fit.association}"
    if fit.nonlinearity is not None:
        yield in_symbols(f"Non-linearity: {fit.nonlinearity}")
    classes = counted(sum(len(study.rows) for _, study in found.studies), "class", "classes")
    slopes = f", {counted(len(found.slopes), 'slope')}" if found.slopes else ""
    heterogeneity = f"Q = {number(fit.Q)} on {fit.Q_df} df, {p_text(fit.Q_p)}, I² = {fixed(fit.I2, 0)}%"
    yield f"{counted(fit.k)}, {classes} beside their references{slopes}; {heterogeneity}"


def dose_effect(result: AnalysisResult) -> str:
    """What an effect of a class or a dose is, without a step of the exposure."""
    scale = result.scale.model_copy(update={"per": None, "versus": None})
    return effect_header(scale, result.analysis.outcome.name)


def curve_effect(result: AnalysisResult, found: DosePool) -> str:
    """What a curve tells: an effect per one unit, or over the doses."""
    if found.choice.curve != "linear":
        return f"{dose_effect(result)} over {result.scale.exposure}, {found.choice.curve} curve"
    scale = result.scale.model_copy(update={"per": f"1 {found.choice.unit}", "versus": None})
    return effect_header(scale, result.analysis.outcome.name)


def curve_heading(result: AnalysisResult, found: DosePool) -> str:
    """The same above a column of an overview, of a slope with its interval."""
    interval = f" [{percent(result.method.level.fraction)} CI]" if found.choice.curve == "linear" else ""
    return curve_effect(result, found) + interval


def curve_summary_words(result: AnalysisResult, found: DosePool, decimals: int) -> tuple[str, str]:
    """A curve in an overview: the slope with its interval, or the test of association; and its studies."""
    fit = found.fit
    if fit is None:
        return NOTHING, "k = 0, nothing to pool"
    count = f"k = {fit.k:,}"
    if found.choice.curve == "linear":
        return _slope(result, found, decimals), count
    return f"association {p_text(fit.association.p_value)}", count


def _slope(result: AnalysisResult, found: DosePool, decimals: int) -> str:
    fit, shape = found.fit, analysis_scale(result.scale.measure)
    assert fit is not None
    estimate, low, high = (
        shown(float(value[0]), shape, decimals + 1) for value in (fit.estimate, fit.ci_low, fit.ci_high)
    )
    return f"{estimate} [{low}, {high}]"


def _footnotes(result: AnalysisResult, found: DosePool) -> Iterator[str]:
    yield from source_notes(result)
    if found.fit is not None:
        yield in_symbols(found.fit.method_sentence)
        yield from found.fit.notes
    if found.choice.doses == "midpoint":
        rule = OPEN[found.choice.open_classes]
        yield f"A class without a dose has the middle of its limits; an open one {rule}."
    if found.slopes:
        yield "A study with classes and a slope of the same persons enters once, with its " + (
            "classes." if found.choice.prefer == "classes" else "slope."
        )
    chosen = result.selection.chosen
    notes = [derived_note(chosen), corrected_note(chosen)]
    notes += [accepted_note(chosen, result.scale.measure)] if result.scale.measure in RATIOS else []
    yield from (note for note in notes if note)
    yield from mark_notes([*(each.candidate for each in result.selection.chosen), *result.selection.silent])
    lines = left_out_lines((*result.selection.left_out, *result.selection.other_models))
    if lines:
        yield "Left out: " + "; ".join(lines) + "."
    if result.analysis.note:
        yield result.analysis.note


def without_curve(*_: object) -> NoReturn:
    """Raises NotDefinedError: results of independent effects have no curve."""
    from synthesis.plots.subject import NotDefinedError

    raise NotDefinedError(NO_CURVE)


def curve_chart(result: AnalysisResult) -> Chart:
    """The curve over the dose with its band. Raises NotDefinedError where there is none."""
    from synthesis.curves.dose_plots import dose_plot
    from synthesis.plots.drawable import PlotRequest
    from synthesis.plots.given import Given
    from synthesis.plots.subject import NotDefinedError

    found = result.dose
    if found is None or found.fit is None:
        raise NotDefinedError(NO_CLASSES if found is not None else NO_CURVE)
    shape = analysis_scale(result.scale.measure)
    words = {"title": result.analysis.title, "effect": dose_effect(result)}
    request = PlotRequest(CURVE, None, None, None, None, words)
    exposure = result.scale.exposure
    capital = exposure if any(map(str.isupper, exposure)) else f"{exposure[:1].upper()}{exposure[1:]}"
    unit = found.choice.unit
    given = Given(None, log=is_log(shape))
    chart = dose_plot(found.fit, request, given, f"{capital} ({unit})", found.reference, unit)
    assert isinstance(chart, Chart)
    return chart


def dose_as_dict(result: AnalysisResult, found: DosePool) -> dict[str, Any]:
    """The choices, every class and slope with its dose, and the curve, on the analysis scale and as shown."""
    back = np.vectorize(analysis_scale(result.scale.measure).back, otypes=[float])
    fit = found.fit
    curve: dict[str, Any] | None = None
    if fit is not None:
        told = found.told
        shown_numbers = {name: back(getattr(told, name)) for name in ("estimate", "ci_low", "ci_high")}
        effects = {"dose": found.at, **shown_numbers}
        curve = {
            **fit.to_dict(),
            "knots": list(fit.knots),
            "reference": found.reference,
            "shown": effects,
        }
    return {
        "choice": found.choice.model_dump(mode="json"),
        "studies": [
            {
                "study": study.rows[0].candidate.record.study,
                "label": name,
                "reference": study.reference,
                "classes": [
                    {"estimate_id": row.candidate.estimate.id, "dose": study.doses[place], **_numbers(row)}
                    for place, row in enumerate(study.rows)
                ],
            }
            for name, study in found.studies
        ],
        "slopes": [
            {
                "study": row.candidate.record.study,
                "label": name,
                "estimate_id": row.candidate.estimate.id,
                **_numbers(row),
            }
            for name, row in found.slopes
        ],
        "curve": None if curve is None else plain(curve),
    }


def _numbers(row: Chosen) -> dict[str, Any]:
    return {"yi": row.effect.yi, "sei": row.effect.sei, "sei_from": row.effect.sei_from}
