"""Rows of tables as candidates: by the heads of their columns and the form of their cells."""

from __future__ import annotations

import re

import pytest

from tests.evidence.sources.candidate_words import read, told


def table(*rows: str, caption: str = "Table 2 Results", notes: str = "") -> str:
    """A table as the text of a paper has it: cells apart by tabs, which tests write as |."""
    return "\n".join([caption, *("\t".join(re.split(r" ?\| ?", row)) for row in rows), notes])


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        (
            "| OR (95% CI) | p",
            "Male | 0.84 (0.63, 1.12) | 0.2",
            ["OR: estimate 0.84, low 0.63, high 1.12, p 0.2"],
        ),
        (
            "| OR (95% CI) | P-value",
            "Male | 0.84 (0.63–1.12) | <0.001",
            ["OR: estimate 0.84, low 0.63, high 1.12, p < 0.001"],
        ),
        ("| HR [95% CI]", "Male | 1,21 [0,84; 1,73]", ["HR: estimate 1.21, low 0.84, high 1.73"]),
        ("| β(SD) (95% CI)a | pa", "rs1 | 0.13 (-0.01 to 0.26) | 0.063", [
            "beta: estimate 0.13, low -0.01, high 0.26, p 0.063"
        ]),
        ("| β(95% CI) | p", "rs1 | -0.11, -0.22, 0.01) | 0.062", [
            "beta: estimate -0.11, low -0.22, high 0.01, p 0.062"
        ]),
        ("| β(95% CI) | p", "rs1 | -0.11 (-0.22, 0.01 | 0.062", [
            "beta: estimate -0.11, low -0.22, high 0.01, p 0.062"
        ]),
        ("| OR | Lower | Upper | P", "Age | 1.2 | 1.0 | 1.4 | 0.03", [
            "OR: estimate 1.2, low 1.0, high 1.4, p 0.03"
        ]),
        ("| Odds ratio (OR) | 95% confidence interval (OR) | P-value", "Male | 0.34 | 0.10, 1.20 | 0.094", [
            "OR: estimate 0.34, low 0.10, high 1.20, p 0.094"
        ]),
        ("| Estimate | S.E. | Z | P-value", "Ear | -1.81 | 0.67 | -2.70 | 0.007", [
            "?: estimate -1.81, se 0.67, t -2.70, p 0.007"
        ]),
        ("| n | Seroprevalence (%) | 95% C.I.", "Bras | 29 | 6.9ab | [1.7,23.9]", [
            "proportion: estimate 6.9, n 29, low 1.7, high 23.9"
        ]),
        ("| logRR | SE", "atm | -0.417 | 0.25", ["log RR: estimate -0.417, se 0.25"]),
        ("| β ± SE", "Men | 0.13 ± 0.04", ["beta: estimate 0.13, se 0.04?"]),
        ("| β (SE)", "Men | 0.13 (0.04)", ["beta: estimate 0.13, se 0.04"]),
        ("| Correlation | p", "Men | 0.31 | 0.02", ["r: estimate 0.31, p 0.02"]),
        ("| N | Mean | SD", "Hip | 587 | 1.02 | 0.14", ["mean: mean 1.02, sd 0.14, n 587"]),
        ("| Mean (SD)", "Hip | 1.02 (0.14)", ["mean: mean 1.02, sd 0.14"]),
        ("| Total sampled | No. positive | Seroprevalence (%)", "Female | 345 | 54 | 15.7", [
            "counts: events 54, n 345"
        ]),
        ("| Cases | Person-years", "Q1 | 28 | 22,186", ["counts: events 28, person-time 22186"]),
        ("| Events | Total | Events | Total", "Lee | 3 | 40 | 7 | 50", [
            "counts: events 3, n 40",
            "counts: events 7, n 50",
        ]),
        ("| Total | Events | Total | Events", "Lee | 40 | 3 | 50 | 7", [
            "counts: events 3, n 40",
            "counts: events 7, n 50",
        ]),
        ("| Mean | SD | Total | Mean | SD | Total | MD [95% CI]", (
            "Lee | 5.2 | 1.1 | 40 | 6 | 1 | 42 | -0.8 [-1.3, -0.3]"
        ), [
            "mean: mean 5.2, sd 1.1, n 40",
            "mean: mean 6, sd 1, n 42",
            "MD: estimate -0.8, low -1.3, high -0.3",
        ]),
        ("| N | Mean | SD | N | Mean | SD", "Lee | 40 | 5.2 | 1.1 | 42 | 6 | 1", [
            "mean: mean 5.2, sd 1.1, n 40",
            "mean: mean 6, sd 1, n 42",
        ]),
        ("| r | p", "BMI | 0.31 | 0.02", ["r: estimate 0.31, p 0.02"]),
        ("| β | S.E. | Wald | Sig. | Exp(B) | 95% C.I. for EXP(B) Lower | Upper", (
            "Age | 0.12 | 0.04 | 9.0 | 0.003 | 1.13 | 1.04 | 1.22"
        ), ["beta: estimate 0.12, se 0.04, p 0.003", "?: estimate 1.13, low 1.04, high 1.22"]),
        ("| HR (95% CI), p", "Death | 1.12 (0.95–1.32), 0.2", [
            "HR: estimate 1.12, low 0.95, high 1.32, p 0.2?"
        ]),
        ("| HR (95% CI; p)", "Death | 1.12 (0.95–1.32; p=0.2)", [
            "HR: estimate 1.12, low 0.95, high 1.32, p 0.2"
        ]),
        ("| Q1 | Q2 | P trend", "HR (95% CI) | 1.00 (ref) | 1.12 (0.95–1.32) | 0.04", [
            "HR: estimate 1.12, low 0.95, high 1.32"
        ]),
        ("| Q1 | Q2", "Cases/person-years | 20/1,200 | 25/1,300", [
            "counts: events 20, person-time 1200",
            "counts: events 25, person-time 1300",
        ]),
        ("| n/N (%)", "Lee | 12/40 (30%)", ["counts: events 12, n 40, percent 30 %"]),
        ("| Cases n (%) | Controls n (%) | p", "Male | 23 (46) | 30 (60 %) | 0.1", [
            "counts: events 23, percent 46, p 0.1",
            "counts: events 30, percent 60 %, p 0.1",
        ]),
    ],
)  # fmt: skip
def test_a_row_is_read_by_the_heads_of_its_columns(head: str, row: str, expected: list[str]) -> None:
    assert told(table(head, row)) == expected


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("| Median (IQR)", "CRP | 3.1 (1.2, 5.6)"),
        ("| Median (IQR), OR per SD", "CRP | 3.1 (1.2, 5.6)"),
        ("| OR (95% CI) | p", "Female | 1* | -"),
        ("| OR (95% CI) | p", "Female | 1.0 (1.0, 1.0) | -"),
        ("| OR | Lower | Upper", "Female | 1.0 | 1.0 | 1.0"),
        ("| Estimate | S.E. | P", "Heart rate | - | - | 0.87"),
        ("| OR | n", "Male | 0.84 | 40"),
        ("| No. positive | x", "May | 5 | 9"),
        ("| Mean | n", "Hip | 1.02 | 40"),
        ("| Age | Weight", "Lee | 62.6 (8.0) | 70 (9, 12)"),
        ("| n/N", "Lee | 40/12"),
    ],
)
def test_reference_classes_and_rows_without_uncertainty_are_no_candidates(head: str, row: str) -> None:
    assert told(table(head, row)) == []


