"""Columns as users hand them over: found by name, matched by index, read as numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from evidence.effects.escalc import escalc
from evidence.effects.input_columns import column, for_studies, names_of, numbers, side_by_side


class OtherFrame:
    """A data frame of another package: names of columns, and columns by name, without an index."""

    columns: tuple[Any, ...] = ("yi", "vi")

    def __getitem__(self, name: str) -> list[float]:
        return {"yi": [1.0, 2.0], "vi": [3.0, 4.0]}[name]


class OtherTable(OtherFrame):
    """A table whose `columns` are the columns themselves, as Arrow's are."""

    column_names = ("yi", "vi")
    columns = ([1.0, 2.0], [3.0, 4.0])


TABLES = {
    "frame": pd.DataFrame({"yi": [1.0, 2.0], "vi": [3.0, 4.0]}),
    "dictionary": {"yi": [1.0, 2.0], "vi": [3.0, 4.0]},
    "table": OtherTable(),
    "structured": np.array([(1.0, 3.0), (2.0, 4.0)], dtype=[("yi", float), ("vi", float)]),
    "other": OtherFrame(),
}


@pytest.mark.parametrize("kind", TABLES)
def test_columns_are_found_in_tables_of_every_kind(kind: str) -> None:
    data = TABLES[kind]
    assert names_of(data) == ["yi", "vi"]
    assert_array_equal(numbers(column("vi", data, "vi"), "vi"), [3.0, 4.0])


@pytest.mark.parametrize("data", [[1, 2], pd.Series([1, 2]), 3, "yi", np.ones(3)])
def test_what_has_no_columns_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"^data is of type \w+; expected a data frame or a dictionary"):
        column("yi", data, "yi")


def test_whole_numbers_name_columns_and_are_values_where_no_column_has_that_name() -> None:
    frame = pd.DataFrame(np.array([[4, 119, 11, 128], [6, 300, 29, 274]]))
    found = escalc("OR", ai=0, bi=1, ci=2, di=3, data=frame)
    assert_array_equal(found.yi, escalc("OR", ai=[4, 6], bi=[119, 300], ci=[11, 29], di=[128, 274]).yi)
    sized = escalc("PR", xi=np.int64(0), ni=200, data=frame)
    assert_array_equal(sized.yi, [4 / 200, 6 / 200])
    assert column(True, frame, "drop00") is True
    assert column(5, None, "yi") == 5
    with pytest.raises(ValueError, match=r"yi: data has no column 7\. It has: 0, 1, 2, 3"):
        column(7, frame, "yi")
    with pytest.raises(ValueError, match=r"yi: data has no column '1'; did you mean 1\? It has: 0, 1, 2, 3"):
        column("1", frame, "yi")


def test_a_name_that_stands_twice_is_refused() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    with pytest.raises(ValueError, match="yi: data has 2 columns named 'a'; expected one"):
        column("a", frame, "yi")
    assert list(column("b", frame, "yi")) == [2]


@pytest.mark.parametrize(("text", "sep"), [("study;yi;vi", "';'"), ("study\tyi\tvi", r"'\t'")])
def test_a_file_read_with_another_separator_is_named_as_such(text: str, sep: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"read the file with sep={sep}")):
        column("yi", pd.DataFrame({text: ["Oslo;1;2"]}), "yi")
    with pytest.raises(ValueError, match=r"data has no column 'yi'\. It has: other"):
        column("yi", pd.DataFrame({"other": [1]}), "yi")
    with pytest.raises(ValueError, match="It has: a;b, c"):
        column("yi", pd.DataFrame({"a;b": [1], "c": [2]}), "yi")


ONE = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"])


def test_series_are_matched_by_their_labels_in_the_order_of_the_first() -> None:
    found = side_by_side({"yi": ONE, "vi": ONE[::-1], "by": ONE.loc[["b", "a", "c"]], "n": 5, "who": None})
    for name in ("yi", "vi", "by"):
        assert list(found[name]) == [1.0, 2.0, 3.0]
    assert (found["n"], found["who"]) == (5, None)
    frame = pd.DataFrame({"x": [3.0, 1.0, 2.0]}, index=["c", "a", "b"])
    assert list(side_by_side({"yi": ONE, "mods": frame})["mods"]["x"]) == [1.0, 2.0, 3.0]
    kept = side_by_side({"yi": ONE, "slab": ["x", "y", "z"], "word": "fixed", "vi": ONE.copy()})
    assert (kept["slab"], kept["word"]) == (["x", "y", "z"], "fixed")


