"""Coefficients and the quadratic form y'Py at weights of any kind, whatever their range.

With A = diag(a), the projection is P = A - A X (X'AX)^-1 X'A. `wide_regression` gives what is known of it;
here are added P itself, what each effect adds to the coefficients, and the eigenvalues of P at tau2 = 0.
"""

from __future__ import annotations

import numpy as np

from synthesis.pooling.designs.basis import base_of
from synthesis.pooling.designs.wide_regression import WideProjection
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.parts import parts_of

_LEAST = 1e-300  # a weight lighter than this, beside the heaviest, would vanish and leave a design singular


class WeightedResiduals(WideProjection):
    """The projection of n data sets at weights a, (n, k), the heaviest of each data set one."""

    @once
    def matrix(self) -> Array:
        """P itself, shape (n, k, k)."""
        root, root_base = np.sqrt(self._w), np.sqrt(self._d)
        turned = np.matmul(self._f, self._inner)
        matrix: Array = -np.matmul(turned, self._f.transpose(0, 2, 1))
        every = np.arange(root.shape[1])
        matrix[:, every, every] += 1.0
        matrix *= root[:, :, None]
        matrix *= root[:, None, :]
        rows = self._base.rows
        between = -turned * root[:, :, None] * root_base[:, None, :]
        matrix[self._each, :, rows] = between.transpose(0, 2, 1)
        matrix[self._each, rows, :] = between.transpose(0, 2, 1)
        within = self._shrunk * root_base[:, :, None] * root_base[:, None, :]
        matrix[self._each[:, :, None], rows[:, :, None], rows[:, None, :]] = within
        return matrix

    @once
    def influence(self) -> Array:
        """The derivatives of the coefficients by the effects, A X (X'AX)^-1, shape (n, k, p)."""
        shares = self._f.copy()
        p = shares.shape[2]
        shares[self._each, self._base.rows, np.arange(p)] = 1.0
        at_base = np.matmul(shares, self._inner) * np.sqrt(self.weights)[:, :, None]
        at_base /= np.sqrt(self._d)[:, None, :]
        influence: Array = np.matmul(at_base, self._base.inverse.transpose(0, 2, 1))
        return influence


def weighted_residuals(model: LinearModel, weights: Array) -> WeightedResiduals:
    """The projection of every data set; weights (n, k), zero where a study is absent or has no say.

    The studies of positive weight must be able to estimate the design.
    """
    a = weights / weights.max(axis=1, keepdims=True, initial=0.0)
    a = np.where(weights > 0, np.maximum(a, _LEAST), 0.0)
    base = base_of(model.x, a, model.y)
    return WeightedResiduals(a, base, np.zeros(len(a)))


def residual_eigenvalues(model: LinearModel) -> Array:
    """The positive eigenvalues of P = W - ww' / sum(w), w = 1 / v, as (n, k - 1); zero for absent studies.

    No moderators; on the model's scale. With mu_j these, Q is distributed as sum_j (1 + tau2 mu_j)
    chi2(1)_j, for P V P = P. The secular equation of a matrix less one of rank one (Golub 1973) is here
    sum_i 1 / (1 / mu - v_i) = 0: one root 1 / mu between any two neighbouring variances, found to full
    relative precision whatever their range. Cost: O(k^2) a data set.
    """
    v = np.sort(np.where(model.present, model.variances, np.inf))
    low, high = v[:, :-1], v[:, 1:]
    there: Mask = high < np.inf
    gap = np.subtract(high, low, out=np.zeros_like(high), where=there)
    place = np.zeros_like(gap)
    rows, columns = np.nonzero(gap)
    for part in parts_of(rows.size, v.shape[1]):
        row, column = rows[part], columns[part]
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