def test_the_measure_is_that_of_the_column_else_of_the_caption_else_of_the_notes_else_unknown() -> None:
    row = ("| Crude (95% CI)", "Male | 0.84 (0.63, 1.12)")
    numbers = "estimate 0.84, low 0.63, high 1.12"
    assert told(table(*row)) == [f"?: {numbers}"]
    assert told(table(*row, caption="Table 2 Odds ratios")) == [f"OR: {numbers}"]
    assert told(table(*row, notes="Values are hazard ratios.")) == [f"HR: {numbers}"]
    assert told(table(*row, notes="Odds ratios and hazard ratios.")) == [f"?: {numbers}"]
    assert told(table("| RR (95% CI)", row[1], caption="Table 2 Odds ratios")) == [f"RR: {numbers}"]


def test_where_a_cell_stands_is_told_by_the_words_of_its_row_and_column() -> None:
    found = read(
        table(
            "| | | Total hip | | LS |",
            "SNP | Alleles | MAF | β(SD) (95% CI) | p | β(SD) (95% CI) | p",
            "rs1 | G>T | 0.25 | 0.13 (-0.01, 0.26) | 0.063 | 0.18 (0.06, 0.29) | 0.003",
            "| | | 0.11 (-0.01, 0.24) | 0.077 | 0.14 (0.03, 0.26) | 0.018",
        )
    )
    assert [each.spot.at for each in found] == [
        "Table 2, rs1, G>T, Total hip, β(SD) (95% CI)",
        "Table 2, rs1, G>T, LS, β(SD) (95% CI)",
        "Table 2, rs1, G>T, Total hip, β(SD) (95% CI)",
        "Table 2, rs1, G>T, LS, β(SD) (95% CI)",
    ]
    assert found[0].quote == "rs1 G>T 0.25 0.13 (-0.01, 0.26) 0.063 0.18 (0.06, 0.29) 0.003"
    assert [each.spot.line.number for each in found] == [4, 4, 5, 5]
    assert {each.spot.table for each in found} == {"table 2"}


def test_columns_of_the_same_heads_are_told_apart_by_their_number() -> None:
    found = read(table("| OR (95% CI) | OR (95% CI)", "Men | 0.84 (0.63, 1.12) | 0.9 (0.7, 1.1)"))
    assert [each.spot.column for each in found] == [("OR (95% CI)", "column 2"), ("OR (95% CI)", "column 3")]


