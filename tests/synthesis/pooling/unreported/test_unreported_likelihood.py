"""The likelihood of unprinted results: against integrals at 50 digits, differences, and identities."""

from __future__ import annotations

import itertools
from functools import cache

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.unreported.likelihood import Unprinted, UnreportedLikelihood, _moments, log_mass
from synthesis.pooling.unreported.statements import STATEMENTS, limits

NOBODY = np.zeros(0)


def silent(said: str, sei: float, q: float = 1.0, c: float = 1.959963984540054) -> Unprinted:
    low, high = limits([said], np.array([c]))
    return Unprinted(np.array([sei]), low, high, np.array([q]))


@cache
def probability(said: str, sei: float, c: float, mu: float, tau2: float) -> mpmath.mpf:
    """P by quadrature of the normal density over what the statement allows.

    In standard deviations, relative to the highest density there, since the error of quad is absolute.
    """
    sd = mpmath.sqrt(mpmath.mpf(sei) ** 2 + mpmath.mpf(tau2))
    total = mpmath.mpf(0)
    for part in STATEMENTS[said].parts:
        low, high = (max(min((mpmath.mpf(end) * c * sei - mu) / sd, 40), -40) for end in part)
        nearest = min(max(mpmath.mpf(0), low), high)
        places = [low, *(mpmath.mpf(z) for z in range(-40, 41, 4) if low < z < high), high]
        relative = mpmath.quad(lambda z, top=nearest: mpmath.exp((top * top - z * z) / 2), places)
        total += mpmath.npdf(nearest) * relative
    return total


def integrated(said: str, sei: float, q: float, c: float, mu: float, tau2: float) -> float:
    """log(q P + 1 - q)."""
    with mpmath.workdps(20):
        return float(mpmath.log(q * probability(said, sei, c, mu, tau2) + (1 - mpmath.mpf(q))))


def one(given: Unprinted, mu: float, tau2: float) -> float:
    found = UnreportedLikelihood(NOBODY, NOBODY, given).values(np.array([mu]), np.array([tau2]))
    return float(found[0])


def test_every_statement_is_the_integral_of_the_density_over_what_it_allows() -> None:
    compared = 0
    for said, mu, tau2, q in itertools.product(STATEMENTS, (-0.7, 0.0, 3.0), (0.0, 4.0), (1.0, 0.3)):
        sei, c = 0.2, 1.959963984540054
        expected = integrated(said, sei, q, c, mu, tau2)
        assert_allclose(one(silent(said, sei, q, c), mu, tau2), expected, rtol=1e-10, atol=1e-14)
        compared += 1
    assert compared == 108


@pytest.mark.parametrize(
    ("low", "high"), [(-0.3, 0.31), (1e-7, 2e-7), (-12.0, -11.5), (29.0, 29.01), (-40.0, 38.0)]
)
def test_masses_keep_their_digits_between_ends_that_are_near_or_far_out(low: float, high: float) -> None:
    with mpmath.workdps(500):  # beyond 29 ncdf is one but for 180 digits
        expected = mpmath.log(mpmath.ncdf(mpmath.mpf(high)) - mpmath.ncdf(mpmath.mpf(low)))
    assert_allclose(log_mass(np.array([low]), np.array([high])), [float(expected)], rtol=1e-13, atol=1e-300)


def test_both_ways_of_a_mass_meet_where_one_takes_over() -> None:
    """Where half of what is below the upper end is below the lower one, digits are left on each side."""
    low = np.linspace(-1.4, -1.2, 41)
    found = log_mass(low, np.full(41, -0.8))
    with mpmath.workdps(40):
        expected = [float(mpmath.log(mpmath.ncdf(-0.8) - mpmath.ncdf(float(each)))) for each in low]
    assert_allclose(found, expected, rtol=1e-14)


def test_the_mass_of_nothing_is_none_and_of_everything_one() -> None:
    inf = np.inf
    assert log_mass(np.array([inf, 1.0, -inf]), np.array([inf, 1.0, inf])).tolist() == [-inf, -inf, 0.0]


def everything() -> UnreportedLikelihood:
    said = [*STATEMENTS, "not significant"]
    low, high = limits(said, np.linspace(1.5, 2.6, len(said)))
    q = np.linspace(0.15, 1.0, len(said))
    unprinted = Unprinted(np.linspace(0.1, 0.4, len(said)), low, high, q)
    return UnreportedLikelihood(np.array([0.3, -0.1, 0.8]), np.array([0.04, 0.02, 0.09]), unprinted)


