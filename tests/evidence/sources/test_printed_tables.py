"""Which table a number stands in, and the label of its row: both sides of every bound."""

from __future__ import annotations

import pytest

from evidence.sources.candidates import Scan
from evidence.sources.matching import Numbers
from evidence.sources.printed_tables import PrintedTables
from evidence.sources.text import PaperText

NUMBERS = "0.84 (0.63, 1.12)"


def tables(text: str) -> PrintedTables:
    return PrintedTables(Scan(Numbers(PaperText.of(text.split("\n")))))


def table_of(text: str, number: str = NUMBERS) -> str | None:
    """The table of the last place where a number stands."""
    at = PaperText.of(text.split("\n")).whole.rindex(number)
    return tables(text).spot(at, at)[0].table


def label_of(text: str) -> str | None:
    """The label of the row of the last place where NUMBERS stand."""
    at = text.rindex(NUMBERS)
    spot, _ = tables(text).spot(at, at)
    return spot.row[0] if spot.row else None


def test_a_number_is_in_the_table_whose_caption_is_the_last_before_it() -> None:
    text = f"0.1\nTable 1 One\nMen 0.2\nTable 2 Two\nMen 0.3\nFigure 3 Three 0.4\nMen {NUMBERS}"
    assert [table_of(text, each) for each in ("0.1", "0.2", "0.3", "0.4")] == [
        None,
        "table 1",
        "table 2",
        "figure 3",
    ]
    assert table_of(text) is None, "a figure is its caption"
    assert table_of(f"Figure 3 Three\nof all men\nand women\n0.4\n{NUMBERS}", "0.4") is None
    assert tables(text).words(0) == ""
    assert (
        tables(text).words(text.index("0.3")) == f"Table 2 Two\nMen 0.3\n\nFigure 3 Three 0.4\nMen {NUMBERS}"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Discussion",
        "4. Results:",
        "Materials and methods",
        "REFERENCES",
        "Others have found the same.",
        "Others found it again.",
        "Others found 1 of the 2 to be so.",
        "words and " * 6 + "a",
        "of " * 9 + "x" * 34,
    ],
)
def test_running_text_or_a_heading_after_rows_ends_a_table(line: str) -> None:
    assert table_of(f"Table 1 One\nMen 0.2\n{line}\nMen {NUMBERS}") is None
    assert table_of(f"Table 1 One\n{line}\nMen {NUMBERS}") == "table 1", (
        "before the rows it is a part of the caption"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Women",
        "Results of men",
        "Others found it.",
        "Others found 1 2 3 4 5 in all.",
        "others have found the same.",
        "Others have found the same",
        "of " * 8 + "x" * 37,
        "of " * 9 + "x" * 33,
        "Others have found\tthe same.",
    ],
)
def test_other_lines_do_not_end_it(line: str) -> None:
    assert table_of(f"Table 1 One\nMen 0.2\n{line}\nMen {NUMBERS}") == "table 1"


def test_a_caption_has_up_to_four_lines_of_running_text() -> None:
    prose = "Others have found the same."
    for lines, table in ((4, "table 1"), (5, None)):
        text = "\n".join(["Some", "Table 1 One", *[prose] * lines, f"Men {NUMBERS}"])
        assert table_of(text) == table
    text = "\n".join(["Figure 1 One", "of all", prose, "0.5"])
    assert table_of(text, "0.5") is None


def test_a_table_has_up_to_400_lines() -> None:
    for lines, table in ((398, "table 1"), (399, None)):
        assert table_of("\n".join(["Table 1 One", *["0.2"] * lines, f"Men {NUMBERS}"])) == table


def test_the_words_of_a_table_are_its_lines_and_up_to_five_notes() -> None:
    text = "Table 1 One\nMen 0.2\nThis is a line of text.\n" + "\n".join("abcdef")
    assert tables(text).words(0) == "Table 1 One\nMen 0.2\n\nThis is a line of text.\na\nb\nc\nd"
    text = "Table 1 One\nMen 0.2\nDiscussion\na"
    assert tables(text).words(0) == "Table 1 One\nMen 0.2\n"


