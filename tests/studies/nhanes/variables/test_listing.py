"""What is found by a word, and what is told of it: parts, classes, cycles and weights."""

from __future__ import annotations

import pytest

from studies.nhanes.catalogue import catalogue
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary
from studies.nhanes.variables.listing import entries, spans


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("uric-a", ["uric-acid"]),
        ("URIC ACID", ["uric-acid"]),
        ("automated counter, from", []),
        ("Friedewald", ["ldl"]),
        ("alb_cr", ["albumin-creatinine-ratio"]),
        ("smq040", ["smoking", "smoking-status"]),
        ("no such word", []),
    ],
)
def test_a_word_is_looked_for_in_names_labels_explanations_tables_and_columns(
    word: str, names: list[str]
) -> None:
    assert [entry.name for entry in entries(Dictionary(), word)] == names


def test_without_a_word_all_are_listed_in_their_order() -> None:
    known = Dictionary({"mine": Variable.model_validate({"label": "m", "from": "age"})})
    assert [entry.name for entry in entries(known)] == list(known)
    assert list(known)[-1] == "mine"


def test_it_is_told_how_a_variable_is_made() -> None:
    own = {
        "old": {"label": "o", "from": "age", "bounds": [50], "classes": ["no", "yes"]},
        "log-age": {"label": "l", "from": "age", "calculate": "log", "unit": "log(years)"},
        "pulse": {"label": "p", "from": ["sbp", "dbp"], "calculate": "difference"},
    }
    known = Dictionary({name: Variable.model_validate(made) for name, made in own.items()})
    made = {entry.name: entry.made for entry in entries(known)}
    assert {name: made[name] for name in (*own, "sbp", "age", "anemia", "femoral-neck-t-score")} == {
        "old": "from age",
        "log-age": "log of age",
        "pulse": "difference of sbp, dbp",
        "sbp": "mean of BPXSY1, BPXSY2, BPXSY3, BPXSY4",
        "age": "",
        "anemia": "by rules on sex, age, hemoglobin, pregnant",
        "femoral-neck-t-score": "(femoral-neck-bmd - 0.858) / 0.12",
    }


def test_cycles_are_those_that_have_all_columns() -> None:
    found = {entry.name: entry for entry in entries(Dictionary())}
    assert found["race"].cycles[0] == "2011-2012"
    assert found["race"].cycles[-1] == "2021-2023"
    assert (found["income"].cycles[0], found["income"].cycles[-1]) == ("2007-2008", "2017-2018")
    assert found["lumbar-spine-bmd"].cycles == tuple(
        name
        for name in catalogue().cycles
        if name not in ("2007-2008", "2009-2010", "2017-2020", "2021-2023")
    )
    assert found["sbp-oscillometer"].cycles == ("2017-2018", "2017-2020", "2021-2023")
    assert found["cholesterol-ratio"].columns == {"TCHOL": ("LBDTCSI",), "HDL": ("LBDHDDSI",)}
    pressure = {
        "label": "p",
        "table": "BPX",
        "columns": ["BPXSY1"],
        "in_cycles": {"2021-2023": {"table": "BPXO", "columns": ["BPXOSY1"]}, "2017-2020": "not asked"},
    }
    (either,) = entries(Dictionary({"either": Variable.model_validate(pressure)}), "either")
    assert either.cycles[-2:] == ("2017-2018", "2021-2023")
    assert either.columns == {"BPX": ("BPXSY1",), "BPXO": ("BPXOSY1",)}


def test_weights_are_those_of_the_smallest_sample() -> None:
    found = {entry.name: entry.weights for entry in entries(Dictionary())}
    told = {name: found[name] for name in ("age", "diabetes", "hemoglobin", "anemia", "ldl")}
    assert told == {
        "age": "interview",
        "diabetes": "interview",
        "hemoglobin": "examination",
        "anemia": "examination",
        "ldl": "fasting",
    }


def test_cycles_are_told_as_runs_and_those_that_repeat_others_by_themselves() -> None:
    known = catalogue()
    assert spans(("1999-2000",), known) == "1999-2000"
    assert spans(("1999-2000", "2001-2002", "2005-2006"), known) == "1999-2000 to 2001-2002, 2005-2006"
    assert spans(("2015-2016", "2017-2018", "2017-2020", "2021-2023"), known) == (
        "2015-2016 to 2017-2018, 2017-2020, 2021-2023"
    )
    assert spans(("2017-2020", "2021-2023"), known) == "2017-2020, 2021-2023"
    assert spans((), known) == "no cycle"
