"""Mantel-Haenszel and Peto pooling and their tests: against metafor and base R, by hand, by identities."""

from __future__ import annotations

import json
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.person_time import PersonTime, compare_rates, person_time
from evidence.effects.two_by_two import two_by_two
from evidence.effects.zero_cells import Tables, tables
from synthesis.pooling.counts.count_tests import (
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel_rate_test,
)
from synthesis.pooling.counts.mantel_haenszel import (
    PooledCounts,
    mantel_haenszel,
    mantel_haenszel_rates,
    peto,
)

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "effect_sizes" / "counts.json").read_text()
)
QUANTITIES = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "Q", "Q_p")
MEASURES = ("OR", "RR", "RD")


def tables_of(name: str) -> Tables:
    return tables(**REFERENCE["pooled_tables"][name])


def person_time_of(name: str) -> PersonTime:
    return person_time(**REFERENCE["pooled_person_time"][name])


def compare(ours: PooledCounts, row: dict[str, Any]) -> int:
    for name in QUANTITIES:
        assert_allclose(getattr(ours, name), row[name], rtol=1e-9, err_msg=f"{row['set']} {name}")
    assert ours.Q_df == row["k_yi"] - 1
    return len(QUANTITIES) + 1


def test_mantel_haenszel_agrees_with_metafor() -> None:
    rows = REFERENCE["mantel_haenszel"]
    compared = sum(compare(mantel_haenszel(tables_of(row["set"]), row["measure"]), row) for row in rows)
    assert compared == 6 * 3 * 9


def test_peto_agrees_with_metafor() -> None:
    compared = sum(compare(peto(tables_of(row["set"])), row) for row in REFERENCE["peto"])
    assert compared == 6 * 9


def test_person_time_agrees_with_metafor() -> None:
    rows = REFERENCE["mantel_haenszel_rates"]
    compared = sum(
        compare(mantel_haenszel_rates(person_time_of(row["set"]), row["measure"]), row) for row in rows
    )
    assert compared == 2 * 2 * 9


def test_tests_of_association_agree_with_metafor_and_base_r() -> None:
    compared = 0
    for row in (row for row in REFERENCE["mantel_haenszel"] if row["measure"] == "OR"):
        data = tables_of(row["set"])
        for correct, suffix in ((True, "_corrected"), (False, "")):
            test = cochran_mantel_haenszel(data, correct=correct)
            base_r = next(r for r in row["base_r"] if r["correct"] == correct)
            pooled = mantel_haenszel(data)
            for ours, theirs in (
                (test.statistic, row[f"cmh{suffix}"]),
                (test.p_value, row[f"cmh{suffix}_p"]),
                (test.statistic, base_r["statistic"]),
                (test.p_value, base_r["p_value"]),
                (np.exp(pooled.estimate), base_r["estimate"]),
                (np.exp(pooled.ci_low), base_r["ci_low"]),
                (np.exp(pooled.ci_high), base_r["ci_high"]),
            ):
                assert_allclose(ours, theirs, rtol=1e-9)
                compared += 1
        tarone = breslow_day(data)
        assert_allclose(tarone.statistic, row["tarone"], rtol=1e-9)
        assert_allclose(tarone.p_value, row["tarone_p"], rtol=1e-9)
        compared += 2
    assert compared == 6 * 16


def test_tests_of_rates_agree_with_metafor() -> None:
    compared = 0
    for row in (row for row in REFERENCE["mantel_haenszel_rates"] if row["measure"] == "IRR"):
        for correct, suffix in ((True, "_corrected"), (False, "")):
            test = mantel_haenszel_rate_test(person_time_of(row["set"]), correct=correct)
            assert_allclose(test.statistic, row[f"cmh{suffix}"], rtol=1e-9)
            assert_allclose(test.p_value, row[f"cmh{suffix}_p"], rtol=1e-9)
            compared += 2
    assert compared == 8


