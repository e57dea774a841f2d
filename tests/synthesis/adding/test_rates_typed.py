"""A rate as typed for `add`: the person-time is read as the other numbers are."""

from __future__ import annotations

import pytest

from synthesis.adding.answers import group_numbers, refusal
from synthesis.adding.fields import FIELDS


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("12/310,5 person-years", "310.5"),
        ("12/310.5 person-years", "310.5"),
        ("12/1,310 person-years", "1310"),
        ("12/1,310.5 person-years", "1310.5"),
        ("12/1.310,5 person-years", "1310.5"),
        ("12 in 1,204 patient years", "1204"),
    ],
)
def test_person_time_may_have_thousands_and_either_decimal_sign(typed: str, time: str) -> None:
    assert group_numbers(typed) == {"events": "12", "person_time": time}
    assert refusal(FIELDS["exposed-numbers"], typed) is None


@pytest.mark.parametrize("typed", ["12/310.5.5 person-years", "12/1,310,5 person-years", "12/. person-years"])
def test_person_time_that_is_no_number_is_refused_in_a_sentence(typed: str) -> None:
    says = refusal(FIELDS["exposed-numbers"], typed)
    assert says is not None
    assert says.startswith(f"'{typed}' are no numbers of a group; expected e.g. 12/40")
    assert "\n" not in says
