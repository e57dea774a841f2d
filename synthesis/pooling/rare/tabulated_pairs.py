"""Pairs of counts, independent given two correlated normal predictors, on one lattice for all studies.

A study's likelihood is a sum over the lattice of the probabilities of its counts times the normal density,
which is b' W c with tables b and c of either group. Derivatives are moments of the predictors under the
conditional distribution: those of the normal log-density are polynomials in them (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_terms import CountTerms

_OF_SD = 0.65  # a step, of the smallest conditional deviation
_REACH = 8.6  # deviations of a normal density, beyond which nothing is left
_WIDER = 0.5  # of a lattice, on a side where something is
_TRIES = 12
_EDGE = 1e-17  # of an integral, that its outermost points may have
_TINY = 1e-280  # an integral beside the largest probabilities, below which digits are lost
_POINTS = 250_000  # of a lattice, beyond which one about each study's mode is better
_POWERS = np.arange(5)
_OF_FOUR = np.array(list(np.ndindex(3, 3, 3, 3)))  # places in (1, x, y)
_ALONG_X, _ALONG_Y = (np.sum(place == _OF_FOUR, axis=1) for place in (1, 2))


@dataclass(frozen=True, eq=False)
class TabulatedPairs:
    """k pairs of counts; first, second: the terms of either group."""

    first: CountTerms
    second: CountTerms

    def point(
        self, parameters: Array, x: Array, z: Array, turns: Array, lower: Array, fineness: float
    ) -> Point | None:
        """The log-likelihood, with gradient and Hessian; None where another way is better.

        Predictors are x beta + z L u: x, (2, p); z, (2, 2); lower: L; turns: of L by its entries, (e, 2, 2).
        fineness: of the lattice, 1 for full accuracy.
        """
        root, mean = z @ lower, x @ parameters[: x.shape[1]]
        determinant = abs(float(np.linalg.det(root)))
        if determinant <= 1e-3 * float((root**2).sum()):
            return None
        inverse = np.asarray(np.linalg.inv(root), dtype=float)
        found = self._moments(mean, root, inverse, fineness)
        if found is None:
            return None
        value, moments, step = found
        value -= len(self.first.highest) * float(np.log(2.0 * np.pi * determinant / step**2))
        # Scores are c'u + u'B u - tr B, with u the standard normal effects: quadratic forms Q of (1, x, y).
        shift = np.concatenate([(inverse @ x).T, np.zeros((len(turns), 2))])
        bend = np.concatenate([np.zeros((x.shape[1], 2, 2)), inverse @ z @ turns])
        forms = _forms(-np.trace(bend, axis1=1, axis2=2), shift, bend, inverse)
        square = moments.reshape(-1, 9, 9)
        scores = square[:, 0] @ forms.T
        hessian = forms @ square.sum(axis=0) @ forms.T - scores.T @ scores
        twice = bend + bend.swapaxes(1, 2)
        after = np.einsum("lab,jbc->ljac", bend, bend)
        constant = np.einsum("laa->l", after.reshape(-1, 2, 2)).reshape(after.shape[:2]) - shift @ shift.T
        linear = -np.einsum("lba,jb->lja", bend, shift) - np.einsum("lab,jb->lja", bend, shift)
        linear -= np.einsum("la,jab->ljb", shift, twice)
        second = -np.einsum("lba,jbc->ljac", bend, twice) - after
        m = len(shift)
        flat = _forms(constant.ravel(), linear.reshape(-1, 2), second.reshape(-1, 2, 2), inverse)
        change = (flat @ square[:, 0].sum(axis=0)).reshape(m, m)
        hessian += change
        return Point(parameters, value, scores.sum(axis=0), 0.5 * (hessian + hessian.T))

    def _moments(
        self, mean: Array, root: Array, inverse: Array, fineness: float
    ) -> tuple[float, Array, float] | None:
        """The sum of logarithms of sums; moments of four of (1, x, y) from the mean, (k, 81); the step."""
        precision = inverse.T @ inverse
        sd = np.sqrt((root**2).sum(axis=1))
        typical = [float(terms.typical.max()) for terms in (self.first, self.second)]
        finest = _OF_SD / np.sqrt(np.linalg.eigvalsh(precision + np.diag(typical)).max())
        step = min(finest, self.first.scale, self.second.scale) / fineness
        ends = np.stack([-_REACH * fineness * sd, _REACH * fineness * sd])
        nothing = _EDGE**fineness**2
        for _ in range(_TRIES):
            if np.prod((ends[1] - ends[0]) / step) > _POINTS:
                return None
            at = [np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step for low, high in ends.T]
            b, c = (
                np.exp(terms.logs(centre + line) - terms.highest[:, None])
                for terms, centre, line in zip((self.first, self.second), mean, at, strict=True)
            )
            x, y = at[0][:, None], at[1]
            half = 0.5 * (precision[0, 0] * x * x + precision[1, 1] * y * y) + precision[0, 1] * x * y
            weight = np.exp(-half)
            powers = np.concatenate([b * at[0] ** power for power in _POWERS])
            lines = (powers @ weight).reshape(len(_POWERS), *c.shape)
            sums = (lines * c).swapaxes(0, 1) @ at[1][:, None] ** _POWERS
            total = sums[:, 0, 0]
            if not (total > _TINY).all():
                return None
            edges_y = lines[0][:, [0, -1]] * c[:, [0, -1]] > nothing * total[:, None]
            edges_x = (b[:, [0, -1]] * (weight[[0, -1]] @ c.T).T) > nothing * total[:, None]
            edges = np.stack([edges_x.any(axis=0), edges_y.any(axis=0)], axis=1)
            if edges.any():
                ends = ends + _WIDER * (ends[1] - ends[0]) * edges * np.array([[-1.0], [1.0]])
                continue
            moments = (sums / total[:, None, None])[:, _ALONG_X, _ALONG_Y]
            least = _least_sd(moments) / fineness
            if step <= _OF_SD * least:
                value = float(np.log(total).sum() + self.first.highest.sum() + self.second.highest.sum())
                return value, moments, step
            step = min(0.7 * step, _OF_SD * least)
        return None


def _least_sd(moments: Array) -> float:
    """The smallest conditional deviation in any direction, from moments of (1, x, y)."""
    square = moments.reshape(-1, 9, 9)[:, 0]
    a, b = square[:, 4] - square[:, 1] ** 2, square[:, 8] - square[:, 2] ** 2
    c = square[:, 5] - square[:, 1] * square[:, 2]
    least = 0.5 * (a + b) - np.sqrt(0.25 * (a - b) ** 2 + c * c)
    return float(np.sqrt(max(least.min(), 1e-12)))


def _forms(constant: Array, linear: Array, square: Array, inverse: Array) -> Array:
    """constant + linear'u + u'square u as forms of (1, x, y), with u = inverse (x, y); shape (n, 9)."""
    found = np.zeros((len(constant), 3, 3))
    found[:, 0, 0] = constant
    found[:, 0, 1:] = linear @ inverse
    found[:, 1:, 1:] = inverse.T @ square @ inverse
    return found.reshape(-1, 9)
