"""Variables that a protocol brings, in it or in a file beside it, and the samples they need."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import load_cohort
from studies.nhanes.fetch import select_files
from studies.nhanes.protocol import load_protocol
from tests.studies.nhanes.protocols import variant

OWN = """variables:
  log-hdl: {label: log HDL-C, from: hdl, calculate: log, unit: log(mmol/L)}
  age-group: {label: age group, from: age, bounds: [40], closed: left, classes: [18-39, 40+]}
strata:"""
CYCLES = {"[2013-2014, 2015-2016, 2017-2018]": "[2013-2014, 2015-2016]"}


def test_a_protocol_s_own_variables_are_measured_in_its_cohort(tmp_path: Path, invented_data: Path) -> None:
    file = variant(tmp_path, {**CYCLES, "strata:": OWN, "[all, sex, race]": "[age-group]"})
    cohort = load_cohort(load_protocol(file), invented_data)
    hdl = cohort.persons["LBDHDDSI"].to_numpy()
    assert_allclose(cohort.measured.values("log-hdl"), np.log(hdl))
    old = cohort.persons["RIDAGEYR"].to_numpy() >= 40
    assert_array_equal(cohort.measured.in_class("age-group", "40+"), old)


def test_variables_are_read_from_a_file_beside_the_protocol(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("log-hdl: {label: l, from: hdl, calculate: log, unit: log(mmol/L)}\n")
    brought = {"strata:": "variables_from: own.yaml\nstrata:"}
    assert load_protocol(variant(tmp_path, brought)).variable("log-hdl").parts == ("hdl",)
    both = {"strata:": f"variables_from: own.yaml\n{OWN}"}
    with pytest.raises(ProtocolError, match=r"'log-hdl' is defined here and in '.*own.yaml'"):
        load_protocol(variant(tmp_path, both))
    absent = {"strata:": "variables_from: none.yaml\nstrata:"}
    with pytest.raises(ProtocolError, match=r"variant.yaml: there is no '.*none.yaml'; 'variables_from'"):
        load_protocol(variant(tmp_path, absent))


@pytest.mark.parametrize(
    ("replace", "says"),
    [
        (
            {"strata:": "variables: {bmi: {label: b, from: weight}}\nstrata:"},
            "'bmi' is the name of a var",
        ),
        ({"strata:": "variables: {a: {label: a, from: wait}}\nstrata:"}, "no variable is called 'wait'"),
        ({"strata:": "variables: {a: {label: a}}\nstrata:"}, "'a' is made from 'columns' of a table"),
        ({"recorded: [hemoglobin]": "only: {hemoglobin-quarter: Q1}"}, "is cut in those who are analysed"),
        (
            {"recorded: [hemoglobin]": "leave_out: {bmi: fat}"},
            "step 'without hemoglobin': 'bmi' cannot",
        ),
        ({"age: 18+": "age: 80-20"}, "the ages 80-20 begin above their end"),
        (
            {"weights: examination": "weights: interview"},
            "'hemoglobin' is from CBC, of the examination",
        ),
        ({"weights: examination": "weights: mec"}, "nothing here has the weights 'mec'; expected one of"),
        (
            {"    ldl: its": "    hdl: its"},
            "'ldl' is from TRIGLY, of the fasting sample, and",
        ),
    ],
)
def test_what_cannot_be_is_told_with_the_file(tmp_path: Path, replace: dict[str, str], says: str) -> None:
    with pytest.raises(ProtocolError, match=r"variant\.yaml") as refused:
        load_protocol(variant(tmp_path, replace))
    assert says in str(refused.value)


def test_weights_follow_the_tables_when_nothing_is_said(tmp_path: Path) -> None:
    plain = {"weights: examination\n": "strata: SDMVSTRA\n", "  accepted": "  accepted"}
    assert load_protocol(variant(tmp_path, plain)).sample.name == "examination"
    fasting = {
        "exposure: hemoglobin": "exposure: fasting-triglycerides",
        **plain,
        "triglycerides, ldl,": "ldl,",
    }
    assert load_protocol(variant(tmp_path, fasting)).weight_place("2015-2016") == ("TRIGLY", "WTSAF2YR")


def test_steps_leave_out_or_keep_by_any_condition(tmp_path: Path, invented_data: Path) -> None:
    steps: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]] = {
        "only: {bmi: 20 to 30, sex: women}": lambda p: p["BMXBMI"].between(20, 30) & (p["RIAGENDR"] == 2),
        "leave_out: {bmi: '> 30', sex: men}": lambda p: ~((p["BMXBMI"] > 30) & (p["RIAGENDR"] == 1)),
        "only: {race: {not: [Mexican American, Other Hispanic]}}": lambda p: ~p["RIDRETH3"].isin([1, 2]),
    }
    for step, expected in steps.items():
        file = variant(tmp_path, {**CYCLES, "recorded: [hemoglobin]": step})
        cohort = load_cohort(load_protocol(file), invented_data)
        stayed = cohort.steps[0]
        assert stayed.n_left == np.count_nonzero(expected(cohort.persons))
        assert stayed.n_left + stayed.excluded == len(cohort.persons)


def test_the_files_of_a_protocol_are_those_that_are_fetched(tmp_path: Path) -> None:
    vitamin = "{label: vitamin D, unit: nmol/L, table: VID, columns: [LBXVIDMS]}"
    own = "variables: {vitamin: " + vitamin + "}\nstrata: [sex]"
    file = variant(
        tmp_path, {"strata: [sex]": own, "exposure: hemoglobin": "exposure: vitamin"}, of="femur-50"
    )
    files, absent = select_files(protocols=[str(file)])
    tables = {"DEMO", "VID", "DXXFEM", "BMX", "CBC"}
    assert {(found.table, found.cycle) for found in files} == {
        (table, cycle) for table in tables for cycle in load_protocol("femur-50").cycles
    }
    assert absent == ()
    one, _ = select_files(cycles=("2013-2014",), protocols=[str(file)])
    assert {found.table for found in one} == tables


def test_the_protocol_of_the_newcomers_page_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocols.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    file = tmp_path / "hdl.yaml"
    file.write_text(textwrap.dedent(block[1]), encoding="utf-8")
    protocol = load_protocol(file)
    assert protocol.sample.name == "examination"
    assert protocol.columns_by_table("2015-2016")["HDL"] == ["LBDHDDSI"]
