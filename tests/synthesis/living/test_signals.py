"""Each signal speaks at its bound and is silent just below it, in a sentence with its source."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evidence.records.review import SHIPPED, load_review
from synthesis.living.movement import MovedResult
from synthesis.living.signals import (
    BORDERLINE,
    MOST_LEFT_OUT,
    RELATIVE_CHANGE,
    SUBSTANTIAL_I2,
    all_signals,
    deciding,
    signals,
)
from synthesis.living.summaries import Summary
from synthesis.pooled import Pooled, pool
from tests.synthesis.living.reviews import study
from tests.synthesis.living.test_movement import GROUPS, movement

BASE = pool([0.30, 0.32, 0.34, 0.36], sei=[0.1, 0.1, 0.1, 0.1])
ANALYSIS = load_review(SHIPPED).review.analyses[0]


def summary(pooled: Pooled | None, log: bool = False, null: float | None = 0.0) -> Summary:
    if pooled is None:
        return Summary(0, None, 2, log, None, null)
    numbers = (pooled.estimate, pooled.ci_low, pooled.ci_high)
    if log:
        numbers = (math.exp(numbers[0]), math.exp(numbers[1]), math.exp(numbers[2]))
    return Summary(pooled.k, numbers, 2, log, pooled, null, None, pooled.level)


def told(before: Summary, after: Summary) -> dict[str, str]:
    return {each.kind: each.words for each in signals(MovedResult(ANALYSIS, "Hip", before, after))}


def with_(**numbers: float) -> Summary:
    return summary(replace(BASE, **numbers))  # type: ignore[arg-type]  # each of them is a number


def test_the_published_criteria_have_their_published_values() -> None:
    assert (RELATIVE_CHANGE, BORDERLINE, SUBSTANTIAL_I2) == (0.5, (0.04, 0.06), 50.0)


def test_a_result_that_stays_as_it_is_gives_no_signal() -> None:
    assert told(summary(BASE), summary(BASE)) == {}


@pytest.mark.parametrize(
    ("before", "after", "signal"),
    [
        (0.03, 0.07, True),
        (0.07, 0.03, True),
        (0.04, 0.06, False),  # both within the borderline, whose ends belong to it
        (0.06, 0.04, False),
        (0.0399, 0.06, True),
        (0.04, 0.0601, True),
        (0.049, 0.051, False),
        (0.03, 0.05, True),  # a p-value at the level is not below it
        (0.03, 0.0499, False),
        (0.07, 0.06, False),
    ],
)
def test_significance_that_turns_is_a_signal_unless_both_p_values_are_borderline(
    before: float, after: float, signal: bool
) -> None:
    found = told(with_(p_value=before), with_(p_value=after))
    assert ("significance" in found) == signal
    if signal:
        turned = "is now significant" if after < 0.05 else "is no longer significant"
        assert found["significance"].startswith(f"Hip: the result {turned}: p = ")
        assert found["significance"].endswith("(Shojania 2007)")


@pytest.mark.parametrize(
    ("before", "after", "signal"),
    [(0.008, 0.012, False), (0.0079, 0.012, True), (0.008, 0.0121, True), (0.04, 0.06, False)],
)
def test_at_another_level_the_borderline_lies_around_that_level(
    before: float, after: float, signal: bool
) -> None:
    a, b = with_(p_value=before, level=0.99), with_(p_value=after, level=0.99)
    assert ("significance" in told(a, b)) == signal


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        (0.2, 0.3, "50"),
        (0.2, 0.1, "50"),
        (0.2, 0.2999, None),
        (0.2, 0.1001, None),
        (-0.2, -0.3, "50"),
        (0.2, -0.2, "200"),
        (0.0, 0.5, None),  # of nothing there is no share
    ],
)
def test_an_effect_that_changes_by_half_is_a_signal(old: float, new: float, share: str | None) -> None:
    found = told(with_(estimate=old), with_(estimate=new)).get("magnitude")
    if share is None:
        assert found is None
    else:
        assert found is not None
        assert f"the effect changed by {share} % of what it was" in found


def test_a_change_of_half_within_the_old_interval_says_so() -> None:
    within, beyond = (
        with_(estimate=0.2, ci_low=0.05, ci_high=0.3),
        with_(estimate=0.2, ci_low=0.1, ci_high=0.29),
    )
    assert "within the old interval" in told(within, with_(estimate=0.3))["magnitude"]
    assert "within the old interval" not in told(beyond, with_(estimate=0.3))["magnitude"]


def test_a_ratio_changes_on_the_scale_of_its_logarithm() -> None:
    old, new = replace(BASE, estimate=0.2), replace(BASE, estimate=0.31)
    assert (
        "the log ratio changed by 55 %" in told(summary(old, log=True), summary(new, log=True))["magnitude"]
    )


def test_without_a_value_of_no_effect_only_magnitude_and_heterogeneity_are_asked() -> None:
    numbers = {"p_value": 0.9, "estimate": -0.3, "prediction_low": -1.0, "prediction_high": 1.0, "I2": 80.0}
    before = replace(summary(BASE, null=None), numbers=(0.2, 0.1, 0.3))
    after = replace(summary(replace(BASE, **numbers), null=None), numbers=(0.31, 0.2, 0.4))  # type: ignore[arg-type]
    assert list(told(before, after)) == ["magnitude", "heterogeneity"]


@pytest.mark.parametrize(("old", "new", "signal"), [(0.1, -0.1, True), (-0.1, 0.1, True), (0.1, 0.0, False)])
def test_an_estimate_on_the_other_side_of_no_effect_is_a_signal(old: float, new: float, signal: bool) -> None:
    assert ("sign" in told(with_(estimate=old), with_(estimate=new))) == signal


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ((0.01, 1.0), (-0.01, 1.0), "now includes no effect"),
        ((0.01, 1.0), (0.0, 1.0), "now includes no effect"),
        ((-0.01, 1.0), (0.01, 1.0), "no longer includes no effect"),
        ((-1.0, 0.0), (-1.0, -0.01), "no longer includes no effect"),
        ((0.01, 1.0), (0.02, 1.0), None),
        ((float("nan"), float("nan")), (-0.01, 1.0), None),
        ((0.01, 1.0), (float("nan"), float("nan")), None),
    ],
)
def test_a_prediction_interval_that_reaches_no_effect_is_a_signal(
    old: tuple[float, float], new: tuple[float, float], words: str | None
) -> None:
    before, after = (with_(prediction_low=low, prediction_high=high) for low, high in (old, new))
    found = told(before, after).get("prediction")
    assert found is None if words is None else found == f"Hip: the prediction interval {words} (IntHout 2016)"


@pytest.mark.parametrize(
    ("old", "new", "signal"),
    [
        (49.9, 50.0, True),
        (50.0, 60.0, False),
        (0.0, 49.9, False),
        (80.0, 40.0, False),
        (float("nan"), 50.0, True),
    ],
)
def test_heterogeneity_that_may_now_be_substantial_is_a_signal(old: float, new: float, signal: bool) -> None:
    assert ("heterogeneity" in told(with_(I2=old), with_(I2=new))) == signal


# Four studies that agree, and one that makes the difference: without it, not significant by the z test.
STEADY = pool([0.30, 0.32, 0.34, 0.36], sei=[0.1] * 4, method="EE", test="z")
CARRIED = pool([0.02, 0.03, 0.04, 0.60], sei=[0.1] * 4, slab=["a", "b", "c", "big"], method="EE", test="z")


def test_one_study_that_decides_is_named_and_two_are_counted() -> None:
    assert deciding(STEADY) == []
    assert deciding(CARRIED) == ["big"]  # mean of the others 0.03, standard error 0.058
    found = told(summary(STEADY), summary(CARRIED))["leave-one-out"]
    assert "the result is significant, and without big it is the opposite" in found
    assert "leave-one-out" not in told(summary(CARRIED), summary(CARRIED))
    assert "leave-one-out" not in told(summary(CARRIED), summary(STEADY))
    yi = [0.3, 0.3, 0.3, -0.45]
    hindered = pool(yi, sei=[0.15, 0.15, 0.15, 0.15], slab=list("abcd"), method="EE", test="z")
    assert deciding(hindered) == ["d"]  # the mean 0.11 with 0.075; without d 0.3 with 0.087
    pair = pool([0.2, 0.2, 0.0], sei=[0.1, 0.1, 0.1], slab=list("abc"), method="EE", test="z")
    assert deciding(pair) == ["a", "b"]  # 0.133 with 0.058; without either 0.1 with 0.071
    says = told(summary(STEADY), summary(pair))["leave-one-out"]
    assert "the result is significant, and without a or b it is the opposite" in says


def test_more_than_three_that_decide_are_counted() -> None:
    even = pool([0.1] * 4, sei=[0.1] * 4, slab=list("abcd"), method="EE", test="z")
    assert deciding(even) == list("abcd")  # 0.1 with 0.05; without one, with 0.058
    assert "without any of 4 studies it" in told(summary(STEADY), summary(even))["leave-one-out"]


def test_two_studies_decide_nothing_by_being_left_out_and_very_many_are_not_asked() -> None:
    assert deciding(pool([0.0, 0.6], sei=[0.1, 0.1], method="EE", test="z")) == []
    many = pool([0.001] * MOST_LEFT_OUT + [0.6], sei=[0.3] * MOST_LEFT_OUT + [0.03], method="EE", test="z")
    assert deciding(many) == []
    assert deciding(pool(many.yi[1:], vi=many.vi[1:], method="EE", test="z")) == [f"study {MOST_LEFT_OUT}"]


def test_a_result_that_has_nothing_left_says_so_and_a_new_one_nothing() -> None:
    assert told(summary(BASE), summary(None)) == {"nothing left": "Hip: nothing is left to pool"}
    assert told(summary(None), summary(BASE)) == {}


def test_the_difference_of_groups_that_turns_is_a_signal() -> None:
    def differing(spine: str) -> dict[str, str]:
        hips = {f"h{i}": study(f"h{i}", f"0.{i}0") for i in (1, 2, 3)}
        return {**hips, **{f"s{i}": study(f"s{i}", f"{spine}{i}", site="spine") for i in (1, 2, 3)}}

    near, far = differing("0.2"), differing("2.2")
    found = {each.kind: each.words for each in all_signals(movement(near, far, GROUPS, GROUPS))}
    assert found["difference"].startswith("Hip: the groups now differ: p = ")
    back = {each.kind: each.words for each in all_signals(movement(far, near, GROUPS, GROUPS))}
    assert back["difference"].startswith("Hip: the groups differ no longer: p ")
    assert "difference" not in {each.kind for each in all_signals(movement(near, near, GROUPS, GROUPS))}
    alone = {name: text for name, text in near.items() if name[0] == "h"}
    assert "difference" not in {each.kind for each in all_signals(movement(alone, far, GROUPS, GROUPS))}
