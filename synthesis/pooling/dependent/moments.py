"""Variances of random effects by moments, and the weights of robust variance estimation that go with them.

Hedges, Tipton & Johnson 2010. With correlated effects a cluster's k_j estimates count as having its mean
sampling variance, and weigh 1 / (k_j (mean + tau2)) each; with hierarchical effects an estimate weighs
1 / (v + tau2 + omega2). The weights are approximate on purpose: the robust variance allows for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True, eq=False)
class MomentWeights:
    """tau2, between clusters; omega2, within them (None with correlated effects); weights, shape (k,)."""

    tau2: float
    omega2: float | None
    weights: Array


def correlated_moments(yi: Array, vi: Array, x: Array, cluster: Rows, rho: float) -> MomentWeights:
    """Equation 15 of the paper: of effects whose errors have the correlation rho within a cluster.

    yi, vi, cluster: shape (k,); x: (k, p). The expectation of the weighted residual sum of squares at
    tau2 = 0 is J - (1 - rho) tr(V A) - rho tr(V B) + tau2 (sum of w - tr(V C)), V = (X'WX)^-1.
    """
    size = np.bincount(cluster).astype(float)
    mean = np.bincount(cluster, vi) / size
    weight = 1.0 / (size * mean)[cluster]
    bread, residual = _weighted(yi, x, weight)
    sums = _by_cluster(x, cluster)
    scale = 1.0 / (mean * size**2)
    own = (x * scale[cluster][:, None]).T @ x
    joint = (sums * scale[:, None]).T @ sums
    shared = (sums * (scale / mean)[:, None]).T @ sums
    q = float(weight @ residual**2)
    excess = q - size.size + (1.0 - rho) * np.trace(bread @ own) + rho * np.trace(bread @ joint)
    tau2 = max(0.0, float(excess / ((1.0 / mean).sum() - np.trace(bread @ shared))))
    return MomentWeights(tau2, None, 1.0 / (size * (mean + tau2))[cluster])


def hierarchical_moments(yi: Array, vi: Array, x: Array, cluster: Rows) -> MomentWeights:
    """Of independent errors: two sums of squares, of residuals by 1 / v and of the clusters' sums of them.

    yi, vi, cluster: shape (k,); x: (k, p). Both variances solve the two equations of their expectations, a
    negative one is zero.
    """
    weight = 1.0 / vi
    bread, residual = _weighted(yi, x, weight)
    sums = _by_cluster(x, cluster)
    wx = x * weight[:, None]
    weighted_sums = _by_cluster(wx, cluster)
    # tr(W A - V X'W A W X) for A = 11' of clusters, I, and diag(v)
    first = (
        weight.sum() - np.trace(bread @ weighted_sums.T @ weighted_sums),
        weight.sum() - np.trace(bread @ wx.T @ wx),
        vi.size - float(x.shape[1]),
    )
    size = np.bincount(cluster).astype(float)
    gram = sums.T @ sums
    second = (
        _between_clusters(size, sums, weighted_sums, bread, gram),
        _of_diagonal(np.ones_like(vi), x, wx, sums, cluster, bread, gram),
        _of_diagonal(vi, x, wx, sums, cluster, bread, gram),
    )
    q = np.array([weight @ residual**2, np.sum(np.bincount(cluster, residual) ** 2)])
    both = np.array([first, second])
    omega2, tau2 = 0.0, 0.0
    if abs(np.linalg.det(both[:, :2])) > 0:
        tau2, omega2 = (max(0.0, float(v)) for v in np.linalg.solve(both[:, :2], q - both[:, 2]))
    return MomentWeights(tau2, omega2, 1.0 / (vi + tau2 + omega2))


def _by_cluster(rows: Array, cluster: Rows) -> Array:
    """Sums of rows (k, p) within clusters, shape (J, p)."""
    return np.stack([np.bincount(cluster, column) for column in rows.T], axis=1).astype(float)


def _weighted(yi: Array, x: Array, weight: Array) -> tuple[Array, Array]:
    """(X'WX)^-1 and the residuals of the weighted fit."""
    bread: Array = np.asarray(np.linalg.inv((x * weight[:, None]).T @ x))
    return bread, yi - x @ (bread @ (x.T @ (weight * yi)))


def _of_diagonal(
    d: Array, x: Array, wx: Array, sums: Array, cluster: Rows, bread: Array, gram: Array
) -> float:
    """E of the squared clusters' sums of residuals under errors diag(d): tr(S H D H' S'), H = I - X V X'W."""
    total = float(d.sum())
    weighted = _by_cluster(wx * d[:, None], cluster)
    cross = np.trace(bread @ weighted.T @ sums)
    full = np.trace(bread @ gram @ bread @ (wx * d[:, None]).T @ wx)
    return total - 2.0 * float(cross) + float(full)


def _between_clusters(size: Array, sums: Array, weighted: Array, bread: Array, gram: Array) -> float:
    """The same under a random effect of each cluster: D = 11' within clusters."""
    total = float((size**2).sum())
    cross = np.trace(bread @ (weighted * size[:, None]).T @ sums)
    full = np.trace(bread @ gram @ bread @ weighted.T @ weighted)
    return total - 2.0 * float(cross) + float(full)
