"""`unreported` of review.yaml: what is read, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evidence.records.effect import NotReported
from evidence.records.review import Analysis, Review, review_faults
from evidence.records.unreported import SAID_WORDS, Unreported
from synthesis.pooling.unreported.statements import ORBIT, STATEMENTS


def review(unreported: dict[str, Any], measure: str = "beta", **analysis: Any) -> Review:
    return Review.model_validate(
        {
            "schema": 1,
            "review": "made",
            "title": "Made",
            "question": {"population": "a", "exposure": "b", "outcome": "c", "design": "d"},
            "scale": {"measure": measure, "exposure": "hemoglobin"},
            "analyses": [
                {"id": "all", "title": "All", "outcome": {"name": "BMD"}, "unreported": unreported} | analysis
            ],
        }
    )


def test_review_yaml_may_name_every_statement_and_class_there_is() -> None:
    assert (*STATEMENTS, *ORBIT) == SAID_WORDS


def test_a_result_counts_as_what_is_written() -> None:
    said = {"said": "E", "n": "1426", "probability": "0.8", "alpha": "0.01", "note": "Why."}
    analysis: Analysis = review({"a-study/men": said}).analyses[0]
    found = analysis.unreported["a-study/men"]
    assert (found.said, str(found.n), str(found.probability)) == ("E", "1426", "0.8")
    assert list(review_faults(review({"a-study/men": said}))) == []
    assert Analysis.model_validate({"id": "x", "title": "X", "outcome": {"name": "y"}}).unreported == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"said": "insignificant"},
        {},
        {"said": "A", "se": "0.1", "like": {"estimate": "men"}},
        {"said": "A", "sd": "0.1"},
    ],
)
def test_words_that_are_none_and_two_ways_to_an_error_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Unreported.model_validate(wrong)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"n": "0"}, "n"),
        ({"n": "-5"}, "n"),
        ({"se": "0"}, "se"),
        ({"probability": "1.01"}, "probability"),
        ({"probability": "-0.1"}, "probability"),
        ({"alpha": "0"}, "alpha"),
        ({"alpha": "1"}, "alpha"),
        ({"like": {"estimate": "men", "n": "0"}}, "n"),
    ],
)
def test_numbers_that_cannot_be_have_a_fault_at_their_place(more: dict[str, Any], key: str) -> None:
    (fault,) = review_faults(review({"a-study": {"said": "A"} | more}))
    assert fault.rule == "unreported-number"
    assert fault.at[:4] == ("analyses", 0, "unreported", "a-study")
    assert fault.at[-1] == key
    assert "cannot be" in fault.says


@pytest.mark.parametrize(
    "more", [{"probability": "0"}, {"probability": "1"}, {"alpha": "0.999"}, {"n": "0.5"}]
)
def test_both_ends_of_what_can_be_are_fine(more: dict[str, Any]) -> None:
    assert list(review_faults(review({"a-study": {"said": "A"} | more}))) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"group_by": "sex"}, "'group_by' asks for several"),
        ({"model": {"name": "CHE", "rho": "0.6"}}, "a model of dependent ones"),
        ({"measure": "PR"}, "PR has not"),
    ],
)
def test_it_goes_with_one_mean_of_independent_effects_that_have_a_null(
    other: dict[str, Any], words: str
) -> None:
    (fault,) = review_faults(review({"a-study": {"said": "A"}}, **other))
    assert fault.rule == "unreported-mismatch"
    assert words in fault.says
    assert fault.at == ("analyses", 0, "unreported")
    assert list(review_faults(review({}, **other))) == []


def test_a_direction_stands_beside_what_is_said() -> None:
    found = NotReported.model_validate({"said": "higher with more hemoglobin", "direction": "positive"})
    assert found.direction == "positive"
    assert NotReported.model_validate({"said": "not significant"}).direction is None
    with pytest.raises(ValidationError):
        NotReported.model_validate({"said": "up", "direction": "up"})