def test_rows_belong_to_the_section_above_them_and_blank_labels_to_the_row_above() -> None:
    found = read(
        table(
            "| | Total sampled | No. positive",
            "Goats | Sex | 345 | 54",
            "| Age | 128 | 4",
            "Sheep | | |",
            "| Sex | 248 | 59",
        )
    )
    assert [each.spot.row for each in found] == [("Goats", "Sex"), ("Goats", "Age"), ("Sheep", "Sex")]


def test_a_class_of_numbers_in_the_first_column_is_the_label_of_its_row() -> None:
    [found] = read(table("Age | OR (95% CI)", "50-59 | 0.84 (0.63, 1.12)"))
    assert found.spot.row == ("50-59",)
    [found] = read(table("n | OR | SE", "40 | 0.84 | 0.1"))
    assert (found.spot.row, str(found.numbers["n"])) == ((), "40")


def test_a_second_head_within_a_table_counts_from_there() -> None:
    text = table(
        "Deaths | OR (95% CI) | p",
        "Men | 0.84 (0.63, 1.12) | 0.2",
        "Strokes | HR | SE",
        "Men | 1.5 | 0.3",
    )
    assert told(text) == ["OR: estimate 0.84, low 0.63, high 1.12, p 0.2", "HR: estimate 1.5, se 0.3"]


def test_p_without_a_head_belongs_to_the_interval_right_before_it_as_unsure() -> None:
    assert told(table("| OR (95% CI)", "Men | 0.84 (0.63, 1.12) | 0.2")) == [
        "OR: estimate 0.84, low 0.63, high 1.12, p 0.2?"
    ], "one head spans both"
    bare = "Table 2 Odds ratios, 95% CI\nMen\t0.84 (0.63, 1.12)\t0.2\t0.3"
    assert told(bare) == ["OR: estimate 0.84, low 0.63, high 1.12, p 0.2?"]
    assert told(bare.replace("0.2\t", "1.2\t")) == ["OR: estimate 0.84, low 0.63, high 1.12"]


# Tables of PDF text, whose cells are apart by blanks.


def test_rows_below_a_line_of_known_heads_are_read_from_their_end() -> None:
    text = """Table 4. Results
Variable name Estimate S.E. Z P-value
Sharp Lip Puller (AU113) 3.54 1.21 2.93 0.003
Heart rate - - - 0.87
Half Blink (AU47) 10.08 2.25 4.50 <0.001 **
Only models that were better are shown.
gday dose case n adjrr lb ub logrr
A running head 7
2.5-9.3 6 90 186 1.2 0.73 1.9 0.15"""
    assert told(text) == [
        "?: estimate 3.54, se 1.21, t 2.93, p 0.003",
        "?: estimate 10.08, se 2.25, t 4.50, p < 0.001",
        "counts: events 90, n 186",
        "RR: estimate 1.2, low 0.73, high 1.9",
    ]
    first, *_ = read(text)
    assert first.spot.at == "Table 4, Sharp Lip Puller (AU113), Estimate"


def test_an_interval_in_brackets_after_a_head_is_part_of_it() -> None:
    text = "Level Adjusted β (95%CI) p-value\n<11.9(g/dl) 0.0215 (-0.0059, 0.0488) 0.1246"
    assert told(text) == ["beta: estimate 0.0215, low -0.0059, high 0.0488, p 0.1246"]


def test_n_and_percent_of_a_line_are_told_from_the_means_above_it() -> None:
    text = "Table 1 Persons\nAge, mean (SD) 62.6 (8.0) 63.1 (7.9)\nMen, n (%) 60 (50.0) 61 (51.7)"
    assert told(text) == [
        "mean: mean 62.6, sd 8.0",
        "mean: mean 63.1, sd 7.9",
        "counts: events 60, percent 50.0",
        "counts: events 61, percent 51.7",
    ]


def test_a_pair_below_the_head_of_an_interval_is_one_cell() -> None:
    text = "Level Odds ratio (OR) 95% CI P-value\nMale 0.34 0.10, 1.20 0.094\nOld 7.32 2.42-22.12 <0.001"
    assert told(text) == [
        "OR: estimate 0.34, low 0.10, high 1.20, p 0.094",
        "OR: estimate 7.32, low 2.42, high 22.12, p < 0.001",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Variable Estimate S.E. Z P-value\nSharp 3.54 1.21 2.93",
        "Variable Estimate S.E. Z P-value\nSharp 3.54 1.21 2.93 0.003 lost",
        "The estimate and its SE were given.\nMen 3.54 1.21",
        "Estimate and more words that are here than there are heads SE\nMen 3.54 1.21",
        "Estimate S.E.\n" + "words\n" * 5 + "Men 3.54 1.21",
        "Table 2 Estimate S.E.\nMen 3.54 1.21",
    ],
)
def test_lines_that_do_not_fit_the_heads_are_no_rows(text: str) -> None:
    assert told(text) == []
    assert told("Variable Estimate S.E.\nSharp 3.54 1.21") == ["?: estimate 3.54, se 1.21"]
