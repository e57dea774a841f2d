"""Both sides of what a forest plot accepts, and the decimals and words that it chooses."""

from __future__ import annotations

from math import inf, nan

import pytest

from synthesis.drawing.content import contents, forest_alternative, is_numeric
from synthesis.drawing.fonts import Fonts
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
    decimals_for,
)

LINEAR, LOG = Axis("Effect"), Axis("Ratio", "log", 1.0)


def table(
    *rows: Row, axis: Axis = LINEAR, columns: tuple[str, ...] = (), decimals: int | None = None
) -> ForestTable:
    return ForestTable("T", "Effect [95% CI]", axis, rows, columns=columns, decimals=decimals)


@pytest.mark.parametrize(
    ("axis", "row"),
    [
        (LINEAR, StudyRow("A", 1.0, 1.0, 1.0)),
        (LINEAR, SummaryRow("S", 1.0, 1.0, 2.0)),
        (LINEAR, SummaryRow("S", 2.0, 1.0, 2.0)),
        (LINEAR, SummaryRow("S", 0.0, None, 2.0)),
        (LINEAR, SummaryRow("S", nan, 1.0, 2.0)),
        (LINEAR, StudyRow("A", 9.0, 1.0, 2.0)),
        (LINEAR, StudyRow("A", 0.0, -1.0, 1.0, 0.0)),
        (LINEAR, StudyRow("A", -0.5, -1.0, 1.0)),
        (LOG, StudyRow("A", 0.5, 0.0, 1.0)),
        (LOG, StudyRow("A", 1e-300, 0.0, inf)),
        (LOG, PredictionRow("P", 0.0, 0.0)),
        (Axis("Ratio", "log", 0.1), StudyRow("A", 0.5, 0.1, 1.0)),
        (Axis("Ratio", "log", None), StudyRow("A", 0.5, 0.1, 1.0)),
        (Axis("Effect", "linear", -3.0), StudyRow("A", 0.5, 0.1, 1.0)),
    ],
)
def test_what_lies_on_a_bound_is_accepted(axis: Axis, row: Row) -> None:
    assert len(list(table(row, axis=axis).intervals())) == 1


@pytest.mark.parametrize(
    ("axis", "row", "message"),
    [
        (LOG, StudyRow("A", 0.0, 0.0, 1.0), "the estimate 0.0 has no place on a log axis"),
        (LOG, PredictionRow("P", -0.1, 1.0), "the lower limit -0.1 has no place"),
        (LINEAR, SummaryRow("S", 0.999, 1.0, 2.0), "lies outside its interval"),
        (LINEAR, SummaryRow("S", 2.001, 1.0, 2.0), "lies outside its interval"),
        (LINEAR, SummaryRow("S", 1.5, 1.0, 2.0, -0.001), "is not a percentage"),
        (Axis("Ratio", "log", -1.0), StudyRow("A", 0.5, 0.1, 1.0), "the null value of a log axis"),
    ],
)
def test_what_lies_beyond_a_bound_is_refused(axis: Axis, row: Row, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(row, axis=axis)


def test_a_row_has_a_cell_for_each_column_or_none() -> None:
    for row in (
        StudyRow("A", 0.0, -1.0, 1.0),
        NotReportedRow("B", "silent"),
        SummaryRow("S", 0.0, -1.0, 1.0),
    ):
        assert table(row, columns=("n", "m")).rows == (row,)
    for bad in (
        StudyRow("A", 0.0, -1.0, 1.0, cells=("1",)),
        NotReportedRow("A", "silent", cells=("1",)),
        SummaryRow("A", 0.0, -1.0, 1.0, cells=("1", "2", "3")),
    ):
        with pytest.raises(ValueError, match=r"row 'A' has \d cells; expected 2, one for each extra column"):
            table(bad, columns=("n", "m"))


# Decimals: two digits of the middle half-width.


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0.0, -0.5, 0.5)], 2),
        ([(0.0, -0.094, 0.094)], 3),
        ([(0.0, -0.5, 0.5), (0.0, -0.05, 0.05), (0.0, -0.051, 0.051)], 3),
        # the middle of two is halfway
        ([(0.0, -0.05, 0.05), (0.0, -0.25, 0.25)], 2),
        # intervals without a width, without an end or without a limit do not count
        ([(0.0, -0.5, 0.5), (0.0, 0.0, 0.0), (0.0, 0.001, 0.001), (0.0, -inf, 0.1), (0.0, None, 0.1)], 2),
        # without intervals, two digits of the points
        ([(0.012, None, None)], 3),
        ([(-0.012, None, None)], 3),
        ([(0.0, None, None), (0.012, None, None), (-0.013, None, None)], 3),
        # without either, as for one
        ([(None, None, None)], 1),
        ([(0.0, None, None)], 1),
        # eight at most, none at least
        ([(0.0, -5e-7, 5e-7)], 8),
        ([(0.0, -5e-8, 5e-8)], 8),
        ([(0.0, -5e-12, 5e-12)], 8),
        ([(0.0, -5e-6, 5e-6)], 7),
        ([(0.0, -50.0, 50.0)], 0),
        ([(0.0, -5000.0, 5000.0)], 0),
    ],
)
def test_decimals_show_two_digits_of_the_middle_half_width(
    rows: list[tuple[float | None, float | None, float | None]], expected: int
) -> None:
    made = table(*(StudyRow("A", middle, low, high) for middle, low, high in rows))
    assert decimals_for(made) == expected


