"""The tetrachoric correlation: its root by quadrature, its variance by the delta method."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.tetrachoric import bivariate_normal
from evidence.effects.two_by_two import two_by_two
from evidence.effects.zero_cells import Tables, tables
from tests.evidence.effects.counts import REFERENCE, columns, multinomial, numbers

# Largest absolute difference from metafor, which stops before the root: the tests show that ours is the root.
KNOWN_DIFFERENCES = {"RTET": 3e-5}


def _orthant(h: float, k: float, rho: float) -> float:
    """P(X < h, Y < k) by quadrature of its derivative in the correlation (Plackett 1954)."""
    with mpmath.workdps(30):
        h_, k_ = mpmath.mpf(h), mpmath.mpf(k)

        def derivative(angle: Any) -> Any:
            sine, cosine = mpmath.sin(angle), mpmath.cos(angle)
            return mpmath.exp(-(h_ * h_ + k_ * k_ - 2 * h_ * k_ * sine) / (2 * cosine**2))

        area = mpmath.quad(derivative, [0, mpmath.asin(mpmath.mpf(rho))]) / (2 * mpmath.pi)
        return float(mpmath.ncdf(h_) * mpmath.ncdf(k_) + area)


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.5, 0.99])
def test_the_bivariate_normal_is_exact(rho: float) -> None:
    h = np.array([-1.3, 0.0, 0.0, 2.1, -0.4, 0.7, 0.0])
    k = np.array([0.8, 0.0, 1.2, 1.9, -0.4, 0.0, -0.9])
    angle = np.full(7, np.arcsin(rho))
    exact = [_orthant(a, b, rho) for a, b in zip(h, k, strict=True)]
    assert_allclose(bivariate_normal(h, k, angle), exact, rtol=0, atol=3e-16)


@pytest.mark.parametrize("rho", [-0.99, -0.9, -0.3, 0.0, 0.5, 0.9, 0.99])
def test_a_table_with_the_probabilities_of_a_correlation_gives_it_back(rho: float) -> None:
    h, k = 0.2, -0.1
    both, group_1, events = _orthant(h, k, rho), float(mpmath.ncdf(h)), float(mpmath.ncdf(k))
    cells = np.array([both, group_1 - both, events - both, 1.0 - group_1 - events + both])
    assert_allclose(two_by_two("RTET", tables(*(1e6 * cells))).yi, rho, atol=1e-12)


def test_tetrachoric_correlation_is_the_root_where_metafor_stops_before_it() -> None:
    t = tables(**columns(REFERENCE["tables"]["common"]))
    result = two_by_two("RTET", t)
    theirs = numbers(REFERENCE["tetrachoric"]["yi"])
    n = t.n1i + t.n2i
    nearer = 0
    for i in range(result.k):
        h, k = (
            float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(p) - 1))
            for p in (t.n1i[i] / n[i], (t.ai + t.ci)[i] / n[i])
        )
        ours = abs(_orthant(h, k, result.yi[i]) - t.ai[i] / n[i])
        assert ours < 1e-15
        nearer += ours < abs(_orthant(h, k, theirs[i]) - t.ai[i] / n[i])
    assert nearer == result.k
    assert_allclose(result.yi, theirs, atol=KNOWN_DIFFERENCES["RTET"])


def test_tetrachoric_variance_is_that_of_the_delta_method() -> None:
    for cells in ((12, 28, 9, 41), (40, 2, 5, 60), (150, 50, 149, 51)):
        n, step = sum(cells), 1e-5
        p, covariance = multinomial(cells)
        gradient = np.empty(4)
        for i in range(4):
            up, down = np.array(p), np.array(p)
            up[i] += step
            down[i] -= step
            rise = two_by_two("RTET", Tables(*(np.array([x]) for x in up * n))).yi
            fall = two_by_two("RTET", Tables(*(np.array([x]) for x in down * n))).yi
            gradient[i] = ((rise - fall) / (2 * step)).item()
        expected = gradient @ np.array(covariance) @ gradient
        assert_allclose(two_by_two("RTET", tables(*cells)).vi, expected, rtol=1e-6)
