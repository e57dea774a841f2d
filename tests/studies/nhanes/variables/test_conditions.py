"""Conditions as a protocol writes them: whom they mean, and which are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pydantic import TypeAdapter, ValidationError

from studies.nhanes.variables.conditions import Condition

NAN = float("nan")
VALUES = np.array([11.0, 12.0, 13.0, -2.5, NAN])
LABELS = ("low", "high")
CLASSES = np.array([0, 1, 1, 0, 2])


def condition(plain: Any) -> Condition:
    return TypeAdapter(Condition).validate_python(plain)


@pytest.mark.parametrize(
    ("plain", "who"),
    [
        (12, [0, 1, 0, 0, 0]),
        ("12", [0, 1, 0, 0, 0]),
        (-2.5, [0, 0, 0, 1, 0]),
        ("< 12", [1, 0, 0, 1, 0]),
        ("<= 12", [1, 1, 0, 1, 0]),
        ("≤12", [1, 1, 0, 1, 0]),
        ("> 12", [0, 0, 1, 0, 0]),
        (">= 12", [0, 1, 1, 0, 0]),
        ("≥ 12", [0, 1, 1, 0, 0]),
        ("<= -2.5", [0, 0, 0, 1, 0]),
        ("11 to 12", [1, 1, 0, 0, 0]),
        ("-3 to 11", [1, 0, 0, 1, 0]),
        ("12-13", [0, 1, 1, 0, 0]),
        ("12+", [0, 1, 1, 0, 0]),
        ([11, "> 12"], [1, 0, 1, 0, 0]),
        ("not 12", [1, 0, 1, 1, 0]),
        ({"not": [12, "< 0"]}, [1, 0, 1, 0, 0]),
        ("recorded", [1, 1, 1, 1, 0]),
        ("missing", [0, 0, 0, 0, 1]),
        ("not missing", [1, 1, 1, 1, 0]),
        ("not recorded", [0, 0, 0, 0, 1]),
        ([13, "missing"], [0, 0, 1, 0, 1]),
        ({"not": ["missing", 11]}, [0, 1, 1, 1, 0]),
    ],
)
def test_numbers_are_compared_and_nobody_without_one_meets_more_than_missing(
    plain: Any, who: list[int]
) -> None:
    assert condition(plain).fault((), codes=False) == ""
    assert_array_equal(condition(plain).met(VALUES, None, ()), np.array(who, dtype=bool))


@pytest.mark.parametrize(
    ("plain", "who"),
    [
        ("high", [0, 1, 1, 0, 0]),
        ("not high", [1, 0, 0, 1, 0]),
        (["low", "high"], [1, 1, 1, 1, 0]),
        ({"not": "low"}, [0, 1, 1, 0, 0]),
        (["low", "missing"], [1, 0, 0, 1, 1]),
        ("recorded", [1, 1, 1, 1, 0]),
        (13, [0, 0, 1, 0, 0]),
    ],
)
def test_classes_are_named_and_their_codes_may_be(plain: Any, who: list[int]) -> None:
    assert condition(plain).fault(LABELS, codes=True) == ""
    assert_array_equal(condition(plain).met(VALUES, CLASSES, LABELS), np.array(who, dtype=bool))


@pytest.mark.parametrize(
    ("plain", "labels", "codes", "says"),
    [
        ("tall", LABELS, True, "has no class 'tall'; its classes are low, high"),
        ("< 12", LABELS, True, "has no class '< 12'"),
        (12, LABELS, False, "has no class '12'"),
        ("tall", (), False, "cannot be 'tall', for it is continuous; expected e.g. '< 13'"),
        ("80-20", (), False, "cannot be '80-20': the range begins above its end"),
        (["12", "13 to 12"], (), False, "the range begins above its end"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    plain: Any, labels: tuple[str, ...], codes: bool, says: str
) -> None:
    assert says in condition(plain).fault(labels, codes)


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ([], "at least 1"),
        (True, "a condition is a class, a number"),
        ({"from": 3}, "a condition is"),
        (["12", "not 13"], "'not' stands before the whole list"),
        ("not not 3", "'not' stands before the whole list"),
    ],
)
def test_what_is_no_condition_is_refused(plain: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        condition(plain)


def test_a_condition_is_read_as_it_is_dumped() -> None:
    for plain in ("not high", [1, "< 3"], {"not": [12, 13]}):
        once = condition(plain)
        assert condition(once.model_dump()) == once


def test_a_range_of_one_number_is_that_number() -> None:
    assert_array_equal(condition("12 to 12").met(VALUES, None, ()), VALUES == 12)


def test_a_text_that_is_no_test_of_numbers_is_an_error_where_it_is_asked() -> None:
    with pytest.raises(ValueError, match="cannot be 'tall'"):
        condition("tall").met(VALUES, None, ())
