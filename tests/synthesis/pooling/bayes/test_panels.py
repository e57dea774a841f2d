"""Quadrature over log tau: integrals known in closed form, and when a panel is halved."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.bayes.given_tau import LogDensity
from synthesis.pooling.bayes.panels import NODES, FirstPanels, Panels, integrate
from synthesis.pooling.kernel.effects import Array, Rows

NODE, WEIGHT = np.polynomial.legendre.leggauss(NODES)


def normals(centre: Array, sd: Array) -> LogDensity:
    """Log densities of normal distributions, less their constants."""

    def density(rows: Rows, x: Array) -> tuple[Array, Array]:
        z = (x - centre[rows][:, None]) / sd[rows][:, None]
        return -0.5 * z * z, np.zeros_like(x)

    return density


def plain(function: Callable[[Array], Array], speed: float = 0.0) -> LogDensity:
    return lambda _, x: (function(x), np.full_like(x, speed * speed))


def first(*edges: float, moment: float = 0.0, smooth: bool = True) -> FirstPanels:
    return FirstPanels(np.array([edges]), np.array([moment]), smooth)


def count(found: Panels) -> int:
    return int(found.x.shape[1])


def test_normal_peaks_of_any_width_have_their_integral_mean_and_variance() -> None:
    centre = np.array([0.3, -7.0, 11.9, 0.0, 2.0])
    sd = np.array([1e-5, 0.02, 0.4, 3.0, 1e-3])
    edges = np.repeat(np.linspace(-40.0, 40.0, 21)[None], 5, axis=0)
    found = integrate(normals(centre, sd), FirstPanels(edges, np.zeros(5)))
    assert_allclose(found.log_total, np.log(sd * math.sqrt(2.0 * math.pi)), rtol=0, atol=1e-13)
    mean = (found.mass * found.x).sum(axis=(1, 2))
    assert_allclose(mean, centre, rtol=1e-13, atol=1e-13)
    away = found.x - mean[:, None, None]
    assert_allclose((found.mass * away**2).sum(axis=(1, 2)), sd**2, rtol=1e-11)


def test_panels_stand_in_ascending_order_side_by_side_and_empty_ones_at_the_end() -> None:
    centre, sd = np.array([0.0, 5.0]), np.array([1e-4, 1.5])
    edges = np.repeat(np.linspace(-20.0, 30.0, 51)[None], 2, axis=0)
    edges[0, 3] = edges[0, 2]  # a first panel of no width
    found = integrate(normals(centre, sd), FirstPanels(edges, np.zeros(2)))
    held = found.mass.sum(axis=2) > 0
    counts = held.sum(axis=1)
    assert counts.max() == count(found) > counts.min() > 3
    for row in range(2):
        n = int(counts[row])
        assert held[row, :n].all()
        assert (found.end[row, :n] > found.start[row, :n]).all()
        assert (found.start[row, 1:n] == found.end[row, : n - 1]).all()
        width = found.end[row, :n] - found.start[row, :n]
        assert_allclose(found.x[row, :n], found.start[row, :n, None] + width[:, None] * 0.5 * (NODE + 1.0))
        assert (found.start[row, n:] == found.end[row, n - 1]).all()
        assert (found.end[row, n:] == found.end[row, n - 1]).all()
        assert (found.x[row, n:] == found.end[row, n - 1]).all()
    assert_allclose(found.mass.sum(axis=(1, 2)), 1.0, rtol=1e-14)


def test_the_moment_asked_for_is_resolved_where_the_mass_is_not() -> None:
    """Of N(0, 2.5^2) exp(2x) has its mass about 12.5, five standard deviations out."""
    zero, sd = np.zeros(1), np.array([2.5])
    found = integrate(normals(zero, sd), first(-60.0, -20.0, 4.0, 60.0, moment=2.0))
    assert_allclose((found.mass * np.exp(2.0 * found.x)).sum(), math.exp(2.0 * 2.5**2), rtol=1e-12)
    less = integrate(normals(zero, sd), first(-60.0, -20.0, 4.0, 60.0))
    assert count(less) < count(found)
    two = FirstPanels(np.repeat([[-60.0, -20.0, 4.0, 60.0]], 2, axis=0), np.array([0.0, 2.0]))
    both = integrate(normals(np.zeros(2), np.array([2.5, 2.5])), two)
    assert_allclose((both.mass[1] * np.exp(2.0 * both.x[1])).sum(), math.exp(2.0 * 2.5**2), rtol=1e-12)


@pytest.mark.parametrize(("speed", "panels"), [(0.74, 1), (0.76, 2), (1.49, 2), (1.51, 4)])
def test_a_panel_is_halved_while_mu_moves_by_more_than_three_standard_deviations(
    speed: float, panels: int
) -> None:
    """Half its speed is told, so that width times that may be 1.5."""
    assert count(integrate(plain(np.zeros_like, speed), first(-1.0, 1.0))) == panels


def test_what_holds_nothing_is_not_halved_for_the_speed_of_mu() -> None:
    found = integrate(plain(lambda x: np.where(x < 1.0, 0.0, -np.inf), 0.7), first(-1.0, 1.0, 101.0))
    assert count(found) == 1


def with_coefficient(degree: int, size: float) -> Callable[[Array], Array]:
    """Log of a density on (-1, 1) with one Legendre coefficient above the first, which is one half."""
    coefficients = np.zeros(degree + 1)
    coefficients[degree] = size
    return lambda x: np.log(0.5 * (1.0 + np.polynomial.legendre.legval(x, coefficients)))


@pytest.mark.parametrize("degree", [NODES - 2, NODES - 1])
@pytest.mark.parametrize(("size", "smooth", "halved"), [
    (0.995e-8, True, False), (1.005e-8, True, True), (-1.005e-8, True, True),
    (0.9e-8, False, True), (3e-14, False, True),
])  # fmt: skip
def test_a_panel_is_halved_for_either_of_its_last_two_legendre_coefficients(
    degree: int, size: float, smooth: bool, halved: bool
) -> None:
    """1e-8 of the whole where the density is analytic, whose error is its square; 1e-14 where it may bend."""
    found = integrate(plain(with_coefficient(degree, size)), first(-1.0, 1.0, smooth=smooth))
    assert (count(found) > 1) == halved
    assert_allclose(found.log_total, 0.0, atol=1e-13)


def test_a_polynomial_that_the_nodes_integrate_exactly_needs_one_panel() -> None:
    found = integrate(plain(with_coefficient(NODES - 3, 0.5)), first(-1.0, 1.0, smooth=False))
    assert count(found) == 1


def sloping(top: float, spread: float) -> LogDensity:
    """Zero on (-1, 1); on (1, 3) linear, from `top` at the last node down to top - spread at the first."""

    def log_density(x: Array) -> Array:
        share = (x - 2.0 - NODE[0]) / (NODE[-1] - NODE[0])
        return np.where(x < 1.0, 0.0, top - spread + spread * share)

    return plain(log_density)


@pytest.mark.parametrize(("top", "spread", "halved"), [
    (-30.0, 39.9, False), (-30.0, 40.1, True),  # steep enough that nodes may miss a peak
    (-44.9, 100.0, True), (-45.1, 100.0, False),  # 40 below the density, less a twentieth of the spread
    (-49.9, 200.0, True), (-50.1, 200.0, False),
])  # fmt: skip
def test_a_panel_is_halved_where_a_narrow_peak_may_hide_between_its_nodes(
    top: float, spread: float, halved: bool
) -> None:
    seen: list[float] = []
    inner = sloping(top, spread)

    def density(rows: Rows, x: Array) -> tuple[Array, Array]:
        seen.extend((x[:, -1] - x[:, 0]).tolist())
        return inner(rows, x)

    integrate(density, first(-1.0, 1.0, 3.0))
    assert (len(seen) > 2) == halved


def test_a_narrow_peak_between_nodes_is_found_beside_a_broad_one() -> None:
    def log_density(x: Array) -> Array:
        return np.where(x < 1.0, 0.0, 3.0 - 0.5 * ((x - 2.0) / 1e-3) ** 2)

    found = integrate(plain(log_density), first(-1.0, 1.0, 3.0))
    whole = 2.0 + math.exp(3.0) * 1e-3 * math.sqrt(2.0 * math.pi)
    assert_allclose(found.log_total, math.log(whole), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("jump", "resolution"), [(0.3, 1e-9), (100.3, 1.003e-7), (-100.3, 1.003e-7)])
def test_a_jump_is_resolved_to_a_billionth_and_no_further(jump: float, resolution: float) -> None:
    low, high = jump - 1.3, jump + 1.7

    def log_density(x: Array) -> Array:
        return np.where(x < jump, 0.0, -1.0)

    found = integrate(plain(log_density), first(low, high, smooth=False))
    assert_allclose(found.log_total, math.log(1.3 + 1.7 * math.exp(-1.0)), rtol=0, atol=resolution)
    smallest = (found.end - found.start).min()
    assert 0.5 * resolution <= smallest <= resolution


def raised(function: Callable[[Array], Array], height: float) -> Callable[[Array], Array]:
    return lambda x: height + function(x)


def test_noise_of_a_huge_log_density_is_not_resolved() -> None:
    """A log density of -1e11 is known to 1e-5 alone: a coefficient of 3e-4 says nothing there."""
    shape = with_coefficient(NODES - 1, 3e-4)
    for height, halved in ((0.0, True), (-1e10, True), (-1e11, False), (1e11, False)):
        found = integrate(plain(raised(shape, height)), first(-1.0, 1.0))
        assert (count(found) > 1) == halved, height
        assert_allclose(found.log_total, height, rtol=1e-15, atol=1e-13)


def test_what_is_integrated_over_no_width_is_nothing_and_leaves_others_as_they_are() -> None:
    domain = FirstPanels(np.array([[-1.0, 1.0], [1.0, 1.0]]), np.zeros(2))
    with np.errstate(divide="ignore"):
        found = integrate(plain(np.zeros_like), domain)
    assert_allclose(found.log_total, [math.log(2.0), -math.inf], rtol=1e-15)
    assert_allclose(found.mass.sum(axis=(1, 2)), [1.0, 0.0], rtol=1e-14)
