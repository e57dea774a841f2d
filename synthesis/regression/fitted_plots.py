"""Plots of regressions: a forest with what the model says of each study, and bubbles of each moderator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from evidence.wording import counted, format_number, format_ratio, percent
from synthesis.drawing.chart import ChartAxis, Plot, Values
from synthesis.drawing.forest_table import ForestTable, Row, SpacerRow, TextRow, decimals_for
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.results import subject_of
from synthesis.plots.study_forest import forest_frame, study_rows
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import in_symbols, room
from synthesis.pooled import pool
from synthesis.pooling.mean.inference import quantile_t
from synthesis.regression.behind import Behind
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.design_matrix import Recipe
from synthesis.regression.moderator_plots import Curve, ModelPart, effects_axis, moderator_chart
from synthesis.regression.predictions import Predictions

KINDS = (FOREST, "bubble")
TAU2_REACH = 20.0  # times the line, that the axis of tau2 follows its interval
FITTED = "Fitted"
"""The header of what the model says of each study."""


class _Model(Protocol):
    """What both regressions have."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def yi(self) -> Values: ...
    @property
    def vi(self) -> Values: ...
    @property
    def k(self) -> int: ...
    @property
    def level(self) -> float: ...
    @property
    def method_sentence(self) -> str: ...
    @property
    def recipe(self) -> Recipe: ...


class RegressionShown(_Model, Protocol):
    """What the plots of a meta-regression read of it."""

    @property
    def weights(self) -> Values: ...
    @property
    def QM(self) -> WaldTest: ...  # noqa: N802

    def heterogeneity_facts(self) -> list[tuple[str, str]]:
        """Residual heterogeneity in words, name and text."""

    def predict(self, newdata: Any = None) -> Predictions:
        """Mean effects at values of the moderators, or at those of the studies."""


class LocationScaleShown(_Model, Protocol):
    """What the plots of a location-scale model read of it."""

    @property
    def tau2(self) -> Values: ...
    @property
    def location(self) -> Any: ...

    def _facts(self) -> list[tuple[str, str]]: ...

    def predict_tau2(self, newdata: Any = None) -> Any:
        """tau2 at values of the scale's moderators."""


def plot_regression(result: RegressionShown, behind: Behind, request: PlotRequest) -> Plot:
    """A forest of fitted values, or a bubble plot of each moderator or of those named by `mods`."""
    request, given = settled(request, KINDS, "A meta-regression"), behind.given.beside(request.data)
    subject = _subject(result, given, request, "Meta-regression")

    def at(newdata: Any = None) -> Curve:
        found = result.predict(newdata)
        return found.estimate, found.ci_low, found.ci_high

    if request.kind == FOREST:
        facts = (("Moderators", str(result.QM)), *result.heterogeneity_facts())
        extra = request.extra(given, result.labels)
        return _forest(subject, result.weights, at(), extra, facts, result.method_sentence)
    return moderator_chart(
        subject,
        result.weights,
        request.mods,
        behind.moderators,
        [(ModelPart(result.recipe, at, tuple(behind.moderators)), effects_axis, True)],
        (in_symbols(result.method_sentence), in_symbols(f"Moderators: {result.QM}."), _CAUTION),
    )


def plot_location_scale(result: LocationScaleShown, behind: Behind, request: PlotRequest) -> Plot:
    """A forest of fitted means with each study's tau2, or bubble plots of the mean and of tau2."""
    request, given = settled(request, KINDS, "A location-scale model"), behind.given.beside(request.data)
    subject = _subject(result, given, request, "Location-scale model")
    weights = _shares(np.reciprocal(result.vi + result.tau2))
    if request.kind == FOREST:
        curve, extra = _mean_at(result, result.location.design), request.extra(given, result.labels)
        return _forest(subject, weights, curve, extra, result._facts(), result.method_sentence)
    recipe = behind.recipe
    if recipe is None:
        raise NotDefinedError("The result does not hold its moderators; fit it with location_scale.")

    def tau2_at(newdata: Any) -> Curve:
        found = result.predict_tau2(newdata)
        return found.tau2, found.ci_low, found.ci_high

    mean = ModelPart(recipe, lambda newdata: _mean_at(result, recipe.rows(newdata)), _used(recipe, behind))
    spread = ModelPart(result.recipe, tau2_at, _used(result.recipe, behind))
    return moderator_chart(
        subject,
        weights,
        request.mods,
        behind.moderators,
        [(mean, effects_axis, True), (spread, _tau2_axis, False)],
        (in_symbols(result.method_sentence), _CAUTION),
    )


