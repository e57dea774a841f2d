"""The two hypergeometric functions of Olkin & Pratt 1958, and what they give for a correlation."""

from __future__ import annotations

import numpy as np
from scipy.special import hyp2f1

from evidence.effects.result import Array

_SERIES_FROM = 10.0
_TERMS = 400


def unbiased_correlation(r: Array, n: Array) -> tuple[Array, Array]:
    """The unbiased estimate of a correlation and the unbiased estimate of its variance, each of shape (k,).

    G(r) = r F(1/2, 1/2; (n - 2)/2; 1 - r^2), Olkin & Pratt 1958, eq. 2.3; and
    G^2 - [1 - (n - 3)/(n - 2) (1 - r^2) F(1, 1; n/2; 1 - r^2)], the bracket being the unbiased estimate of
    the squared correlation (Olkin & Pratt 1958; Hedges 1989). For bivariate normal data and n > 4. Written
    in 1 - r^2 so that nothing is lost where r is near 1 and both terms near each other.
    """
    z = (1.0 - r) * (1.0 + r)
    first = gauss_minus_one(0.5, 0.5 * n - 1.0, z)
    second = gauss_minus_one(1.0, 0.5 * n, z)
    estimate = r * (1.0 + first)
    rest = first * (2.0 + first) * (1.0 - z) + z * (second - (1.0 + second) / (n - 2.0))
    return estimate, rest


def gauss_minus_one(a: float, c: Array, z: Array) -> Array:
    """F(a, a; c; z) - 1 for a = 1/2 or 1 and 0 <= z <= 1, c > 2 a (else nan), shape (k,).

    The power series where its terms fall at least as k^(2a - 1 - c), with c >= 10; SciPy's function, which
    can fail for large c and z near 1, only below that.
    """
    c = np.where(c > 2 * a, c, np.nan)
    many = np.where(c >= _SERIES_FROM, c, np.nan)
    term, total = np.ones_like(z), np.zeros_like(z)
    for k in range(_TERMS):
        term = term * ((a + k) ** 2 / ((many + k) * (1.0 + k))) * z
        total = total + term
        if not np.any(term > 1e-18 * total):
            break
    few = hyp2f1(a, a, np.where(c < _SERIES_FROM, c, 1.0), np.where(c < _SERIES_FROM, z, 0.0)) - 1.0
    return np.where(c >= _SERIES_FROM, total, np.where(np.isnan(c), np.nan, few))
