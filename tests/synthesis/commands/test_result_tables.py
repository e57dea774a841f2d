"""A table in the terminal: where each column ends, what wraps, and what a narrow terminal goes without."""

from __future__ import annotations

from io import StringIO

import pytest

from synthesis.commands.result_tables import print_table
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.terminal import Terminal

TABLE = ForestTable(
    "Hip",
    "Slope [95% CI]",
    Axis("g/cm2"),
    (
        GroupHeading("Men"),
        StudyRow("Lee 2019", 0.5, 0.25, 0.75, 60.0, mark="†", cells=("652",)),
        StudyRow("李 2020", 1.0, -0.5, 2.5, 40.0, cells=("男",)),
        NotReportedRow("Kim 2001", "no number", mark="‡", cells=("7",)),
        StudyRow("Who", None, None, None),
        SummaryRow("All", 0.6, 0.2, 1.0, 100.0, cells=("659",)),
        PredictionRow("Prediction", -1.0, 2.0),
        SpacerRow(),
        TextRow("tau2 = 0"),
    ),
    columns=("n",),
    footnotes=("† a remark", "said above"),
    decimals=2,
)


def printed(table: ForestTable, width: int, said: frozenset[str] = frozenset()) -> list[str]:
    file = StringIO()
    print_table(table, Terminal(file=file, width=width), said)
    return file.getvalue().splitlines()


def test_each_column_is_as_wide_as_its_widest_entry_and_numbers_end_below_each_other() -> None:
    """10, 3, 6, 13 and 6 cells with two between them: 46; a Chinese letter takes two."""
    assert printed(TABLE, 46, frozenset({"said above"})) == [
        "Hip · g/cm2",
        "Study       n    Effect         95% CI  Weight",
        "─" * 46,
        "Men",
        "Lee 2019 †  652    0.50   [0.25, 0.75]   60.0%",
        "李 2020     男     1.00  [−0.50, 2.50]   40.0%",
        "Kim 2001 ‡  7    no number",
        "Who",
        "All         659    0.60   [0.20, 1.00]  100.0%",
        "Prediction" + 15 * " " + "[−1.00, 2.00]",
        "",
        "  tau2 = 0",
        "† a remark",
    ]


def test_one_cell_less_and_the_extra_columns_go() -> None:
    narrow = printed(TABLE, 45)
    assert narrow[1:6] == [
        "Study       Effect         95% CI  Weight",
        "─" * 41,
        "Men",
        "Lee 2019 †    0.50   [0.25, 0.75]   60.0%",
        "李 2020       1.00  [−0.50, 2.50]   40.0%",
    ]
    assert narrow[-2:] == ["† a remark", "said above"]


def words(letters: int) -> str:
    """So many letters that can be broken in one place, ten before the end."""
    return "a" * (letters - 11) + " " + "b" * 10


@pytest.mark.parametrize(
    ("width", "row", "letters", "indent"),
    [
        (70, TextRow, 68, 2),
        (30, TextRow, 40, 2),
        (70, NotReportedRow, 70 - 4 - 2, 6),
        (30, NotReportedRow, 40, 6),
    ],
)
def test_a_remark_fills_the_terminal_but_never_less_than_forty_letters(
    width: int, row: type, letters: int, indent: int
) -> None:
    """The next line begins below the first; a label of 4 letters has a column of 5, as Study has."""
    fits = letters if row is TextRow or width == 30 else letters - 1

    def lines(text: str) -> list[str]:
        made = TextRow(text) if row is TextRow else NotReportedRow("Kim1", text)
        table = ForestTable("T", "E [95% CI]", Axis("x"), (made,), decimals=0)
        return printed(table, width)[3:]

    indent += 0 if row is TextRow else 1
    assert len(lines(words(fits))) == 1
    assert lines(words(fits + 1)) == [
        ("  " if row is TextRow else "Kim1   ") + "a" * (fits - 10),
        " " * indent + "b" * 10,
    ]


@pytest.mark.parametrize(("width", "letters"), [(60, 60), (40, 40), (20, 40)])
def test_a_note_fills_the_terminal_but_never_less_than_forty_letters(width: int, letters: int) -> None:
    def notes(text: str) -> list[str]:
        table = ForestTable("T", "E [95% CI]", Axis("x"), (), footnotes=(text,), decimals=0)
        return printed(table, width)[3:]

    assert notes(words(letters)) == [words(letters)]
    assert notes(words(letters + 1)) == ["a" * (letters - 10), "b" * 10]


@pytest.mark.parametrize(
    ("scale", "decimals", "shown"),
    [("linear", 1, "0.0"), ("log", 1, "0.003"), ("linear", None, "0.0030"), ("log", 4, "0.0030")],
)
def test_a_ratio_is_never_printed_as_zero(scale: str, decimals: int | None, shown: str) -> None:
    axis = Axis("Ratio", "log", 1.0) if scale == "log" else Axis("Slope")
    table = ForestTable("T", "E [95% CI]", axis, (StudyRow("A", 0.003, 0.002, 0.004),), decimals=decimals)
    assert printed(table, 80)[3].split()[1] == shown
