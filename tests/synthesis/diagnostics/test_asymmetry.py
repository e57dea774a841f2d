"""Tests of funnel asymmetry against metafor and R's lm, and their refusals."""

import math

import numpy as np
import pytest
from scipy import stats

from synthesis import pool
from synthesis.diagnostics.asymmetry import (
    COUNT_TESTS,
    CountTables,
    count_asymmetry,
    count_test,
    rank_test,
    regression_test,
)
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, Comparisons, effects

MODELS = {"rma": "mixed", "lm": "weighted"}


def test_regression_tests_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        yi, vi = effects(entry)
        for key, expected in entry["regtest"].items():
            model, predictor = key.split("/")
            found = regression_test(pool(yi, vi), MODELS[model], predictor)
            ours = (found.statistic, found.p_value, found.limit, found.limit_low, found.limit_high)
            pinned = (expected["stat"], expected["pval"], expected["limit"], *expected["ci"])
            for a, b in zip(ours, pinned, strict=True):
                compared.check(f"{name} {key}", a, b)
    assert compared.report() == 13 * 4 * 5


def test_predictors_made_of_sample_sizes_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["values"].items():
        yi, vi = effects(entry)
        for key, expected in entry.get("regtest", {}).items():
            model, predictor = key.split("/")
            found = regression_test(pool(yi, vi), MODELS[model], predictor, entry["ni"])
            compared.check(f"{name} {key} stat", found.statistic, expected["stat"])
            compared.check(f"{name} {key} p", found.p_value, expected["pval"])
            if predictor == "ni":
                assert math.isnan(found.limit)
            else:
                compared.check(f"{name} {key} limit", found.limit, expected["limit"])
    assert compared.report() == 3 * (6 * 2 + 4)


def test_rank_tests_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        found = rank_test(pool(*effects(entry)))
        compared.check(f"{name} tau", found.tau, entry["ranktest"]["tau"])
        compared.check(f"{name} p", found.p_value, entry["ranktest"]["pval"])
    assert compared.report() == 26


def test_the_exact_rank_distribution_is_that_of_scipy() -> None:
    rng = np.random.default_rng(2)
    for k in (3, 4, 9, 40):
        yi, vi = rng.standard_normal(k), rng.uniform(0.1, 2.0, k)
        total = np.sum(1.0 / vi)
        deviates = (yi - np.sum(yi / vi) / total) / np.sqrt(vi - 1.0 / total)
        expected = stats.kendalltau(deviates, vi, method="exact")
        found = rank_test(pool(yi, vi))
        assert found.exact
        assert found.tau == pytest.approx(expected.statistic, rel=1e-12)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)


def test_tests_of_counts_agree_with_weighted_regressions_in_r() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["tables"].items():
        tables = CountTables(*(np.array(entry[cell], dtype=float) for cell in "abcd"))
        for test in COUNT_TESTS:
            found, expected = count_test(tables, test), entry[test]
            compared.check(f"{name} {test} stat", found.statistic, expected["stat"])
            compared.check(f"{name} {test} p", found.p_value, expected["pval"])
            if test != "Macaskill":
                ours = (found.limit, found.limit_low, found.limit_high)
                for a, b in zip(ours, (expected["limit"], *expected["ci"]), strict=True):
                    compared.check(f"{name} {test} limit", a, b, 1e-12)
    assert compared.report() == 2 * (4 * 2 + 3 * 3)


def test_columns_of_counts_are_read_by_name_as_cells_or_sizes() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["tables"].items():
        data = {cell: np.array(entry[cell], dtype=float) for cell in "abcd"}
        data |= {"n1": data["a"] + data["b"], "n2": data["c"] + data["d"]}
        for test in COUNT_TESTS:
            cells = count_asymmetry(test.lower(), ai="a", bi="b", ci="c", di="d", data=data, level=90)
            sizes = count_asymmetry(test, ai="a", n1i="n1", ci="c", n2i="n2", data=data, level=0.9)
            compared.check(f"{name} {test} cells", cells.statistic, entry[test]["stat"])
            compared.check(f"{name} {test} sizes", sizes.p_value, entry[test]["pval"])
            if test != "Macaskill":
                half = (entry[test]["ci"][1] - entry[test]["limit"]) / stats.t.ppf(0.975, cells.df)
                narrower = entry[test]["limit"] + half * stats.t.ppf(0.95, cells.df)
                compared.check(f"{name} {test} level", cells.limit_high, narrower, 1e-10)
    assert compared.report() == 2 * (4 * 2 + 3)
    with pytest.raises(ValueError, match=r"unknown test 'Egger'\. Expected one of: Harbord"):
        count_asymmetry("Egger", ai=[1, 2, 3], ci=[1, 2, 3], n1i=[9, 9, 9], n2i=[9, 9, 9])


