"""Likelihoods of counts with several hills: ends of intervals are those of the highest one at each value."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from synthesis import pool_rare
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.sparse_fit import SparseLikelihood
from synthesis.rare_events.given_counts import GivenCounts

# Invented: at an end another correlation, dependence or a small tau is higher than where the ridge leads.
SETS: dict[str, tuple[str, str, bool, list[list[int]]]] = {
    "correlation of levels": ("IRR", "UM.RS", True, [[2, 2], [125, 77], [8, 2], [192, 76]]),
    "dependence of two odds": (
        "OR",
        "BB",
        True,
        [[36, 283, 69, 135], [1669, 8813, 5684, 5752], [183, 153, 162, 95], [9042, 7819, 8298, 4272]],
    ),
    "dependence of two risks": (
        "RR",
        "BB",
        True,
        [
            [37, 7, 97, 4, 31, 31, 52, 61],
            [798, 558, 347, 548, 682, 244, 386, 379],
            [111, 13, 10, 1, 14, 14, 39, 110],
            [404, 417, 264, 706, 741, 470, 409, 493],
        ],
    ),
    "dependence and tau": (
        "RD",
        "BB",
        True,
        [[0, 0, 0, 1, 0], [19, 26, 58, 23, 24], [3, 1, 0, 0, 1], [55, 49, 17, 35, 30]],
    ),
    "a small tau": (
        "OR",
        "CM.AL",
        False,
        [
            [1, 24, 12, 13, 6, 45, 4, 35, 25, 10, 7, 36],
            [35, 44, 18, 42, 28, 52, 34, 41, 43, 52, 29, 52],
            [2, 22, 12, 11, 6, 10, 2, 39, 19, 4, 11, 23],
            [36, 43, 45, 42, 24, 18, 21, 50, 39, 27, 52, 37],
        ],
    ),
}


def _columns(measure: str, rows: list[list[int]]) -> dict[str, Any]:
    names = ("x1i", "t1i", "x2i", "t2i") if measure == "IRR" else ("ai", "n1i", "ci", "n2i")
    return dict(zip(names, rows, strict=True))


def _highest(likelihood: SparseLikelihood, begin: Array, index: int, value: float) -> float:
    """The highest of many climbs with one parameter at a value."""
    p, best = likelihood.p, -math.inf
    angles = (-1.0, 1.0) if p == 3 else (0.0,)
    signs = (-1.0, 1.0) if len(likelihood.entries) == 3 else (1.0,)

    def lost(others: Array) -> tuple[float, Array]:
        point = likelihood.point(np.insert(others, index, value))
        if not np.isfinite(point.value):
            return 1e6, np.zeros(others.size)
        return -point.value, -np.delete(point.gradient, index)

    for angle, sign, spread in product(angles, signs, (0.02, 0.3, 1.0)):
        start = np.concatenate([begin, np.full(len(likelihood.entries), spread)])
        if p == 3:
            start[2] = angle
        if 0.0 < start[1] < 1.0:  # a probability, with a difference beside it
            start[1] = max(0.02, 0.02 - (value if index == 0 else 0.0))
        if len(likelihood.entries) == 3:
            start[p + 1] *= sign
        found = optimize.minimize(
            lost, np.delete(start, index), jac=True, method="BFGS", options={"gtol": 1e-8}
        )
        best = max(best, -float(found.fun))
    return best


_SLOW = ("dependence of two risks", "dependence and tau")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in _SLOW else ()) for name in SETS]
)
def test_at_an_end_no_hill_is_higher_than_where_the_interval_ends(name: str) -> None:
    measure, model, correlated, rows = SETS[name]
    columns = _columns(measure, rows)
    result = pool_rare(measure, model=model, correlated=correlated, **columns)
    made = GivenCounts.of(measure, columns, None, None, "refuse").model(model, 0.5, correlated)
    drop = 0.5 * stats.chi2.ppf(0.95, 1)
    ends = [(0, result.ci_low), (0, result.ci_high)]
    tau = made.likelihood.p + made.spread
    ends += [(tau, math.sqrt(end)) for end in (result.tau2_low, result.tau2_high) if end > 0.0]
    assert len(ends) >= 2
    for index, end in ends:
        best = _highest(made.likelihood, made.start, index, end)
        assert result.loglik - best == pytest.approx(drop, abs=1e-6)


def test_a_rate_has_no_limit_that_depends_on_its_unit() -> None:
    """Years or nanoseconds: the rate changes by the unit alone."""
    events, years = [3, 0, 5, 1], np.array([120.0, 80.0, 150.0, 60.0])
    unit = 3.15576e16
    one = pool_rare("IRLN", xi=events, ti=years)
    other = pool_rare("IRLN", xi=events, ti=unit * years)
    assert other.estimate == pytest.approx(one.estimate - math.log(unit), abs=1e-8)
    assert (other.ci_low, other.ci_high) == pytest.approx(
        (one.ci_low - math.log(unit), one.ci_high - math.log(unit)), abs=1e-8
    )


def test_the_correlation_of_an_effect_that_does_not_vary_is_unknown() -> None:
    measure, model, correlated, rows = SETS["correlation of levels"]
    result = pool_rare(measure, model=model, correlated=correlated, **_columns(measure, rows))
    assert result.tau2 == 0.0
    assert math.isnan(result.correlation)


def test_differences_stay_where_risks_are_probabilities() -> None:
    """A likelihood far above the binomial one, with a risk next to zero; its ends are inside the domain."""
    columns = _columns("RD", [[1, 0, 0], [135, 180, 159], [0, 0, 22], [167, 178, 159]])
    result = pool_rare("RD", **columns)
    likelihood = GivenCounts.of("RD", columns, None, None, "refuse").model("BB", 0.5, False).likelihood

    def lost(inner: Any, difference: float | None = None) -> float:
        """Of logits of both risks, or of one beside a difference, and the logarithm of the root of phi."""
        second = 1.0 / (1.0 + math.exp(-inner[0]))
        effect = 1.0 / (1.0 + math.exp(-inner[1])) - second if difference is None else difference
        value = likelihood.point(np.array([effect, second, math.exp(inner[-1])])).value
        return -value if np.isfinite(value) else 1e6

    options: Any = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}
    best = min(
        optimize.minimize(lost, np.array([-3.0, -5.0, spread]), method="Nelder-Mead", options=options).fun
        for spread in (-2.0, -0.5)
    )
    assert result.loglik == pytest.approx(-best, abs=1e-8)
    assert result.loglik > -10.1 > result.loglik_common + 20.0
    for end in (result.ci_low, result.ci_high):
        level = math.log(max(0.02, 0.02 - end))

        def beside(inner: Any, end: float = end) -> float:
            return lost(inner, end)

        held = min(
            optimize.minimize(beside, np.array([start, spread]), method="Nelder-Mead", options=options).fun
            for start in (level, level + 1.0)
            for spread in (-2.0, -0.5, 0.5)
        )
        assert result.loglik + held == pytest.approx(0.5 * stats.chi2.ppf(0.95, 1), abs=1e-7)


@pytest.mark.parametrize("model", ["CM.EL", "CM.AL"])
def test_no_tau_has_a_likelihood_above_the_margin(model: str) -> None:
    """Over a fine grid of tau, each at the best effect, on all sets of odds ratios."""
    compared = 0
    for measure, _, _, rows in SETS.values():
        if measure != "OR":
            continue
        columns = _columns(measure, rows)
        result = pool_rare(measure, model=model, **columns)
        assert 0.0 <= result.margin <= 1e-3
        likelihood = (
            GivenCounts.of(measure, columns, None, None, "refuse").model(model, 0.5, False).likelihood
        )
        for tau in np.geomspace(1e-2, 20.0, 60):

            def lost(mu: float, tau: float = tau, likelihood: SparseLikelihood = likelihood) -> float:
                return -likelihood.point(np.array([mu, tau])).value

            best = optimize.minimize_scalar(lost, bounds=(-9.0, 9.0), method="bounded")
            assert -best.fun <= result.loglik + 1e-9
            compared += 1
    assert compared == 120
