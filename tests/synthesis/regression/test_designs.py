"""Designs from numbers and labels: what is taken, what is refused in which words, and rows for new data."""

import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from synthesis.pooled import pool
from synthesis.pooling.inputs import read_studies
from synthesis.regression.api import metareg
from synthesis.regression.design_matrix import (
    ArrayRecipe,
    DesignMatrix,
    array_moderators,
    check,
    groups_of,
    row_count,
    series,
    usable,
)
from synthesis.regression.subgroups import subgroups

YI = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6]
VI = [0.01, 0.02, 0.03, 0.04, 0.02, 0.03, 0.01, 0.05]
DOSE = np.arange(1.0, 9.0)


# Rows for new data.

TWO, ONE = ArrayRecipe(("a", "b"), True), ArrayRecipe(("a",), True)
ROWS: list[tuple[ArrayRecipe, Any, list[list[float]]]] = [
    (ONE, 3, [[1, 3]]),
    (ONE, [3], [[1, 3]]),
    (ONE, [3, 4], [[1, 3], [1, 4]]),
    (ONE, [[3], [4]], [[1, 3], [1, 4]]),
    (TWO, [3, 4], [[1, 3, 4]]),
    (TWO, [[3, 4]], [[1, 3, 4]]),
    (TWO, [[3, 4], [5, 6]], [[1, 3, 4], [1, 5, 6]]),
    (ArrayRecipe(("a", "b"), False), [3, 4], [[3, 4]]),
    (ArrayRecipe(("a",), False), [3, 4], [[3], [4]]),
]


@pytest.mark.parametrize(("recipe", "given", "rows"), ROWS)
def test_numbers_for_new_data_are_a_row_each_or_one_row(
    recipe: ArrayRecipe, given: Any, rows: list[list[float]]
) -> None:
    assert recipe.rows(given).tolist() == rows


@pytest.mark.parametrize(
    ("recipe", "given", "says"),
    [
        (TWO, 3, "newdata has shape (); expected a row of 2 for each prediction (a, b)"),
        (TWO, [1, 2, 3, 4], "newdata has shape (4,); expected a row of 2"),
        (TWO, [[1, 2, 3]], "newdata has shape (1, 3)"),
        (TWO, np.ones((1, 2, 2)), "newdata has shape (1, 2, 2)"),
        (ONE, np.ones((2, 1, 1)), "newdata has shape (2, 1, 1)"),
        (ONE, [[1, 2]], "newdata has shape (1, 2); expected a row of 1 for each prediction (a)"),
        (TWO, "x", "newdata is not an array of numbers; expected a row of 2"),
        (TWO, [[1, 2], [math.inf, 2]], "newdata, row 2: a is missing or infinite"),
        (TWO, [[1, 2], [3, 4], [5, None]], "newdata, row 3: b is missing or infinite"),
    ],
)
def test_other_numbers_for_new_data_are_refused(recipe: ArrayRecipe, given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        recipe.rows(given)


@pytest.mark.parametrize(
    ("newdata", "rows"),
    [({}, 1), ({"a": 3}, 1), ({"a": "text"}, 1), ({"a": [1, 2, 3]}, 3), ({"a": [1, 2], "b": "long text"}, 2)],
)
def test_rows_are_counted_by_the_columns_that_have_several(newdata: Any, rows: int) -> None:
    assert row_count(newdata) == rows


def test_a_model_without_columns_predicts_as_many_rows_as_the_data_have() -> None:
    found = metareg(YI, VI, mods="~ 1", data={"dose": DOSE})
    for newdata, rows in (({}, 1), ({"dose": 2}, 1), ({"dose": [1, 2, 3]}, 3)):
        assert found.predict(newdata).names == tuple(f"row {i + 1}" for i in range(rows))


# Moderators of the studies.


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (np.ones((3, 0)), "mods has shape (3, 0); expected a row for each of 3 studies"),
        (np.ones(4), "mods has shape (4,)"),
        (np.ones((3, 2, 1)), "mods has shape (3, 2, 1)"),
        (1.0, "mods has shape ()"),
        ({"a": [1, 2, 3]}, "mods is a dict; expected numbers, a data frame, or a formula"),
        ({1, 2, 3}, "mods is a set; expected numbers, a data frame, or a formula"),
        (["a", "b", "c"], "mods has values that are not numbers; expected numbers, a formula"),
    ],
)
def test_moderators_that_are_no_numbers_for_each_study_are_refused(given: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        array_moderators(given, 3, True)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([1, 2, 3], ("mod1",)),
        (np.ones((3, 2)), ("mod1", "mod2")),
        (pd.Series([1, 2, 3], name="dose"), ("dose",)),
        (pd.Series([1, 2, 3]), ("mod1",)),
        (pd.Series([1, 2, 3], name=7), ("mod1",)),
        ([Decimal("1.5"), 2, None], ("mod1",)),
    ],
)
def test_moderators_are_called_by_their_name_or_number(given: Any, names: tuple[str, ...]) -> None:
    assert array_moderators(given, 3, True).names == names