def test_swapping_arms_turns_the_slope_around() -> None:
    entry = SMALL_STUDIES["tables"]["bcg"]
    a, b, c, d = (np.array(entry[cell], dtype=float) for cell in "abcd")
    for test in COUNT_TESTS:
        one, other = count_test(CountTables(a, b, c, d), test), count_test(CountTables(c, d, a, b), test)
        assert one.slope == pytest.approx(-other.slope, rel=1e-9)
        assert one.p_value == pytest.approx(other.p_value, rel=1e-9)


def test_what_cannot_be_tested_is_refused_in_words() -> None:
    two = np.array([0.1, 0.2])
    with pytest.raises(ValueError, match="at least 3 studies; there are 2"):
        regression_test(pool(two, two))
    with pytest.raises(ValueError, match="at least 3 studies; there are 2"):
        rank_test(pool(two, two))
    with pytest.raises(ValueError, match="all studies have the same standard error"):
        regression_test(pool([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]))
    with pytest.raises(ValueError, match="needs the studies' sample sizes"):
        regression_test(pool([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]), predictor="ninv")
    with pytest.raises(ValueError, match="unknown predictor 'se'"):
        regression_test(pool([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]), predictor="se")
    with pytest.raises(ValueError, match="there are 2"):
        CountTables(two, two, two, two)
    with pytest.raises(ValueError, match="differ in size and have events"):
        count_test(CountTables(np.zeros(3), np.arange(5.0, 8.0), np.zeros(3), np.arange(5.0, 8.0)), "Harbord")


def test_equal_variances_leave_the_rank_test_undefined() -> None:
    found = rank_test(pool([0.1, 0.2, 0.4], [0.2, 0.2, 0.2]))
    assert np.isnan([found.tau, found.p_value]).all()
    assert not found.exact


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        ([0.1, 0.1, 0.1, 0.6, 0.4, 0.4, -0.2], [0.2, 0.2, 0.2, 0.05, 0.3, 0.3, 0.1]),
        ([0.1, 0.1, 0.1, 0.1, 0.8], [0.1, 0.1, 0.1, 0.1, 0.4]),
        ([0.0, 0.5, 0.3, 0.9, 1.2, 0.7], [0.1, 0.1, 0.1, 0.1, 0.2, 0.2]),
    ],
)
def test_ties_give_the_normal_approximation_of_scipy(yi: list[float], vi: list[float]) -> None:
    """Equal studies are tied in both rankings, three at a time in the last term of Kendall's variance."""
    y, v = np.array(yi), np.array(vi)
    total = np.sum(1.0 / v)
    deviates = (y - np.sum(y / v) / total) / np.sqrt(v - 1.0 / total)
    expected = stats.kendalltau(deviates, v, method="asymptotic")
    found = rank_test(pool(yi, vi))
    assert not found.exact
    assert found.tau == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    assert found.k == len(yi)


def test_rising_and_falling_funnels_have_the_same_exact_p() -> None:
    """Of the 24 orders of four studies two are as extreme as all pairs alike: p = 2/24; and 1 at tau = 0."""
    y, v = np.array([-0.3, 0.1, 0.5, 1.4]), np.array([0.1, 0.2, 0.3, 0.4])
    up, down = rank_test(pool(y, v)), rank_test(pool(-y, v))
    assert (up.tau, down.tau) == (1.0, -1.0)
    assert up.p_value == pytest.approx(2 / 24, rel=1e-12)
    assert down.p_value == pytest.approx(2 / 24, rel=1e-12)
    middle = rank_test(pool([0.4, -0.5, 1.6, -0.3], v))
    assert (middle.tau, middle.p_value) == (0.0, 1.0)


