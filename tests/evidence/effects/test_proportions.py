"""Proportions: by hand, against metafor, by the delta method and simulation, and safely back again."""

from __future__ import annotations

from collections.abc import Callable
from math import asin, log, pi, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.columns import Array, StudyError
from evidence.effects.escalc import escalc
from evidence.effects.proportions import (
    PROPORTION_MEASURES,
    describe_proportions,
    from_double_arcsine,
    harmonic_mean,
    proportions,
)
from tests.evidence.effects.counts import REFERENCE, compare, computed, delta_variance, numbers


def test_a_proportion_counted_by_hand() -> None:
    """10 of 40."""
    for measure, yi, vi in (
        ("PR", 0.25, 0.25 * 0.75 / 40),
        ("PLN", log(0.25), 1 / 10 - 1 / 40),
        ("PLO", log(1 / 3), 1 / 10 + 1 / 30),
        ("PAS", pi / 6, 1 / 160),
        ("PFT", 0.5 * (asin(sqrt(10 / 41)) + asin(sqrt(11 / 41))), 1 / 162),
    ):
        result = escalc(measure, xi=10, ni=40)
        assert_allclose((result.yi[0], result.vi[0]), (yi, vi), rtol=1e-13)
        assert_allclose(result.back(result.yi), 0.25, rtol=1e-13)
        assert_allclose(escalc(measure, xi=10, mi=30).yi, result.yi, rtol=0)


def test_every_rule_agrees_with_metafor() -> None:
    compared = rows = 0
    for row in REFERENCE["escalc"] + REFERENCE["defaults"]:
        if row["measure"] in PROPORTION_MEASURES:
            table = REFERENCE["tables"][row["set"]]
            compared += compare(computed(row, {"xi": table["ai"], "mi": table["bi"]}), row)
            rows += 1
    assert rows == 5 * 3 * (6 + 1)
    assert compared == 2 * 5 * 7 * (34 + 15 + 9)


def test_counting_the_others_mirrors_the_value() -> None:
    events, others = proportions([3, 50], mi=[9, 20]), proportions([9, 20], mi=[3, 50])
    mirrors: dict[str, Callable[[Array], Array]] = {
        "PR": lambda y: 1 - y,
        "PLO": lambda y: -y,
        "PAS": lambda y: pi / 2 - y,
        "PFT": lambda y: pi / 2 - y,
    }
    for measure, mirrored in mirrors.items():
        there, back = describe_proportions(measure, events), describe_proportions(measure, others)
        assert_allclose(there.yi, mirrored(back.yi), rtol=1e-13)
        assert_allclose(there.vi, back.vi, rtol=1e-13)


def test_variances_are_those_of_the_delta_method() -> None:
    """PFT has no exact one: 1/(4n + 2) is Freeman and Tukey's, checked by simulation below."""
    functions: dict[str, Callable[[Any], Any]] = {
        "PR": lambda p: p,
        "PLN": mpmath.log,
        "PLO": lambda p: mpmath.log(p / (1 - p)),
        "PAS": lambda p: mpmath.asin(mpmath.sqrt(p)),
    }
    for measure, function in functions.items():
        for x, n in ((10, 40), (1, 200), (195, 200)):
            p = x / n
            result = describe_proportions(measure, proportions(x, n))
            assert_allclose(result.vi, delta_variance(function, (p,), [[p * (1 - p) / n]]), rtol=1e-11)


def simulated_ratio(measure: str, n: int, draws: int) -> float:
    x = np.random.default_rng(20240229).binomial(n, 0.3, draws).astype(float)
    result = describe_proportions(measure, proportions(x, n))
    return float(result.yi.var() / result.vi.mean())


@pytest.mark.parametrize("measure", PROPORTION_MEASURES)
def test_variances_are_right_on_average(measure: str) -> None:
    """Within 5%, of which Monte Carlo error is 1.6% (one standard error)."""
    assert simulated_ratio(measure, 300, 8_000) == pytest.approx(1.0, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize("measure", PROPORTION_MEASURES)
def test_variances_are_right_on_average_at_full_size(measure: str) -> None:
    """Within 1.5%, of which Monte Carlo error is 0.3% (one standard error)."""
    assert simulated_ratio(measure, 1_500, 200_000) == pytest.approx(1.0, abs=0.015)


def test_the_double_arcsine_goes_back_as_in_metafor() -> None:
    compared = 0
    for row in REFERENCE["back"]["double_arcsine"]:
        ours = from_double_arcsine(row["values"], row["n"])
        assert_allclose(ours, numbers(row["p"]), rtol=1e-7, atol=1e-9)
        compared += ours.size
    assert compared == 4 * 9
    harmonic = REFERENCE["back"]["harmonic"]
    n = harmonic_mean(numbers(harmonic["ni"]))
    assert_allclose(from_double_arcsine(harmonic["values"], n), harmonic["p"], rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 7, 40, 1_000, 10_000_000])
