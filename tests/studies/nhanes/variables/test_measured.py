"""What the variables are for persons: numbers and classes, and what counts as not recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.variables.conditions import Condition
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary
from studies.nhanes.variables.measured import PersonValues

NAN = float("nan")
EIGHT = [1.0, 2, 3, 4, 5, 6, 7, 8]


def measured(
    persons: Mapping[str, Sequence[float]],
    analysed: list[int] | None = None,
    weights: list[float] | None = None,
    **own: dict[str, Any],
) -> PersonValues:
    known = Dictionary({name: Variable.model_validate({"label": name, **made}) for name, made in own.items()})
    frame = pd.DataFrame(dict(persons), dtype=float)
    return PersonValues(
        known,
        frame,
        None if analysed is None else np.array(analysed, dtype=bool),
        None if weights is None else np.array(weights, dtype=float),
    )


def column(**fields: Any) -> dict[str, Any]:
    return {"table": "T", "columns": ["X"], **fields}


def test_a_pressure_is_the_mean_of_the_readings_there_are() -> None:
    found = measured(
        {
            "BPXSY1": [120, NAN, NAN],
            "BPXSY2": [130, 110, NAN],
            "BPXSY3": [110, NAN, NAN],
            "BPXSY4": [NAN, NAN, NAN],
        }
    )
    assert_array_equal(found.values("sbp"), [120, 110, NAN])
    assert_array_equal(found.recorded("sbp"), [True, True, False])


def test_a_first_reading_is_that_and_no_other() -> None:
    found = measured({"BPXSY1": [120, NAN], "BPXSY2": [130, 110], "BPXDI1": [70, 0], "BPXDI2": [80, 90]})
    assert_array_equal(found.values("first-sbp"), [120, NAN])
    assert_array_equal(found.values("first-dbp"), [70, NAN])


def test_a_diastolic_pressure_of_zero_is_no_reading() -> None:
    found = measured({"BPXDI1": [0, 0], "BPXDI2": [70, 0], "BPXDI3": [80, NAN], "BPXDI4": [NAN, NAN]})
    assert_array_equal(found.values("dbp"), [75, NAN])


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
        ("race-without-asian", "RIDRETH1", [1, 2, 3, 4, 5], [0, 1, 2, 3, 4]),
        ("cancer", "MCQ220", [1, 2, 7, 9, NAN], [0, 1, 2, 2, 2]),
        ("pregnant", "RIDEXPRG", [1, 2, 3, NAN], [0, 1, 2, 2]),
        ("femur-scan", "DXAFMRST", [1, 2, 3, 4, 5, NAN], [0, 1, 2, 3, 4, 5]),
        ("bmi-class", "BMXBMI", [18.4, 18.5, 24.9, 25, 29.9, 30, NAN], [0, 1, 1, 2, 2, 3, 4]),
        ("femoral-neck-osteoporosis", "DXXNKBMD", [0.557, 0.558, 0.559, 0.9, NAN], [0, 0, 1, 1, 2]),
    ],
)
def test_codes_and_bounds_give_classes(
    name: str, column: str, values: list[float], classes: list[int]
) -> None:
    found = measured({column: values})
    assert_array_equal(found.class_of(name), classes)
    assert_array_equal(found.recorded(name), np.array(classes) < len(found.labels(name)))
    for index, label in enumerate(found.labels(name)):
        assert_array_equal(found.in_class(name, label), np.array(classes) == index)


def test_never_smokers_are_a_class_of_smoking_status() -> None:
    found = measured({"SMQ020": [2, 1, 1, 1, 1, 7, NAN], "SMQ040": [NAN, 3, 1, 2, NAN, NAN, NAN]})
    assert_array_equal(found.class_of("smoking-status"), [0, 1, 2, 2, 3, 3, 3])
    assert found.labels("smoking-status") == ("never", "former", "current")


def test_anemia_has_other_bounds_in_women_and_is_not_told_of_children_and_pregnancy() -> None:
    persons: dict[str, list[float]] = {
        "RIAGENDR": [1, 1, 2, 2, 2, 2, 1, 2],
        "RIDAGEYR": [15, 40, 15, 30, 30, 60, 14, 60],
        "RIDEXPRG": [NAN, NAN, NAN, 1, 2, NAN, NAN, NAN],
        "LBXHGB": [12.9, 13.0, 11.9, 11.9, 11.9, 12.0, 12.9, NAN],
    }
    assert_array_equal(measured(persons).class_of("anemia"), [0, 1, 0, 2, 0, 1, 2, 2])


def test_a_t_score_counts_standard_deviations_of_the_reference() -> None:
    found = measured({"DXXNKBMD": [0.858, 0.738, 0.558, NAN]})
    assert_allclose(found.values("femoral-neck-t-score"), [0, -1, -2.5, NAN], atol=1e-14)


@pytest.mark.parametrize(
    ("calculate", "expected"),
    [
        ("mean", [2, 5, 4, NAN]),
        ("first", [1, 5, 3, NAN]),
        ("last", [3, 5, 5, NAN]),
        ("lowest", [1, 5, 3, NAN]),
        ("highest", [3, 5, 5, NAN]),
        ("sum", [6, NAN, NAN, NAN]),
        ("product", [6, NAN, NAN, NAN]),
    ],
)
def test_several_columns_become_one_number(calculate: str, expected: list[float]) -> None:
    found = measured(
        {"X": [1, NAN, 3, NAN], "Y": [2, 5, NAN, NAN], "Z": [3, NAN, 5, NAN]},
        v={"table": "T", "columns": ["X", "Y", "Z"], "calculate": calculate},
    )
    assert_array_equal(found.values("v"), expected)


def test_two_numbers_make_a_ratio_or_a_difference() -> None:
    persons = {"LBDTCSI": [6.0, 5, NAN], "LBDHDDSI": [1.5, 2, 1]}
    found = measured(persons, gap={"from": ["cholesterol", "hdl"], "calculate": "difference"})
    assert_array_equal(found.values("cholesterol-ratio"), [4, 2.5, NAN])
    assert_array_equal(found.values("gap"), [4.5, 3, NAN])


@pytest.mark.parametrize(
    ("calculate", "expected"), [("log", np.log(16)), ("log2", 4), ("log10", np.log10(16)), ("square root", 4)]
)
def test_one_number_has_its_logarithm_and_root(calculate: str, expected: float) -> None:
    found = measured({"X": [16, NAN]}, v=column(calculate=calculate, unit="u"))
    assert_allclose(found.values("v"), [expected, NAN], rtol=1e-15)


def test_decimals_leave_no_rest_at_a_bound() -> None:
    readings = {"BPXOSY1": [120.1, -7.3, 0.0], "BPXOSY2": [120.0, 0.1, 0.0]}
    gap = {"table": "BPXO", "columns": ["BPXOSY1", "BPXOSY2"], "calculate": "difference"}
    assert_array_equal(measured(readings, v=gap).values("v"), [0.1, -7.4, 0.0])
    litre = measured({"LBXHGB": [14.7, 0.0029]}, v={"from": "hemoglobin", "unit": "g/L"})
    assert_array_equal(litre.values("v"), [147.0, 0.029])


@pytest.mark.parametrize(
    ("calculate", "values", "says"),
    [
        ("log", [1, 0, -2], "'v' has 2 values that are not above zero, which have no logarithm"),
        ("square root", [1, 0, -2], "'v' has 1 values that are below zero, which have no square root"),
    ],
)
def test_what_has_no_logarithm_is_not_silently_lost(calculate: str, values: list[float], says: str) -> None:
    found = measured({"X": values}, v=column(calculate=calculate, unit="u"))
    with pytest.raises(ProtocolError, match=says):
        found.values("v")
    cleaned = measured({"X": values}, v=column(calculate=calculate, unit="u", missing=["<= 0"]))
    assert_array_equal(np.isnan(cleaned.values("v")), [False, True, True])


def test_a_ratio_does_not_divide_by_zero() -> None:
    found = measured(
        {"X": [1, 2], "Y": [0, 1]}, v={"table": "T", "columns": ["X", "Y"], "calculate": "ratio"}
    )
    with pytest.raises(ProtocolError, match="'v' has 1 values that are divided by zero"):
        found.values("v")


def test_units_are_converted_where_one_part_has_another() -> None:
    found = measured({"LBXHGB": [14.0, NAN]}, v={"from": "hemoglobin", "unit": "g/L"})
    assert_allclose(found.values("v"), [140, NAN], rtol=1e-14)


def test_codes_and_conditions_say_what_is_no_answer() -> None:
    found = measured({"X": [1, 7, 9, 300, 4]}, v=column(missing=[7, 9, "> 100"]))
    assert_array_equal(found.values("v"), [1, NAN, NAN, NAN, 4])
    derived = measured({"X": [1, 7, 9]}, v=column(), w={"from": "v", "missing": [7]})
    assert_array_equal(derived.values("w"), [1, NAN, 9])


def test_codes_are_merged_into_classes() -> None:
    found = measured({"X": [1, 2, 3, 4]}, v=column(codes={1: "low", 2: "low", 3: "high"}))
    assert_array_equal(found.class_of("v"), [0, 0, 1, 2])
    again = measured(
        {"DMDEDUC2": [1, 3, 5, 7]}, v={"from": "education", "codes": {1: "little", 3: "more", 5: "more"}}
    )
    assert_array_equal(again.class_of("v"), [0, 1, 1, 2])


def test_a_bound_belongs_to_the_class_below_it_unless_it_is_closed_at_the_left() -> None:
    bounds = {"bounds": [2, 3], "classes": ["a", "b", "c"]}
    found = measured({"X": [1, 2, 3, 4]}, r=column(**bounds), left=column(**bounds, closed="left"))
    assert_array_equal(found.class_of("r"), [0, 0, 1, 2])
    assert_array_equal(found.class_of("left"), [0, 1, 2, 2])


def test_quarters_are_cut_in_those_who_are_analysed_with_their_weights() -> None:
    persons = {"X": [*EIGHT, 9, NAN]}
    analysed = [1] * 8 + [0, 1]
    equal = measured(persons, analysed, [1.0] * 10, v=column(quantiles=4))
    # the smallest values with at least a quarter, a half and three quarters of the weight at or below them
    assert_array_equal(equal.limits("v")[""], [2, 4, 6])
    assert_array_equal(equal.class_of("v"), [0, 0, 1, 1, 2, 2, 3, 3, 3, 4])
    heavy = measured(persons, analysed, [9.0, *[1.0] * 9], v=column(quantiles=2))
    assert_array_equal(heavy.limits("v")[""], [1])
    unweighted = measured(persons, analysed, [9.0, *[1.0] * 9], v=column(quantiles=2, weighted=False))
    assert_array_equal(unweighted.limits("v")[""], [4.5])
    assert_array_equal(unweighted.class_of("v"), [0, 0, 0, 0, 1, 1, 1, 1, 1, 2])


def test_nobody_without_weight_cuts_a_quantile() -> None:
    found = measured({"X": EIGHT}, [1] * 8, [0.0, 0, 0, 0, 1, 1, 1, 1], v=column(quantiles=2, weighted=False))
    assert_array_equal(found.limits("v")[""], [6.5])


def test_thirds_within_sex_are_cut_in_each() -> None:
    persons = {"X": [1.0, 2, 3, 11, 12, 13, 5], "RIAGENDR": [1, 1, 1, 2, 2, 2, NAN]}
    found = measured(persons, [1] * 7, [1.0] * 7, v=column(quantiles=3, within="sex"))
    assert_array_equal(found.class_of("v"), [0, 1, 2, 0, 1, 2, 3])
    assert {label: list(cut) for label, cut in found.limits("v").items()} == {
        "men": [1, 2],
        "women": [11, 12],
    }


def test_a_class_nobody_is_in_has_no_quantiles() -> None:
    persons: dict[str, list[float]] = {"X": [1, 2, 3, 4], "RIAGENDR": [1, 1, 1, 1]}
    found = measured(persons, [1] * 4, [1.0] * 4, v=column(quantiles=2, within="sex"))
    assert np.isnan(found.limits("v")["women"]).all()
    assert_array_equal(found.class_of("v"), [0, 0, 1, 1])


def test_quantiles_that_are_equal_are_refused() -> None:
    found = measured({"X": [1.0, 1, 1, 1, 1, 2]}, [1] * 6, [1.0] * 6, v=column(quantiles=4))
    with pytest.raises(ProtocolError, match="'v': 4 classes cannot be cut at 1, 1, 1; take fewer"):
        found.class_of("v")


def test_quantiles_are_refused_before_it_is_known_who_is_analysed() -> None:
    with pytest.raises(ProtocolError, match="'v' is cut in those who are analysed"):
        measured({"X": EIGHT}, v=column(quantiles=4)).class_of("v")


def test_rules_take_the_others_only_where_everything_they_ask_is_recorded() -> None:
    rules = {"tall": {"X": "> 3"}, "old": [{"X": "<= 3", "Y": 1}, {"X": 0, "Y": 2}], "rest": "otherwise"}
    found = measured(
        {"X": [4, 3, 0, 2, NAN, 2, 2], "Y": [NAN, 1, 2, 2, 1, NAN, 9]},
        v={"table": "T", "rules": rules, "missing": [9]},
    )
    assert_array_equal(found.class_of("v"), [0, 1, 1, 2, 3, 3, 3])
    with pytest.raises(ProtocolError, match="'v' is in classes made by rules; it has no numbers"):
        found.values("v")


def test_nobody_is_in_two_classes() -> None:
    rules = {"a": {"X": "<= 3"}, "b": {"X": ">= 3"}, "c": {"X": "> 5"}}
    found = measured({"X": [1, 3, 3, 4]}, v={"table": "T", "rules": rules})
    with pytest.raises(ProtocolError, match="'v' puts 2 persons into 'a' and into 'b'"):
        found.class_of("v")


def test_columns_of_other_cycles_stand_in() -> None:
    pressure = {
        **column(columns=["X"]),
        "in_cycles": {"2021-2023": {"table": "U", "columns": ["Y"]}, "2017-2018": "not asked"},
    }
    found = measured({"X": [1, NAN, NAN], "Y": [NAN, 2, NAN]}, v=pressure)
    assert_array_equal(found.values("v"), [1, 2, NAN])
    assert_array_equal(measured({"X": [1, NAN]}, v=pressure).values("v"), [1, NAN])


def test_a_column_that_no_cycle_has_is_recorded_of_nobody() -> None:
    rules = {"a": {"X": 1}, "b": {"Y": 1}, "c": "otherwise"}
    found = measured({"X": [1, 2]}, v={"table": "T", "rules": rules})
    assert_array_equal(found.class_of("v"), [0, 3])


def test_rules_ask_columns_by_capitals_and_variables_by_their_names() -> None:
    rules = {"a": {"X": 1, "sex": "men"}, "b": {"X": 2, "sex": "men"}, "c": "otherwise"}
    persons = {"X": [1.0, 2.0, 1.0, NAN], "RIAGENDR": [1.0, 1.0, 2.0, 1.0]}
    found = measured(persons, v={"table": "T", "rules": rules})
    assert_array_equal(found.class_of("v"), [0, 1, 2, 3])


def test_conditions_are_asked_of_numbers_codes_and_rules() -> None:
    found = measured({"SMQ020": [2, 1, NAN], "SMQ040": [NAN, 3, NAN], "BMXBMI": [20, 31, NAN]})
    assert_array_equal(found.meets("bmi", Condition(any_of=("> 30",))), [False, True, False])
    assert_array_equal(found.meets("smoking", Condition(any_of=("3",))), [False, True, False])
    assert_array_equal(found.meets("smoking-status", Condition(any_of=("never",))), [True, False, False])
    assert_array_equal(found.meets("smoking-status", Condition(any_of=("missing",))), [False, False, True])
