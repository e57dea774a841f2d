"""Cluster-robust covariance of the coefficients, and the degrees of freedom it has.

Bell & McCaffrey 2002 and Pustejovsky & Tipton 2018 (CR2, with the inverse of the fitted covariance as weights
and as working model); Tipton 2015. Everything is a sum over clusters of arrays of their own size: with
weights W = M^-1 the residuals have the covariance M - X C X', C = (X'WX)^-1, of which only the second part
ties clusters together, and it has rank p.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.dependent.block_likelihood import DependentFit, StackFit
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.sums import transposed

_VANISHED = 1e-10
"""Of the largest eigenvalue: below it a cluster has no residual in that direction, and none is adjusted."""


@dataclass(frozen=True, eq=False)
class Sandwich:
    """A robust covariance of p coefficients, of B fits, and what its degrees of freedom need.

    covariance: (B, p, p); scores: each cluster's part of the coefficients' error, (B, J, p); own: a_sj' M_j
    a_tj of each cluster, (B, J, p, p), and tied: X_j'a_sj, (B, J, p, p), the coefficient s last; bread: C.
    """

    covariance: Array
    scores: Array
    own: Array
    tied: Array
    bread: Array

    @property
    def clusters(self) -> int:
        """How many clusters, J."""
        return int(self.scores.shape[1])

    def df(self) -> Array:
        """Satterthwaite degrees of freedom of each coefficient, shape (B, p)."""
        tied = np.einsum("bjps,bpq,bjqs->bjs", self.tied, self.bread, self.tied)
        own = np.einsum("bjss->bjs", self.own)
        second = np.einsum("bjps,bjqs->bspq", self.tied, self.tied)
        both = self.bread[:, None] @ second
        squares = (own**2 - 2.0 * own * tied).sum(axis=1) + np.einsum("bspq,bsqp->bs", both, both)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = (own - tied).sum(axis=1) ** 2 / squares
        return found

    def transformed(self, matrix: Array) -> Sandwich:
        """Of q combinations, rows of matrix (q, p) or (B, q, p), of the coefficients."""
        turned = transposed(matrix)
        over = turned if turned.ndim == 2 else turned[:, None]
        scores = self.scores @ turned
        return Sandwich(
            scores.swapaxes(1, 2) @ scores,  # so that rounding leaves no variance below zero
            scores,
            transposed(over) @ self.own @ over,
            self.tied @ over,
            self.bread,
        )

    def expected(self) -> Array:
        """What the covariance is on average if the working model is right, shape (B, p, p)."""
        own = self.own.sum(axis=1)
        tied: Array = np.einsum("bjps,bpq,bjqt->bst", self.tied, self.bread, self.tied)
        return np.asarray(own - tied)

    def spread(self) -> Array:
        """Variance of each element of the covariance under the working model, shape (B, p, p)."""
        half = np.linalg.cholesky(self.bread)
        t = transposed(half)[:, None] @ self.tied  # so that U C U' is t't
        inner = np.einsum("bjps,bjpt->bjst", t, t)
        cross = np.einsum("bjas,bjct->bstac", t, t)

        def summed(left: Array, right: Array, inner_left: Array, inner_right: Array) -> Array:
            found: Array = (left * right - left * inner_right - right * inner_left).sum(axis=1)
            return found

        diagonal = np.einsum("bjss->bjs", self.own)
        inner_diagonal = np.einsum("bjss->bjs", inner)
        same = summed(
            diagonal[..., :, None],
            diagonal[..., None, :],
            inner_diagonal[..., :, None],
            inner_diagonal[..., None, :],
        ) + (cross**2).sum(axis=(-2, -1))
        other = summed(self.own, self.own, inner, inner) + np.einsum("bstac,bstca->bst", cross, cross)
        return np.asarray(same + other)

    def element_covariances(self) -> Array:
        """Covariance of every two elements (s, t) and (u, v) under the working model, (B, p, p, p, p).

        Of normal effects: with P_ij(s, u) the covariance of the parts of clusters i and j, it is the sum over
        i and j of P_ij(s, u) P_ij(t, v) + P_ij(s, v) P_ij(t, u). `spread` is its diagonal, at less cost.
        """
        half = np.linalg.cholesky(self.bread)
        t = transposed(half)[:, None] @ self.tied
        inner = np.einsum("bjps,bjpt->bjst", t, t)
        cross = np.einsum("bjas,bjct->bstac", t, t)
        b, j, p, _ = self.own.shape
        own, less = self.own.reshape(b, j, p * p), inner.reshape(b, j, p * p)
        alone = transposed(own) @ (own - less) - transposed(less) @ own
        flat = cross.reshape(b, p * p, -1)
        tied = (flat @ transposed(flat)).reshape(b, p, p, p, p)
        first = alone.reshape(b, p, p, p, p).swapaxes(2, 3) + tied
        return np.asarray(first + transposed(first))

    def eigenvalues(self, coefficient: int) -> Array:
        """Weights, shape (B, J), of the independent chi-squares whose sum one variance is."""
        half = np.linalg.cholesky(self.bread)
        t = self.tied[..., coefficient] @ half
        parts = -t @ transposed(t)
        each = np.arange(self.clusters)
        parts[:, each, each] += self.own[..., coefficient, coefficient]
        return np.asarray(np.linalg.eigvalsh(parts).clip(min=0.0))


Adjust = Callable[[StackFit, DependentFit], Array]


def _none(part: StackFit, fit: DependentFit) -> Array:
    return np.broadcast_to(np.eye(part.weight.shape[-1]), part.weight.shape)


def _bias_reduced(part: StackFit, fit: DependentFit) -> Array:
    """A with A (M - X C X') A' = M on average: L'(L (M - XCX') L')^(-1/2) L, L'L = M.

    The same for any such L and any order of the rows, and another in another basis of a cluster's effects
    unless that is a rotation: sums and differences of effects, or two halves of one that are nearly the same,
    are adjusted otherwise than the effects.
    """
    lower = np.linalg.cholesky(part.covariance)
    left = part.covariance - part.x @ fit.covariance[:, None] @ transposed(part.x)
    values, vectors = np.linalg.eigh(transposed(lower) @ left @ lower)
    live = values > _VANISHED * values[..., -1:]
    roots = np.where(live, np.where(live, values, 1.0) ** -0.5, 0.0)
    wide = lower @ vectors
    return np.asarray((wide * roots[..., None, :]) @ transposed(wide))


def _jackknife(part: StackFit, fit: DependentFit) -> Array:
    """(I - H)^-1 with H = X C X'W of the cluster itself."""
    hat = part.x @ fit.covariance[:, None] @ transposed(part.leverage)
    return np.asarray(np.linalg.pinv(np.eye(hat.shape[-1]) - hat, rcond=_VANISHED))


