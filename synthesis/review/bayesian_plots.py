"""Plots of a review's Bayesian summaries: densities, and the result under other priors of tau."""

from __future__ import annotations

from typing import NoReturn

from evidence.records.scales import analysis_scale
from synthesis.drawing.chart import Plot
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.posterior.posterior_plots import POSTERIOR, SENSITIVITY, posterior_chart, sensitivity_plot
from synthesis.review.analysis import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log

BAYESIAN_KINDS = {
    POSTERIOR: "What is believed of the effect and of tau? Densities of the Bayesian summary; see 'bayes'.",
    SENSITIVITY: "Does the prior of tau decide? The Bayesian summary under others; see 'bayes'.",
}
"""What each answers; 'bayes' of review.yaml asks for the summary."""

_NONE = "This analysis has no Bayesian summary: {}."


def without_bayes(*_: object) -> NoReturn:
    """Raises NotDefinedError: a pooled result alone has no posterior."""
    raise NotDefinedError(_NONE.format("'bayes' in review.yaml asks for one"))


def bayesian_plot(kind: str, result: AnalysisResult, group: GroupResult) -> Plot:
    """A kind of BAYESIAN_KINDS of a group.

    Raises NotDefinedError, with the reason as a sentence, where the group has no Bayesian summary.
    """
    if group.bayesian is None:
        raise NotDefinedError(_NONE.format(_why(result, group)))
    shape = analysis_scale(result.scale.measure)
    direction = result.analysis.direction or result.review.direction
    name = result.analysis.title if group.name is None else f"{result.analysis.title}, {group.name}"
    words = Words(
        name,
        effect_header(result.scale, result.analysis.outcome.name),
        is_log(shape),
        shape.null,
        direction.lower if direction else "",
        direction.higher if direction else "",
    )
    draw = posterior_chart if kind == POSTERIOR else sensitivity_plot
    return draw(group.bayesian, words)


def _why(result: AnalysisResult, group: GroupResult) -> str:
    if result.review.bayes_of(result.analysis) is None:
        return "'bayes' in review.yaml asks for one"
    if result.is_modelled or result.analysis.tau2 == "common":
        return "its effects share a model or a τ² with others"
    return "nothing is pooled" if len(group.units) < 2 else "its rows are not independent"
