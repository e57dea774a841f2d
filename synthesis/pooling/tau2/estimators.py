"""Estimators of the between-study variance tau2, each written once for any design.

Every estimator takes a `Model` whose data sets all have df = k - p >= 1 and returns tau2 >= 0 with its
standard error, both of shape (n,). `ESTIMATORS` is the only place that knows their abbreviations; the
estimators by moments are in `moments`, those with weights of the user's choice in `generalised_q`.
"""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel.likelihood import maximise
from synthesis.pooling.kernel.likelihoods import FULL, RESTRICTED
from synthesis.pooling.kernel.model import Model
from synthesis.pooling.tau2.estimator import Estimator, Heterogeneity
from synthesis.pooling.tau2.generalised_q import generalised_q, median_unbiased_generalised_q
from synthesis.pooling.tau2.moments import (
    dersimonian_laird,
    generalised_q_root,
    hedges,
    hunter_schmidt,
    hunter_schmidt_small_sample,
    median_unbiased_paule_mandel,
    paule_mandel,
    sidik_jonkman,
    two_step_cochran,
    two_step_dersimonian_laird,
)

__all__ = ["ESTIMATORS", "Estimator", "Heterogeneity", "chosen_estimator", "generalised_q_root"]


def equal_effects(model: Model) -> Heterogeneity:
    """tau2 = 0 by assumption."""
    return Heterogeneity(np.zeros_like(model.k), np.full_like(model.k, np.nan))


def maximum_likelihood(model: Model) -> Heterogeneity:
    """The global maximum of the full likelihood; se from expected information. Viechtbauer 2005.

    Biased downwards, for it ignores what estimating the coefficients costs (Viechtbauer 2005).
    """
    tau2 = maximise(model, FULL)
    return Heterogeneity(tau2, np.sqrt(2.0 / model.at(tau2).trace_ww))


def restricted_maximum_likelihood(model: Model) -> Heterogeneity:
    """The global maximum of the restricted likelihood; se from expected information.

    Viechtbauer 2005, who finds it nearly unbiased and efficient.
    """
    tau2 = maximise(model, RESTRICTED)
    return Heterogeneity(tau2, np.sqrt(2.0 / model.at(tau2).trace_pp))


ESTIMATORS: dict[str, Estimator] = {
    "EE": Estimator("equal effects", equal_effects),
    "DL": Estimator("DerSimonian-Laird", dersimonian_laird),
    "DL2": Estimator("two-step DerSimonian-Laird", two_step_dersimonian_laird),
    "DLIT": Estimator("iterated DerSimonian-Laird", paule_mandel),
    "HE": Estimator("Hedges", hedges),
    "CA2": Estimator("two-step Cochran ANOVA", two_step_cochran),
    "HS": Estimator("Hunter-Schmidt", hunter_schmidt),
    "HSk": Estimator("Hunter-Schmidt with small-sample correction", hunter_schmidt_small_sample),
    "SJ": Estimator("Sidik-Jonkman", sidik_jonkman),
    "SJIT": Estimator("iterated Sidik-Jonkman", paule_mandel),
    "EB": Estimator("empirical Bayes", paule_mandel),
    "PM": Estimator("Paule-Mandel", paule_mandel),
    "PMM": Estimator("median-unbiased Paule-Mandel", median_unbiased_paule_mandel),
    "GENQ": generalised_q(),
    "GENQM": median_unbiased_generalised_q(),
    "ML": Estimator("maximum likelihood", maximum_likelihood),
    "REML": Estimator("restricted maximum likelihood", restricted_maximum_likelihood),
}


def chosen_estimator(method: str | Estimator) -> Estimator:
    """The estimator of this abbreviation, or the one given."""
    return ESTIMATORS[method] if isinstance(method, str) else method
