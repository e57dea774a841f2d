"""`bayes` of review.yaml: a Bayesian summary beside the pooled one, and which of the two is primary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from evidence.choices import named
from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.printed import Printed

TAU_PRIOR_NAMES = (
    "half-normal",
    "half-Cauchy",
    "half-t",
    "exponential",
    "uniform",
    "improper uniform",
    "inverse-gamma",
    "inverse-gamma on tau",
    "log-normal",
    "log-t",
    "DuMouchel",
    "uniform shrinkage",
    "Jeffreys",
    "Turner",
    "Rhodes",
)
"""Priors of tau that review.yaml may name; synthesis.posterior has them."""

MEAN_PRIOR_NAMES = ("flat", "normal", "t")
"""Priors of the mean; synthesis.posterior has them."""


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
    """A Bayesian summary that is asked for at one place of review.yaml, if it is.

    ratio: whether readers see its effects as ratios. shared: what it has in place of independent effects, as
    words; empty for those.
    """

    choice: BayesChoice | None
    ratio: bool
    shared: str = ""


Fault = tuple[str, KeyPath, str, str]
"""Rule, key path, words and hint."""


def bayes_faults(whole: AskedFor, analyses: Sequence[AskedFor]) -> Iterator[Fault]:
    """Priors that are none, effects that are no size, and summaries of what has none."""
    yield from _faults(whole, ("bayes",))
    for index, asked in enumerate(analyses):
        at: KeyPath = ("analyses", index, "bayes")
        yield from _faults(asked, at)
        if asked.choice is not None and asked.shared:
            says = f"'bayes' is of independent effects with their own tau; {asked.shared} has another model"
            yield "method-mismatch", at, says, "Leave 'bayes' out of this analysis."


def _faults(asked: AskedFor, at: KeyPath) -> Iterator[Fault]:
    choice = asked.choice
    if choice is None:
        return
    for key, given, allowed, example in (
        ("tau_prior", choice.tau_prior, TAU_PRIOR_NAMES, "half-normal(0.5)"),
        ("mu_prior", choice.mu_prior, MEAN_PRIOR_NAMES, "normal(0, 1)"),
    ):
        if given is None:
            continue
        try:
            named(given.partition("(")[0].strip(), allowed, key)
        except ValueError as error:
            yield "method-unknown", (*at, key), str(error), f"Expected e.g. {example}."
    size = choice.smallest_effect
    if size is not None and (size.value <= 0 or (asked.ratio and size.value == 1)):
        kind = "a ratio above zero other than 1, e.g. 1.1" if asked.ratio else "a number above zero"
        says = f"'smallest_effect: {size}' is no size of an effect"
        yield "method-unknown", (*at, "smallest_effect"), says, f"Expected {kind}."
