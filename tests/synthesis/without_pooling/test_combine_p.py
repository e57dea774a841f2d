"""`combine_p`: one-sided and two-sided p-values, each method with its question."""

from __future__ import annotations

import json
import math
from typing import Literal

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import synthesis
from synthesis import CombinedPValues
from synthesis.without_pooling.combine_p import QUESTIONS

P = [0.01, 0.2, 0.5, 0.03]
WAY = ["positive", "positive", "negative", "positive"]
ONE = [0.005, 0.1, 0.75, 0.015]
W = [1.0, 2.0, 3.0, 4.0]


def test_two_sided_p_and_directions_are_one_sided_p() -> None:
    two, one = synthesis.combine_p(P, WAY), synthesis.combine_p(ONE, sided="one")
    assert isinstance(two, CombinedPValues)
    assert_allclose(two.p_positive, ONE, rtol=1e-14)
    compared = 0
    for a, b in zip(two.methods, one.methods, strict=True):
        assert_allclose(
            [a.p_positive, a.p_negative, a.p_value], [b.p_positive, b.p_negative, b.p_value], rtol=1e-12
        )
        compared += 1
    assert compared == 4
    assert "from two-sided ones and directions" in two.method_sentence
    assert "from two-sided" not in one.method_sentence


def test_both_sides_are_those_of_scipy() -> None:
    found = synthesis.combine_p(P, [1.0, 2.0, -3.0, 4.0], weights=W)
    other = [1 - p for p in ONE]
    methods: tuple[Literal["fisher", "stouffer", "tippett"], ...] = ("fisher", "stouffer", "tippett")
    for method in methods:
        assert_allclose(found[method].p_positive, stats.combine_pvalues(ONE, method).pvalue, rtol=1e-11)
        assert_allclose(found[method].p_negative, stats.combine_pvalues(other, method).pvalue, rtol=1e-11)
    weighted = stats.combine_pvalues(ONE, "stouffer", weights=W).pvalue
    assert_allclose(found["stouffer, weighted"].p_positive, weighted, rtol=1e-11)
    s = sum(ONE)
    assert_allclose(found["Edgington"].p_positive, s**4 / 24, rtol=1e-12)
    assert_allclose(found["Edgington"].p_negative, 1 - s**4 / 24, rtol=1e-12)


def test_the_two_sided_p_is_twice_the_smaller_and_at_most_one() -> None:
    for found in synthesis.combine_p(P, WAY).methods:
        assert found.p_value == pytest.approx(min(1, 2 * min(found.p_positive, found.p_negative)), rel=1e-13)
    even = synthesis.combine_p([0.4, 0.4], sided="one")["Fisher"]
    assert even.p_value <= 1.0
    assert synthesis.combine_p([1.0, 1.0], ["none", None])["Stouffer"].p_value == pytest.approx(1.0)


def test_one_study_keeps_its_p() -> None:
    for found in synthesis.combine_p([0.03], ["negative"], weights=[7]).methods:
        assert_allclose([found.p_value, found.p_negative, found.p_positive], [0.03, 0.015, 0.985], rtol=1e-12)


def test_the_smallest_p_stay_right_as_logarithms() -> None:
    found = synthesis.combine_p([1e-300] * 3, ["negative"] * 3)
    assert found["Tippett"].log10_p_negative == pytest.approx(math.log10(1.5) - 300, rel=1e-12)
    assert found["Tippett"].log10_p_value == pytest.approx(math.log10(3) - 300, rel=1e-12)
    cube = 3 * math.log10(0.5) - 900
    assert found["Edgington"].log10_p_negative == pytest.approx(cube + math.log10(27 / 6), rel=1e-12)
    assert found["Fisher"].log10_p_negative < -890
    assert found["Stouffer"].log10_p_negative < -890
    assert found["Fisher"].p_negative == 0.0
    assert all(each.p_positive == pytest.approx(1.0) for each in found.methods)


def test_without_weights_there_is_no_weighted_method() -> None:
    with pytest.raises(ValueError, match="unknown method 'Stouffer, weighted'"):
        synthesis.combine_p(P, WAY)["Stouffer, weighted"]


