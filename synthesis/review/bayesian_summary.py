"""The Bayesian summary that a review asks for: made by its priors, and told in rows and sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from evidence.records.bayes_choice import BayesChoice
from evidence.records.review import Method, TargetScale
from evidence.records.scales import AnalysisScale, analysis_scale, tests_null
from evidence.wording import number, percent, significant
from synthesis.plots.words import in_symbols
from synthesis.review.pooled_units import Unit

if TYPE_CHECKING:
    from synthesis.posterior.bayesian import Bayesian


PRIMARY = {"test": "pooled estimate", "bayesian": "Bayesian estimate"}
"""Which summary a review calls primary, in words."""


def bayesian_of(
    units: Sequence[Unit], choice: BayesChoice | None, scale: TargetScale, method: Method
) -> Bayesian | None:
    """The posterior of what is pooled, two units or more; None where the review asks for none.

    Raises ValueError, naming the prior, for words that are none, and where the posterior would be improper.
    """
    if choice is None or len(units) < 2:
        return None
    from synthesis.posterior.bayes_api import bayes

    return bayes(
        yi=[unit.yi for unit in units],
        sei=[unit.sei for unit in units],
        slab=[unit.name for unit in units],
        tau_prior=choice.tau_prior,
        mu_prior=choice.mu_prior,
        smallest_effect=smallest_effect(choice, analysis_scale(scale.measure)),
        level=method.level.fraction,
        interval=choice.interval,
    )


def smallest_effect(choice: BayesChoice, scale: AnalysisScale) -> float | None:
    """The smallest effect of interest on the scale that is pooled: of a ratio its log, without a sign."""
    if choice.smallest_effect is None:
        return None
    given = float(choice.smallest_effect.value)
    return abs(math.log(given)) if scale.name == "log" else given


def is_primary(choice: BayesChoice | None, bayesian: bool) -> str:
    """`, primary` behind the label of the summary that the review calls so, or nothing."""
    return ", primary" if choice is not None and (choice.primary == "bayesian") == bayesian else ""


def bayesian_label(found: Bayesian, choice: BayesChoice | None) -> str:
    """`Bayesian, half-normal(0.5) (3), primary`."""
    return f"Bayesian, {found.tau_prior} ({found.k:,}){is_primary(choice, True)}"


def bayesian_sentence(found: Bayesian) -> str:
    """How it was made, in the symbols of figures."""
    return re.sub(r"\btau\b", "τ", in_symbols(found.method_sentence))


def bayesian_lines(found: Bayesian, scale: TargetScale, write: Callable[[float], str]) -> Iterator[str]:
    """What stands below its row: tau, a new study's effect, and what other priors of tau would give.

    write: a value of the analysis scale as readers know it.
    """
    level = percent(found.level)
    tau = [significant(value, 2) for value in (found.tau.median, found.tau.low, found.tau.high)]
    chance = f"; P(above no effect) = {number(found.above_null, 3)}" if tests_null(scale.measure) else ""
    new = f"[{write(found.new.low)}, {write(found.new.high)}]"
    yield f"Bayesian: τ = {tau[0]} [{tau[1]}, {tau[2]}]; new study {new} ({level} CrI){chance}"
    yield other_priors(found, write, tests_null(scale.measure))


def other_priors(found: Bayesian, write: Callable[[float], str], null: bool) -> str:
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
