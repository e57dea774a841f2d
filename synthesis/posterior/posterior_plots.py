"""Plots of a posterior: densities, the result under other priors, and a forest plot with shrunken effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from evidence.wording import number, percent
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Mark, Panel, Plot, ReferenceLine
from synthesis.drawing.forest_table import PredictionRow, Row, SpacerRow, StudyRow, SummaryRow, TextRow
from synthesis.drawing.style import ACCENT, BAND_FILL, MUTED, PREDICTION_FILL, SUMMARY_FILL
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.given import Given
from synthesis.plots.kinds import FOREST, settled
from synthesis.plots.results import words_of
from synthesis.plots.study_forest import forest_frame
from synthesis.plots.subject import Words
from synthesis.plots.words import in_symbols, short_header
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import Posterior
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.posterior.sensitivity import Sensitivity

POSTERIOR, SENSITIVITY = "posterior", "sensitivity"
KINDS_OF_POSTERIORS = (FOREST, POSTERIOR, SENSITIVITY)
_POINTS = 241
_SHOWN = 0.999  # of the mass, within which densities are drawn
_MOST_STUDIES = 12  # whose own densities are drawn


class Summarised(Protocol):
    """Median and interval of one quantity."""

    @property
    def median(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class PosteriorShown(Protocol):
    """What the plots read of a result."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def yi(self) -> Array: ...
    @property
    def vi(self) -> Array: ...
    @property
    def k(self) -> int: ...
    @property
    def mu(self) -> Summarised: ...
    @property
    def tau(self) -> Summarised: ...
    @property
    def new(self) -> Summarised: ...
    @property
    def study_median(self) -> Array: ...
    @property
    def study_low(self) -> Array: ...
    @property
    def study_high(self) -> Array: ...
    @property
    def tau_prior(self) -> str: ...
    @property
    def null(self) -> float: ...
    @property
    def level(self) -> float: ...
    @property
    def machinery(self) -> Posterior: ...
    @property
    def sensitivity(self) -> Sensitivity: ...
    @property
    def method_sentence(self) -> str: ...


def plot_posterior(result: PosteriorShown, given: Given, request: PlotRequest) -> Plot:
    """The plot of a posterior: "posterior", "sensitivity" or "forest".

    Raises ValueError for an unknown kind or word, and for a word that its kind has no use for.
    """
    request = settled(request, KINDS_OF_POSTERIORS, "A posterior")
    known = {"title": _title(result)} | given.words
    words = words_of(known, request)
    if request.kind == POSTERIOR:
        return posterior_chart(result, words)
    if request.kind == SENSITIVITY:
        return sensitivity_plot(result, words)
    return forest_of_posterior(result, words, request.extra(given, result.labels))


def _title(result: PosteriorShown) -> str:
    return f"Posterior of {result.k:,} {'study' if result.k == 1 else 'studies'}"


def posterior_chart(result: PosteriorShown, words: Words) -> Chart:
    """Densities of the mean, of a new study and of the studies; and of tau, beside its prior."""
    says = (
        f"Mean effect: median {_seen(words, result.mu.median)}, {percent(result.level)} interval "
        f"{_seen(words, result.mu.low)} to {_seen(words, result.mu.high)}. Tau: median "
        f"{number(result.tau.median)}, "
        f"interval {number(result.tau.low)} to {number(result.tau.high)}."
    )
    return Chart(
        title=f"{words.title}: densities",
        panels=((_effects_panel(result, words),), (_tau_panel(result),)),
        description=f"Posterior densities. {says}",
        footnotes=(
            f"Shaded: {percent(result.level)} credible intervals. {in_symbols(result.method_sentence)}",
        ),
        aspect=0.45,
    )


def _seen(words: Words, value: float) -> str:
    return number(float(words.shown(np.array(value))))


def _effects_panel(result: PosteriorShown, words: Words) -> Panel:
    found = result.machinery
    unit, origin = found.data.unit[0], found.data.origin[0]
    tail = 0.5 * (1.0 - _SHOWN)
    ends = np.array([tail, 1.0 - tail])
    wide = origin + unit * np.concatenate(
        [found.mu.quantile(ends).ravel(), found.studies.quantile(ends).ravel()]
    )
    new = origin + unit * found.new.quantile(np.array([0.05, 0.95])).ravel()
    x = np.linspace(min(wide.min(), new.min(), result.null), max(wide.max(), new.max(), result.null), _POINTS)

    def curve(mixture: Mixture, row: int = 0) -> Array:
        at = np.broadcast_to((x - origin) / unit, (len(mixture.mass), x.size))
        density: Array = mixture.density(at)[row] / unit
        return density

    mu, beyond = curve(found.mu), curve(found.new)
    shown = words.shown(x)
    marks: list[Mark] = []
    heights = [mu.max(), beyond.max()]
    if 1 < result.k <= _MOST_STUDIES:
        for row in range(result.k):
            own = curve(found.studies, row)
            heights.append(own.max())
            name = "each study's own effect" if row == 0 else ""
            marks.append(ChartCurve(shown, own, MUTED, 0.6, "dotted", name))
    inside = (x >= result.mu.low) & (x <= result.mu.high)
    corners = np.concatenate([x[inside], x[inside][::-1]])
    edge = np.concatenate([mu[inside], np.zeros(int(inside.sum()))])
    marks = [Area(words.shown(corners), edge, BAND_FILL), *marks]
    marks += [
        ChartCurve(shown, beyond, PREDICTION_FILL, 1.2, "dashed", "effect in a new study"),
        ChartCurve(shown, mu, SUMMARY_FILL, 1.6, name="mean effect"),
    ]
    if words.null is not None:
        marks.append(ReferenceLine("x", words.null, name="no effect"))
    axis = ChartAxis(words.effect, float(shown[0]), float(shown[-1]), scale="log" if words.log else "linear")
    return Panel(axis, _height(heights), tuple(marks))


