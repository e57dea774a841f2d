"""`sign_test`: directions counted, those without one left out and named."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

import synthesis
from synthesis import SignTest
from synthesis.without_pooling.told_directions import of_one_study

MANY = ["positive"] * 6 + ["negative", "none", "mixed", None]


def test_ties_and_what_is_not_told_are_left_out_and_counted() -> None:
    found = synthesis.sign_test(MANY)
    assert isinstance(found, SignTest)
    assert (found.k, found.positive, found.negative) == (7, 6, 1)
    assert (found.none, found.mixed, found.not_told) == (1, 1, 1)
    assert found.share == 6 / 7
    assert found.p_value == pytest.approx(2 * (7 + 1) / 128, rel=1e-12)
    assert found.p_positive == pytest.approx(8 / 128, rel=1e-12)
    assert found.p_negative == pytest.approx(127 / 128, rel=1e-12)
    assert found.sentence == (
        "Positive in 6 of 7 studies with a direction (85.7%, 95% CI [42.1, 99.6]), exact sign test "
        "p = 0.12; left out: 1 no effect, 1 mixed and 1 not told."
    )


def test_a_sign_is_a_direction() -> None:
    by_sign = synthesis.sign_test([0.1, 2, 3e-300, 1, 1, 5, -0.2, 0.0, "mixed", math.nan])
    assert by_sign.to_dict() == synthesis.sign_test(MANY).to_dict()
    ratios = synthesis.escalc("RR", ai=[4, 15, 7], n1i=[20, 20, 20], ci=[8, 5, 7], n2i=[20, 20, 20])
    assert synthesis.sign_test(ratios).directions == ("negative", "positive", "none")


def test_a_proportion_has_no_direction() -> None:
    with pytest.raises(ValueError, match="PLO has no value that means no effect"):
        synthesis.sign_test(synthesis.escalc("PLO", xi=[4], ni=[20]))


def test_columns_of_a_table_go_by_their_names() -> None:
    table = pd.DataFrame({"said": ["Positive", "NEGATIVE"], "who": ["Li", "Kim"]})
    found = synthesis.sign_test("said", data=table, slab="who")
    assert (found.labels, found.directions) == (("Li", "Kim"), ("positive", "negative"))


def test_without_any_direction_nothing_is_tested() -> None:
    found = synthesis.sign_test([None, "none", "mixed"])
    assert found.k == 0
    assert found.to_dict()["p_value"] is None
    assert found.sentence == "No study has one direction; left out: 1 no effect, 1 mixed and 1 not told."
    assert found.notes == ()


def test_the_share_of_the_other_side_is_the_rest() -> None:
    found, other = synthesis.sign_test([1, 1, -1]), synthesis.sign_test([-1, -1, 1])
    assert other.share == pytest.approx(1 - found.share)
    assert other.ci_low == pytest.approx(1 - found.ci_high, rel=1e-12)
    assert (other.p_value, other.p_negative) == (found.p_value, found.p_positive)
    assert "left out" not in found.sentence


def test_below_six_studies_it_is_said_that_p_cannot_be_small() -> None:
    assert synthesis.sign_test([1] * 5).p_value > 0.05
    assert synthesis.sign_test([1] * 6).p_value < 0.05
    assert "out of reach" in synthesis.sign_test([1] * 5).notes[0]
    assert "out of reach" not in str(synthesis.sign_test([1] * 6))


def test_labels_that_repeat_are_told() -> None:
    assert "not independent" in str(synthesis.sign_test([1, 1], slab=["Li", "Li"]))
    assert "not independent" not in str(synthesis.sign_test([1, 1], slab=["Li", "Kim"]))


def test_it_shows_itself_as_text_page_and_data() -> None:
    found = synthesis.sign_test(MANY, level=90)
    assert "90% Clopper-Pearson" in str(found)
    assert "<p>Positive in 6 of 7" in found._repr_html_()
    assert json.loads(json.dumps(found.to_dict()))["level"] == 0.9
    assert found.to_frame()["k"].tolist() == [7]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["up"], r"study 1: unknown direction 'up'.*Expected one of: positive, negative, none, mixed"),
        (["posative"], "did you mean 'positive'"),
        ([True], "study 1: direction is True; expected one of positive"),
        ([], "direction has no study; expected at least one"),
        ("positive", "direction is 'positive'; expected one of each study"),
        (3, "direction is 3; expected one of each study"),
    ],
)
def test_what_is_no_direction_is_refused(given: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        synthesis.sign_test(given)


def test_a_label_for_each_study_is_expected() -> None:
    with pytest.raises(ValueError, match="slab has 1 labels for 2 studies"):
        synthesis.sign_test([1, 1], slab=["Li"])


@pytest.mark.parametrize(
    ("several", "one"),
    [
        (["positive", "positive"], "positive"),
        (["positive", "negative"], "mixed"),
        (["positive", "mixed"], "mixed"),
        (["negative", "none"], "negative"),
        (["none", "none"], "none"),
        (["not told", "negative"], "negative"),
        (["none", "not told"], "none"),
        (["not told"], "not told"),
    ],
)
def test_results_of_one_study_are_one_direction_or_mixed(several: list[str], one: str) -> None:
    assert of_one_study(several) == one
