"""Plots of a review's Bayesian summaries: densities, and the result under other priors of tau."""

from __future__ import annotations

from typing import NoReturn

from evidence.records.scales import analysis_scale
from synthesis.drawing.chart import Plot
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.posterior.posterior_plots import POSTERIOR, SENSITIVITY, posterior_chart, sensitivity_plot
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import why_without
from synthesis.review.captions import effect_header, is_log

BAYESIAN_KINDS = {
    POSTERIOR: "What is believed of the effect and of tau? Densities of the Bayesian summary; see 'bayes'.",
    SENSITIVITY: "Does the prior of tau decide? The Bayesian summary under others; see 'bayes'.",
}
"""What each answers; 'bayes' of review.yaml asks for the summary."""

_NONE = "This analysis has no Bayesian summary: {}."

OF_ONE_TAU = (
    "Densities are drawn of one posterior alone; these groups share their τ: a plot of kind sensitivity has "
    "each group's mean under other priors."
)


def without_bayes(*_: object) -> NoReturn:
    """Raises NotDefinedError: a pooled result alone has no posterior."""
    raise NotDefinedError(_NONE.format("'bayes' in review.yaml asks for one"))


def bayesian_plot(kind: str, result: AnalysisResult, group: GroupResult) -> Plot:
    """A kind of BAYESIAN_KINDS of a group.

    Raises NotDefinedError, with the reason as a sentence, where the group has no Bayesian summary.
    """
    found = group.bayesian
    if found is None:
        raise NotDefinedError(why_without(result, group) or _NONE.format(_why(result)))
    shape = analysis_scale(result.scale.measure)
    name = result.analysis.title if group.name is None else f"{result.analysis.title}, {group.name}"
    words = Words(
        name,
        effect_header(result.scale, result.analysis.outcome.name),
        is_log(shape),
        shape.null,
        *result.sides,
    )
    if kind == SENSITIVITY:
        return sensitivity_plot(found, words)
    if isinstance(found, GroupPosterior):
        raise NotDefinedError(OF_ONE_TAU)
    return posterior_chart(found, words)


def _why(result: AnalysisResult) -> str:
    asked = result.review.bayes_of(result.analysis) is not None
    return "it has no estimate" if asked else "'bayes' in review.yaml asks for one"