def test_ratios_have_two_decimals_and_none_can_be_asked_for() -> None:
    assert decimals_for(table(StudyRow("A", 1.0, 0.999, 1.001), axis=LOG)) == 2
    assert decimals_for(table(StudyRow("A", 0.1, 0.05, 0.15), decimals=0)) == 0


# Words of rows.


def test_each_row_has_its_words_and_its_depth() -> None:
    made = table(
        StudyRow("Before", 0.25, 0.125, 0.375, 12.34, mark="*", cells=("-5",)),
        GroupHeading("Group"),
        StudyRow("In", None, None, None),
        SummaryRow("Of the group", 0.25, None, 0.5, level="subgroup"),
        NotReportedRow("Silent", "not significant", mark="†", cells=("7",)),
        SpacerRow(),
        TextRow("I² = 4 %"),
        SummaryRow("All", None, 0.1, 0.4, 100.0),
        PredictionRow("New", 0.0, 0.5),
        PredictionRow("None", None, None),
        columns=("n",),
        decimals=2,
    )
    found = contents(made, Fonts())
    assert [each.label for each in found] == [
        "Before\u00a0*",
        "Group",
        "In",
        "Of the group",
        "Silent\u00a0†",
        "",
        "I²\u00a0=\u00a04\u00a0%",
        "All",
        "New",
        "None",
    ]
    assert [each.indent for each in found] == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]  # white ends the group
    assert [each.face for each in found] == [
        "regular",
        "bold",
        *["regular"] * 5,
        "bold",
        "regular",
        "regular",
    ]
    assert [each.effect for each in found] == [
        ("0.25", "[0.12,", "0.38]"),
        ("", "", ""),
        ("", "", ""),
        ("0.25", "", ""),
        ("", "", ""),
        ("", "", ""),
        ("", "", ""),
        ("", "[0.10,", "0.40]"),
        ("", "[0.00,", "0.50]"),
        ("", "", ""),
    ]
    unknown = "not estimable"
    assert [each.note for each in found] == [
        "",
        "",
        unknown,
        "",
        "not significant",
        "",
        "",
        unknown,
        "",
        unknown,
    ]
    assert [each.weight for each in found] == ["12.3%", *[""] * 6, "100.0%", "", ""]
    assert [each.cells for each in found if each.cells] == [("−5",), ("7",)]
    assert [each.spans for each in found] == [False, True, *[False] * 4, True, False, False, False]
    assert [each.small_print for each in found] == [*[False] * 6, True, False, False, False]


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [
        (("1426", "–", "NR", ""), True),
        (("4/123", "12.5", "54.2 %", "−3", "<0.1", "1,204"), True),
        (("4/123", "n/a"), False),
        (("community",), False),
        (("–", ""), False),
        ((), False),
    ],
)
def test_a_column_is_numeric_if_all_that_it_says_is(cells: tuple[str, ...], numeric: bool) -> None:
    assert is_numeric(cells) == numeric


def test_the_alternative_counts_what_is_silent_and_ends_each_sentence_once() -> None:
    made = ForestTable(
        "A question?",
        "Effect [95% CI]",
        LINEAR,
        (NotReportedRow("A", "silent"), SpacerRow(), StudyRow("B", None, None, None, 3.0), TextRow("Note!")),
        footnotes=("A note.", "Another"),
        decimals=1,
    )
    assert forest_alternative(made).replace("\u00a0", " ") == (
        "Forest plot: A question? Effect [95% CI]; 1 estimate, 1 examined but not reported. A: silent. "
        "B: not estimable, weight 3.0%. Note! A note. Another."
    )
    assert "examined" not in forest_alternative(table(StudyRow("B", 0.0, -1.0, 1.0)))
