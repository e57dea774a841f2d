"""The prior of tau that a caller asks for, or that follows from what stands beside the effects."""

from __future__ import annotations

from typing import Any

import numpy as np

from evidence.choices import as_number
from evidence.effects.input_columns import numbers
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import Studies
from synthesis.posterior.default_prior import ChosenPrior, default_prior
from synthesis.posterior.prior_words import tau_prior_of


def prior_chosen(given: TauPrior | str | None, smallest: Any, studies: Studies, measure: str) -> ChosenPrior:
    """The prior of tau, and why it is that one; `studies` have a column "ni" beside them, which may be None.

    Raises ValueError for a prior or a smallest effect that is none, and for numbers of persons that are not
    one above zero a study.
    """
    effect = None
    if smallest is not None:
        effect = as_number(smallest, "smallest_effect")
        if effect <= 0:
            raise ValueError(
                f"smallest_effect is {effect:g}; expected a number above zero, in the units of the effects"
            )
    if given is not None:
        return ChosenPrior(tau_prior_of(given), "")
    n = None
    if studies.beside["ni"] is not None:
        all_n = numbers(studies.beside["ni"], "ni")
        if all_n.shape != studies.kept.shape:
            raise ValueError(f"ni has shape {all_n.shape}; expected one number for each of the studies")
        n = all_n[studies.kept]
        wrong = np.flatnonzero(~(np.isfinite(n) & (n > 0)))
        if wrong.size:
            where = int(wrong[0])
            raise ValueError(f"{studies.labels[where]}: ni is {n[where]:g}; expected a number above zero")
    return default_prior(studies.vi, measure, effect, n)
