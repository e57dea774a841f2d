"""Tables of a text as rows, labels, cells, heads and notes: both sides of every bound."""

from __future__ import annotations

import pytest

from evidence.sources.text import PaperText
from evidence.sources.text_grids import GridCell, TextGrid, grids_of


def grids(*lines: str) -> list[TextGrid]:
    """The tables of lines; their cells are apart by |, for a tab."""
    return list(grids_of(PaperText.of(line.replace("|", "\t") for line in lines)))


def rows(*lines: str) -> list[tuple[tuple[str, ...], list[str]]]:
    """Labels and cells of every row."""
    return [(row.labels, [cell.words for cell in row.cells]) for grid in grids(*lines) for row in grid.rows]


@pytest.mark.parametrize(
    "words",
    [
        *("0.84", "-0.84", ".84", "<0.001", "≤ 0.5", "1,325", "12%", "12 %", "1e-5", "p=0.03", "P < 0.001"),
        *("(0.63, 1.12)", "[ 0.63; 1.12 ]", "0.84 (95% CI 0.63-1.12)", "0.84 (0.63 to 1.12)*", "12/40"),
        "0.84 (95% Confidence Interval 0.63-1.12)",
        f"0.84 ({'1' * 53})",
    ],
)
def test_a_cell_of_numbers_is_numeric(words: str) -> None:
    assert GridCell(words, 0).is_numeric


@pytest.mark.parametrize(
    "words",
    [
        *("", "-", "Men", "50% radius", "95% CI", "95% confidence interval", "Model 1", "rs1", "0.84\n0.9"),
        f"0.84 ({'1' * 54})",
    ],
)
def test_a_cell_of_words_or_of_more_than_60_characters_is_not(words: str) -> None:
    assert not GridCell(words, 0).is_numeric


@pytest.mark.parametrize(
    "words",
    [
        *("", " ", "-", "--", "x", "×", "...", "*", "NA", "n.a.", "NR", "n.s.", "Ref.", "(ref)", "NaN"),
        *("[reference]", "Referent", "1 (ref)", "1.00 (ref.)", "1.0 ref"),
    ],
)
def test_a_sign_that_there_is_nothing_is_no_cell(words: str) -> None:
    assert GridCell(words, 0).is_nothing
    assert not GridCell(f"{words} 7", 0).is_nothing


def test_a_cell_ends_after_its_words() -> None:
    cell = GridCell("0.84", 10)
    assert (cell.end, cell.is_blank, GridCell(" ", 3).is_blank) == (14, False, True)
    [row] = grids("|OR|p", "Men|0.84|0.2")[0].rows
    assert [each.start for each in row.cells] == [6, 10, 15]


def test_a_table_has_the_caption_up_to_twelve_lines_above_it() -> None:
    for between, name in ((11, "table 2"), (12, None)):
        [grid] = grids("Table 2 Odds", *["x"] * between, "|OR", "Men|0.84", "")
        assert grid.name == name
        assert grid.notes.startswith("Table 2 Odds\nx\n" if name else "\n")


def test_notes_are_up_to_eight_lines_of_up_to_300_characters_up_to_another_table() -> None:
    def notes(*below: str) -> list[str]:
        return next(grids_of(PaperText.of(["\tOR", "Men\t0.84", *below]))).notes.split("\n")[1:]

    assert notes(*"abcdefgh", "i") == list("abcdefgh")
    assert notes(*"abcdefg") == list("abcdefg")
    assert notes("a", "b" * 300, "c") == ["a", "b" * 300, "c"]
    assert notes("a", "b" * 301, "c") == ["a"]
    assert notes("a", "Table 3 Others", "c") == ["a"]
    assert notes("a", "b\t0.5", "c") == ["a"]
    [empty] = grids("Before", "OR SE", "a", "b")
    assert (empty.rows, empty.notes) == ((), "\na\nb"), "without rows they follow the heads"


