"""The distribution of sum_j lambda_j chi2(1)_j, a weighted sum of independent chi-squared variables.

Its transform E exp(s Q) = prod_j (1 - 2 lambda_j s)^(-1/2) is inverted along a contour. Imhof 1961 and Davies
1980 take the vertical line; here it is a hyperbola through the saddle point, opening towards the branch cut
on the real axis above 1 / (2 max lambda), where it has its focus:

- through the saddle point (as Lugannani & Rice 1980), so that a tail of 1e-200 keeps its relative accuracy:
  one side of the pole at zero gives P(Q > q), the other P(Q <= q);
- a hyperbola, on which the trapezoidal rule converges geometrically (Weideman & Trefethen 2007);
- with asymptotes 0.9 from the real axis. Between pi / 4 and pi / 2 every factor of the integrand falls with
  the distance from the saddle point, whatever the lambda are: nothing cancels, and when terms are negligible
  the sum is complete.

Cost: 30 to 80 nodes of m complex logarithms for each q, however wide the range of lambda.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.parts import parts_of

_ANGLE = 0.9  # of the asymptotes; the integrand is analytic 0.9 to one side and pi / 2 - 0.9 to the other
_STEP = 0.1  # exp(-2 pi (pi / 2 - 0.9) / step) is 5e-19
_STEP_OF_PEAK = 0.22  # in standard deviations of the integrand's peak, where that is narrow
_NODES = 16  # evaluated at a time
_NEGLIGIBLE = 1e-18
_MOST_NODES = 4096
_CHUNK = 130_000  # complex numbers held at a time


@dataclass(frozen=True)
class WeightedChi2:
    """P(Q <= q), P(Q > q), the density of Q at q, and the derivative of P(Q > q); shape (n,).

    The probability of the side of the mean on which q lies, and the density, have relative accuracy; the
    other probability is one minus it. rise: of P(Q > q) when the weights move at the rates given.
    """

    cdf: Array
    tail: Array
    density: Array
    rise: Array


def weighted_chi2_cdf(q: Array, weights: Array) -> Array:
    """P(sum_j lambda_j chi2(1)_j <= q), shape (n,).

    q (n,); weights lambda (n, m) or (m,), not negative, where zeros are ignored: see `weighted_chi2`.
    """
    return weighted_chi2(q, weights).cdf


def weighted_chi2(q: Array, weights: Array, rates: Array | None = None) -> WeightedChi2:
    """Both probabilities and the density of sum_j lambda_j chi2(1)_j at q.

    q: shape (n,) or a number; weights lambda: (n, m), or (m,) for all. Without a positive weight the sum is
    zero. A q that is nan gives nan; density and rise outside 0 < q < inf are given as zero.
    rates: the derivative of the weights, of their shape, along which `rise` is wanted. The derivative of
    P(Q > q) by lambda_j is the density of Q + lambda_j chi2(2).
    Raises ValueError for a weight that is negative or not finite, or shapes that do not match.
    """
    q, weights = _checked(q, weights)
    rates = np.broadcast_to(0.0 if rates is None else rates, weights.shape)
    scale = weights.max(axis=1, initial=0.0)
    cdf, tail = np.where(q >= 0, 1.0, 0.0), np.where(q >= 0, 0.0, 1.0)
    density, rise = np.zeros((2, q.size))
    cdf[(q == 0) & (scale > 0)], tail[(q == 0) & (scale > 0)] = 0.0, 1.0
    for result in (cdf, tail, density, rise):
        result[np.isnan(q)] = np.nan
    inner = np.flatnonzero((q > 0) & (q < np.inf) & (scale > 0))
    if inner.size:
        size = scale[inner]
        relative = rates[inner] / size[:, None]
        found = _in_chunks(q[inner] / size, weights[inner] / size[:, None], relative)
        cdf[inner], tail[inner] = found.cdf, found.tail
        density[inner], rise[inner] = found.density / size, found.rise
    return WeightedChi2(cdf, tail, density, rise)


def weighted_chi2_quantile(probability: Array, weights: Array, upper: bool = False) -> Array:
    """The q with P(Q <= q) = probability, or with P(Q > q) = probability if `upper`; shape (n,).

    probability: (n,) or a number, in [0, 1]; weights as for `weighted_chi2`. Without a positive weight the
    quantile is zero. Newton's method on the logarithm of the smaller probability, between the quantiles of
    max(lambda) chi2(1) and max(lambda) chi2(m), which enclose it.
    Raises ValueError for a probability outside [0, 1] and as `weighted_chi2` does.
    """
    probability, weights = _checked(probability, weights)
    if np.any((probability < 0) | (probability > 1)):
        raise ValueError("a probability lies outside [0, 1]")
    lower = 1.0 - probability if upper else probability
    scale = weights.max(axis=1, initial=0.0)
    quantile = np.where(np.isnan(lower), np.nan, np.where((lower == 1) & (scale > 0), np.inf, 0.0))
    inner = np.flatnonzero((probability > 0) & (probability < 1) & (scale > 0))
    if inner.size:
        size = scale[inner]
        quantile[inner] = size * _quantile(probability[inner], weights[inner] / size[:, None], upper)
    return quantile


def _checked(at: Array, weights: Array) -> tuple[Array, Array]:
    at, weights = np.asarray(at, dtype=float), np.asarray(weights, dtype=float)
    if at.ndim > 1 or weights.ndim not in (1, 2):
        raise ValueError(f"shapes {at.shape} and {weights.shape}; expected (n,) and weights (n, m) or (m,)")
    if not np.isfinite(weights).all() or np.any(weights < 0):
        raise ValueError("a weight of the chi-squared sum is negative or not finite; expected lambda >= 0")
    n = np.broadcast_shapes(at.shape, weights.shape[:-1], (1,))[0]
    return np.broadcast_to(at, n).copy(), np.broadcast_to(weights, (n, weights.shape[-1]))


def _quantile(probability: Array, weights: Array, upper: bool) -> Array:
    """The quantile where the largest weight is one, from the probability on its own side of the mean."""
    inverse = special.gammainccinv if upper else special.gammaincinv
    low = np.asarray(2.0 * inverse(0.5, probability))
    high = np.asarray(2.0 * inverse(0.5 * weights.shape[1], probability))
    mean = weights.sum(axis=1)
    at_mean = weighted_chi2(mean, weights)
    given, other = (at_mean.tail, at_mean.cdf) if upper else (at_mean.cdf, at_mean.tail)
    # The probability asked for is matched itself on its side of the mean, and as one minus the other beyond.
    itself = (probability <= given) | (other <= 0)
    goal = np.where(itself, probability, 1.0 - probability)
    left = itself != upper
    low = np.where(left, low, np.maximum(low, mean))
    high = np.where(left, np.minimum(high, mean), high)

    def equation(q: Array, rows: Rows) -> tuple[Array, Array]:
        at = weighted_chi2(q, weights[rows])
        side = left[rows]
        found = np.maximum(np.where(side, at.cdf, at.tail), np.finfo(float).tiny)
        sign = np.where(side, 1.0, -1.0)
        return sign * np.log(found / goal[rows]), at.density / found

    # Satterthwaite 1946: the multiple of a chi-squared variable that has the same mean and variance.
    multiple = (weights * weights).sum(axis=1) / mean
    start = np.asarray(2.0 * multiple * inverse(0.5 * mean / multiple, probability))
    return increasing_root(equation, low, high, np.clip(start, low, high), low)


@dataclass(frozen=True)
class _Contour:
    """The saddle point s of n sums whose largest weight is one.

    point: s itself. gap: 1 / 2 - s, its distance from the branch point. d: 1 / (2 lambda_j) - 1 / 2, (n, m).
    right: whether s is positive, which gives the tail. log_value: K(s) - s q. rates: that of each lambda.
    """

    q: Array
    d: Array
    gap: Array
    point: Array
    right: Mask
    log_value: Array
    weights: Array
    rates: Array


def _in_chunks(q: Array, weights: Array, rates: Array) -> WeightedChi2:
    """weights: largest one in every row; q > 0."""
    parts = [
        _inverted(q[rows], weights[rows], rates[rows])
        for rows in parts_of(q.size, _NODES * weights.shape[1], _CHUNK)
    ]
    return WeightedChi2(
        np.concatenate([part.cdf for part in parts]),
        np.concatenate([part.tail for part in parts]),
        np.concatenate([part.density for part in parts]),
        np.concatenate([part.rise for part in parts]),
    )


def _inverted(q: Array, weights: Array, rates: Array) -> WeightedChi2:
    contour = _saddle(q, weights, rates)
    sums = _trapezoid(contour)
    size = np.exp(contour.log_value)
    probability = np.clip(size * sums[0] / np.abs(contour.point), 0.0, 1.0)
    right = contour.right
    return WeightedChi2(
        np.where(right, 1.0 - probability, probability),
        np.where(right, probability, 1.0 - probability),
        np.maximum(size * sums[1], 0.0),
        size * sums[2],
    )


def _saddle(q: Array, weights: Array, rates: Array) -> _Contour:
    """Where K(s) - s q - log |s| is least on the side of zero chosen, K the cumulant generating function."""
    with np.errstate(divide="ignore"):
        d = np.where(weights > 0, 0.5 * (1.0 - weights) / weights, np.inf)
    right = q > weights.sum(axis=1)
    low = np.where(right, np.minimum(0.25, 0.5 / (q + 4.0)), 0.5)
    high = np.where(right, 0.5, 0.5 + (1.0 + 0.5 * weights.shape[1]) / q)

    def slope(gap: Array, rows: Rows) -> tuple[Array, Array]:
        near = 1.0 / (d[rows] + gap[:, None])
        pole = 1.0 / (0.5 - gap)
        return q[rows] + pole - 0.5 * near.sum(axis=1), pole * pole + 0.5 * (near * near).sum(axis=1)

    gap = increasing_root(slope, low, high, 0.5 * (low + high), low)
    point = 0.5 - gap
    log_value = -0.5 * np.log1p(-weights * (1.0 - 2.0 * gap)[:, None]).sum(axis=1) - point * q
    return _Contour(q, d, gap, point, right, log_value, weights, rates)


def _trapezoid(contour: _Contour) -> Array:
    """The integrals for probability, density and rise, (3, n), relative to the integrand at the saddle."""
    step = _step(contour)
    total = np.zeros((3, step.size))
    active: Rows = np.arange(step.size)
    for first in range(0, _MOST_NODES, _NODES):
        u = step[active, None] * np.arange(first, first + _NODES)
        terms = _integrand(contour, active, u)
        if first == 0:
            terms[:, :, 0] *= 0.5
        total[:, active] += terms.sum(axis=2)
        small = np.abs(terms[:, :, -1]) <= _NEGLIGIBLE * np.abs(total[:, active])
        active = active[~small.all(axis=0)]
        if not active.size:
            break
    return total * step / np.pi


def _step(contour: _Contour) -> Array:
    near = contour.gap[:, None] / (contour.d + contour.gap[:, None])
    curvature = 0.5 * (near * near).sum(axis=1) + (contour.gap / contour.point) ** 2
    peak = np.tan(0.5 * _ANGLE) / np.sqrt(curvature)
    return np.asarray(np.minimum(_STEP, _STEP_OF_PEAK * peak))


def _integrand(contour: _Contour, rows: Rows, u: Array) -> Array:
    """The three integrands at s(u), shape (3, n, nodes), as imaginary parts; u (n, nodes)."""
    q, gap, point = contour.q[rows, None], contour.gap[rows, None], contour.point[rows, None]
    z = u + 1j * _ANGLE
    away = gap * -((np.sinh(0.5 * z) / np.sin(0.5 * _ANGLE)) ** 2)  # 1 / 2 - s
    turn = gap * np.sinh(z) / (1.0 - np.cos(_ANGLE))  # ds / du
    d = contour.d[rows, None, :]
    ratio = (away - gap)[:, :, None] / (d + gap[:, :, None])
    exponent = q * (away - gap) - 0.5 * np.log(1.0 + ratio).sum(axis=2)
    density = np.exp(exponent) * turn
    # Left of the pole the contour gives minus the lower probability, which point / s turns round.
    probability = density * (point / (0.5 - away))
    rates, twice = contour.rates[rows, None, :], (2.0 * contour.weights[rows])[:, None, :]
    rise = density * (rates / (1.0 - twice * (0.5 - away)[:, :, None])).sum(axis=2)
    return np.stack([np.asarray(part.imag) for part in (probability, density, rise)])
