"""Tests of counts where roots and ends matter; metafor and base R are met in test_tables.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.zero_cells import tables
from synthesis.pooling.counts.count_tests import breslow_day, cochran_mantel_haenszel
from synthesis.pooling.counts.mantel_haenszel import mantel_haenszel

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "effect_sizes" / "counts.json").read_text()
)


def test_breslow_day_by_roots_found_otherwise() -> None:
    """Expected cells from mpmath's root of the odds ratio of a table with the study's margins."""
    data = tables(**REFERENCE["pooled_tables"]["berkeley"])
    odds_ratio = float(np.exp(mantel_haenszel(data).estimate[0]))
    total, distance, variance = mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0)
    for a, b, c, d in zip(*data.cells, strict=True):
        n1, n2, events = a + b, c + d, a + c
        low, high = max(0.0, events - n2), min(events, n1)

        def gap(x: Any, n1: float = n1, n2: float = n2, events: float = events) -> Any:
            return x * (n2 - events + x) - odds_ratio * (events - x) * (n1 - x)

        fitted = mpmath.findroot(gap, (low, high), solver="anderson", tol=1e-25)
        spread = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (events - fitted) + 1 / (n2 - events + fitted))
        total += (a - fitted) ** 2 / spread
        distance, variance = distance + a - fitted, variance + spread
    plain, adjusted = breslow_day(data, tarone=False), breslow_day(data)
    assert_allclose(plain.statistic, float(total), rtol=1e-10)
    assert_allclose(adjusted.statistic, float(total - distance**2 / variance), rtol=1e-10)
    assert plain.df == 5


def test_breslow_day_at_extreme_odds_ratios() -> None:
    """A table with the odds ratio in question fits itself, however far that is from one."""
    for a, b, c, d in (
        (1, 1_000_000, 1_000_000, 1),
        (1_000_000, 1, 1, 1_000_000),
        (3, 5, 7, 2),
        (4, 6, 2, 3),
        (8, 10, 5, 1),  # more events than the group with the larger odds has people
        (5, 1, 8, 10),
    ):
        odds_ratio = np.array([a * d / (b * c)])
        test = breslow_day(tables([a] * 2, [b] * 2, [c] * 2, [d] * 2), odds_ratio=odds_ratio, tarone=False)
        assert_allclose(test.statistic, 0.0, atol=1e-12)
        assert test.df == 1


@pytest.mark.parametrize("odds_ratio", [1e16, 1e8, 4.0, 1e-8, 1e-16])
def test_with_all_margins_alike_the_fitted_odds_are_the_root_of_the_odds_ratio(odds_ratio: float) -> None:
    """x / (10 - x) squared is the odds ratio of a table all of whose margins are ten."""
    root = np.sqrt(odds_ratio)
    fitted, rest = 10.0 * root / (1.0 + root), 10.0 / (1.0 + root)
    data = tables([5] * 2, [5] * 2, [5] * 2, [5] * 2)
    test = breslow_day(data, odds_ratio=np.array([odds_ratio]), tarone=False)
    assert_allclose(test.statistic, 2.0 * (5.0 - fitted) ** 2 * (2.0 / fitted + 2.0 / rest), rtol=1e-6)


def test_a_distance_below_one_half_is_corrected_to_nothing() -> None:
    data = tables(5, 5, 4, 5)
    assert cochran_mantel_haenszel(data).statistic == 0.0
    assert cochran_mantel_haenszel(data).p_value == 1.0
    assert cochran_mantel_haenszel(data, correct=False).statistic > 0.0


def test_one_study_has_one_odds_ratio_and_a_ratio_of_zero_no_test() -> None:
    one = breslow_day(tables(3, 5, 2, 4))
    assert [one.statistic.item(), one.df.item(), one.p_value.item()] == [0.0, 0.0, 1.0]
    for odds_ratio in (0.0, np.inf, np.nan):
        none = breslow_day(tables([3, 1], [5, 9], [2, 4], [4, 2]), odds_ratio=np.array([odds_ratio]))
        assert np.isnan([none.statistic, none.df, none.p_value]).all()
    nobody = breslow_day(tables([0, 0], [5, 9], [0, 0], [4, 2]), odds_ratio=np.array([1.0]))
    assert np.isnan([nobody.statistic, nobody.df, nobody.p_value]).all()


def test_with_a_ratio_of_one_events_are_expected_in_proportion() -> None:
    """Two tables of 20 in each group: 12 of 18 events where 9 are expected, and 5 of 10."""
    test = breslow_day(tables([12, 5], [8, 15], [6, 5], [14, 15]), odds_ratio=np.array([1.0]), tarone=False)
    variance = 1 / (2 / 9 + 2 / 11)
    assert_allclose(test.statistic, 9 / variance, rtol=1e-13)
    adjusted = breslow_day(tables([12, 5], [8, 15], [6, 5], [14, 15]), odds_ratio=np.array([1.0]))
    assert_allclose(adjusted.statistic, 9 / variance - 9 / (variance + 1 / (2 / 5 + 2 / 15)), rtol=1e-13)
