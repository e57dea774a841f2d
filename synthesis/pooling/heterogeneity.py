"""Estimators of the between-study variance tau2, each written once for any design.

Every estimator takes a `Model` whose data sets all have df = k - p >= 1 and returns tau2 >= 0 with its
standard error, both of shape (n,). `ESTIMATORS` is the only place that knows their abbreviations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.effects import Array, Rows
from synthesis.pooling.likelihood import FULL, RESTRICTED
from synthesis.pooling.model import Model, Projection
from synthesis.pooling.newton import increasing_root
from synthesis.pooling.optimum import maximise
from synthesis.pooling.sums import row_dot, row_sum, trace, trace_of_product


@dataclass(frozen=True)
class Heterogeneity:
    """tau2 and its standard error (nan where none is defined), shape (n,)."""

    tau2: Array
    se: Array


@dataclass(frozen=True)
class Estimator:
    """An estimator and its full name."""

    name: str
    estimate: Callable[[Model], Heterogeneity]


def equal_effects(model: Model) -> Heterogeneity:
    """tau2 = 0 by assumption."""
    return Heterogeneity(np.zeros_like(model.k), np.full_like(model.k, np.nan))


def dersimonian_laird(model: Model) -> Heterogeneity:
    """(Q - df) / tr(P), truncated at zero. DerSimonian & Laird 1986, eq. 8; for a design, Raudenbush 2009."""
    at_zero = model.at_zero
    tau2 = np.maximum((at_zero.ypy - model.df) / at_zero.trace_p, 0.0)
    return Heterogeneity(tau2, np.sqrt(variance_of_q(at_zero, model.df, tau2)) / at_zero.trace_p)


def hunter_schmidt(model: Model) -> Heterogeneity:
    """(Q - k) / sum(w), truncated at zero. Viechtbauer 2005 (Hunter & Schmidt 1990)."""
    at_zero = model.at_zero
    tau2 = np.maximum((at_zero.ypy - model.k) / at_zero.trace_w, 0.0)
    return Heterogeneity(tau2, np.sqrt(variance_of_q(at_zero, model.df, tau2)) / at_zero.trace_w)


def hedges(model: Model) -> Heterogeneity:
    """Unweighted residual variance minus the part sampling explains, truncated at zero.

    Hedges & Olkin 1985; Raudenbush 2009. The variance is that of the quadratic form
    y'Py with all weights one.
    """
    unweighted, v = model.unweighted, model.variances
    by_v = np.matmul(unweighted.covariance, model.gram(v))
    by_v2 = np.matmul(unweighted.covariance, model.gram(v * v))
    trace_pv = row_sum(v) - trace(by_v)
    trace_pvpv = row_dot(v, v) - 2.0 * trace(by_v2) + trace_of_product(by_v, by_v)
    tau2 = np.maximum((unweighted.ypy - trace_pv) / model.df, 0.0)
    variance = 2.0 * trace_pvpv + 4.0 * tau2 * trace_pv + 2.0 * tau2**2 * model.df
    return Heterogeneity(tau2, np.sqrt(variance) / model.df)


def sidik_jonkman(model: Model) -> Heterogeneity:
    """tau0 y'Py / df with weights at tau0, the unweighted mean square of y. Sidik & Jonkman 2005."""
    mean = row_sum(model.y) / model.k
    spread = np.where(model.present, model.y - mean[:, None], 0.0)
    tau0 = row_dot(spread, spread) / model.k
    at_tau0 = model.at(tau0)
    tau2 = tau0 * at_tau0.ypy / model.df
    return Heterogeneity(tau2, tau0 * np.sqrt(variance_of_q(at_tau0, model.df, tau2 - tau0)) / model.df)


def paule_mandel(model: Model) -> Heterogeneity:
    """The tau2 at which Q equals its expectation df, zero when Q(0) is below it. Paule & Mandel 1982.

    Morris' empirical Bayes estimate solves the same equation (Viechtbauer et al. 2015), and
    his form of it, sum(w (k / df r^2 - v)) = tau2 sum(w), gives the standard error (Morris 1983).
    """
    tau2 = generalised_q_root(model, model.df)
    return Heterogeneity(tau2, model.k * np.sqrt(2.0 / model.df) / model.at(tau2).trace_w)


def maximum_likelihood(model: Model) -> Heterogeneity:
    """The global maximum of the full likelihood; se from expected information. Viechtbauer 2005."""
    tau2 = maximise(model, FULL)
    return Heterogeneity(tau2, np.sqrt(2.0 / model.at(tau2).trace_ww))


def restricted_maximum_likelihood(model: Model) -> Heterogeneity:
    """The global maximum of the restricted likelihood; se from expected information.

    Viechtbauer 2005.
    """
    tau2 = maximise(model, RESTRICTED)
    return Heterogeneity(tau2, np.sqrt(2.0 / model.at(tau2).trace_pp))


ESTIMATORS: dict[str, Estimator] = {
    "EE": Estimator("equal effects", equal_effects),
    "DL": Estimator("DerSimonian-Laird", dersimonian_laird),
    "HE": Estimator("Hedges", hedges),
    "HS": Estimator("Hunter-Schmidt", hunter_schmidt),
    "SJ": Estimator("Sidik-Jonkman", sidik_jonkman),
    "EB": Estimator("empirical Bayes", paule_mandel),
    "PM": Estimator("Paule-Mandel", paule_mandel),
    "ML": Estimator("maximum likelihood", maximum_likelihood),
    "REML": Estimator("restricted maximum likelihood", restricted_maximum_likelihood),
}


def variance_of_q(projection: Projection, df: Array, excess: Array) -> Array:
    """Variance of y'Py when the true tau2 exceeds that of the projection's weights by `excess`.

    All arrays (n,). 2 tr(P S P S) with S = W^-1 + excess * I (Biggerstaff & Tweedie 1997, for excess = tau2).
    """
    return 2.0 * df + 4.0 * excess * projection.trace_p + 2.0 * excess**2 * projection.trace_pp


def generalised_q_root(model: Model, target: Array) -> Array:
    """The tau2 >= 0 at which y'Py = target, zero when it is below at tau2 = 0; target > 0, shape (n,).

    Newton on target / Q - 1, which is increasing, concave and nearly linear in tau2. The bracket ends at
    SS / target, as Q(tau2) <= SS / tau2 with SS the unweighted residual sum of squares.
    """
    high = model.unweighted.ypy / target
    zero = np.zeros_like(high)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = model.take(rows).at(tau2)
        goal = target[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            return goal / at.ypy - 1.0, goal * at.yppy / at.ypy**2

    return increasing_root(equation, zero, high, zero, model.v_min)