def test_two_tables_counted_by_hand() -> None:
    """10/100 against 20/100, and 5/50 against 10/150."""
    data = tables([10, 5], n1i=[100, 50], ci=[20, 10], n2i=[100, 150])
    r = 10 * 80 / 200 + 5 * 140 / 200
    s = 90 * 20 / 200 + 45 * 10 / 200
    assert_allclose(mantel_haenszel(data, "OR").estimate, log(r / s), rtol=1e-14)
    risks = (10 * 100 / 200 + 5 * 150 / 200) / (20 * 100 / 200 + 10 * 50 / 200)
    assert_allclose(mantel_haenszel(data, "RR").estimate, log(risks), rtol=1e-14)
    difference = (50 * -0.1 + 37.5 * (0.1 - 1 / 15)) / 87.5
    assert_allclose(mantel_haenszel(data, "RD").estimate, difference, rtol=1e-14)
    beyond = (10 - 15) + (5 - 3.75)
    spread = 30 * 170 * 100 * 100 / (200**2 * 199) + 15 * 185 * 50 * 150 / (200**2 * 199)
    assert_allclose(peto(data).estimate, beyond / spread, rtol=1e-14)
    assert_allclose(peto(data).se, 1 / sqrt(spread), rtol=1e-14)
    assert_allclose(cochran_mantel_haenszel(data).statistic, (3.75 - 0.5) ** 2 / spread, rtol=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
def test_one_study_is_itself(measure: Any) -> None:
    data = tables(12, 28, 9, 41)
    single, pooled = two_by_two(measure, data), mantel_haenszel(data, measure, variance="Greenland-Robins")
    assert_allclose((pooled.estimate, pooled.se), (single.yi, single.sei), rtol=1e-13)
    assert [pooled.k.item(), pooled.Q_df.item(), pooled.Q_p.item()] == [1.0, 0.0, 1.0]
    assert_allclose(pooled.Q, 0.0, atol=1e-20)


def test_one_study_of_rates_or_by_peto_is_itself() -> None:
    data = person_time(9, 100, 16, 400)
    for measure in ("IRR", "IRD"):
        single = compare_rates(measure, data)
        rates = mantel_haenszel_rates(data, measure)
        assert_allclose((rates.estimate, rates.se), (single.yi, single.sei), rtol=1e-13)
    table = tables(12, 28, 9, 41)
    assert_allclose(peto(table).estimate, two_by_two("PETO", table).yi, rtol=1e-14)


def test_the_older_variance_of_the_risk_difference_is_that_of_a_weighted_mean() -> None:
    data = tables_of("bcg")
    weights = data.n1i * data.n2i / (data.n1i + data.n2i)
    weights = weights / weights.sum()
    single = two_by_two("RD", data, to="none")
    pooled = mantel_haenszel(data, "RD", variance="Greenland-Robins")
    assert_allclose(pooled.estimate, (weights * single.yi).sum(), rtol=1e-13)
    assert_allclose(pooled.se**2, (weights**2 * single.vi).sum(), rtol=1e-13)


@pytest.mark.parametrize("measure", MEASURES)
def test_swapping_groups_changes_the_sign_and_order_changes_nothing(measure: Any) -> None:
    data = tables_of("infections")
    other = Tables(data.ci, data.di, data.ai, data.bi)
    pooled, swapped = mantel_haenszel(data, measure), mantel_haenszel(other, measure)
    turned = mantel_haenszel(Tables(*(cell[::-1] for cell in data.cells)), measure)
    assert_allclose(pooled.estimate, -swapped.estimate, rtol=1e-12)
    assert_allclose(pooled.se, swapped.se, rtol=1e-12)
    for name in QUANTITIES:
        assert_allclose(getattr(pooled, name), getattr(turned, name), rtol=1e-11)


def test_a_study_without_contrast_changes_nothing_relative() -> None:
    data = tables([10, 5], [90, 45], [20, 10], [80, 140])
    with_zeros = tables([10, 5, 0, 7], [90, 45, 30, 0], [20, 10, 0, 9], [80, 140, 60, 0])
    for one, other in (
        (mantel_haenszel(data, "OR"), mantel_haenszel(with_zeros, "OR")),
        (peto(data), peto(with_zeros)),
    ):
        for name in (*QUANTITIES, "Q_df"):
            assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-13)
    for ours, zeros in (
        (cochran_mantel_haenszel(data), cochran_mantel_haenszel(with_zeros)),
        (breslow_day(data), breslow_day(with_zeros)),
    ):
        assert_allclose(ours.statistic, zeros.statistic, rtol=1e-13)
        assert ours.df == zeros.df


@pytest.mark.parametrize(
    ("measure", "variance"), [*((measure, "Sato") for measure in MEASURES), ("RD", "Greenland-Robins")]
)
def test_a_batch_is_its_data_sets_one_by_one(measure: Any, variance: Any) -> None:
    data = tables_of("infections")
    k = data.ai.size
    present = ~np.eye(k, dtype=bool)
    batch = mantel_haenszel(data, measure, present=present, variance=variance)
    by_peto, homogeneity = peto(data, present=present), breslow_day(data, present=present)
    cmh = cochran_mantel_haenszel(data, present=present)
    for i in range(k):
        rest = Tables(*(np.delete(cell, i) for cell in data.cells))
        alone = mantel_haenszel(rest, measure, variance=variance)
        for name in (*QUANTITIES, "k", "Q_df"):
            assert_allclose(getattr(batch, name)[i], getattr(alone, name)[0], rtol=1e-12)
        for name in (*QUANTITIES, "k", "Q_df"):
            assert_allclose(getattr(by_peto, name)[i], getattr(peto(rest), name)[0], rtol=1e-12)
        assert_allclose(cmh.statistic[i], cochran_mantel_haenszel(rest).statistic[0], rtol=1e-12)
        assert_allclose(homogeneity.statistic[i], breslow_day(rest).statistic[0], rtol=1e-11)
        assert homogeneity.df[i] == breslow_day(rest).df[0]
    assert batch.estimate.shape == (k,)


