"""The search for a turning point: weighted least squares with a hinge, for all its places at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.survey.domain import Domain
from studies.survey.matrix import orthogonal
from studies.survey.values import Array, Index

# PSUs whose products are held at a time: bounds the memory when each person is a PSU.
BLOCK = 64
# Below this part of their length, directions are lost in a replicate (a category nobody of whom was drawn).
LOST = 1e-10


@dataclass(frozen=True, eq=False)
class HingeSearch:
    """The linear model's orthogonal columns, the outcome and a hinge at each node, all times root weights.

    nodes: (g,) increasing; columns (n, p), outcome (n,), hinges (n, g).
    """

    chosen: Domain
    nodes: Array
    columns: Array
    outcome: Array
    hinges: Array

    @property
    def residual(self) -> Array:
        """Of the model without a hinge, (n,)."""
        return self.outcome - self.columns @ (self.columns.T @ self.outcome)

    @property
    def adjusted(self) -> Array:
        """The hinges without what the other columns say of them, (n, g)."""
        return self.hinges - self.columns @ (self.columns.T @ self.hinges)

    def best(self) -> float:
        """The turning point with the least weighted residual sum of squares.

        Between two neighbouring values of the exposure a hinge is the linear interpolation of the hinges at
        them, so the optimum there is that of a ratio of quadratics and is found exactly.
        """
        everybody = np.arange(self.chosen.n)
        return float(_optimum(self.nodes, *self._scores(self._products_of(everybody)[None]))[0])

    def best_of_each(self, factors: Array) -> Array:
        """The same with the weights of the design's PSUs times each row of factors: (replicates,).

        factors: (replicates, PSUs).
        """
        return _optimum(self.nodes, *self._scores(self._products(factors)))

    def _scores(self, sums: Array) -> tuple[Array, Array, Array]:
        """Adjusted hinge times outcome, times itself, times the next one: (r, g), (r, g), (r, g - 1)."""
        p, g = self.columns.shape[1], len(self.nodes)
        cut = np.cumsum([p * p, p * (1 + g), g, g])
        qq, qr, hy, hh, hn = np.split(sums, cut, axis=1)
        right = qr.reshape(-1, p, 1 + g)
        solved = np.linalg.pinv(qq.reshape(-1, p, p), rcond=LOST, hermitian=True) @ right
        outcome, hinge = solved[:, :, :1], right[:, :, 1:]
        score = hy - np.einsum("rpo,rpg->rg", outcome, hinge)
        square = hh - np.einsum("rpg,rpg->rg", solved[:, :, 1:], hinge)
        adjacent = hn - np.einsum("rpg,rpg->rg", solved[:, :, 1:-1], hinge[:, :, 1:])
        return score, np.where(square > LOST * hh, square, 0.0), adjacent

    def _products(self, factors: Array) -> Array:
        """Sums over PSUs of the products that the fit needs, times the factors: (replicates, products)."""
        order = np.argsort(self.chosen.psu, kind="stable")
        present = np.flatnonzero(self.chosen.psus)
        groups = np.split(order, np.flatnonzero(np.diff(self.chosen.psu[order])) + 1)
        sums = np.zeros((len(factors), 1))
        for start in range(0, len(groups), BLOCK):
            block = slice(start, start + BLOCK)
            products = np.stack([self._products_of(rows) for rows in groups[block]])
            sums = sums + factors[:, present[block]] @ products
        return sums

    def _products_of(self, rows: Index) -> Array:
        q, y, h = self.columns[rows], self.outcome[rows], self.hinges[rows]
        right = np.column_stack([y, h])
        parts = [
            (q.T @ q).ravel(),
            (q.T @ right).ravel(),
            y @ h,
            np.einsum("ng,ng->g", h, h),
            np.einsum("ng,ng->g", h[:, :-1], h[:, 1:]),
        ]
        return np.concatenate(parts)


def hinge_search(
    chosen: Domain, y: Array, x: Array, names: Sequence[str], exposure: Array, nodes: Array
) -> HingeSearch:
    """y, exposure (n,) and x (n, p) of the people chosen, x with the intercept and the exposure itself."""
    root = np.sqrt(chosen.weights)
    columns, _ = orthogonal(x * root[:, None], names)
    hinges = np.maximum(exposure[:, None] - nodes, 0.0) * root[:, None]
    return HingeSearch(chosen, nodes, columns, y * root, hinges)


def _optimum(nodes: Array, score: Array, square: Array, adjacent: Array) -> Array:
    """The best of the nodes and of the stationary points between them, per row."""
    a, b = score[:, :-1], np.diff(score, axis=1)
    c0 = square[:, :-1]
    c1, c2 = 2.0 * (adjacent - c0), c0 - 2.0 * adjacent + square[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (a * c1 - 2.0 * b * c0) / (b * c1 - 2.0 * a * c2)
        t = np.where((t > 0) & (t < 1), t, 0.0)
        length = c0 + (c1 + c2 * t) * t
        between = np.where((t > 0) & (length > 0), (a + b * t) ** 2 / length, -np.inf)
        at_node = np.where(square > 0, score**2 / square, -np.inf)
    places = np.concatenate([np.broadcast_to(nodes, score.shape), nodes[:-1] + t * np.diff(nodes)], axis=1)
    best = np.concatenate([at_node, between], axis=1).argmax(axis=1)
    return np.asarray(places[np.arange(len(best)), best], dtype=float)
