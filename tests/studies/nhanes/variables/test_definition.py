"""What YAML may say of a variable, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from studies.nhanes.variables.definition import TableColumns, Variable

COLUMN = {"label": "v", "table": "DEMO", "columns": ["X"]}
MADE = {"label": "v", "from": "bmi"}


def variable(**fields: Any) -> Variable:
    return Variable.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {**COLUMN, "codes": {1: "a"}, "bounds": [1], "classes": ["x", "y"]},
            "'codes' or 'bounds', not both",
        ),
        ({**COLUMN, "bounds": [1], "classes": ["x", "y"], "quantiles": 2}, "'bounds' or 'quantiles'"),
        ({**COLUMN, "bounds": [1, 2], "classes": ["x", "y"]}, "one name in 'classes' more"),
        ({**COLUMN, "classes": ["x", "y"]}, "one name in 'classes' more"),
        ({**COLUMN, "bounds": [1, 2]}, "one name in 'classes' more"),
        ({**COLUMN, "bounds": [2, 1], "classes": ["x", "y", "z"]}, "do not rise"),
        ({**COLUMN, "bounds": [1, 1], "classes": ["x", "y", "z"]}, "do not rise"),
        ({**COLUMN, "bounds": [1], "classes": ["x", "x"]}, "names a class twice"),
        ({**COLUMN, "quantiles": 4, "classes": ["x", "y"]}, "has 4 quantiles and 2 classes"),
        ({**COLUMN, "quantiles": 1}, "greater than or equal to 2"),
        ({**COLUMN, "quantiles": 21}, "less than or equal to 20"),
        ({**COLUMN, "within": "sex"}, "'within' and 'weighted' are about 'quantiles'"),
        ({**COLUMN, "weighted": False}, "'within' and 'weighted' are about 'quantiles'"),
        ({"label": "v"}, "made from 'columns' of a table or 'from' other variables"),
        ({"label": "v", "table": "DEMO", "columns": []}, "made from 'columns'"),
        ({"label": "v", "columns": ["X"]}, "in which 'table'"),
        ({**COLUMN, "from": "bmi"}, "made from 'columns' of a table or 'from' other variables"),
        ({**MADE, "table": "DEMO"}, "have their own tables"),
        ({**MADE, "in_cycles": {"2017-2018": "not asked"}}, "have their own tables"),
        ({"label": "v", "from": ["a", "b"]}, "made from 2 variables: 'calculate' says how"),
        (
            {"label": "v", "from": ["a", "b", "c"], "calculate": "ratio"},
            "a ratio is made of two parts; it has 3",
        ),
        ({**MADE, "calculate": "difference"}, "a difference is made of two parts; it has 1"),
        ({"label": "v", "unit": "1", "from": ["a", "b"], "calculate": "log"}, "a log is made of one part"),
        ({**MADE, "calculate": "log"}, "needs a 'unit', e.g. log"),
        ({**MADE, "calculate": "z-score"}, "a z-score needs 'mean' and 'sd'"),
        ({**MADE, "calculate": "z-score", "mean": 1}, "a z-score needs 'mean' and 'sd'"),
        ({**MADE, "mean": 1, "sd": 2}, "only a z-score has them"),
        ({**MADE, "calculate": "z-score", "mean": 1, "sd": 0}, "greater than 0"),
        (
            {"label": "v", "rules": {"a": {"sex": "men"}, "b": "otherwise"}, "from": "bmi"},
            "has 'rules', which",
        ),
        ({"label": "v", "rules": {"a": {"sex": "men"}}}, "rules for two classes"),
        ({"label": "v", "rules": {"a": "otherwise", "b": "otherwise"}}, "'otherwise' twice"),
        ({"label": "v", "rules": {"a": [], "b": "otherwise"}}, "expected conditions by variable"),
        ({**MADE, "columns_of": 3}, "Extra inputs"),
    ],
)
def test_a_variable_that_contradicts_itself_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        variable(**fields)


def test_a_variable_stays_as_it_is() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        variable(**COLUMN).label = "youth"  # type: ignore[misc]


def test_classes_have_the_names_that_are_given_or_follow() -> None:
    assert variable(**COLUMN).labels == ()
    assert not variable(**COLUMN).categorical
    assert variable(**COLUMN, codes={1: "low", 2: "low", 3: "high"}).labels == ("low", "high")
    assert variable(**COLUMN, quantiles=3).labels == ("Q1", "Q2", "Q3")
    assert variable(**COLUMN, quantiles=2, classes=["l", "h"]).labels == ("l", "h")
    assert variable(label="v", rules={"a": {"sex": "men"}, "b": "otherwise"}).labels == ("a", "b")
    assert variable(**COLUMN, bounds=[1], classes=["l", "h"]).categorical


def test_a_name_alone_is_a_list_of_one() -> None:
    assert variable(label="v", table="DEMO", columns="X").columns == ("X",)
    assert variable(**MADE).parts == ("bmi",)


def test_rules_ask_each_name_once_in_their_order() -> None:
    rules = {"a": [{"sex": "men", "X": 1}, {"sex": "women", "Y": 2}], "b": {"X": 3}, "c": "otherwise"}
    assert variable(label="v", table="T", rules=rules).asked == ("sex", "X", "Y")
    assert variable(**COLUMN).asked == ()


def test_a_cycle_may_name_the_columns_otherwise_or_not_ask() -> None:
    pressure = variable(
        **COLUMN,
        in_cycles={"2021-2023": {"table": "BPXO", "columns": ["Y", "Z"]}, "2017-2018": "not asked"},
    )
    assert pressure.source("2015-2016") == TableColumns(table="DEMO", columns=("X",))
    assert pressure.source("2021-2023") == TableColumns(table="BPXO", columns=("Y", "Z"))
    assert pressure.source("2017-2018") is None
    assert variable(**MADE).source("2015-2016") is None
    rules = {"a": {"SMQ020": 2, "sex": "men"}, "b": {"SMQ040": 3}}
    assert variable(label="v", table="SMQ", rules=rules).source("2015-2016") == TableColumns(
        table="SMQ", columns=("SMQ020", "SMQ040")
    )
    assert variable(label="v", table="SMQ", rules={"a": {"sex": "men"}, "b": "otherwise"}).source("x") is None
