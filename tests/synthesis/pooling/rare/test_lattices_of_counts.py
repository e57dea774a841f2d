"""Lattices of one predictor: how fine the first is, how far it reaches, and where few points do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthesis.pooling.rare.count_terms import BinomialTerms, CountTerms, PoissonTerms
from synthesis.pooling.rare.tabulated import Tabulated


def _half(size: float) -> BinomialTerms:
    """Events in one half: a curvature of a quarter of the persons."""
    return BinomialTerms(np.array([0.5 * size]), np.array([size]), np.zeros(1))


RATES = PoissonTerms(np.array([2.0, 9.0]), np.zeros(2))
KNOWN: dict[str, tuple[CountTerms, float, float]] = {
    "4": (_half(4.0), 0.36, 1.0),
    "100": (_half(100.0), 0.36, 25.0),
    "3000": (_half(3000.0), 0.36, 750.0),
    "rates": (RATES, 0.18, 9.0),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("tau", [0.4, 0.7, 1.3, 4.4, 4.6, 7.0])
def test_the_first_lattice_is_as_fine_as_the_deviations_that_counts_leave(name: str, tau: float) -> None:
    """By hand: 0.65 of that of a normal law with their curvature, by halvings of their scale.

    Those of deviations above 4.5, which reach far, are apart.
    """
    terms, scale, bend = KNOWN[name]
    for fineness in (1.0, 0.66):
        table = Tabulated(terms, fineness)
        found = table.moments(np.zeros(1), np.array([tau]), 2)
        assert np.isfinite(found).all()
        widest = 0.65 / math.sqrt(1.0 / tau**2 + bend)
        level = 0
        while scale / 2.0**level > widest:
            level += 1
        (key, lattice), *others = table._lattices.items()
        assert key == (level, tau > 4.5)
        assert lattice.step == pytest.approx(scale / 2.0**level / fineness, rel=1e-12)
        assert name == "rates" or not others


@pytest.mark.parametrize("fineness", [1.0, 0.66])
@pytest.mark.parametrize("mu", [0.0, -1.3])
def test_a_lattice_reaches_over_nine_and_three_tenths_deviations(mu: float, fineness: float) -> None:
    """And no more than a step beyond; of several pairs over those of all."""
    for means, deviations in (([mu], [0.9]), ([mu, mu + 0.5], [0.9, 0.7]), ([mu + 1.0], [0.8])):
        table = Tabulated(_half(4.0), fineness)
        table.moments(np.array(means), np.array(deviations), 2)
        ((_, lattice),) = table._lattices.items()
        assert lattice.table is not None
        away = 9.3 * fineness * np.array(deviations)
        low, high = float((np.array(means) - away).min()), float((np.array(means) + away).max())
        first, last = (
            lattice.first * lattice.step,
            (lattice.first + lattice.table.shape[1] - 1) * lattice.step,
        )
        assert low - lattice.step < first <= low
        assert high <= last < high + lattice.step


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_lattice_is_widened_until_its_ends_hold_nothing_of_an_integral(sign: float) -> None:
    """No more than 1e-17; on the side alone where there is something, by half of its reach."""
    widened = 0
    for away in np.linspace(3.0, 9.0, 31):
        table = Tabulated(_half(400.0))
        mu, tau = sign * away, 0.5
        found = table.moments(np.array([mu]), np.array([tau]), 2)
        assert np.isfinite(found).all()
        for lattice in table._lattices.values():
            assert lattice.table is not None
            theta = lattice.step * (lattice.first + np.arange(lattice.table.shape[1]))
            share = lattice.table[0] * np.exp(-0.5 * ((theta - mu) / tau) ** 2)
            share /= share.sum()
            assert share[[0, -1]].max() <= 1.0000001e-17
            far, near = (theta[0], theta[-1]) if sign > 0.0 else (-theta[-1], -theta[0])
            assert near == pytest.approx(away + 9.3 * tau, abs=1.01 * lattice.step)
            if far < away - 9.3 * tau - lattice.step:
                widened += 1
                width, times = 18.6 * tau, [away - 9.3 * tau]
                while len(times) < 4:
                    times.append(times[-1] - 0.5 * width)
                    width *= 1.5
                assert min(abs(far - each) for each in times[1:]) < 1.5 * lattice.step
    assert widened > 10


def test_lattices_are_halved_nine_times_at_most() -> None:
    """A curvature of 850,000 is served by 0.36 / 512; a larger one by points about the mode."""
    limit = (512.0 * 0.65 / 0.36) ** 2
    for share, serves in ((0.97, True), (1.03, False)):
        table = Tabulated(_half(2.0 * round(2.0 * share * limit)))
        found = table.moments(np.zeros(1), np.array([0.05]), 2)
        assert bool(np.isfinite(found).all()) == serves
        assert (table.point(np.array([0.0, 0.05])) is not None) == serves


def test_few_points_about_the_mean_serve_up_to_a_tenth_of_curvature_times_variance() -> None:
    """Beyond it a lattice is made; there as here the digits are those of one four times as fine."""
    for squared, lattices in ((0.099, 0), (0.101, 1)):
        terms = _half(400.0)
        mu, tau = np.array([0.02, -0.05]), np.full(2, math.sqrt(squared / 100.0))
        table = Tabulated(terms)
        found = table.moments(mu, tau, 4)
        assert len(table._lattices) == lattices
        theta = mu[:, None] + tau[:, None] * np.linspace(-12.0, 12.0, 4_001)
        density = np.exp(terms.logs(theta.ravel())[0].reshape(2, -1) - terms.highest[0])
        x = np.linspace(-12.0, 12.0, 4_001)
        density *= np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) * (x[1] - x[0])
        total = density.sum(axis=1)
        assert found[0, 0] == pytest.approx(np.log(total) + terms.highest[0], abs=1e-12)
        for order in range(1, 5):
            assert found[order, 0] == pytest.approx((density @ x**order) / total, abs=1e-11)


def test_few_points_serve_where_a_mean_is_within_four_and_a_variance_above_eighty_five_hundredths() -> None:
    """Of normal laws that a count has moved or narrowed by more, a lattice tells."""
    rare = BinomialTerms(np.array([0.0]), np.array([3000.0]), np.zeros(1))
    table = Tabulated(rare)
    assert table._bend == 0.0  # where it is highest: few points are tried at any deviation
    tau = 0.02
    moved = bent = compared = 0
    for mu in np.linspace(-4.0, 1.0, 80):
        found, served = table._hermite(np.array([mu]), np.array([tau]), 2)
        mean, variance = found[1, 0, 0], found[2, 0, 0] - found[1, 0, 0] ** 2
        # By hand: a slope of 3000 p and a curvature of 3000 p (1 - p), next to constant so near the mean.
        assert bool(served[0]) == (abs(mean) < 4.0 and variance > 0.85)
        p = 1.0 / (1.0 + math.exp(-mu))
        moved += mean < -4.0
        bent += variance < 0.85
        if served[0]:
            first = -3000.0 * p * tau / (1.0 + 3000.0 * p * (1.0 - p) * tau**2)
            assert mean == pytest.approx(first, abs=0.15)
            compared += 1
    assert compared > 20
    assert moved > 5
    assert bent > 5
