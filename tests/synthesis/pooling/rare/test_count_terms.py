"""Probabilities of counts: they sum to one, their derivatives are theirs, and the largest is the largest."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit, logsumexp

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_terms import BinomialTerms, CountTerms, HypergeometricTerms, PoissonTerms

ETAS = np.array([-40.0, -3.0, -0.4, 0.0, 0.7, 5.0, 40.0])


def _column(values: Array) -> Array:
    return np.asarray(values, dtype=float)


def _at(terms: CountTerms, n: int) -> tuple[Array, Array, Array]:
    return terms.at(np.broadcast_to(ETAS, (n, ETAS.size)))


def test_binomial_probabilities_are_those_of_scipy() -> None:
    size, offset = 7, 0.3
    events = np.arange(size + 1.0)
    terms = BinomialTerms(events, np.full(8, 7.0), np.full(8, offset))
    value = _at(terms, 8)[0]
    expected = stats.binom.logpmf(events[:, None], size, expit(ETAS + offset))
    inside = np.abs(ETAS) < 20
    assert np.abs(value - expected)[:, inside].max() < 1e-12
    assert np.allclose(np.exp(value).sum(axis=0), 1.0, atol=1e-13)


def test_poisson_probabilities_are_those_of_scipy() -> None:
    events = np.array([0.0, 1.0, 4.0, 30.0])
    terms = PoissonTerms(events, np.log([1.0, 2.0, 0.5, 10.0]))
    value = _at(terms, 4)[0][:, :6]
    mean = np.exp(ETAS[:6]) * np.array([[1.0], [2.0], [0.5], [10.0]])
    expected = stats.poisson.logpmf(events[:, None], mean)
    assert np.allclose(value, expected, rtol=1e-13, atol=1e-11)


def test_hypergeometric_probabilities_are_fishers_noncentral_ones() -> None:
    first, second, total = 9.0, 5.0, 7.0
    events = np.arange(2.0, 8.0)  # of group 1: at least 7 - 5
    ones = np.ones(6)
    terms = HypergeometricTerms.of(events, first * ones, second * ones, total * ones)
    value = _at(terms, 6)[0]
    for column, eta in enumerate(ETAS):
        expected = stats.nchypergeom_fisher.logpmf(events, 14, 9, 7, np.exp(eta)) if abs(eta) < 10 else None
        assert np.exp(value[:, column]).sum() == pytest.approx(1.0, abs=1e-12)
        if expected is not None:
            assert np.allclose(value[:, column], expected, atol=1e-10)


def test_studies_of_different_sizes_stand_in_one_table() -> None:
    together = HypergeometricTerms.of(
        np.array([1.0, 3.0]), np.array([4.0, 50.0]), np.array([6.0, 80.0]), np.array([2.0, 9.0])
    )
    alone = [
        HypergeometricTerms.of(*(np.array([v]) for v in row))
        for row in ((1.0, 4.0, 6.0, 2.0), (3.0, 50.0, 80.0, 9.0))
    ]
    both = _at(together, 2)
    for row, terms in enumerate(alone):
        for found, expected in zip(both, _at(terms, 1), strict=True):
            assert np.allclose(found[row], expected[0], rtol=1e-12, atol=1e-13)
    assert together.weights[0].tolist()[3:] == [-math.inf] * 7  # of no more than two events
    assert together._few  # what is not possible weighs nothing: all events are summed


def _log_probability(kind: str, eta: float) -> Any:
    """Of 3 events: of 8 persons (offset 0.2), with mean 2 exp(eta), of 4 among 10 and 12."""
    x = mp.mpf(eta)
    if kind == "binomial":
        p = 1 / (1 + mp.exp(-(x + mp.mpf("0.2"))))
        return mp.log(mp.binomial(8, 3)) + 3 * mp.log(p) + 5 * mp.log(1 - p)
    if kind == "poisson":
        mean = 2 * mp.exp(x)
        return 3 * mp.log(mean) - mean - mp.log(mp.factorial(3))
    weights = [mp.binomial(10, u) * mp.binomial(12, 4 - u) * mp.exp(x * u) for u in range(5)]
    return mp.log(weights[3] / mp.fsum(weights))


KINDS: dict[str, CountTerms] = {
    "binomial": BinomialTerms(np.array([3.0]), np.array([8.0]), np.array([0.2])),
    "poisson": PoissonTerms(np.array([3.0]), np.log(np.array([2.0]))),
    "hypergeometric": HypergeometricTerms.of(*(np.array([v]) for v in (3.0, 10.0, 12.0, 4.0))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_value_slope_and_curvature_are_those_of_fifty_digits(kind: str) -> None:
    with mp.workdps(50):
        for eta in (-2.5, -0.1, 0.6, 3.0):
            found = KINDS[kind].at(np.array([[eta]]))
            for order, ours in enumerate(found):
                expected = float(mp.diff(lambda x: _log_probability(kind, x), eta, order))
                assert ours[0, 0] == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_the_highest_probability_is_met_at_the_observed_share_and_is_one_at_the_edges() -> None:
    binomial = BinomialTerms(np.array([0.0, 3.0, 8.0]), np.full(3, 8.0), np.zeros(3))
    assert np.allclose(np.exp(binomial.highest), [1.0, stats.binom.pmf(3, 8, 3 / 8), 1.0], rtol=1e-13)
    poisson = PoissonTerms(np.array([0.0, 4.0]), np.zeros(2))
    assert np.allclose(np.exp(poisson.highest), [1.0, stats.poisson.pmf(4, 4.0)], rtol=1e-13)
    row = (np.array([0.0, 3.0, 4.0]), np.full(3, 10.0), np.full(3, 12.0), np.full(3, 4.0))
    hypergeometric = HypergeometricTerms.of(*row)
    grid = hypergeometric.at(np.broadcast_to(np.linspace(-8, 8, 160_001), (3, 160_001)))[0]
    assert hypergeometric.highest[[0, 2]].tolist() == [0.0, 0.0]
    assert hypergeometric.highest[1] == pytest.approx(grid[1].max(), abs=1e-8)
    assert hypergeometric.highest[1] >= grid[1].max()


def test_a_table_too_large_for_one_go_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    eta = np.linspace(-2.0, 2.0, 6).reshape(3, 2)
    rows = HypergeometricTerms.of(*(np.full(3, v) for v in (3.0, 10.0, 12.0, 4.0)))
    whole = rows.at(eta)
    monkeypatch.setattr("synthesis.pooling.rare.count_terms._HELD", 1)
    for found, expected in zip(rows.at(eta), whole, strict=True):
        assert np.array_equal(found, expected)


def test_the_highest_probability_is_found_from_far_away() -> None:
    """Of 90 events among 100 and 100, of which 85 are in group 1: an odds ratio near 100."""
    terms = HypergeometricTerms.of(*(np.array([v]) for v in (85.0, 100.0, 100.0, 90.0)))
    grid = terms.at(np.linspace(0.0, 9.0, 90_001)[None])[0]
    assert terms.highest[0] == pytest.approx(grid.max(), abs=1e-8)
    assert terms.highest[0] >= grid.max()


@pytest.mark.parametrize("kind", KINDS)
def test_tables_of_logarithms_are_those_of_each_predictor(kind: str) -> None:
    theta = np.linspace(-9.0, 9.0, 37)
    assert KINDS[kind].logs(theta) == pytest.approx(KINDS[kind].at(theta[None])[0], abs=1e-12)


def test_rows_of_a_table_have_their_own_ranges_of_events() -> None:
    """From 0 to 2, from 2 to 7 and from 4 to 4 + 5, far out too."""
    rows = (
        HypergeometricTerms.of(*(np.array([v]) for v in row))
        for row in ((1.0, 4.0, 6.0, 2.0), (6.0, 9.0, 5.0, 7.0), (4.0, 9.0, 6.0, 10.0))
    )
    together = HypergeometricTerms.of(
        *(np.array(v) for v in ([1.0, 6.0, 4.0], [4.0, 9.0, 9.0], [6.0, 5.0, 6.0], [2.0, 7.0, 10.0]))
    )
    theta = np.array([-150.0, -20.0, -1.0, 0.0, 2.0, 30.0, 150.0])
    found = together.logs(theta)
    for row, alone in enumerate(rows):
        assert found[row] == pytest.approx(alone.at(theta[None])[0][0], rel=1e-13, abs=1e-12)
        assert found[row] == pytest.approx(alone.logs(theta)[0], rel=1e-13, abs=1e-12)


def test_curvatures_are_those_at_the_mode_and_nowhere_larger() -> None:
    """Of binomial and Poisson counts exactly; of tables bounds."""
    grid = np.linspace(-12.0, 12.0, 4_801)[None]
    binomial = BinomialTerms(np.array([3.0]), np.array([8.0]), np.array([0.2]))
    share = np.array([[np.log(3 / 5) - 0.2]])
    assert binomial.typical[0] == pytest.approx(-binomial.at(share)[2][0, 0], rel=1e-12)
    assert binomial.sharpest[0] == pytest.approx(-binomial.at(np.array([[-0.2]]))[2][0, 0], rel=1e-12)
    assert binomial.sharpest[0] >= -binomial.at(grid)[2].min()
    table = HypergeometricTerms.of(*(np.array([v]) for v in (3.0, 10.0, 12.0, 9.0)))
    log, _, curve = table.at(grid)
    assert table.typical[0] == pytest.approx(3 * 6 / 9)
    assert table.typical[0] >= -curve[0, log.argmax()]
    assert table.sharpest[0] == pytest.approx(9 / 4)
    assert table.sharpest[0] >= -curve.min()
    above = HypergeometricTerms.of(*(np.array([v]) for v in (6.0, 9.0, 5.0, 7.0)))  # of 2 to 7
    assert above.possible.tolist() == [[2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]
    assert (above.typical[0], above.sharpest[0]) == pytest.approx((4 * 1 / 5, 5 / 4))


def test_a_poisson_count_has_lost_all_probability_where_it_bends_more() -> None:
    for y in (0.0, 1.0, 12.0, 3000.0):
        terms = PoissonTerms(np.array([y]), np.zeros(1))
        assert terms.typical[0] == y
        sharpest = float(terms.sharpest[0])
        log, _, curve = terms.at(np.array([[np.log(sharpest)]]))
        assert -curve[0, 0] == pytest.approx(sharpest, rel=1e-12)
        lost = terms.highest[0] - log[0, 0]
        assert 60.0 <= lost < 110.0


def test_the_trapezoidal_rule_is_exact_to_rounding_at_the_scale_of_each_kind() -> None:
    """Of an integral over a normal predictor of deviation 3, beside a rule four times as fine."""
    for kind, scale in {"binomial": 0.36, "poisson": 0.18, "hypergeometric": 0.36}.items():
        assert KINDS[kind].scale == scale
        sums = []
        for step in (scale, scale / 4.0):
            theta = step * np.arange(-np.round(30.0 / step), np.round(30.0 / step) + 1.0)
            sums.append(step * (np.exp(KINDS[kind].logs(theta)[0] - theta**2 / 18.0)).sum())
        assert sums[0] == pytest.approx(sums[1], rel=1e-13)


def test_sums_over_many_possible_events_leave_nothing_out() -> None:
    """Of up to 4,000 events, beside the plain sum over all of them."""
    rows = ([300.0, 5.0, 1900.0, 66.0], [2000.0, 900.0, 3000.0, 90.0], [1500.0, 90.0, 9000.0, 80.0])
    total = np.array([700.0, 80.0, 4000.0, 100.0])
    first, second = np.array(rows[1]), np.array(rows[2])
    terms = HypergeometricTerms.of(np.array(rows[0]), first, second, total)
    assert terms.possible.shape[1] == 3001
    eta = np.array([-60.0, -9.0, -3.0, -0.5, 0.0, 1.3, 4.0, 11.0, 70.0])
    found = terms.at(np.broadcast_to(eta, (4, 9)))
    assert np.array_equal(terms.logs(eta), found[0])
    for row in range(4):
        u = np.arange(max(0.0, total[row] - second[row]), min(first[row], total[row]) + 1.0)
        weights = terms.weights[row, : u.size]
        log = weights + eta[:, None] * u
        top = log.max(axis=1, keepdims=True)
        share = np.exp(log - top)
        share /= share.sum(axis=1, keepdims=True)
        whole = top[:, 0] + np.log(np.exp(log - top).sum(axis=1))
        mean = share @ u
        chosen = terms.weights[row, int(terms.events[row] - u[0])]
        value = terms.events[row] * eta + chosen - whole
        assert found[0][row] == pytest.approx(value, rel=1e-12, abs=2e-9)
        assert found[1][row] == pytest.approx(terms.events[row] - mean, rel=1e-11, abs=1e-9)
        variance = (share * (u - mean[:, None]) ** 2).sum(axis=1)
        assert found[2][row] == pytest.approx(-variance, rel=1e-9, abs=1e-12)


def test_weights_of_very_different_size_are_summed_about_the_likeliest_event() -> None:
    """Of 60 events in groups of ten million and of 70 persons the weights differ by e^700."""
    wide = HypergeometricTerms.of(*(np.array([v]) for v in (59.0, 1e7, 70.0, 60.0)))
    eta = np.array([-25.0, -15.0, 0.0, 12.0])
    with mp.workdps(60):
        for n, x in enumerate(eta.tolist()):
            weights = [mp.binomial(10**7, u) * mp.binomial(70, 60 - u) * mp.exp(x * u) for u in range(61)]
            expected = float(mp.log(weights[59] / mp.fsum(weights)))
            assert wide.logs(eta)[0, n] == pytest.approx(expected, rel=1e-10, abs=1e-6)


def test_areas_are_integrals_over_all_predictors_and_no_less() -> None:
    """Of binomial and Poisson counts exactly; of tables what the neighbours of the events leave."""

    def area(terms: CountTerms, row: int) -> float:
        def at(eta: float) -> float:
            return float(np.exp(terms.at(np.full((terms.highest.size, 1), eta))[0][row, 0]))

        return float(np.log(quad(at, -60.0, 60.0, limit=500, epsabs=1e-13)[0]))

    binomial = BinomialTerms(np.array([2.0, 1.0]), np.array([9.0, 30.0]), np.array([0.4, -1.0]))
    poisson = PoissonTerms(np.array([1.0, 5.0]), np.array([0.0, 2.0]))
    for terms in (binomial, poisson):
        assert terms.area == pytest.approx([area(terms, row) for row in (0, 1)], abs=1e-9)
    rows = [3.0, 1.0, 5.0], [40.0, 5.0, 60.0], [38.0, 6.0, 52.0], [4.0, 2.0, 10.0]
    tables = HypergeometricTerms.of(*(np.array(row) for row in rows))
    exact = [area(tables, row) for row in range(3)]
    assert (tables.area >= np.array(exact) - 1e-12).all()
    assert tables.area[1] == pytest.approx(exact[1], abs=1e-9)  # of three possible events, all are beside
    edge = HypergeometricTerms.of(*(np.array([x]) for x in (0.0, 40.0, 38.0, 4.0)))
    assert edge.area.tolist() == [math.inf]
    assert BinomialTerms(np.array([0.0]), np.array([4.0]), np.zeros(1)).area.tolist() == [math.inf]
    assert PoissonTerms(np.array([0.0]), np.zeros(1)).area.tolist() == [math.inf]


def test_tables_of_very_different_size_are_each_as_alone() -> None:
    """In everything that is told of all predictors, and at some."""
    cells = np.array(
        [[3.0, 10.0, 12.0, 4.0], [30.0, 200.0, 40.0, 60.0], [0.0, 5.0, 7.0, 3.0], [7.0, 9.0, 80.0, 11.0]]
    )
    together, eta = HypergeometricTerms.of(*cells.T), np.array([-2.5, 0.0, 1.0])
    at = together.at(np.broadcast_to(eta, (4, 3)))
    for row in range(4):
        alone = HypergeometricTerms.of(*cells[row, :, None])
        for name in ("highest", "area", "typical", "sharpest"):
            assert getattr(together, name)[row] == pytest.approx(getattr(alone, name)[0], rel=1e-10), name
        for whole, one in zip(at, alone.at(eta[None]), strict=True):
            assert np.allclose(whole[row], one[0], rtol=1e-10, atol=1e-12)
        assert np.allclose(together.logs(eta)[row], alone.logs(eta)[0], rtol=1e-10, atol=1e-12)


def test_sums_over_ten_thousand_events_take_strides_and_lose_nothing() -> None:
    """Of 5,000 of 20,000 persons and 5,000 of 22,000: their deviation is some fifty events."""
    terms = HypergeometricTerms.of(*(np.array([v]) for v in (5000.0, 20000.0, 22000.0, 10000.0)))
    eta, u = np.array([-1.0, -0.1, 0.0, 0.3, 2.0]), terms.possible[0]
    value, slope, curve = (each[0] for each in terms.at(eta[None]))
    log = terms.weights[0] + eta[:, None] * u
    whole = logsumexp(log, axis=1)
    share = np.exp(log - whole[:, None])
    mean = share @ u
    variance = (share * (u - mean[:, None]) ** 2).sum(axis=1)
    assert np.sqrt(variance).min() > 30.0
    assert value == pytest.approx(5000.0 * eta + terms.weights[0][5000] - whole, abs=1e-9)
    assert slope == pytest.approx(5000.0 - mean, abs=1e-7)
    assert -curve == pytest.approx(variance, rel=1e-10)


def test_an_area_is_that_beside_the_neighbouring_events_wherever_the_events_begin_and_end() -> None:
    """15 events among groups of 10 and 12: from 3 to 10 in the first; both ends have no end of an area."""
    events = np.array([3.0, 4.0, 8.0, 9.0, 10.0])
    terms = HypergeometricTerms.of(events, np.full(5, 10.0), np.full(5, 12.0), np.full(5, 15.0))
    assert np.isinf(terms.area).tolist() == [True, False, False, False, True]
    for n in (1, 2, 3):
        u = int(events[n])
        less, here, more = (math.comb(10, x) * math.comb(12, 15 - x) for x in (u - 1, u, u + 1))

        def chance(t: float, a: float = more / here, b: float = less / here) -> float:
            return 1.0 / (1.0 + a * math.exp(t) + b * math.exp(-t))

        assert terms.area[n] == pytest.approx(math.log(quad(chance, -60.0, 60.0)[0]), rel=1e-8)
    assert terms.highest[[0, 4]].tolist() == [0.0, 0.0]
    assert (terms.highest[1:4] < 0.0).all()


def test_what_is_told_of_each_table_does_not_depend_on_the_tables_beside_it() -> None:
    """Of 0 to 2, 2 to 7, 4 to 9 and 0 to 4 events, the last at their ends."""
    rows = [
        (1.0, 4.0, 6.0, 2.0),
        (6.0, 9.0, 5.0, 7.0),
        (5.0, 9.0, 6.0, 10.0),
        (4.0, 10.0, 12.0, 4.0),
        (0.0, 10.0, 12.0, 4.0),
    ]
    together = HypergeometricTerms.of(*(np.array(column) for column in zip(*rows, strict=True)))
    for n, row in enumerate(rows):
        alone = HypergeometricTerms.of(*(np.array([each]) for each in row))
        for name in ("highest", "area", "typical", "sharpest"):
            assert getattr(together, name)[n] == pytest.approx(getattr(alone, name)[0], rel=1e-12, abs=1e-14)
    assert together.area[3:].tolist() == [math.inf] * 2
    assert np.isfinite(together.area[:3]).all()
    assert together.highest[3:].tolist() == [0.0, 0.0]
    assert (together.highest[:3] < -0.1).all()


MANY = HypergeometricTerms.of(*(np.array([each]) for each in (9_900.0, 2e4, 2e4, 2e4)))


def test_sums_of_many_events_end_where_probabilities_have_fallen_by_e_to_the_forty() -> None:
    """About the middle of 20,000, where weights fall least: no farther, and nowhere nearer."""
    (weights,), middle, reach = MANY.weights, 10_000, MANY._reach
    for end in (middle - reach, middle + reach):
        assert 40.0 <= weights[middle] - weights[end] < 41.0
    for likeliest in (3_000, 9_000, 17_000):
        slope = 0.5 * (weights[likeliest + 1] - weights[likeliest - 1])
        for way in (-reach, reach):
            assert weights[likeliest] + way * slope - weights[likeliest + way] > 40.0


def test_sums_of_many_events_take_strides_and_so_a_tenth_of_the_memory() -> None:
    """At 2,000 odds ratios 900 events each would be 14 MB for every number of theirs."""
    eta = np.linspace(-0.2, 0.2, 2_000)[None]
    assert MANY.at(eta[:, :1])[0].size == 1  # what is kept for later is there
    tracemalloc.start()
    try:
        MANY.at(eta)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 2 * MANY._reach * eta.size * 8 > 14e6
    assert most < 10e6
