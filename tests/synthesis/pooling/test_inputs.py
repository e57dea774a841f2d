"""What `pool` takes and refuses: both sides of every bound, what `escalc` returned, labels, levels."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis import escalc, pool
from synthesis.pooling.inputs import as_level, labels_of, read_studies, repeated_note


@pytest.mark.parametrize(
    ("level", "fraction"),
    [(0.5, 0.5), (50, 0.5), (0.95, 0.95), (95, 0.95), (60, 0.6), (99.9, 0.999), (np.float64(90.0), 0.9)],
)
def test_a_level_is_a_fraction_or_a_percentage(level: Any, fraction: float) -> None:
    assert_allclose(as_level(level), fraction, rtol=1e-15)


@pytest.mark.parametrize(
    ("level", "says"),
    [
        (0.05, "level is 0.05; did you mean 0.95? Expected a fraction"),
        (0.49, "level is 0.49; did you mean 0.51? Expected a fraction"),
        (0.0, "level is 0.0; expected a fraction"),
        (-0.05, "level is -0.05; expected a fraction"),
        (1.0, "level is 1.0; expected a fraction"),
        (1.95, "level is 1.95; expected a fraction"),
        (49.9, "level is 49.9; expected a fraction such as 0.95 or a percentage such as 95"),
        (100, "level is 100; expected"),
        (120, "level is 120; expected"),
        (True, "level is True; expected"),
        ("0.95", "level is '0.95'; expected"),
        (None, "level is None; expected"),
        (math.nan, "level is nan; expected"),
        (math.inf, "level is inf; expected"),
    ],
)
def test_a_level_that_is_none_is_refused(level: Any, says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        as_level(level)


# yi and vi just inside what double precision holds, just outside, and how that is said.
BOUNDS: list[tuple[tuple[list[float], list[float]], tuple[list[float], list[float]], str]] = [
    (([1e150], [1e240]), ([1.1e150], [1e240]), "study 1: yi is 1.1e+150; rescale the outcome"),
    (([-1e150], [1e240]), ([-1.1e150], [1e240]), "study 1: yi is -1.1e+150; rescale the outcome"),
    (([0.0], [1e-290]), ([0.0], [0.9e-290]), "study 1: the variance is 9e-291; rescale the outcome"),
    (([0.0], [1e290]), ([0.0], [1.1e290]), "study 1: the variance is 1.1e+290; rescale the outcome"),
    (
        ([0.0, 0.0], [2.0, 1.9e100]),
        ([0.0, 0.0], [2.0, 2.2e100]),
        "study 2: its variance is 1.1e+100 times the smallest, beside which the study says nothing",
    ),
    (  # half a standard error of the second, the most precise, is one
        ([1.9e50, 0.0], [9.0, 4.0]),
        ([2.2e50, 0.0], [9.0, 4.0]),
        "study 1: its effect lies 1.1e+50 standard errors from that of the most precise study",
    ),
    (  # two standard errors of the first
        ([2.2e-140, 0.0], [4.0, 1.0]),
        ([1.8e-140, 0.0], [4.0, 1.0]),
        "study 1: its effect lies only 9e-141 standard errors from that of the most precise study",
    ),
]


@pytest.mark.parametrize(("inside", "outside", "says"), BOUNDS, ids=[says for *_, says in BOUNDS])
def test_numbers_are_taken_up_to_the_bounds_of_double_precision(
    inside: tuple[list[float], list[float]], outside: tuple[list[float], list[float]], says: str
) -> None:
    found = read_studies(*inside, None, None, None, "refuse")
    assert (found.yi.tolist(), found.vi.tolist()) == inside
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        read_studies(*outside, None, None, None, "refuse")


def test_effects_that_are_equal_or_nearly_so_beside_others_are_pooled() -> None:
    """No distance is too short where it is none, or where another study lies farther off."""
    assert pool([0.3, 0.3], [1.0, 4.0]).estimate == 0.3
    assert math.isfinite(pool([0.0, 1e-150, 1.0], [1.0, 1.0, 2.0]).estimate)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"yi": [0.1, math.nan], "vi": [1.0, 2.0]}, "study 2: yi is missing; expected a number"),
        ({"yi": [0.1, 0.2], "vi": [None, 2.0]}, "study 1: vi is missing; expected a number"),
        ({"yi": [0.1, 0.2], "sei": [2.0, None], "slab": "ab"}, "slab is the text 'ab'"),
        ({"yi": [0.1, 0.2], "sei": [2.0, None], "slab": ["a", "b"]}, "b: sei is missing; expected a number"),
        ({"yi": [0.1, 0.2], "sei": [2.0, -math.inf]}, "study 2: sei is -inf; expected a finite number"),
        ({"yi": [0.1, 0.2], "vi": [0.0, 1.0]}, "study 1: vi is 0; expected a number above zero"),
        (
            {"yi": "y", "vi": "v", "slab": "n", "data": {"y": [1, 2], "v": [1, 2], "n": "ab"}},
            "slab is 'ab'; expected a label for each study",
        ),
        ({"yi": [0.1, 0.2], "vi": [1, 2], "slab": 5}, "slab is 5; expected a label for each study"),
        ({"yi": [0.1, 0.2], "vi": [1, 2], "slab": list("abc")}, "slab has 3 labels for 2 studies"),
    ],
)
def test_what_lacks_a_number_or_a_label_is_refused_by_name(words: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        pool(**words)


def test_one_variance_of_one_is_enough() -> None:
    """A standard error below one is no more refused than one above it."""
    assert pool([0.0], sei=[0.5]).se == 0.5


def test_labels_are_text_or_none() -> None:
    assert labels_of([1999, "b", None]) == ("1999", "b", "None")
    assert labels_of(None) is None


def test_labels_that_repeat_are_said_once() -> None:
    assert repeated_note(["a", "b", "a", "b"]) == "labels repeat: these estimates are not independent"
    assert repeated_note(["a", "b", "c"]) == repeated_note([]) == ""


def test_what_is_beside_the_studies_keeps_its_rows() -> None:
    """The mask says which of the rows given are pooled; a further series follows the index of the first."""
    index = list("pqrs")
    yi = pd.Series([0.1, math.nan, 0.3, 0.4], index=index)
    beside = pd.Series([4.0, 1.0, 2.0, 3.0], index=list("spqr"))
    found = read_studies(yi, [1, 2, 3, None], None, None, index, "drop", {})
    assert (found.labels, found.dropped, found.kept.tolist()) == (("p", "r"), 2, [True, False, True, False])
    assert (found.yi.tolist(), found.vi.tolist()) == ([0.1, 0.3], [1.0, 3.0])
    moved = read_studies(yi, yi * 0 + 1.0, None, None, None, "drop", {"w": beside})
    assert moved.beside["w"].tolist() == [1.0, 2.0, 3.0, 4.0]


# What `escalc` returned.

SIZES = escalc("SMD", m1i=[5, 6, 9], sd1i=2, n1i=20, m2i=[4, 4, 5], sd2i=2, n2i=20, slab=["A", "B", "C"])
PLAIN = escalc("SMD", m1i=[5, 6, 9], sd1i=2, n1i=20, m2i=[4, 4, 5], sd2i=2, n2i=20)


def test_what_escalc_returned_brings_its_variances_and_labels() -> None:
    pooled = pool(SIZES)
    assert pooled.to_dict() == pool(SIZES.yi, SIZES.vi, slab=list("ABC")).to_dict()
    assert pooled.labels == pool(SIZES, slab=["A", "B", "C"]).labels == ("A", "B", "C")
    assert pool(PLAIN).labels == ("study 1", "study 2", "study 3")
    assert pool(PLAIN, slab=list("xyz")).labels == ("x", "y", "z")
    assert pool(PLAIN, slab="n", data={"n": list("xyz")}).labels == ("x", "y", "z")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"vi": SIZES.vi}, "yi comes from escalc with its variances; expected no vi beside it"),
        ({"sei": SIZES.sei}, "yi comes from escalc with its variances; expected no sei beside it"),
        ({"slab": list("ABX")}, "yi comes from escalc with other labels than slab; expected no slab"),
        ({"slab": "n", "data": {"n": list("BAC")}}, "yi comes from escalc with other labels than slab"),
    ],
)
def test_what_stands_against_the_result_of_escalc_is_refused(words: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        pool(SIZES, **words)


def test_a_study_without_an_effect_is_refused_with_the_reason_of_escalc() -> None:
    sizes = escalc("RR", ai=[1, 0], n1i=[9, 9], ci=[2, 0], n2i=9, to="none", slab=["Rome", "Oslo"])
    with pytest.raises(ValueError, match=r"^Oslo: yi is missing \(no events, or nothing but events, in both"):
        pool(sizes)
    assert pool(sizes, missing="drop").labels == ("Rome",)
