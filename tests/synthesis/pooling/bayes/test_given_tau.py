"""The model given tau: against the joint normal of the effects, under each prior of the mean."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.bayes import given_tau as module
from synthesis.pooling.bayes.given_tau import InUnits, gauss_legendre, given_tau, prepared
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

Y = np.array([[0.3, -0.2, 0.9, 9.0], [5.0, 5.5, 4.0, 6.0]])
V = np.array([[0.04, 0.09, 0.25, 1.0], [4.0, 1.0, 2.0, 0.5]])
PRESENT = np.array([[True, True, True, False], [True, True, True, True]])
BOTH = Effects(Y, V, PRESENT)


def test_the_most_precise_study_is_the_origin_and_the_unit_a_power_of_two_about_s0() -> None:
    data = prepared(BOTH)
    assert data.origin.tolist() == [0.3, 6.0]
    assert data.k.tolist() == [3.0, 4.0]
    s0 = [math.sqrt(len(v) / np.sum(1.0 / v)) for v in (V[0, :3], V[1])]
    assert_allclose(np.exp(data.scales.log_s0), s0, rtol=1e-14)
    assert_allclose(np.exp(data.scales.log_unit), data.unit, rtol=1e-15)
    assert data.unit.tolist() == [0.25, 1.0], "s0 is 0.26 and 1.08"
    back = data.origin[:, None] + data.unit[:, None] * data.y
    assert_allclose(back[PRESENT], Y[PRESENT], rtol=1e-15)
    assert (data.v * data.unit[:, None] ** 2)[PRESENT].tolist() == V[PRESENT].tolist()
    assert (data.y[0, 3], data.v[0, 3], data.present[0, 3]) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("s", [1.0, 1.999, 2.0, 0.75, 1e-140, 1e140])
def test_s0_is_between_one_unit_and_two(s: float) -> None:
    data = prepared(Effects(np.array([1.0]), np.array([s * s])))
    assert 1.0 <= s / data.unit[0] < 2.0
    assert math.frexp(data.unit[0])[0] == 0.5


def test_rows_of_scales_are_taken_together() -> None:
    data = prepared(BOTH)
    some = data.scales.take(np.array([1, 0, 1]))
    for name, value in vars(data.scales).items():
        assert (getattr(some, name) == value[[1, 0, 1]]).all(), name


def test_a_data_set_without_a_study_is_refused() -> None:
    with pytest.raises(ValueError, match="a data set has no study; expected at least one in each"):
        prepared(Effects(Y, V, PRESENT & np.array([[True], [False]])))


def joint(row: int, tau: float, mean: float, variance: float) -> float:
    """Log density of the effects of a row, mu being N(mean, variance)."""
    here = PRESENT[row]
    y, v = Y[row, here], V[row, here]
    covariance = np.diag(v + tau * tau) + variance
    return float(stats.multivariate_normal(np.full(y.size, mean), covariance).logpdf(y))


def conditional(row: int, tau: float, mean: float, precision: float) -> tuple[float, float]:
    """Mean and sd of mu given tau."""
    here = PRESENT[row]
    w = 1.0 / (V[row, here] + tau * tau)
    total = w.sum() + precision
    return float((w @ Y[row, here] + precision * mean) / total), float(total**-0.5)


TAU = np.array([[0.01, 0.3, 2.0], [0.1, 1.0, 50.0], [1e-20, 0.7, 4.0]])
ROWS = np.array([1, 0, 1])


def ours(prior: MeanPrior) -> tuple[InUnits, Array, Array, Array, Array, Array]:
    """Log likelihood of the effects, moves, and shares, means and sds of mu, at TAU of ROWS."""
    data = prepared(BOTH)
    given = given_tau(data, prior)
    unit, origin = data.unit[ROWS][:, None], data.origin[ROWS][:, None]
    x = np.log(TAU / unit)
    value, moves = given.log_likelihood(ROWS, x)
    parts = given.components(ROWS, x)
    powers = data.k[ROWS][:, None] - (1.0 if isinstance(prior, FlatMean) else 0.0)
    mean, sd = origin[..., None] + unit[..., None] * parts.mean, unit[..., None] * parts.sd
    return data, value - powers * np.log(unit), moves, parts.share, mean, sd


def test_under_a_normal_prior_the_effects_are_jointly_normal() -> None:
    _, value, _, share, mean, sd = ours(NormalMean(1.5, 0.8))
    assert (share == 1.0).all()
    for place, row in enumerate(ROWS):
        for column, tau in enumerate(TAU[place]):
            assert_allclose(value[place, column], joint(row, tau, 1.5, 0.64), rtol=1e-12)
            expected = conditional(row, tau, 1.5, 1.0 / 0.64)
            assert_allclose([mean[place, column, 0], sd[place, column, 0]], expected, rtol=1e-12)


def test_under_a_flat_prior_it_is_the_density_of_contrasts() -> None:
    """A normal prior of huge sd, times the height that it has: sqrt(2 pi) sd."""
    _, value, _, share, mean, sd = ours(FlatMean())
    assert (share == 1.0).all()
    for place, row in enumerate(ROWS):
        here = PRESENT[row]
        for column, tau in enumerate(TAU[place]):
            w = 1.0 / (V[row, here] + tau * tau)
            centre, error = conditional(row, tau, 0.0, 0.0)
            plain = stats.norm.logpdf(Y[row, here], centre, w**-0.5).sum()
            expected = plain + 0.5 * math.log(2.0 * math.pi) + math.log(error)
            assert_allclose(value[place, column], expected, rtol=1e-12)
            assert_allclose([mean[place, column, 0], sd[place, column, 0]], [centre, error], rtol=1e-12)


def test_of_a_known_mean_effects_are_independent_about_it() -> None:
    _, value, _, share, mean, sd = ours(KnownMean(1.5))
    assert share.shape == mean.shape == sd.shape == (3, 3, 1)
    assert (share == 1.0).all()
    assert (sd == 0.0).all()
    assert_allclose(mean, 1.5, rtol=1e-14)
    for place, row in enumerate(ROWS):
        for column, tau in enumerate(TAU[place]):
            assert_allclose(value[place, column], joint(row, tau, 1.5, 0.0), rtol=1e-11)


def test_moves_bound_the_speed_of_the_mean_given_tau() -> None:
    """r' W^2 r tau^2 by hand; its root is at least how many sds mu moves for one half of log tau."""
    data, _, moves, _, _, _ = ours(FlatMean())
    for place, row in enumerate(ROWS):
        here = PRESENT[row]
        for column, tau in enumerate(TAU[place]):
            w = 1.0 / (V[row, here] + tau * tau)
            centre, sd = conditional(row, tau, 0.0, 0.0)
            residual = Y[row, here] - centre
            assert_allclose(moves[place, column], np.sum((w * residual) ** 2) * tau * tau, rtol=1e-10)
            step = 1e-5
            ahead, behind = (conditional(row, tau * math.exp(s), 0.0, 0.0)[0] for s in (step, -step))
            speed = 0.5 * abs(ahead - behind) / (2.0 * step) / sd
            assert speed <= math.sqrt(moves[place, column]) * (1.0 + 1e-6) + 1e-8
    assert data.k.size == 2