def test_batches_of_different_counts() -> None:
    one, other = tables_of("common"), tables([3] * 15, [20] * 15, [5] * 15, [21] * 15)
    both = Tables(*(np.stack(pair) for pair in zip(one.cells, other.cells, strict=True)))
    batch = mantel_haenszel(both)
    for i, data in enumerate((one, other)):
        assert_allclose(batch.se[i], mantel_haenszel(data).se[0], rtol=1e-14)
        assert_allclose(batch.Q[i], mantel_haenszel(data).Q[0], rtol=1e-12, atol=1e-20)
    rates = person_time_of("hart")
    present = ~np.eye(rates.x1i.size, dtype=bool)
    without = mantel_haenszel_rates(rates, "IRD", present=present)
    columns = (rates.x1i, rates.t1i, rates.x2i, rates.t2i)
    rest = PersonTime(*(np.delete(column, 0) for column in columns))
    assert_allclose(without.Q[0], mantel_haenszel_rates(rest, "IRD").Q[0], rtol=1e-12)


@pytest.mark.parametrize("measure", ["IRR", "IRD"])
def test_a_batch_of_rates_is_its_data_sets_one_by_one_in_any_unit_of_time(measure: Any) -> None:
    """In units of 10,000 years every study has less than one, and differences of rates are larger by that."""
    data, size = person_time_of("hart"), 1e4 if measure == "IRD" else 1.0
    columns = (data.x1i, data.t1i, data.x2i, data.t2i)
    present = ~np.eye(data.x1i.size, dtype=bool)
    batch = mantel_haenszel_rates(data, measure, present=present)
    cmh = mantel_haenszel_rate_test(data, present=present)
    for i in range(data.x1i.size):
        x1i, t1i, x2i, t2i = (np.delete(column, i) for column in columns)
        alone = mantel_haenszel_rates(PersonTime(x1i, t1i / 1e4, x2i, t2i / 1e4), measure)
        for name in (*QUANTITIES, "k", "Q_df"):
            unit = size if name in ("estimate", "se", "ci_low", "ci_high") else 1.0
            assert_allclose(getattr(batch, name)[i] * unit, getattr(alone, name)[0], rtol=1e-9)
        assert_allclose(
            cmh.statistic[i],
            mantel_haenszel_rate_test(PersonTime(x1i, t1i / 1e4, x2i, t2i / 1e4)).statistic[0],
            rtol=1e-12,
        )
    assert max(data.t1i.max(), data.t2i.max()) < 1e4


@pytest.mark.parametrize("measure", ["IRR", "IRD"])
def test_studies_without_any_event_have_no_part_in_the_heterogeneity_of_rates(measure: Any) -> None:
    some = person_time([3, 9, 4], [100, 80, 90], [7, 4, 4], [95, 120, 60])
    more = person_time([3, 9, 0, 4], [100, 80, 50, 90], [7, 4, 0, 4], [95, 120, 70, 60])
    without, with_none = mantel_haenszel_rates(some, measure), mantel_haenszel_rates(more, measure)
    assert [without.k, with_none.k, without.Q_df, with_none.Q_df] == [3, 4, 2, 2]
    if measure == "IRR":
        assert_allclose([with_none.Q, with_none.se], [without.Q, without.se], rtol=1e-13)