def test_missing_moderators_are_known_column_by_column() -> None:
    given = np.ma.masked_array(
        [[1.0, 2], [3, math.nan], [5, 6]], mask=[[True, False], [False] * 2, [False] * 2]
    )
    lacking = array_moderators(given, 3, True).lacking
    assert {name: gap.tolist() for name, gap in lacking.items()} == {
        "mod1": [True, False, False],
        "mod2": [False, True, False],
    }


@pytest.mark.parametrize("kind", [float, str])
def test_masked_values_of_a_column_are_missing(kind: Any) -> None:
    given = np.ma.masked_array(np.array([1, 2, 3]).astype(kind), mask=[False, True, False])
    assert series(given).isna().tolist() == [False, True, False]
    data = {"x": np.ma.masked_array(DOSE.astype(kind), mask=np.arange(8) == 4)}
    with pytest.raises(ValueError, match="study 5: x is missing"):
        metareg(YI, VI, mods="~ x", data=data)


def test_a_series_is_taken_by_position() -> None:
    assert series(pd.Series([5, 6], index=[9, 3])).to_dict() == {0: 5, 1: 6}


@pytest.mark.parametrize(
    ("values", "coded", "becomes"),
    [
        ([1, 2], False, [1.0, 2.0]),
        ([1.0, 2.0], True, [1, 2]),
        ([1.0, 2.5], True, [1.0, 2.5]),
        ([Decimal("1.5"), 2], False, [1.5, 2.0]),
        ([True, False], False, [True, False]),
        (["b", "a"], False, ["b", "a"]),
        ([1, "a"], False, ["1", "a"]),
    ],
)
def test_columns_are_numbers_truth_values_or_labels(
    values: list[Any], coded: bool, becomes: list[Any]
) -> None:
    found = usable(pd.Series(values), coded)
    assert found.tolist() == becomes
    assert [type(value) for value in found.tolist()] == [type(value) for value in becomes]
    assert isinstance(found.dtype, pd.CategoricalDtype) == isinstance(becomes[0], str)


# Designs that cannot be fitted.


def design_of(*columns: Any) -> DesignMatrix:
    """A design with these columns, named a, b, c and so on, each a term of its own."""
    names = tuple("abcdef"[: len(columns)])
    matrix = np.column_stack([np.asarray(c, dtype=float) for c in columns])
    return DesignMatrix(matrix, names, {n: (i,) for i, n in enumerate(names)}, ArrayRecipe(names, False))


ONES, X, Z = [1] * 6, [1, 2, 3, 4, 5, 7], [1, 0, 2, 0, 1, 5]
LABELS = tuple("ABCDEF")
IMPOSSIBLE: list[tuple[list[Any], str]] = [
    ([X, [1, 2, math.nan, 4, 5, 6]], "C: b is nan; expected a finite number"),
    ([[0] * 6], "moderator 'a' is 0 for every study; it cannot explain any difference"),
    ([X, [0] * 6], "moderator 'b' is 0 for every study"),
    ([ONES, [3] * 6, X], "moderator 'a' is 1 for every study"),
    ([X, [1e101 * z for z in Z]], "column 'b' reaches 5e+101; expected other units"),
    ([X, Z, [x + z for x, z in zip(X, Z, strict=True)]], "column 'c' is determined by 'a' and 'b', so that"),
    (
        [ONES, X, Z, [1 + x + z for x, z in zip(X, Z, strict=True)]],
        "column 'd' is determined by 'a', 'b' and 'c', so that their coefficients do not exist; "
        "leave one of them out",
    ),
    ([X, Z, [2 * x for x in X]], "column 'c' is determined by 'a', so that"),
    (list(np.eye(6)), "there are 6 studies for 6 coefficients (a, b, c, d, e, f); expected at least 7"),
]


