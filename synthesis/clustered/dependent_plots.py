"""Plots of dependent effects: estimates in their clusters, the curve over rho, leaving out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from evidence.wording import counted, fixed, number, p_text, percent
from synthesis.clustered.clustered_funnel import FunnelShown, clustered_funnel
from synthesis.clustered.leaving_out import WithoutEach
from synthesis.clustered.rho_curve import RhoCurve
from synthesis.clustered.rho_plot import rho_chart
from synthesis.clustered.undefined_plots import UNDEFINED
from synthesis.drawing.chart import Plot
from synthesis.drawing.forest_table import (
    GroupHeading,
    PredictionRow,
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
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.plots.words import in_symbols
from synthesis.pooling.dependent.aggregation import aggregate
from synthesis.pooling.dependent.working_models import WORKING_MODELS
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.regression.tabular import CoefficientsShown

RHO, FUNNEL, LEAVE_ONE_OUT = "rho", "funnel", "leave-one-out"
KINDS_OF_CLUSTERS = (FOREST, RHO, FUNNEL, LEAVE_ONE_OUT)


class DependentShown(FunnelShown, CoefficientsShown, Protocol):
    """What the plots read of a result."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def weights(self) -> Array: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def prediction_low(self) -> float: ...
    @property
    def prediction_high(self) -> float: ...
    @property
    def model(self) -> str: ...
    @property
    def method_sentence(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def _facts(self) -> list[tuple[str, str]]: ...

    def rho_curve(self) -> RhoCurve: ...

    def leave_out(self, what: str) -> WithoutEach: ...


def plot_dependent(result: DependentShown, given: Given, request: PlotRequest) -> Plot:
    """The plot asked for.

    Raises NotDefinedError, with the reason as a sentence, for a kind that dependent effects, or this result,
    do not have.
    """
    request = settled(request, KINDS_OF_CLUSTERS, "A model of dependent effects", UNDEFINED)
    clusters = len(set(result.cluster))
    title = f"{counted(len(result.labels), 'estimate')} in {counted(clusters, 'cluster')}"
    words = words_of({"title": title} | given.words, request)
    if request.kind == FOREST:
        return _forest(result, words, request.extra(given, result.labels))
    if request.kind == RHO:
        return _over_rho(result, words)
    if len(result.names) > 1:
        raise NotDefinedError(
            f"A {request.kind} plot is of one summary; a model with moderators has several."
        )
    return clustered_funnel(result, words) if request.kind == FUNNEL else _without_each(result, words)


# The forest plot.


def _forest(result: DependentShown, words: Words, extra: ExtraColumns) -> Plot:
    rows: list[Row] = []
    single = True
    for name in dict.fromkeys(result.cluster):
        places = [i for i, cluster in enumerate(result.cluster) if cluster == name]
        several = len(places) > 1
        if rows and (several or not single):
            rows.append(SpacerRow())
        single = not several
        rows += [GroupHeading(name)] if several else []
        rows += [_estimate(result, words, extra, i, name if single else "") for i in places]
        rows += [_mean(result, words, name, places)] if several else []
    rows.append(SpacerRow())
    rows += _summary(result, words)
    notes = [in_symbols(result.method_sentence)]
    if any(result.cluster.count(name) > 1 for name in set(result.cluster)):
        notes.append(
            "Estimates below one heading share persons; their mean, a hollow diamond, is the generalised "
            "least-squares one under their covariance, with its normal interval."
        )
    if extra.weights and (result.weights < 0).any():
        notes.append(
            "Where no weight stands, it is negative: more precise estimates of the same persons outweigh it."
        )
    notes += map(in_symbols, result.notes)
    return forest_frame(words, result.level, rows, extra, notes)


def _estimate(result: DependentShown, words: Words, extra: ExtraColumns, i: int, name: str) -> StudyRow:
    half = normal_quantile(result.level) * math.sqrt(result.vi[i])
    at = float(result.yi[i])
    estimate, low, high = words.shown(np.array([at, at - half, at + half])).tolist()
    weighted = extra.weights and not math.isnan(result.weights[i])
    return StudyRow(
        name or result.labels[i],
        estimate,
        low,
        high,
        weight=float(result.weights[i]) if weighted and result.weights[i] >= 0 else None,
        cells=extra.of(i),
    )


def _mean(result: DependentShown, words: Words, name: str, places: list[int]) -> SummaryRow:
    """The cluster's own summary."""
    block = result.machinery.model.v[places][:, places].toarray()
    found = aggregate(result.yi[places], block, name)
    half = normal_quantile(result.level) * math.sqrt(found.vi)
    at = float(found.yi)
    estimate, low, high = words.shown(np.array([at, at - half, at + half])).tolist()
    return SummaryRow(f"Mean of {len(places)}", estimate, low, high, level="subgroup")


def _summary(result: DependentShown, words: Words) -> Iterator[Row]:
    if len(result.names) == 1:
        ends = (result.estimate[0], result.ci_low[0], result.ci_high[0])
        clusters = len(set(result.cluster))
        counts = f"{counted(len(result.labels), 'estimate')}, {counted(clusters, 'cluster')}"
        model = result.model if result.model in WORKING_MODELS else "of the effects"
        yield SummaryRow(f"Model {model} ({counts})", *words.shown(np.array(ends)).tolist())
        if not math.isnan(result.prediction_low):
            shown = words.shown(np.array([result.prediction_low, result.prediction_high])).tolist()
            yield PredictionRow(f"{percent(result.level)} prediction interval", *shown)
        yield TextRow(f"Test of no effect: {_statistic(result, 0)}")
    else:
        for i, name in enumerate(result.names):
            yield TextRow(f"{name}: {number(result.estimate[i])}, {_statistic(result, i)}")
    for name, text in result._facts():
        if name == "prediction":
            continue
        said = {"moderators": f"Moderators: {text}", "Q": f"Q = {text}"}.get(name, f"{name}: {text}")
        yield TextRow(in_symbols(said))


def _statistic(result: DependentShown, i: int) -> str:
    df = result.df[i]
    which = "z" if math.isinf(df) else f"t({number(df, 3)})"
    return f"{which} = {fixed(result.statistic[i], 2)}, {p_text(result.p_value[i])}"


# What the assumed correlation does.


def _over_rho(result: DependentShown, words: Words) -> Plot:
    try:
        curve = result.rho_curve()
    except ValueError as reason:
        raise NotDefinedError(
            f"A rho plot varies the correlation that a model assumes: {reason}."
        ) from reason
    return rho_chart(curve, words, words.shown, in_symbols(result.method_sentence))


# Leaving out.


def _without_each(result: DependentShown, words: Words) -> Plot:
    clusters = result.leave_out("cluster")
    rows: list[Row] = [GroupHeading("Clusters")]
    rows += [_without(clusters, i, words) for i in range(len(clusters.left))]
    several = [name for name in clusters.left if result.cluster.count(name) > 1]
    estimates = result.leave_out("estimate") if several else clusters
    for name in several:
        rows += [SpacerRow(), GroupHeading(f"Estimates of {name}")]
        rows += [_without(estimates, i, words) for i, of in enumerate(result.cluster) if of == name]
    rows.append(SpacerRow())
    rows += [row for row in _summary(result, words) if not isinstance(row, PredictionRow)]
    says = (
        "Shows whether one cluster or one estimate alone carries the result; two that agree can hide each "
        "other."
    )
    notes = (in_symbols(result.method_sentence), says)
    words = Words(
        f"{words.title}: without each", words.effect, words.log, words.null, words.lower, words.higher
    )
    return forest_frame(words, result.level, rows, ExtraColumns(), notes)


def _without(found: WithoutEach, i: int, words: Words) -> StudyRow:
    ends = words.shown(np.array([found.estimate[i, 0], found.ci_low[i, 0], found.ci_high[i, 0]]))
    return StudyRow(f"without {found.left[i]}", *ends.tolist())