def test_a_table_names_its_measure_and_says_that_it_prints_intervals() -> None:
    one, two = tables("Table 1 Odds, 95% CI\nMen 0.2"), tables("Odds ratios\nTable 1 Hazard ratios\nMen 0.2")
    assert [each.says_interval(16) for each in (one, two)] == [True, False]
    assert one.measure(16) is None
    said = two.measure(16)
    assert said is not None
    assert (said.measure, two.measure(0), two.says_interval(0)) == ("HR", None, False)
    assert tables("Table 1 HR by heart rate\nMen 0.2").measure(16) is None


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        (f"Men {NUMBERS}", "Men"),
        (f"Men, old: {NUMBERS}", "Men, old"),
        (f"Men ({NUMBERS})", "Men"),
        (f"Men 40 {NUMBERS}", "Men"),
        (f"Non-Hispanic, 50-59 {NUMBERS}", "Non-Hispanic"),
        (f"Men <0.5 {NUMBERS}", "Men"),
        (f"{'x' * 60} {NUMBERS}", "x" * 60),
        (f"{'x' * 61} {NUMBERS}", None),
        (NUMBERS, None),
        (f"Men\n{NUMBERS}", "Men"),
        (f"Men\n\n{NUMBERS}", "Men"),
        (f"Old\n\nMen\n{NUMBERS}", "Men"),
        (f"Old\nMen\n{NUMBERS}", "Old Men"),
        (f"Men\n0.5 (0.2, 0.9)\n{NUMBERS}", "Men"),
        (f"Old\n0.5 (0.2, 0.9)\nMen\n{NUMBERS}", "Men"),
        (f"Old 0.5 (0.2, 0.9)\n{NUMBERS}", "Old"),
        (f"Old 0.5 (0.2, 0.9)\nMen\n{NUMBERS}", "Men"),
        (f"Calcium\n\n(mmol/L)\n{NUMBERS}", "Calcium (mmol/L)"),
        (f"a\nbb\ncc\ndd\nee\n{NUMBERS}", "bb cc dd ee"),
        (f"{'x' * 30}\n{'y' * 29}\n{NUMBERS}", f"{'x' * 30} {'y' * 29}"),
        (f"{'x' * 30}\n{'y' * 30}\n{NUMBERS}", None),
        ("Men\n" + "0.5\n" * 13 + NUMBERS, "Men"),
        ("Men\n" + "0.5\n" * 14 + NUMBERS, None),
    ],
)
def test_the_label_of_a_row_stands_on_its_line_or_on_the_lines_right_above(
    rows: str, label: str | None
) -> None:
    assert label_of(f"Table 1 Some\n0.1\n\n{rows}") == label


def test_no_label_stands_in_the_caption_or_in_running_text() -> None:
    assert label_of(f"Table 1 Some\n{NUMBERS}") is None
    assert label_of(f"Men {NUMBERS}") is None


def test_a_place_is_the_line_and_its_quote_all_lines_of_the_numbers() -> None:
    text = f"Some\nTable 1 Odds\nMen\n{NUMBERS}\np 0.2\nEnd"
    spot, quote = tables(text).spot(text.index("0.84"), text.index("0.2"))
    assert (spot.line.number, spot.table, spot.row) == (4, "table 1", ("Men",))
    assert quote == f"{NUMBERS} p 0.2"
    _, quote = tables(text).spot(text.index("0.84"), text.index("0.84"))
    assert quote == NUMBERS
    long = "First words are here. " * 20 + f"Men had {NUMBERS}. Others had none. " + "x" * 300
    above = "x" * 299 + "\n"
    _, quote = tables(above + long).spot(300 + long.index("0.84"), 300 + long.index("1.12"))
    assert quote == f"Men had {NUMBERS}."
