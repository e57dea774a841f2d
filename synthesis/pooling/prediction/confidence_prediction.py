"""The effect in a new study when tau2 has its confidence distribution instead of an estimate.

Nagashima, Noma & Furukawa 2019: tau2 has the distribution function H(t) = P(Q > q; tau2 = t), with q the Q
observed and its exact distribution; given t, the new effect is mean(t) + sqrt(t) Z + se(t) T with weights 1
/ (v + t), se the Hartung-Knapp standard error, Z normal and T of t(k - 1). They draw from it; here it is
integrated, so that there is no seed and no error of simulation:

F(x) = G(x; 0) + integral over t of (1 - H(t)) dG(x; t) / dt, with G(x; t) the average of the normal
distribution function with variance t + se(t)^2 / g over g of chi2(k - 1) / (k - 1).

Both integrals are taken by the trapezoidal rule in log t and log g, where it converges geometrically.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.kernel.sums import row_dot
from synthesis.pooling.mean.inference import Bounds
from synthesis.pooling.tau2.quadratic_forms import weighted_chi2_cdf
from synthesis.pooling.tau2.weighted_residuals import residual_eigenvalues

_STEP = 0.25  # in the logarithms, where both integrands are analytic pi / 2 to either side
_STEP_OF_PEAK = 0.6  # in standard deviations of chi2(k - 1) / (k - 1), about the width of a peak
_NEGLIGIBLE = 1e-17
_COARSE = 16  # every so many nodes the distribution function of Q is looked at first
_WIDENINGS = 200


@dataclass(frozen=True)
class ConfidencePrediction:
    """The distribution of a new study's effect for n data sets without moderators, on the scale of the model.

    Data sets need two studies or more that do not agree exactly (Q > 0). Cost: for k studies some 10,000 to
    100,000 normal densities an evaluation, hundreds of distribution functions of Q once, and O(k^2).
    """

    model: LinearModel

    def cdf(self, x: Array) -> Array:
        """P(effect <= x), shape (n,)."""
        return self._over_chunks(x)[0]

    def beyond(self, x: Array) -> tuple[Array, Array]:
        """P(effect > x) and P(effect < x), each to its own last digits; shape (n,)."""
        below, _, above = self._over_chunks(x)
        return above, below

    def interval(self, level: float) -> Bounds:
        """The central interval that holds the effect with probability `level`, shape (n,)."""
        tail = 0.5 * (1.0 - level)
        return Bounds(self._quantile(tail), self._quantile(1.0 - tail))

    def _quantile(self, probability: float) -> Array:
        """The root of logit F - logit p, in a bracket that is widened from mean(0) until it holds."""
        low, high = self._bracket(probability)
        goal = special.logit(probability)

        def equation(distance: Array, rows: Rows) -> tuple[Array, Array]:
            cdf, density, survival = self._over_chunks(low[rows] + distance, rows)
            return np.log(cdf / survival) - goal, density / (cdf * survival)

        width = high - low
        return low + increasing_root(equation, np.zeros_like(width), width, 0.5 * width, width)

    def _bracket(self, probability: float) -> tuple[Array, Array]:
        at = self.model.at_zero
        width = 2.0 * np.sqrt(at.ypy / at.trace_p)
        low, high = at.beta[:, 0] - width, at.beta[:, 0] + width
        for _ in range(_WIDENINGS):
            low_fails, high_fails = self.cdf(low) > probability, self.cdf(high) < probability
            if not (low_fails.any() or high_fails.any()):
                break
            width = 2.0 * (high - low)
            low, high = np.where(low_fails, low - width, low), np.where(high_fails, high + width, high)
        return low, high

    def _over_chunks(self, x: Array, rows: Rows | None = None) -> tuple[Array, Array, Array]:
        """Distribution function, density and survival function, (n,) each."""
        rows = np.arange(x.size) if rows is None else rows
        mixture = self._mixture
        nodes = mixture.tau2.shape[1] * mixture.g.shape[1]
        parts = [mixture.take(rows[part]).distribution(x[part]) for part in parts_of(x.size, nodes)]
        cdf, density, survival = np.concatenate(parts, axis=1)
        least = np.finfo(float).tiny
        return np.maximum(cdf, least), density, np.maximum(survival, least)

    @once
    def _mixture(self) -> _Mixture:
        return _mixture(self.model)


@dataclass(frozen=True)
class _Mixture:
    """What F is summed from. tau2 (n, T) nodes; mass (n, T): F_Q there times the step in tau2.

    mean, se2 (n, T) and their slopes in tau2; g (n, G) nodes with their probabilities. The first node is
    tau2 = 0, whose mass belongs to G(x; 0).
    """

    tau2: Array
    mass: Array
    mean: Array
    mean_slope: Array
    se2: Array
    se2_slope: Array
    g: Array
    probability: Array

    def take(self, rows: Rows) -> _Mixture:
        return _Mixture(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def distribution(self, x: Array) -> Array:
        """Distribution function, density and survival function, (3, n)."""
        share = 1.0 / self.g[:, None, :]
        sigma2 = self.tau2[:, :, None] + self.se2[:, :, None] * share
        sigma = np.sqrt(sigma2)
        z = (x[:, None] - self.mean)[:, :, None] / sigma
        phi = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
        rate = 0.5 * (1.0 + self.se2_slope[:, :, None] * share) / sigma2
        slope = -self.mean_slope[:, :, None] / sigma - z * rate
        rise = phi * slope
        steepening = -phi / sigma * (z * slope + rate)
        gain = np.einsum("bt,btg,bg->b", self.mass, rise, self.probability)
        bend = np.einsum("bt,btg,bg->b", self.mass, steepening, self.probability)
        return np.stack(
            [
                row_dot(self.probability, special.ndtr(z[:, 0])) + gain,
                row_dot(self.probability, phi[:, 0] / sigma[:, 0]) + bend,
                row_dot(self.probability, special.ndtr(-z[:, 0])) - gain,
            ]
        )


def _mixture(model: LinearModel) -> _Mixture:
    eigenvalues = residual_eigenvalues(model)
    tau2, step = _heterogeneity_nodes(model, eigenvalues)
    n, nodes = tau2.shape
    rows = np.arange(n)
    parts = [
        _at_nodes(model.take(rows[part]), tau2[part], eigenvalues[part])
        for part in parts_of(n, nodes * model.y.shape[1])
    ]
    q_below, mean, mean_slope, se2, se2_slope = np.concatenate(parts, axis=1)
    g, probability = _chi2_nodes(model.df)
    return _Mixture(tau2, q_below * tau2 * step[:, None], mean, mean_slope, se2, se2_slope, g, probability)


def _heterogeneity_nodes(model: LinearModel, eigenvalues: Array) -> tuple[Array, Array]:
    """tau2 nodes, (n, T), zero first and then evenly spaced in the logarithm; and that spacing, (n,).

    They begin where tau2 is nothing beside se(0)^2, and end where P(Q <= q) is nothing, for which
    chi2(k - 1) times the smallest eigenvalue is a bound.
    """
    at, shape = model.at_zero, 0.5 * model.df
    smallest = np.where(eigenvalues > 0, eigenvalues, np.inf).min(axis=1)
    low = np.log(_NEGLIGIBLE * np.minimum(at.ypy / (model.df * at.trace_w), 1.0 / at.trace_w))
    high = np.log(at.ypy / (2.0 * smallest)) - np.log(special.gammaincinv(shape, _NEGLIGIBLE))
    spacing = np.minimum(_STEP, _STEP_OF_PEAK * np.sqrt(2.0 / model.df))
    count = int(np.ceil(((high - low) / spacing).max())) + 1
    step = (high - low) / (count - 1)
    nodes = np.exp(low[:, None] + step[:, None] * np.arange(count))
    return np.column_stack((np.zeros(len(nodes)), nodes)), step


def _at_nodes(model: LinearModel, tau2: Array, eigenvalues: Array) -> Array:
    """F_Q, mean, its slope, se^2 and its slope, at every node: shape (5, n, T)."""
    n, nodes = tau2.shape
    rows = np.repeat(np.arange(n), nodes)
    repeated = model.take(rows)
    at = repeated.at(tau2.ravel())
    q_below = _q_below(model.at_zero.ypy, tau2, eigenvalues).ravel()
    w, mean = at.weights, at.beta[:, 0]
    residual = repeated.y - mean[:, None]
    se2 = at.ypy / (repeated.df * at.trace_w)
    se2_slope = se2 * (at.trace_ww / at.trace_w - at.yppy / at.ypy)
    found = np.stack([q_below, mean, -row_dot(w, w, residual) / at.trace_w, se2, se2_slope])
    return found.reshape(5, n, nodes)


def _q_below(q: Array, tau2: Array, eigenvalues: Array) -> Array:
    """P(Q <= q) at tau2 (n, T). It falls along a row: one between ones, and nothing after nothing."""
    nodes = tau2.shape[1]
    found = np.full(tau2.shape, np.nan)

    def look(rows: Rows, columns: Rows) -> None:
        own = eigenvalues[rows]
        weights = np.where(own > 0, 1.0 + tau2[rows, columns][:, None] * own, 0.0)
        found[rows, columns] = weighted_chi2_cdf(q[rows], weights)

    coarse = np.append(np.arange(nodes)[::_COARSE], nodes - 1)
    look(np.repeat(np.arange(len(q)), coarse.size), np.tile(coarse, len(q)))
    part = np.arange(nodes) // _COARSE
    before, after = coarse[part], coarse[part + 1]
    found = np.where(found[:, after] >= 1.0, 1.0, np.where(found[:, before] < _NEGLIGIBLE, 0.0, found))
    look(*np.nonzero(np.isnan(found)))
    return found


def _chi2_nodes(df: Array) -> tuple[Array, Array]:
    """Nodes, (n, G), evenly spaced in log g, and probabilities for g of chi2(df) / df."""
    half = 0.5 * df
    low = np.log(special.gammaincinv(half, _NEGLIGIBLE) / half)
    high = np.log(special.gammainccinv(half, _NEGLIGIBLE) / half)
    spacing = np.minimum(_STEP, _STEP_OF_PEAK * np.sqrt(2.0 / df))
    count = int(np.ceil(((high - low) / spacing).max())) + 1
    u = low[:, None] + ((high - low) / (count - 1))[:, None] * np.arange(count)
    density = np.exp(half[:, None] * (u - np.exp(u) + 1.0))
    return np.exp(u), density / density.sum(axis=1, keepdims=True)
