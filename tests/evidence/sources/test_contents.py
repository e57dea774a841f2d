"""What the cells of a column hold, in most of its rows: both sides of every share."""

from __future__ import annotations

import pytest

from evidence.sources.column_sets import Contents, is_complete
from tests.evidence.sources.importing import table


def column(cells: str, name: str = "x", **others: str) -> Contents:
    """A table whose columns have these cells, and a number of rows before them so that none is blank."""
    columns = {name: cells.split("|"), **{key: text.split("|") for key, text in others.items()}}
    names = ";".join(("no", *columns))
    rows = [";".join((str(at), *row)) for at, row in enumerate(zip(*columns.values(), strict=True), 11)]
    return Contents(table("\n".join((names, *rows)) + "\n"))


def test_a_column_is_filled_in_a_share_of_its_rows() -> None:
    assert column("1|NR||4").filled("x") == 0.5
    assert column("1|2|3|").filled("x") == 0.75
    assert Contents(table("no,x\n")).filled("x") == 1.0, "no row, and none of them blank"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("1|low", True),
        ("1|low|high", False),
        ("1|low|NR", True),
        ("1|low|ref|high", False),
        ("1|low|ref", True),
        ("1|2|3|a", True),
    ],
)
def test_half_of_what_stands_there_are_numbers_where_it_is_a_column_of_numbers(
    cells: str, expected: bool
) -> None:
    """What is missing, and the cells of a reference, are not counted."""
    assert column(cells).has_numbers("x") is expected


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("x", "1 (0.5 to 2)|2 (1 to 4)|3", {"ci"}),
        ("x", "1 (0.5 to 2)|2", set()),
        ("x", "1 ± 0.5|2 ± 1|3", {"sd"}),
        ("x", "1 ± 0.5|2", set()),
        ("mean (SE)", "1 ± 0.5|2 ± 1|3", {"se"}),
        ("mean (SE)", "1 ± 0.5|2", set()),
        ("x", "1 (SE 0.5)|2 (SE 1)|3 (SD 1)", {"se"}),
        ("x", "1 (SE 0.5)|2 (SD 1)", set()),
        ("x", "3/40|4/50|5", {"n"}),
        ("x", "3/40|4", set()),
        ("median IQR", "1 (0.5 to 2)|2 (1 to 4)|3", {"ci", "q1", "q3"}),
        ("median range", "1 (0.5 to 2)|2 (1 to 4)|3", {"ci", "minimum", "maximum"}),
        ("median IQR", "1 (0.5 to 2)|2", set()),
    ],
)
def test_what_stands_beside_the_numbers_of_more_than_half_of_the_cells(
    name: str, cells: str, expected: set[str]
) -> None:
    assert column(cells, name).holds(name) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("1|2|3|4", "1|2|3|4", True),  # limits may be the estimate
        ("0|1|9|9", "5|5|9|9", True),  # half of the rows
        ("0|9|9|9", "5|9|9|9", False),
        ("0|9|9|", "5|9|9|9", False),
        ("0|9||9", "5|9|9|", True),  # one of two rows with all three
        ("|||", "|||", True),  # none speaks against it
    ],
)
def test_limits_are_around_the_estimate_in_half_of_the_rows(low: str, high: str, expected: bool) -> None:
    assert column("1|2|3|4", low=low, high=high).are_around("low", "x", "high") is expected


@pytest.mark.parametrize(
    ("name", "role", "cells", "expected"),
    [
        ("n", "n1", "10|20", True),
        ("n (%)", "n1", "10|20", False),
        ("n", "n1", "10 (5%)|20", True),
        ("n", "n", "10 (5%)|20 (9%)|30", False),
        ("events", "events2", "1|2", True),
        ("% events", "events2", "1|2", False),
        ("% events", "events2", "1 (5%)|2", False),
        ("% events", "events", "1 (5%)|2 (9%)|3", True),
        ("% women", "mean1", "1|2", True),  # no count is asked for
    ],
)
def test_shares_are_no_counts(name: str, role: str, cells: str, expected: bool) -> None:
    assert column(cells, name).are_no_shares(name, role) is expected


def test_numbers_lie_within_a_bound_and_counts_within_others() -> None:
    held = column("-3|3|", whole="3|4|", part="3|3.5|", more="4|4|", below="-1|1|", zero="0|0|", none="||")
    assert held.are_within("x", 3)
    assert not held.are_within("x", 2.9)
    names = ("whole", "part", "more", "below", "zero", "none")
    assert [held.are_counts_within(name, "whole") for name in names] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


def test_of_a_long_table_the_first_two_hundred_rows_are_looked_at() -> None:
    assert column("|".join(["1"] * 200 + ["9"])).are_within("x", 1)
    assert not column("|".join(["1"] * 199 + ["9"])).are_within("x", 1)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("mean sd n", True),
        ("mean se n", True),
        ("mean n", False),
        ("mean sd", False),
        ("sd n", False),
        ("median n q1 q3", True),
        ("median n minimum maximum", True),
        ("median n q1 q3 minimum maximum", True),
        ("median n q1 maximum", False),
        ("median n q3 minimum", False),
        ("median q1 q3", False),
        ("n q1 q3", False),
        ("events n", True),
        ("events non_events", True),
        ("events person_time", True),
        ("events", False),
        ("non_events n", False),
        ("person_time n", False),
    ],
)
def test_counts_a_rate_a_mean_or_a_median_with_what_each_needs_give_a_group(
    roles: str, expected: bool
) -> None:
    assert is_complete(set(roles.split()), "") is expected
    assert is_complete({f"{role}2" for role in roles.split()} | {"n1", "note"}, "2") is expected
