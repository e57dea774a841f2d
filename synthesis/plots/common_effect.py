"""Plots of a common effect of counts: each study's own effect beside what was observed, and both risks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidence.effects.person_time import PERSON_TIME_MEASURES, PersonTime
from evidence.effects.two_by_two import TABLE_MEASURES
from evidence.effects.zero_cells import Tables
from evidence.wording import counted, fixed, format_number, p_text, percent
from synthesis.drawing.chart import Plot, Values
from synthesis.drawing.forest_table import (
    ForestTable,
    NotReportedRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.labbe import Arms, labbe_chart
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.pooling.counts.result import MEASURES, CountsSummary
from synthesis.pooling.mean.inference import quantile_t

KINDS = (FOREST, "labbe")


def counts_plot(
    result: CountsSummary, counts: Tables | PersonTime | None, request: PlotRequest, given: Given
) -> Plot:
    """A forest plot, or for 2x2 tables a L'Abbé plot. Raises NotDefinedError where there is none."""
    request = settled(request, KINDS, "A common effect of counts")
    if counts is None:
        raise NotDefinedError("The result does not hold its counts; pool them with synthesis.pool_counts.")
    log = result.measure not in ("RD", "IRD")
    known = {
        "title": f"Common {MEASURES[result.measure]} of {counted(result.k)}",
        "effect": MEASURES[result.measure].capitalize(),
        "log": log,
        "null": 1.0 if log else 0.0,
    }
    shown = words_of(known, request)
    if request.kind == FOREST:
        return _forest(result, counts, shown, _columns(counts, request, given, result.labels))
    if isinstance(counts, PersonTime):
        raise NotDefinedError(
            f"A L'Abbé plot shows risks; rates have none, and {result.measure} is of rates."
        )
    inside = (counts.n1i > 0) & (counts.n2i > 0)
    parts = (each[inside] for each in (counts.ai, counts.n1i, counts.ci, counts.n2i))
    labels = tuple(result.labels[i] for i in np.flatnonzero(inside))
    return labbe_chart(shown.title, labels, result.estimate, Arms(result.measure, *parts))


def _columns(
    counts: Tables | PersonTime, request: PlotRequest, given: Given, labels: tuple[str, ...]
) -> ExtraColumns:
    """Those asked for, or events of both groups."""
    if request.columns is not None:
        return request.extra(given, labels)
    if isinstance(counts, PersonTime):
        first, second = (counts.x1i, counts.t1i), (counts.x2i, counts.t2i)
    else:
        first, second = (counts.ai, counts.n1i), (counts.ci, counts.n2i)
    of = "Events/time" if isinstance(counts, PersonTime) else "Events/N"
    own = {f"{of}, group 1": list(map(_share, *first)), f"{of}, group 2": list(map(_share, *second))}
    return replace(replace(request, columns=own).extra(given, labels), weights=True)


def _share(events: float, of: float) -> str:
    return f"{events:.10g}/{of:.10g}"


def _forest(
    result: CountsSummary, counts: Tables | PersonTime, shown: Words, extra: ExtraColumns
) -> ForestTable:
    yi, vi = _effects(result.measure, result.method, counts)
    weights = _weights(result, counts)
    half = float(quantile_t(np.array([np.inf]), result.level)[0]) * np.sqrt(vi)
    low, estimate, high = (shown.shown(each).tolist() for each in (yi - half, yi, yi + half))
    rows: list[Row] = []
    for i, label in enumerate(result.labels):
        if np.isfinite(yi[i]):
            weight = float(weights[i]) if extra.weights else None
            rows.append(StudyRow(label, estimate[i], low[i], high[i], weight, cells=extra.of(i)))
        else:
            rows.append(NotReportedRow(label, "no effect of its own", cells=extra.of(i)))
    mean, left, right = shown.shown(np.array([result.estimate, result.ci_low, result.ci_high])).tolist()
    name = "Peto" if result.method == "Peto" else "Mantel-Haenszel"
    summary = SummaryRow(f"{name} ({result.k:,})", mean, left, right, weight=100.0 if extra.weights else None)
    lines = [f"Heterogeneity: Q = {fixed(result.Q, 2)} ({result.Q_df:g} df, {p_text(result.Q_p)})"]
    if np.isfinite(result.statistic):
        lines.append(f"Test of no effect: z = {format_number(result.statistic, 2)}, {p_text(result.p_value)}")
    rows += [SpacerRow(), summary, *map(TextRow, lines)]
    silent = float(weights[~np.isfinite(yi)].sum())
    notes = (
        result.method_sentence,
        *(
            (f"Studies without an effect of their own have {fixed(silent, 1)}% of the weight.",)
            if silent >= 0.05
            else ()
        ),
        f"Intervals of the studies: {percent(result.level)} z intervals of their own, nothing added.",
    )
    return forest_frame(shown, result.level, rows, extra, notes)


def _effects(measure: str, method: str, counts: Tables | PersonTime) -> tuple[Values, Values]:
    """Each study's own effect and variance, nan where a count of zero leaves it without one."""
    with np.errstate(all="ignore"):
        if isinstance(counts, PersonTime):
            yi, vi = PERSON_TIME_MEASURES[measure].formula(counts)
        else:
            yi, vi = TABLE_MEASURES["PETO" if method == "Peto" else measure].formula(counts)
        defined = np.isfinite(yi) & np.isfinite(vi) & (vi > 0.0)
    return np.where(defined, yi, np.nan), np.where(defined, vi, np.nan)


def _weights(result: CountsSummary, counts: Tables | PersonTime) -> Values:
    """Percent that each study has in the common effect: Mantel and Haenszel's, or Peto's variances."""
    with np.errstate(all="ignore"):
        if isinstance(counts, PersonTime):
            time = counts.t1i + counts.t2i
            over = counts.x2i * counts.t1i if result.measure == "IRR" else counts.t1i * counts.t2i
            raw = over / time
        else:
            n = counts.n1i + counts.n2i
            events, others = counts.ai + counts.ci, counts.bi + counts.di
            by_measure = {
                "OR": counts.bi * counts.ci / n,
                "RR": counts.n1i * counts.ci / n,
                "RD": counts.n1i * counts.n2i / n,
            }
            variances = counts.n1i * counts.n2i * events * others / (n * n * (n - 1.0))
            raw = variances if result.method == "Peto" else by_measure[result.measure]
    raw = np.nan_to_num(raw)
    weights: Values = 100.0 * raw / raw.sum()
    return weights
