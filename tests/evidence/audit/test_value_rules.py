"""What the rules about whole numbers say, and whose means they ask about."""

from __future__ import annotations

import pytest

from tests.evidence.audit.further_cases import MEAN, grouped, means, of_outcome
from tests.evidence.audit.records import UNADJUSTED, estimate, estimates, place, problems, replaced, told


def test_an_impossible_mean_is_told_with_its_neighbours() -> None:
    text = of_outcome("whole_numbers: true", means("5.19, sd: 2.00"))
    (problem,) = problems(text, "mean-of-whole-numbers")
    assert problem.says == (
        "no whole numbers of 28 persons have the mean 5.19 of 'a': 145/28 = 5.18 and 146/28 = 5.21"
    )
    assert place(text, problem).startswith("5.19")


def test_the_mean_of_items_has_finer_steps() -> None:
    text = of_outcome("items: 3", means("5.21, sd: 2.00", n=5))
    ((says, _),) = told(text, "mean-of-whole-numbers")
    assert says == (
        "no whole numbers of 5 persons times 3 items have the mean 5.21 of 'a': 78/15 = 5.20 and 79/15 = 5.27"
    )
    assert told(of_outcome("items: 2", means("5.25, sd: 2.00", n=2)), "mean-of-whole-numbers") == []
    assert (
        len(told(of_outcome("whole_numbers: true", means("5.25, sd: 2.00", n=2)), "mean-of-whole-numbers"))
        == 1
    )


def test_an_impossible_sd_is_told_with_the_totals() -> None:
    text = of_outcome("whole_numbers: true", means("3.44, sd: 2.47", "3.50, sd: 2.50", n=18))
    (problem,) = problems(text, "sd-of-whole-numbers")
    assert problem.says == "no 18 whole numbers with the mean 3.44 of 'a' have the SD 2.47"
    assert problem.hint == "Their total would be 62. Are fewer persons in the SD, or is it a standard error?"
    assert place(text, problem).startswith("2.47")


def test_at_most_three_totals_are_named() -> None:
    text = of_outcome("whole_numbers: true", means("2.5, sd: 0.1", "3.0, sd: 1.5", n=100))
    ((_, hint),) = told(text, "sd-of-whole-numbers")
    assert hint is not None
    assert hint.startswith("Their total would be 245, 246 or 247.")


@pytest.mark.parametrize(
    ("first", "flagged"),
    [
        ("n: 2, mean: 5.19, sd: 2", True),
        ("n: 1, mean: 5.19, sd: 2", False),
        ("n: 28.5, mean: 5.19, sd: 2", False),
    ],
)
def test_a_mean_of_one_person_or_of_none_that_can_be_is_not_asked_about(first: str, flagged: bool) -> None:
    text = of_outcome("whole_numbers: true", grouped("MD", (first, "n: 10, mean: 5.0, sd: 2.0")))
    assert len(told(text, "mean-of-whole-numbers")) == flagged


@pytest.mark.parametrize(
    ("body", "n", "crude", "flagged"),
    [
        (MEAN, 28, True, True),
        (MEAN, 28, False, False),  # a mean that a model adjusts is none of whole numbers
        (MEAN, None, True, False),
        (MEAN, 1, True, False),
        (MEAN.replace("mean,", "MD,"), 28, True, False),
        (MEAN.replace("5.19", "5.21"), 28, True, False),
    ],
)
def test_an_unadjusted_mean_is_asked_about(body: str, n: int | None, crude: bool, flagged: bool) -> None:
    text = of_outcome("whole_numbers: true", estimates(estimate("a", body, n=n)))
    text = replaced(UNADJUSTED, text=text) if crude else text
    found = problems(text, "mean-of-whole-numbers")
    assert len(found) == flagged
    assert all(place(text, problem).startswith("5.19") for problem in found)


@pytest.mark.parametrize(
    ("mean", "outside"),
    [("2.0", False), ("2.1", True), ("0.0", False), ("-0.1", True), ("2.04", True), ("2", False)],
)
def test_a_mean_lies_between_the_bounds(mean: str, outside: bool) -> None:
    second = f"n: 28, mean: {mean}, sd: 0.4"
    text = of_outcome("bounds: [0, 2]", grouped("MD", ("n: 28, mean: 1.0, sd: 0.4", second)))
    expected = [f"the mean {mean} of 'b' lies outside 0 to 2"] if outside else []
    assert [says for says, _ in told(text, "mean-outside-bounds")] == expected


def test_a_mean_beyond_its_bounds_is_not_told_a_second_time_as_impossible() -> None:
    text = of_outcome("whole_numbers: true, bounds: [0, 2]", means("2.1, sd: 0.5", "1.0, sd: 0.4"))
    assert len(told(text, "mean-outside-bounds")) == 1
    assert told(text, "mean-of-whole-numbers") == []
    assert told(text, "sd-of-whole-numbers") == []


def test_bounds_that_are_no_whole_numbers_hold_those_between_them() -> None:
    # 0.5 to 3.5 holds 1 to 3: with the mean 3 all are 3
    text = of_outcome(
        "whole_numbers: true, bounds: [0.5, 3.5]", means("3.00, sd: 0.20", "2.00, sd: 0.00", n=10)
    )
    assert len(told(text, "sd-of-whole-numbers")) == 1
    assert told(text.replace("sd: 0.20", "sd: 0.00"), "sd-of-whole-numbers") == []
