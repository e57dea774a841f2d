"""tau2 from a generalised Q statistic, y'Py with fixed weights of the user's choice; for any design.

Q(a) = sum of a_i r_i^2, r the residuals of the regression weighted by a. `generalised_q` equates it with its
expectation, `median_unbiased_generalised_q` with its median. Weights matter only by their ratios.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.tau2.estimator import Estimator, Heterogeneity
from synthesis.pooling.tau2.quadratic_form_intervals import powers, tau2_at_tail
from synthesis.pooling.tau2.weighted_residuals import WeightedResiduals, weighted_residuals


@dataclass(frozen=True)
class WeightedEstimator(Estimator):
    """An estimator that carries weights, (k,) for all data sets of a batch or (B, k).

    numbers: which data sets of the batch the rows of (B, k) weights belong to.
    """

    weights: Array
    numbers: Rows
    rule: Callable[[LinearModel, Array], Heterogeneity]

    def take(self, rows: Rows | slice) -> Estimator:
        """The estimator for these data sets of the batch."""
        if self.weights.ndim == 1:
            return self
        return _carrying(self.name, self.rule, self.weights[rows], self.numbers[rows])


def generalised_q(weights: Array | None = None) -> Estimator:
    """The generalised method of moments: (y'Py - tr(PV)) / tr(P), truncated at zero.

    DerSimonian & Kacker 2007; for a design, Jackson, Turner, Rhodes & Viechtbauer 2014. weights: (k,) or
    (B, k), finite and above zero wherever a study is present; 1 / sqrt(v) when None, which Jackson 2013
    recommends for moderate heterogeneity. Weights 1 / v give DerSimonian-Laird, equal weights Hedges. They
    serve tau2 only: the coefficients keep the weights 1 / (v + tau2). The standard error is that of the
    quadratic form.
    Raises ValueError for weights of another shape and, on use, for a weight that is not finite and positive.
    """
    return _estimator("generalised Q", _at_expectation, weights)


def median_unbiased_generalised_q(weights: Array | None = None) -> Estimator:
    """The tau2 at which y'Py is the median of its distribution, a weighted sum of chi2(1); zero if below it.

    The estimate that belongs to Jackson's 2013 interval as its limit at level zero; see Viechtbauer 2021.
    weights, errors: as for `generalised_q`, and so is the standard error, taken at this tau2. Each
    data set costs the eigenvectors of a k x k matrix some eight times.
    """
    return _estimator("median-unbiased generalised Q", _at_median, weights)


def _estimator(
    name: str, rule: Callable[[LinearModel, Array], Heterogeneity], weights: Array | None
) -> Estimator:
    if weights is None:
        return Estimator(f"{name} (weights 1/se)", lambda model: rule(model, powers(model, -0.5)))
    given = np.asarray(weights)
    if given.ndim not in (1, 2):
        raise ValueError(f"the weights have shape {given.shape}; expected (k,) or (B, k)")
    return _carrying(f"{name} (weights given)", rule, given, np.arange(len(given)))


def _carrying(
    name: str, rule: Callable[[LinearModel, Array], Heterogeneity], weights: Array, numbers: Rows
) -> Estimator:
    def estimate(model: LinearModel) -> Heterogeneity:
        return rule(model, positive_weights(model, weights, numbers))

    return WeightedEstimator(name, estimate, weights, numbers, rule)


def positive_weights(model: LinearModel, weights: Array, numbers: Rows | None = None) -> Array:
    """The weights of each data set, (n, k), zero where a study is absent; given as (k,) or (n, k).

    numbers: of the n data sets in their batch, for messages about weights (n, k); 0 to n - 1 when None.
    Raises ValueError for another shape and for a weight that is not finite and positive.
    """
    n, k = model.y.shape
    if weights.shape not in ((k,), (n, k)):
        raise ValueError(f"the weights have shape {weights.shape}; expected ({k},) or ({n}, {k})")
    each = np.broadcast_to(weights, (n, k))
    wrong = model.present & ~((each > 0) & (each < np.inf))
    if np.any(wrong):
        row, study = np.argwhere(wrong)[0].tolist()
        where = f"study {study + 1}"
        if weights.ndim == 2:
            where += f" of data set {1 + (row if numbers is None else numbers[row])}"
        raise ValueError(f"the weight of {where} is {each[row, study]}; expected a finite number above zero")
    return np.where(model.present, each, 0.0)


def _at_expectation(model: LinearModel, weights: Array) -> Heterogeneity:
    form = weighted_residuals(model, weights)
    v = model.variances
    tau2 = np.maximum((form.ypy - form.trace_pv(v)) / form.trace_p, 0.0)
    return Heterogeneity(tau2, _standard_error(form, v, tau2))


def _standard_error(form: WeightedResiduals, v: Array, tau2: Array) -> Array:
    """sqrt(2 tr(P S P S)) / tr(P) with S = V + tau2 I."""
    total = v + tau2[:, None]
    return np.sqrt(2.0 * form.trace_pvpv(total)) / form.trace_p


def _at_median(model: LinearModel, weights: Array) -> Heterogeneity:
    n, k = model.y.shape
    tau2, se = np.empty((2, n))
    for rows in parts_of(n, k * k):
        part = model.take(np.arange(n)[rows])
        form = weighted_residuals(part, weights[rows])
        tau2[rows] = tau2_at_tail(part, form, 0.5)
        se[rows] = _standard_error(form, part.variances, tau2[rows])
    return Heterogeneity(tau2, se)
