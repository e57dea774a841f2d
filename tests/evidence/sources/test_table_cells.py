"""Forms of cells, and which cells of a row belong together: both sides of every condition."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import in_words, read, told
from tests.evidence.sources.test_table_candidates import table

OR = "OR: estimate 0.84, low 0.63, high 1.12"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0.84 (0.63, 1.12)", [OR]),
        ("0.84 (0.63; 1.12)", [OR]),
        ("0.84 (0.63 to 1.12)", [OR]),
        ("0.84 (0.63: 1.12)", [OR]),
        ("0.84 (0.63 ~ 1.12)", [OR]),
        ("0.84 (0.63 1.12)", [OR]),
        ("0.84* [0.63-1.12]", [OR]),
        ("0.84†‡ {0.63-1.12}", [OR]),
        ("0.84ab (CI: 0.63-1.12)", [OR]),
        ("0.84 (0.63-1.12", [OR]),
        ("0.84, 0.63, 1.12)", [OR]),
        ("0.84; 0.63; 1.12)", [OR]),
        ("0.84, 0.63, 1.12", []),
        ("0.84 0.63, 1.12)", []),
        ("0.84 (0.63 / 1.12)", []),
        ("0.84 (0.63-1.12) p=0.2", [f"{OR}, p 0.2"]),
        ("0.84 (0.63-1.12), p: 0.2", [f"{OR}, p 0.2"]),
        ("0.84 (0.63-1.12) (P 0.2)", [f"{OR}, p 0.2"]),
        ("0.84 (0.63-1.12; p<0.001)", [f"{OR}, p < 0.001"]),
        ("0.84 (0.63-1.12) 0.2", [f"{OR}, p 0.2?"]),
        ("0.84 (0.63-1.12) (0.2)", [f"{OR}, p 0.2?"]),
        ("0.84 (0.63-1.12 0.2", []),
        ("0.84 0.63-1.12; p=0.2", []),
        ("0.84 (0.63 / 1.12), p=0.2", []),
        ("0.84 (0.63-1.12), q 0.2", []),
        ("0.84 (0.63-1.12) p=0.2 (3)", []),
        ("0.84 (0.63, 1.12) and 3 more 4", []),
        (f"0.{'8' * 26} (0.63, 1.12)", []),
    ],
)
def test_an_interval_in_a_cell_is_read_in_these_forms_only(cell: str, expected: list[str]) -> None:
    found = read(table("| OR (95% CI)", f"Men | {cell}"))
    of_table = [in_words(each) for each in found if each.spot.column]
    assert of_table == expected, "what has no column is read as running text"


@pytest.mark.parametrize(
    ("cell", "remarks"),
    [
        ("0.84 (0.63, 1.12)", ()),
        ("0.84 (0.63, 1.12", ("a bracket of its interval is missing",)),
        ("0.84, 0.63, 1.12)", ("a bracket of its interval is missing",)),
    ],
)
def test_a_missing_bracket_of_a_cell_is_said(cell: str, remarks: tuple[str, ...]) -> None:
    [found] = read(table("| OR (95% CI)", f"Men | {cell}"))
    assert found.remarks == remarks


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        # three numbers are an interval where a word says so, or the head an estimate
        ("| Model 1", "OR, 95% CI | 0.84 (0.63, 1.12)", [OR]),
        ("| Model 1", "OR, IQR | 0.84 (0.63, 1.12)", []),
        ("| OR", "Range | 0.84 (0.63, 1.12)", []),
        ("| OR", "Men | 0.84 (0.63, 1.12)", [OR]),
        ("| Events", "Men | 0.84 (0.63, 1.12)", []),
        ("| Model 1", "Men | 0.84 (0.63, 1.12)", []),
        # limits in a column of their own
        ("| OR | 95% CI | 95% CI", "Men | 0.84 | 0.63-1.12 | 0.5-2", [OR]),
        ("| OR (95% CI) | 95% CI", "Men | 0.84 (0.63-1.12) | 0.5-2", [OR]),
        ("| OR | Lower | 95% CI", "Men | 0.84 | 0.6 | 0.5-2", []),
        ("| OR | Range", "Men | 0.84 | 0.63-1.12", []),
        ("| x | 95% CI", "Men | 0.84 | 0.63-1.12", []),
        ("| OR | 95% CI", "Men | - | 0.63-1.12", []),
        ("| OR | 95% CI", "Men | 0.84 | 0.63 / 1.12", []),
        ("| OR | 95% CI", "Men | 0.84 | p 0.63-1.12", []),
        # what follows an estimate that is not printed belongs to none
        ("| OR | HR | p", "Men | 0.84 | - | 0.2", []),
        ("| OR | x | p", "Men | 0.84 | - | 0.2", ["OR: estimate 0.84, p 0.2"]),
        # the first of a kind counts
        ("| OR | SE | SE | p | p", "Men | 0.84 | 0.1 | 0.3 | 0.2 | 0.4", [
            "OR: estimate 0.84, se 0.1, p 0.2"
        ]),
        ("| SE | OR | t", "Men | 0.1 | 0.84 | 2.1", ["OR: estimate 0.84, t 2.1"]),
        ("| SD | Mean | SD", "Men | 0.1 | 0.84 | 2.1", ["mean: mean 0.84, sd 2.1"]),
        # ± by its head
        ("| Prevalence", "Men | 12.1 ± 3.0", ["mean: mean 12.1, spread 3.0"]),
        ("| Age", "Men | 62.1 ± 8.0", ["mean: mean 62.1, spread 8.0"]),
        ("| Age ± SD", "Men | 62.1 +/- 8.0", ["mean: mean 62.1, sd 8.0"]),
        ("| Age ± SEM", "Men | 62.1 +- 8.0", ["mean: mean 62.1, se 8.0"]),
        ("| Age ± SD or SE", "Men | 62.1 ± 8.0", ["mean: mean 62.1, spread 8.0"]),
        ("| OR | p", "Men | 0.84 ± 0.1 | 0.2", ["OR: estimate 0.84, se 0.1?, p 0.2"]),
        ("| Age | p", "Men | 62.1 ± 8.0 | 0.2", ["mean: mean 62.1, spread 8.0, p 0.2"]),
        # brackets by their head
        ("| n (%)", "Men | 12 (30)", ["counts: events 12, percent 30"]),
        ("| No. (%)", "Men | 13 (30)", ["counts: events 13, percent 30"]),
        ("| Model 1", "Men, % | 12 (30)", ["counts: events 12, percent 30"]),
        ("| Model 1", "Men | 12 (30%)", ["counts: events 12, percent 30 %"]),
        ("| Model 1", "Men | 12.5 (30%)", []),
        ("| Model 1", "Men | 12% (30)", []),
        ("| Model 1", "Men | 12 (30)", []),
        ("| Model 1", "Men | 12 (30", []),
        ("| Model 1", "Men | 12 30)", []),
        ("| β", "Men | 0.13 (0.04)", []),
        ("| Value (SE)", "Men | 0.13 (0.04)", []),
        ("| β (SE) | p", "Men | 0.13 (0.04) | 0.2", ["beta: estimate 0.13, se 0.04, p 0.2"]),
        ("| Mean", "Men | 5.1 (2.0)", []),
        ("| Group", "Age (SD) | 5.1 (2.0)", []),
        ("| Group | n", "Age, mean (SD) | 5.1 (2.0) | 40", ["mean: mean 5.1, sd 2.0, n 40"]),
        # fractions
        ("| n/N", "Men | 40/40", ["counts: events 40, n 40"]),
        ("| n/N", "Men | 41/40", []),
        ("| n/N", "Men | 1.5/40", []),
        ("| n/N", "Men | 12/40.5", []),
        ("| n/N", "Men | 13 / 41", ["counts: events 13, n 41"]),
        ("| x", "Men | 12/40", ["counts: events 12, n 40"]),
        ("| x", "Men | 1/2/3/4", []),
        ("| Deaths/person years", "Men | 12/40", ["counts: events 12, person-time 40"]),
        ("| Deaths", "Per person-days | 12/40", ["counts: events 12, person-time 40"]),
    ],
)  # fmt: skip
def test_what_a_cell_holds_is_told_by_its_form_and_the_words_around_it(
    head: str, row: str, expected: list[str]
) -> None:
    assert told(table(head, row)) == expected


def test_the_notes_say_that_three_numbers_with_decimals_are_an_interval() -> None:
    cell = "Men | 0.84 (0.63, 1.12)"
    numbers = "?: estimate 0.84, low 0.63, high 1.12"
    assert told(table("| Model 1", cell, notes="95% CI in brackets")) == [numbers]
    assert told(table("| Model 1", cell, caption="Table 2 With 95% CI")) == [numbers]
    assert told(table("| Model 1 | CI", cell)) == [numbers]
    assert told(table("| Model 1", "Men | 3 (2, 4)", notes="95% CI in brackets")) == []
    assert told(table("| Model 1", "Men | 3 (2, 4.5)", notes="95% CI in brackets")) != []


def test_the_notes_say_what_brackets_hold_and_the_words_nearest_to_a_spread_count() -> None:
    assert told(table("| Men", "Age | 5.1 (2.0)", notes="Values are mean (SD).")) == [
        "mean: mean 5.1, sd 2.0"
    ]
    assert told(table("| Men", "Age | 5.1 (2.0)", notes="Values are median (SD).")) == []
    assert told(table("| Men", "Age | 5.1 ± 2.0", notes="Values are mean ± SE.")) == [
        "mean: mean 5.1, se 2.0"
    ]
    assert told(table("| Men ± SD", "Age | 5.1 ± 2.0", notes="± SE")) == ["mean: mean 5.1, sd 2.0"]
    assert told(table("| Men", "Age | 5.1 ± 2.0", notes="Odds ratios")) == ["mean: mean 5.1, spread 2.0"]
    [unsaid] = read(table("| Men", "Age | 5.1 ± 2.0"))
    assert unsaid.remarks == ("nothing says whether SD or SE stands after ±",)


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("| OR (95% CI) | ", "Men | 0.84 (0.63, 1.12) | 1", [f"{OR}, p 1?"]),
        ("| OR (95% CI) | ", "Men | 0.84 (0.63, 1.12) | 1.01", [OR]),
        ("| OR (95% CI) | ", "Men | 0.84 (0.63, 1.12) | -0.2", [OR]),
        ("| OR (95% CI) | | ", "Men | 0.84 (0.63, 1.12) | - | 0.2", [OR]),
        ("| OR (95% CI) | Wald", "Men | 0.84 (0.63, 1.12) | 0.2", [OR]),
        ("| OR | ", "Men | 0.84 | 0.2", []),
        ("| Mean (SD) | ", "Men | 5.1 (2.0) | 0.2", ["mean: mean 5.1, sd 2.0"]),
    ],
)
def test_a_number_without_a_head_is_p_only_right_after_an_interval(
    head: str, row: str, expected: list[str]
) -> None:
    assert told(table(head, row)) == expected


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("| n | OR (95% CI)", "Men | 40 | 0.84 (0.63, 1.12)", [f"{OR}, n 40"]),
        ("| n | OR | SE", "Men | 40 | 0.84 | 0.1", ["OR: estimate 0.84, n 40, se 0.1"]),
        ("| n | x | OR (95% CI)", "Men | 40 | 3 | 0.84 (0.63, 1.12)", [OR]),
        ("| Person-years | OR (95% CI)", "Men | 40 | 0.84 (0.63, 1.12)", [OR]),
        ("| Cases | n | OR (95% CI)", "Men | 7 | 40 | 0.84 (0.63, 1.12)", ["counts: events 7, n 40", OR]),
        ("| Mean (SD) | n | OR (95% CI)", "Men | 5.1 (2.0) | 40 | 0.84 (0.63, 1.12)", [
            "mean: mean 5.1, sd 2.0, n 40", OR
        ]),
        ("| n | OR (95% CI) | Cases", "Men | 40 | 0.84 (0.63, 1.12) | 7", [f"{OR}, n 40"]),
        ("| n | OR (95% CI) | n | Cases", "Men | 40 | 0.84 (0.63, 1.12) | 50 | 7", [
            f"{OR}, n 40", "counts: events 7, n 50"
        ]),
        # the nearest total, of two as near the one on the side where totals stand
        ("| Cases | x | n", "Men | 7 | a | 40", ["counts: events 7, n 40"]),
        ("| Cases | x | x | n", "Men | 7 | a | a | 40", []),
        ("| n | Cases | n", "Men | 40 | 7 | 50", ["counts: events 7, n 40"]),
        ("| Cases | n | Cases | n", "Men | 3 | 40 | 7 | 50", [
            "counts: events 3, n 40", "counts: events 7, n 50"
        ]),
        ("| Cases | n | Cases", "Men | 3 | 40 | 7", ["counts: events 3, n 40"]),
        ("| n | x | Cases | n", "Men | 40 | a | 7 | 50", ["counts: events 7, n 50"]),
        # totals of means stand before all of them, or after each
        ("| n | Mean | SD | Mean | SD", "Men | 40 | 5.1 | 2 | 6.1 | 3", [
            "mean: mean 5.1, sd 2, n 40", "mean: mean 6.1, sd 3, n 40"
        ]),
        ("| Mean | SD | Mean | SD | n", "Men | 5.1 | 2 | 6.1 | 3 | 40", [
            "mean: mean 5.1, sd 2, n 40", "mean: mean 6.1, sd 3, n 40"
        ]),
        ("| Mean | SD | n | Mean | SD", "Men | 5.1 | 2 | 40 | 6.1 | 3", [
            "mean: mean 5.1, sd 2, n 40", "mean: mean 6.1, sd 3"
        ]),
        ("| Mean | SD | Cases | Total", "Men | 5.1 | 2 | 7 | 40", [
            "mean: mean 5.1, sd 2, n 40", "counts: events 7, n 40"
        ]),
        ("| Mean | SD | Person-years", "Men | 5.1 | 2 | 40", ["mean: mean 5.1, sd 2"]),
        # p is that of the effect before it, else of all means and counts
        ("| Mean (SD) | Mean (SD) | p", "Men | 5.1 (2.0) | 6.1 (3.0) | 0.2", [
            "mean: mean 5.1, sd 2.0, p 0.2", "mean: mean 6.1, sd 3.0, p 0.2"
        ]),
        ("| Mean (SD) | MD (95% CI) | p", "Men | 5.1 (2.0) | -1 (-2, -0.5) | 0.2", [
            "mean: mean 5.1, sd 2.0", "MD: estimate -1, low -2, high -0.5, p 0.2"
        ]),
    ],
)  # fmt: skip
def test_numbers_of_a_row_go_to_the_estimate_mean_or_events_that_they_belong_to(
    head: str, row: str, expected: list[str]
) -> None:
    assert told(table(head, row)) == expected


@pytest.mark.parametrize(
    ("numbers", "is_whole"),
    [
        ("1.0 | 1.0 | 1.0", False),
        ("1.0 | 1.0 | 1.1", True),
        ("1.0 | 0.9 | 1.0", True),
        ("1.1 | 1.0 | 1.0", True),
        ("1.0 | 0.9 | -", False),
        ("1.0 | - | 1.1", False),
    ],
)
def test_a_reference_class_has_an_interval_without_width(numbers: str, is_whole: bool) -> None:
    assert len(told(table("| OR | Lower | Upper", f"Men | {numbers}"))) == is_whole


def test_columns_are_told_apart_by_number_where_heads_repeat_or_are_missing() -> None:
    cells = "0.84 (0.63, 1.12) | 0.9 (0.7, 1.1)"
    found = read(table("| OR (95% CI) | HR (95% CI)", f"Men | {cells}"))
    assert [each.spot.column for each in found] == [("OR (95% CI)",), ("HR (95% CI)",)]
    found = read(table(f"Men | {cells}", caption="Table 2 Odds ratios (95% CI)"))
    assert [each.spot.column for each in found] == [("column 2",), ("column 3",)]


def test_the_quote_of_a_long_row_is_the_part_around_its_cell() -> None:
    words = "a" * 290
    [found] = read(table("| x | OR (95% CI)", f"{words} | {words} | 0.84 (0.63, 1.12)"))
    assert found.quote == f"{words[:8]} {words} 0.84 (0.63, 1.12)"


def test_a_short_name_of_something_else_is_no_measure_of_a_column() -> None:
    text = table("| HR (95% CI)", "Men | 72.1 (70.2, 74.3)", caption="Table 2 Heart rate")
    assert told(text) == ["?: estimate 72.1, low 70.2, high 74.3"]
    assert told(text.replace("Heart rate", "Hearts")) == ["HR: estimate 72.1, low 70.2, high 74.3"]


def test_the_measure_may_be_that_of_the_row() -> None:
    rows = ("| Model 1 | Model 2", "OR (95% CI) | 0.84 (0.63, 1.12) | 0.9 (0.7, 1.1)")
    assert told(table(*rows)) == [OR, "OR: estimate 0.9, low 0.7, high 1.1"]
    [found, _] = read(table(*rows))
    assert (found.said, found.on_log) == ("OR", False)
    [found] = read(table("| log OR | SE", "Men | 0.84 | 0.1"))
    assert (found.measure, found.said, found.on_log) == ("OR", "OR", True)