@pytest.mark.parametrize(
    "prior",
    [
        TMean(1.5, 0.8, 3.0),
        TMean(0.0, 0.3, 0.5),
        TMean(-40.0, 0.05, 0.5),
        TMean(0.5, 2.0, 1.0),
        TMean(1000.0, 3.0, 2.0),
        TMean(1.0, 0.7, 30.0),
        TMean(1.0, 0.7, 1000.0),
        TMean(20.0, 0.2, 40.0),
        TMean(-300.0, 0.2, 100.0),
        TMean(20.0, 0.2, 1000.0),
        TMean(0.5, 100.0, 3.0),
    ],
    ids=lambda prior: prior.label,
)
def test_a_t_prior_is_integrated_to_rounding(prior: TMean) -> None:
    """Against quadrature of t times the normal likelihood of mu, about which everything is known."""
    _, value, _, share, mean, sd = ours(prior)
    assert_allclose(share.sum(axis=-1), 1.0, rtol=1e-13)
    compared = 0
    for place, row in enumerate(ROWS):
        for column in (0, 2) if place == 0 else (1,):
            tau, here = TAU[place, column], PRESENT[row]
            centre, error = conditional(row, tau, 0.0, 0.0)
            w = 1.0 / (V[row, here] + tau * tau)
            height = stats.norm.logpdf(Y[row, here], centre, w**-0.5).sum()
            total, first, second = by_quadrature(prior, centre, error)
            assert_allclose(value[place, column], height + total, rtol=1e-12, atol=1e-12)
            found = share[place, column] @ mean[place, column]
            assert_allclose(found, first, rtol=1e-11, atol=1e-11)
            around = mean[place, column] - first
            spread = share[place, column] @ (sd[place, column] ** 2 + around**2)
            assert_allclose(spread, second, rtol=1e-9)
            compared += 1
    assert compared == 4


