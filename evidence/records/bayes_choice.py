"""`bayes` of review.yaml: a Bayesian summary beside the pooled one, and which of the two is primary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

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


def bayes_faults(
    choice: BayesChoice | None, at: KeyPath, ratio: bool
) -> Iterator[tuple[str, KeyPath, str, str]]:
    """Rule, key path, words and hint of priors that are none, and of an effect that is no size.

    ratio: whether readers see effects as ratios.
    """
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
    if size is not None and (size.value <= 0 or (ratio and size.value == 1)):
        says = f"'smallest_effect: {size}' is no size of an effect"
        hint = (
            "Expected a ratio above zero other than 1, e.g. 1.1."
            if ratio
            else "Expected a number above zero."
        )
        yield "method-unknown", (*at, "smallest_effect"), says, hint
