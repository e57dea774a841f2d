"""Answers as typed: one rule for decimal commas, here as in files."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.sources.entries import slug
from synthesis.adding.answers import (
    choices,
    compose,
    contradictions,
    limits,
    missing,
    normal_doi,
    refusal,
    suggested_study,
)
from synthesis.adding.fields import FIELDS, Need


@pytest.mark.parametrize("text", ["0,92", "1,32", "1,325", "[0,92]", "0,92, 1,32"])
def test_a_decimal_comma_is_never_read_as_two_limits(text: str) -> None:
    with pytest.raises(ValueError, match="is not a lower and an upper limit"):
        limits(text)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("1, 2", ("1", "2")),
        ("1.11,1.41", ("1.11", "1.41")),
        ("1.11-1.41", ("1.11", "1.41")),
        ("1.11 1.41", ("1.11", "1.41")),
        ("[1.11 1.41]", ("1.11", "1.41")),
        ("(−0.5 to −0.2)", ("-0.5", "-0.2")),
        ("-0.5--0.2", ("-0.5", "-0.2")),
        ("0·79; 1·2", ("0.79", "1.2")),
        ("2 × 10^-5 to 3x10-5", ("2e-5", "3e-5")),
        ("1e-5, 2E-5", ("1e-5", "2e-5")),
        ("1,325,000; 2,000,000", ("1325000", "2000000")),
        ("95% CI 1.11 to 1.41", ("1.11", "1.41")),
        ("95 %-KI: 0,92 bis 1,32", ("0.92", "1.32")),
        ("[0,92; 1,32]", ("0.92", "1.32")),
        ("0,92 to 1,32", ("0.92", "1.32")),
        ("(0,92–1,32)", ("0.92", "1.32")),
    ],
)
def test_two_limits_are_read_as_papers_print_them(text: str, pair: tuple[str, str]) -> None:
    assert limits(text) == pair


@pytest.mark.parametrize("name", ["estimate", "se", "p", "n", "women"])
def test_every_number_is_refused_with_what_it_may_mean(name: str) -> None:
    assert "0.92" in (refusal(FIELDS[name], "0,92 %" if name == "women" else "0,92") or "")


@pytest.mark.parametrize(("name", "text"), [("p", "1.2"), ("women", "154 %"), ("year", "19"), ("n", "-3")])
def test_what_cannot_be_is_asked_again(name: str, text: str) -> None:
    assert "does not fit; expected e.g." in (refusal(FIELDS[name], text) or "")


@pytest.mark.parametrize(
    ("name", "text", "accepted"),
    [
        ("title", chr(0xD800), False),
        ("title", chr(0xDFFF), False),
        ("title", chr(0xD7FF), True),
        ("title", chr(0xE000), True),
        ("ci", "1e300, 2e300", False),
        ("ci", "1, 2", True),
        ("women", "54.2 %", True),
    ],
)
def test_an_answer_is_refused_for_half_characters_and_for_impossible_parts(
    name: str, text: str, accepted: bool
) -> None:
    assert (refusal(FIELDS[name], text) is None) is accepted


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        (" 10.1000/Lee.1 ", "10.1000/Lee.1"),
        ("https://doi.org/10.1000%2FLee.1", "10.1000/Lee.1"),
        ("http://dx.doi.org/10.1000/a%3Cb", "10.1000/a<b"),
        ("doi: 10.1000/Lee.1", "10.1000/Lee.1"),
        ("10.1000/a%3Cb", "10.1000/a%3Cb"),
    ],
)
def test_a_doi_is_the_same_with_and_without_its_address(text: str, doi: str) -> None:
    """Only an address spells characters with per cent signs; a bare DOI may have one of its own."""
    assert normal_doi(text) == doi


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("per", []),
        ("per exposed", ["not both"]),
        ("per reference exposed", ["not both"]),
        ("exposed reference", []),
        ("reference", ["--reference needs --exposed"]),
        ("estimate not-reported", ["exclude each other"]),
        ("estimate ci se", []),
        ("ci", ["--ci: without --estimate"]),
        ("ci p", ["--ci, --p: without --estimate"]),
    ],
)
def test_answers_that_exclude_each_other_are_told(given: str, says: list[str]) -> None:
    told = contradictions(dict.fromkeys(given.split(), "x"))
    assert len(told) == len(says)
    assert all(part in whole for part, whole in zip(says, told, strict=True))


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"estimate": "1", "measure": "OR", "per": "1"}, None),
        ({"estimate": "1", "measure": "OR"}, "--per, or --exposed and --reference"),
        ({"estimate": "1", "measure": "mean"}, None),
        ({"estimate": "1"}, "--measure"),
        ({"estimate": "1", "measure": "OR", "exposed": "a"}, "--reference"),
        ({"not-reported": "ns"}, None),
        ({}, "--estimate, --exposed-numbers and --reference-numbers, or --not-reported"),
    ],
)
def test_what_is_missing_depends_on_what_is_there(given: dict[str, str], lacking: str | None) -> None:
    always = {field.name: "x" for field in FIELDS.values() if field.need is Need.MUST}
    del always["measure"]
    assert missing(always, given) == ([] if lacking is None else [lacking])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hip fracture", "hip-fracture"),
        ("50+", "50-plus"),
        ("<65 years", "under-65-years"),
        ("Größe, é", "grosse-e"),
        ("李", ""),
    ],
)
def test_a_name_has_letters_digits_and_hyphens(text: str, name: str) -> None:
    assert slug(text) == name


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({"citation": "Lee J, Kim K: Bone 2019;1:2", "year": "2019"}, "lee-2019"),
        ({"citation": "李 J", "year": "2019"}, None),
        ({"citation": "Lee J"}, None),
        ({"year": "2019"}, None),
    ],
)
def test_a_study_is_called_by_its_first_word_and_its_year(answers: dict[str, str], name: str | None) -> None:
    assert suggested_study(answers) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [("sex", ("men", "women")), ("covariates", ()), ("title", ()), ("exposed-numbers", ())],
)
def test_two_words_are_a_choice_and_one_beside_other_answers_is_none(
    name: str, words: tuple[str, ...]
) -> None:
    assert choices(FIELDS[name]) == words
    assert not words or (refusal(FIELDS[name], "x") or "").endswith("expected one of: men, women")


# Answers -> a record.

STUDY = {"study": "s", "citation": "Lee J: Bone", "year": "2019", "exposure": "anemia", "cohort": "C"}
ONE = {"outcome": "BMD", "site": "hip", "model-type": "Cox regression", "adjustment": "full", "estimate": "1"}


def composed(*estimates: dict[str, str]) -> dict[str, Any]:
    return compose(STUDY, [{**ONE, **each} for each in estimates])


def test_one_model_is_not_named_at_each_estimate_and_several_are() -> None:
    one = composed({}, {"sex": "men"})
    assert [each["id"] for each in one["estimates"]] == ["hip", "hip-men"]
    assert not any("model" in each for each in one["estimates"])
    assert list(one["models"]) == ["adjusted"]
    two = composed({}, {"adjustment": "none"})
    assert [each["model"] for each in two["estimates"]] == ["adjusted", "unadjusted"]
    assert [each["id"] for each in two["estimates"]] == ["hip", "hip-unadjusted"]


def test_parts_of_the_same_name_are_told_apart_by_more_words_and_then_by_numbers() -> None:
    models = composed(
        {},
        {"model-type": "logistic regression"},
        {"covariates": "age"},
        {"covariates": "sex"},
        {"model": "M 1"},
    )
    assert list(models["models"]) == [
        "adjusted",
        "adjusted-logistic-regression",
        "adjusted-cox-regression",
        "adjusted-2",
        "m-1",
    ]
    same = composed({}, {}, {}, {})
    assert [each["id"] for each in same["estimates"]] == ["hip", "hip-adjusted", "hip-2", "hip-3"]
    places = composed({}, {"outcome": "T-score"}, {"method": "QCT", "outcome": "T-score"})
    assert list(places["outcomes"]) == ["hip", "t-score-hip", "hip-2"]


def test_an_estimate_has_its_number_and_groups_or_what_was_said_instead() -> None:
    number, groups, silent = (
        composed(each)["estimates"][0]
        for each in ({"measure": "HR"}, {"exposed": "a", "reference": "b"}, {"not-reported": "ns"})
    )
    assert number["effect"] == {"estimate": "1", "measure": "HR"}
    assert groups["effect"]["versus"] == {"exposed": "a", "reference": "b"}
    assert "not_reported" not in silent, "an estimate was given"
    without = {name: text for name, text in ONE.items() if name != "estimate"}
    [told] = compose(STUDY, [{**without, "not-reported": "ns"}])["estimates"]
    assert told["not_reported"] == {"said": "ns"}
    assert "effect" not in told


def test_a_report_and_an_exposure_without_a_latin_letter_have_a_name_all_the_same() -> None:
    named = compose({**STUDY, "citation": "李", "exposure": "贫血"}, [{**ONE, "outcome": "骨", "site": ""}])
    assert list(named["reports"]) == ["2019"]
    assert list(named["exposures"]) == ["exposure"]
    assert list(named["outcomes"]) == ["outcome"]
    assert list(composed({})["reports"]) == ["lee-2019"]
    assert list(composed({})["exposures"]) == ["anemia"]