def by_quadrature(prior: TMean, centre: float, error: float) -> tuple[float, float, float]:
    """Log of the integral over mu of t times exp(-(mu - centre)^2 / 2 error^2), mean and variance of mu."""
    law = stats.t(prior.df, prior.mean, prior.scale)

    def log_density(mu: Array) -> Array:
        return np.asarray(law.logpdf(mu) - 0.5 * ((mu - centre) / error) ** 2)

    steps = np.sinh(np.linspace(-6.0, 6.0, 25)) / math.sinh(6.0) * 40.0
    places = np.unique(np.concatenate([centre + error * steps, prior.mean + prior.scale * steps]))
    places = places[np.abs(places - centre) <= 40.0 * error]
    edges = np.unique(np.concatenate([np.linspace(a, b, 9) for a, b in itertools.pairwise(places)]))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = 0.5 * np.diff(edges)[:, None]
    mu, weight = edges[:-1, None] + half * (nodes + 1.0), half * weights
    log_at = log_density(mu)
    mass = np.exp(log_at - log_at.max()) * weight
    mean = float((mass * mu).sum() / mass.sum())
    return (
        math.log(mass.sum()) + float(log_at.max()),
        mean,
        float((mass * (mu - mean) ** 2).sum() / mass.sum()),
    )


def test_a_t_prior_of_one_degree_is_the_cauchy_density_without_data_to_speak_of() -> None:
    """A study of huge variance leaves the prior: shares, means and sds mix to its characteristic numbers."""
    data = prepared(Effects(np.zeros(1), np.array([1e12])))
    parts = given_tau(data, TMean(0.0, 2.0, 1.0)).components(np.zeros(1, dtype=int), np.full((1, 1), -50.0))
    sd, share = data.unit[0] * parts.sd[0, 0], parts.share[0, 0]
    for z in (0.0, 1.0, 6.0, 100.0):
        density = float(share @ stats.norm.pdf(z, 0.0, sd))
        assert_allclose(density, stats.cauchy.pdf(z, 0.0, 2.0), rtol=1e-4)


def test_rows_in_parts_are_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = prepared(BOTH)
    given, x = given_tau(data, TMean(1.0, 1.0, 3.0)), np.linspace(-3.0, 3.0, 12).reshape(3, 4)
    value, moves = given.log_likelihood(ROWS, x)
    for at_once in (1, 16 * given.log_weight.size * 2, 10**9):
        taken: list[int] = []

        def some(count: int, each: int, numbers: int = at_once, taken: list[int] = taken) -> list[slice]:
            taken.append(each)
            return parts_of(count, each, numbers)

        monkeypatch.setattr(module, "parts_of", some)
        part, other = given.log_likelihood(ROWS, x)
        assert taken == [16 * given.log_weight.size], "four studies at four tau, for each prior of the mean"
        assert_allclose(part, value, rtol=1e-14)
        assert_allclose(other, moves, rtol=1e-14)


def test_sixteen_nodes_integrate_polynomials_to_degree_thirty_one() -> None:
    nodes, weights = gauss_legendre()
    for degree in range(32):
        assert_allclose(weights @ nodes**degree, 1.0 / (degree + 1.0), rtol=1e-13)
    assert not math.isclose(weights @ nodes**32, 1.0 / 33.0, rel_tol=1e-16)
    assert nodes.shape == weights.shape == (16,)


@pytest.mark.parametrize("centre", [40.0, -40.0, 0.5])
@pytest.mark.parametrize("df", [0.5, 3.0, 100.0])
def test_precisions_of_a_t_prior_reach_until_they_hold_nothing_and_hardly_further(
    df: float, centre: float
) -> None:
    """From what is as good as never so small given the farthest study to what is never so large.

    Given mu at d scales, the precision over that of the scale is gamma((df + 1) / 2, (df + d^2) / 2).
    """
    data = prepared(Effects(np.array([0.0, 20.0]), np.array([1.0, 2.0])))
    given = given_tau(data, TMean(centre, 0.5, df))
    share = given.precision[0] * (0.5 / data.unit[0]) ** 2
    far = max(abs(centre), abs(centre - 20.0)) / 0.5
    a = 0.5 * (df + 1.0)
    small = stats.gamma(a, scale=2.0 / (df + far * far)).logcdf(share.min())
    large = stats.gamma(0.5 * df, scale=2.0 / df).logsf(share.max())
    assert -52.0 < small * df / (df + 1.0) < -40.0
    assert -52.0 < large < -47.0
