"""Which variables there are, what they are made from, and what does not fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from studies.nhanes.catalogue import ProtocolError, catalogue
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary, shipped_variables


def dictionary(**own: Mapping[str, Any]) -> Dictionary:
    return Dictionary(
        {name: Variable.model_validate({"label": name, **fields}) for name, fields in own.items()}
    )


def test_every_shipped_variable_is_in_the_catalogue_of_files_and_is_explained() -> None:
    known = Dictionary()
    columns = 0
    for name in shipped_variables():
        assert known[name].explanation
        for cycle in ("2013-2014", "2017-2018", "2021-2023"):
            for table, needed in known.columns_by_table([name], cycle).items():
                found = catalogue().table(table)
                assert table in catalogue().tables
                assert set(needed) <= {*found.variables, *found.since}, name
                columns += len(needed)
    assert columns == 3 * 76


def test_shipped_variables_fit_together_as_those_of_a_protocol_must() -> None:
    shipped = {f"{name}-again": found for name, found in shipped_variables().items()}
    assert len(set(Dictionary(shipped))) == 2 * len(shipped_variables())


def test_columns_are_read_once_a_table() -> None:
    assert Dictionary().columns_by_table(["ldl", "age", "triglycerides", "ldl"], "2015-2016") == {
        "TRIGLY": ["LBDLDLSI", "LBDTRSI"],
        "DEMO": ["RIDAGEYR"],
    }


def test_an_unknown_variable_is_named_with_the_nearest() -> None:
    with pytest.raises(ProtocolError, match="no variable is called 'hemoglobine'; did you mean 'hemoglobin'"):
        Dictionary()["hemoglobine"]
    with pytest.raises(ProtocolError, match="'xyzzy'; python -m studies nhanes variables lists them"):
        Dictionary()["xyzzy"]


def test_a_variable_brings_what_it_is_made_from_and_cut_within_and_asks() -> None:
    own: dict[str, dict[str, Any]] = {
        "log-ratio": {"from": "cholesterol-ratio", "calculate": "log", "unit": "log(ratio)"},
        "third": {"from": "log-ratio", "quantiles": 3, "within": "sex"},
        "risk": {"rules": {"high": {"third": "Q3", "anemia": "yes"}, "low": "otherwise"}},
    }
    known = dictionary(**own)
    assert known.closure(["risk", "sex"]) == (
        "cholesterol", "hdl", "cholesterol-ratio", "log-ratio", "sex", "third",
        "age", "hemoglobin", "pregnant", "anemia", "risk",
    )  # fmt: skip
    assert known.columns_by_table(["risk"], "2015-2016") == {
        "TCHOL": ["LBDTCSI"],
        "HDL": ["LBDHDDSI"],
        "DEMO": ["RIAGENDR", "RIDAGEYR", "RIDEXPRG"],
        "CBC": ["LBXHGB"],
    }
    assert known.cut_in_the_analysed("risk")
    assert not known.cut_in_the_analysed("anemia")


def test_units_follow_from_the_parts() -> None:
    known = dictionary(
        a={"from": "hemoglobin"},
        b={"from": ["sbp", "dbp"], "calculate": "difference"},
        c={"from": ["weight", "height"], "calculate": "ratio"},
        d={"from": ["sbp", "dbp"], "calculate": "ratio"},
        e={"from": ["weight", "height"], "calculate": "sum"},
        f={"from": ["sbp", "dbp"], "calculate": "product"},
        g={"from": "bmi", "calculate": "z-score", "mean": 25, "sd": 5},
        h={"from": "b", "quantiles": 4},
        i={"from": ["weight", "sex-free"], "calculate": "ratio"},
        **{"sex-free": {"table": "DEMO", "columns": ["X"]}},
    )
    units = {name: known[name].unit for name in "abcdefghi"}
    assert units == {
        "a": "g/dL", "b": "mmHg", "c": "kg per cm", "d": None, "e": None, "f": None, "g": None, "h": "mmHg",
        "i": None,
    }  # fmt: skip


def test_units_are_converted_also_from_a_weight_to_moles_and_back() -> None:
    known = dictionary(
        litre={"from": "hemoglobin", "unit": "g/L"},
        same={"from": "hemoglobin", "unit": "g/dL"},
        moles={"from": "hemoglobin", "unit": "mmol/L", "molar_mass": 16114},
        weighed={"from": "glucose", "unit": "mg/dL", "molar_mass": 180.156},
        log={"from": "hemoglobin", "calculate": "log", "unit": "log(g/dL)"},
        plain={"from": "hemoglobin"},
        score={"from": "hemoglobin", "calculate": "z-score", "mean": 14, "sd": 1},
        named={"from": "score", "unit": "SD"},
    )
    expected = {"litre": 10, "same": 1, "moles": 10 / 16.114, "weighed": 18.0156} | dict.fromkeys(
        ("log", "plain", "score", "named"), 1
    )
    assert {name: known.factor(name) for name in expected} == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"bmi": {"from": "weight"}}, "'bmi' is the name of a variable that comes with the project"),
        ({"a": {"from": "b"}, "b": {"from": "a"}}, "'a' is made from itself: a from b from a"),
        ({"a": {"from": "weigth"}}, "no variable is called 'weigth'; did you mean 'weight'"),
        (
            {"a": {"from": "hemoglobin", "unit": "kg"}},
            "'a': 'g/dL' cannot be converted to 'kg'; 'molar_mass'",
        ),
        (
            {"a": {"from": "hemoglobin", "unit": "kg", "molar_mass": 3}},
            "cannot be converted to 'kg' by a molar",
        ),
        ({"a": {"from": "hemoglobin"}, "b": {"from": "a", "unit": "kg"}}, "'b': 'g/dL' cannot be converted"),
        ({"a": {"from": "anemia", "bounds": [1], "classes": ["l", "h"]}}, "'anemia' is in classes; numbers"),
        ({"a": {"from": ["ldl", "hdl"], "calculate": "ratio"}}, "'ldl' is in classes; numbers"),
        ({"a": {"from": "sex"}}, "'sex' is in classes; give 'codes', or 'rules'"),
        ({"a": {"from": "hdl", "quantiles": 3, "within": "bmi"}}, "'bmi' is continuous; quantiles are cut"),
        ({"a": {"rules": {"x": {"sex": "man"}, "y": "otherwise"}}}, "'x': 'sex' has no class 'man'"),
        ({"a": {"rules": {"x": {"bmi": "big"}, "y": "otherwise"}}}, "'bmi' cannot be 'big'"),
        ({"a": {"rules": {"x": {"bmii": "< 3"}, "y": "otherwise"}}}, "did you mean 'bmi"),
        (
            {"a": {"table": "SMQ", "rules": {"x": {"SMQ020": "yes"}, "y": "otherwise"}}},
            "'SMQ020' cannot be 'yes'",
        ),
        (
            {"a": {"table": "SMQ", "rules": {"x": {"SMQ020": 1, "sex": "man"}, "y": "otherwise"}}},
            "'sex' has no class 'man'",
        ),
        ({"a": {"rules": {"x": {"SMQ020": 1}, "y": "otherwise"}}}, "no variable is called 'SMQ020'"),
        ({"a": {"rules": {"x": {"anemia": 1}, "y": "otherwise"}}}, "'anemia' has no class '1'"),
    ],
)
def test_what_does_not_fit_together_is_refused(own: dict[str, dict[str, Any]], says: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        dictionary(**own)
    assert says in str(refused.value)


def test_codes_may_be_made_from_codes_and_classes_from_bounds_of_a_number() -> None:
    known = dictionary(
        schooled={"from": "education", "codes": {1: "little", 2: "little", 3: "more"}},
        fat={"from": "bmi", "bounds": [30], "classes": ["no", "yes"]},
    )
    assert known["schooled"].labels == ("little", "more")
    assert known["fat"].labels == ("no", "yes")
