"""Effects as independent blocks: what is correlated stands together, blocks of like size in one stack.

Rows are correlated that share a cluster, a group of a random effect, or a sampling covariance. A block that
is shorter than its stack is filled up with rows of variance one, no effect and no design, which leave every
sum, product and determinant as it is; a row that is left out of a data set becomes such a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from synthesis.pooling.dependent.structures import CovarianceStructure
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.sums import transposed

_WIDTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
"""Of stacks: blocks in between are filled up, so that any data make a few stacks only."""


@dataclass(frozen=True, eq=False)
class RandomTerm:
    """Random effects of a structure, independent between groups.

    group: shape (k,), whose effects they are; level: shape (k,), which of the L each row has, or columns:
    shape (k, L), what each row multiplies them by (random slopes). label: how it is called; groups, levels:
    how each of them is, by its number.
    """

    structure: CovarianceStructure
    group: Rows
    label: str
    level: Rows | None = None
    columns: Array | None = None
    groups: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class StackedTerm:
    """A random term within one stack of n blocks of m rows.

    together: shape (n, m, m), one where two rows share a group. pairs: shape (n, m, m), the element of the
    flattened (L, L) covariance of two rows; columns: shape (n, m, L), where rows have columns instead.
    """

    together: Array
    pairs: Rows | None
    columns: Array | None

    def spread(self, gamma: Array) -> Array:
        """Covariances of levels, shape (..., L, L), as those of rows, shape (..., n, m, m)."""
        if self.pairs is not None:
            flat = gamma.reshape(*gamma.shape[:-2], -1)
            found: Array = np.take(flat, self.pairs, axis=-1) * self.together
            return found
        assert self.columns is not None
        wide: Array = self.columns @ gamma[..., None, :, :] @ transposed(self.columns)
        return wide * self.together

    def gathered(self, rows: Array, levels: int) -> Array:
        """The adjoint of `spread`: sums of (B, n, m, m) by level, shape (B, L, L)."""
        weighted = rows * self.together
        if self.columns is not None:
            found: Array = (transposed(self.columns) @ weighted @ self.columns).sum(axis=1)
            return found
        assert self.pairs is not None
        b = len(weighted)
        if levels == 1:
            return np.asarray(weighted.sum(axis=(1, 2, 3))[:, None, None])
        where = (self.pairs.ravel() + np.arange(b)[:, None] * levels * levels).ravel()
        sums = np.bincount(where, weights=weighted.ravel(), minlength=b * levels * levels)
        return np.asarray(sums.reshape(b, levels, levels))


@dataclass(frozen=True, eq=False)
class Stack:
    """n blocks of m rows. rows: shape (n, m), places among the k effects, -1 where a block is filled up.

    v: (n, m, m); x: (n, m, p); terms: the random terms; cluster: (n, m), whose rows they are, -1 as above.
    """

    rows: Rows
    v: Array
    x: Array
    terms: tuple[StackedTerm, ...]
    cluster: Rows

    @property
    def real(self) -> Mask:
        """Which rows are effects, shape (n, m)."""
        found: Mask = self.rows >= 0
        return found

    def of(self, values: Array) -> Array:
        """Values of the effects, shape (B, k, ...), as they stand in the stack, zero where filled up."""
        found = values[:, self.rows.clip(0)]
        shape = self.rows.shape + (1,) * (found.ndim - 3)
        return np.where(self.real.reshape(shape), found, 0.0)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The whole design: k effects, p coefficients, q parameters of all terms in order.

    x: shape (k, p), orthonormal or not; stacks: as above; together they hold each effect once.
    """

    k: int
    x: Array
    terms: tuple[RandomTerm, ...]
    stacks: tuple[Stack, ...]

    @property
    def p(self) -> int:
        """How many coefficients."""
        return int(self.x.shape[1])

    @property
    def q(self) -> int:
        """How many parameters of the random effects."""
        return sum(term.structure.q for term in self.terms)

    def split(self, theta: Array) -> list[Array]:
        """The parameters, shape (B, q), term by term."""
        ends = np.cumsum([term.structure.q for term in self.terms])[:-1]
        return np.hsplit(theta, ends) if self.terms else []


