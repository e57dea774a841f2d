"""Counts that reproduce adjusted ratios: against the equations of Hamling et al. 2008 that define them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evidence.effects.adjusted_ratios import Denominator
from evidence.effects.hamling import effective_counts

RATIOS = np.log([0.80, 1.16, 1.57])
VARIANCES = np.array([0.052, 0.047, 0.041])
CASES = np.array([165.0, 74.0, 90.0, 122.0])
SIZES = {
    "odds": np.array([337.0, 167.0, 186.0, 212.0]),
    "risks": np.array([1337.0, 567.0, 686.0, 712.0]),
    "rates": np.array([51.0, 22.0, 30.0, 28.0]),
}
OF: tuple[Denominator, ...] = ("odds", "risks", "rates")


@pytest.mark.parametrize("scale", [0.25, 1.0, 4.0, 40.0])
@pytest.mark.parametrize("of", OF)
def test_the_counts_solve_the_four_equations(of: Denominator, scale: float) -> None:
    sizes, variances = SIZES[of], scale * VARIANCES
    a, b = effective_counts(RATIOS, variances, CASES, sizes, of)
    assert (a.shape, b.shape) == ((4,), (4,))
    assert (a > 0).all()
    assert (b > 0).all()
    level = a / b
    assert np.log(level[1:] / level[0]) == pytest.approx(RATIOS, rel=1e-11)
    part = 1.0 / a + {"odds": 1.0 / b, "risks": -1.0 / b, "rates": 0.0 * b}[of]
    assert part[0] + part[1:] == pytest.approx(variances, rel=1e-11)
    others = sizes - CASES if of == "odds" else sizes
    assert b[0] / b.sum() == pytest.approx(others[0] / others.sum(), rel=1e-11)
    assert b.sum() / a.sum() == pytest.approx(others.sum() / CASES.sum(), rel=1e-11)


@pytest.mark.parametrize("of", OF)
def test_crude_ratios_have_their_own_counts(of: Denominator) -> None:
    others = SIZES[of] - CASES if of == "odds" else SIZES[of]
    crude = np.log(CASES[1:] / others[1:]) - np.log(CASES[0] / others[0])
    part = 1.0 / CASES + {"odds": 1.0 / others, "risks": -1.0 / others, "rates": 0.0}[of]
    a, b = effective_counts(crude, part[0] + part[1:], CASES, SIZES[of], of)
    assert a == pytest.approx(CASES, rel=1e-10)
    assert b == pytest.approx(others, rel=1e-10)


@pytest.mark.parametrize("of", OF)
def test_a_reference_a_million_times_as_large_as_the_class_has_its_own_counts(of: Denominator) -> None:
    """Its part of the variance is then as small, and found to as many digits."""
    cases, others = np.array([3e7, 20.0]), np.array([9e8, 90.0])
    other_part = {"odds": 1.0 / others, "risks": -1.0 / others, "rates": np.zeros(2)}[of]
    part = 1.0 / cases + other_part
    crude = np.log(cases[1:] / others[1:]) - np.log(cases[0] / others[0])
    sizes = others + cases if of == "odds" else others
    a, b = effective_counts(crude, part[0] + part[1:], cases, sizes, of)
    assert a == pytest.approx(cases, rel=1e-7)
    assert b == pytest.approx(others, rel=1e-7)


@pytest.mark.parametrize("of", OF)
def test_one_class_beside_the_reference_is_enough(of: Denominator) -> None:
    a, b = effective_counts(RATIOS[2:], VARIANCES[2:], CASES[2:], SIZES[of][2:], of)
    assert np.log(a[1] / b[1]) - np.log(a[0] / b[0]) == pytest.approx(RATIOS[2], rel=1e-11)
    equal, _ = effective_counts(
        np.zeros(1), VARIANCES[:1], np.array([20.0, 20.0]), np.array([90.0, 90.0]), of
    )
    assert equal[0] == pytest.approx(equal[1], rel=1e-11)


@pytest.mark.parametrize(
    ("variances", "cases", "sizes", "of"),
    [
        ([0.0, 0.1, 0.1], CASES, SIZES["odds"], "odds"),
        ([-0.1, 0.1, 0.1], CASES, SIZES["rates"], "rates"),
        (VARIANCES, CASES, [0.0, 167.0, 186.0, 212.0], "rates"),
        (VARIANCES, np.zeros(4), SIZES["rates"], "rates"),
        (VARIANCES, np.zeros(4), SIZES["odds"], "odds"),
        (VARIANCES, SIZES["odds"], SIZES["odds"], "odds"),
        (VARIANCES, SIZES["risks"], SIZES["risks"], "risks"),
    ],
)
def test_what_is_no_table_is_refused(variances: Any, cases: Any, sizes: Any, of: Denominator) -> None:
    with pytest.raises(
        ValueError, match=r"^a class has nobody in it, or there are no cases or nothing else$"
    ):
        effective_counts(RATIOS, np.array(variances), np.array(cases), np.array(sizes), of)


@pytest.mark.parametrize("of", ["odds", "risks"])
def test_cases_may_be_all_persons_but_one(of: Denominator) -> None:
    """Still a table; whether it has a solution depends on the ratios."""
    cases = SIZES[of] - np.array([1.0, 0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r"^no counts have these ratios and variances$"):
        effective_counts(RATIOS, VARIANCES, cases, SIZES[of], of)


def test_rates_may_have_more_cases_than_person_time() -> None:
    a, b = effective_counts(RATIOS, VARIANCES, CASES, CASES, "rates")
    assert b.sum() == pytest.approx(a.sum(), rel=1e-11)
    fewer, time = effective_counts(RATIOS, VARIANCES, CASES, 0.01 * CASES, "rates")
    assert time.sum() == pytest.approx(0.01 * fewer.sum(), rel=1e-11)


def test_the_unit_of_time_changes_rates_and_no_case() -> None:
    a, b = effective_counts(RATIOS, VARIANCES, CASES, SIZES["rates"], "rates")
    in_seconds = 31_557_600.0 * SIZES["rates"]
    cases, seconds = effective_counts(RATIOS, VARIANCES, CASES, in_seconds, "rates")
    assert cases == pytest.approx(a, rel=1e-10)
    assert seconds == pytest.approx(31_557_600.0 * b, rel=1e-10)


@pytest.mark.parametrize("of", ["odds", "risks", "rates"])
def test_classes_without_an_effect_have_one_level_that_is_observed(of: Denominator) -> None:
    """Whatever the counts of each: 60 cases among 540 others, or 600 persons or years."""
    sizes = np.array([100.0, 300.0, 200.0])
    a, b = effective_counts(np.zeros(2), np.array([0.2, 0.3]), np.array([20.0, 10.0, 30.0]), sizes, of)
    assert a / b == pytest.approx(np.full(3, 60.0 / (540.0 if of == "odds" else 600.0)), rel=1e-8)
    others = sizes - [20.0, 10.0, 30.0] if of == "odds" else sizes
    assert b[0] / b.sum() == pytest.approx(others[0] / others.sum(), rel=1e-8)