def test_a_head_spans_the_blank_ones_to_its_right_and_each_word_counts_once() -> None:
    [grid] = grids("|Men||Women", "|OR|p|OR|p", "|OR|p|HR", "Old|1|2|3|4|5")
    [row] = grid.rows
    assert row.heads == (
        (),
        ("Men", "OR"),
        ("Men", "p"),
        ("Women", "OR", "HR"),
        ("Women", "p", "HR"),
        ("Women", "p", "HR"),
    )
    assert row.roles == (None, "estimate", "p", "estimate", "p", None)
    [bare] = grids("Old|1|2")
    assert bare.rows[0].heads == ((), (), ())
    [short] = grids("|Men|OR|p", "Old|1")
    assert short.rows[0].heads == ((), ("Men",))


def test_a_section_is_one_cell_with_blanks_beside_it_before_or_between_rows() -> None:
    assert rows("Goats||", "Men|1|2", "Sheep  of|| ", "Men|3|4") == [
        (("Goats", "Men"), ["Men", "1", "2"]),
        (("Sheep of", "Men"), ["Men", "3", "4"]),
    ]
    assert rows("Goats|-|", "Men|1|2") == [(("Men",), ["Men", "1", "2"])], "a row in which nothing stands"
    assert rows("|Goats|", "Men|1|2")[0][0] == ("Men",), "a head"
    assert rows("a|b|1", "Goats||", "|c|2")[-1][0] == ("Goats", "c"), "the label above is of another section"


def test_words_between_rows_are_heads_only_if_they_say_what_a_column_holds() -> None:
    def heads(*between: str) -> tuple[tuple[str, ...], ...]:
        [grid] = grids("|OR|p", "Men|1|2", *between, "Women|3|4")
        return grid.rows[-1].heads

    usual = ((), ("OR",), ("p",))
    assert heads() == heads("x|Strokes|y") == heads("p|Strokes|y") == heads("x|-|-") == usual
    assert heads("x|HR|y") == (("x",), ("HR",), ("y",))
    assert heads("x|HR|y", "|SE|") == (("x",), ("HR", "SE"), ("y", "SE"))


def test_labels_that_are_blank_at_the_beginning_are_those_of_the_row_above() -> None:
    assert [labels for labels, _ in rows("a|b|1|v", "||2|w", "|c|3|", "d||4|", "||5|")] == [
        ("a", "b", "v"),
        ("a", "b", "w"),
        ("a", "c"),
        ("d",),
        ("d",),
    ]
    assert [labels for labels, _ in rows("a|b|1", "d|2|3", "||4")] == [("a", "b"), ("d",), ("d",)]


def test_a_number_in_the_first_column_is_a_label_unless_a_head_says_what_it_is() -> None:
    assert rows("|OR", "50-59|1")[0][0] == ("50-59",)
    assert rows("n|OR", "50|1")[0][0] == ()
    assert rows("Age|x|OR", "a|50-59|1")[0][0] == ("a",), "and only there"


# Tables of PDF text.


@pytest.mark.parametrize(
    "heads",
    [
        "Estimate SE",
        "OR p",
        "Level Estimate SE",
        "k l m OR SE",
        "Events Total",
        "OR k SE l",
        "OR SE more",
        "OR SE p " + "x" * 152,
        " ".join(["OR", "SE", *["p"] * 14]),
    ],
)
def test_a_line_of_two_known_heads_begins_a_table(heads: str) -> None:
    assert len(grids(heads)) == 1


@pytest.mark.parametrize(
    "heads",
    [
        "Estimate Variable",
        "SE p",
        "n p",
        "OR HR",
        "OR k l SE m",
        "OR SE more.",
        "The OR and the SE;",
        "OR and SE,",
        "OR SE p " + "x" * 153,
        " ".join(["OR", "SE", *["p"] * 15]),
        "",
    ],
)
def test_other_lines_do_not(heads: str) -> None:
    assert grids(heads) == []


def test_a_caption_is_no_line_of_heads() -> None:
    assert grids("Table 2 OR SE") == []


