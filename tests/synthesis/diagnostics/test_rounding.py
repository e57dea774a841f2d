"""Draws inside rounding intervals: where they come from, and what they do to a pooled result."""

from typing import Any

import numpy as np
import pytest

from evidence.records.conversion import rounding_draws, to_analysis_scale
from evidence.records.effect import Effect
from synthesis import pool
from synthesis.diagnostics.rounding import Rounding, rounding

EFFECTS = [
    {"measure": "beta", "per": "1 g/dL", "estimate": "0.0079", "ci": ["0.002", "0.0135"]},
    {"measure": "OR", "estimate": "1.24", "ci": ["1.05", "1.46"]},
    {"measure": "MD", "estimate": "0.5", "se": "0.11"},
    {"measure": "beta", "per": "1 g/dL", "estimate": "0.50", "t": "2.31"},
    {"measure": "RR", "estimate": "0.80", "p": "0.031"},
    {"measure": "r", "estimate": "0.31"},
]


@pytest.mark.parametrize("given", EFFECTS)
def test_draws_lie_where_the_ends_of_the_rounding_intervals_put_them(given: dict[str, object]) -> None:
    effect = Effect.model_validate(given)
    yi, sei = rounding_draws(effect, 120, 4_000, np.random.default_rng(1))
    printed = to_analysis_scale(effect, 120)
    assert yi.shape == sei.shape == (4_000,)
    assert np.min(yi) < printed.yi < np.max(yi)
    assert np.ptp(yi) > 0
    assert np.median(yi) == pytest.approx(printed.yi, abs=0.05 * np.ptp(yi))
    assert np.median(sei) == pytest.approx(printed.sei, abs=0.05 * np.ptp(sei) + 1e-12)
    assert effect.estimate is not None
    assert np.ptp(yi) <= 1.2 * abs(
        to_analysis_scale(Effect.model_validate({**given, "estimate": str(effect.estimate.highest)}), 120).yi
        - to_analysis_scale(Effect.model_validate({**given, "estimate": str(effect.estimate.lowest)}), 120).yi
    )


def test_an_interval_that_rounding_may_turn_around_gives_nan_not_a_wrong_number() -> None:
    effect = Effect.model_validate({"measure": "OR", "estimate": "1.0", "ci": ["1.0", "1.0"]})
    _, sei = rounding_draws(effect, None, 2_000, np.random.default_rng(1))
    assert 800 < np.isnan(sei).sum() < 1_200
    assert (sei[~np.isnan(sei)] > 0).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    effect = Effect.model_validate(EFFECTS[0])
    first = rounding_draws(effect, None, 10, np.random.default_rng(1))
    again = rounding_draws(effect, None, 10, np.random.default_rng(1))
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()


def test_many_digits_do_not_matter_and_few_may() -> None:
    yi, sei = np.array([0.31, 0.28, 0.02]), np.array([0.12, 0.13, 0.14])
    rng = np.random.default_rng(2)
    fine = rounding(
        pool(yi, sei=sei, test="z"), yi + rng.uniform(-1e-6, 1e-6, (500, 3)), np.tile(sei, (500, 1))
    )
    coarse = rounding(
        pool(yi, sei=sei, test="z"), yi + rng.uniform(-0.05, 0.05, (500, 3)), np.tile(sei, (500, 1))
    )
    assert fine is not None
    assert coarse is not None
    assert not fine.matters
    assert coarse.matters
    assert coarse.estimate_range[0] <= coarse.estimate[0] < coarse.estimate[1] <= coarse.estimate_range[1]


def test_a_conclusion_on_the_brink_is_seen_to_flip() -> None:
    yi, sei = np.array([0.2, 0.2]), np.array([0.1442, 0.1442])  # z = 1.96 within rounding
    rng = np.random.default_rng(3)
    found = rounding(
        pool(yi, sei=sei, test="z"), yi + rng.uniform(-0.005, 0.005, (2_000, 2)), np.tile(sei, (2_000, 1))
    )
    assert found is not None
    assert 0.2 < found.flips < 0.8


def test_one_study_and_impossible_draws_have_no_answer() -> None:
    assert rounding(pool([0.1], [0.2]), np.zeros((5, 1)), np.ones((5, 1))) is None
    assert rounding(pool([0.1, 0.2], [0.2, 0.2]), np.zeros((4, 2)), np.full((4, 2), np.nan)) is None


