"""Intervals for tau2 from the exact distribution of a generalised Q statistic, y'Py with fixed weights a.

Given tau2, Q is a sum of lambda_j chi2(1)_j with lambda the eigenvalues of S^(1/2) P S^(1/2), where S is
diag(v + tau2). Each grows with tau2, at the rate lambda_j sum_i u_ij^2 / (v_i + tau2) with u_j its
eigenvector. Hence so does P(Q >= observed), and every bound is one root. Cost: the eigenvalues and
eigenvectors of a k x k matrix some eight times a bound.
"""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.newton import halfway, increasing_root
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.mean.inference import Bounds
from synthesis.pooling.tau2.quadratic_forms import WeightedChi2, weighted_chi2, weighted_chi2_quantile
from synthesis.pooling.tau2.weighted_residuals import WeightedResiduals, weighted_residuals

_TINY = float(np.finfo(float).tiny)


def jackson(model: LinearModel, level: float) -> Bounds:
    """The interval with weights 1 / sqrt(v). Jackson 2013, who recommends them for moderate heterogeneity."""
    return generalised_q_interval(model, powers(model, -0.5), level)


def biggerstaff_jackson(model: LinearModel, level: float) -> Bounds:
    """The interval with weights 1 / v, of Cochran's Q itself. Biggerstaff & Jackson 2008.

    It replaces the gamma approximation to the same distribution (Biggerstaff & Tweedie 1997), whose lower
    probability can rise with tau2, so that its bounds need not exist.
    """
    return generalised_q_interval(model, powers(model, -1.0), level)


def generalised_q_interval(model: LinearModel, weights: Array, level: float) -> Bounds:
    """Interval for tau2 on the model's scale, shape (n,). Jackson 2013.

    weights: (n, k), above zero where a study is present and zero where it is absent. At the lower bound
    P(Q >= observed) is (1 - level) / 2, at the upper bound P(Q <= observed). A bound is zero when tau2 = 0
    has already passed its probability: as for the Q-profile interval, data that look too homogeneous give
    [0, 0]. Every data set needs df >= 1.
    """
    n, k = model.y.shape
    tail = 0.5 * (1.0 - level)
    low, high = np.empty((2, n))
    for rows in parts_of(n, k * k):
        part = model.take(np.arange(n)[rows])
        form = weighted_residuals(part, weights[rows])
        low[rows] = tau2_at_tail(part, form, tail)
        high[rows] = tau2_at_tail(part, form, 1.0 - tail)
    return Bounds(low, high)


def tau2_at_tail(model: LinearModel, form: WeightedResiduals, tail: float) -> Array:
    """The tau2 at which P(Q >= observed) = tail, or zero when it is larger at tau2 = 0; shape (n,).

    As S lies between (v_min + tau2) I and (v_max + tau2) I, so do the eigenvalues, between those multiples of
    P's own: the root is enclosed by observed / quantile - v_max and observed / quantile - v_min.
    """
    observed, matrix, v = form.ypy, form.matrix, model.variances
    own = np.maximum(np.linalg.eigvalsh(matrix), 0.0)
    ratio = observed / weighted_chi2_quantile(np.array(tail), own, upper=True)
    low, high = np.maximum(ratio - model.v_max, 0.0), np.maximum(ratio - model.v_min, 0.0)

    def distribution(tau2: Array, rows: Rows) -> WeightedChi2:
        s = v[rows] + tau2[:, None]
        root = np.sqrt(s)
        eigenvalues, vectors = np.linalg.eigh(matrix[rows] * root[:, :, None] * root[:, None, :])
        eigenvalues = np.maximum(eigenvalues, 0.0)
        rates = eigenvalues * np.einsum("bij,bi->bj", vectors * vectors, 1.0 / s)
        return weighted_chi2(observed[rows], eigenvalues, rates)

    def equation(tau2: Array, rows: Rows) -> tuple[Array, Array]:
        at = distribution(tau2, rows)
        if tail <= 0.5:
            found = np.maximum(at.tail, _TINY)
            return np.log(found / tail), at.rise / found
        found = np.maximum(at.cdf, _TINY)
        return np.log((1.0 - tail) / found), at.rise / found

    tau2 = np.zeros_like(low)
    doubtful = np.flatnonzero((low == 0.0) & (high > 0.0))
    passed = np.zeros(low.shape, dtype=bool)
    if doubtful.size:
        passed[doubtful] = distribution(np.zeros(doubtful.size), doubtful).tail >= tail
    sought = np.flatnonzero((high > 0.0) & ~passed)
    if sought.size:
        bracket = low[sought], high[sought]
        start = halfway(*bracket, model.v_min[sought])
        tau2[sought] = increasing_root(
            lambda t, rows: equation(t, sought[rows]), *bracket, start, model.v_min[sought]
        )
    return tau2


def powers(model: LinearModel, power: float) -> Array:
    """Sampling variances to a power, (n, k); zero where a study is absent."""
    v = model.variances
    return np.power(v, power, out=np.zeros_like(v), where=model.present)
