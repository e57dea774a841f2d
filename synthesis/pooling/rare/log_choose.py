"""Logarithms of binomial coefficients without a difference of large numbers."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from synthesis.pooling.kernel.effects import Array

_SERIES = (1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0)  # in 1/x, 1/x^3, ...
_FROM = 16.0  # of x, from which the next term of the series is below rounding
_LOG_2PI = float(np.log(2.0 * np.pi))


def log_choose(n: Array, u: Array) -> Array:
    """log C(n, u) of whole numbers 0 <= u <= n, any size, to rounding of the result; shapes broadcast.

    Of factorials as sqrt(2 pi x) (x / e)^x exp(r(x)) the large parts cancel by algebra, not by arithmetic:
    with v = n - u, log C = u log(n / u) + v log(n / v) + log(n / (2 pi u v)) / 2 + r(n) - r(u) - r(v).
    """
    n, u = np.broadcast_arrays(n, u)
    few = np.minimum(u, n - u)
    inside = few > 0.0
    n, few = np.maximum(n, 2.0), np.maximum(few, 1.0)
    many = n - few
    main = few * np.log(n / few) - many * np.log1p(-few / n)
    of_n, of_few, of_many = _beyond_stirling(np.stack([n, few, many]))
    root = 0.5 * (np.log(n / many / few) - _LOG_2PI)
    return np.where(inside, main + root + (of_n - of_few - of_many), 0.0)


def _beyond_stirling(x: Array) -> Array:
    """log x! less Stirling's formula; x >= 1. By its series (Abramowitz & Stegun 6.1.41), or from log x!."""
    large = np.maximum(x, _FROM)
    small = np.minimum(x, _FROM)
    square = 1.0 / (large * large)
    series = np.zeros_like(large)
    for coefficient in reversed(_SERIES):
        series = series * square + coefficient
    direct = gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - 0.5 * _LOG_2PI
    return np.where(x < _FROM, direct, series / large)
