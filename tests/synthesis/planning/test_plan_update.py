"""How many more studies: simulated updates are what `pool` gives, and agree with closed forms."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.planning.new_studies import NewStudies, for_updates, mean_and_error
from synthesis.planning.plan_update_api import PlannedUpdate

YI, SEI = [0.30, -0.10, 0.20, 0.45], [0.2, 0.3, 0.15, 0.25]


def pooled(**choices: Any) -> synthesis.Pooled:
    return synthesis.pool(YI, sei=SEI, slab=[*"abcd"], **choices)


@pytest.mark.parametrize(
    "choices",
    [{}, {"method": "DL", "test": "z"}, {"method": "PM", "test": "adhoc", "level": 0.9}, {"method": "EE"}],
    ids=str,
)
def test_an_update_is_the_pool_of_old_and_new_studies(choices: dict[str, Any]) -> None:
    result = pooled(**choices)
    new = NewStudies.drawn(result, 0.2, 0.1, 0.04, 3, 6, 5)
    of = ["mean"] if result.method == "EE" else ["mean", "prediction"]
    compared = 0
    for which in of:
        for more in (0, 1, 3):
            updated = new.update(0.2, more, which)
            found = new.mean + 0.2 * new.between[:, :more] + 0.2 * new.within[:, :more]
            for at in range(6):
                again = synthesis.pool([*YI, *found[at]], sei=[*SEI, *[0.2] * more], **choices)
                ends = (again.ci_low, again.ci_high)
                if which == "prediction":
                    ends = (again.prediction_low, again.prediction_high)
                assert_allclose((updated.low[at], updated.high[at]), ends, rtol=1e-9, atol=1e-12)
                compared += 1
    assert compared == 18 * len(of)


def test_new_studies_vary_by_tau2_and_their_mean_by_its_own_error() -> None:
    new = NewStudies.drawn(pooled(), 3.0, 0.5, 0.04, 2, 40_000, 1)
    assert_allclose((new.mean.mean(), new.mean.std()), (3.0, 0.5), atol=0.012)
    for draws in (new.between, new.within):
        assert_allclose((draws.mean(), draws.std()), (0.0, 1.0), atol=0.02)
    assert abs(np.corrcoef(new.between[:, 0], new.within[:, 0])[0, 1]) < 0.02


def test_under_equal_effects_widths_are_those_of_the_closed_form_and_powers_within_monte_carlo_error() -> (
    None
):
    result, compared = pooled(method="EE"), 0
    for effect in (0.15, -0.15):
        size = synthesis.plan_update(result, effect=effect, sei=0.3, draws=2_000).sizes[0]
        assert np.all(size.width_error == 0.0)
        information = sum(1 / s**2 for s in SEI) + size.more / 0.09
        assert_allclose(size.width, 2 * 1.959963984540054 / np.sqrt(information), rtol=1e-12)
        apart = np.abs(size.share - size.known_tau2)
        assert np.all(apart <= 4.0 * np.maximum(size.share_error, 0.05 / math.sqrt(2_000)))
        compared += size.more.size
    assert compared > 40


def test_random_effects_approach_the_closed_form_when_tau2_is_well_known() -> None:
    rng = np.random.default_rng(3)
    result = synthesis.pool(rng.normal(0.0, 0.3, 300), vi=np.full(300, 0.02), test="z")
    size = synthesis.plan_update(result, width=0.01, sei=0.1, most=4, draws=50).sizes[0]
    assert_allclose(size.width, size.known_tau2, rtol=2e-3)


@pytest.mark.parametrize("goal", [{"width": 0.25}, {"effect": 0.2}, {"effect": -0.5, "power": 0.6}], ids=str)
def test_the_number_needed_is_the_first_that_meets_the_goal(goal: dict[str, Any]) -> None:
    """And its ends are the first that meet it by two Monte Carlo errors more, or less."""
    found = synthesis.plan_update(pooled(), **goal, sei=0.15, draws=30)
    size, more = found.sizes[0], found.sizes[0].more.tolist()
    for needed, errors in ((size.needed, 0), (size.needed_low, -2), (size.needed_high, 2)):
        at = more.index(needed)
        assert more[at - 1] == needed - 1
        if "width" in goal:
            met = size.width + errors * size.width_error <= 0.25
        else:
            met = size.share - errors * size.share_error >= found.target
        assert met[at]
        assert not met[:at].any()
    assert size.needed_low <= size.needed <= size.needed_high
    assert size.needed_low < size.needed_high


def test_up_to_twelve_new_studies_all_numbers_are_tried_and_above_steps_of_an_eighth() -> None:
    never = synthesis.plan_update(pooled(), width=0.01, sei=0.2, most=25, draws=2).sizes[0]
    assert never.more.tolist() == [*range(13), 14, 16, 18, 21, 24, 25]


def test_a_share_for_a_width_is_that_of_the_updates_which_are_at_most_so_wide() -> None:
    equal = synthesis.plan_update(pooled(method="EE"), width=0.3, sei=0.3, draws=2).sizes[0]
    assert np.array_equal(equal.share, equal.width <= 0.3)
    assert 0.0 < equal.share.mean() < 1.0
    size = synthesis.plan_update(pooled(), width=0.3, sei=0.15, tau2=0.04, draws=50, most=6).sizes[0]
    new, compared = NewStudies.drawn(pooled(), pooled().estimate, 0.0, 0.04, 6, 50, 1), 0
    for more, share, error in zip(size.more, size.share, size.share_error, strict=True):
        updated = new.update(0.15, int(more))
        assert share == np.mean(updated.high - updated.low <= 0.3)
        assert error == pytest.approx(math.sqrt(share * (1.0 - share) / 50), rel=1e-14)
        compared += 0.0 < share < 1.0
    assert compared >= 4


def test_a_goal_that_is_met_needs_no_study() -> None:
    result = pooled(method="EE")
    now = result.ci_high - result.ci_low
    assert synthesis.plan_update(result, width=now).sizes[0].needed == 0
    assert synthesis.plan_update(result, width=now * (1 - 1e-6)).sizes[0].needed == 1
    sure = synthesis.plan_update(result, effect=1.0, null=result.ci_low - 1e-9)
    assert sure.sizes[0].needed == 0
    assert "None: the interval of the 4 studies there are excludes the null already." in str(sure)


def test_no_number_of_studies_makes_a_prediction_interval_narrower_than_two_z_tau() -> None:
    floor = 2 * 1.959963984540054 * 0.2
    never, some = (
        synthesis.plan_update(pooled(), width=width, of="prediction", tau2=0.04, draws=20).sizes[0]
        for width in (floor * (1 - 1e-9), floor * (1 + 1e-9))
    )
    assert (never.never, some.never) == (True, False)
    assert never.by_closed_form == math.inf
    assert math.isnan(some.by_closed_form)
    text = str(synthesis.plan_update(pooled(), width=0.1, of="prediction", tau2=0.04, draws=20))
    assert "No number of studies" in text
    assert "does not become narrower than 0.784." in text


def test_where_more_are_needed_than_are_tried_the_closed_form_says_how_many() -> None:
    found = synthesis.plan_update(pooled(), width=0.02, sei=0.1, most=3, draws=20, tau2=0.01)
    size = found.sizes[0]
    assert size.needed == size.needed_low == size.needed_high == math.inf
    assert size.more.tolist() == [0, 1, 2, 3]
    lacking = (2 * 1.959963984540054 / 0.02) ** 2 - sum(1 / (s * s + 0.01) for s in SEI)
    assert size.by_closed_form == math.ceil(lacking * 0.02)
    assert size.at_least == math.ceil(lacking * 0.01)
    assert (
        f"More than 3 studies with a standard error of 0.1; by the closed form {size.by_closed_form:,.0f}"
        in str(found)
    )


def test_n_persons_become_a_standard_error_by_those_of_the_result() -> None:
    ni = [100, 50, 400, 80]
    unit = float(np.median([s * math.sqrt(n) for s, n in zip(SEI, ni, strict=True)]))
    found = synthesis.plan_update(pooled(), width=0.3, n=[200, 800], ni=ni, draws=10, most=2)
    assert_allclose([size.sei for size in found.sizes], [unit / math.sqrt(200), unit / math.sqrt(800)])
    by_label = pd.Series([80, 400, 50, 100], index=["d", "c", "b", "a"])
    again = synthesis.plan_update(pooled(), width=0.3, n=200, ni=by_label, draws=10, most=2)
    assert again.sizes[0].sei == found.sizes[0].sei
    assert synthesis.plan_update(pooled(), width=0.3, draws=10, most=2).sizes[0].sei == np.median(SEI)


def test_one_study_is_planned_for_with_a_stated_tau2() -> None:
    one = synthesis.pool([0.3], sei=[0.2])
    found = synthesis.plan_update(one, width=0.5, sei=0.2, tau2=0.01, draws=100)
    assert found.k == 1
    assert found.sizes[0].needed >= found.sizes[0].at_least == 1
    assert found.pooled_by == "Random effects: method REML, test HKSJ, the usual one."
    new = NewStudies.drawn(for_updates(one)[0], 0.3, 0.0, 0.01, 2, 3, 1)
    updated = new.update(0.2, 2)
    for at in range(3):
        again = synthesis.pool([0.3, *(0.3 + 0.1 * new.between[at] + 0.2 * new.within[at])], sei=[0.2] * 3)
        assert_allclose((updated.low[at], updated.high[at]), (again.ci_low, again.ci_high), rtol=1e-9)
    for choices in ({"method": "EE"}, {"method": "DL", "test": "z", "weights": "fixed"}):
        kept = synthesis.pool([0.3], sei=[0.2], **choices)  # type: ignore[arg-type]
        assert for_updates(kept) == (kept, kept.method_sentence)


def test_the_seed_decides_the_draws() -> None:
    first, again, other = (
        synthesis.plan_update(pooled(), width=0.3, draws=50, most=3, seed=seed).sizes[0].width[1]
        for seed in (1, 1, 2)
    )
    assert first == again != other


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no goal": ({}, "expected either width"),
    "two goals": ({"width": 0.1, "effect": 0.2}, "not both"),
    "no width": ({"width": 0.0}, r"width is 0; expected a number above zero"),
    "a width below zero": ({"width": -1}, "width is -1"),
    "a width of text": ({"width": "x"}, "width is 'x'; expected a finite number"),
    "the null": ({"effect": 0.5, "null": 0.5}, r"effect is 0\.5, the null itself"),
    "power of one": ({"effect": 0.5, "power": 1.0}, "power is 1; expected a fraction"),
    "power of nothing": ({"effect": 0.5, "power": 0.0}, "power is 0; expected a fraction"),
    "power in percent": ({"effect": 0.5, "power": 80}, "power is 80; expected a fraction"),
    "power of prediction": ({"effect": 0.5, "of": "prediction"}, "power is that of the test of the mean"),
    "another interval": ({"width": 0.5, "of": "median"}, "unknown of 'median'"),
    "sei and n": ({"width": 0.5, "sei": 1, "n": 5}, "either sei, or n with ni"),
    "n alone": ({"width": 0.5, "n": 5}, "expected n and ni"),
    "ni alone": ({"width": 0.5, "ni": [5, 5, 5, 5]}, "expected n and ni"),
    "few ni": ({"width": 0.5, "n": 5, "ni": [5, 5]}, r"ni has shape \(2,\)"),
    "ni of zero": ({"width": 0.5, "n": 5, "ni": [5, 5, 0, 5]}, "ni is 0; expected numbers above zero"),
    "sei of zero": ({"width": 0.5, "sei": [1, 0]}, "sei is 0; expected numbers above zero"),
    "no sei": ({"width": 0.5, "sei": []}, "sei has no numbers"),
    "sei of text": ({"width": 0.5, "sei": "0.1"}, "sei is '0.1'; expected a finite number"),
    "tau2 below zero": ({"width": 0.5, "tau2": -0.1}, r"tau2 is -0\.1; expected zero or above"),
    "one draw": ({"width": 0.5, "draws": 1}, "draws is 1; expected a whole number, 2 or more"),
    "none at most": ({"width": 0.5, "most": 0}, "most is 0; expected a whole number, 1 or more"),
    "a width beyond reach": ({"width": 1e-40}, "width is 1e-40, .* times the standard error"),
    "sei beyond reach": ({"width": 0.1, "sei": 1e40}, r"sei is 1e\+40, .*check the units"),
    "tau2 beyond reach": ({"width": 0.1, "tau2": 1e80}, "the root of tau2 is"),
    "too many": ({"width": 0.5, "draws": 10_000_000}, "more than fit into memory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_planned_is_refused_with_what_was_expected(case: str) -> None:
    asked, says = REFUSED[case]
    with pytest.raises(ValueError, match=says):
        synthesis.plan_update(pooled(), **asked)


def test_what_is_no_result_of_pool_is_refused() -> None:
    for ask in (synthesis.plan_update, synthesis.next_study):
        with pytest.raises(ValueError, match="expected what `pool` returned, not list"):
            ask([0.1, 0.2])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected what `pool` returned, not list"):
        synthesis.sequential([0.1, 0.2], effect=1.0)  # type: ignore[arg-type]


def test_results_that_say_nothing_of_new_studies_are_refused() -> None:
    with pytest.raises(ValueError, match="one study does not tell how much effects differ; expected tau2"):
        synthesis.plan_update(synthesis.pool([0.3], sei=[0.2]), width=0.1)
    with pytest.raises(ValueError, match="method 'EE' rules out that effects differ; expected no tau2"):
        synthesis.plan_update(pooled(method="EE"), width=0.1, tau2=0.1)
    with pytest.raises(ValueError, match="method 'EE' predicts nothing"):
        synthesis.plan_update(pooled(method="EE"), width=0.1, of="prediction")
    with pytest.raises(ValueError, match="weights of your own"):
        synthesis.plan_update(pooled(weights=[1, 2, 3, 4]), width=0.1)


def test_means_of_draws_come_with_their_error_and_equal_draws_have_none() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0])
    assert_allclose(mean_and_error(values), (3.0, math.sqrt(10 / 3) / 2), rtol=1e-14)
    assert mean_and_error(np.full(7, 0.1)) == (0.1, 0.0)


def test_a_plan_is_text_data_and_a_frame() -> None:
    found: PlannedUpdate = synthesis.plan_update(pooled(), width=0.4, sei=[0.1, 0.2], most=20, draws=30)
    text = str(found)
    assert text.startswith("Studies for a 95% interval 0.4 wide\n")
    assert "seed 1" in text
    assert "30 data sets" in text
    assert pooled().method_sentence in text
    assert max(len(line) for line in text.splitlines()[:-1]) < 100
    assert text.count("mean width  (MC error)") == 2
    data = json.loads(json.dumps(found.to_dict()))
    assert [size["sei"] for size in data["sizes"]] == [0.1, 0.2]
    frame = found.to_frame()
    assert frame.groupby("sei")["more"].count().tolist() == [size.more.size for size in found.sizes]
    power = synthesis.plan_update(pooled(), effect=0.2, null=0.1, most=2, draws=30, tau2=0.01)
    assert str(power).startswith("Studies for 80% power to tell 0.2 from 0.1\n")
    assert "a true mean of 0.2 with tau2 0.0100 (stated; seed 1)" in str(power)


def test_a_thousand_updates_are_drawn_of_each_size_and_four_thousand_next_studies() -> None:
    assert synthesis.plan_update(pooled(), width=0.5, most=1).draws == 1_000
    assert synthesis.next_study(pooled(), sei=0.1).draws == 4_000