def three_draws(yi: np.ndarray[Any, Any], null: float = 0.0) -> Rounding:
    found = rounding(
        pool([0.4, 0.4], [0.02, 0.02], method="EE", test="z"), yi, np.full((3, 2), 0.02**0.5), null
    )
    assert found is not None
    return found


def test_draws_in_numbers_by_hand() -> None:
    """Means of 0.3, 0.4 and 0.5 with se 0.1, so that intervals reach 0.196 to either side."""
    found = three_draws(np.array([[0.3, 0.3], [0.3, 0.5], [0.5, 0.5]]))
    assert (found.draws, found.unusable) == (3, 0)
    assert found.estimate_range == pytest.approx((0.3, 0.5))
    # 2.5 % of the way from the first to the third of three lies 5 % from the first to the second
    assert found.estimate == pytest.approx((0.305, 0.495))
    half = 1.959963984540054 * 0.1
    assert found.ci_low == pytest.approx((0.305 - half, 0.495 - half))
    assert found.ci_high == pytest.approx((0.305 + half, 0.495 + half))
    assert found.tau2 == (0.0, 0.0)
    assert (found.flips, found.matters) == (0.0, True)


@pytest.mark.parametrize(
    ("null", "flips"),
    [(0.0, 0.0), (0.15, 1 / 3), (0.25, 1 / 3), (0.4, 0.0), (0.55, 1 / 3), (0.65, 1 / 3), (0.9, 0.0)],
)
def test_a_flip_is_a_null_that_only_one_of_two_intervals_holds(null: float, flips: float) -> None:
    """Printed: 0.204 to 0.596; drawn: 0.104 to 0.496, the same, and 0.304 to 0.696."""
    found = three_draws(np.array([[0.3, 0.3], [0.3, 0.5], [0.5, 0.5]]), null)
    assert found.flips == pytest.approx(flips)
    assert found.matters


@pytest.mark.parametrize(("moved", "matters"), [(0.0195, False), (0.0197, True)])
def test_a_bound_that_moves_by_five_percent_of_the_width_matters(moved: float, matters: bool) -> None:
    """The width is 0.392, of which 5 % are 0.0196; the middle 95 % of three draws is 0.95 of them."""
    shift = moved / 0.95 / 2
    assert three_draws(np.array([[0.4] * 2, [0.4 + shift] * 2, [0.4 - shift] * 2])).matters == matters
    assert three_draws(np.array([[0.4] * 2, [0.4] * 2, [0.4] * 2])).flips == 0.0


def test_one_flip_of_three_matters_however_little_the_bounds_move() -> None:
    """The printed interval begins at 0.2040, one of those drawn at 0.2045: 0.1 % of the width."""
    yi = np.array([[0.4] * 2, [0.4005] * 2, [0.3995] * 2])
    found = three_draws(yi, 0.2042)
    assert found.flips == pytest.approx(1 / 3)
    assert found.matters
    assert not three_draws(yi).matters


def test_half_of_the_draws_have_to_be_usable() -> None:
    pooled, yi = pool([0.1, 0.2], [0.2, 0.2]), np.array([[0.1, 0.2], [0.1, 0.2], [np.nan, 0.2], [0.1, 0.2]])
    sei = np.array([[0.4, 0.4], [0.4, 0.4], [0.4, 0.4], [0.4, np.inf]])
    found = rounding(pooled, yi, sei)
    assert found is not None
    assert (found.draws, found.unusable) == (2, 2)
    assert found.estimate == pytest.approx((0.15, 0.15))
    sei[0, 1] = np.nan
    assert rounding(pooled, yi, sei) is None


def test_two_studies_and_half_of_the_draws_are_enough() -> None:
    yi, sei = np.array([[0.6, 0.1], [0.5, 0.1], [np.nan, 0.1], [0.6, np.inf]]), np.full((4, 2), 0.2)
    pooled = pool(yi[0], sei=sei[0])
    found = rounding(pooled, yi, sei)
    assert found is not None
    assert (found.draws, found.unusable) == (2, 2)
    assert rounding(pooled, yi[1:], sei[1:]) is None
    assert rounding(pool([0.6], [0.04]), yi[:, :1], sei[:, :1]) is None
