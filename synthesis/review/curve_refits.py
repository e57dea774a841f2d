"""A review's curve without each of its studies, and as studies came: one effect, coefficients, the test."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.records.scales import analysis_scale
from evidence.wording import MINUS, counted, number, p_number, percent
from synthesis.curves.dose_response_result import DoseResponse
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    NotReportedRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
)
from synthesis.plots.subject import NotDefinedError
from synthesis.plots.words import in_symbols
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log
from synthesis.review.curve_parts import dose_name
from synthesis.review.dose_pool import DosePool
from synthesis.review.dose_table import NO_CLASSES, dose_effect
from synthesis.review.plot_subjects import Arrival, in_order_of

_LEAST = 2


def curve_without_each(result: AnalysisResult) -> ForestTable:
    """The curve without each study. Raises NotDefinedError for fewer than two."""
    found = curve_of(result, "A leave-one-out plot")
    rows = [
        _row(result, found, f"without {name}", [each for each in found.names if each != name])
        for name in found.names
    ]
    title = f"{result.analysis.title}: without each study"
    return _table(result, found, title, "Left out", rows)


def cumulative_curve(result: AnalysisResult, arrival: Arrival | None = None) -> ForestTable:
    """The curve as studies came, by their reports' years or the days on which they entered.

    Raises NotDefinedError for fewer than two studies.
    """
    found = curve_of(result, "A cumulative plot")
    firsts = [study.rows[0].candidate for _, study in found.studies]
    firsts += [row.candidate for _, row in found.slopes]
    positions, by = in_order_of(firsts, arrival)
    names = [found.names[place] for place in positions]
    rows = [_row(result, found, f"+ {name}", names[: n + 1]) for n, name in enumerate(names)]
    return _table(result, found, f"{result.analysis.title}: study by study, in {by}", "Added", rows)


def curve_of(result: AnalysisResult, what: str, least: int = _LEAST) -> DosePool:
    """The curve, of so many studies; raises NotDefinedError where there is none for this kind of plot."""
    found = result.dose
    if found is None or found.fit is None:
        raise NotDefinedError(NO_CLASSES)
    if len(found.names) < least:
        has = counted(len(found.names))
        raise NotDefinedError(f"{what} needs at least {counted(least)}; this curve has {has}.")
    return found


def contrast_of(found: DosePool) -> float:
    """The dose whose effect is followed: the last that is told and is not the reference.

    Raises NotDefinedError where only the reference is told.
    """
    told = [dose for dose in found.at if dose != found.reference]
    if not told:
        raise NotDefinedError("Only the reference dose is told; 'at' in review.yaml names others.")
    return told[-1]


def _row(result: AnalysisResult, found: DosePool, label: str, names: Sequence[str]) -> Row:
    """The curve of some studies, or why these tell none."""
    try:
        fit = found.of(names)
    except ValueError as reason:
        return NotReportedRow(label, str(reason), cells=("",) * len(_headers(found)))
    return StudyRow(label, *_effect(result, found, fit), cells=_cells(fit))


def _effect(result: AnalysisResult, found: DosePool, fit: DoseResponse) -> tuple[float, float, float]:
    told = fit.predict(contrast_of(found), reference=found.reference)
    back = analysis_scale(result.scale.measure).back
    estimate, low, high = (back(float(values[0])) for values in (told.estimate, told.ci_low, told.ci_high))
    return estimate, low, high


def _headers(found: DosePool) -> tuple[str, ...]:
    assert found.fit is not None
    bend = [] if found.fit.nonlinearity is None else ["p, bend"]
    return (*map(in_symbols, found.fit.names), "p", *bend)


def _cells(fit: DoseResponse) -> tuple[str, ...]:
    bend = [] if fit.nonlinearity is None else [p_number(fit.nonlinearity.p_value)]
    coefficients = (number(value).replace("-", MINUS) for value in fit.estimate)
    return (*coefficients, p_number(fit.association.p_value), *bend)


def _table(
    result: AnalysisResult, found: DosePool, title: str, header: str, rows: Sequence[Row]
) -> ForestTable:
    fit, shape = found.fit, analysis_scale(result.scale.measure)
    assert fit is not None
    lower, higher = result.sides
    whole = SummaryRow(f"All {counted(fit.k)}", *_effect(result, found, fit), cells=_cells(fit))
    bend = "; p, bend: of its departure from a straight line" if fit.nonlinearity is not None else ""
    knots = f" The knots are those of all studies: {', '.join(map(number, fit.knots))}." if fit.knots else ""
    logs = " (logarithms)" if is_log(shape) else ""
    own = ""
    if fit.test == "t":
        own = (
            " Each row has its own degrees of freedom, its studies less coefficients; normal intervals where "
            "none is left."
        )
    return ForestTable(
        title=title,
        effect_header=f"Effect [{percent(fit.level)}\N{NO-BREAK SPACE}CI]",
        axis=Axis(
            f"{dose_effect(result)}, {dose_name(found, contrast_of(found))}",
            "log" if is_log(shape) else "linear",
            shape.null,
            lower,
            higher,
        ),
        rows=(*rows, SpacerRow(), whole),
        columns=_headers(found),
        study_header=header,
        footnotes=(
            in_symbols(fit.method_sentence),
            f"Effect: of {dose_name(found, contrast_of(found))}. Columns: coefficients{logs}; p: of the "
            f"association with the dose{bend}.{knots}{own}",
        ),
    )
