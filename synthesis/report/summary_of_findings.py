"""Every pooled result in a line, those on one scale on one axis."""

from __future__ import annotations

import math

from evidence.records.scales import analysis_scale
from evidence.wording import NOTHING, percent
from synthesis.drawing.forest_table import Axis, ForestTable, Row, StudyRow, TextRow
from synthesis.paper.paper_table import Reported
from synthesis.plots.words import short_header
from synthesis.report.anchors import made_anchor, pooled_anchor
from synthesis.report.page_parts import RowSource, ToldForest
from synthesis.report.told_rows import told_forest
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log, shown
from synthesis.review.dose_table import curve_effect, curve_summary_words

_Line = tuple[Row, RowSource]


def summaries_told(material: Reported) -> tuple[ToldForest, ...]:
    """One table for each kind of effect, in the order of the analyses."""
    blocks: dict[str, tuple[AnalysisResult, int, list[_Line]]] = {}
    for result, decimals in material.with_decimals():
        header = _header(result)
        _, places, lines = blocks.setdefault(header, (result, decimals, []))
        lines.extend(_lines(result, decimals))
        blocks[header] = (blocks[header][0], max(places, decimals), lines)
    return tuple(_block(header, *block) for header, block in blocks.items())


def _header(result: AnalysisResult) -> str:
    if result.dose is not None:
        return curve_effect(result, result.dose)
    return effect_header(result.scale, result.analysis.outcome.name)


def _block(header: str, first: AnalysisResult, decimals: int, lines: list[_Line]) -> ToldForest:
    shape = analysis_scale(first.scale.measure)
    lower, higher = first.sides
    level = percent(first.method.level.fraction)
    return told_forest(
        ForestTable(
            title=header,
            effect_header=f"{short_header(header)} [{level} CI]",
            axis=Axis(header, "log" if is_log(shape) else "linear", shape.null, lower, higher),
            rows=tuple(row for row, _ in lines),
            columns=("Estimates", f"In a new study, {level}"),
            study_header="Analysis",
            decimals=decimals,
        ),
        [source for _, source in lines],
    )


def _lines(result: AnalysisResult, decimals: int) -> list[_Line]:
    if result.dose is not None:
        value, count = curve_summary_words(result, result.dose, decimals)
        text = TextRow(f"{result.analysis.title}: {value} ({count})")
        return [(text, RowSource(entry=made_anchor(pooled_anchor(result, None))))]
    return [_line(result, group, decimals) for group in result.summarised]


def _line(result: AnalysisResult, group: GroupResult, decimals: int) -> _Line:
    part = "overall" if group is result.overall else group.name
    label = f"{result.analysis.title}: {part}" if part else result.analysis.title
    found, shape = group.summary, analysis_scale(result.scale.measure)
    source = RowSource(entry=made_anchor(pooled_anchor(result, group)))
    if found is None:
        k = len(group.chosen)
        return TextRow(f"{label}: {k:,} estimates, not pooled" if k else f"{label}: no estimate"), RowSource()
    predicted = NOTHING
    if not math.isnan(found.prediction_low):
        ends = (found.prediction_low, found.prediction_high)
        predicted = " to ".join(shown(end, shape, decimals) for end in ends)
    cells = (f"{found.k:,}", predicted)
    estimate, low, high = (shape.back(value) for value in (found.estimate, found.ci_low, found.ci_high))
    return StudyRow(label, estimate, low, high, cells=cells), source