_CAUTION = "A relation among studies is not one among persons, and few studies cannot show one."


def _used(recipe: Any, behind: Behind) -> tuple[str, ...]:
    names = getattr(recipe, "columns", getattr(recipe, "names", ()))
    return tuple(name for name in behind.moderators if name in names)


def _subject(result: _Model, given: Given, request: PlotRequest, what: str) -> Subject:
    """The studies as they are without moderators, with the words of the plot."""
    pooled = pool(result.yi, result.vi, slab=result.labels, method="EE", level=result.level)
    return subject_of(pooled, given, request, f"{what} of {counted(result.k)}")


def _mean_at(result: LocationScaleShown, rows: Values) -> Curve:
    part = result.location
    line = rows @ part.estimate
    se = np.sqrt(np.einsum("mi,ij,mj->m", rows, part.covariance, rows))
    half = quantile_t(np.array([part.df]), result.level) * se
    return line, line - half, line + half


def _tau2_axis(subject: Subject, curve: Curve) -> ChartAxis:
    """On a log scale, as log tau2 is what is linear; the interval as far as it is not much longer."""
    line, ends = (each[np.isfinite(each) & (each > 0.0)] for each in (curve[0], np.concatenate(curve[1:])))
    if not line.size:
        return ChartAxis("τ²", 0.0, 1.0)
    reach = np.concatenate([line, np.clip(ends, line.min() / TAU2_REACH, line.max() * TAU2_REACH)])
    low, high = np.exp(room(np.log(reach))).tolist()
    return ChartAxis("τ²", low, high, scale="log")


def _shares(weights: Values) -> Values:
    shares: Values = 100.0 * weights / weights.sum()
    return shares


def _forest(
    subject: Subject,
    weights: Values,
    curve: Curve,
    extra: ExtraColumns,
    facts: Iterable[tuple[str, str]],
    sentence: str,
) -> ForestTable:
    """The studies, a grey diamond behind each, and the numbers of that in a column of their own."""
    line, low, high = (subject.shown(each) for each in curve)
    rows = study_rows(subject, subject.pooled, weights, extra)
    decimals = decimals_for(forest_frame(subject.words, subject.pooled.level, rows, extra))
    write = format_ratio if subject.log else format_number
    cells = tuple(
        (
            *(extra.of(i) if extra.headers else ()),
            f"{write(line[i], decimals)} [{write(low[i], decimals)}, {write(high[i], decimals)}]",
        )
        for i in range(line.size)
    )
    header = f"{FITTED} [{percent(subject.pooled.level)}\N{NO-BREAK SPACE}CI]"
    with_fitted = ExtraColumns((*extra.headers, header), cells, extra.lights, extra.weights)
    fitted = np.transpose([line, low, high]).tolist()
    studies: list[Row] = study_rows(subject, subject.pooled, weights, with_fitted, fitted=fitted)
    level = percent(subject.pooled.level)
    return forest_frame(
        subject.words,
        subject.pooled.level,
        [
            *studies,
            SpacerRow(),
            *(TextRow(in_symbols(f"{name}: {text}")) for name, text in facts),
        ],
        with_fitted,
        (
            in_symbols(sentence),
            f"Grey diamonds: what the model says of each study, with its {level} CI.",
        ),
    )