def _whole(j: int, k: float, p: int) -> float:
    return 1.0


@dataclass(frozen=True)
class RobustKind:
    """A robust covariance: how a cluster's residuals are adjusted, and the factor of the whole."""

    label: str
    adjust: Adjust
    factor: Callable[[int, float, int], float] = _whole


ROBUST: dict[str, RobustKind] = {
    "CR0": RobustKind("unadjusted", _none),
    "CR1": RobustKind("times J / (J - 1)", _none, lambda j, k, p: j / (j - 1)),
    "CR1S": RobustKind(
        "times J (k - 1) / ((J - 1)(k - p))", _none, lambda j, k, p: j * (k - 1) / ((j - 1) * (k - p))
    ),
    "CR2": RobustKind("bias-reduced linearisation", _bias_reduced),
    "CR3": RobustKind("close to the jackknife", _jackknife),
}


def sandwich(fit: DependentFit, kind: str) -> Sandwich:
    """The robust covariance by a key of ROBUST; every block of the fit is one cluster."""
    chosen = ROBUST[kind]
    scores, own, tied = [], [], []
    effects = 0.0
    for part in fit.stacks:
        adjust = chosen.adjust(part, fit)
        a = transposed(adjust) @ part.leverage @ fit.covariance[:, None]
        scores.append((transposed(a) @ part.residual[..., None])[..., 0])
        own.append(transposed(a) @ part.covariance @ a)
        tied.append(transposed(part.x) @ a)
        effects += float(part.real[0].sum())
    all_scores = np.concatenate(scores, axis=1)
    j, p = all_scores.shape[1:]
    factor = chosen.factor(j, effects, p)
    return Sandwich(
        factor * (all_scores.swapaxes(1, 2) @ all_scores),
        np.sqrt(factor) * all_scores,
        factor * np.concatenate(own, axis=1),
        np.sqrt(factor) * np.concatenate(tied, axis=1),
        fit.covariance,
    )
