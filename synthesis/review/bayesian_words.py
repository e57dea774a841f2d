"""A review's Bayesian summary in words: labels, lines and sentences, and why there may be none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from evidence.records.bayes_choice import UNDER_A_MODEL, BayesChoice
from evidence.records.scales import tests_null
from evidence.records.target_scale import TargetScale
from evidence.wording import number, percent, significant
from synthesis.drawing.chart import Chart, Plot
from synthesis.plots.words import in_symbols
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.pooled_units import Unit, counted_apart

PRIMARY = {"test": "pooled estimate", "bayesian": "Bayesian estimate"}
"""Which summary a review calls primary, in words."""

ONE_STUDY = "One study: τ is its prior, and the mean effect is the study's own, as uncertain as that makes it"

OF_LOGARITHMS = "Priors and τ of the Bayesian summary are on the scale of logarithms of ratios."

OF_NUMBERS_ALONE = "The Bayesian summary is of the results that have a number."


def is_primary(choice: BayesChoice | None, bayesian: bool) -> str:
    """`, primary` behind the label of the summary that the review calls so, or nothing."""
    return ", primary" if choice is not None and (choice.primary == "bayesian") == bayesian else ""


def bayesian_label(
    found: Bayesian | GroupPosterior, units: Sequence[Unit], choice: BayesChoice | None
) -> str:
    """`Bayesian, half-normal(0.5) (3), primary`; of groups that share it `Bayesian, one τ, half-normal(0.5)`.

    Where arms are correlated, estimates and studies are counted apart.
    """
    shared = "one τ, " if is_shared(found) else ""
    count = counted_apart(units) if any(unit.of_arms for unit in units) else f"{found.k:,}"
    return f"Bayesian, {shared}{found.tau_prior} ({count}){is_primary(choice, True)}"


def is_shared(found: Bayesian | GroupPosterior) -> bool:
    """Whether tau is that of several groups."""
    return isinstance(found, GroupPosterior)


def why_without(result: AnalysisResult, group: GroupResult) -> str:
    """Why a group has no Bayesian summary although the review asks for one, as a sentence; else empty."""
    if result.review.bayes_of(result.analysis) is None or group.bayesian is not None or not group.chosen:
        return ""
    if group.model is not None:
        return f"No Bayesian summary: {UNDER_A_MODEL.format(group.model.model.named)}."
    reason = group.without_bayes or "its rows are not independent"
    return re.sub(r"\btau\b", "τ", f"No Bayesian summary: {reason}.")


def bayesian_sentences(every: Sequence[Bayesian | GroupPosterior]) -> Iterator[str]:
    """How summaries were made, in the symbols of figures: what several have in common is said once."""
    said: set[str] = set()
    for found in every:
        whole = re.sub(r"\btau\b", "τ", in_symbols(found.method_sentence))
        new = [each for each in re.split(r"(?<=\.) (?=[A-Z])", whole) if each not in said]
        said |= set(new)
        if new:
            yield " ".join(new)


def bayesian_lines(
    found: Bayesian | GroupPosterior, scale: TargetScale, write: Callable[[float], str]
) -> Iterator[str]:
    """What stands below its row: tau, a new study's effect, and what other priors of tau would give.

    write: a value of the analysis scale as readers know it.
    """
    level = percent(found.level)
    tau = [significant(value, 2) for value in (found.tau.median, found.tau.low, found.tau.high)]
    chance = f"; P(above no effect) = {number(found.above_null, 3)}" if tests_null(scale.measure) else ""
    new = f"[{write(found.new.low)}, {write(found.new.high)}]"
    if found.k == 1 and not is_shared(found):
        yield ONE_STUDY
    yield f"Bayesian: τ = {tau[0]} [{tau[1]}, {tau[2]}]; new study {new} ({level} CrI){chance}"
    yield other_priors(found, write, tests_null(scale.measure))


def other_priors(found: Bayesian | GroupPosterior, write: Callable[[float], str], null: bool) -> str:
    """Over which medians other priors of tau lead, and whether one decides what the interval holds."""
    rows = found.sensitivity
    outside = (rows.low > rows.null) | (rows.high < rows.null)
    verdict = ""
    if null:
        held = int((~outside).sum())
        verdict = f"; {held} of {len(rows.priors)} intervals include the value of no effect"
    return (
        f"Other priors of τ ({len(rows.priors)}): medians from {write(rows.median.min())} to "
        f"{write(rows.median.max())}{verdict}"
    )


def of_the_pool(result: AnalysisResult) -> str:
    """What a plot of the pool says where the review calls the Bayesian summary primary; else empty."""
    choice = result.review.bayes_of(result.analysis)
    if choice is None or choice.primary != "bayesian" or result.is_modelled:
        return ""
    if not any(group.bayesian is not None for group in result.summarised):
        return ""
    method = result.method
    return (
        f"All of this is of the pooled estimate ({method.estimator}, {method.test}); the primary summary of "
        "this analysis is the Bayesian one, whose own question is the plot of kind sensitivity."
    )


def with_words_of_pool(plot: Plot, result: AnalysisResult) -> Plot:
    """A plot of the pool with these words, if there are any, below it and in its text alternative."""
    says = of_the_pool(result)
    if not says:
        return plot
    noted = replace(plot, footnotes=(*plot.footnotes, says))
    if isinstance(noted, Chart):
        return replace(noted, description=f"{noted.description} {says}")
    return noted
