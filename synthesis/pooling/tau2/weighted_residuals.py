"""Coefficients and the quadratic form y'Py at weights of any kind, whatever their range.

With A = diag(a), the projection is P = A - A X (X'AX)^-1 X'A. `wide_regression` gives what is known of it;
here are added P itself and what each effect adds to the coefficients.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from synthesis.pooling.designs.basis import base_of
from synthesis.pooling.designs.wide_regression import WideProjection
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.model import Model

_LEAST = 1e-300  # a weight lighter than this, beside the heaviest, would vanish and leave a design singular


class WeightedResiduals(WideProjection):
    """The projection of n data sets at weights a, (n, k), the heaviest of each data set one."""

    @cached_property
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

    @cached_property
    def influence(self) -> Array:
        """The derivatives of the coefficients by the effects, A X (X'AX)^-1, shape (n, k, p)."""
        shares = self._f.copy()
        p = shares.shape[2]
        shares[self._each, self._base.rows, np.arange(p)] = 1.0
        at_base = np.matmul(shares, self._inner) * np.sqrt(self.weights)[:, :, None]
        at_base /= np.sqrt(self._d)[:, None, :]
        influence: Array = np.matmul(at_base, self._base.inverse.transpose(0, 2, 1))
        return influence


def weighted_residuals(model: Model, weights: Array) -> WeightedResiduals:
    """The projection of every data set; weights (n, k), zero where a study is absent or has no say.

    The studies of positive weight must be able to estimate the design.
    """
    a = weights / weights.max(axis=1, keepdims=True, initial=0.0)
    a = np.where(weights > 0, np.maximum(a, _LEAST), 0.0)
    base = base_of(model.x, a, model.y)
    return WeightedResiduals(a, base, np.zeros(len(a)))