def test_rates_by_hand() -> None:
    """Two strata: weights are the products of times over their sums."""
    data = person_time([3, 9], [100, 80], [7, 4], [100, 120])
    r, s = 3 * 100 / 200 + 9 * 120 / 200, 7 * 100 / 200 + 4 * 80 / 200
    spread = 10 * 100 * 100 / 200**2 + 13 * 80 * 120 / 200**2
    found = mantel_haenszel_rates(data, level=0.8)
    assert_allclose(found.estimate, log(r / s), rtol=1e-14)
    assert_allclose(found.se, sqrt(spread / (r * s)), rtol=1e-14)
    assert_allclose(found.ci_high, found.estimate + 1.2815515655 * found.se, rtol=1e-9)
    weights = 100 * 100 / 200 + 80 * 120 / 200
    difference = mantel_haenszel_rates(data, "IRD", level=0.8)
    assert_allclose(difference.estimate, (r - s) / weights, rtol=1e-13)
    variance = (3 * 100**2 + 7 * 100**2 + 9 * 120**2 + 4 * 80**2) / 200**2
    assert_allclose(difference.se, sqrt(variance) / weights, rtol=1e-13)
    assert_allclose(difference.ci_low, difference.estimate - 1.2815515655 * difference.se, rtol=1e-9)
    expected = 10 * 100 / 200 + 13 * 80 / 200
    for test, half in (
        (mantel_haenszel_rate_test(data), 0.5),
        (mantel_haenszel_rate_test(data, correct=False), 0),
    ):
        assert_allclose(test.statistic, (abs(12 - expected) - half) ** 2 / spread, rtol=1e-13)


def test_what_does_not_exist_is_nan() -> None:
    no_events = tables([0, 0], [20, 30], [3, 4], [20, 30])
    for measure in ("OR", "RR"):
        pooled = mantel_haenszel(no_events, measure)
        assert np.isnan([pooled.estimate, pooled.se, pooled.p_value, pooled.Q, pooled.Q_p]).all()
        assert pooled.k == 2
    assert np.isfinite(mantel_haenszel(no_events, "RD").p_value)
    assert np.isfinite(peto(no_events).p_value)
    assert np.isnan(breslow_day(no_events).statistic)
    absent = np.zeros((1, 2), dtype=bool)
    nobody = [mantel_haenszel(no_events, m, present=absent) for m in ("OR", "RR", "RD")]
    for pooled in (*nobody, peto(no_events, present=absent)):
        assert pooled.k == 0
        assert np.isnan([pooled.estimate, pooled.se, pooled.ci_low, pooled.Q, pooled.Q_p]).all()
    assert np.isnan(cochran_mantel_haenszel(no_events, present=absent).p_value)
    rates = person_time([0, 0], [10, 20], [3, 1], [10, 20])
    assert np.isnan(mantel_haenszel_rates(rates).estimate)
    assert np.isfinite(mantel_haenszel_rates(rates, "IRD").se)
    assert np.isnan(mantel_haenszel_rates(rates, present=absent).se)


def test_missing_counts_and_empty_groups_take_no_part() -> None:
    data = tables([10, np.nan, 5, 0], [90, 3, 45, 0], [20, 2, 10, 4], [80, 8, 140, 9])
    rest = tables([10, 5], [90, 45], [20, 10], [80, 140])
    for measure in ("OR", "RR", "RD"):
        pooled, expected = mantel_haenszel(data, measure), mantel_haenszel(rest, measure)
        for name in (*QUANTITIES, "k", "Q_df"):
            assert_allclose(getattr(pooled, name), getattr(expected, name), rtol=1e-14)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError):
        mantel_haenszel(tables_of("bcg"), "HR")  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        mantel_haenszel(tables_of("bcg"), "RD", variance="Wald")  # type: ignore[arg-type]


def simulated_ratios(draws: int, k: int) -> dict[str, float]:
    """Variance of the estimate over its mean estimated variance, with k small strata of unequal risk."""
    rng = np.random.default_rng(20240229)
    risk = np.linspace(0.1, 0.4, k)
    odds = 1.6 * risk / (1 - risk)
    sizes = rng.integers(4, 12, size=(2, k)).astype(int)
    a = rng.binomial(sizes[0], odds / (1 + odds), size=(draws, k)).astype(float)
    c = rng.binomial(sizes[1], risk, size=(draws, k)).astype(float)
    ratios = {}
    data = Tables(a, sizes[0] - a, c, sizes[1] - c)
    for measure in ("OR", "RR", "RD"):
        pooled = mantel_haenszel(data, measure)
        ratios[measure] = float(pooled.estimate.var() / (pooled.se**2).mean())
    return ratios


@pytest.mark.long
def test_variances_are_right_with_many_small_studies() -> None:
    """Within 10%, of which Monte Carlo error is 3.2% (one standard error)."""
    for measure, ratio in simulated_ratios(2_000, 40).items():
        assert ratio == pytest.approx(1.0, abs=0.10), measure


@pytest.mark.long
def test_variances_are_right_with_many_small_studies_at_full_size() -> None:
    """Within 3%, of which Monte Carlo error is 1% (one standard error)."""
    for measure, ratio in simulated_ratios(20_000, 200).items():
        assert ratio == pytest.approx(1.0, abs=0.03), measure
