"""Which questions `add` asks in a terminal, by what is answered already."""

from __future__ import annotations

import pytest

from synthesis.adding.fields import FIELDS
from synthesis.commands.asking import is_asked, is_asked_for_good

OF_NUMBERS = ("measure", "per", "exposed", "reference", "ci", "se", "p", "outcome-unit")


def asked(answers: str, usual: dict[str, str], names: tuple[str, ...] = OF_NUMBERS) -> str:
    given = dict.fromkeys(answers.split(), "x") | ({"measure": "MD"} if "measure" in answers else {})
    return " ".join(name for name in names if is_asked(FIELDS[name], given, usual))


@pytest.mark.parametrize(
    ("answers", "questions"),
    [
        ("", ""),
        ("not-reported", ""),
        ("estimate", "measure per exposed ci se p"),
        ("estimate per", "measure per ci se p"),
        ("estimate exposed", "measure per exposed reference ci se p"),
        ("estimate ci", "measure per exposed p"),
        ("estimate measure", "measure per exposed ci se p outcome-unit"),
        ("exposed-numbers", "measure exposed"),
        ("exposed-numbers exposed", "measure exposed reference"),
        ("exposed-numbers exposed measure", "measure exposed reference"),
        ("exposed-numbers estimate exposed", "measure per exposed reference ci se p"),
    ],
)
def test_measure_and_groups_are_asked_of_raw_numbers_and_the_rest_of_an_estimate_alone(
    answers: str, questions: str
) -> None:
    assert asked(answers, {}) == questions


def test_a_step_is_not_asked_in_a_review_that_compares_groups() -> None:
    usual = {"exposed": "anemia"}
    assert asked("estimate", usual, ("per", "exposed")) == "exposed"
    assert asked("estimate", {"per": "1 g/dL"}, ("per", "exposed")) == "per exposed"


@pytest.mark.parametrize(
    ("answers", "measure", "questions"),
    [
        ("", "OR", "exposed-numbers not-reported"),
        ("", "HR", "not-reported"),
        ("estimate", "OR", ""),
        ("exposed-numbers", "OR", "exposed-numbers reference-numbers"),
        ("estimate exposed-numbers", "OR", "reference-numbers"),
    ],
)
def test_raw_numbers_are_asked_of_measures_of_groups_and_silence_where_there_is_no_number(
    answers: str, measure: str, questions: str
) -> None:
    names = ("exposed-numbers", "reference-numbers", "not-reported")
    assert asked(answers, {"measure": measure}, names) == questions


def test_what_was_said_instead_of_a_number_is_asked_until_there_is_an_answer() -> None:
    assert is_asked_for_good(FIELDS["not-reported"], {})
    assert not is_asked_for_good(FIELDS["p"], {})
    assert is_asked_for_good(FIELDS["at"], {})
    assert not any(is_asked(each, {}, {}) for each in FIELDS.values() if each.need.value == "option only")
