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
    assert math.isnan(found.p_value)
