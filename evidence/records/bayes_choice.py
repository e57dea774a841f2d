"""`bayes` of review.yaml: a Bayesian summary beside the pooled one, and which of the two is primary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.printed import Printed
from evidence.records.prior_forms import MEAN_PRIOR_FORMS, TAU_PRIOR_FORMS, prior_fault
from evidence.records.scales import AnalysisScale


class BayesChoice(Part):
    """A Bayesian summary of each analysis, decided before its result is known."""

    tau_prior: Text | None = Field(
        None,
        description="Prior of tau in words, on the scale that is pooled (logarithms of ratios), e.g. "
        "half-normal(0.5). When left out it follows from smallest_effect.",
    )
    mu_prior: Text = Field(
        "flat", description="Prior of the mean: flat, normal(mean, sd) or t(df, mean, scale)."
    )
    smallest_effect: Printed | None = Field(
        None,
        description="The smallest effect of interest as readers see it: in the unit of the outcome, or a "
        "ratio. It is the scale of the half-normal prior of tau where none is named.",
    )
    interval: Literal["central", "shortest"] = "central"
    primary: Literal["test", "bayesian"] = Field(
        "test", description="Which summary is primary: that of the test under `method`, or the Bayesian one."
    )


class AskedFor(NamedTuple):
    """A Bayesian summary that an analysis of review.yaml asks for, if it does.

    scale: on which its effects are pooled. model: the model of dependent effects under which they stand.
    common: whether its groups share their tau2. other_units: whether the review's choice is in the units of
    another scale.
    """

    choice: BayesChoice | None
    scale: AnalysisScale
    model: str | None
    common: bool
    other_units: bool


Fault = tuple[str, KeyPath, str, str]
"""Rule, key path, words and hint."""

UNDER_A_MODEL = "'bayes' is of independent effects, and model {} is of dependent ones"


def bayes_faults(
    whole: BayesChoice | None, scale: AnalysisScale, analyses: Sequence[AskedFor]
) -> Iterator[Fault]:
    """Priors that are none, effects that are no size, and summaries of what has none.

    whole, scale: what the review asks for, and on which scale; analyses: one at least.
    """
    yield from _faults(whole, scale, ("bayes",))
    if whole is not None and all(each.model for each in analyses):
        says = f"{UNDER_A_MODEL.format(analyses[0].model)}, which every analysis has"
        yield "method-mismatch", ("bayes",), says, "Leave 'bayes' or 'model' out."
    for index, asked in enumerate(analyses):
        at: KeyPath = ("analyses", index, "bayes")
        yield from _faults(asked.choice, asked.scale, at)
        if asked.choice is not None and asked.model:
            says = UNDER_A_MODEL.format(asked.model)
            yield "method-mismatch", at, says, "Leave 'bayes' out of this analysis: its row is the model's."
        choice = asked.choice or whole
        if choice is None or asked.model:
            continue
        if asked.choice is None and asked.other_units and _has_units(choice):
            says = "the numbers of the review's 'bayes' are in the units of its scale, which this is not"
            hint = "Give the analysis a 'bayes' of its own, in the units of its scale."
            yield "method-mismatch", ("analyses", index, "scale"), says, hint
        if asked.common and choice.mu_prior.strip().casefold().startswith("t("):
            says = f"with 'tau2: common' each group's mean has a prior, flat or normal, not {choice.mu_prior}"
            hint = "Write 'mu_prior: normal(mean, sd)', or leave 'tau2' out."
            yield "method-mismatch", ("analyses", index, "tau2"), says, hint


def _has_units(choice: BayesChoice) -> bool:
    """Whether a choice has numbers on the scale that is pooled; published settings are of one measure."""
    of_tau = choice.tau_prior or ""
    settings = of_tau.strip().casefold().startswith(("turner", "rhodes"))
    return choice.smallest_effect is not None or settings or "(" in of_tau + choice.mu_prior


def _faults(choice: BayesChoice | None, scale: AnalysisScale, at: KeyPath) -> Iterator[Fault]:
    if choice is None:
        return
    for key, given, forms, example in (
        ("tau_prior", choice.tau_prior, TAU_PRIOR_FORMS, "half-normal(0.5)"),
        ("mu_prior", choice.mu_prior, MEAN_PRIOR_FORMS, "normal(0, 1)"),
    ):
        says = "" if given is None else prior_fault(given, forms, key, example)
        if says:
            yield "method-unknown", (*at, key), says, f"Expected e.g. {example}."
    size = choice.smallest_effect
    expected = None if size is None else _expected_size(float(size.value), scale)
    if expected:
        says = f"'smallest_effect: {size}' is no size of an effect"
        yield "method-unknown", (*at, "smallest_effect"), says, f"Expected {expected}."


def _expected_size(size: float, scale: AnalysisScale) -> str:
    """What is expected in place of a size that can be none on a scale; empty for one that can."""
    if scale.name == "log":
        return "" if size > 0 and size != 1 else "a ratio above zero other than 1, e.g. 1.1"
    if scale.name == "logit":
        return "'tau_prior' in its place: no difference of proportions has one size in logits"
    if scale.name == "Fisher z":
        return "" if 0 < size < 1 else "a correlation between 0 and 1, e.g. 0.1"
    return "" if size > 0 else "a number above zero"
