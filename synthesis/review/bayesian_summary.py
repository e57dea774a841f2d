"""The Bayesian summary that a review asks for, made by its priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evidence.records.bayes_choice import BayesChoice
from evidence.records.review import Method
from evidence.records.scales import AnalysisScale, analysis_scale
from evidence.records.target_scale import TargetScale
from synthesis.review.pooled_units import Unit

if TYPE_CHECKING:
    from synthesis.posterior.bayesian import Bayesian
    from synthesis.posterior.group_posteriors import GroupPosterior


@dataclass(frozen=True)
class BayesianOutcome:
    """A posterior, of a group alone or of one that shares its tau, or the reason why there is none."""

    found: Bayesian | GroupPosterior | None = None
    reason: str = ""


NOT_ASKED = BayesianOutcome()


def bayesian_of(
    units: Sequence[Unit], choice: BayesChoice | None, scale: TargetScale, method: Method
) -> BayesianOutcome:
    """The posterior of what is pooled, one unit or more; nothing where the review asks for none.

    A posterior that does not integrate is a reason. Raises ValueError for words that are no prior.
    """
    if choice is None or not units:
        return NOT_ASKED
    from synthesis.posterior.posterior_of_mean import bayes_of_mean
    from synthesis.posterior.prior_words import mean_prior_of, tau_prior_of

    tau_prior = None if choice.tau_prior is None else tau_prior_of(choice.tau_prior)
    mean_prior = mean_prior_of(choice.mu_prior)
    try:
        found = bayes_of_mean(
            yi=[unit.yi for unit in units],
            sei=[unit.sei for unit in units],
            slab=[unit.name for unit in units],
            tau_prior=tau_prior,
            mu_prior=mean_prior,
            **_choices(choice, scale, method),
        )
    except ValueError as reason:
        return BayesianOutcome(reason=str(reason))
    return BayesianOutcome(found)


def bayesian_groups(
    groups: Mapping[str, Sequence[Unit]], choice: BayesChoice | None, scale: TargetScale, method: Method
) -> dict[str, BayesianOutcome]:
    """The posteriors of groups that share their tau, by name: one model with a mean for each.

    Raises ValueError for words that are no prior, or none of such means.
    """
    if choice is None:
        return dict.fromkeys(groups, NOT_ASKED)
    from synthesis.posterior.group_posteriors import group_posteriors
    from synthesis.posterior.prior_words import tau_prior_of

    tau_prior = None if choice.tau_prior is None else tau_prior_of(choice.tau_prior)
    pairs = [(name, unit) for name, units in groups.items() for unit in units]
    try:
        found = group_posteriors(
            [unit.yi for _, unit in pairs],
            [unit.sei for _, unit in pairs],
            [name for name, _ in pairs],
            slab=[unit.name for _, unit in pairs],
            tau_prior=tau_prior,
            mu_prior=choice.mu_prior,
            **_choices(choice, scale, method),
        )
    except ValueError as reason:
        return dict.fromkeys(groups, BayesianOutcome(reason=str(reason)))
    return {each.name: BayesianOutcome(each) for each in found}


def bayesian_intervals(
    groups: Mapping[str, Sequence[Unit]],
    choice: BayesChoice,
    scale: TargetScale,
    method: Method,
    shared: bool = False,
) -> dict[str, tuple[float, float, float] | None]:
    """Median, low and high of each group's mean, None where it has no units or no posterior.

    shared: whether the groups share their tau. The same numbers as above, in a tenth of the time.
    """
    from synthesis.posterior.group_posteriors import group_intervals
    from synthesis.posterior.posterior_of_mean import mean_interval

    found: dict[str, tuple[float, float, float] | None] = dict.fromkeys(groups)
    priors = {"tau_prior": choice.tau_prior, "mu_prior": choice.mu_prior, **_choices(choice, scale, method)}
    pairs = [(name, unit) for name, units in groups.items() for unit in units]
    try:
        if shared and pairs:
            yi, sei = [unit.yi for _, unit in pairs], [unit.sei for _, unit in pairs]
            return found | group_intervals(yi, sei, [name for name, _ in pairs], **priors)
    except ValueError:
        return found
    for name, units in groups.items():
        with suppress(ValueError):
            if units:
                yi, sei = [unit.yi for unit in units], [unit.sei for unit in units]
                found[name] = mean_interval(yi, sei, **priors)
    return found


def _choices(choice: BayesChoice, scale: TargetScale, method: Method) -> dict[str, Any]:
    """What both kinds of posteriors are told in the same words."""
    return {
        "smallest_effect": smallest_effect(choice, analysis_scale(scale.measure)),
        "level": method.level.fraction,
        "interval": choice.interval,
    }


def smallest_effect(choice: BayesChoice, scale: AnalysisScale) -> float | None:
    """The smallest effect of interest on the scale that is pooled: of a ratio its log, without a sign."""
    if choice.smallest_effect is None:
        return None
    return abs(scale.forward(float(choice.smallest_effect.value)))