@pytest.mark.parametrize(("columns", "says"), IMPOSSIBLE, ids=[says for _, says in IMPOSSIBLE])
def test_a_design_whose_coefficients_do_not_exist_is_refused(columns: list[Any], says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        check(design_of(*columns), LABELS)


@pytest.mark.parametrize(
    "columns",
    [[ONES], [X], [ONES, X], [X, Z], [[3] * 6, X], list(np.eye(6)[:5]), [ONES, [1e-9 * x for x in X]],
     [ONES, [1e9 * x for x in X]], [[1e-90 * x for x in X], [1e90 * z for z in Z]]],
)  # fmt: skip
def test_other_designs_are_not_whatever_their_units(columns: list[Any]) -> None:
    check(design_of(*columns), LABELS)


def test_a_spline_is_what_the_hint_on_the_constant_is_for() -> None:
    """Given for a column made by a function that the intercept takes part in, and for no other."""
    data = {"x": DOSE, "left": 9 - DOSE, "arm": list("aabbccbb"), "site": list("yyxxzzxx")}
    hint = "a spline that contains the constant needs '0 +'"
    for formula, given in (
        ("~ cs(x, df=3)", True),
        ("~ x + left", False),
        ("~ x + I(2 * x)", False),
        ("~ C(arm) + C(site)", False),
    ):
        with pytest.raises(ValueError, match="is determined by") as refused:
            metareg(YI, VI, mods=formula, data=data)
        assert (hint in str(refused.value)) == given, formula


def test_results_do_not_depend_on_the_units_of_moderators() -> None:
    x = np.column_stack([DOSE, [1.0, 0, 2, 0, 1, 5, 2, 2]])
    usual, other = metareg(YI, VI, mods=x), metareg(YI, VI, mods=x * [1e-60, 1e60])
    assert_allclose(other.estimate, usual.estimate * [1, 1e60, 1e-60], rtol=1e-9)
    assert_allclose(other.vif().vif, usual.vif().vif, rtol=1e-9)
    assert_allclose(other.vif().gvif, usual.vif().gvif, rtol=1e-9)
    assert_allclose(other.R2, usual.R2, rtol=1e-9)
    at = [[2.0, 2], [1, 5], [8, 0], [5, 1]]
    there, here = usual.predict(at), other.predict(np.array(at) * [1e-60, 1e60])
    assert here.outside.tolist() == there.outside.tolist() == [False, True, True, False]
    for name in ("estimate", "se", "prediction_low", "ci_high"):
        assert_allclose(getattr(here, name), getattr(there, name), rtol=1e-9)


# Subgroups.


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ([1.0, math.nan, 1, 2.5, 2.5, 3, 3, 3], ("1", "2.5", "3")),
        ([True, None, True, False, False, True, True, False], ("True", "False")),
        (pd.Series(["x", pd.NA, "y", "y", "x", "y", "y", "x"]), ("x", "y")),
        (pd.Series(list("bbabbabb"), dtype="category"), ("a", "b")),
    ],
)
def test_subgroups_are_named_as_people_write_them(by: Any, names: tuple[str, ...]) -> None:
    studies = read_studies(YI, VI, None, None, None, "drop", {"by": by})
    grouping = groups_of("site", studies, "drop")
    lacking = 8 - len(grouping.studies.labels)
    assert grouping.groups == names
    assert (grouping.name, grouping.lacking) == ("site", lacking)
    assert grouping.members.sum(axis=0).tolist() == [1] * (8 - lacking)
    assert lacking == int(by[1] is None or by[1] is pd.NA or by[1] != by[1])


def test_a_subgroup_pooled_by_itself_is_that_pool_with_all_its_notes_and_labels() -> None:
    by, slab = list("babbabaa"), [f"S{i}" for i in range(8)]
    found = subgroups([None, *YI[1:]], VI, by=by, slab=slab, missing="drop")
    for group, members in zip(found.groups, ([1, 4, 6, 7], [2, 3, 5]), strict=True):
        alone = pool([YI[i] for i in members], [VI[i] for i in members], slab=[slab[i] for i in members])
        assert group.pooled is not None
        assert group.pooled.to_dict() == alone.to_dict()
    assert [group.name for group in found.groups] == ["a", "b"]
    assert found.overall.k == 7


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (["a"] * 7, "by has 7 labels for 8 studies; expected one per study"),
        (5.0, "by is 5.0; expected a label for each study, or a column of `data`"),
        ([None] * 8, "by has 0 subgroups; expected two or more"),
        (["a"] * 8, "by has 1 subgroup; expected two or more"),
    ],
)
def test_labels_that_make_no_subgroups_are_refused(by: Any, says: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        subgroups(YI, VI, by=by, missing="drop")


def test_the_first_study_without_a_subgroup_is_named() -> None:
    by = ["a", "b", "a", None, "b", None, "a", "b"]
    with pytest.raises(ValueError, match="study 4: by is missing"):
        subgroups(YI, VI, by=by)
    assert subgroups([None, *YI[1:]], VI, by=by, missing="drop").notes[:2] == (
        "1 study without an effect or a variance left out.",
        "2 studies without a subgroup left out.",
    )
