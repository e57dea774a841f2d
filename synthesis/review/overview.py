"""A whole review on one screen: each pooled result in a line, and how all of them were made, once."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.records.scales import analysis_scale
from evidence.wording import NOTHING, counted, p_text, percent
from synthesis.plots.summary_lines import with_intervals
from synthesis.pooling.result import PooledSummary
from synthesis.regression.subgroup_result import Subgroup
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, method_sentences, shown, summary_labels
from synthesis.review.difference import mean_labels, words_of_test
from synthesis.review.dose_table import curve_heading, curve_summary_words
from synthesis.review.modelled import ModelSummary
from synthesis.review.pooled_units import counted_apart


def overview_lines(results: Sequence[AnalysisResult], decimals: Sequence[int]) -> list[str]:
    """One line a result under what its effect is: name, estimate [interval], number of estimates.

    decimals: of each analysis, as its table prints it. Where Hartung and Knapp's interval is narrower than
    Wald's, both have a line. An analysis by groups has a line for each, one for all of
    them where that is allowed, and one for the test of their difference.
    """
    blocks: dict[str, list[tuple[str, str, str]]] = {}
    for position, result in enumerate(results):
        places = decimals[position]
        header = effect_header(result.scale, result.analysis.outcome.name)
        what = f"{header} [{percent(result.method.level.fraction)} CI]"
        if result.dose is not None:
            what = curve_heading(result, result.dose)
            blocks.setdefault(what, []).append(
                (result.analysis.id, *curve_summary_words(result, result.dose, places))
            )
        for group in result.summarised:
            part = "overall" if group is result.overall else group.name
            name = f"{result.analysis.id}: {part}" if part else result.analysis.id
            blocks.setdefault(what, []).extend(_lines(result, group, name, places))
        if result.difference is not None:
            test = result.difference.between
            name = f"{result.analysis.id}: difference"
            blocks[what].append((name, p_text(test.p_value), words_of_test(test).partition(", p")[0]))
        for each in () if result.moderated is None else result.moderated.tests:
            name = f"{result.analysis.id}: {each.name}"
            blocks[what].append(
                (name, p_text(each.test.p_value), words_of_test(each.test).partition(", p")[0])
            )
    rows = [row for block in blocks.values() for row in block]
    name_width, effect_width = (max((len(row[i]) for row in rows), default=0) for i in (0, 1))
    lines: list[str] = []
    for what, block in blocks.items():
        lines.append(what)
        lines += [f"  {name:<{name_width}}  {effect:>{effect_width}}  {k}" for name, effect, k in block]
    return lines


def _lines(result: AnalysisResult, group: GroupResult, name: str, places: int) -> list[tuple[str, str, str]]:
    pooled: PooledSummary | Subgroup
    if group.model is not None and group.model.summary is not None:
        model = group.model.summary
        count = f"k = {model.k:,}, {counted(model.clusters, 'cluster')}"
        return [(name, _model(result, model, places), count)]
    if group.mean is not None:
        pooled, labels = group.mean, mean_labels(group.mean, result.method.test)
    elif group.pooled is not None:
        pooled, labels = group.pooled, summary_labels(group.pooled, group.units)
    else:
        k = len(group.chosen)
        return [(name, NOTHING, f"k = {k}, not pooled" if k else "k = 0, nothing to pool")]
    shape = analysis_scale(result.scale.measure)
    found = []
    for label, ends in with_intervals(labels, (pooled.ci_low, pooled.ci_high), pooled.wald):
        estimate, low, high = (shown(value, shape, places) for value in (pooled.estimate, *ends))
        kind = label.partition("), ")[2]
        apart = counted_apart(group.units) if group.of_arms else ""
        count = ", ".join(text for text in (f"k = {pooled.k:,}", apart, kind) if text)
        found.append((name, f"{estimate} [{low}, {high}]", count))
    return [*_primary_posterior(result, group, name, places), *found]


def _primary_posterior(
    result: AnalysisResult, group: GroupResult, name: str, places: int
) -> list[tuple[str, str, str]]:
    """The line of a Bayesian summary that the review calls primary, which comes first."""
    choice, by_bayes = result.review.bayes_of(result.analysis), group.bayesian
    if by_bayes is None or choice is None or choice.primary != "bayesian":
        return []
    shape, mu = analysis_scale(result.scale.measure), by_bayes.mu
    estimate, low, high = (shown(value, shape, places) for value in (mu.median, mu.low, mu.high))
    return [(name, f"{estimate} [{low}, {high}]", f"k = {by_bayes.k:,}, Bayesian, primary")]


def _model(result: AnalysisResult, found: ModelSummary, places: int) -> str:
    shape = analysis_scale(result.scale.measure)
    estimate, low, high = (
        shown(value, shape, places) for value in (found.estimate, found.ci_low, found.ci_high)
    )
    return f"{estimate} [{low}, {high}]"


def common_sentences(results: Sequence[AnalysisResult]) -> list[str]:
    """To which day was searched and how all results were made, each sentence once, without df."""
    searched = dict.fromkeys(each.searched.sentence for each in results if each.searched.sentence)
    return [*searched, *method_sentences(_summaries(results), common=True)]


def own_sentences(results: Sequence[AnalysisResult]) -> frozenset[str]:
    """The footnotes of single tables that `common_sentences` say for all of them."""
    return frozenset(
        sentence
        for result in results
        for sentence in (
            result.searched.sentence,
            *method_sentences(_summaries([result]), common=result.grouped),
        )
    )


def _summaries(results: Sequence[AnalysisResult]) -> list[PooledSummary]:
    return [group.pooled for result in results for group in result.summarised if group.pooled is not None]
