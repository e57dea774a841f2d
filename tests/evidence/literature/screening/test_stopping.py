"""The estimate of what is missed, against scipy's hypergeometric distribution and by simulation."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import hypergeom

from evidence.literature.screening.stopping import (
    StoppingEstimate,
    hypergeometric_cdf,
    p_of_missed,
    stopping_estimate,
)


def cdf(*each: int) -> float:
    (found,) = hypergeometric_cdf(*(np.array([number]) for number in each))
    return float(found)


def test_the_distribution_is_that_of_scipy_and_of_exact_fractions() -> None:
    compared = 0
    for population, marked, drawn in ((30, 7, 12), (200, 40, 90), (5000, 120, 4000), (100_000, 60, 50_000)):
        numbers = np.arange(0, min(marked, drawn), max(1, marked // 9))
        same = np.ones_like(numbers)
        several = hypergeometric_cdf(numbers, population * same, marked * same, drawn * same)
        for k, found in zip(numbers, several, strict=True):
            oracle = float(hypergeom.cdf(k, population, marked, drawn))
            assert found == pytest.approx(oracle, rel=1e-8, abs=1e-12)
            assert cdf(int(k), population, marked, drawn) == pytest.approx(found, rel=1e-12)
            if population <= 200:
                ways = sum(comb(marked, x) * comb(population - marked, drawn - x) for x in range(k + 1))
                assert found == pytest.approx(float(Fraction(ways, comb(population, drawn))), rel=1e-10)
            compared += 1
    assert compared == 37
    assert cdf(0, 10, 8, 5) == 0.0  # of ten with eight marked five cannot hold none
    assert cdf(5, 10, 8, 5) == pytest.approx(1.0, rel=1e-12)
    assert cdf(9, 10, 8, 5) <= 1.0


def test_p_is_the_smallest_over_all_points_that_the_paper_looks_back_to() -> None:
    rng = np.random.default_rng(5)
    compared = 0
    for of, screened, likely in ((50, 20, 0.3), (200, 150, 0.1), (80, 80, 0.2), (300, 90, 0.02)):
        kept = rng.random(screened) < likely * np.linspace(2, 0, screened)
        found = int(kept.sum())
        for missed in (1, 2, 5):
            if missed > of - screened:
                assert p_of_missed(kept, of, missed) == 0.0
                continue
            every = [
                hypergeom.cdf(int(kept[i:].sum()), of - i, int(kept[i:].sum()) + missed, screened - i)
                for i in range(screened + 1)
            ]
            assert p_of_missed(kept, of, missed) == pytest.approx(float(min(every)), rel=1e-9)
            # the paper's K is floor(seen / target - seen before + 1), for the target that so many missed fail
            target = (found / (found + missed) + found / (found + missed - 1)) / 2 if found else 1.0
            for i in range(0, screened, 17):
                before = int(kept[:i].sum())
                if found:
                    assert int(np.floor(found / target - before + 1)) == int(kept[i:].sum()) + missed
            compared += 1
    assert compared == 9


def test_an_estimate_holds_the_largest_number_missed_that_is_not_rejected() -> None:
    kept = [True] * 10 + [False, True] * 5 + [False] * 60
    found = stopping_estimate(kept, 200)
    assert found is not None
    assert (found.of, found.screened, found.found) == (200, 80, 15)
    assert p_of_missed(kept, 200, found.missed_at_most) > 0.05
    assert p_of_missed(kept, 200, found.missed_at_most + 1) <= 0.05
    assert found.recall_at_least == 15 / (15 + found.missed_at_most)
    assert found.p == p_of_missed(kept, 200, 1)  # 15 of 16 are fewer than 95 %


@pytest.mark.parametrize(("found", "least"), [(19, 2), (18, 1), (38, 3), (1, 1), (95, 6), (94, 5)])
def test_the_tested_number_is_the_first_that_fails_95_percent(found: int, least: int) -> None:
    kept = [True] * found + [False] * 50
    estimate = stopping_estimate(kept, found + 150)
    assert estimate is not None
    assert estimate.p == p_of_missed(kept, found + 150, least)
    assert found < Fraction(95, 100) * (found + least)
    assert found >= Fraction(95, 100) * (found + least - 1)


def test_where_everything_is_screened_nothing_is_missed() -> None:
    assert stopping_estimate([True, False, True], 3) == StoppingEstimate(3, 3, 2, 0.0, 0)
    assert stopping_estimate([True] * 100, 100) == StoppingEstimate(100, 100, 100, 0.0, 0)


def test_where_nothing_was_kept_there_is_no_estimate() -> None:
    assert stopping_estimate([], 10) is None
    assert stopping_estimate([False] * 5, 10) is None


def test_hundreds_of_relevant_ones_are_looked_at_from_a_hundred_points_with_both_ends() -> None:
    for kept, least in ((np.tile([*[False] * 19, True], 200), 0), (np.tile([True, False], 2_000), 2_000)):
        found = int(kept.sum())
        every = [
            hypergeom.cdf(found - n, 5_000 - i, found - n + 100, 4_000 - i)
            for n, i in enumerate([0, *(np.flatnonzero(kept) + 1)])
        ]
        assert int(np.argmin(every)) == least
        assert p_of_missed(kept, 5_000, 100) == pytest.approx(every[least], rel=1e-8)


def test_the_words_say_that_it_is_an_estimate() -> None:
    assert str(StoppingEstimate(1_340, 120, 14, 0.2134, 3)) == (
        "120 of 1,340 screened, 14 kept. An estimate, no permission to stop: at most 3 relevant ones left, a "
        "recall of 82% or more (one-sided 95% bounds); p = 0.21 for a recall below 95% (Callaghan and "
        "Müller-Hansen 2020, as if what came last had come by chance)."
    )
    assert "at most 1 relevant one left" in str(StoppingEstimate(10, 5, 1, 0.5, 1))


def missed_more(rng: np.random.Generator, of: int, relevant: int, screened: int, bias: float) -> bool:
    """Whether a bound is wrong after screening so many in an order in which likely ones come first."""
    truth = np.zeros(of, dtype=bool)
    truth[:relevant] = True
    scores = rng.normal(size=of) + bias * truth
    kept = truth[np.argsort(-scores)][:screened]
    estimate = stopping_estimate(kept, of, ranked=bias > 0)
    return estimate is not None and relevant - int(kept.sum()) > estimate.missed_at_most


@pytest.mark.parametrize("times", [60, pytest.param(1_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0, 2.0])
def test_the_bound_is_wrong_in_at_most_five_of_a_hundred_by_chance_and_in_ranked_orders(
    bias: float, times: int
) -> None:
    rng = np.random.default_rng(11)
    wrong = [missed_more(rng, 400, 30, screened, bias) for screened in (120, 200, 280) for _ in range(times)]
    assert len(wrong) == 3 * times
    assert np.mean(wrong) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / len(wrong))
    assert bias > 0 or np.mean(wrong) > 0.005  # by chance the bound is no wider than it must be


def test_an_order_by_chance_is_one_sample() -> None:
    kept = [False, True, False, False, True, *[False] * 15]
    found = stopping_estimate(kept, 60, ranked=False)
    assert found is not None
    ps = {missed: float(hypergeom.cdf(2, 60, 2 + missed, 20)) for missed in range(41)}
    assert found.p == pytest.approx(ps[1], rel=1e-12)
    assert found.missed_at_most == max(missed for missed, p in ps.items() if p > 0.05)
    assert str(found).endswith("as if all had come by chance).")
