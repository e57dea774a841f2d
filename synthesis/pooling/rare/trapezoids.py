"""Points of the trapezoidal rule about the mode of log-concave densities, many of them at once.

Of an analytic function that falls off on both sides the rule's error falls exponentially with the number of
points (Trefethen & Weideman 2014). The densities are those of random effects u, standard normal before the
data are seen, so that none is flatter than a normal one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from synthesis.pooling.kernel.effects import Array

Slopes: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]
"""Of predictors (k, R, N): log-probabilities of the counts, slopes and curvatures, each (k, R, N)."""

_DROP = 36.0  # of a log density below its mode, where the rule ends
_OF_SD = 0.8  # distance of two points, of the standard deviation at the mode
_OF_PREDICTOR = 0.3  # the same, of the linear predictor: the counts' probabilities are smooth on that scale
_STEPS = 100
_MODE = 1e-7  # of a deviation before the data: such a step leaves its square
_RAYS = 16
_WIDER = 1.2
_MARGIN = 1.1  # of the reach that rays find
_MOST = 6000  # points along an axis


@dataclass(frozen=True, eq=False)
class Conditional:
    """Log densities of u given the counts of k studies: sum of slopes at fixed + loading u, less u'u / 2.

    fixed: (k, R); loading: (k, R, q); counts: see `Slopes`.
    """

    fixed: Array
    loading: Array
    counts: Slopes

    def predictors(self, u: Array) -> Array:
        """Of u, (k, q, N): shape (k, R, N)."""
        return np.asarray(self.fixed[..., None] + self.loading @ u)

    def value(self, u: Array) -> Array:
        """The log density without its constant, (k, N)."""
        log, _, _ = self.counts(self.predictors(u))
        return np.asarray(log.sum(axis=1) - 0.5 * (u * u).sum(axis=1))

    def mode(self) -> tuple[Array, Array]:
        """Where each is highest, (k, q), and its curvature there, negative Hessian (k, q, q)."""
        k, _, q = self.loading.shape
        u = np.zeros((k, q, 1))
        height, slope, curve = self._about(u)
        for _ in range(_STEPS):
            gradient = np.einsum("krq,kr->kq", self.loading, slope) - u[..., 0]
            bend = np.eye(q) - np.einsum("krq,kr,krs->kqs", self.loading, curve, self.loading)
            towards = gradient[..., None]
            step = towards / bend if q == 1 else np.linalg.solve(bend, towards)
            if np.abs(step).max() < _MODE:
                u = u + step
                break
            least = height - 1e-12 * np.maximum(1.0, np.abs(height))
            height, slope, curve = self._about(u + step)
            while (worse := height < least).any():
                step = np.where(worse[..., None], 0.5 * step, step)
                height, slope, curve = self._about(u + step)
            u = u + step
        return u[..., 0], bend

    def _about(self, u: Array) -> tuple[Array, Array, Array]:
        """The log density at one point each, (k, 1), and slopes and curvatures of its counts, (k, R)."""
        log, slope, curve = self.counts(self.predictors(u))
        return log.sum(axis=1) - 0.5 * (u * u).sum(axis=1), slope[..., 0], curve[..., 0]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Points u, (k, q, N), and the logarithm of the volume that each stands for, (k,)."""

    u: Array
    volume: Array


def nodes(density: Conditional, fineness: float) -> Nodes:
    """Points that reach to where each density has fallen by e^-36; fineness: of them, 1 for full accuracy.

    The rule's error is exp(-c / spacing^2), so that with fewer points the same error allows a shorter reach.
    """
    mode, bend = density.mode()
    axes = _axes(bend)
    q = mode.shape[1]
    rays = _rays(q)
    reach = _reach(density, mode, axes @ rays, _DROP * fineness**2)  # (k, J)
    along = reach[:, None, :] * rays
    ends = (np.stack([along.min(axis=2), along.max(axis=2)])) * (1.0 if q == 1 else _MARGIN)
    finest = np.minimum(_OF_SD, _OF_PREDICTOR / np.maximum(np.abs(density.loading @ axes).max(axis=1), 1e-9))
    points = np.ceil(fineness * ((ends[1] - ends[0]) / finest).max(axis=0)) + 1.0
    points = np.minimum(points, _MOST).astype(int)
    lines = [np.linspace(ends[0, :, j], ends[1, :, j], int(points[j]), axis=1) for j in range(q)]
    if q == 1:
        x = lines[0][:, None, :]
    else:
        first = np.repeat(lines[0], points[1], axis=1)
        x = np.stack([first, np.tile(lines[1], (1, points[0]))], axis=1)
    spacing = np.log((ends[1] - ends[0]) / (points - 1.0)).sum(axis=1)
    volume = spacing + np.log(np.abs(np.diagonal(axes, axis1=1, axis2=2))).sum(axis=1)
    return Nodes(mode[..., None] + axes @ x, volume)


def _axes(bend: Array) -> Array:
    """C with C C' the inverse of the curvature, lower triangular: u = mode + C x has unit curvature."""
    return 1.0 / np.sqrt(bend) if bend.shape[1] == 1 else np.linalg.cholesky(np.linalg.inv(bend))


def _rays(q: int) -> Array:
    """Directions in which the reach is looked for, (q, J)."""
    if q == 1:
        return np.array([[-1.0, 1.0]])
    angle = 2.0 * np.pi * np.arange(_RAYS) / _RAYS
    return np.stack([np.cos(angle), np.sin(angle)])


def _reach(density: Conditional, mode: Array, directions: Array, drop: float) -> Array:
    """How far along each direction, (k, q, J), the log density has fallen by `drop`; shape (k, J)."""
    top = density.value(mode[..., None])
    reach = np.full((directions.shape[0], directions.shape[2]), np.sqrt(2.0 * drop))
    most = reach / np.sqrt((directions**2).sum(axis=1))  # no density is flatter than the normal one
    while True:
        high = density.value(mode[..., None] + directions * reach[:, None, :]) > top - drop
        high &= reach < most
        if not high.any():
            return reach
        reach = np.where(high, np.minimum(_WIDER * reach, most), reach)
