"""The studies' counts with what each says by itself, above the pooled effect of a model of the counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidence.effects.person_time import PERSON_TIME_MEASURES, PersonTime
from evidence.effects.two_by_two import TABLE_MEASURES
from evidence.effects.zero_cells import Tables
from evidence.wording import percent
from synthesis.drawing.chart import Values
from synthesis.drawing.forest_table import (
    ForestTable,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
)
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import NotDefinedError
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.rare_events.given_counts import GivenCounts
from synthesis.rare_events.rare_summary import RARE_MEASURES, RareSummary


def rare_forest(
    result: RareSummary, counts: GivenCounts | None, request: PlotRequest, given: Given
) -> ForestTable:
    """A row a study: its counts, and its own effect where it has one without a correction."""
    settled(request, (FOREST,), "A model of counts")
    if counts is None:
        raise NotDefinedError("The result does not hold its counts; pool them with synthesis.pool_rare.")
    log = result.measure not in ("RD", "PLO")
    name = RARE_MEASURES[result.measure]
    known = {
        "title": f"{name[0].upper()}{name[1:]}, model {result.model}",
        "effect": f"{name[0].upper()}{name[1:]}",
        "log": log,
        "null": {"RD": 0.0, "PLO": None, "IRLN": None}.get(result.measure, 1.0),
    }
    words = words_of(known, request)
    extra = _with_counts(result, counts, request, given)
    yi, vi = _own(result.measure, counts)
    half = normal_quantile(result.level) * np.sqrt(vi)
    ends = [result.shown_values(each).tolist() for each in (yi, yi - half, yi + half)]
    rows: list[Row] = []
    for i, label in enumerate(result.labels):
        if np.isfinite(ends[0][i]):
            rows.append(StudyRow(label, ends[0][i], ends[1][i], ends[2][i], cells=extra.of(i)))
        else:
            why = "no event" if not counts.events[i].any() else "no effect of its own"
            rows.append(NotReportedRow(label, why, cells=extra.of(i)))
    mean, low, high = result.shown
    rows += [SpacerRow(), SummaryRow(f"{result.model} ({result.k:,})", mean, low, high)]
    if not np.isnan(result.prediction_low):
        bounds = result.shown_values(np.array([result.prediction_low, result.prediction_high])).tolist()
        rows.append(PredictionRow("Prediction interval", bounds[0], bounds[1]))
    notes = (
        result.method_sentence,
        *result.notes,
        f"Intervals of the studies: {percent(result.level)} z intervals of their own, nothing added.",
    )
    return forest_frame(words, result.level, rows, extra, notes)


def _with_counts(
    result: RareSummary, counts: GivenCounts, request: PlotRequest, given: Given
) -> ExtraColumns:
    """The columns asked for, or events of every group."""
    if request.columns is not None:
        return request.extra(given, result.labels)
    of = "Events/time" if counts.is_of_rates else "Events/N"
    own = {}
    for group in range(counts.events.shape[1]):
        name = of if counts.events.shape[1] == 1 else f"{of}, group {group + 1}"
        pairs = np.column_stack([counts.events[:, group], counts.size[:, group]]).tolist()
        own[name] = [f"{events:.10g}/{size:.10g}" for events, size in pairs]
    return replace(request, columns=own).extra(given, result.labels)


def _own(measure: str, counts: GivenCounts) -> tuple[Values, Values]:
    """Each study's own effect and variance, nan where a count of zero leaves it without one."""
    y, n = counts.events.T, counts.size.T
    with np.errstate(all="ignore"):
        if measure == "IRR":
            yi, vi = PERSON_TIME_MEASURES[measure].formula(PersonTime(y[0], n[0], y[1], n[1]))
        elif measure in TABLE_MEASURES:
            tables = Tables(y[0], n[0] - y[0], y[1], n[1] - y[1])
            yi, vi = TABLE_MEASURES[measure].formula(tables)
        elif measure == "PLO":
            yi, vi = np.log(y[0] / (n[0] - y[0])), 1.0 / y[0] + 1.0 / (n[0] - y[0])
        else:
            yi, vi = np.log(y[0] / n[0]), 1.0 / y[0]
        defined = np.isfinite(yi) & np.isfinite(vi) & (vi > 0.0)
    return np.where(defined, yi, np.nan), np.where(defined, vi, np.nan)
