"""Weights tell persons apart only beside each other: a survey whose weights are all below 1 is no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from studies.nhanes.cohort import Cohort, build_cohort, load_cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.figures.fitted_curves import fitted_curves
from studies.nhanes.imputed import completed_columns
from studies.nhanes.models import Subgroup, regressions
from studies.nhanes.persons import WEIGHT
from studies.nhanes.table1 import TableOne, table_one
from tests.studies.nhanes.protocols import model, small


@pytest.fixture(scope="module")
def alike(invented_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, Cohort]:
    """A cohort as it is, and with weights of a ten millionth; some have none."""
    fourths = {"label": "BMI, fourths", "from": "bmi", "quantiles": 4, "weighted": True}
    protocol = small(
        tmp_path_factory.mktemp("light"),
        variables={"fourths": fourths},
        models=[model("age", "fourths")],
        strata=["all", "sex"],
        missing_covariates={"impute": {"m": 2, "seed": 5}},
    )
    heavy = load_cohort(protocol, invented_data)
    weights = heavy.persons[WEIGHT] / 1e7
    assert weights[heavy.included].min() == 0 < weights[heavy.included].max() < 1
    return heavy, build_cohort(protocol, heavy.persons.assign(**{WEIGHT: weights}))


def test_who_is_left_and_in_which_class_is_the_same(alike: tuple[Cohort, Cohort]) -> None:
    heavy, light = alike
    assert_array_equal(heavy.included, light.included)
    assert_array_equal(heavy.measured.class_of("fourths"), light.measured.class_of("fourths"))
    assert len(set(light.measured.class_of("fourths")[light.included])) == 5, "the fifth is Not recorded"


def test_regressions_are_the_same(alike: tuple[Cohort, Cohort]) -> None:
    heavy, light = map(regressions, alike)
    assert len(heavy) == 3
    for name in ("n", "estimate", "se", "df", "p"):
        assert_allclose(light[name], heavy[name], rtol=1e-8)


def test_the_same_persons_are_imputed(alike: tuple[Cohort, Cohort]) -> None:
    heavy, light = (completed_columns(cohort)[0].covariate("fourths").sum(axis=1) for cohort in alike)
    assert_array_equal(heavy, light)


def test_the_same_persons_have_a_curve(alike: tuple[Cohort, Cohort]) -> None:
    first, second = (next(fitted_curves(each, Columns(each), Subgroup("all"))) for each in alike)
    assert first.n == second.n > 1000
    assert_allclose(second.weights, first.weights / 1e7, rtol=1e-12)


def test_table_1_is_the_same(alike: tuple[Cohort, Cohort]) -> None:
    def numbers(table: TableOne) -> list[float]:
        cells = [cell for row in table.rows for line in row.lines for cell in line.cells]
        found = [number for cell in cells for number in (cell.value, cell.ci_low, cell.ci_high)]
        return [*table.counts, *found, *(row.p for row in table.rows)]

    heavy, light = (numbers(table_one(cohort)) for cohort in alike)
    assert np.isfinite(heavy).sum() > 50
    assert_allclose(light, heavy, rtol=1e-8)
