"""How an analysis shows its pool with results without a number: a diamond, lines, and what these count as."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.records.scales import analysis_scale
from evidence.wording import counted, enumerate_words, format_number, p_text
from synthesis.drawing.forest_table import Row, SummaryRow, TextRow
from synthesis.plots.words import in_symbols
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import shown
from synthesis.review.silent_pool import SilentPool, entry_of, passed_over
from synthesis.unprinted.result import AS_GIVEN
from synthesis.unprinted.unreported_forest import HOLLOW
from synthesis.unprinted.what_if import with_errors_times


def silent_summary(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[Row]:
    """Below the summary of a group the same with what is said, and a line that compares; nothing without."""
    if group.unreported is None:
        return
    pooled = group.unreported.pooled
    back = analysis_scale(result.scale.measure).back
    ends = (back(pooled.estimate), back(pooled.ci_low), back(pooled.ci_high))
    yield SummaryRow(_label(pooled.m), *ends, level="subgroup")
    for line in silent_lines(result, group, decimals):
        yield TextRow(line)


def _label(m: int) -> str:
    return f"With {counted(m, 'result')} without a number"


def silent_lines(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[str]:
    """The same likelihood without what is said, the worst and best case, and what other errors would give."""
    if group.unreported is None:
        return
    pooled, scale = group.unreported.pooled, analysis_scale(result.scale.measure)

    def written(value: float) -> str:
        return shown(value, scale, decimals)

    alone, worst = pooled.without, pooled.worst_case
    yield (
        f"Test with what is said: z = {format_number(pooled.statistic, 2)}, {p_text(pooled.p_value)}; the "
        f"same likelihood without: {written(alone.estimate)} "
        f"[{written(alone.ci_low)}, {written(alone.ci_high)}]"
    )
    fits = [with_errors_times(pooled, factor) for factor in (0.5, 2.0)]
    line = (
        f"With standard errors of the unprinted halved {written(fits[0].mu)}, doubled {written(fits[1].mu)}"
    )
    if math.isfinite(worst.lowest) and math.isfinite(worst.highest):
        line += f"; worst to best case {written(worst.lowest)} to {written(worst.highest)}"
    yield line


def silent_sentence(result: AnalysisResult, group: GroupResult, decimals: int) -> str:
    """The pool with results without a number as a sentence of a text; empty without any."""
    if group.unreported is None:
        return ""
    pooled, scale = group.unreported.pooled, analysis_scale(result.scale.measure)
    numbers = [shown(each, scale, decimals) for each in (pooled.estimate, pooled.ci_low, pooled.ci_high)]
    return (
        f"{_label(pooled.m)} ({enumerate_words(pooled.statements_in_short)}) the estimate was {numbers[0]} "
        f"[{numbers[1]}, {numbers[2]}], by the profile likelihood."
    )


def silent_notes(result: AnalysisResult) -> Iterator[str]:
    """What each unprinted result is taken for, and what the review names that is none."""
    for group in result.groups:
        if group.unreported is not None:
            pooled = group.unreported.pooled
            yield pooled.method_sentence
            yield from _taken_as(result, group.unreported)
            yield from (in_symbols(note) for note in pooled.notes)
            yield HOLLOW
    stale = list(passed_over(result.analysis, result.selection.silent))
    if stale:
        yield (
            f"Under 'unreported' but no result without a number of this analysis, so not used: "
            f"{enumerate_words(stale)}."
        )


def _taken_as(result: AnalysisResult, spoken: SilentPool) -> Iterator[str]:
    """A sentence for each result: what it counts as, where its standard error is from, and why."""
    for found, statement in zip(spoken.silent, spoken.pooled.statements, strict=True):
        entry = entry_of(result.analysis, found)
        if entry is not None and entry.like is not None:
            statement = statement.replace(AS_GIVEN, f"from that of {entry.like.estimate} in the same study")
        yield statement if entry is None or entry.note is None else f"{statement} {entry.note}"
