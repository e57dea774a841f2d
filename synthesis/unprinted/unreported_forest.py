"""The forest plot of results with and without numbers, and that of other choices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from evidence.wording import counted, format_number, format_ratio, p_text
from synthesis.drawing.chart import Plot
from synthesis.drawing.forest_table import (
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
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.plots.words import in_symbols
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.unprinted.result import UnreportedSummary
from synthesis.unprinted.what_if import what_if

SENSITIVITY = "sensitivity"
HOLLOW = "Hollow bars: the effects that are not ruled out by what is said of results without a number."


def unreported_plot(result: UnreportedSummary, request: PlotRequest, given: Given) -> Plot:
    """The forest plot, or that of `sensitivity`."""
    request = settled(request, (FOREST, SENSITIVITY), "A pool with unprinted results")
    known = {"title": f"Pooled effect of {counted(result.k)} and {result.m} without a number"} | given.words
    if request.kind == SENSITIVITY:
        known["title"] = "Under other choices for the results without a number"
        return _other_choices(result, words_of(known, request))
    labels = np.array([*result.labels, *result.silent])[np.argsort(result.places)].tolist()
    return _forest(result, words_of(known, request), request.extra(given, labels))


def _forest(result: UnreportedSummary, words: Words, extra: ExtraColumns) -> ForestTable:
    half = normal_quantile(result.level) * np.sqrt(result.vi)
    numbers = [words.shown(each).tolist() for each in (result.yi, result.yi - half, result.yi + half)]
    weights = (100.0 / (result.vi + result.tau2) / np.sum(1.0 / (result.vi + result.tau2))).tolist()
    places, weighted = result.places.tolist(), extra.weights and result.k > 1
    rows: list[Row] = [
        StudyRow(
            result.labels[i],
            numbers[0][i],
            numbers[1][i],
            numbers[2][i],
            weight=weights[i] if weighted else None,
            cells=extra.of(places[i]),
        )
        for i in range(result.k)
    ]
    rows += silent_rows(result, words, [extra.of(place) for place in places[result.k :]])
    decimals = decimals_for(forest_frame(words, result.level, rows, extra))
    rows += [SpacerRow(), *summary_rows(result, words, decimals)]
    notes = [in_symbols(result.method_sentence), *([HOLLOW] if result.m else [])]
    if weighted:
        notes.append("Weights: of the studies with numbers among themselves.")
    return forest_frame(words, result.level, rows, extra, notes)


def silent_rows(
    result: UnreportedSummary, words: Words, cells: Sequence[tuple[str, ...]]
) -> Iterator[NotReportedRow]:
    """A row for each unprinted result: what is said, and the range that it allows."""
    for i, parts in enumerate(result.ranges):
        text = result.said[i] if parts else "nothing said"
        if result.probability[i] < 1.0 and parts:
            text += f" (probability {result.probability[i]:g})"
        extents = words.shown(np.array(parts)).tolist() if parts else []
        yield NotReportedRow(
            result.silent[i], text, cells=cells[i], extents=tuple((low, high) for low, high in extents)
        )


def summary_rows(result: UnreportedSummary, words: Words, decimals: int) -> Iterator[Row]:
    """The pool with what is said, and below it the same without."""
    kind = "Random effects" if result.method == "ML" else "Equal effects"
    alone = result.without
    both = words.shown(np.array([result.estimate, result.ci_low, result.ci_high])).tolist()
    less = words.shown(np.array([alone.estimate, alone.ci_low, alone.ci_high])).tolist()
    yield SummaryRow(f"{kind} with what is said ({result.k} + {result.m})", both[0], both[1], both[2])
    label = f"Numbers alone ({result.k}), same likelihood"
    yield SummaryRow(label, less[0], less[1], less[2], level="subgroup")
    if words.null is not None and words.pooled_null == 0.0:
        z = format_number(result.statistic, 2)
        yield TextRow(f"Test of no effect: z = {z}, {p_text(result.p_value)}")
    worst = result.worst_case
    if result.m and math.isfinite(worst.lowest) and math.isfinite(worst.highest):
        write = format_ratio if words.log else format_number
        ends = words.shown(np.array([worst.lowest, worst.highest])).tolist()
        yield TextRow(f"Worst to best case: {write(ends[0], decimals)} to {write(ends[1], decimals)}")


def _other_choices(result: UnreportedSummary, words: Words) -> ForestTable:
    found = what_if(result)
    if not found.question:
        raise NotDefinedError("Nothing is said of any result that could be varied.")
    rows: list[Row] = []
    before = ""
    for i, question in enumerate(found.question):
        rows += [] if question == before else [GroupHeading(question[:1].upper() + question[1:])]
        before = question
        numbers = np.array([found.estimate[i], found.ci_low[i], found.ci_high[i]])
        rows.append(StudyRow(found.choice[i], *words.shown(numbers).tolist()))
    rows.append(SpacerRow())
    shown = words.shown(np.array([result.estimate, result.ci_low, result.ci_high])).tolist()
    rows.append(SummaryRow("As chosen", *shown))
    table = forest_frame(words, result.level, rows, ExtraColumns())
    return replace(table, study_header="Choice")
