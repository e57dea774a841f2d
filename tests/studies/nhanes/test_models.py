"""The regressions: against R on the real files, and identities on an invented survey."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from numpy.testing import assert_allclose

from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.models import COLUMNS, Method, Subgroup, design_matrix, regressions, slopes, subgroups
from studies.nhanes.persons import WEIGHT
from studies.nhanes.protocol import load_protocol
from studies.nhanes.protocol_parts import MissingCovariates
from studies.survey import SurveyError, linear
from tests.studies.nhanes.generated import write_survey
from tests.studies.nhanes.protocols import two_cycles, variant

REFERENCE = Path(__file__).parents[2] / "reference" / "survey" / "nhanes.json"
QUANTITIES = ("estimate", "se", "df", "ci_low", "ci_high", "p")
METHODS: tuple[Method, ...] = get_args(Method)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    pinned: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return {"spine": pinned["spine"], **{name: pinned[name]["rows"] for name in ("femur-50", "spine-50")}}


@pytest.fixture
def invented(invented_data: Path, tmp_path: Path) -> Cohort:
    return load_cohort(two_cycles(tmp_path), invented_data)


@pytest.mark.parametrize(
    ("protocol", "method", "numbers"),
    [
        (name, method, n)
        for name, n in (("spine", 54), ("femur-50", 8), ("spine-50", 8))
        for method in METHODS
    ],
)
def test_every_regression_agrees_with_r(
    real_cohorts: dict[str, Cohort], reference: dict[str, Any], protocol: str, method: Method, numbers: int
) -> None:
    cohort = real_cohorts[protocol]
    compared = 0
    for found, expected in zip(slopes(cohort, method), reference[protocol], strict=True):
        models = [model.id for model in cohort.protocol.models]
        outcome = cohort.protocol.outcomes[found.outcome].variable
        assert (
            Columns(cohort).values(outcome).tobytes()
            == cohort.persons[expected["outcome"]].to_numpy().tobytes()
        )
        assert (found.subgroup.label, models.index(found.model.id) + 1, found.n) == (
            expected["subgroup"],
            expected["model"],
            expected["n"],
        )
        for quantity in QUANTITIES:
            assert_allclose(getattr(found, quantity), expected[method][quantity], rtol=1e-8)
            compared += 1
    assert compared == numbers * len(QUANTITIES)


def test_the_table_has_a_row_a_regression(invented: Cohort) -> None:
    table = regressions(invented)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 54
    assert table.groupby(["outcome", "subgroup", "model"]).ngroups == 54
    assert table["outcome"].unique().tolist() == ["thoracic-spine", "lumbar-spine"]
    assert table["subgroup"].unique().tolist()[:4] == ["all", "men", "women", "Mexican American"]
    assert table.notna().all(axis=None)


def test_strata_add_up_to_everybody(invented: Cohort) -> None:
    table = regressions(invented)
    n = table[(table["outcome"] == "lumbar-spine") & (table["model"] == "model-3")].set_index("subgroup")["n"]
    assert n["men"] + n["women"] == n["all"] == invented.n
    assert n.drop(["all", "men", "women"]).sum() == n["all"]


def test_unweighted_model_two_is_plain_least_squares(invented: Cohort) -> None:
    members = invented.members
    columns = [np.ones(len(members)), members["LBXHGB"], members["RIDAGEYR"], members["RIAGENDR"] == 2]
    columns += [members["RIDRETH3"] == code for code in (2, 3, 4, 6, 7)]
    x = np.column_stack([np.asarray(column, dtype=float) for column in columns])
    solution = np.linalg.lstsq(x, members["DXXLSBMD"].to_numpy(), rcond=None)[0]
    table = regressions(invented, "unweighted")
    found = table[(table["outcome"] == "lumbar-spine") & (table["subgroup"] == "all")]
    assert_allclose(found["estimate"].iloc[1], solution[1], rtol=1e-10)


def test_weights_count_only_relative_to_each_other(invented: Cohort) -> None:
    persons = invented.persons.assign(**{WEIGHT: 7.0 * invented.persons[WEIGHT]})
    scaled = regressions(replace(invented, persons=persons))
    pd.testing.assert_frame_equal(scaled, regressions(invented), rtol=1e-8)


def test_the_order_of_persons_changes_nothing(invented: Cohort) -> None:
    order = np.random.default_rng(1).permutation(len(invented.persons))
    mixed = replace(invented, persons=invented.persons.iloc[order], included=invented.included[order])
    pd.testing.assert_frame_equal(regressions(mixed), regressions(invented), rtol=1e-8)


def test_a_tenfold_exposure_has_a_tenth_of_the_slope(invented: Cohort) -> None:
    persons = invented.persons.assign(LBXHGB=10 * invented.persons["LBXHGB"])
    once, tenfold = regressions(invented), regressions(replace(invented, persons=persons))
    for name in ("estimate", "se", "ci_low", "ci_high"):
        assert_allclose(tenfold[name], once[name] / 10, rtol=1e-8)
    assert_allclose(tenfold["p"], once["p"], rtol=1e-6)


def test_of_persons_outside_the_cohort_only_their_psu_matters(invented: Cohort) -> None:
    men = replace(invented, included=invented.included & (invented.persons["RIAGENDR"] == 1).to_numpy())
    few = men.compact()
    assert few.n == men.n
    assert len(few.persons) < len(men.persons)
    assert few.design.psus_in_stratum.tolist() == men.design.psus_in_stratum.tolist()
    model, everybody = invented.protocol.models[1], Subgroup("all")
    slopes_of = []
    for cohort in (men, few):
        matrix = design_matrix(Columns(cohort), everybody, model, cohort.included)
        y = Columns(cohort).values("lumbar-spine-bmd")
        slopes_of.append(linear(cohort.design, y, matrix.x, matrix.domain, matrix.names))
    assert_allclose(slopes_of[1].coef, slopes_of[0].coef, rtol=1e-10)
    assert_allclose(slopes_of[1].se, slopes_of[0].se, rtol=1e-10)
    assert slopes_of[1].df == slopes_of[0].df


def test_missing_covariates_are_filled_with_the_mean_of_the_cohort(invented: Cohort) -> None:
    filled = Columns(invented).covariate("bmi")[:, 0]
    missing = invented.persons["BMXBMI"].isna().to_numpy()
    assert missing[invented.included].any()
    assert_allclose(filled[missing], invented.members["BMXBMI"].mean())


def test_without_filling_only_complete_cases_are_analysed(invented: Cohort) -> None:
    strict = replace(
        invented,
        protocol=invented.protocol.model_copy(
            update={"missing_covariates": MissingCovariates(default="leave out")}
        ),
    )
    model = invented.protocol.models[2].model_copy(update={"covariates": ("bmi", "education")})
    matrix = design_matrix(Columns(strict), Subgroup("all"), model, strict.included)
    complete = strict.members["BMXBMI"].notna() & strict.members["DMDEDUC2"].isin(range(1, 6))
    assert 0 < matrix.domain.sum() == complete.sum() < strict.n
    assert not np.isnan(matrix.x).any()
    assert matrix.names[:3] == ("(Intercept)", "hemoglobin", "bmi")
    assert len(matrix.names) == 3 + 4
    assert Columns(strict).covariate("education").shape == (len(strict.persons), 6)


def test_a_class_that_nobody_is_in_has_no_column(invented: Cohort) -> None:
    domain = invented.included & (invented.persons["DMDEDUC2"] == 3).to_numpy()
    model = invented.protocol.models[2].model_copy(update={"covariates": ("age", "education", "smoking")})
    matrix = design_matrix(Columns(invented), Subgroup("all"), model, domain)
    assert not [name for name in matrix.names if name.startswith("education")]
    assert [name for name in matrix.names if name.startswith("smoking")]


def test_the_stratum_s_own_variable_is_not_a_covariate(invented: Cohort) -> None:
    columns, model = Columns(invented), invented.protocol.models[1]
    for subgroup in subgroups(invented):
        names = design_matrix(columns, subgroup, model, subgroup.within(invented)).names
        covariates = {name.split(":")[0] for name in names[2:]}
        assert covariates == {"age", "sex", "race"} - {subgroup.variable}


def test_a_regression_that_cannot_be_done_is_named(invented: Cohort) -> None:
    few = invented.included & (np.cumsum(invented.included) <= 60)
    with pytest.raises(SurveyError, match="thoracic-spine, all, Model 3: "):
        regressions(replace(invented, included=few))


def test_a_protocol_for_one_cycle_runs(invented_data: Path, tmp_path: Path) -> None:
    protocol = two_cycles(tmp_path).model_copy(update={"cycles": ("2015-2016",), "strata": ("sex",)})
    assert len(regressions(load_cohort(protocol, invented_data))) == 12


def test_shipped_models_are_three_nested_ones() -> None:
    models = load_protocol("spine").models
    assert [len(model.covariates) for model in models] == [0, 3, 33]
    assert set(models[1].covariates) < set(models[2].covariates)


def test_cycles_that_come_later_or_are_longer_need_only_a_protocol(tmp_path: Path) -> None:
    cycles = ("2009-2010", "2017-2020")
    data = write_survey(tmp_path / "data", cycles, persons=1200)
    protocol = load_protocol(
        variant(
            tmp_path,
            {"[2005-2006, 2007-2008, 2009-2010, 2013-2014, 2017-2018]": f"[{', '.join(cycles)}]"},
            of="femur-50",
        )
    )
    cohort = load_cohort(protocol, data)
    assert len(regressions(cohort)) == 8
    files = (("2009-2010", "DEMO_F", "WTMEC2YR", 2.0), ("2017-2020", "P_DEMO", "WTMECPRP", 3.2))
    for cycle, table, weight, years in files:
        alone = pyreadstat.read_xport(data / cycle / f"{table}.XPT")[0][weight]
        combined = cohort.persons.loc[cohort.persons["cycle"] == cycle, WEIGHT]
        assert_allclose(combined, alone * years / 5.2)
