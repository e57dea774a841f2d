"""Columns that name studies and say facts of them: by their names, and by what most of their cells hold."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evidence.sources.column_facts import facts_in
from evidence.sources.column_roles import Recognised
from tests.evidence.sources.importing import table


def facts(columns: Mapping[str, str], **roles: str) -> dict[str, str]:
    """The facts in a table whose columns have these cells, after a column of numbers that is an estimate.

    roles: what a column is recognised as by its name.
    """
    cells = {name: text.split("|") for name, text in columns.items()}
    rows = [";".join((f"0.{at}", *row)) for at, row in enumerate(zip(*cells.values(), strict=True), 1)]
    known = {name: Recognised(role, "") for name, role in {"OR": "estimate", **roles}.items()}
    return facts_in(table("\n".join((";".join(("OR", *cells)), *rows)) + "\n"), known)


STUDIES = {"trial": "Abel|Berg|Cole|Dale"}


@pytest.mark.parametrize(
    ("cells", "role", "expected"),
    [
        ("men|women|x|y", "sex", "sex"),
        ("men|x|y|z", "sex", "group"),
        ("men|NR|NR|x", "sex", "sex"),
        ("OR|RR|x|y", "measure", "measure"),
        ("OR|x|y|z", "measure", "outcome"),
        ("crude|adjusted|x|y", "adjustment", "adjustment"),
        ("crude|x|y|z", "adjustment", None),
        ("2001|2002|x|y", "year", "year"),
        ("2001|x|y|z", "year", None),
        ("hip|spine|1|2", "outcome", "outcome"),
        ("hip|1|2|3", "outcome", None),
        ("Abel 2001|Berg 2003|1|2", "citation", "citation"),
        ("Abel 2001|1|2|3", "citation", None),
        ("UCOR|COR|YUQ|x", "measure", "measure"),
        ("1|2|3|4", "country", "country"),
    ],
)
def test_half_of_the_cells_are_what_the_name_of_a_column_says(
    cells: str, role: str, expected: str | None
) -> None:
    """Else it holds something else, or no fact that is known."""
    found = facts({**STUDIES, "x": cells}, trial="study", x=role)
    assert found == {"trial": "study"} | ({} if expected is None else {"x": expected})


def test_what_a_column_holds_instead_does_not_replace_what_another_is_called() -> None:
    columns = {**STUDIES, "a": "hip|hip|hip|hip", "b": "x|y|z|w"}
    assert facts(columns, trial="study", a="outcome", b="measure") == {"trial": "study", "a": "outcome"}
    assert facts(columns, trial="study", a="group", b="sex") == {"trial": "study", "a": "group"}
    columns = {**STUDIES, "a": "hip|hip|hip|hip", "b": "spine|spine|hip|hip"}
    assert facts(columns, trial="study", a="outcome", b="outcome") == {"trial": "study", "a": "outcome"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("1|2|3|4", "Abel|Berg|Cole|Dale", {"b": "study"}),
        ("1|2|3|Dale", "Abel|Berg|3|4", {"a": "study"}),  # half are numbers in both: no names
        ("1|2|3|Dale", "Abel|Berg|Cole|4", {"b": "study"}),
        ("Abel|Berg|Cole|Dale", "1|2|3|4", {"a": "study"}),
    ],
)
def test_of_two_columns_of_studies_the_one_with_names_is_taken(
    first: str, second: str, expected: dict[str, str]
) -> None:
    assert facts({"a": first, "b": second}, a="study", b="study") == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"x": "Abel|Berg|Cole|Dale"}, {"x": "study"}),
        ({"x": "Abel|Abel|Berg|Cole"}, {"x": "study"}),
        ({"x": "Abel|Abel|Berg|Berg"}, {}),  # two of four differ, not more than half
        ({"x": f"{'a' * 80}|Berg|Cole|Dale"}, {"x": "study"}),
        ({"x": f"{'a' * 81}|Berg|Cole|Dale"}, {}),
        ({"x": "Abel|Berg|1|2"}, {}),  # half are numbers
        ({"x": "Abel|Berg|Cole|1|2"}, {"x": "study"}),
        ({"x": "Abel|Berg|Cole|Dale", "label": "Egan|Ford|Gale|Hall"}, {"label": "study"}),
        ({"id": "1|2|3|4", "x": "Abel|Berg|Cole|Dale"}, {"x": "study"}),
        ({"id": "1|2|3|4", "x": "5|6|7|8"}, {"id": "study"}),
        ({"x": "5|6|7|8", "y": "NR|NR|NR|NR"}, {}),
    ],
)
def test_where_no_column_is_called_so_studies_are_short_words_of_which_most_differ(
    columns: dict[str, str], expected: dict[str, str]
) -> None:
    assert facts(columns) == expected


def test_studies_that_are_only_numbered_take_their_names_from_a_column_that_says_so() -> None:
    names = "Abel|Berg|Cole|Dale"
    assert facts({"n": "1|2|3|4", "label": names}, n="study") == {"n": "study", "label": "author"}
    assert facts({"n": "1|2|3|4", "x": names}, n="study") == {"n": "study"}
    assert facts({"n": names, "label": names}, n="study") == {"n": "study"}
    assert facts({"n": names, "label": names}, n="author") == {"n": "author"}


def test_the_first_two_hundred_rows_say_what_a_column_holds() -> None:
    studies = "|".join(f"s{at}" for at in range(201))
    found = [
        facts({"a": studies, "x": "|".join(["men"] * men + ["x"] * (201 - men))}, a="study", x="sex")["x"]
        for men in (100, 99)
    ]
    assert found == ["sex", "group"]
