"""An analysed review -> the rows of its forest plot, which the terminal prints too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from evidence.records.scales import analysis_scale, tests_null
from evidence.selection.selection import Chosen
from evidence.wording import percent
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    PredictionRow,
    Row,
    SpacerRow,
    SummaryRow,
    TextRow,
    decimals_for,
)
from synthesis.plots.summary_lines import (
    bayes_line,
    heterogeneity_line,
    narrower_than_wald_line,
    summary_p_line,
    with_intervals,
)
from synthesis.plots.words import short_header
from synthesis.pooling.result import PooledSummary
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.regression.subgroup_result import Subgroup
from synthesis.review.alternatives import group_rounding, rounding_line
from synthesis.review.analysis import arms_apart
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import (
    OF_LOGARITHMS,
    OF_NUMBERS_ALONE,
    bayesian_label,
    bayesian_lines,
    bayesian_sentences,
    is_primary,
    why_without,
)
from synthesis.review.captions import (
    accepted_note,
    combined_note,
    corrected_note,
    correlated_notes,
    derived_note,
    effect_header,
    is_log,
    left_out_lines,
    mark_notes,
    method_sentences,
    shown,
    summary_labels,
)
from synthesis.review.difference import (
    common_heterogeneity,
    difference_lines,
    difference_notes,
    difference_sentence,
    mean_labels,
    mean_test_line,
    sharing_note,
)
from synthesis.review.direction_words import direction_notes
from synthesis.review.dose_table import dose_table
from synthesis.review.model_words import model_lines, model_notes, moderator_lines
from synthesis.review.modelled import Modelled, ModelSummary
from synthesis.review.observed import observed_notes
from synthesis.review.searched import source_notes
from synthesis.review.silent_words import silent_notes, silent_summary
from synthesis.review.study_rows import study_rows

NOTHING_POOLED = "One study, nothing pooled."
NOTHING_FOUND = "No estimate of this review can be shown on this scale."


def forest_table(result: AnalysisResult) -> ForestTable:
    """Everything the figure and the printed table of one analysis show."""
    if result.dose is not None:
        return dose_table(result, result.dose)
    table = _studies_alone(result)
    decimals = _decimals(result, table)
    return replace(
        table, rows=tuple(_rows(result, decimals)), decimals=decimals, footnotes=tuple(_footnotes(result))
    )


def decimals_of(result: AnalysisResult) -> int:
    """With how many decimals the analysis is shown, in every table and text."""
    if result.dose is not None:
        return decimals_for(dose_table(result, result.dose))
    return _decimals(result, _studies_alone(result))


def _studies_alone(result: AnalysisResult) -> ForestTable:
    scale = result.scale
    lower, higher = result.sides
    shape = analysis_scale(scale.measure)
    header = effect_header(scale, result.analysis.outcome.name)
    return ForestTable(
        title=result.analysis.title,
        effect_header=f"{short_header(header)} [{percent(result.method.level.fraction)} CI]",
        axis=Axis(
            label=header,
            scale="log" if is_log(shape) else "linear",
            null=shape.null,
            left=lower,
            right=higher,
        ),
        rows=tuple(_study_rows(result)),
        columns=("Adjusted",),
    )


def _decimals(result: AnalysisResult, table: ForestTable) -> int:
    """Enough for the intervals, and as many as papers print where nothing was converted."""
    enough = decimals_for(table)
    wanted = [_places(each) for each in result.selection.chosen if each.effect.factor == 1]
    return min(max([enough, *wanted]), enough + 2)


def _places(each: Chosen) -> int:
    """Decimals that a paper prints; of a re-analysis two digits of the standard error."""
    effect = each.candidate.estimate.effect
    if each.candidate.standing == "re-analysis" or effect is None or effect.estimate is None:
        return 1 - math.floor(math.log10(each.effect.sei))
    exponent = effect.estimate.value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _study_rows(result: AnalysisResult) -> Iterator[Row]:
    for group in result.groups:
        yield from study_rows(result, group)


def _rows(result: AnalysisResult, decimals: int) -> Iterator[Row]:
    for position, group in enumerate(result.groups):
        if group.name is not None:
            if position:
                yield SpacerRow()
            yield GroupHeading(group.name[:1].upper() + group.name[1:])
        yield from study_rows(result, group)
        yield from _summary(result, group, decimals)
        yield from silent_summary(result, group, decimals)
    if result.overall is not None:
        yield SpacerRow()
        yield from _summary(result, result.overall, decimals)
    yield from (TextRow(line) for line in moderator_lines(result, decimals))
    if result.overall is not None:
        if result.difference is not None and result.difference.tau2 == "common":
            yield TextRow(common_heterogeneity(result.difference))
        for line in difference_lines(result, decimals):
            yield TextRow(line)
    if not any(group.chosen or group.silent for group in result.groups):
        yield TextRow(NOTHING_FOUND)


def _summary(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[Row]:
    if group.model is not None:
        yield from _of_model(result, group, group.model, decimals)
        return
    if group.mean is not None:
        yield from _mean(result, group, group.mean, decimals)
        return
    pooled = group.pooled
    if pooled is None:
        yield from (TextRow(line) for line in _bayesian_lines(result, group, decimals))
        return
    if pooled.k == 1:
        yield TextRow(NOTHING_POOLED)
        yield from _beside(result, group, ())
        yield from (TextRow(line) for line in _bayesian_lines(result, group, decimals))
        return
    if not result.grouped:
        yield SpacerRow()
    labels = _labels(result, group, summary_labels(pooled, group.units))
    intervals = with_intervals(labels, (pooled.ci_low, pooled.ci_high), pooled.wald)
    yield from _estimates(result, group, pooled.estimate, intervals)
    yield from _prediction(pooled, result)
    yield TextRow(heterogeneity_line(pooled))
    if tests_null(result.scale.measure):
        yield TextRow(summary_p_line(pooled))
    noun = "studies" if group.of_arms else "estimates"
    by_bayes = bayes_line(pooled, _writer(result, decimals), noun)
    for line in (
        *([by_bayes] if group.bayesian is None else []),
        *_bayesian_lines(result, group, decimals),
        narrower_than_wald_line(pooled),
        rounding_line(group_rounding(group), result, decimals),
    ):
        if line:
            yield TextRow(line)


def _writer(result: AnalysisResult, decimals: int) -> Callable[[float], str]:
    """A value of the analysis scale as readers know it."""
    return partial(shown, scale=analysis_scale(result.scale.measure), decimals=decimals)


def _estimates(
    result: AnalysisResult,
    group: GroupResult,
    estimate: float,
    intervals: Iterable[tuple[str, tuple[float, float]]],
) -> list[Row]:
    """The pooled estimate, and the Bayesian one where the review asks for it: the primary one first."""
    choice = result.review.bayes_of(result.analysis)
    mark = "" if group.bayesian is None else is_primary(choice, False)
    rows = [_summary_row(result, group, label + mark, estimate, ends) for label, ends in intervals]
    return _beside(result, group, rows)


def _beside(result: AnalysisResult, group: GroupResult, rows: Sequence[Row]) -> list[Row]:
    """Rows of a group with the Bayesian one, if there is one, before or behind them."""
    choice = result.review.bayes_of(result.analysis)
    if group.bayesian is None or choice is None:
        return [*rows]
    of_bayes = _bayesian_row(result, group, group.bayesian)
    return [of_bayes, *rows] if choice.primary == "bayesian" else [*rows, of_bayes]


def _bayesian_lines(result: AnalysisResult, group: GroupResult, decimals: int) -> list[str]:
    """What stands below the Bayesian row, or why there is none."""
    why = why_without(result, group)
    if group.bayesian is None:
        return [why] if why else []
    return list(bayesian_lines(group.bayesian, result.scale, _writer(result, decimals)))


def _bayesian_row(result: AnalysisResult, group: GroupResult, found: Bayesian | GroupPosterior) -> SummaryRow:
    """The median of the mean effect with its credible interval, without a weight."""
    choice = result.review.bayes_of(result.analysis)
    (label,) = _labels(result, group, (bayesian_label(found, group.units, choice),))
    row = _summary_row(result, group, label, found.mu.median, (found.mu.low, found.mu.high))
    return replace(row, weight=None)


def _labels(result: AnalysisResult, group: GroupResult, labels: tuple[str, ...]) -> tuple[str, ...]:
    """`Overall, random effects (5)` below groups; the name of Bayes keeps its capital."""
    if group is not result.overall:
        return labels
    return tuple(
        f"Overall, {label if label.startswith('Bayesian') else label[:1].lower() + label[1:]}"
        for label in labels
    )


def _summary_row(
    result: AnalysisResult, group: GroupResult, label: str, estimate: float, ends: tuple[float, float]
) -> SummaryRow:
    back = analysis_scale(result.scale.measure).back
    is_part = group.name is not None
    share = sum(result.weights_of(group)) if result.overall is not None else None if is_part else 100.0
    level: Literal["subgroup", "overall"] = "subgroup" if is_part else "overall"
    return SummaryRow(label, back(estimate), back(ends[0]), back(ends[1]), weight=share, level=level)


def _of_model(result: AnalysisResult, group: GroupResult, model: Modelled, decimals: int) -> Iterator[Row]:
    """The summary of a model, or the sentence that says why there is none."""
    found = model.summary
    if found is None:
        if model.untold:
            yield TextRow(model.untold)
        return
    if not result.grouped:
        yield SpacerRow()
    (label,) = _labels(result, group, (f"Model {model.model.named} ({model.counts})",))
    yield _summary_row(result, group, label, found.estimate, (found.ci_low, found.ci_high))
    yield from _prediction(found, result)
    yield from (TextRow(line) for line in model_lines(result, model, decimals))


def _mean(result: AnalysisResult, group: GroupResult, mean: Subgroup, decimals: int) -> Iterator[Row]:
    """The summary of a group that shares its tau2 with the others."""
    if mean.k == 1:
        yield TextRow(NOTHING_POOLED)
        yield from _beside(result, group, ())
    else:
        labels = mean_labels(mean, result.method.test)
        intervals = with_intervals(labels, (mean.ci_low, mean.ci_high), mean.wald)
        yield from _estimates(result, group, mean.estimate, intervals)
        yield from _prediction(mean, result)
        if tests_null(result.scale.measure):
            yield TextRow(mean_test_line(mean))
    yield from (TextRow(line) for line in _bayesian_lines(result, group, decimals))


def _prediction(pooled: PooledSummary | Subgroup | ModelSummary, result: AnalysisResult) -> Iterator[Row]:
    if math.isnan(pooled.prediction_low):
        return
    back = analysis_scale(result.scale.measure).back
    yield PredictionRow(
        f"{percent(result.method.level.fraction)} prediction interval",
        back(pooled.prediction_low),
        back(pooled.prediction_high),
    )


def _arms_apart_note(result: AnalysisResult) -> str | None:
    firsts = [unit.rows[0] for group in result.groups for unit in group.units]
    if result.is_modelled:
        return None
    return "Arms of one study share its reference: no common summary." if arms_apart(firsts) else None


def _footnotes(result: AnalysisResult) -> Iterator[str]:
    summaries = [group.pooled for group in result.summarised if group.pooled is not None]
    yield from source_notes(result)
    yield from method_sentences(summaries, common=result.grouped)
    bayesian = [group.bayesian for group in result.summarised if group.bayesian is not None]
    yield from bayesian_sentences(bayesian)
    if bayesian and is_log(analysis_scale(result.scale.measure)):
        yield OF_LOGARITHMS
    if bayesian and any(group.unreported is not None for group in result.groups):
        yield OF_NUMBERS_ALONE
    yield from model_notes(result)
    if result.is_modelled:
        yield from dict.fromkeys(filter(None, (why_without(result, group) for group in result.groups)))
    yield from silent_notes(result)
    yield from observed_notes(result)
    yield from direction_notes(result)
    yield from correlated_notes([unit for group in result.groups for unit in group.units])
    if result.difference is not None:
        yield difference_sentence(result.difference)
        yield from difference_notes(result.difference)
    chosen = result.selection.chosen
    for note in (
        sharing_note(result),
        combined_note(chosen),
        accepted_note(chosen, result.scale.measure),
        _arms_apart_note(result),
        derived_note(chosen),
        corrected_note(chosen),
    ):
        if note:
            yield note
    yield from mark_notes([*(each.candidate for each in result.selection.chosen), *result.selection.silent])
    lines = left_out_lines(result.selection.left_out)
    if lines:
        yield "Left out: " + "; ".join(lines) + "."
    if result.analysis.note:
        yield result.analysis.note
