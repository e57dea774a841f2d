"""Estimators of the between-study variance tau2, each written once for any design.

Every estimator takes a `LinearModel` whose data sets all have df = k - p >= 1 and returns tau2 >= 0 with its
standard error, both of shape (n,). `ESTIMATORS` is the only place that knows their abbreviations; the
estimators with weights of the user's choice are in `generalised_q`, likelihoods in the kernel.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from synthesis.pooling.kernel import search
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, maximise
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.one_mean import searched
from synthesis.pooling.kernel.sums import row_dot, row_sum
from synthesis.pooling.tau2.estimator import Estimator, Heterogeneity
from synthesis.pooling.tau2.generalised_q import generalised_q, median_unbiased_generalised_q

# Estimators that equate a quadratic form y'Py with its expectation or its median.


def dersimonian_laird(model: LinearModel) -> Heterogeneity:
    """(Q - df) / tr(P), truncated at zero. DerSimonian & Laird 1986, eq. 8; for a design, Raudenbush 2009.

    Biased downwards when heterogeneity is large and studies are of unequal size (Viechtbauer 2005).
    """
    at_zero = model.at_zero
    tau2 = np.maximum((at_zero.ypy - model.df) / at_zero.trace_p, 0.0)
    return Heterogeneity(tau2, np.sqrt(variance_of_q(at_zero, model.df, tau2)) / at_zero.trace_p)


def hunter_schmidt(model: LinearModel) -> Heterogeneity:
    """(Q - k) / sum(w), truncated at zero. Viechtbauer 2005 (Hunter & Schmidt 1990), who shows its bias.

    Biased downwards, for the expectation of Q with tau2 = 0 is df and not k.
    """
    at_zero = model.at_zero
    tau2 = np.maximum((at_zero.ypy - model.k) / at_zero.trace_w, 0.0)
    return Heterogeneity(tau2, np.sqrt(variance_of_q(at_zero, model.df, tau2)) / at_zero.trace_w)


def hunter_schmidt_small_sample(model: LinearModel) -> Heterogeneity:
    """(Q k / df - k) / sum(w), truncated at zero. Brannick, Potter, Benitez & Morris 2019.

    Hunter-Schmidt with Q enlarged, which without truncation is unbiased for equal variances.
    """
    at_zero, enlarged = model.at_zero, model.k / model.df
    tau2 = np.maximum((at_zero.ypy * enlarged - model.k) / at_zero.trace_w, 0.0)
    return Heterogeneity(tau2, enlarged * np.sqrt(variance_of_q(at_zero, model.df, tau2)) / at_zero.trace_w)


def hedges(model: LinearModel) -> Heterogeneity:
    """Unweighted residual variance minus the part sampling explains, truncated at zero.

    Hedges & Olkin 1985; Raudenbush 2009. The variance is that of the quadratic form
    y'Py with all weights one. Nearly unbiased, but of large variance (Viechtbauer 2005).
    """
    unweighted, v = model.unweighted, model.variances
    trace_pv, trace_pvpv = unweighted.trace_pv(v), unweighted.trace_pvpv(v)
    tau2 = np.maximum((unweighted.ypy - trace_pv) / model.df, 0.0)
    variance = 2.0 * trace_pvpv + 4.0 * tau2 * trace_pv + 2.0 * tau2**2 * model.df
    return Heterogeneity(tau2, np.sqrt(variance) / model.df)


def two_step_dersimonian_laird(model: LinearModel) -> Heterogeneity:
    """One more moment step, with weights at the DerSimonian-Laird estimate. DerSimonian & Kacker 2007.

    They report it close to Paule-Mandel, which is the limit of such steps.
    """
    return moment_step(model, dersimonian_laird(model).tau2)


def two_step_cochran(model: LinearModel) -> Heterogeneity:
    """One more moment step, with weights at the Cochran ANOVA (Hedges) estimate. DerSimonian & Kacker 2007.

    They report it close to Paule-Mandel, which is the limit of such steps.
    """
    return moment_step(model, hedges(model).tau2)


def moment_step(model: LinearModel, tau2: Array) -> Heterogeneity:
    """The moment estimate with weights 1 / (v + tau2), truncated at zero. DerSimonian & Kacker 2007.

    (y'Py - tr(PV)) / tr(P), where tr(PV) = df - tau2 tr(P). tau2: shape (n,). The standard error takes
    these weights as given.
    """
    at = model.at(tau2)
    found = np.maximum(tau2 + (at.ypy - model.df) / at.trace_p, 0.0)
    return Heterogeneity(found, np.sqrt(variance_of_q(at, model.df, found - tau2)) / at.trace_p)


def sidik_jonkman(model: LinearModel) -> Heterogeneity:
    """tau0 y'Py / df with weights at tau0, the unweighted mean square of y. Sidik & Jonkman 2005.

    Positive unless all effects are equal: much too large with little heterogeneity (Sidik & Jonkman 2007).
    """
    mean = row_sum(model.y) / model.k
    spread = np.where(model.present, model.y - mean[:, None], 0.0)
    tau0 = row_dot(spread, spread) / model.k
    at_tau0 = model.at(tau0)
    tau2 = tau0 * at_tau0.ypy / model.df
    return Heterogeneity(tau2, tau0 * np.sqrt(variance_of_q(at_tau0, model.df, tau2 - tau0)) / model.df)


def paule_mandel(model: LinearModel) -> Heterogeneity:
    """The tau2 at which Q equals its expectation df, zero when Q(0) is below it. Paule & Mandel 1982.

    Three other estimators are this one. Morris' empirical Bayes estimate solves the same equation
    (Viechtbauer et al. 2015), and his form of it, sum(w (k / df r^2 - v)) = tau2 sum(w), gives the standard
    error (Morris 1983). Sidik-Jonkman iterated repeats tau2 <- tau2 Q(tau2) / df: as Q falls and tau2 Q
    rises with tau2, it moves from any start above zero towards Q = df and never past it. DerSimonian-Laird
    iterated repeats `moment_step`, tau2 <- max(0, tau2 + (Q(tau2) - df) / tr(P)), which rests where Q = df,
    or at zero if Q(0) <= df, and nowhere else.
    """
    return _at_target(model, model.df)


def median_unbiased_paule_mandel(model: LinearModel) -> Heterogeneity:
    """The tau2 at which Q equals its median, that of chi2(df), zero when Q(0) is below it. Viechtbauer 2021.

    Before truncation it is too large as often as too small. The standard error is that of Paule-Mandel.
    """
    return _at_target(model, np.asarray(2.0 * special.gammaincinv(0.5 * model.df, 0.5)))


def _at_target(model: LinearModel, target: Array) -> Heterogeneity:
    tau2 = generalised_q_root(model, target)
    return Heterogeneity(tau2, model.k * np.sqrt(2.0 / model.df) / model.at(tau2).trace_w)


def variance_of_q(projection: Projection, df: Array, excess: Array) -> Array:
    """Variance of y'Py when the true tau2 exceeds that of the projection's weights by `excess`.

    All arrays (n,). 2 tr(P S P S) with S = W^-1 + excess * I (Biggerstaff & Tweedie 1997, for excess = tau2).
    """
    return 2.0 * df + 4.0 * excess * projection.trace_p + 2.0 * excess**2 * projection.trace_pp


def generalised_q_root(model: LinearModel, target: Array) -> Array:
    """The tau2 >= 0 at which y'Py = target, zero when it is below at tau2 = 0; target > 0, shape (n,).

    Newton on target / Q - 1, which is increasing, concave and nearly linear in tau2. The bracket ends at
    SS / target, as Q(tau2) <= SS / tau2 with SS the unweighted residual sum of squares.
    """
    tau2 = searched(model, search.Q, target)
    if tau2 is not None:
        return tau2
    high = model.unweighted.ypy / target
    zero = np.zeros_like(high)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = model.take(rows).at(tau2)
        goal = target[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            return goal / at.ypy - 1.0, goal * at.yppy / at.ypy**2

    return increasing_root(equation, zero, high, zero, model.v_min)


__all__ = ["ESTIMATORS", "Estimator", "Heterogeneity", "chosen_estimator", "generalised_q_root"]


def equal_effects(model: LinearModel) -> Heterogeneity:
    """tau2 = 0 by assumption."""
    return Heterogeneity(np.zeros_like(model.k), np.full_like(model.k, np.nan))


def maximum_likelihood(model: LinearModel) -> Heterogeneity:
    """The global maximum of the full likelihood; se from expected information. Viechtbauer 2005.

    Biased downwards, for it ignores what estimating the coefficients costs (Viechtbauer 2005).
    """
    tau2 = maximise(model, FULL)
    return Heterogeneity(tau2, np.sqrt(2.0 / model.at(tau2).trace_ww))


def restricted_maximum_likelihood(model: LinearModel) -> Heterogeneity:
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