def test_half_a_person_is_added_to_tables_with_an_empty_cell_alone() -> None:
    counts = CountTables(np.array([0, 1, 4]), np.array([9, 3, 5]), np.array([2, 2, 1]), np.array([7, 6, 8]))
    expected = [0.5 * 7.5 / (9.5 * 2.5), 1 * 6 / (3 * 2), 4 * 8 / (5 * 1)]
    assert counts.log_odds_ratio == pytest.approx(np.log(expected), rel=1e-14)
    assert counts.n.tolist() == [18, 12, 18]


@pytest.mark.parametrize("test", COUNT_TESTS)
def test_a_table_without_events_has_no_part_in_a_test_of_counts(test: str) -> None:
    a, b, c, d = (
        np.array(cell, dtype=float) for cell in ([3, 5, 9, 1], [20, 30, 60, 9], [6, 4, 9, 4], [18, 30, 70, 9])
    )
    whole = count_test(CountTables(a, b, c, d), test)
    without = CountTables(*(np.append(cell, n) for cell, n in ((a, 0), (b, 7), (c, 0), (d, 8))))
    if test == "Deeks":  # whose weight is the number of persons
        without = CountTables(*(np.append(cell, n) for cell, n in ((a, 0), (b, 0), (c, 2), (d, 8))))
    beside = count_test(without, test)
    assert (beside.k, whole.k, whole.df, whole.model) == (4, 4, 2.0, test)
    assert beside.statistic == pytest.approx(whole.statistic, rel=1e-12)
    assert math.isnan(whole.limit_low) == math.isnan(whole.limit) == (test == "Macaskill")
    assert math.isnan(whole.limit_high) == (test == "Macaskill")
    three = CountTables(a[:3], b[:3], c[:3], d[:3])
    assert count_test(three, test).df == 1.0
    with pytest.raises(ValueError, match=f"{test}'s test needs 3 studies that differ in size"):
        count_test(
            CountTables(*(np.append(cell[:2], n) for cell, n in ((a, 0), (b, 0), (c, 0), (d, 8)))), test
        )
    with pytest.raises(ValueError, match=f"{test}'s test needs 3 studies that differ in size"):
        count_test(CountTables(*(np.full(3, n) for n in (2.0, 8.0, 3.0, 9.0))), test)


def test_the_level_of_a_test_of_counts_is_95_percent_unless_told() -> None:
    entry = SMALL_STUDIES["tables"]["bcg"]
    cells = {f"{cell}i": entry[cell] for cell in "abcd"}
    found, narrower = count_asymmetry(**cells), count_asymmetry(**cells, level=0.5)
    assert (found.limit_low, found.limit_high) == pytest.approx(entry["Harbord"]["ci"], rel=1e-9)
    assert narrower.limit_high < found.limit_high