def blocks_of(x: Array, v: csr_array, terms: tuple[RandomTerm, ...], cluster: Rows) -> Blocks:
    """Blocks of k effects with design x (k, p), sampling covariance v, sparse (k, k), and their clusters."""
    k = len(x)
    member = _members(v, terms, cluster)
    width = _widths(np.bincount(member))
    place = _places(member)
    stacks = []
    for m in np.unique(width):
        chosen = np.flatnonzero(width == m)
        inside = np.flatnonzero(width[member] == m)
        rows = np.full((chosen.size, int(m)), -1)
        rows[np.searchsorted(chosen, member[inside]), place[inside]] = inside
        stacks.append(_stack(rows, x, v, terms, cluster))
    return Blocks(k, x, terms, tuple(stacks))


def reordered(blocks: Blocks, terms: tuple[RandomTerm, ...]) -> Blocks:
    """The same blocks with random terms that tie the same rows together."""
    stacks = []
    for stack in blocks.stacks:
        both = stack.real[:, :, None] & stack.real[:, None, :]
        stacks.append(replace(stack, terms=tuple(_stacked(term, stack.rows, both) for term in terms)))
    return Blocks(blocks.k, blocks.x, terms, tuple(stacks))


def _members(v: csr_array, terms: Sequence[RandomTerm], cluster: Rows) -> Rows:
    """The number of each row's block, in order of their first rows."""
    k = cluster.size
    linked = coo_array(v)
    ends = [(linked.row, linked.col)]
    for group in (cluster, *(term.group for term in terms)):
        order = np.argsort(group)
        same = group[order][1:] == group[order][:-1]
        ends.append((order[1:][same], order[:-1][same]))
    row, col = np.hstack(ends)
    graph = coo_array((np.ones(row.size), (row, col)), shape=(k, k))
    found: Rows = connected_components(graph)[1].astype(np.intp)
    return found


def _widths(size: Rows) -> Rows:
    known = np.array(_WIDTHS)
    at = np.searchsorted(known, size)
    found: Rows = np.where(at < known.size, known[at.clip(max=known.size - 1)], size)
    return found


def _places(member: Rows) -> Rows:
    """Which of its block each row is, 0, 1, ..."""
    order = np.argsort(member, kind="stable")
    starts = np.flatnonzero(np.r_[True, member[order][1:] != member[order][:-1]])
    place = np.empty(member.size, dtype=np.intp)
    place[order] = np.arange(member.size) - np.repeat(starts, np.diff(np.r_[starts, member.size]))
    return place


def _stack(rows: Rows, x: Array, v: csr_array, terms: Sequence[RandomTerm], cluster: Rows) -> Stack:
    real, at = rows >= 0, rows.clip(0)
    both = real[:, :, None] & real[:, None, :]
    n, m = rows.shape
    block = np.zeros((n, m, m))
    linked = coo_array(v)
    number, place = np.full(cluster.size, -1), np.zeros(cluster.size, dtype=np.intp)
    which, where = np.nonzero(real)
    number[rows[which, where]], place[rows[which, where]] = which, where
    inside = number[linked.row] >= 0
    i, j = linked.row[inside], linked.col[inside]
    block[number[i], place[i], place[j]] = linked.data[inside]
    diagonal = np.arange(m)
    block[:, diagonal, diagonal] += ~real
    return Stack(
        rows,
        block,
        np.where(real[:, :, None], x[at], 0.0),
        tuple(_stacked(term, rows, both) for term in terms),
        np.where(real, cluster[at], -1),
    )


def _stacked(term: RandomTerm, rows: Rows, both: Mask) -> StackedTerm:
    at = rows.clip(0)
    group = term.group[at]
    together = (both & (group[:, :, None] == group[:, None, :])).astype(float)
    if term.columns is not None:
        return StackedTerm(together, None, term.columns[at])
    assert term.level is not None
    level = term.level[at]
    return StackedTerm(together, level[:, :, None] * term.structure.levels + level[:, None, :], None)