def test_rows_that_repeat_go_by_position_where_their_order_is_the_same() -> None:
    one = pd.Series([1, 2, 3], index=["a", "a", "b"])
    assert list(side_by_side({"yi": one, "vi": one * 2})["vi"]) == [2, 4, 6]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"yi": ONE, "vi": pd.Series([1, 2, 3], index=["a", "b", "x"])},
            "yi and vi have different labels: 'c' is in the index of yi and not of vi",
        ),
        ({"yi": ONE[:2], "vi": ONE}, "'c' is in the index of vi and not of yi"),
        ({"yi": ONE, "vi": pd.Series([1, 2, 3])}, "'a' is in the index of yi and not of vi"),
        (
            {"yi": pd.Series([1, 2, 3], index=list("aab")), "vi": pd.Series([1, 2, 3], index=list("aba"))},
            "row 2 is 'a' in one and 'b' in the other, and the label 'a' repeats in the index of yi",
        ),
        (
            {"yi": pd.Series([1, 2], index=list("ab")), "vi": pd.Series([1, 2, 3], index=list("abb"))},
            "one has 2 rows and the other 3, and the label 'b' repeats in the index of vi",
        ),
        (
            {"yi": ONE, "vi": ONE[::-1], "slab": ["x", "y", "z"]},
            "slab has no index, and the rows of yi and vi are in different orders "
            "(row 1 is 'a' in one and 'c' in the other); expected slab as a series with the same index",
        ),
        ({"n": np.ones(3), "yi": ONE, "vi": ONE[::-1]}, "n has no index"),
    ],
)
def test_rows_that_cannot_be_matched_are_refused_with_the_first_difference(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        side_by_side(given)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("0,92", "Oslo: yi is '0,92', with a decimal comma"),
        (["1.5", "2"], "Oslo: yi is '1.5'; expected a number, not text"),
        (["0.85", "0,92"], "Rome: yi is '0,92', with a decimal comma; expected 0.92"),
        (["0.85", "-,5"], "expected -.5"),
        (["0.85", "1,325"], "Rome: yi is '1,325', which may mean 1.325 or 1325"),
        (["0.85", "1,325,000"], "which may mean 1325000;"),
        (["0.85", "0,925"], "with a decimal comma; expected 0.925"),
        ([1, "  "], "Rome: yi is '  '; expected a number, or None where it is missing"),
        ([1, "n/a"], "Rome: yi is 'n/a'; expected a number"),
        ([1, "1_000"], "Rome: yi is '1_000'; expected a number"),
        ([1, "nan"], "Rome: yi is 'nan'; expected a number"),
        ([1, True], "Rome: yi is 'True'; expected a number"),
        ([1, 2 + 1j], "yi is"),
        ([1, 10**400], "Rome: yi cannot be held in double precision"),
        ([[1, 2], [3]], "yi is a list of lists of different lengths"),
        ([[1, 2], [3, 4]], "yi has shape (2, 2)"),
        ({1, 2}, "yi is a set; expected a list or an array"),
        (pd.Series(["1.5", "2"]), "Oslo: yi is '1.5'; expected a number, not text"),
        (np.array(["1.5", "2,5"]), "Rome: yi is '2,5', with a decimal comma"),
    ],
)
def test_what_is_no_number_is_refused_with_study_column_and_value(values: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        numbers(values, "yi", ("Oslo", "Rome"))


def test_numbers_of_every_kind_are_read() -> None:
    nan = np.nan
    for values, expected in (
        ([1, None, 2.5], [1, nan, 2.5]),
        ((x for x in (1, 2)), [1, 2]),
        ([Decimal("0.5"), pd.NA], [0.5, nan]),
        (pd.array([1, None], dtype="Int64"), [1, nan]),
        (np.ma.array([1, 2], mask=[False, True]), [1, nan]),
        (3, [3]),
        (Decimal("0.5"), [0.5]),
        ([], []),
    ):
        assert_array_equal(numbers(values, "yi"), expected)


def test_escalc_names_study_column_and_value() -> None:
    with pytest.raises(ValueError, match=r"^Rome: m1i is '0,92', with a decimal comma; expected 0\.92"):
        escalc("MD", m1i=["0.8", "0,92"], sd1i=1, n1i=9, m2i=1, sd2i=1, n2i=9, slab=["Oslo", "Rome"])
    with pytest.raises(ValueError, match=r"^Rome: ai is inf; expected a finite number"):
        escalc("OR", ai=[1, np.inf], bi=1, ci=1, di=1, slab=["Oslo", "Rome"])


def test_escalc_matches_series_by_their_labels() -> None:
    index = ["x", "y", "z"]
    frame = pd.DataFrame({"ai": [4, 6, 3], "n1i": [123, 306, 231]}, index=index)
    ci = pd.Series([11, 29, 12], index=index)[["z", "x", "y"]]
    slab = pd.Series(["X", "Y", "Z"], index=index)[["y", "z", "x"]]
    found = escalc("RR", ai="ai", n1i="n1i", ci=ci, n2i=303, data=frame, slab=slab)
    expected = escalc("RR", ai=[4, 6, 3], n1i=[123, 306, 231], ci=[11, 29, 12], n2i=303)
    assert_array_equal(found.yi, expected.yi)
    assert found.labels == ("X", "Y", "Z")
    with pytest.raises(ValueError, match="n2i has no index, and the rows of ai and ci are in different"):
        escalc("RR", ai="ai", n1i="n1i", ci=ci, n2i=[1, 2, 3], data=frame)


def test_a_series_goes_by_the_labels_of_the_studies_where_it_has_them() -> None:
    weights = pd.Series([1.0, 2.0, 3.0], index=["Oslo", "Bern", "Rome"])
    assert list(for_studies(weights, ["Rome", "Oslo", "Bern"], "weights")) == [3.0, 1.0, 2.0]
    assert list(for_studies(weights, ["Rome", "Oslo"], "weights")) == [3.0, 1.0]
    assert list(for_studies(pd.Series([1.0, 2.0], index=[7, 8]), ["8", "7"], "weights")) == [2.0, 1.0]


def test_what_has_none_of_the_labels_of_the_studies_goes_by_position() -> None:
    weights = pd.Series([1.0, 2.0])
    assert for_studies(weights, ["Rome", "Oslo"], "weights") is weights
    assert for_studies(weights, ["Rome", "Rome"], "weights") is weights
    plain = [1.0, 2.0]
    assert for_studies(plain, ["Rome", "Oslo"], "weights") is plain


@pytest.mark.parametrize("labels", [["Oslo", "Bern"], ["Oslo", "Bern", "Bern"], ["Oslo", "Bern", "Rome"]])
def test_a_series_with_some_of_the_labels_of_the_studies_is_refused(labels: list[str]) -> None:
    weights = pd.Series([1.0] * len(labels), index=["Oslo", "Paris", "Lima"][: len(labels)])
    with pytest.raises(
        ValueError, match=r"^the index of weights lacks 'Bern'; expected the labels of all studies$"
    ):
        for_studies(weights, labels, "weights")


def test_labels_that_repeat_go_by_position_in_the_order_of_the_studies_and_are_refused_in_another() -> None:
    labels = ["Oslo", "Oslo", "Bern"]
    sizes = pd.Series([10, 20, 30], index=labels)
    assert list(for_studies(sizes, labels, "ni")) == [10, 20, 30]
    with pytest.raises(ValueError, match=r"^the label 'Oslo' repeats in the index of ni; expected the order"):
        for_studies(sizes, ["Bern", "Oslo", "Oslo"], "ni")
    each_study = pd.Series([30, 20], index=["Bern", "Oslo"])
    assert list(for_studies(each_study, labels, "ni")) == [20, 20, 30]
