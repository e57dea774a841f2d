"""`bayes` with moderators: from effects, moderators and priors to the posterior of a meta-regression."""

from __future__ import annotations

from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import as_truth
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column
from synthesis.pooling.inputs import Missing, read_studies
from synthesis.pooling.kernel.effects import Mask
from synthesis.posterior.moderated import BayesianRegression
from synthesis.posterior.moderated_numbers import bayes_of_design
from synthesis.regression.api import GivenModerators, complete_studies, kept_studies
from synthesis.regression.design_matrix import check
from synthesis.regression.notes import dropped_note, lacking_note


def bayes_with_moderators(
    yi: Any,
    vi: Any,
    sei: Any,
    mods: Any,
    data: Any,
    slab: Any,
    tau_prior: Any,
    coefficient_prior: Any,
    smallest_effect: float | None,
    ni: Any,
    null: float,
    level: float,
    interval: str,
    intercept: bool,
    missing: Missing,
) -> BayesianRegression:
    """The arguments as in `bayes`, the last five read already.

    Raises ValueError as `bayes` and `metareg` do, but that k studies may have k coefficients.
    """
    given = GivenModerators.of(mods, data, as_truth(intercept, "intercept"))
    studies = read_studies(yi, vi, sei, data, slab, missing, given.beside | {"ni": column(ni, data, "ni")})
    moderators = given.read(studies)
    complete, lacking = complete_studies([moderators], studies, missing)
    kept, labels = kept_studies(studies, complete)
    design = moderators.design(kept, labels)
    check(design, labels, spare=0)
    beside = studies.beside["ni"]
    left_out = (dropped_note(studies.dropped), lacking_note(int(np.sum(~complete)), lacking))
    return bayes_of_design(
        studies.yi[complete],
        studies.vi[complete],
        labels,
        design,
        tau_prior,
        coefficient_prior,
        smallest_effect,
        None if beside is None else list(compress(_for_each(beside, kept), kept.tolist())),
        null,
        level,
        interval,
        yi.measure if isinstance(yi, EffectSizes) else "",
        [note for note in left_out if note],
    )


def _for_each(values: Any, kept: Mask) -> list[Any]:
    """A value for each of the studies given. Raises ValueError for another number of them."""
    found = list(values)
    if len(found) != kept.size:
        raise ValueError(f"ni has {len(found)} values for {kept.size} studies; expected one for each")
    return found
