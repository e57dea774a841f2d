"""What a caller may choose: the words understood, the numbers taken, and what is said of the rest."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evidence.choices import as_number, as_truth, as_whole, named

ESTIMATORS = {
    "EE": SimpleNamespace(name="equal effects"),
    "DL": SimpleNamespace(name="DerSimonian-Laird"),
    "REML": SimpleNamespace(name=None),
    "PM": "Paule-Mandel",
}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("DL", "DL"),
        ("dl", "DL"),
        (" d-l.", "DL"),
        ("d_l", "DL"),
        ("DerSimonian-Laird", "DL"),
        ("dersimonian\N{EN DASH}laird", "DL"),
        ("Equal Effects", "EE"),
        ("FE", "EE"),
        ("fixed", "EE"),
        ("common", "EE"),
        ("REML", "REML"),
    ],
)
def test_a_word_is_understood_in_every_spelling_by_its_full_name_and_in_other_programs_words(
    given: str, meant: str
) -> None:
    assert named(given, ESTIMATORS, "method") == meant


def test_another_program_s_word_counts_where_ours_is_allowed_and_it_is_not_itself_a_word() -> None:
    assert named("knha", ["z", "HKSJ"], "test") == "HKSJ"
    assert named("HK", ("z", "HKSJ", "hk"), "test") == "hk"
    with pytest.raises(ValueError, match=r"^unknown test 'knha'[.] Expected one of: z, t$"):
        named("knha", ["z", "t"], "test")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("REMLL", "; did you mean 'REML'?"),  # 8 of 9 letters in common, twice 4
        ("REM", "; did you mean 'REML'?"),
        ("DerSimonian", "; did you mean 'DL'?"),
        ("RQML", "; did you mean 'REML'?"),
        ("abc", "."),
        ("rexx", "."),  # half alike
        ("Paule-Mandel", "."),  # a text has no name of its own
    ],
)
def test_the_closest_word_is_offered_where_it_is_close(given: str, hint: str) -> None:
    with pytest.raises(ValueError, match="unknown method") as refused:
        named(given, ESTIMATORS, "method")
    assert str(refused.value) == f"unknown method '{given}'{hint} Expected one of: EE, DL, REML, PM"


@pytest.mark.parametrize(("word", "offered"), [("abcxy", True), ("abxyz", False)])
def test_three_fifths_alike_are_close(word: str, offered: bool) -> None:
    with pytest.raises(ValueError, match="unknown") as refused:
        named(word, ["abcde"], "word")
    assert ("did you mean" in str(refused.value)) is offered


@pytest.mark.parametrize(("given", "number"), [(1, 1), (7, 7), (np.int64(3), 3)])
def test_whole_numbers_of_any_kind_are_taken_from_one_on(given: Any, number: int) -> None:
    found = as_whole(given, "k")
    assert (found, type(found)) == (number, int)


@pytest.mark.parametrize("given", [0, -1, 2.0, 2.5, True, "3", None, np.float64(2), Decimal(2)])
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="expected a whole number, 1 or more") as refused:
        as_whole(given, "k")
    assert str(refused.value) == f"k is {given!r}; expected a whole number, 1 or more"


def test_a_whole_number_may_have_another_least() -> None:
    assert [as_whole(number, "k", least=-2) for number in (-2, 0)] == [-2, 0]
    with pytest.raises(ValueError, match="k is 4; expected a whole number, 5 or more"):
        as_whole(4, "k", least=5)


@pytest.mark.parametrize(
    ("given", "number"),
    [(0, 0), (-1.5, -1.5), (np.float32(0.5), 0.5), (Fraction(1, 4), 0.25), (1e300, 1e300)],
)
def test_finite_numbers_of_any_kind_are_taken(given: Any, number: float) -> None:
    found = as_number(given, "x")
    assert (found, type(found)) == (number, float)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), -float("inf"), True, "1", None, 1j, [1.0]])
def test_what_is_no_finite_number_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="expected a finite number"):
        as_number(given, "x")


def test_true_and_false_alone_are_a_truth() -> None:
    assert [as_truth(given, "x") for given in (True, False)] == [True, False]
    for given in (1, 0, "no", None):
        with pytest.raises(ValueError, match="expected True or False"):
            as_truth(given, "x")