def derivatives(likelihood: UnreportedLikelihood, mu: float, tau2: float) -> list[float]:
    """By differences of mpmath at 60 digits of log-likelihoods written down anew."""
    given = likelihood.unprinted

    def value(m: mpmath.mpf, t: mpmath.mpf) -> mpmath.mpf:
        total = mpmath.mpf(0)
        for y, v in zip(likelihood.y, likelihood.v, strict=True):
            total += mpmath.log(mpmath.npdf(mpmath.mpf(y), m, mpmath.sqrt(v + t)))
        for i, s in enumerate(given.sei):
            sd = mpmath.sqrt(mpmath.mpf(s) ** 2 + t)
            inside = mpmath.mpf(0)
            for low, high in zip(given.low[i], given.high[i], strict=True):
                if low < high:
                    inside += mpmath.ncdf((high * s - m) / sd) - mpmath.ncdf((low * s - m) / sd)
            total += mpmath.log(given.probability[i] * inside + 1 - mpmath.mpf(given.probability[i]))
        return total

    with mpmath.workdps(60):
        orders = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
        at = (mpmath.mpf(mu), mpmath.mpf(tau2))
        return [float(mpmath.diff(value, at, order) if any(order) else value(*at)) for order in orders]


@pytest.mark.parametrize(("mu", "tau2"), [(0.3, 0.05), (-0.9, 0.3), (0.02, 1e-4), (1.4, 9.0)])
def test_derivatives_are_those_of_the_likelihood(mu: float, tau2: float) -> None:
    likelihood = everything()
    found = likelihood.terms(np.array([mu]), np.array([tau2]))
    assert_allclose([each[0] for each in found], derivatives(likelihood, mu, tau2), rtol=2e-10)
    point = likelihood(np.array([mu, tau2]))
    assert point.gradient.tolist() == [found.m[0], found.t[0]]
    assert point.hessian.tolist() == [[found.mm[0], found.mt[0]], [found.mt[0], found.tt[0]]]
    assert point.value == found.value[0]


def test_values_alone_are_the_values_with_derivatives() -> None:
    mu, tau2 = np.linspace(-2.0, 2.0, 21), np.geomspace(1e-5, 10.0, 21)
    likelihood = everything()
    assert_allclose(likelihood.values(mu, tau2), likelihood.terms(mu, tau2).value, rtol=1e-14)


def test_what_says_nothing_changes_nothing() -> None:
    y, v = np.array([0.1, 0.5]), np.array([0.1, 0.2])
    mu, tau2 = np.array([0.2, 0.9]), np.array([0.0, 0.4])
    nothing = UnreportedLikelihood(y, v, Unprinted.none())
    assert {each.size for each in vars(Unprinted.none()).values()} == {0}
    for given in (silent("not examined", 0.3), silent("not significant", 0.3, q=0.0)):
        both = zip(UnreportedLikelihood(y, v, given).terms(mu, tau2), nothing.terms(mu, tau2), strict=True)
        for one_term, other in both:
            assert_allclose(one_term, other, rtol=1e-14)


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("not significant", ("positive, not significant", "negative, not significant")),
        ("significant", ("positive, significant", "negative, significant")),
        ("positive", ("positive, significant", "positive, not significant")),
        ("not examined", ("significant", "not significant")),
    ],
)
def test_probabilities_of_parts_add_up(whole: str, parts: tuple[str, str]) -> None:
    points: list[tuple[float, float]] = [(0.3, 0.0), (-1.0, 0.2), (4.0, 0.01)]
    for mu, tau2 in points:
        total = sum(np.exp(one(silent(part, 0.25), mu, tau2)) for part in parts)
        assert_allclose(np.exp(one(silent(whole, 0.25), mu, tau2)), total, rtol=1e-12)


def test_a_very_unlikely_statement_has_exact_slopes() -> None:
    """A result 300 of its standard errors from what was said of it pulls as that distance does."""
    given = silent("negative", 0.01)
    found = UnreportedLikelihood(NOBODY, NOBODY, given).terms(np.array([3.0]), np.zeros(1))
    with mpmath.workdps(60):
        z = mpmath.mpf(3.0) / mpmath.mpf(0.01)
        ratio = mpmath.npdf(z) / mpmath.ncdf(-z)
        expected = [-ratio / mpmath.mpf(0.01), -(ratio * (ratio - z)) / mpmath.mpf(0.01) ** 2]
    assert_allclose(found.m[0], float(expected[0]), rtol=1e-10)
    assert_allclose(found.mm[0], float(expected[1]), rtol=1e-6)  # a step's length, which need not be exact


def array(*values: float) -> Array:
    return np.array(values)


def test_units_are_those_of_the_effects() -> None:
    likelihood, scale = everything(), 8.0
    other = UnreportedLikelihood(
        likelihood.y / scale, likelihood.v / scale**2, likelihood.unprinted.scaled(scale)
    )
    here = likelihood.values(array(0.4), array(0.1))
    there = other.values(array(0.4 / scale), array(0.1 / scale**2))
    assert_allclose(here, there - 3 * np.log(scale), rtol=1e-13)


def test_moments_are_zero_where_nothing_is_allowed() -> None:
    inf = np.inf
    for found in _moments(np.array([inf, 1.0]), np.array([inf, 1.0])):
        assert found.tolist() == [0.0, 0.0]
