"""Penalised B-splines of an exposure with survey weights, and the choice of how smooth they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studies.survey.values import Array

DEGREE = 3
INTERVALS = 20
# The logarithms of the smoothing parameter, relative to the data's, among which the optimum is looked for.
RANGE = np.linspace(-15.0, 20.0, 141)


@dataclass(frozen=True, eq=False)
class Basis:
    """Cubic B-splines on equally spaced knots from `low` to `high`. Eilers & Marx 1996."""

    low: float
    high: float

    def __call__(self, at: Array) -> Array:
        """Shape (len(at), INTERVALS + DEGREE)."""
        from scipy.interpolate import BSpline  # slow to import

        step = (self.high - self.low) / INTERVALS
        knots = self.low + step * np.arange(-DEGREE, INTERVALS + DEGREE + 1)
        # Rounding must not put the last observation beyond the last interval.
        inside = np.clip(at, knots[DEGREE], knots[-DEGREE - 1])
        return np.asarray(BSpline.design_matrix(inside, knots, DEGREE).toarray(), dtype=float)


def penalty(size: int) -> Array:
    """The sum of squared second differences of the splines' coefficients, the first of `size`."""
    splines = INTERVALS + DEGREE
    difference = np.zeros((splines - 2, size))
    difference[:, :splines] = np.diff(np.eye(splines), n=2, axis=0)
    return difference.T @ difference


@dataclass(frozen=True, eq=False)
class Penalised:
    """Least squares with weights w and penalty lambda S, in the basis where both are diagonal.

    turn (q, q): turn' (X'WX + kappa S) turn = 1 and turn' S turn = diag(e). z = turn' X'Wy; yy = y'Wy.
    """

    turn: Array
    e: Array
    z: Array
    yy: float
    kappa: float
    n: int

    @property
    def unpenalised(self) -> int:
        """Coefficients that the penalty leaves alone: the straight line and the covariates."""
        return len(self.e) - (INTERVALS + DEGREE - 2)

    def shrink(self, log_lambda: float) -> Array:
        """1 / (1 + (lambda - kappa) e), shape (q,)."""
        return np.asarray(1.0 / (1.0 + (np.exp(log_lambda) - self.kappa) * self.e), dtype=float)

    def criterion(self, log_lambda: float) -> float:
        """-2 log restricted likelihood up to a constant, the error variance profiled out. Wood 2011."""
        shrink = self.shrink(log_lambda)
        rss = self.yy - float(self.z**2 @ shrink)
        penalised = INTERVALS + DEGREE - 2
        return (
            (self.n - self.unpenalised) * float(np.log(rss))
            - float(np.log(shrink).sum())
            - penalised * log_lambda
        )

    def slope(self, log_lambda: float) -> float:
        """Derivative of the criterion."""
        shrink = self.shrink(log_lambda)
        rss = self.yy - float(self.z**2 @ shrink)
        weight = np.exp(log_lambda) * self.e * shrink
        change = float(self.z**2 @ (weight * shrink))
        return (self.n - self.unpenalised) * change / rss + float(weight.sum()) - (INTERVALS + DEGREE - 2)

    def best(self) -> float:
        """Where the restricted likelihood is largest; an end of the range for a straight line."""
        from scipy.optimize import brentq  # slow to import

        grid = RANGE + np.log(self.kappa)
        at = int(np.argmin([self.criterion(value) for value in grid]))
        low, high = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
        if self.slope(low) >= 0 or self.slope(high) <= 0:
            return float(grid[at])
        return float(brentq(self.slope, low, high, xtol=1e-12))


def penalised(x: Array, w: Array, y: Array) -> Penalised:
    """x (n, q) with the splines first, w (n,) and y (n,)."""
    gram = x.T @ (w[:, None] * x)
    s = penalty(x.shape[1])
    # X'WX alone can be singular (knots with nobody between them); with the penalty's help it is not.
    kappa = float(np.trace(gram) / np.trace(s))
    inverse = np.linalg.inv(np.linalg.cholesky(gram + kappa * s))
    e, u = np.linalg.eigh(inverse @ s @ inverse.T)
    turn = inverse.T @ u
    e = np.where(np.arange(len(e)) < len(e) - (INTERVALS + DEGREE - 2), 0.0, e)
    return Penalised(turn, e, turn.T @ (x.T @ (w * y)), float(w @ y**2), kappa, len(y))
