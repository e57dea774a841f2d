"""Mixtures of normals: against one normal, two by hand, and 40 digits."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from synthesis.pooling.bayes import mixtures
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.tau_priors import HalfNormal, half_cauchy
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of


def mixture(mass: list[float], mean: list[float], sd: list[float]) -> Mixture:
    return Mixture.of(*(np.array([each]) for each in (mass, mean, sd)))


SKEW = mixture([0.2, 0.5, 0.3], [-1.0, 0.5, 2.0], [0.3, 1.0, 4.0])
HILLS = mixture([0.3, 0.7], [-4.0, 3.0], [0.5, 1.0])
GAP = mixture([0.8, 0.2], [-2.6, 0.1], [0.33, 0.07])  # 0.8 is one hill: steps lead into the gap
BATCH = Mixture.of(
    np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.0, 0.25, 0.75]]),
    np.array([[-1.0, 0.5, 2.0], [7.0, -900.0, 900.0], [1e9, 10.0, 11.0]]),
    np.array([[0.3, 1.0, 4.0], [2.0, 1e-9, 1e9], [1.0, 0.01, 3.0]]),
)


def exact(found: Mixture, row: int, z: float) -> list[float]:
    """P below, P above, density and slope in 40 digits."""
    with mpmath.workdps(40):
        total = [mpmath.mpf(0)] * 4
        for w, m, s in zip(found.mass[row], found.mean[row], found.sd[row], strict=True):
            u = (mpmath.mpf(z) - m) / s
            density = mpmath.npdf(u) / s
            parts = (mpmath.ncdf(u), mpmath.ncdf(-u), density, -u / s * density)
            total = [t + w * part for t, part in zip(total, parts, strict=True)]
        return [float(each) for each in total]


def test_probabilities_densities_and_slopes_are_sums_over_normals() -> None:
    z = np.array([[-9.0, -1.2, 0.4, 30.0], [-20.0, 6.5, 8.0, 25.0], [-30.0, 9.99, 10.02, 50.0]])
    found = [part(z) for part in (BATCH.below, BATCH.above, BATCH.density, BATCH.slope)]
    compared = 0
    for row in range(3):
        for column in range(4):
            ours = [each[row, column] for each in found]
            assert_allclose(ours, exact(BATCH, row, z[row, column]), rtol=1e-11, atol=1e-300)
            compared += 1
    assert compared == 12


def test_mean_and_deviation_are_those_of_the_parts() -> None:
    mean = 0.2 * -1.0 + 0.5 * 0.5 + 0.3 * 2.0
    square = 0.2 * (0.09 + 1.0) + 0.5 * (1.0 + 0.25) + 0.3 * (16.0 + 4.0)
    assert_allclose(SKEW.expectation(), mean, rtol=1e-14)
    assert_allclose(SKEW.deviation(), math.sqrt(square - mean**2), rtol=1e-14)
    assert_allclose(BATCH.expectation(), [mean, 7.0, 0.25 * 10.0 + 0.75 * 11.0], rtol=1e-14)
    far = mixture([0.5, 0.5], [1e9, 1e9 + 1.0], [0.0, 0.0])
    assert_allclose(far.deviation(), 0.5, rtol=1e-14)


def test_the_typical_component_is_the_one_in_the_middle_of_the_mass() -> None:
    assert (SKEW.centre.item(), SKEW.size.item()) == (0.5, 1.0)
    assert (HILLS.centre.item(), HILLS.size.item()) == (3.0, 1.0)
    assert BATCH.centre.tolist() == [0.5, 7.0, 11.0]
    assert mixture([0.1, 0.1], [1.0, 2.0], [3.0, 4.0]).centre.item() == 2.0, "the last of masses that lack"


P = np.array([1e-300, 1e-12, 0.025, 0.3, 0.5, 0.7, 0.975, 1.0 - 1e-12])


def test_quantiles_of_one_normal_are_its_quantiles() -> None:
    one = mixture([1.0], [3.0], [2.0])
    assert_allclose(one.quantile(P)[0], 3.0 + 2.0 * stats.norm.ppf(P), rtol=1e-14)
    known = mixture([1.0], [3.0], [0.0])
    assert known.quantile(P)[0].tolist() == [3.0] * P.size


@pytest.mark.parametrize("row", [0, 1, 2])
def test_quantiles_invert_the_distribution_function_in_both_tails(row: int) -> None:
    found = BATCH.quantile(P)[row]
    assert (np.diff(found) > 0.0).all()
    for p, z in zip(P, found, strict=True):
        below, above, density, _ = exact(BATCH, row, float(z))
        rounding = 4e-16 * abs(z) * density
        if p <= 0.5:
            assert abs(below - p) <= 1e-10 * p + rounding
        else:
            assert abs(above - (1.0 - p)) <= 1e-10 * (1.0 - p) + rounding


def test_quantiles_may_be_asked_at_other_probabilities_of_each_row() -> None:
    p = np.array([[0.1, 0.9], [0.5, 0.6], [0.2, 0.01]])
    found = BATCH.quantile(p)
    for row in range(3):
        assert_allclose(found[row], BATCH.quantile(p[row])[row], rtol=1e-15)


def test_quantiles_are_found_between_hills_and_over_many_powers_of_ten() -> None:
    """A valley as good as empty, where a density says nothing of where to go."""
    valley = mixture([0.4, 0.6, 0.0], [-1e6, 1e6, 1e90], [1.0, 1.0, 1e90])
    p = np.array([0.2, 0.399, 0.401, 0.7])
    expected = [
        -1e6 + stats.norm.ppf(0.5), -1e6 + stats.norm.ppf(0.9975),
        1e6 + stats.norm.ppf(0.001 / 0.6), 1e6 + stats.norm.ppf(0.5),
    ]  # fmt: skip
    assert_allclose(valley.quantile(p)[0], expected, rtol=0, atol=1e-8)
    wide = mixture([0.5, 0.5], [0.0, 0.0], [1e-60, 1e60])
    found = wide.quantile(np.array([0.3, 0.75, 0.9]))[0]
    assert_allclose(found[[0, 2]], stats.norm.ppf([0.1, 0.8]) * np.array([1e-60, 1e60]), rtol=1e-9)
    assert 1e-60 < found[1] < 1e52


def test_blocks_hold_every_mixture_once_and_join_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(BATCH.blocks())) == 1
    for at_once, blocks in ((3 * 21, 3), (3 * 21 * 2 - 1, 3), (3 * 21 * 2, 2), (1, 3), (3 * 21 * 3, 1)):
        monkeypatch.setattr(
            mixtures, "parts_of", lambda count, each, most=at_once: parts_of(count, each, most)
        )
        parts = list(BATCH.blocks())
        assert len(parts) == blocks
        again = Mixture.together(parts)
        for name, value in vars(again).items():
            assert (value == getattr(BATCH, name)).all(), name


@pytest.mark.parametrize(
    ("found", "near"), [(SKEW, -0.95), (HILLS, 3.0), (mixture([1.0], [3.0], [2.0]), 3.0)]
)
def test_the_mode_is_where_the_density_is_highest(found: Mixture, near: float) -> None:
    def lower(z: float) -> float:
        return -exact(found, 0, z)[3]

    expected = optimize.brentq(lower, near - 0.4, near + 0.3, xtol=1e-15, rtol=1e-14)
    assert_allclose(found.mode(), expected, rtol=1e-10)
    grid = np.linspace(-20.0, 20.0, 40_001)[None]
    assert found.density(found.mode()[:, None]).item() >= found.density(grid).max()


def test_the_higher_of_two_hills_has_the_mode_on_either_side() -> None:
    """0.4 at sd 0.5 is higher than 0.6 at sd 1: far apart each hill's top is its own mean."""
    for side in (1.0, -1.0):
        found = mixture([0.4, 0.6], [-5.0 * side, 5.0 * side], [0.5, 1.0])
        assert_allclose(found.mode(), -5.0 * side, rtol=1e-12)


