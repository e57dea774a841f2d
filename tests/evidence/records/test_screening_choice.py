"""How many may screen, and how many reasons there are: one key of the keyboard each."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evidence.records.screening_choice import ScreeningChoice


@pytest.mark.parametrize(
    "given",
    [
        {"reviewers": 1},
        {"reviewers": 20},
        {"reasons": ["a"]},
        {"reasons": list("abcdefghi")},
        {"reasons": ["a" * 80]},
        {"highlight": []},
    ],
)
def test_what_is_at_a_limit_is_taken(given: dict[str, object]) -> None:
    chosen = ScreeningChoice.model_validate(given)
    assert chosen.model_dump(mode="json", include=set(given)) == given


@pytest.mark.parametrize(
    "given",
    [
        {"reviewers": 0},
        {"reviewers": 21},
        {"reasons": []},
        {"reasons": list("abcdefghij")},
        {"reasons": ["a" * 81]},
        {"reasons": [""]},
        {"reasons": [" "]},
        {"highlight": ["bone\tmass"]},
        {"highlight": ["bone\nmass"]},
    ],
)
def test_what_is_beyond_a_limit_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="for ScreeningChoice"):
        ScreeningChoice.model_validate(given)


def test_one_person_screens_unless_more_are_named_and_spaces_around_a_reason_do_not_count() -> None:
    assert ScreeningChoice().reviewers == 1
    assert ScreeningChoice.model_validate({"reasons": [" wrong dose "]}).reasons == ("wrong dose",)
