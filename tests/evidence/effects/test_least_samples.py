"""The smallest samples that each formula takes, how near zero a mean may be, and what no effect is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evidence.effects.absolute import NumberNeeded
from evidence.effects.columns import FISHER_Z, IDENTITY, LOG, LOGIT, EffectSizes
from evidence.effects.conversions import (
    d_from_f,
    d_from_p,
    d_from_t,
    d_to_point_biserial,
    d_to_r,
    log_odds_ratio_from_chi2,
    per_sd,
    per_units,
    point_biserial_to_d,
    r_to_d,
)
from evidence.effects.correlations import (
    alpha,
    alpha_bonett,
    alpha_hakstian_whalen,
    correlation,
    fisher_z,
    partial_correlation,
    partial_fisher_z,
    semi_partial_correlation,
    semi_partial_fisher_z,
    unbiased_correlation_coefficient,
)
from evidence.effects.paired import change_against_control
from evidence.effects.person_time import PERSON_TIME_MEASURES
from evidence.effects.ratios import geary, log_ratio_of_means


@pytest.mark.parametrize(
    "found",
    [
        *(
            convert(0.5, 0.1, [1, 2, 1, 0, 5], [2, 1, 1, 5, 0])
            for convert in (d_to_r, d_to_point_biserial, r_to_d, point_biserial_to_d)
        ),
        correlation([0.5, 0.5, 0.5, 1.0, -1.0], [2, 3, 1, 9, 9]),
        fisher_z([0.5, 0.5, 0.5, 1.0, -1.0], [4, 5, 3, 9, 9]),
        unbiased_correlation_coefficient([0.5, 0.5, 0.5, 1.0, -1.0], [5, 6, 4, 9, 9]),
        # A predictor, and a degree of freedom; two for the variance of z.
        partial_correlation(0.5, [3, 4, 2, 9, 3], [1, 2, 1, 0, 2]),
        partial_fisher_z(0.5, [4, 5, 3, 9, 4], [1, 2, 1, 0, 2]),
        semi_partial_correlation(0.4, [3, 4, 2, 9, 3], [1, 2, 1, 0, 2], 0.9),
        semi_partial_fisher_z(0.4, [3, 4, 2, 9, 3], [1, 2, 1, 0, 2], 0.9),
        semi_partial_correlation([0.0, 0.5, 0.0, 0.0, 0.6], 3, 1, [0.1, 0.21, 0.0, 1.0, 0.2]),
        *(
            coefficient([0.5, 0.5, 0.5, 0.5, 1.0], [2, 3, 1, 2, 5], [3, 3, 3, 2, 9])
            for coefficient in (alpha, alpha_hakstian_whalen, alpha_bonett)
        ),
        # Two in each group and three degrees of freedom.
        change_against_control(1, 2, 1, [2, 3, 1, 4, 2], 1, 1, 1, [3, 2, 4, 1, 2], 0.5),
    ],
    ids=lambda found: found.measure,
)
def test_the_smallest_samples_count_and_smaller_ones_are_undefined(found: EffectSizes) -> None:
    assert found.defined.tolist() == [True, True, False, False, False]
    assert [bool(note) for note in found.notes] == [False, False, True, True, True]


def test_a_statistic_of_two_groups_needs_a_person_in_each() -> None:
    """Of one and of two people the square root of 1 + 1/2 times t."""
    sizes = [1, 2, 0, 1], [2, 1, 2, 0]
    assert d_from_t(2, *sizes) == pytest.approx([math.sqrt(6)] * 2 + [math.nan] * 2, nan_ok=True)
    assert d_from_f(4, *sizes, -1) == pytest.approx([-math.sqrt(6)] * 2 + [math.nan] * 2, nan_ok=True)
    # The t of one degree of freedom with a two-sided p of one half is one.
    assert d_from_p([0.5, 1.0, 1.01, 0.0], 1, 2, 1) == pytest.approx(
        [math.sqrt(1.5), 0.0, math.nan, math.nan], abs=1e-12, nan_ok=True
    )


def test_too_many_predictors_for_a_sample_are_said_to_be_so() -> None:
    """Three predictors and the intercept leave n - 4 degrees of freedom: one is enough, for z two are."""
    says = "the sample is too small for so many predictors"
    for found, least in (
        (partial_correlation(0.5, [4, 5, 6], 3), 5),
        (partial_fisher_z(0.5, [4, 5, 6], 3), 6),
        (semi_partial_correlation(0.4, [4, 5, 6], 3, 0.9), 5),
        (semi_partial_fisher_z(0.4, [4, 5, 6], 3, 0.9), 5),
    ):
        assert [says in note for note in found.notes] == [n < least for n in (4, 5, 6)]
        assert found.defined.tolist() == [n >= least for n in (4, 5, 6)]


def test_two_people_are_enough_for_the_error_of_an_sd() -> None:
    """Of two the variance is 2^2 (0.01 + 0.3^2 / 2); one person has no SD."""
    found = per_sd(0.3, 0.01, 2, [1, 2, 3])
    assert found.defined.tolist() == [False, True, True]
    assert found.notes == ("the sample is smaller than 2", "", "")
    assert found.vi[1:] == pytest.approx([0.22, 0.13], rel=1e-14)
    for b, v, s, says in (
        (np.nan, 0.01, 2.0, "missing"),
        (0.3, 0.0, 2.0, "the variance"),
        (0.3, 0.01, 0.0, "the SD"),
    ):
        for n in (None, 9):
            assert says in per_sd(b, v, s, n).notes[0], (says, n)


def test_no_effect_is_nought_or_a_ratio_of_one() -> None:
    assert [scale.null for scale in (IDENTITY, LOG, FISHER_Z, LOGIT)] == [0.0, 1.0, 0.0, None]
    found = {name: measure.scale.null for name, measure in PERSON_TIME_MEASURES.items()}
    assert found == {"IRR": 1.0, "IRD": 0.0, "IRSD": 0.0}


def test_a_mean_within_three_standard_errors_of_zero_is_told() -> None:
    """Of 4 people it is mean / SD times 4 * 8 / 17, and 3 where mean / SD is 1.59375."""
    assert geary(np.array([2.0]), np.array([4.0]), np.array([4.0])) == pytest.approx(16 / 17)
    near, far = ([1.59, 1.59375, 1.6], 1.0, 4), (9.0, 1.0, 4)
    for found in (log_ratio_of_means(*near, *far), log_ratio_of_means(*far, *near)):
        assert found.defined.all()
        assert ["3 standard errors" in note for note in found.notes] == [True, False, False]


def test_more_of_an_exposure_is_on_the_scale_of_its_slope() -> None:
    assert per_units(0.2, 0.01, 10).scale is IDENTITY
    assert per_units(0.2, 0.01, 10, scale=LOG).scale is LOG
    assert per_units(0.2, 0.01, 10, scale="log").scale is LOG


def test_a_table_that_cannot_be_leaves_the_others_alone() -> None:
    """Of 20 and 20 persons with 10 events, a chi2 of 39 would need fewer than no events."""
    found = log_odds_ratio_from_chi2([1.2, 39.0], 20, 20, 10, 1)
    assert found.defined.tolist() == [True, False]
    assert found.notes[1].startswith("no 2x2 table")


def test_risk_differences_of_one_are_the_largest() -> None:
    assert NumberNeeded(-1.0, -1.0, 1.0).number == 1.0
    assert NumberNeeded(1.0, -1.0, 1.0).number == 1.0
    for rd, low, high in ((0.0, -1.01, 1.0), (0.0, -1.0, 1.01), (0.5, 0.6, 1.0), (0.5, 0.0, 0.4)):
        with pytest.raises(ValueError, match="expected -1 <= low <= rd <= high <= 1"):
            NumberNeeded(rd, low, high)
