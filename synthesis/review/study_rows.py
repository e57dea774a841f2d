"""The rows of a forest plot that are studies: an estimate, or the mean of several above them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evidence.records.scales import analysis_scale
from evidence.selection.selection import Candidate, Chosen
from synthesis.drawing.forest_table import NotReportedRow, Row, StudyRow
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import derived_mark, mark_of
from synthesis.review.pooled_units import Unit


def study_rows(result: AnalysisResult, group: GroupResult) -> Iterator[Row]:
    """The rows of a group: estimates, those that are pooled as one below their mean, and silent studies.

    Of arms the mean is what is pooled; under a model it is that of the cluster's estimates, with the weights
    that they have together.
    """
    weights = result.weights_of(group)
    several = len((result.overall or group).units) > 1
    place = 0
    for unit in group.means:
        held = len(unit.rows) if group.model is not None else 1
        weight = sum(weights[place : place + held]) if several else None
        place += held
        if not unit.of_arms:
            yield _row(result, unit.rows[0], result.label(unit.first), weight)
            continue
        yield _mean_row(result, unit, weight)
        one = len({row.candidate.label for row in unit.rows}) == 1
        for each in unit.rows:
            found = each.candidate
            modelled = group.model is not None
            label = result.part_label(found, one) if modelled else found.arm or found.estimate.id
            yield replace(_row(result, each, label, None), part=True, cells=_part_cells(unit, found))
    for found in group.silent:
        said = found.estimate.not_reported.said if found.estimate.not_reported else ""
        yield NotReportedRow(
            label=_with_report(result.label(found), found),
            text=f"examined, not reported: {said}",
            mark=mark_of(found),
            cells=(_adjusted(found),),
            extents=_extents(result, group, found),
        )


def unit_row(result: AnalysisResult, unit: Unit) -> StudyRow:
    """The row of one estimate, without a weight; unit: of one row."""
    return _row(result, unit.rows[0], result.label(unit.first), None)


def _extents(result: AnalysisResult, group: GroupResult, found: Candidate) -> tuple[tuple[float, float], ...]:
    """Effects that are not ruled out by what a result without a number counts as, on the scale shown."""
    ranges = None if group.unreported is None else group.unreported.ranges_of(found)
    back = analysis_scale(result.scale.measure).back
    return tuple((back(low), back(high)) for low, high in ranges or ())


def _row(result: AnalysisResult, each: Chosen, label: str, weight: float | None) -> StudyRow:
    return StudyRow(
        label=label,
        estimate=analysis_scale(result.scale.measure).back(each.effect.yi),
        low=each.effect.low,
        high=each.effect.high,
        weight=weight,
        mark=mark_of(each.candidate) + derived_mark(each),
        cells=(_adjusted(each.candidate),),
    )


def _mean_row(result: AnalysisResult, unit: Unit, weight: float | None) -> StudyRow:
    """The row of a study above its estimates: their mean with its z interval."""
    back = analysis_scale(result.scale.measure).back
    low, high = unit.interval(result.method.level.fraction)
    marks = {mark_of(row.candidate) for row in unit.rows}
    return StudyRow(
        label=result.unit_label(unit),
        estimate=back(unit.yi),
        low=back(low),
        high=back(high),
        weight=weight,
        mark=marks.pop() if len(marks) == 1 else "",
        cells=(_shared(unit),),
    )


def _shared(unit: Unit) -> str:
    """The adjustment that all rows have; empty where they differ."""
    words = {_adjusted(row.candidate) for row in unit.rows}
    return words.pop() if len(words) == 1 else ""


def _part_cells(unit: Unit, found: Candidate) -> tuple[str, ...]:
    return ("" if _shared(unit) else _adjusted(found),)


def _with_report(label: str, found: Candidate) -> str:
    """Which of several reports is silent: another may have printed a number."""
    several = len(found.record.reports) > 1 and found.report.label
    return f"{label} ({found.report.label})" if several else label


def _adjusted(found: Candidate) -> str:
    return found.record.model_of(found.estimate).adjustment
