"""Modes of log-concave densities, also where full steps of Newton lead away, and points about them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, gammaln

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_terms import BinomialTerms, PoissonTerms
from synthesis.pooling.rare.trapezoids import Conditional, _axes, _rays, nodes

EVENTS, SIZE = np.array([0.0, 1.0, 5.0, 3.0]), np.array([400.0, 1.0, 9.0, 3000.0])
FIXED, LOADING = np.array([14.0, -20.0, 0.3, 25.0]), np.array([3.0, 2.0, 0.5, 6.0])


def _binomial() -> Conditional:
    """Four studies of one count; the first and the last are far from where their counts are likely."""
    terms = BinomialTerms(EVENTS, SIZE, np.zeros(4))

    def counts(eta: Array) -> tuple[Array, Array, Array]:
        log, slope, curve = terms.at(eta[:, 0])
        return log[:, None], slope[:, None], curve[:, None]

    return Conditional(FIXED[:, None], LOADING[:, None, None], counts)


def test_the_mode_is_where_the_score_is_zero_though_full_steps_lead_away() -> None:
    mode, bend = _binomial().mode()
    for row in range(4):

        def score(u: float, row: int = row) -> float:
            p = expit(FIXED[row] + LOADING[row] * u)
            return float(LOADING[row] * (EVENTS[row] - SIZE[row] * p) - u)

        root = brentq(score, -30.0, 30.0, xtol=1e-14)
        assert mode[row, 0] == pytest.approx(root, abs=1e-9)
        p = expit(FIXED[row] + LOADING[row] * root)
        assert bend[row, 0, 0] == pytest.approx(1.0 + LOADING[row] ** 2 * SIZE[row] * p * (1 - p), rel=1e-7)
    # A full step from zero would fall below the height there.
    step = LOADING[0] * (EVENTS[0] - SIZE[0] * expit(FIXED[0]))
    value = _binomial().value(np.array([[[0.0, step]]] * 4))
    assert value[0, 1] < value[0, 0]


def test_the_mode_of_two_effects_is_where_both_scores_are_zero() -> None:
    """Of Poisson counts 40 and 2 whose means at zero are e^-3 and e^4."""
    terms = PoissonTerms(np.array([40.0, 2.0]), np.zeros(2))
    loading = np.array([[[1.0, 0.5], [1.0, -2.0]]])

    def counts(eta: Array) -> tuple[Array, Array, Array]:
        log, slope, curve = terms.at(eta[0])
        return log[None], slope[None], curve[None]

    density = Conditional(np.array([[-3.0, 4.0]]), loading, counts)
    mode, bend = density.mode()
    mean = np.exp(np.array([-3.0, 4.0]) + loading[0] @ mode[0])
    assert loading[0].T @ (np.array([40.0, 2.0]) - mean) == pytest.approx(mode[0], abs=1e-7)
    assert bend[0] == pytest.approx(np.eye(2) + loading[0].T @ np.diag(mean) @ loading[0], rel=1e-7)
    # The integral over points of the rule is that of Gauss and Hermite's about the mode.
    found = nodes(density, 1.0)
    ours = np.log(np.exp(density.value(found.u)).sum()) + found.volume[0]
    at, weight = np.polynomial.hermite_e.hermegauss(150)
    axes = np.linalg.cholesky(np.linalg.inv(bend[0]))
    x = np.stack([np.repeat(at, 150), np.tile(at, 150)])
    height = density.value((mode[0][:, None] + axes @ x)[None])[0] + 0.5 * (x * x).sum(axis=0)
    expected = np.log((np.repeat(weight, 150) * np.tile(weight, 150) * np.exp(height)).sum())
    expected += np.log(np.linalg.det(axes))
    assert ours == pytest.approx(expected, abs=1e-10)


def test_points_reach_to_where_the_density_has_fallen_by_thirty_six() -> None:
    """Of counts that say nothing, u is standard normal: the rule ends at the root of 72 and sums to 2 pi."""

    def silent(eta: Array) -> tuple[Array, Array, Array]:
        return np.zeros_like(eta), np.zeros_like(eta), np.zeros_like(eta)

    density = Conditional(np.zeros((1, 1)), np.ones((1, 1, 1)), silent)
    found = nodes(density, 1.0)
    assert found.u[0, 0, 0] == pytest.approx(-np.sqrt(72.0), abs=1e-9)
    assert found.u[0, 0, -1] == pytest.approx(np.sqrt(72.0), abs=1e-9)
    total = np.exp(density.value(found.u)).sum() * np.exp(found.volume[0])
    assert total == pytest.approx(np.sqrt(2.0 * np.pi), rel=1e-13)
    # Half the points reach half as far, as far as the same error allows.
    half = nodes(density, 0.5)
    assert half.u[0, 0, -1] == pytest.approx(0.5 * np.sqrt(72.0), abs=1e-9)
    assert half.u.shape[2] < found.u.shape[2]


def test_a_gamma_variable_has_its_integral() -> None:
    """Of a Poisson count of a million the density is as narrow as its logarithm is known."""
    y = 1e6
    terms = PoissonTerms(np.array([y]), np.zeros(1))

    def counts(eta: Array) -> tuple[Array, Array, Array]:
        log, slope, curve = terms.at(eta[:, 0])
        return log[:, None], slope[:, None], curve[:, None]

    density = Conditional(np.full((1, 1), np.log(y)), np.full((1, 1, 1), 0.5), counts)
    found = nodes(density, 1.0)
    ours = np.log(np.exp(density.value(found.u)).sum()) + found.volume[0]
    # By Gauss and Hermite about the mode.
    at, weight = np.polynomial.hermite_e.hermegauss(60)
    mode, bend = density.mode()
    sd = 1.0 / np.sqrt(bend[0, 0, 0])
    u = mode[0, 0] + sd * at
    eta = np.log(y) + 0.5 * u
    log = y * eta - np.exp(eta) - gammaln(y + 1.0) - 0.5 * u * u + 0.5 * at * at
    assert ours == pytest.approx(np.log((weight * np.exp(log)).sum() * sd), abs=1e-8)


def test_two_effects_of_which_nothing_is_known_are_integrated_over_a_square_about_e_to_the_minus_36() -> None:
    """A tenth beyond where a standard normal density has fallen so far, and their integral is one."""

    def counts(eta: Array) -> tuple[Array, Array, Array]:
        nothing = np.zeros_like(eta)
        return nothing, nothing, nothing

    density = Conditional(np.zeros((1, 2)), np.eye(2)[None], counts)
    found = nodes(density, 1.0)
    ends = found.u[0].min(axis=1), found.u[0].max(axis=1)
    assert ends[1] == pytest.approx(1.1 * np.sqrt(72.0), rel=1e-9)
    assert ends[0] == pytest.approx(-ends[1], rel=1e-9)
    total = np.exp(found.volume[0] - 0.5 * (found.u[0] ** 2).sum(axis=0)).sum() / (2.0 * np.pi)
    assert total == pytest.approx(1.0, abs=1e-13)


def _silent(eta: Array) -> tuple[Array, Array, Array]:
    nothing = np.zeros_like(eta)
    return nothing, nothing, nothing


@pytest.mark.parametrize(
    ("loading", "step"), [(0.1, 0.8), (0.37, 0.8), (0.38, 0.3 / 0.38), (1.0, 0.3), (5.0, 0.06)]
)
def test_points_are_eight_tenths_of_a_deviation_apart_or_three_tenths_of_a_predictor(
    loading: float, step: float
) -> None:
    """Of a standard normal density between both roots of 72, at most; a study that asks for more has all."""
    for density in (
        Conditional(np.zeros((1, 1)), np.full((1, 1, 1), loading), _silent),
        Conditional(np.zeros((2, 1)), np.array([[[0.01]], [[-loading]]]), _silent),
    ):
        found = nodes(density, 1.0)
        assert found.u.shape[2] == np.ceil(2.0 * np.sqrt(72.0) / step) + 1.0
        apart = np.diff(found.u[-1, 0])
        assert apart == pytest.approx(apart[0])
        assert 0.9 * step < apart[0] <= step * (1.0 + 1e-12)
    half = nodes(density, 0.5)
    assert half.u.shape[2] == np.ceil(0.5 * np.sqrt(72.0) / step) + 1.0


def test_a_study_with_more_points_than_there_may_be_has_six_thousand() -> None:
    found = nodes(Conditional(np.zeros((1, 1)), np.full((1, 1, 1), 1e3), _silent), 1.0)
    assert found.u.shape[2] == 6000


def test_sixteen_directions_are_a_quarter_of_a_right_angle_apart() -> None:
    found = _rays(2)
    assert found.shape == (2, 16)
    angle = np.unwrap(np.arctan2(found[1], found[0]))
    assert np.diff(angle) == pytest.approx(np.full(15, np.pi / 8.0))
    assert (found**2).sum(axis=0) == pytest.approx(np.ones(16))
    assert _rays(1).tolist() == [[-1.0, 1.0]]


def test_axes_of_a_curvature_have_its_inverse_as_their_square() -> None:
    one, two = np.array([[[4.0]], [[0.25]]]), np.array([[[2.0, 0.6], [0.6, 1.0]], [[9.0, 0.0], [0.0, 4.0]]])
    assert _axes(one)[:, 0, 0].tolist() == [0.5, 2.0]
    axes = _axes(two)
    assert axes @ np.swapaxes(axes, 1, 2) == pytest.approx(np.linalg.inv(two), rel=1e-13, abs=1e-15)
    assert axes[:, 0, 1].tolist() == [0.0, 0.0]


def test_two_effects_of_several_studies_have_the_integrals_of_each_alone() -> None:
    events = np.array([[40.0, 2.0], [0.0, 300.0], [5.0, 6.0]])
    loading = np.array([[[1.0, 0.5], [1.0, -2.0]], [[0.3, 0.0], [0.1, 0.9]], [[2.0, 0.0], [2.0, 0.4]]])
    fixed = np.array([[-3.0, 4.0], [1.0, 3.0], [0.0, 2.0]])

    def integrals(chosen: list[int]) -> Array:
        terms = PoissonTerms(events[chosen].ravel(), np.zeros(2 * len(chosen)))

        def counts(eta: Array) -> tuple[Array, Array, Array]:
            log, slope, curve = terms.at(eta.reshape(2 * len(chosen), -1))
            return log.reshape(eta.shape), slope.reshape(eta.shape), curve.reshape(eta.shape)

        density = Conditional(fixed[chosen], loading[chosen], counts)
        found = nodes(density, 1.0)
        height = density.value(found.u)
        top = height.max(axis=1)
        return np.asarray(top + np.log(np.exp(height - top[:, None]).sum(axis=1)) + found.volume)

    together = integrals([0, 1, 2])
    assert together == pytest.approx(np.concatenate([integrals([n]) for n in range(3)]), abs=1e-10)
