"""A funnel whose dots belong together, and the test of its asymmetry that allows for that."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from evidence.wording import counted, fixed, format_number, p_text, percent, written
from synthesis.clustered.fitted_model import FittedModel
from synthesis.clustered.robust_inference import FEW_DF
from synthesis.clustered.small_study_test import clustered_egger
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, ReferenceLine
from synthesis.drawing.style import MUTED, STUDY_FILL, SUMMARY_FILL
from synthesis.plots.subject import Words
from synthesis.plots.words import outstanding, room
from synthesis.pooling.kernel.effects import Array

_REGION = 1.959963984540054


class FunnelShown(Protocol):
    """What the funnel reads of a result with one summary."""

    @property
    def yi(self) -> Array: ...
    @property
    def vi(self) -> Array: ...
    @property
    def cluster(self) -> tuple[str, ...]: ...
    @property
    def estimate(self) -> Array: ...
    @property
    def ci_low(self) -> Array: ...
    @property
    def ci_high(self) -> Array: ...
    @property
    def level(self) -> float: ...
    @property
    def test(self) -> str: ...
    @property
    def machinery(self) -> FittedModel: ...


def clustered_funnel(result: FunnelShown, words: Words) -> Chart:
    """Effects against standard errors, those of one cluster joined, about the summary of a model.

    The region is the summary ± 1.96 standard errors: sampling error alone, without heterogeneity.
    """
    sei = np.sqrt(result.vi)
    height = 1.06 * float(sei.max())
    at = float(result.estimate[0])
    feet = np.array([at - _REGION * height, at, at + _REGION * height])
    low, high = words.shown(np.array(room(np.concatenate([result.yi, feet])))).tolist()
    away = np.abs(result.yi - at) / sei
    null = () if words.null is None else (ReferenceLine("x", words.null, name="no effect"),)
    marks: tuple[Mark, ...] = (
        ChartCurve(
            words.shown(np.array([at, at])), np.array([0.0, height]), SUMMARY_FILL, 1.2, name="summary"
        ),
        ChartCurve(
            words.shown(feet),
            np.array([height, 0.0, height]),
            MUTED,
            0.8,
            "dotted",
            "±1.96 standard errors around it",
        ),
        *null,
        *_joined(result, words, sei),
        Dots(
            words.shown(result.yi),
            sei,
            labels=_names(result, sei, away),
            name="estimate",
            opacity=0.85,
        ),
    )
    outside, asymmetry = _outside(result, away), asymmetry_sentence(result)
    error = "Standard error" + (" of the log" if words.log else "")
    panel = Panel(
        ChartAxis(words.effect, low, high, scale="log" if words.log else "linear"),
        ChartAxis(error, 0.0, height, reversed=True),
        marks,
    )
    return Chart(
        title=f"{words.title}: funnel plot",
        panels=((panel,),),
        description=f"Funnel plot of {words.title}. {_summary(result, words)} {outside} {asymmetry}",
        footnotes=(outside, asymmetry),
    )


def _joined(result: FunnelShown, words: Words, sei: Array) -> list[Mark]:
    """A line through the estimates of each cluster that has several, from left to right."""
    several = [name for name in dict.fromkeys(result.cluster) if result.cluster.count(name) > 1]
    joined: list[Mark] = []
    for n, name in enumerate(several):
        rows = np.array([i for i, cluster in enumerate(result.cluster) if cluster == name])
        rows = rows[np.argsort(result.yi[rows])]
        label = "estimates of one cluster" if n == 0 else ""
        joined.append(ChartCurve(words.shown(result.yi[rows]), sei[rows], STUDY_FILL, 0.8, name=label))
    return joined


def _names(result: FunnelShown, sei: Array, away: Array) -> tuple[str, ...]:
    """Each cluster's name at its most precise estimate; of many clusters those farthest out."""
    first: dict[str, int] = {}
    for i in np.argsort(sei, kind="stable").tolist():
        first.setdefault(result.cluster[i], i)
    places = np.array(list(first.values()))
    named = set(places[outstanding(away[places])].tolist())
    return tuple(name if i in named else "" for i, name in enumerate(result.cluster))


def _summary(result: FunnelShown, words: Words) -> str:
    ends = np.array([result.estimate[0], result.ci_low[0], result.ci_high[0]])
    estimate, low, high = (written(float(value)) for value in words.shown(ends))
    return f"Summary {estimate}, {percent(result.level)} CI [{low}, {high}]."


def _outside(result: FunnelShown, away: Array) -> str:
    beyond = int((away > _REGION).sum())
    lie = "lies" if beyond == 1 else "lie"
    joined = (
        " Estimates that a line joins are of one cluster, and may lean together."
        if len(set(result.cluster)) < len(result.cluster)
        else ""
    )
    return (
        f"{beyond} of {counted(len(result.cluster), 'estimate')} {lie} outside ±1.96 standard errors around "
        f"the summary.{joined}"
    )


def asymmetry_sentence(result: FunnelShown) -> str:
    """The Egger-type test of a model in words, with what it cannot tell, or why there is none."""
    try:
        test = clustered_egger(result.machinery, result.test, result.level)
    except ValueError as reason:
        return f"No test of asymmetry: {reason}."
    which = "z" if math.isinf(test.df) else f"t({fixed(test.df, 1)})"
    few = "; with so few degrees of freedom it says next to nothing" if test.df < FEW_DF else ""
    return (
        f"Egger-type test of asymmetry (the standard error as a moderator of the model, {test.test}): "
        f"{which} = {format_number(test.statistic, 2)}, {p_text(test.p_value)}{few}."
    )
