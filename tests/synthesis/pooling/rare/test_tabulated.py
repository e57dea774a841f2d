"""Tables of counts: the same likelihoods as points about each study's mode give, wherever they are asked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_models import conditional_odds, single_proportions, single_rates
from synthesis.pooling.rare.count_terms import BinomialTerms, CountTerms, HypergeometricTerms, PoissonTerms
from synthesis.pooling.rare.random_counts import RandomCounts, TabulatedCounts
from synthesis.pooling.rare.tabulated import Tabulated, _Lattice
from tests.thinned import thinned

FEW = BinomialTerms(np.array([0.0, 1.0, 5.0, 9.0]), np.array([40.0, 1.0, 9.0, 9.0]), np.zeros(4))
OFFSET = BinomialTerms(np.array([2.0, 0.0]), np.array([3.0, 4.0]), np.array([0.7, -1.2]))
MANY = BinomialTerms(np.array([700.0, 3.0]), np.array([3000.0, 9000.0]), np.zeros(2))
RATES = PoissonTerms(np.array([0.0, 3.0, 40.0]), np.log(np.array([10.0, 20.0, 15.0])))
TABLES = HypergeometricTerms.of(
    *(np.array(row) for row in ([3.0, 0.0, 5.0], [40.0, 35.0, 60.0], [38.0, 70.0, 52.0], [4.0, 2.0, 10.0]))
)
LARGE = HypergeometricTerms.of(
    *(np.array(row) for row in ([300.0, 40.0], [2000.0, 500.0], [1500.0, 700.0], [700.0, 90.0]))
)
ALL: dict[str, CountTerms] = {
    "few": FEW,
    "offset": OFFSET,
    "many": MANY,
    "rates": RATES,
    "tables": TABLES,
    "large tables": LARGE,
}
MEANS = (-7.0, -2.3, 0.0, 1.4)
SPREADS = (0.0, 0.003, 0.0099, 0.0101, 0.05, 0.13, 0.4, 0.9, 1.9, 2.1, 5.0, 16.0)


def _plain(terms: CountTerms) -> RandomCounts:
    one = np.ones((terms.highest.size, 1, 1))
    return RandomCounts(terms, one, one, ((0, 0),), fineness=1.3)


@pytest.mark.parametrize("name", thinned(ALL, 2))
def test_a_table_has_the_likelihood_of_points_about_each_mode(name: str) -> None:
    """With gradient and Hessian, at deviations of either sign."""
    compared = 0
    plain, table = _plain(ALL[name]), TabulatedCounts.of(ALL[name])
    for mu in MEANS:
        for tau in SPREADS:
            for sign in (1.0, -1.0):
                at = np.array([mu, sign * tau])
                expected, found = plain.point(at), table.point(at)
                size = 1.0 + abs(expected.value)
                assert found.value == pytest.approx(expected.value, abs=4e-12 * size)
                assert np.allclose(found.gradient, expected.gradient, rtol=1e-8, atol=1e-9 * size)
                assert np.allclose(found.hessian, expected.hessian, rtol=1e-6, atol=1e-7 * size)
                assert found.at is at
                compared += 1
    assert compared == 4 * 12 * 2


@pytest.mark.parametrize("name", ["few", "offset", "rates", "tables"])
def test_tables_serve_whatever_a_fit_asks_for(name: str) -> None:
    """No point about a mode is needed for counts that are not large."""
    table = Tabulated(ALL[name])
    served = [table.point(np.array([mu, tau])) is not None for mu in MEANS for tau in SPREADS]
    assert served == [True] * 48
    found = table.moments(np.repeat(MEANS, 12), np.tile(SPREADS, 4), 2)
    assert np.isfinite(found).all()


def test_many_pairs_at_once_are_each_as_alone() -> None:
    mu, tau = (grid.ravel() for grid in np.meshgrid(MEANS, SPREADS[3:]))
    together = Tabulated(FEW).moments(mu, tau, 4)
    assert together.shape == (5, 4, mu.size)
    for n in range(mu.size):
        alone = Tabulated(FEW).moments(mu[n : n + 1], tau[n : n + 1], 4)
        assert np.allclose(together[:, :, n], alone[:, :, 0], rtol=1e-9, atol=1e-11)


def test_a_probability_too_small_for_a_table_is_left_to_points_about_the_mode() -> None:
    """Of no event in 3,000 persons whose probabilities are next to one."""
    terms = BinomialTerms(np.array([0.0]), np.array([3000.0]), np.zeros(1))
    at = np.array([40.0, 0.3])
    assert Tabulated(terms).point(at) is None
    assert np.isnan(Tabulated(terms).moments(at[:1], at[1:], 2)).all()
    expected = _plain(terms).point(at).value
    assert TabulatedCounts.of(terms).point(at).value == pytest.approx(expected, rel=1e-12)


def test_a_likelihood_that_bends_within_a_small_deviation_is_left_to_points_about_the_mode() -> None:
    """Of 20,000 events in 40,000 the curvature is 10,000: times 0.009 squared it is not small."""
    terms = BinomialTerms(np.array([20_000.0]), np.array([40_000.0]), np.zeros(1))
    assert Tabulated(terms).point(np.array([0.0, 0.009])) is None
    assert Tabulated(terms).point(np.array([0.0, 0.003])) is not None
    steep = Tabulated(BinomialTerms(np.array([0.0]), np.array([3000.0]), np.zeros(1)))
    assert steep.point(np.array([-1.0, 0.009])) is None  # the slope is some 800


@pytest.mark.parametrize("name", thinned(["rates", "few", "tables"]))
def test_the_profile_is_the_highest_over_the_mean(name: str) -> None:
    """Next to the best deviation to 1e-5 (at its mean to 1e-4), elsewhere to a fiftieth of its loss."""
    plain, table = _plain(ALL[name]), Tabulated(ALL[name])
    tau = np.array(SPREADS[1:])
    for start in (-3.0, 0.0, 2.0):
        value, mu = table.profile(tau, np.full(tau.size, start))
        expected = np.array([-_lowest(plain, each) for each in tau])
        loss = expected.max() - expected
        assert (np.abs(value - expected) <= np.maximum(3e-5, 0.03 * loss)).all()
        reached = table.moments(mu, tau, 2)[0].sum(axis=0)
        assert (np.abs(reached - expected) <= np.maximum(1.1e-4, 0.03 * loss)).all()
        assert (reached <= expected + 1e-9).all()


def test_what_no_table_serves_has_no_profile() -> None:
    """From a start where no event among 3,000 has no probability."""
    terms = BinomialTerms(np.array([0.0]), np.array([3000.0]), np.zeros(1))
    value, mu = Tabulated(terms).profile(np.array([0.3, 0.4]), np.full(2, 40.0))
    assert np.isnan(value).all()
    assert mu.tolist() == [40.0, 40.0]


def _lowest(model: RandomCounts, tau: float) -> float:
    def lost(mu: float) -> float:
        return -model.point(np.array([mu, tau])).value

    found = minimize_scalar(lost, bounds=(-12.0, 12.0), method="bounded", options={"xatol": 1e-7})
    return float(found.fun)


@pytest.mark.parametrize("name", ["few", "offset", "rates", "tables"])
def test_a_rough_table_has_fewer_numbers_and_seven_digits_of_a_likelihood(name: str) -> None:
    mu, tau = (grid.ravel() for grid in np.meshgrid(MEANS, SPREADS[1:]))
    fine, rough = Tabulated(ALL[name]), Tabulated(ALL[name], 0.66)
    expected, found = fine.moments(mu, tau, 2), rough.moments(mu, tau, 2)
    assert np.abs(found[0] - expected[0]).max() < 2e-7
    assert found.shape == (3, len(ALL[name].highest), 44)
    sizes = []
    for table in (fine, rough):
        parts = [each.table for each in table._lattices.values()]
        sizes.append(sum(part.size for part in parts if part is not None))
    assert sizes[1] < 0.6 * sizes[0]


def _three() -> dict[str, tuple[TabulatedCounts, Array]]:
    a, n1 = np.array([3.0, 1.0, 5.0]), np.array([40.0, 35.0, 60.0])
    c, n2 = np.array([1.0, 2.0, 5.0]), np.array([38.0, 70.0, 52.0])
    made = (conditional_odds(a, n1, c, n2, exact=True), single_proportions(a, n1), single_rates(a, n1))
    found = {}
    for name, model in zip(("tables", "proportions", "rates"), made, strict=True):
        assert isinstance(model.likelihood, TabulatedCounts)
        found[name] = model.likelihood, model.start
    return found


@pytest.mark.parametrize("name", ["tables", "proportions", "rates"])
def test_a_held_coefficient_stays_in_its_profile(name: str) -> None:
    model, start = _three()[name]
    tau = np.array([0.2, 0.7, 2.0])
    start = np.tile(start, (3, 1))
    value, at = model.heights(tau, start, np.array([True]))
    assert at.tolist() == start.tolist()
    expected = [model.point(np.append(start[0], each)).value for each in tau]
    assert value == pytest.approx(expected, abs=1e-7)
    free, moved = model.heights(tau, start, np.array([False]))
    assert (free >= value - 1e-4).all()
    assert moved.shape == (3, 1)


@pytest.mark.parametrize("name", ["tables", "proportions", "rates"])
def test_the_profile_is_never_above_its_bounds(name: str) -> None:
    """Between any two deviations, at twenty of them, also with the coefficient held."""
    model, start = _three()[name]
    tau = np.array([0.0, 0.1, 0.5, 1.2, 3.0, 20.0])
    compared = 0
    for held in (False, True):
        dense = np.concatenate([np.linspace(low, high, 22) for low, high in pairwise(tau)])
        # Zero itself has no moments: next to it.
        value, _ = model.heights(np.maximum(dense, 1e-4), np.tile(start, (110, 1)), np.array([held]))
        ends = np.append(value[::22], value[-1])
        bound = model.ceilings(tau, ends)
        inside = value.reshape(5, 22)
        assert (inside.max(axis=1) <= bound + 1e-4).all()
        # They are of use: a cell as wide as a tenth leaves less than half a unit.
        assert bound[0] - inside[0].max() < 0.5
        compared += inside.size
    assert compared == 220


@pytest.mark.parametrize("name", ["proportions", "rates", "tables"])
def test_a_roof_is_next_to_the_profile_of_large_deviations(name: str) -> None:
    """Of studies alike: the density is flat about their common mode, and what is left are areas."""
    alike = np.full(3, 4.0), np.full(3, 60.0), np.full(3, 9.0), np.full(3, 70.0)
    made = {
        "proportions": single_proportions(alike[0], alike[1]),
        "rates": single_rates(alike[0], alike[1]),
        "tables": conditional_odds(*alike, exact=True),
    }[name]
    model = made.likelihood
    assert isinstance(model, TabulatedCounts)
    value, _ = model.heights(np.array([12.0, 20.0]), np.tile(made.start, (2, 1)), np.array([False]))
    roofs = [model.roof(tau) for tau in (12.0, 20.0)]
    spare = 4.0 if name == "tables" else 0.02  # there only the events beside those observed are counted
    for found, roof in zip(value, roofs, strict=True):
        assert found <= roof + 1e-6
        assert roof - found < spare
    assert roofs[0] - roofs[1] == pytest.approx(3.0 * np.log(20.0 / 12.0), abs=1e-12)
    assert model.roof(1e-3) == pytest.approx(float(model.terms.highest.sum()), abs=1e-12)
    largest = SILENT.roof(20.0)
    assert largest == 0.0  # with events in nobody the probability can be one


SILENT = TabulatedCounts.of(BinomialTerms(np.zeros(2), np.array([30.0, 9.0]), np.zeros(2)))


class Edge(Tabulated):
    """A profile -log(cosh(50 mu)) / 100: next to straight beside its top, where steps are too long."""

    def moments(self, mu: Array, tau: Array, order: int) -> Array:
        value = -0.01 * np.log(np.cosh(50.0 * mu))
        slope, bend = -0.5 * np.tanh(50.0 * mu), 25.0 / np.cosh(50.0 * mu) ** 2
        return np.stack([value, slope * tau, 1.0 + (slope * tau) ** 2 - bend * tau**2])[:, None]


def test_steps_to_and_fro_are_ended_by_the_sides_that_slopes_tell() -> None:
    start = np.array([0.3, -0.3, 0.45, -0.8])
    value, mu = Edge(FEW).profile(np.array([1.0, 1.0, 0.5, 2.0]), start)
    assert value == pytest.approx(0.0, abs=1e-5)
    assert mu == pytest.approx(0.0, abs=5e-3)


@pytest.mark.parametrize("name", ["few", "rates", "tables"])
def test_more_than_full_accuracy_is_from_points_about_each_mode(name: str) -> None:
    at = np.array([0.3, 0.7])
    table, plain = TabulatedCounts.of(ALL[name]), _plain(ALL[name])
    for fineness in (1.01, 1.4):
        found, expected = table.refined(fineness).point(at), plain.refined(fineness).point(at)
        assert (found.value, found.gradient.tolist()) == (expected.value, expected.gradient.tolist())
    full, from_table = table.refined(1.0).point(at), Tabulated(ALL[name]).point(at)
    assert from_table is not None
    assert (full.value, full.gradient.tolist()) == (from_table.value, from_table.gradient.tolist())


def test_a_pair_that_no_table_serves_leaves_those_beside_it() -> None:
    terms = BinomialTerms(np.array([0.0, 1.0]), np.array([3000.0, 40.0]), np.zeros(2))
    mu, tau = np.array([40.0, -6.0, -4.0]), np.array([0.3, 0.3, 0.5])
    found = Tabulated(terms).moments(mu, tau, 2)
    assert np.isnan(found[:, :, 0]).any()
    for n in (1, 2):
        alone = Tabulated(terms).moments(mu[n : n + 1], tau[n : n + 1], 2)
        assert np.allclose(found[:, :, n], alone[:, :, 0], rtol=1e-9, atol=1e-11)


def test_profiles_take_few_steps_as_what_is_far_below_the_highest_need_not_be_known_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """61 from twelve starts; 87 where every deviation is climbed to the top."""
    steps, moments = [0], Tabulated.moments

    def counted(self: Tabulated, mu: Array, tau: Array, order: int) -> Array:
        steps[0] += 1
        return moments(self, mu, tau, order)

    monkeypatch.setattr(Tabulated, "moments", counted)
    tau = np.array(SPREADS[1:])
    for name in ("rates", "few", "tables", "offset"):
        for start in (-3.0, 0.0, 2.0):
            Tabulated(ALL[name]).profile(tau, np.full(tau.size, start))
    assert 24 < steps[0] <= 68


def test_a_lattice_grows_to_either_side_and_keeps_what_it_has() -> None:
    """At multiples of its step, from the last below the lower end to the first above the higher one."""
    lattice = _Lattice(FEW, 0.25)
    known = 0
    for low, high in ((-1.0, 1.1), (-0.6, 0.3), (-3.1, 0.5), (0.0, 4.0), (-9.0, 9.0)):
        theta, f = lattice.over(low, high)
        assert theta.tolist() == (0.25 * np.arange(np.floor(4.0 * low), np.ceil(4.0 * high) + 1.0)).tolist()
        assert f == pytest.approx(np.exp(FEW.logs(theta) - FEW.highest[:, None]), rel=1e-13)
        assert lattice.table is not None
        assert lattice.table.shape[1] >= known
        known = lattice.table.shape[1]
    assert (lattice.first, known) == (-36, 73)


def test_no_lattice_is_laid_where_few_points_do_and_wide_ones_are_apart() -> None:
    """Up to a tenth of curvature times tau^2, and from a tau of 4.5 on."""
    even = BinomialTerms(np.array([5.0]), np.array([9.0]), np.zeros(1))
    bend = float(even.typical.max())
    for share, laid in ((0.099, False), (0.101, True)):
        table = Tabulated(even)
        table.moments(np.array([0.2]), np.array([np.sqrt(share / bend)]), 2)
        assert bool(table._lattices) == laid
    table = Tabulated(FEW)
    table.moments(np.zeros(3), np.array([4.4, 4.6, 12.0]), 2)
    assert sorted(wide for _, wide in table._lattices) == [False, True]


def test_steps_of_a_lattice_are_halved_until_the_conditional_deviation_has_065_of_them() -> None:
    """The smaller tau or the more a count bends, the finer; none is finer than half of what is needed."""
    seen = set()
    for tau in (0.5, 1.0, 2.0, 4.0):
        table = Tabulated(MANY)
        found = table.moments(np.array([-1.2]), np.array([tau]), 2)
        (lattice,) = table._lattices.values()
        widest = 0.65 / np.sqrt(tau**-2 + float(MANY.typical.max()))
        assert lattice.step <= widest < 2.0 * lattice.step
        sd = tau * np.sqrt(found[2] - found[1] ** 2)
        assert (sd >= lattice.step / 0.65).all()
        seen.add(tau)
    assert len(seen) == 4
