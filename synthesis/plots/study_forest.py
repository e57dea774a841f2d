"""The forest plot of a result without a review: studies, their pooled effect, and what a new one may show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from evidence.wording import format_number, format_ratio, percent
from synthesis.drawing.chart import Values
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
    decimals_for,
)
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.subject import Subject, Words
from synthesis.plots.summary_lines import (
    bayes_line,
    heterogeneity_line,
    labels_of,
    narrower_than_wald_line,
    summary_p_line,
    with_intervals,
)
from synthesis.plots.words import in_symbols, short_header
from synthesis.pooling.mean.inference import quantile_t
from synthesis.pooling.result import PooledSummary

NOTHING_POOLED = "One study, nothing pooled."


def forest_plot(subject: Subject, extra: ExtraColumns) -> ForestTable:
    """The studies with their own z intervals and weights, the pooled effect, and its prediction interval."""
    pooled = subject.pooled
    rows = study_rows(subject, pooled, pooled.weights, extra)
    table = forest_frame(subject.words, pooled.level, rows, extra)
    rows += [] if pooled.k == 1 else [SpacerRow()]
    rows += summary_rows(subject, pooled, decimals_for(table), weight=100.0 if extra.weights else None)
    return forest_frame(subject.words, pooled.level, rows, extra, tuple(_footnotes(subject)))


def forest_frame(
    words: Words, level: float, rows: Sequence[Row], extra: ExtraColumns, footnotes: Sequence[str] = ()
) -> ForestTable:
    """A forest plot of these rows on the axis of the words."""
    return ForestTable(
        title=words.title,
        effect_header=f"{short_header(words.effect)} [{percent(level)}\N{NO-BREAK SPACE}CI]",
        axis=Axis(words.effect, "log" if words.log else "linear", words.null, words.lower, words.higher),
        rows=tuple(rows),
        columns=extra.headers,
        lights=extra.lights,
        footnotes=tuple(footnotes),
    )


def study_rows(
    subject: Subject,
    pooled: PooledSummary,
    weights: Values,
    extra: ExtraColumns,
    positions: Sequence[int] | None = None,
    fitted: Sequence[tuple[float, float, float]] | None = None,
) -> list[Row]:
    """One row a study, with its own z interval at the level of the result.

    weights: percent, (k,). positions: where the studies stand among the rows of the extra columns. fitted:
    what a model says of each, with limits, on the scale that is shown.
    """
    half = float(quantile_t(np.array([np.inf]), pooled.level)[0]) * np.sqrt(pooled.vi)
    numbers = [subject.shown(values).tolist() for values in (pooled.yi, pooled.yi - half, pooled.yi + half)]
    places = range(pooled.k) if positions is None else positions
    return [
        StudyRow(
            pooled.labels[i],
            numbers[0][i],
            numbers[1][i],
            numbers[2][i],
            weight=float(weights[i]) if extra.weights and pooled.k > 1 else None,
            cells=extra.of(place),
            fitted=None if fitted is None else fitted[i],
        )
        for i, place in enumerate(places)
    ]


def summary_rows(
    subject: Subject,
    pooled: PooledSummary,
    decimals: int,
    *,
    weight: float | None = None,
) -> Iterator[Row]:
    """The pooled effect, its prediction interval, and the lines of small print below them."""
    if pooled.k == 1:
        yield TextRow(NOTHING_POOLED)
        return
    for label, (low, high) in with_intervals(_labels(pooled), (pooled.ci_low, pooled.ci_high), pooled.wald):
        estimate, left, right = subject.shown(np.array([pooled.estimate, low, high])).tolist()
        yield SummaryRow(label, estimate, left, right, weight)
    if not math.isnan(pooled.prediction_low):
        ends = subject.shown(np.array([pooled.prediction_low, pooled.prediction_high])).tolist()
        yield PredictionRow(f"{percent(pooled.level)} prediction interval", ends[0], ends[1])
    for line in summary_lines(subject, pooled, decimals):
        yield TextRow(line)


def _labels(pooled: PooledSummary) -> tuple[str, ...]:
    """'Random effects (3)', or one label for each of the two intervals that a summary can have."""
    effects = "Equal effects" if pooled.method == "EE" else "Random effects"
    return labels_of(f"{effects} ({pooled.k:,})", pooled.narrower_than_wald)


def summary_lines(subject: Subject, pooled: PooledSummary, decimals: int) -> Iterator[str]:
    """Heterogeneity, the test of no effect where there is such a value, and what to beware of."""
    if not math.isnan(pooled.tau2):
        yield heterogeneity_line(pooled)
    if subject.null is not None and subject.pooled_null == 0.0:
        yield summary_p_line(pooled)

    def write(value: float) -> str:
        written = format_ratio if subject.log else format_number
        return written(float(subject.shown(np.array(value))), decimals)

    for line in (bayes_line(pooled, write), narrower_than_wald_line(pooled)):
        if line:
            yield line


def group_heading(name: str) -> GroupHeading:
    """The name of a group as a heading."""
    return GroupHeading(name[:1].upper() + name[1:])


def _footnotes(subject: Subject) -> Iterator[str]:
    if subject.pooled.k > 1:
        yield in_symbols(subject.pooled.method_sentence)