@pytest.mark.parametrize(("y", "s"), [
    ((-0.0316, -0.0187, 0.0488, 0.484, 26.12), (0.0108, 0.0411, 0.6255, 0.5367, 2.974)),
    ((0.122, 0.3053, 14.8), (1.545, 0.0472, 3.251)),
    ((0.0, 0.0, 0.1, 8.0), (0.05, 0.05, 0.05, 2.0)),
])  # fmt: skip
def test_a_narrow_hill_beside_a_broad_one_is_the_mode_where_it_is_higher(
    y: tuple[float, ...], s: tuple[float, ...]
) -> None:
    """One study far from precise ones: either tau is small, or the mean is nearly anywhere."""
    effects = Effects(np.array(y), np.array(s) ** 2)
    for prior in (HalfNormal(0.5), half_cauchy(0.5)):
        found = posterior(effects, prior, FlatMean())
        for each in (found.mu, found.new, found.studies):
            highest = each.density(each.quantile(np.linspace(0.002, 0.998, 400))).max(axis=1)
            assert (each.density(each.mode()[:, None])[:, 0] >= highest * (1.0 - 1e-9)).all()


def test_modes_of_a_batch_are_those_of_each_alone() -> None:
    found = BATCH.mode()
    assert_allclose(found[1], 7.0, rtol=1e-10)
    for row in range(3):
        alone = Mixture(*(getattr(BATCH, name)[row : row + 1] for name in vars(SKEW) if name[0] != "_"))
        assert_allclose(alone.mode(), found[row], rtol=1e-9)
        low, high = alone.shortest(0.9)
        assert_allclose([low[0], high[0]], [end[row] for end in BATCH.shortest(0.9)], rtol=1e-7)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.95, 0.9999])
def test_the_shortest_interval_of_one_normal_is_central(level: float) -> None:
    low, high = mixture([1.0], [3.0], [2.0]).shortest(level)
    half = 2.0 * stats.norm.ppf(0.5 * (1.0 + level))
    assert_allclose([low[0], high[0]], [3.0 - half, 3.0 + half], rtol=1e-10)


