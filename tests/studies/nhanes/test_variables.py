"""Variables from columns: means of readings, classes, and what counts as not recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pydantic import ValidationError

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.variables import Variable, columns_by_table, variable, variables

NAN = float("nan")


def persons(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_pressure_is_the_mean_of_the_readings_there_are() -> None:
    frame = persons(
        BPXSY1=[120, NAN, NAN], BPXSY2=[130, 110, NAN], BPXSY3=[110, NAN, NAN], BPXSY4=[NAN, NAN, NAN]
    )
    assert_array_equal(variable("sbp").values(frame), [120, 110, NAN])


def test_a_first_reading_is_that_and_no_other() -> None:
    frame = persons(BPXSY1=[120, NAN], BPXSY2=[130, 110], BPXDI1=[70, 0], BPXDI2=[80, 90])
    assert_array_equal(variable("first-sbp").values(frame), [120, NAN])
    assert_array_equal(variable("first-dbp").values(frame), [70, NAN])


def test_a_diastolic_pressure_of_zero_is_no_reading() -> None:
    frame = persons(BPXDI1=[0, 0], BPXDI2=[70, 0], BPXDI3=[80, NAN], BPXDI4=[NAN, NAN])
    assert_array_equal(variable("dbp").values(frame), [75, NAN])


@pytest.mark.parametrize(
    ("name", "column", "values", "classes"),
    [
        ("triglycerides", "LBDTRSI", [0.1, 0.677, 0.678, 1.016, 1.569, 1.57, NAN], [0, 0, 1, 1, 2, 3, 4]),
        ("ldl", "LBDLDLSI", [2.302, 2.303, 2.87, 3.491, 3.492, NAN], [0, 1, 1, 2, 3, 4]),
        ("alcohol", "ALQ130", [1, 11, 12, 15, 777, 999, NAN], [0, 0, 1, 1, 2, 2, 2]),
        ("education", "DMDEDUC2", [1, 5, 7, 9, NAN], [0, 4, 5, 5, 5]),
        ("income", "INDHHIN2", [1, 10, 12, 13, 14, 15, 77, 99, NAN], [0, 9, 10, 11, 12, 13, 14, 14, 14]),
        ("smoking", "SMQ040", [1, 2, 3, 7, 9, NAN], [0, 1, 2, 3, 3, 3]),
        ("diabetes", "DIQ010", [1, 2, 3, 7, 9, NAN], [0, 1, 2, 3, 3, 3]),
        ("race", "RIDRETH3", [1, 2, 3, 4, 6, 7], [0, 1, 2, 3, 4, 5]),
        ("cancer", "MCQ220", [1, 2, 7, 9, NAN], [0, 1, 2, 2, 2]),
    ],
)
def test_codes_and_bounds_give_classes(
    name: str, column: str, values: list[float], classes: list[int]
) -> None:
    frame = persons(**{column: values})
    assert_array_equal(variable(name).class_of(frame), classes)
    assert_array_equal(variable(name).recorded(frame), np.array(classes) < len(variable(name).labels))


def test_every_variable_is_in_the_catalogue_of_files() -> None:
    from studies.nhanes.catalogue import catalogue

    for name, found in variables().items():
        known = {*catalogue().table(found.table).variables, *catalogue().table(found.table).since}
        assert set(found.columns) <= known, name


def test_columns_are_read_once_a_table() -> None:
    assert columns_by_table(["ldl", "age", "triglycerides", "ldl"]) == {
        "TRIGLY": ["LBDLDLSI", "LBDTRSI"],
        "DEMO": ["RIDAGEYR"],
    }


def test_an_unknown_variable_is_named_with_the_nearest() -> None:
    with pytest.raises(ProtocolError, match="no variable is called 'hemoglobine'; did you mean 'hemoglobin'"):
        variable("hemoglobine")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"codes": {1: "a"}, "bounds": [1], "classes": ["x", "y"]}, "'codes' or 'bounds', not both"),
        ({"bounds": [1, 2], "classes": ["x", "y"]}, "one name in 'classes' more"),
        ({"classes": ["x", "y"]}, "one name in 'classes' more"),
        ({"bounds": [2, 1], "classes": ["x", "y", "z"]}, "do not rise"),
    ],
)
def test_a_variable_that_contradicts_itself_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Variable.model_validate({"label": "v", "table": "DEMO", "columns": ["X"], **fields})


def test_a_variable_has_a_column_and_stays_as_it_is() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Variable.model_validate({"label": "v", "table": "DEMO", "columns": []})
    with pytest.raises(ValidationError, match="frozen"):
        variable("age").label = "youth"  # type: ignore[misc]
