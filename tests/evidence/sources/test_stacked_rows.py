"""Brackets on the line below a row of estimates: each belongs to the estimate above it, or to none."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import read, told

RATIOS = "Table 1. Odds ratios (95% CI)\n"
ERRORS = "Table 1. Regression coefficients; standard errors in brackets\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "Anemia 1.45 1.52\n(1.01-2.08) (1.05-2.20)",
            ["1.45, low 1.01, high 2.08", "1.52, low 1.05, high 2.20"],
        ),
        ("1.45 1.52\n[1.01; 2.08] [1.05; 2.20]", ["1.45, low 1.01, high 2.08", "1.52, low 1.05, high 2.20"]),
        (
            "A 1.45 1.52\n(1.01 to 2.08) (1.05, 2.20)",
            ["1.45, low 1.01, high 2.08", "1.52, low 1.05, high 2.20"],
        ),
        (
            "A 1.45*** 1.52\n(1.01-2.08)† (1.05-2.20)***",
            ["1.45, low 1.01, high 2.08", "1.52, low 1.05, high 2.20"],
        ),
        (
            "A 1.45 1.52 1.60\n(1.0-2.1) (1.1-2.2) (1.2-2.3)",
            ["1.45, low 1.0, high 2.1", "1.52, low 1.1, high 2.2", "1.60, low 1.2, high 2.3"],
        ),
    ],
)
def test_intervals_belong_to_the_estimates_above_them_in_their_order(rows: str, expected: list[str]) -> None:
    assert told(RATIOS + rows) == [f"OR: estimate {each}" for each in expected]


def test_limits_below_zero_keep_their_signs() -> None:
    text = "Table 1. Mean differences (95% CI)\nA -0.45 -0.52\n(-1.01 - -0.08) (-1.05, -0.20)"
    assert told(text) == [
        "MD: estimate -0.45, low -1.01, high -0.08",
        "MD: estimate -0.52, low -1.05, high -0.20",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        "A 1.45 1.52\n(1.01-2.08) (1.05-2.20) (1.05-2.20)",  # more brackets than estimates
        "A 1.45 1.52 1.60\n(1.01-2.08) (1.05-2.20)",  # fewer
        "A 1.45 1.52\nAge (1.01-2.08) (1.05-2.20)",  # a row of its own
        "A 1.45 to 1.52 B\n(1.01-2.08) (1.05-2.20)",  # what stands above is no row of estimates
    ],
)
def test_where_they_are_not_equally_many_none_is_given_to_another(rows: str) -> None:
    pairs = {
        (str(each.numbers["estimate"]), str(each.numbers["low"]))
        for each in read(RATIOS + rows)
        if "low" in each.numbers
    }
    assert not pairs & {("1.45", "1.01"), ("1.52", "1.05")} - {("1.52", "1.01")}


def test_errors_are_read_where_the_table_says_so() -> None:
    rows = "Hb 0.12** -0.30\n(0.04) (0.05)"
    assert told(ERRORS + rows) == ["beta: estimate 0.12, se 0.04", "beta: estimate -0.30, se 0.05"]
    assert told("Table 1. Regression coefficients\n" + rows) == []


def test_the_place_is_the_row_of_the_estimates_and_the_quote_both_lines() -> None:
    first, second = read(RATIOS + "Anemia 1.45 1.52\n(1.01-2.08) (1.05-2.20)")
    assert (first.spot.at, second.spot.at) == ("Table 1, Anemia, no. 1", "Table 1, Anemia, no. 2")
    assert first.quote == "Anemia 1.45 1.52 (1.01-2.08) (1.05-2.20)"
    assert (first.said, first.on_log) == ("Odds ratios", False)


def test_logarithms_are_told_by_the_caption() -> None:
    found = read("Table 1. Log odds ratios (95% CI)\nA 0.45 0.52\n(0.01-1.08) (0.05-1.20)")
    assert [(each.measure, each.on_log) for each in found] == [("OR", True), ("OR", True)]


@pytest.mark.parametrize(("marks", "found"), [("*", True), ("**", False)])
def test_a_line_of_brackets_has_up_to_300_characters(marks: str, found: bool) -> None:
    estimates, brackets = " ".join(["1.45"] * 25), " ".join(["(1.01-2.08)"] * 25) + marks
    assert len(brackets) == 299 + len(marks)
    rows = told(f"{RATIOS}{estimates}\n{brackets}")
    assert (rows == ["OR: estimate 1.45, low 1.01, high 2.08"] * 25) is found


@pytest.mark.parametrize(("zeros", "found"), [("0", True), ("00", False)])
def test_estimates_above_it_are_those_of_the_last_300_characters(zeros: str, found: bool) -> None:
    estimates, brackets = " ".join(["1.450000000"] * 25), " ".join(["(1.01-2.08)"] * 25)
    text = f"{RATIOS}{estimates.replace('1.45', f'1.45{zeros}', 1)}\n{brackets}"
    assert len(estimates) == 299
    expected = "OR: estimate 1.450000000, low 1.01, high 2.08"
    assert (told(text)[1:] == [expected] * 24) is found
