"""A whole review on one screen: each pooled result in a line, and how all of them were made, once."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.records.scales import analysis_scale
from evidence.wording import NOTHING, format_number, format_ratio, percent
from synthesis.pooling.result import PooledSummary
from synthesis.review.analysis import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log, method_sentences, summary_labels
from synthesis.review.pooled_units import counted_apart


def overview_lines(results: Sequence[AnalysisResult], decimals: Sequence[int]) -> list[str]:
    """One line a result under what its effect is: name, estimate [interval], number of estimates.

    decimals: of each analysis, as its table prints it. Where Hartung and Knapp's interval is narrower than
    Wald's, both have a line. An analysis by groups has a line for each, as it has no common result.
    """
    blocks: dict[str, list[tuple[str, str, str]]] = {}
    for result, places in zip(results, decimals, strict=True):
        header = effect_header(result.scale, result.analysis.outcome.name)
        what = f"{header} [{percent(result.method.level.fraction)} CI]"
        for group in result.groups:
            name = f"{result.analysis.id}: {group.name}" if group.name else result.analysis.id
            blocks.setdefault(what, []).extend(_lines(result, group, name, places))
    rows = [row for block in blocks.values() for row in block]
    name_width, effect_width = (max((len(row[i]) for row in rows), default=0) for i in (0, 1))
    lines: list[str] = []
    for what, block in blocks.items():
        lines.append(what)
        lines += [f"  {name:<{name_width}}  {effect:>{effect_width}}  {k}" for name, effect, k in block]
    return lines


def _lines(result: AnalysisResult, group: GroupResult, name: str, places: int) -> list[tuple[str, str, str]]:
    pooled = group.pooled
    if pooled is None:
        return [(name, NOTHING, "k = 0, nothing to pool")]
    shape = analysis_scale(result.scale.measure)
    write = format_ratio if is_log(shape) else format_number
    found = []
    intervals = ((pooled.ci_low, pooled.ci_high), pooled.wald)
    for label, ends in zip(summary_labels(pooled, group.units), intervals, strict=False):
        estimate, low, high = (write(shape.back(value), places) for value in (pooled.estimate, *ends))
        kind = label.partition("), ")[2]
        apart = counted_apart(group.units) if group.of_arms else ""
        count = ", ".join(text for text in (f"k = {pooled.k:,}", apart, kind) if text)
        found.append((name, f"{estimate} [{low}, {high}]", count))
    return found


def common_sentences(results: Sequence[AnalysisResult]) -> list[str]:
    """How all results were made; each sentence once, without its degrees of freedom."""
    return method_sentences(_summaries(results), common=True)


def own_sentences(results: Sequence[AnalysisResult]) -> frozenset[str]:
    """The footnotes of single tables that `common_sentences` say for all of them."""
    return frozenset(
        sentence
        for result in results
        for sentence in method_sentences(_summaries([result]), common=result.grouped)
    )


def _summaries(results: Sequence[AnalysisResult]) -> list[PooledSummary]:
    return [group.pooled for result in results for group in result.groups if group.pooled is not None]
