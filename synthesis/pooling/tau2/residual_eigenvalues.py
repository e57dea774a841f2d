"""Eigenvalues of the residual form of the mean at tau2 = 0, without a k x k matrix."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import Model
from synthesis.pooling.kernel.newton import increasing_root

_CHUNK = 1 << 20  # values held at a time


def residual_eigenvalues(model: Model) -> Array:
    """The positive eigenvalues of P = W - ww' / sum(w), w = 1 / v, as (n, k - 1); zero for absent studies.

    No moderators; on the model's scale. With mu_j these, Q is distributed as sum_j (1 + tau2 mu_j)
    chi2(1)_j, for P V P = P. The secular equation of a matrix less one of rank one (Golub 1973) is here
    sum_i 1 / (1 / mu - v_i) = 0: one root 1 / mu between any two neighbouring variances, found to full
    relative precision whatever their range. Cost: O(k^2) a data set.
    """
    v = np.sort(np.where(model.present, model.variances, np.inf), axis=1)
    low, high = v[:, :-1], v[:, 1:]
    there: Mask = high < np.inf
    gap = np.subtract(high, low, out=np.zeros_like(high), where=there)
    place = np.zeros_like(gap)
    rows, columns = np.nonzero(gap)
    size = max(_CHUNK // v.shape[1], 1)
    for i in range(0, rows.size, size):
        row, column = rows[i : i + size], columns[i : i + size]
        place[row, column] = _between_neighbours(v[row], column, gap[row, column])
    eigenvalues: Array = np.divide(1.0, low + place * gap, out=np.zeros_like(high), where=there)
    return eigenvalues


def _between_neighbours(v: Array, column: Rows, gap: Array) -> Array:
    """Where in the gap, in (0, 1), the sum is zero; times u (1 - u) gap, so that it runs from -1 to 1.

    v: sorted, (m, k), infinite where absent; column, gap: (m,), the gap is between v[column] and the next.
    """
    own = np.arange(v.shape[1]) - column[:, None]
    from_low = np.where((own == 0) | (own == 1), -np.inf, v[np.arange(column.size), column][:, None] - v)

    def equation(u: Array, rows: Rows) -> tuple[Array, Array]:
        near = gap[rows, None] / (from_low[rows] + (u * gap[rows])[:, None])
        total, slope = near.sum(axis=1), -(near * near).sum(axis=1)
        inner = u * (1.0 - u)
        return 2.0 * u - 1.0 - inner * total, 2.0 - (1.0 - 2.0 * u) * total - inner * slope

    zero, one = np.zeros_like(gap), np.ones_like(gap)
    return increasing_root(equation, zero, one, 0.5 * one, one)