@pytest.mark.parametrize(
    ("ni", "words"),
    [
        (["many", 20, 30], "ni is .*; expected a sample size for each of the 3 studies"),
        ([10, 20], r"ni has shape \(2,\); expected a sample size for each of the 3 studies"),
        ([10, 20, 0], "a sample size above zero"),
        ([10, 20, math.nan], "a sample size above zero"),
        ([10, 20, math.inf], "a sample size above zero"),
    ],
)
def test_sizes_that_are_none_are_refused(ni: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        regression_test(pool([0.1, 0.2, 0.4], [0.1, 0.2, 0.3]), predictor="ni", ni=ni)


def test_a_study_of_one_person_has_a_size() -> None:
    found = regression_test(pool([0.1, 0.2, 0.4], [0.1, 0.2, 0.3]), predictor="ni", ni=[1, 20, 30])
    assert math.isfinite(found.p_value)


@pytest.mark.parametrize("wrong", [[1.0, -1.0, 2.0], [1.0, math.nan, 2.0], [1.0, 2.0]])
def test_counts_that_are_none_are_refused_by_name(wrong: list[float]) -> None:
    three = np.arange(3.0)
    with pytest.raises(ValueError, match=r"^c: expected one count of zero or more for each study"):
        CountTables(three, three, np.array(wrong), three)


def test_the_model_of_the_result_tells_which_distribution_the_slope_has() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    mixed, weighted = (regression_test(pool(yi, vi, method="DL"), model) for model in ("mixed", "weighted"))
    assert (mixed.df, weighted.df, mixed.k) == (math.inf, 11.0, 13)
    assert mixed.p_value == pytest.approx(2 * stats.norm.sf(abs(mixed.statistic)), rel=1e-9)
    assert weighted.p_value == pytest.approx(2 * stats.t.sf(abs(weighted.statistic), 11), rel=1e-9)
    assert "tau2 by DL" in mixed.says
    sizes = regression_test(pool(yi, vi), predictor="ni", ni=np.arange(10.0, 23.0))
    assert np.isnan([sizes.limit, sizes.limit_low, sizes.limit_high]).all()
    assert regression_test(pool([0.1, 0.5, 0.4], [0.1, 0.2, 0.3])).k == 3
    assert rank_test(pool([0.1, 0.5, 0.4], [0.1, 0.2, 0.3])).exact


@pytest.mark.parametrize("test", ["Harbord", "Peters", "Macaskill"])
def test_every_table_with_events_counts_however_small_and_none_without(test: str) -> None:
    """Scores of tables of four to seven persons have variances from 0.25 to 0.5; one table has no event."""
    a, b, c, d = np.array(
        [[1, 1, 1, 1], [1, 1, 1, 2], [2, 1, 1, 1], [2, 1, 2, 2], [0, 3, 0, 4]], dtype=float
    ).T
    found = count_test(CountTables(a, b, c, d), test)
    assert found.k == 4
    assert "unlike Egger's test" in found.says
    without = count_test(CountTables(a[:4], b[:4], c[:4], d[:4]), test)
    assert (found.slope, found.statistic, found.df) == (without.slope, without.statistic, without.df)


def test_a_table_with_an_empty_group_has_no_size_for_deeks() -> None:
    a, b, c, d = np.array([[1, 1, 1, 1], [1, 1, 1, 2], [2, 1, 1, 1], [2, 5, 0, 0]], dtype=float).T
    assert count_test(CountTables(a, b, c, d), "Deeks").k == 3


@pytest.mark.parametrize("test", COUNT_TESTS)
def test_the_slope_is_that_of_a_weighted_line_on_the_size_as_each_paper_has_it(test: str) -> None:
    a, b, c, d = np.array([[3, 17, 6, 12], [5, 25, 4, 26], [9, 51, 9, 61], [14, 86, 30, 80]], dtype=float).T
    n, effect = a + b + c + d, np.log(a * d / (b * c))
    margins = (a + c) * (b + d) / n
    size = 4 * (a + b) * (c + d) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    score = a - (a + b) * (a + c) / n
    y, x, weight = {
        "Macaskill": (effect, n, margins),
        "Peters": (effect, 1 / n, margins),
        "Deeks": (effect, 1 / np.sqrt(size), size),
        "Harbord": (score / variance, 1 / np.sqrt(variance), variance),
    }[test]
    slope, limit = np.polyfit(x, y, 1, w=np.sqrt(weight))
    found = count_test(CountTables(a, b, c, d), test)
    assert found.slope == pytest.approx(slope, rel=1e-9)
    assert math.isnan(found.limit) if test == "Macaskill" else found.limit == pytest.approx(limit, rel=1e-9)


@pytest.mark.parametrize("predictor", ["sei", "vi", "ni", "ninv", "sqrtninv"])
def test_the_slope_is_that_of_a_weighted_line_on_each_predictor(predictor: str) -> None:
    yi, vi, ni = (
        np.array([0.4, 0.1, 0.9, 0.2]),
        np.array([0.10, 0.04, 0.30, 0.05]),
        np.array([40, 99, 12, 80]),
    )
    x = {"sei": vi**0.5, "vi": vi, "ni": ni, "ninv": 1 / ni, "sqrtninv": ni**-0.5}[predictor]
    slope, limit = np.polyfit(x, yi, 1, w=vi**-0.5)
    found = regression_test(pool(yi, vi), "weighted", predictor, ni)
    assert found.slope == pytest.approx(slope, rel=1e-9)
    assert math.isnan(found.limit) if predictor == "ni" else found.limit == pytest.approx(limit, rel=1e-9)
