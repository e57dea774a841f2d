"""The searched turning point: exactness, intervals, and a test that knows of the search."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from studies.survey import (
    SurveyDesign,
    SurveyError,
    linear,
    model_matrix,
    piecewise,
    total,
    turning_point,
    turning_point_interval,
)
from studies.survey.design import Array
from studies.survey.estimates import rao_wu
from tests.studies.survey.samples import Sample, sample

S = sample(n=600, seed=11)
AGE = np.random.default_rng(3).uniform(20, 60, 600)


def bent(s: Sample, at: float, noise: float = 1.0) -> Array:
    y: Array = 2.0 + 0.1 * s.x - 0.3 * np.maximum(s.x - at, 0) + 0.01 * AGE + noise * (s.y - s.y.mean())
    return y


def test_data_without_noise_give_the_turning_point_back() -> None:
    found = piecewise(S.design, bent(S, 14.3, noise=0.0), S.x, {"age": AGE})
    assert_allclose(found.turning_point, 14.3, rtol=1e-9)
    assert_allclose([found.below.estimate, found.above.estimate, found.change.estimate], [0.1, -0.2, -0.3])


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("at", [12.0, 14.3, 17.0])
@pytest.mark.parametrize("search", [(0.05, 0.95), (0.0, 1.0), (0.5, 0.95), (0.05, 0.5)])
def test_no_other_place_has_a_smaller_sum_of_squares(
    rounded: bool, at: float, search: tuple[float, float]
) -> None:
    exposure = np.round(S.x, 1) if rounded else S.x
    y, inside = bent(S, at, noise=3.0), S.group == 1
    found = piecewise(S.design, y, exposure, {"age": AGE}, inside, search=search)
    distinct = np.unique(exposure[inside])[1:-1]
    ends = np.quantile(exposure[inside], search)
    values = distinct[(distinct >= ends[0]) & (distinct <= ends[1])]
    assert values[0] <= found.turning_point <= values[-1]
    near = found.turning_point + np.array([-1e-4, 1e-4])
    near = near[(near > values[0]) & (near < values[-1])]
    root = np.sqrt(S.weights[inside])
    for place in [*near, *values, *(0.5 * (values[1:] + values[:-1]))]:
        hinge = np.maximum(exposure[inside] - place, 0.0)
        x = np.column_stack([np.ones(inside.sum()), exposure[inside], AGE[inside], hinge]) * root[:, None]
        assert np.linalg.lstsq(x, y[inside] * root)[1][0] >= found.fit.rss * (1 - 1e-12)


@pytest.mark.parametrize("count", [101, 1001])
@pytest.mark.parametrize(("bend", "end"), [(0.02, 0.05), (0.98, 0.95)])
def test_the_search_is_from_the_5th_to_the_95th_percentile(count: int, bend: float, end: float) -> None:
    exposure = np.arange(count) / (count - 1)
    found = piecewise(SurveyDesign(np.ones(count)), np.abs(exposure - bend), exposure)
    assert_allclose(found.turning_point, end, rtol=1e-12)
    again = turning_point_interval(
        SurveyDesign(np.ones(count)), np.abs(exposure - bend), exposure, replicates=3
    )
    assert_allclose(again.replicates, end, rtol=1e-9)


@pytest.mark.parametrize(("count", "tried"), [(202, [200]), (203, [200, 6]), (5002, [200, 101])])
def test_a_search_tries_two_hundred_places_and_then_those_between_the_nearest_five(
    monkeypatch: pytest.MonkeyPatch, count: int, tried: list[int]
) -> None:
    exposure = np.arange(float(count))
    places: list[Array] = []
    search = turning_point.hinge_search

    def noting(*arguments: Any) -> turning_point.HingeSearch:
        places.append(arguments[-1])
        return search(*arguments)

    monkeypatch.setattr(turning_point, "hinge_search", noting)
    bend = (count - 1) / 2.0
    y = np.abs(exposure - bend) + 0.01 * np.sin(12.9 * exposure)
    found = piecewise(SurveyDesign(np.ones(count)), y, exposure, search=(0.0, 1.0))
    assert_allclose(found.turning_point, bend, atol=0.01)
    assert [len(nodes) for nodes in places[:-1]] == tried
    assert len(places[-1]) == 200  # for the p that knows of the search


def test_a_bend_beyond_every_doubt_has_a_p_of_nought() -> None:
    """Also where the tail of the test at each place is too small for a number of its own."""
    exposure = np.arange(5002.0)
    y = np.abs(exposure - 2500.5) + 0.01 * np.sin(12.9 * exposure)
    found = piecewise(SurveyDesign(np.ones(5002)), y, exposure)
    assert 0.0 <= found.p_searched < 1e-200


def test_the_two_slopes_are_those_of_the_regression_on_both_columns() -> None:
    y = bent(S, 14.3)
    found = piecewise(S.design, y, S.x, turning_point=14.0)
    x, names = model_matrix({"x": S.x, "hinge": np.maximum(S.x - 14.0, 0.0)})
    fit = linear(S.design, y, x, names=names)
    assert_allclose(found.below.estimate, fit.coef[1], rtol=1e-9)
    assert_allclose([found.change.estimate, found.change.se], [fit.coef[2], fit.se[2]], rtol=1e-8)
    assert np.isnan(found.p_searched)
    # chi-squared on one degree of freedom is the square of a normal variable
    ratio = found.likelihood_ratio
    assert_allclose(ratio.p, math.erfc(math.sqrt(ratio.chi2 / 2.0)), rtol=1e-10)


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_weights_and_units_scale_out(unit: float) -> None:
    y = bent(S, 14.3)
    once = piecewise(S.design, y, S.x, {"age": AGE})
    heavy = SurveyDesign(S.weights * unit**2, S.strata, S.psu)
    other = piecewise(heavy, 1000 * y, unit * S.x, {"age": AGE / 7})
    assert_allclose(other.turning_point, unit * once.turning_point, rtol=1e-9)
    assert_allclose(
        [other.change.p, other.likelihood_ratio.p, other.p_searched],
        [once.change.p, once.likelihood_ratio.p, once.p_searched],
        rtol=1e-6,
    )


def test_the_interval_is_reproducible_and_holds_a_clear_turning_point() -> None:
    y = bent(S, 14.3)
    once = turning_point_interval(S.design, y, S.x, {"age": AGE}, replicates=200, seed=5)
    again = turning_point_interval(S.design, y, S.x, {"age": AGE}, replicates=200, seed=5)
    assert (once.low, once.high) == (again.low, again.high)
    assert 13.0 < once.low < 14.3 < once.high < 15.5
    wider = turning_point_interval(S.design, y, S.x, {"age": AGE}, level=0.99, replicates=200, seed=5)
    assert wider.low <= once.low < once.high <= wider.high
    assert_allclose([once.low, once.high], np.quantile(once.replicates, [0.025, 0.975]), rtol=1e-12)
    assert_allclose([wider.low, wider.high], np.quantile(wider.replicates, [0.005, 0.995]), rtol=1e-12)


def test_an_interval_without_settings_is_that_of_a_thousand_replicates_of_the_first_seed() -> None:
    y, small = bent(S, 14.3)[:60], slice(0, 60)
    design = SurveyDesign(S.weights[small], S.strata[small], S.psu[small])
    once = turning_point_interval(design, y, S.x[small])
    again = turning_point_interval(
        design, y, S.x[small], search=(0.05, 0.95), level=0.95, replicates=1000, seed=1
    )
    assert (once.low, once.high, len(once.replicates)) == (again.low, again.high, 1000)


def test_a_replicate_is_the_search_with_the_replicates_weights() -> None:
    y, exposure = bent(S, 14.3, noise=3.0), np.round(S.x, 1)
    group = {"rare": (np.arange(600) % 200 == 7).astype(float), "age": AGE}
    found = turning_point_interval(S.design, y, exposure, group, replicates=6, seed=2).replicates
    factors = rao_wu(S.design, 6, 2)[:, S.design.psu_of_person]
    others = np.quantile(exposure, np.linspace(0.05, 0.95, 15))
    compared = 0
    for place, factor in zip(found, factors, strict=True):
        design = SurveyDesign(S.weights * factor, S.strata, S.psu)
        drawn = {name: column for name, column in group.items() if np.ptp(column[factor > 0]) > 0}
        rss = [
            piecewise(design, y, exposure, drawn, turning_point=float(at)).fit.rss for at in [place, *others]
        ]
        assert rss[0] <= min(rss) * (1 + 1e-10)
        compared += 1
    assert compared == 6


@pytest.mark.parametrize(
    ("design", "bend", "span"),
    [(S.design, 0.3, (1e-4, 0.1)), (S.design, 0.0, (1.0, 1.0)), (SurveyDesign(S.weights), 3.0, (0.0, 1e-12))],
)
def test_the_p_that_knows_of_the_search_is_daviess_bound(
    design: SurveyDesign, bend: float, span: tuple[float, float]
) -> None:
    """Davies 1987, place by place: regressions without a hinge, totals of scores, tail probabilities."""
    inside = S.group == 1
    exposure = np.round(S.x, 1)
    order = np.argsort(np.where(inside, S.x, np.inf))
    alternating = (-1.0) ** np.argsort(order) / S.weights  # holds no bend anywhere
    y = 0.1 * exposure - bend * np.maximum(exposure - 14.3, 0) + alternating
    found = piecewise(design, y, exposure, {"age": AGE}, inside, search=(0.01, 0.99))
    x, names = model_matrix({"exposure": exposure, "age": AGE})
    low, high = np.quantile(exposure[inside], [0.01, 0.99])
    z = []
    for node in [v for v in np.unique(exposure[inside]) if low <= v <= high]:
        hinge = np.maximum(exposure - node, 0.0)
        without = [a - x @ linear(design, a, x, inside, names).coef for a in (y, hinge)]
        score = total(design, without[0] * without[1], inside)
        z.append(np.sign(score.t[0]) * stats.norm.isf(stats.t.sf(abs(score.t[0]), score.df)))
    top = np.abs(z).max()
    bound = 2.0 * stats.norm.sf(top) + np.abs(np.diff(z)).sum() * stats.norm.pdf(top)
    assert_allclose(found.p_searched, min(bound, 1.0), rtol=1e-8)
    assert span[0] <= found.p_searched <= span[1]


def test_the_p_of_a_search_needs_a_degree_of_freedom() -> None:
    one = SurveyDesign(S.weights, psu=S.psu)
    assert 0.0 < piecewise(one, bent(S, 14.3), S.x).p_searched <= 1.0
    assert np.isnan(piecewise(one, bent(S, 14.3), S.x, domain=S.psu == 1).p_searched)


def test_the_only_value_between_the_ends_is_the_turning_point() -> None:
    exposure = S.strata % 3 * 1.0
    assert piecewise(S.design, S.y, exposure, search=(0.0, 1.0)).turning_point == 1.0


def test_the_test_that_knows_of_the_search_keeps_its_level_and_the_other_does_not() -> None:
    random = np.random.default_rng(17)
    n, repeats = 150, 200
    design = SurveyDesign(np.ones(n), np.arange(n) % 10, np.arange(n) // 10 % 5)
    found = []
    for _ in range(repeats):
        x, y = random.normal(size=n).round(1), random.normal(size=n)
        fit = piecewise(design, y, x)
        found.append((fit.p_searched < 0.05, fit.change.p < 0.05))
    searched, naive = np.mean(found, axis=0)
    assert searched < 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)
    assert naive > 0.15


def test_bootstrap_factors_have_the_moments_of_the_linearised_variance() -> None:
    design = SurveyDesign(np.ones(9), [1, 1, 2, 2, 2, 3, 3, 3, 3])
    factors = rao_wu(design, 40_000, 1)
    assert_allclose(factors.mean(axis=0), 1.0, atol=0.02)
    expected = np.zeros((9, 9))
    for rows in (slice(0, 2), slice(2, 5), slice(5, 9)):
        n = rows.stop - rows.start
        # The variance of a stratum's total is n / (n - 1) sum (t - mean)^2 = t' (n / (n - 1)) (I - J / n) t.
        expected[rows, rows] = n / (n - 1) * (np.eye(n) - 1.0 / n)
    assert_allclose(np.cov(factors.T), expected, atol=0.04)
    assert (factors[:, :2].sum(axis=1) == 2).all()


def test_lonely_strata_in_the_bootstrap() -> None:
    psu = [1, 1, 1, 2]
    design = SurveyDesign(np.ones(4), [1, 1, 2, 2], psu, lonely="certainty")
    assert (rao_wu(design, 50, 1)[:, 0] == 1).all()
    with pytest.raises(SurveyError, match="knows lonely='certainty' only, not 'adjust'"):
        rao_wu(SurveyDesign(np.ones(4), [1, 1, 2, 2], psu, lonely="adjust"), 50, 1)


def test_what_has_no_turning_point_is_refused() -> None:
    with pytest.raises(SurveyError, match="too few distinct values"):
        piecewise(S.design, S.y, S.group)
    for place in (0, S.x.min(), S.x.max(), 99):
        with pytest.raises(SurveyError, match=f"the turning point {place:g} is outside"):
            piecewise(S.design, S.y, S.x, turning_point=place)
    for search in ((5, 95), (0.05, 1.2), (-0.1, 0.95), (0.6, 0.6)):
        with pytest.raises(SurveyError, match="expected two increasing shares"):
            piecewise(S.design, S.y, S.x, search=search)
    with pytest.raises(SurveyError, match="the level of an interval is 95"):
        turning_point_interval(S.design, S.y, S.x, level=95, replicates=2)