def _tau_panel(result: PosteriorShown) -> Panel:
    found = result.machinery
    unit = found.data.unit[0]
    top = unit * found.tau.quantile(np.array([0.99])).item()
    tau = np.linspace(0.0, top, _POINTS)
    density = found.tau.density((tau / unit)[None])[0] / unit
    inside = (tau >= result.tau.low) & (tau <= result.tau.high)
    corners = np.concatenate([tau[inside], tau[inside][::-1]])
    marks: list[Mark] = [
        Area(corners, np.concatenate([density[inside], np.zeros(int(inside.sum()))]), BAND_FILL),
        ChartCurve(tau, density, SUMMARY_FILL, 1.6, name="posterior of tau"),
    ]
    prior = found.tau_priors[0]
    heights = [density.max()]
    if prior.proper:
        log_tau = np.log(np.maximum(tau, 1e-12 * top))[None]
        before = np.exp(prior.log_density(log_tau, found.data.scales)[0])
        marks.append(ChartCurve(tau, before, ACCENT, 1.0, "dashed", f"prior of tau, {prior.label}"))
        heights.append(min(float(before.max()), 2.0 * float(density.max())))
    return Panel(
        ChartAxis("Between-study standard deviation, tau", 0.0, float(top)), _height(heights), tuple(marks)
    )


def _height(heights: Sequence[float]) -> ChartAxis:
    return ChartAxis("Density", 0.0, 1.05 * float(max(heights)))


class SensitivityShown(Protocol):
    """What the plot of other priors reads of a result."""

    @property
    def sensitivity(self) -> Sensitivity: ...
    @property
    def method_sentence(self) -> str: ...


def sensitivity_plot(result: SensitivityShown, words: Words) -> Plot:
    """The mean effect under every prior of tau, as rows: median and central interval."""
    found = result.sensitivity
    ends = [words.shown(values) for values in (found.median, found.low, found.high)]
    rows: list[Row] = [
        SummaryRow(found.priors[0], *_three(ends, 0)),
        SpacerRow(),
        *(
            StudyRow(f"{name}, tau {number(found.tau_median[i], 2)}", *_three(ends, i))
            for i, name in enumerate(found.priors)
            if i > 0
        ),
    ]
    note = f"Medians and {percent(found.level)} credible intervals of the mean effect; tau: its median. "
    plain = replace(words, title=f"{words.title}: other priors of tau")
    notes = (note + in_symbols(found.sentence), in_symbols(result.method_sentence))
    table = forest_frame(plain, found.level, rows, ExtraColumns(), notes)
    return replace(table, study_header="Prior of tau", effect_header=_credible(words, found.level))


def _credible(words: Words, level: float) -> str:
    """'Effect [95% CrI]'."""
    return f"{short_header(words.effect)} [{percent(level)}\N{NO-BREAK SPACE}CrI]"


def _three(values: Sequence[Array], row: int) -> tuple[float, float, float]:
    """A row's middle and both ends."""
    middle, low, high = (float(each[row]) for each in values)
    return middle, low, high


def forest_of_posterior(result: PosteriorShown, words: Words, extra: ExtraColumns) -> Plot:
    """The studies with their z intervals and, in grey, their effects given all; mean and new study."""
    half = float(normal_quantile(result.level)) * np.sqrt(result.vi)
    printed = [words.shown(values) for values in (result.yi, result.yi - half, result.yi + half)]
    shrunk = [words.shown(values) for values in (result.study_median, result.study_low, result.study_high)]
    rows: list[Row] = [
        StudyRow(
            label,
            *_three(printed, i),
            cells=extra.of(i),
            fitted=_three(shrunk, i),
        )
        for i, label in enumerate(result.labels)
    ]
    mean, new = (words.shown(np.array([q.median, q.low, q.high])).tolist() for q in (result.mu, result.new))
    rows += [
        SpacerRow(),
        SummaryRow(f"Bayesian, {result.tau_prior}", *mean),
        PredictionRow(f"{percent(result.level)} interval of a new study's effect", new[1], new[2]),
        TextRow(
            f"Between studies: τ = {number(result.tau.median)} [{number(result.tau.low)}, "
            f"{number(result.tau.high)}] "
            f"({percent(result.level)} CrI)"
        ),
    ]
    note = "Grey diamonds: each study's own effect, given all of them (median and credible interval)."
    return forest_frame(words, result.level, rows, extra, (note, in_symbols(result.method_sentence)))
