"""Correlations of sampling errors within clusters, and whether they make a covariance matrix.

Pairs of effects of one cluster are listed once, as two arrays of places: what makes them correlated is a
product of arrays over the pairs, whatever the number of clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from synthesis.pooling.dependent.aggregation import LEAST_EIGENVALUE
from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs i < j of effects of one cluster: their places, each of shape (n,)."""

    i: Rows
    j: Rows

    @classmethod
    def within(cls, cluster: Rows) -> Pairs:
        """Of the clusters' numbers, shape (k,)."""
        order = np.argsort(cluster, kind="stable")
        size = np.bincount(cluster)
        starts = np.cumsum(size) - size
        i, j = [], []
        for m in np.unique(size[size > 1]):
            first, second = np.triu_indices(int(m), 1)
            rows = order[starts[size == m][:, None] + np.arange(int(m))]
            i.append(rows[:, first].ravel())
            j.append(rows[:, second].ravel())
        none = np.zeros(0, dtype=np.intp)
        return cls(np.concatenate([none, *i]), np.concatenate([none, *j]))

    def of(self, values: Array) -> tuple[Array, Array]:
        """The values of both, each of shape (n,)."""
        return values[self.i], values[self.j]


def shared_arms(pairs: Pairs, first: Rows, second: Rows, part_first: Array, part_second: Array) -> Array:
    """Covariance of contrasts, second arm against first, that share an arm; shape (n,).

    part_first, part_second: what each arm adds to a contrast's variance, shape (k,). Two contrasts share what
    the common arm adds to both, with a minus where it is first in one and second in the other (Gleser & Olkin
    2009, section 19.3): the geometric mean of both parts should they differ, which is always a covariance.
    """
    found = np.zeros(pairs.i.size)
    sides = ((first, part_first, 1.0), (second, part_second, -1.0))
    for arm, part, sign in sides:
        for other, other_part, other_sign in sides:
            common = arm[pairs.i] == other[pairs.j]
            both = np.sqrt(part[pairs.i] * other_part[pairs.j])
            found += np.where(common, sign * other_sign * both, 0.0)
    return found


def shares_of_n(vi: Array, n_first: Array, n_second: Array) -> tuple[Array, Array]:
    """A contrast's variance split between its arms in proportion to 1/n, shape (k,) each."""
    total = 1.0 / n_first + 1.0 / n_second
    return vi / (n_first * total), vi / (n_second * total)


def assembled(vi: Array, pairs: Pairs, covariance: Array) -> csr_array:
    """The sparse symmetric matrix (k, k) of variances and the pairs' covariances, zeros left out."""
    live = covariance != 0
    i, j, c = pairs.i[live], pairs.j[live], covariance[live]
    k = np.arange(vi.size)
    rows, columns = np.concatenate([k, i, j]), np.concatenate([k, j, i])
    return csr_array(coo_array((np.concatenate([vi, c, c]), (rows, columns)), shape=(vi.size, vi.size)))


def refuse_impossible(matrix: csr_array, cluster: Rows, names: Sequence[str], way_out: str) -> None:
    """Raise ValueError, naming the cluster, where a covariance is singular or not positive definite.

    cluster: shape (k,), numbers; names: one a cluster. way_out: what to do, for the message.
    """
    size = np.bincount(cluster)
    order = np.argsort(cluster)
    starts = np.cumsum(size) - size
    entries = coo_array(matrix)
    spread = np.sqrt(matrix.diagonal())
    place = np.empty(cluster.size, dtype=np.intp)
    place[order] = np.arange(cluster.size) - np.repeat(starts, size)
    correlation = entries.data / (spread[entries.row] * spread[entries.col])
    for m in np.unique(size[size > 1]):
        chosen = np.flatnonzero(size == m)
        inside = size[cluster[entries.row]] == m
        row, col = entries.row[inside], entries.col[inside]
        blocks = np.zeros((chosen.size, int(m), int(m)))
        blocks[np.searchsorted(chosen, cluster[row]), place[row], place[col]] = correlation[inside]
        least = np.linalg.eigvalsh(blocks)[:, 0]
        if least.min() < LEAST_EIGENVALUE:
            worst = int(chosen[least.argmin()])
            kind = "singular" if least.min() > -LEAST_EIGENVALUE else "not positive definite"
            raise ValueError(
                f"{names[worst]}: the covariance of its {int(m)} effects is {kind} (its correlations have "
                f"the eigenvalue {least.min():.2g}{_twins(blocks[least.argmin()])}); {way_out}"
            )


def _twins(correlation: Array) -> str:
    """Which effects of a cluster are perfectly correlated, if two are."""
    apart = np.abs(np.triu(correlation, 1))
    i, j = np.unravel_index(int(apart.argmax()), apart.shape)
    if apart[i, j] < 1.0 - LEAST_EIGENVALUE:
        return ""
    return f", its effects {i + 1} and {j + 1} are perfectly correlated"