def test_every_method_says_what_it_asks() -> None:
    found = synthesis.combine_p(P, WAY, weights=W)
    assert [each.method for each in found.methods] == list(QUESTIONS)
    for each in found.methods:
        assert each.question in str(found)
        assert each.question in found._repr_html_()
    assert found.sentence.startswith("Combined p-values of 4 studies, two-sided: Fisher p = 0.0043, ")
    assert found.to_frame()["method"].tolist() == list(QUESTIONS)
    assert json.loads(json.dumps(found.to_dict()))["weights"] == W


def test_columns_are_found_by_name_and_series_by_their_index() -> None:
    table = pd.DataFrame({"p": P, "way": WAY, "n": W, "who": list("abcd")})
    found = synthesis.combine_p("p", "way", weights="n", data=table, slab="who")
    assert found.to_dict() == synthesis.combine_p(P, WAY, weights=W, slab=list("abcd")).to_dict()
    turned = synthesis.combine_p(table["p"], table["way"].iloc[::-1], weights=table["n"])
    assert_allclose(turned["Fisher"].p_value, found["Fisher"].p_value, rtol=1e-14)
    one = synthesis.combine_p("p", sided="one", data=table, slab="who")
    assert one.labels == tuple("abcd")


def test_labels_that_repeat_are_told() -> None:
    assert "not independent" in str(synthesis.combine_p([0.1, 0.1], [1, 1], slab=["Li", "Li"]))
    assert "not independent" not in str(synthesis.combine_p([0.1, 0.1], [1, 1]))


@pytest.mark.parametrize(
    ("p", "options", "says"),
    [
        ([0.1, 0.0], {"direction": [1, 1]}, "study 2: p is 0, which no test gives; expected e.g. 0.0005"),
        ([1.2], {"direction": [1]}, "study 1: p is 1.2; expected a number between 0 and 1"),
        ([-0.1], {"direction": [1]}, "study 1: p is -0.1; expected a number between 0 and 1"),
        ([math.inf], {"direction": [1]}, "study 1: p is inf; expected a number between 0 and 1"),
        ([0.9e-300], {"direction": [1]}, "study 1: p is 9e-301; expected at least 1e-300"),
        ([None], {"direction": [1]}, "study 1: p is missing"),
        (["0.1"], {"direction": [1]}, "study 1: p is '0.1'; expected a number, not text"),
        ([1.0], {"sided": "one"}, "study 1: p is 1, which leaves 0 for the other side"),
        ([0.1], {}, "two-sided p-values do not say which way the effects go; expected `direction`"),
        (
            [0.1, 0.2],
            {"direction": ["positive", None]},
            "study 2: its direction is 'not told' beside p = 0.2",
        ),
        ([0.1], {"direction": ["mixed"]}, "study 1: its direction is 'mixed' beside p = 0.1"),
        ([0.1], {"direction": [0]}, "study 1: its direction is 'none' beside p = 0.1"),
        ([0.1], {"direction": [1], "sided": "one"}, "expected no `direction` beside sided='one'"),
        ([0.1], {"sided": "three"}, "unknown sided 'three'"),
        ([], {"direction": []}, "direction has no study"),
        ([], {"sided": "one"}, "p has no study; expected at least one p-value"),
        ([0.1, 0.2], {"direction": [1]}, "p has 2 values for 1 study; expected one of each"),
        (0.1, {"sided": "one"}, "p is 0.1; expected one p-value of each study"),
        ("p", {"sided": "one"}, "p is the text 'p'"),
        ([0.1], {"direction": [1], "weights": [0]}, "study 1: its weight is 0; expected a number above zero"),
        ([0.1], {"direction": [1], "weights": [None]}, "study 1: its weight is nan"),
        ([0.1], {"direction": [1], "weights": [math.inf]}, "study 1: its weight is inf"),
        ([0.1], {"direction": [1], "weights": [1, 2]}, "weights has 2 values for 1 study"),
        ([0.1] * 1001, {"sided": "one"}, "p has 1,001 values; expected at most 1,000"),
        ([0.1], {"sided": "one", "slab": ["a", "b"]}, "slab has 2 labels for 1 studies"),
    ],
)
def test_what_cannot_be_combined_is_refused(p: object, options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        synthesis.combine_p(p, **options)  # type: ignore[arg-type]


def test_the_most_and_the_least_that_are_taken() -> None:
    assert synthesis.combine_p([0.5] * 1000, sided="one")["Edgington"].p_positive == pytest.approx(0.5)
    assert synthesis.combine_p([1e-300], sided="one")["Tippett"].log10_p_positive == pytest.approx(-300)