def test_the_double_arcsine_comes_back_to_itself_even_at_the_ends(n: int) -> None:
    x = np.unique(np.array([0, 1, 2, n // 3, n // 2, n - 1, n], dtype=float).clip(0, n))
    y = describe_proportions("PFT", proportions(x, n)).yi
    assert_allclose(from_double_arcsine(y, n), x / n, rtol=1e-12, atol=1e-15)


def test_values_no_proportion_has_go_to_the_ends_and_order_is_kept() -> None:
    values = np.r_[-np.inf, np.linspace(-1, 3, 4_001), np.inf]
    for n in (1.0, 3.7, 500.0):
        p = from_double_arcsine(values, n)
        assert (np.diff(p) >= 0).all()
        assert (p[0], p[-1]) == (0.0, 1.0)
    assert np.isnan(from_double_arcsine(np.nan, 5.0))
    assert np.isnan(from_double_arcsine(np.array([None, 1.0]), np.array([4, None]))).all()
    for measure in PROPORTION_MEASURES:
        back = escalc(measure, xi=[3, 8], ni=[10, 20]).back(values)
        assert (np.diff(back[np.isfinite(back)]) >= 0).all()
        assert not np.isnan(back).any()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 100])
def test_a_few_roundings_inside_the_ends_no_proportion_is_below_zero_or_above_one(n: int) -> None:
    end = 0.5 * np.arctan2(1.0, np.sqrt(n))
    steps = np.arange(1, 400)
    for ends in (end + steps * np.spacing(end), np.pi / 2 - end - steps * np.spacing(np.pi / 2 - end)):
        p = from_double_arcsine(ends, n)
        assert ((p >= 0) & (p <= 1)).all()


def test_the_two_ways_back_of_a_pooled_value() -> None:
    """One study: its variance stands for n + 1/2 people (Barendregt & Doi 2013), beside Miller's n."""
    one = escalc("PFT", xi=30, ni=120)
    assert_allclose(one.back(one.yi), 0.25, rtol=1e-12)


def test_the_harmonic_mean_can_mislead_where_the_variance_does_not() -> None:
    """A single tiny study pulls the harmonic mean so far down that the pooled value goes back to zero."""
    studies = escalc("PFT", xi=[0, 20, 25, 31], ni=[1, 10_000, 12_000, 15_000])
    weights = 1 / studies.vi
    pooled = float((weights * studies.yi).sum() / weights.sum())
    assert studies.back(pooled) == 0.0
    by_variance = from_double_arcsine(pooled, 0.25 * weights.sum())
    assert 0.0019 < by_variance < 0.0022


def test_notes_say_what_was_done_and_what_is_undefined() -> None:
    result = escalc("PLO", xi=[0, 3, 0, np.nan], ni=[10, 10, 0, 5])
    assert_allclose(result.yi[0], log(0.5 / 10.5))
    assert result.notes == (
        "1/2 was added to those with and to those without the event",
        "",
        "there is nobody in the group",
        "a count is missing",
    )
    refused = escalc("PLN", xi=0, ni=10, add=0)
    assert refused.notes == ("nobody or everybody has the event, and nothing was added",)
    assert "no weight" in escalc("PR", xi=10, ni=10, to="none").notes[0]


def test_numbers_that_cannot_be_true_name_the_study() -> None:
    with pytest.raises(StudyError, match="study 2: xi is 11 and ni 10; expected no more events than people"):
        escalc("PR", xi=[1, 11], ni=10)
    with pytest.raises(StudyError, match="study 1: xi is -1; expected a count"):
        escalc("PR", xi=-1, ni=10)
    with pytest.raises(ValueError, match="either 'ni' or 'mi'"):
        proportions(1)