def test_heads_begin_with_the_first_that_is_known_and_an_interval_belongs_to_its_estimate() -> None:
    [grid] = grids("Name of variable OR (95% CI) p-value", "Men old 0.84 (0.63, 1.12) 0.2")
    [row] = grid.rows
    assert row.heads == (("OR (95% CI)",), ("p-value",))
    assert row.roles == ("estimate", "p")
    assert row.labels == ("Men old",)
    [grid] = grids("OR 95% CI p", "0.84 0.63-1.12 0.2")
    assert grid.rows[0].heads == (("OR",), ("95% CI",), ("p",))
    assert grid.rows[0].labels == ()
    [grid] = grids("p (95% CI) OR", "0.84 0.63-1.12 0.2")
    assert grid.rows[0].heads == (("p",), ("(95% CI)",), ("OR",))


def test_a_table_has_up_to_80_rows_and_four_other_lines_between_two() -> None:
    assert len(rows("OR SE", *["Men 0.84 0.1"] * 81)) == 80
    assert len(rows("OR SE", *["other"] * 4, "Men 0.84 0.1", *["other"] * 4, "Men 0.84 0.1")) == 2
    assert len(rows("OR SE", *["other"] * 5, "Men 0.84 0.1")) == 0
    assert len(rows("OR SE", *["", "other", " "] * 4, "Men 0.84 0.1")) == 1, "blank lines do not count"
    assert len(rows("OR SE", "Men 0.84 0.1", *["other"] * 5, "Men 0.84 0.1")) == 1


def test_another_line_of_heads_begins_another_table() -> None:
    first, second = grids("OR SE", "Men 0.84 0.1", "HR p", "Men 0.9 0.2")
    assert [len(first.rows), len(second.rows)] == [1, 1]
    assert second.rows[0].heads == (("HR",), ("p",))


def test_the_cells_are_the_last_ones_of_a_line_and_nothing_stands_between_or_after() -> None:
    expected = [(("Men",), ["0.84", "0.1"])]
    for line in ("Men 0.84 0.1", "Men 0.84 0.1 ", "Men 0.84 0.1 **", "Men  0.84  0.1*", "Men 0.84 0.1 *"):
        assert [(labels, [c.rstrip("*") for c in cells]) for labels, cells in rows("OR SE", line)] == expected
    assert rows("OR SE", "Men 0.84 a 0.1") == []
    assert rows("OR SE", "Men 0.84 0.1 a") == []
    assert rows("OR SE", "Men 0.84") == []
    assert rows("OR SE", "Men - NR") == [(("Men",), ["-", "NR"])]
    [row] = next(grids_of(PaperText.of(["OR SE", "Men 0.84 0.1"]))).rows
    assert [cell.start for cell in row.cells] == [10, 15]
    long = "x" * 210
    assert len(rows("OR SE", f"{long}{'x' * 1} 0.84 0.1")) == 1
    assert len(rows("OR SE", f"{long}{'x' * 2} 0.84 0.1")) == 0


def test_a_row_of_more_numbers_than_heads_is_none_and_words_before_it_are_its_label() -> None:
    assert rows("OR SE", "3 0.84 0.1") == []
    assert rows("Dose OR SE", "3 0.84 0.1") == [(("3",), ["0.84", "0.1"])]
    assert rows("Dose OR SE", "3 4 0.84 0.1") == []
    assert rows("OR SE", "Men 4 0.84 0.1") == [(("Men 4",), ["0.84", "0.1"])]


def test_a_pair_is_one_cell_only_below_an_interval() -> None:
    assert rows("OR 95% CI", "Men 0.84 0.63, 1.12") == [(("Men",), ["0.84", "0.63, 1.12"])]
    assert rows("OR SE", "Men 0.84 0.63, 1.12") == []


def test_notes_of_such_a_table_follow_its_last_row() -> None:
    [grid] = grids("OR SE", "Men 0.84 0.1", "a note", "another")
    assert grid.notes == "\na note\nanother"
    [grid] = grids("Table 2 Odds", "OR SE", "Men 0.84 0.1", "a note")
    assert (grid.name, grid.notes) == ("table 2", "Table 2 Odds\n\na note")
