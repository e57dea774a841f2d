"""How far an effect in running text reaches: both sides of every bound."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import read, told

FULL = "OR: estimate 0.84, level 95 %, low 0.63, high 1.12"
PLAIN = "OR: estimate 0.84, low 0.63, high 1.12"
UNKNOWN = "?: estimate 0.84, low 0.63, high 1.12"


def measures(text: str) -> list[str | None]:
    return [each.measure for each in read(text)]


def test_seventy_characters_may_stand_between_two_numbers() -> None:
    assert told(f"The OR was 0.84 {'x' * 67} (95% CI 0.63-1.12)") == [FULL]
    assert told(f"The OR was 0.84 {'x' * 68} (95% CI 0.63-1.12)") == []
    level = "?: estimate 0.84, level 95 %, low 0.63, high 1.12"
    assert told(f"It was 0.84 (95% {'x' * 65} CI 0.63-1.12)") == [level]
    assert told(f"It was 0.84 (95% {'x' * 66} CI 0.63-1.12)") == []


def test_a_measure_counts_when_it_is_named_up_to_160_characters_before() -> None:
    assert measures(f"The OR{' a' * 78}, 0.84 (95% CI 0.63-1.12)") == ["OR"]
    assert measures(f"The OR{' a' * 79} 0.84 (95% CI 0.63-1.12)") == [None]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("The OR, of 1 for all, was 0.84 (95% CI 0.63-1.12)", "OR"),
        ("The OR, of 2 for all, was 0.84 (95% CI 0.63-1.12)", None),
        ("The OR (of 2 for all) was 0.84 (95% CI 0.63-1.12)", "OR"),
        ("The OR [of 2 for all] was 0.84 (95% CI 0.63-1.12)", "OR"),
        ("In 40 men the OR was 0.84 (95% CI 0.63-1.12)", "OR"),
        ("The OR was 0.84% (95% CI 0.63-1.12)", None),
        ("The OR was 0.84 kg (95% CI 0.63-1.12)", None),
        ("The MD was 0.84 kg (95% CI 0.63-1.12)", "MD"),
        ("The RD was 0.84% (95% CI 0.63-1.12)", "RD"),
        ("r = 0.84 (95% CI 0.63-0.92)", "r"),
        ("The OR was not r = 0.84 (95% CI 0.63-0.92)", "r"),
        ("The OR was not r 0.84 (95% CI 0.63-0.92)", "OR"),
        ("The OR = 0.84 (95% CI 0.63-0.92)", "OR"),
        ("The OR. Others 0.84 (95% CI 0.63-0.92)", None),
        ("The OR or HR 0.84 (95% CI 0.63-0.92)", "HR"),
    ],
)
def test_the_measure_is_the_last_one_with_no_other_number_or_unit_between(
    text: str, measure: str | None
) -> None:
    assert measures(text) == [measure]


@pytest.mark.parametrize(
    "text",
    [
        "p 0.84 (95% CI 0.63-1.12)",
        "n: 0.84 (95% CI 0.63-1.12)",
        "P-values: 0.84 (95% CI 0.63-1.12)",
        "SD (0.84 (95% CI 0.63-1.12)",
        "± 0.84 (95% CI 0.63-1.12)",
        "OR < 0.84 (95% CI 0.63-1.12)",
        "OR > 0.84 (0.63-1.12), p = 0.2",
        "r > 0.84 (95% CI 0.63-0.92)",
        "95% CI 0.63-1.12, 1.5",
        "OR 95% CI (0.63-1.12)",
    ],
)
def test_a_number_that_words_say_is_another_begins_no_effect(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # per so many of something, and SE by the words before
        ("OR 0.84 per 10 mg (95% CI 0.63-1.12)", FULL),
        ("OR 0.84 men per 10 mg (95% CI 0.63-1.12)", FULL),
        ("β (SE) = 0.84 (0.12)", "beta: estimate 0.84, se 0.12"),
        ("β (SE): 0.84 [0.12]", "beta: estimate 0.84, se 0.12"),
        ("β (SE): 0.84 (0.12 men", None),
        ("β (SE): 0.84 and 0.12)", None),
        ("β: 0.84 (0.12)", None),
        # the parts of an interval
        ("OR 0.84 (0.63, 1.12)", PLAIN),
        ("OR 0.84 (0.63\n\n\n\n\n\n\n\n\n\n\n,1.12)", PLAIN),
        ("OR 0.84 (0.63\n\n\n\n\n\n\n\n\n\n\n\n,1.12)", None),
        ("OR 0.84 (95% CI 0.63 or 1.12)", None),
        ("OR 0.84 (95% CI 0.63 kg 1.12)", None),
        ("OR 0.84 (95% CI 0.63\t1.12)", None),
        ("OR 0.84 (p = 0.2, 95% CI 0.63-1.12)", "OR: estimate 0.84, p 0.2, level 95 %, low 0.63, high 1.12"),
        ("OR 0.84 (p = 0.2) (0.63-1.12)", "OR: estimate 0.84, p 0.2"),
        ("β -0.11 (-0.22 -0.31)", "beta: estimate -0.11, low -0.22, high 0.31"),
        ("β 0.21 (0.11 -0.31)", "beta: estimate 0.21, low 0.11, high 0.31"),
        ("β 0.21 (0.11 to -0.31)", None),
        ("β 0.84 (95%, 0.63-1.12)", None),
        ("β 0.84 (5, CI 0.63-1.12)", "?: estimate 5, low 0.63, high 1.12"),
        # p after an interval
        (f"{'OR 0.84 (0.63-1.12)'} 1.0", f"{PLAIN}, p 1.0?"),
        (f"{'OR 0.84 (0.63-1.12)'} 0.0", f"{PLAIN}, p 0.0?"),
        (f"{'OR 0.84 (0.63-1.12)'} 1.1", PLAIN),
        (f"{'OR 0.84 (0.63-1.12)'} 1", PLAIN),
        (f"{'OR 0.84 (0.63-1.12)'} -0.2", PLAIN),
        (f"{'OR 0.84 (0.63-1.12)'} 0.2 (3)", PLAIN),
        (f"{'OR 0.84 (0.63-1.12)'}* 0.2", f"{PLAIN}, p 0.2?"),
        (f"{'OR 0.84 (0.63-1.12)'} 0.2 p = 0.3", f"{PLAIN}, p 0.2?"),
        (f"{'OR 0.84 (0.63-1.12)'} and 0.2", PLAIN),
        (f"{'OR 0.84 (0.63-1.12)'} 0.2; n = 50", f"{PLAIN}, p 0.2?, n 50"),
        # effects without an interval
        ("β 0.84, t = 2.1", "beta: estimate 0.84, t 2.1"),
        ("β 0.84, t(98) = 2.1", "beta: estimate 0.84, df 98, t 2.1"),
        ("β 0.84, n = 50", None),
        ("r = 0.84, n = 50", "r: estimate 0.84, n 50"),
        ("the beta in 1899, p = 0.03", "beta: estimate 1899, p 0.03"),
        ("the beta in 1900, p = 0.03", None),
        ("the beta in 2099, p = 0.03", None),
        ("the beta in 2100, p = 0.03", "beta: estimate 2100, p 0.03"),
        ("the beta in 1950.5, p = 0.03", "beta: estimate 1950.5, p 0.03"),
        ("beta: -1950, p = 0.03", "beta: estimate -1950, p 0.03"),
        (f"OR {'x' * 16} 0.84, p = 0.03", "OR: estimate 0.84, p 0.03"),
        (f"OR {'x' * 17} 0.84, p = 0.03", None),
        ("OR; here 0.84, p = 0.03", None),
        ("It was 0.84, p = 0.03", None),
    ],
)
def test_what_belongs_to_an_estimate_is_told_by_the_words_between(text: str, expected: str | None) -> None:
    assert told(text) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("text", "is_effect"),
    [
        # words of another interval up to 70 characters before and 60 after
        (f"median {'x' * 62} 0.84 (0.63-1.12), p = 0.2", False),
        (f"median {'x' * 63} 0.84 (0.63-1.12), p = 0.2", True),
        (f"It was 0.84 (0.63-1.12), p = 0.2, {'x' * 31} range", False),
        (f"It was 0.84 (0.63-1.12), p = 0.2, {'x' * 32} range", True),
        # a word for an interval up to 300 before, in the same paragraph
        (f"CI {'x' * 296} 0.84 (0.63-1.12)", True),
        (f"CI {'x' * 298} 0.84 (0.63-1.12)", False),
        ("95% CI\nIt was 0.84 (0.63-1.12)", True),
        ("95% CI\n\nIt was 0.84 (0.63-1.12)", False),
        # else the estimate between the limits with a p or a measure right before
        ("It was 0.84 (0.63-1.12), p = 0.2", True),
        ("It was 0.63 (0.63-1.12), p = 0.2", True),
        ("It was 1.12 (0.63-1.12), p = 0.2", True),
        ("It was 1.13 (0.63-1.12), p = 0.2", False),
        ("It was 0.62 (0.63-1.12), p = 0.2", False),
        ("It was 0.84 (0-1.12), p = 0.2", True),
        ("It was 0.84 (0-1), p = 0.2", False),
        ("It was 3 (0.63-4.12), p = 0.2", False),
        ("It was 0.84 (0.63-1.12)", False),
        (f"OR {'x' * 16} 0.84 (0.63-1.12)", True),
        (f"OR {'x' * 17} 0.84 (0.63-1.12)", False),
        (f"OR {'x' * 8} (all of them) {'x' * 8} 0.84 (0.63-1.12)", True),
        (f"OR {'x' * 8}, {'x' * 9} 0.84 (0.63-1.12)", False),
    ],
)
def test_two_numbers_in_brackets_are_an_interval_if_something_says_so(text: str, is_effect: bool) -> None:
    assert len(told(text)) == is_effect


@pytest.mark.parametrize(
    ("text", "is_effect"),
    [
        ("β -0.11 (-0.22, 0.01", True),
        ("β -0.11 (-0.22, 0.01 men", False),
        ("β -0.11 (-0.22, 0.01 <0.5", True),
        ("β 0.11 (-0.22, 0.01", False),
        ("β -1 (-2.2, 0.01", False),
        ("β -0.11 (-0.22, 0", False),
        ("95% CI\nβ -0.11 (-0.22, 0.01", True),
        ("95% CI\nβ 0.02 (-0.22, 0.01", False),
        ("95% CI\nβ -0.23 (-0.22, 0.01", False),
        ("β -0.22 (-0.22, 0.01", True),
        ("β 0.01 (-0.22, 0.01", True),
        ("(men) β -0.11, -0.22, 0.01)", True),
        ("β -0.11, -0.22, 0.01]", False),
        ("β -0.11, -0.22, 0.01, p", False),
        ("(men β -0.11, -0.22, 0.01)", False),
        ("(men β -0.11, -0.22,\n0.01)", False),
        ("β -0.11, -0.22, 0.01", False),
        ("β -0.11 and -0.22, 0.01)", False),
        (f"({'x' * 57} β -0.11, -0.22, 0.01)", False),
        (f"({'x' * 60} β -0.11, -0.22, 0.01)", True),
    ],
)
def test_one_bracket_may_be_missing(text: str, is_effect: bool) -> None:
    found = read(text)
    assert [each.remarks for each in found] == [("a bracket of its interval is missing",)] * is_effect


def test_nothing_behind_the_p_of_another_test_belongs_to_the_effect() -> None:
    words = "OR 0.84 (95% CI 0.63-1.12), p = 0.2 for {}, n = 40"
    assert told(words.format("trend")) == [FULL]
    assert told(words.format("the interaction")) == [FULL]
    assert told(words.format("trend").replace("n = 40", "p = 0.03")) == [FULL]
    assert told(words.format("men")) == [f"{FULL}, p 0.2"]
    assert told(words.format("men").replace(" for men", "")) == [f"{FULL}, p 0.2, n 40"]