@pytest.mark.parametrize("found", [SKEW, HILLS, GAP, mixture([0.5, 0.5], [0.0, 0.0], [1e-3, 1e3])])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.65, 0.8, 0.95, 0.999])
def test_no_interval_of_a_fine_scan_is_shorter_than_the_shortest(found: Mixture, level: float) -> None:
    low, high = (end[0] for end in found.shortest(level))
    held = 1.0 - found.below(np.array([[low]])) - found.above(np.array([[high]]))
    assert_allclose(held, level, rtol=1e-9)
    p = np.linspace(1e-6, 1.0 - level - 1e-6, 4_001)
    ends = found.quantile(np.concatenate([p, p + level]))[0]
    assert high - low <= (ends[p.size :] - ends[: p.size]).min() * (1.0 + 1e-9)
    f, g = found.density(np.array([[low, high]]))[0]
    assert_allclose(f, g, rtol=1e-5)


def test_hills_that_are_points_beside_others_overflow_in_no_step() -> None:
    mean = [-0.00629597, 0.51986457, -0.08754002, 0.00052477, -0.12060124]
    sd = [2.89165410e-06, 2.81644173e-02, 2.24209413e-03, 3.46885537e-03, 1.19358428e-06]
    points = mixture([0.14226661, 0.16276194, 0.17682598, 0.20914865, 0.30899682], mean, sd)
    low, high = points.shortest(0.5)
    assert_allclose(points.below(high[:, None]) - points.below(low[:, None]), 0.5, rtol=1e-9)


def test_newtons_method_alone_finds_the_shortest_interval_of_one_hill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("halving is for where Newton's method leads elsewhere")

    monkeypatch.setattr(Mixture, "_halved", never)
    for level in (0.3, 0.5, 0.95, 0.9999):
        low, high = BATCH.shortest(level)
        for end in np.stack([low, high], axis=1):
            assert end[0] < end[1]
        held = 1.0 - BATCH.below(low[:, None]) - BATCH.above(high[:, None])
        assert_allclose(held[:, 0], level, rtol=1e-12)
        assert_allclose(BATCH.density(low[:, None]), BATCH.density(high[:, None]), rtol=1e-9)


def test_halving_finds_the_interval_that_newtons_method_finds() -> None:
    for level in (0.5, 0.9):
        halved, shortest = BATCH._halved(level), BATCH.shortest(level)
        assert_allclose(np.stack(halved), np.stack(shortest), rtol=1e-8)


def test_everything_follows_a_shift_and_a_scale_and_a_turn() -> None:
    for a, b in ((3.0, 0.0), (1e-8, 0.0), (1.0, -50.0), (1e5, 7.0)):
        moved = Mixture.of(BATCH.mass, a * BATCH.mean + b, a * BATCH.sd)

        def same(ours: Array, before: Array, a: float = a, b: float = b) -> None:
            assert_allclose(ours, a * before + b, rtol=1e-9, atol=1e-9 * a)

        same(moved.quantile(P[1:]), BATCH.quantile(P[1:]))
        same(moved.expectation(), BATCH.expectation())
        same(moved.mode(), BATCH.mode())
        for ours, before in zip(moved.shortest(0.8), BATCH.shortest(0.8), strict=True):
            assert_allclose(ours, a * before + b, rtol=1e-7, atol=1e-7 * a)
    turned = Mixture.of(SKEW.mass[:, ::-1], -SKEW.mean[:, ::-1], SKEW.sd[:, ::-1])
    assert_allclose(turned.quantile(1.0 - P[2:7]), -SKEW.quantile(P[2:7]), rtol=1e-9)
    assert_allclose(turned.mode(), -SKEW.mode(), rtol=1e-9)
    assert_allclose(turned.shortest(0.7)[0], -SKEW.shortest(0.7)[1], rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "ask", "most"),
    [
        ("_step", lambda found: found.quantile(P), 13),
        ("_slope_and_curvature", lambda found: found.mode(), 6),
        ("_densities", lambda found: found._newton(0.9, *found._shortest_scanned(0.9)), 7),
    ],
)
def test_newtons_method_takes_few_steps(
    monkeypatch: pytest.MonkeyPatch, name: str, ask: Callable[[Mixture], object], most: int
) -> None:
    calls, method = [0], getattr(Mixture, name)

    def counted(*given: Array) -> object:
        calls[0] += 1
        return method(*given)

    BATCH.mode()
    monkeypatch.setattr(Mixture, name, counted)
    ask(BATCH)
    assert 2 <= calls[0] <= most


def test_a_gap_is_stepped_over_beside_a_mixture_whose_density_is_a_billion_times_as_high() -> None:
    beside = Mixture.together([GAP, mixture([0.5, 0.5], [0.0, 0.0], [1e-9, 1e-9])])
    for found, alone in zip(beside.shortest(0.8), GAP.shortest(0.8), strict=True):
        assert_allclose(found[0], alone[0], rtol=1e-9)
