"""Columns of a forest plot as people write them: headers, texts, numbers, lights and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthesis.plots.extra_columns import LIGHT_WORDS, ExtraColumns, extra_columns
from synthesis.plots.given import Given

LABELS = ("A", "B", "C")
DATA = {
    "ai": [3, 5, 7], "bi": [7, 15, None], "ci": [1, 2, 3], "n2i": [10, 20, 30],
    "m1i": [1.5, 2.25, 3.125], "sd1i": [0.5, 1.0, 2.0], "m2i": [1.0, 2.0, 3.0], "sd2i": [1.0, 1.0, 1.0],
    "year": [2001.0, 2002.0, 2003.0], "n": [10, 20, 30], "rob_2": ["Low", "high ", None],
    "place": ["Rome", None, "Oslo"],
}  # fmt: skip
TABLE = pd.DataFrame(DATA)


def made(columns: Any = None, risk_of_bias: Any = None, kept: Any = None) -> ExtraColumns:
    return extra_columns(columns, risk_of_bias, Given(TABLE, kept), LABELS)


def column(source: Any) -> list[str]:
    found = made({"x": source})
    assert found.headers == ("x",)
    return [found.of(study)[0] for study in range(3)]


def test_weights_are_shown_where_no_columns_are_named_or_where_they_are() -> None:
    assert made() == ExtraColumns()
    assert (made().weights, made().of(1)) == (True, ())
    assert made("n").weights is False
    assert made(["n", "weights"]).weights is True
    assert made(["n", "weights"]).headers == ("n",)
    assert made([]).weights is False


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("n", "n"),  # one letter is a symbol
        ("year", "Year"),
        ("rob_2", "Rob 2"),
        ("ID", "ID"),
        ("{ai}/{n2i}", "Ai/n2i"),
        ("events", "Events/N"),
    ],
)
def test_a_name_becomes_a_header(name: str, header: str) -> None:
    data = TABLE.assign(ID=1)
    assert extra_columns([name], None, Given(data), LABELS).headers[0] == header


def test_numbers_are_whole_or_of_four_digits_and_what_is_missing_is_a_dash() -> None:
    assert column("year") == ["2001", "2002", "2003"]
    assert column([1.23456, 0.000123456, math.nan]) == ["1.235", "0.0001235", "–"]
    assert column([1e14, 1.2e15, None]) == ["100000000000000", "1.2×10¹⁵", "–"]
    assert column(["a", np.int64(3), np.float64(2.5)]) == ["a", "3", "2.5"]
    assert column("place") == ["Rome", "–", "Oslo"]


def test_templates_are_filled_and_dashes_stand_where_all_is_missing() -> None:
    assert column("{ai} of {n2i}") == ["3 of 10", "5 of 20", "7 of 30"]
    assert column("{ai}/{n1i}") == ["3/10", "5/20", "7/–"]
    assert column("in {place}") == ["in Rome", "–", "in Oslo"]
    assert column("{{{n}}}") == ["{10}", "{20}", "{30}"]
    assert extra_columns({"x": "{ai}/{n1i}"}, None, Given(DATA), LABELS).cells[2] == ("7/–",), "None, not NaN"
    with pytest.raises(ValueError, match=r"^column 'x': '\{n' is no text with names in braces"):
        column("{n")


def test_events_and_means_are_those_of_both_groups_unless_the_table_has_such_a_column() -> None:
    found = made(["events", "means"])
    assert found.headers == ("Events/N", "Events/N (control)", "Mean (SD)", "Mean (SD) (control)")
    assert found.of(0) == ("3/10", "1/10", "1.5 (0.5)", "1 (1)")
    assert found.of(1) == ("5/20", "2/20", "2.25 (1)", "2 (1)")
    own = extra_columns(["events", "means"], None, Given(TABLE.assign(events=[8, 9, 10])), LABELS)
    assert own.headers == ("Events", "Mean (SD)", "Mean (SD) (control)")
    assert own.of(2)[0] == "10"
    sizes = extra_columns("events", None, Given(TABLE.assign(n1i=[11, 21, 31])), LABELS)
    assert sizes.cells == (("3/11", "1/10"), ("5/21", "2/20"), ("7/31", "3/30"))


def test_judgements_are_lights_and_an_unknown_word_is_refused_with_its_study() -> None:
    found = made("n", "rob_2")
    assert (found.headers, found.lights) == (("n", "Rob 2"), ("Rob 2",))
    assert [found.of(study)[1] for study in range(3)] == ["low", "high", ""]
    with pytest.raises(ValueError, match=r"^B: Bias is 'bad'; expected low, some concerns, high or unclear$"):
        made(None, {"Bias": ["low", "bad", "low"]})
    assert {LIGHT_WORDS[word] for word in LIGHT_WORDS} == {"low", "some concerns", "high", "unclear", ""}


def test_rows_that_were_left_out_of_the_result_are_left_out_of_the_columns() -> None:
    data = pd.DataFrame({"n": [1, 2, 3, 4]})
    kept = np.array([True, False, True, True])
    found = extra_columns(["n"], None, Given(data, kept), LABELS)
    assert found.cells == (("1",), ("3",), ("4",))
    with pytest.raises(ValueError, match="has 4 values for 3 studies; expected one for each study"):
        extra_columns({"x": [1, 2, 3, 4]}, None, Given(), LABELS)
    with pytest.raises(ValueError, match="x': data has no column 5"):
        extra_columns({"x": 5}, None, Given(data, kept), LABELS)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (3, "columns is 3; expected names of columns of `data`, or a dictionary by headers"),
        (["n", 3], r"columns is \['n', 3\]; expected names"),
        (["n", "n"], "the column 'n' is named twice; expected each once"),
    ],
)
def test_what_are_no_columns_is_refused(columns: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        made(columns)
