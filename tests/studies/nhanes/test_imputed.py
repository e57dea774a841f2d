"""Covariates imputed several times: what is drawn from what, and what becomes of the fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.imputed import completed_columns
from studies.nhanes.models import slopes
from studies.survey import SurveyError, combine_imputations, impute, linear
from tests.studies.nhanes.protocols import model, small

IMPUTE = {"impute": {"m": 3, "seed": 5}}


def imputing(data: Path, folder: Path, **parts: Any) -> Cohort:
    models = [model("age", "bmi", "education")]
    return load_cohort(small(folder, **{"models": models, "missing_covariates": IMPUTE, **parts}), data)


def test_what_was_observed_stays_and_what_was_missing_is_there(invented_data: Path, tmp_path: Path) -> None:
    cohort = imputing(invented_data, tmp_path)
    completed = completed_columns(cohort)
    assert len(completed) == 3
    measured = cohort.measured
    analysed = cohort.included & measured.recorded("hemoglobin") & (cohort.design.weights > 0)
    bmi, known = measured.values("bmi"), measured.recorded("bmi")
    classes = measured.class_of("education")
    drawn = [columns.covariate("bmi")[:, 0] for columns in completed]
    for columns, values in zip(completed, drawn, strict=True):
        assert_array_equal(values[known], bmi[known])
        assert not np.isnan(values[analysed]).any()
        assert np.isin(values[analysed], bmi[known]).all(), "what is imputed has been observed"
        indicators = columns.covariate("education")
        recorded = measured.recorded("education")
        assert_array_equal(indicators[recorded].argmax(axis=1), classes[recorded])
        assert_array_equal(indicators[analysed].sum(axis=1), np.ones(analysed.sum()))
        assert not indicators[analysed, -1].any(), "nobody is Not recorded"
    missing = analysed & ~known
    assert missing.sum() > 20
    assert not np.array_equal(drawn[0][missing], drawn[1][missing])
    assert np.isnan(drawn[0][~analysed & ~known]).all(), "who is not analysed has nothing imputed"


def test_the_fits_are_combined_by_rubin_s_rules(invented_data: Path, tmp_path: Path) -> None:
    """Made anew from the frame that the page describes; classes that are cut from numbers have an order."""
    cut = {"label": "mass", "from": "weight", "bounds": [70, 90], "classes": ["low", "middle", "high"]}
    covariates = model("age", "bmi", "education", "mass")
    cohort = imputing(invented_data, tmp_path, variables={"mass": cut}, models=[covariates])
    (slope,) = slopes(cohort)
    compact = cohort.compact()
    persons, measured = compact.persons, compact.measured
    rows = np.flatnonzero(compact.included & measured.recorded("hemoglobin") & (compact.design.weights > 0))
    classes = measured.class_of("education")[rows]
    education = np.where(classes < 5, classes, -1)
    third = measured.class_of("mass")[rows]
    mass = np.where(third < 3, third, -1)
    assert (mass < 0).sum() > 10
    frame = pd.DataFrame(
        {
            "hemoglobin": measured.values("hemoglobin")[rows],
            "age": measured.values("age")[rows],
            "bmi": measured.values("bmi")[rows],
            "education": pd.Categorical.from_codes(
                np.where(education < 5, education, -1), pd.Index(range(5))
            ),
            "mass": pd.Categorical.from_codes(mass, pd.Index(range(3)), ordered=True),
            "y": measured.values("lumbar-spine-bmd")[rows],
            "weight": compact.design.weights[rows],
            "stratum": pd.Categorical(persons["SDMVSTRA"].to_numpy()[rows]),
        }
    )
    domain = np.zeros(len(persons), dtype=bool)
    domain[rows] = True
    fits = []
    for completed in impute(frame, 3, 5):
        x = np.zeros((len(persons), 10))
        x[rows, :4] = np.column_stack(
            [np.ones(len(rows)), *(completed[name] for name in ("hemoglobin", "age", "bmi"))]
        )
        for label in range(1, 5):
            x[rows, 3 + label] = completed["education"].to_numpy() == label
        for label in (1, 2):
            x[rows, 7 + label] = completed["mass"].to_numpy() == label
        fits.append(linear(compact.design, measured.values("lumbar-spine-bmd"), x, domain))
    expected = combine_imputations(fits)
    assert slope.n == expected.n
    found = (slope.estimate, slope.se, slope.df, slope.ci_low, slope.ci_high, slope.p)
    wanted = (
        *(each[1] for each in (expected.coef, expected.se, expected.df)),
        *expected.ci()[1],
        expected.p[1],
    )
    assert_allclose(found, wanted, rtol=1e-10)
    assert slope.df < fits[0].df
    assert expected.between[1, 1] > 0


def test_the_same_seed_gives_the_same_numbers_and_another_others(invented_data: Path, tmp_path: Path) -> None:
    cohort = imputing(invented_data, tmp_path)
    (first,), (again,) = slopes(cohort), slopes(cohort)
    assert (first.estimate, first.se) == (again.estimate, again.se)
    other = imputing(invented_data, tmp_path, missing_covariates={"impute": {"m": 3, "seed": 6}})
    assert next(slopes(other)).estimate != first.estimate


def test_where_nothing_is_missing_nothing_is_combined(invented_data: Path, tmp_path: Path) -> None:
    models = [model("age", "sex"), model("age", "bmi", id="second")]
    cohort = imputing(invented_data, tmp_path, models=models)
    plain = imputing(invented_data, tmp_path, models=models[:1], missing_covariates="leave out")
    complete, imputed = slopes(cohort)
    (expected,) = slopes(plain)
    assert (complete.estimate, complete.se, complete.df) == (expected.estimate, expected.se, expected.df)
    assert imputed.df < complete.df
    assert imputed.n == complete.n, "nobody is left out for a covariate"


def test_interactions_classes_and_odds_ratios_are_combined_too(invented_data: Path, tmp_path: Path) -> None:
    cohort = imputing(
        invented_data,
        tmp_path,
        exposure={"variable": "hemoglobin-quarter", "trend": True},
        outcomes={"diabetes": {"variable": "diabetes", "event": "Yes"}},
        models=[model("sex", "bmi", interactions=["sex"])],
    )
    found = list(slopes(cohort))
    assert len(found) == 2 * 3 + 2
    assert all(np.isfinite([slope.estimate, slope.se, slope.ci_low, slope.p]).all() for slope in found)
    assert all(slope.df < cohort.design.n for slope in found)
    named = [what for what, _ in found[0].tests]
    assert named == ["any difference between classes in men", "interaction with sex"]


def test_a_covariate_that_nobody_has_is_named(invented_data: Path, tmp_path: Path) -> None:
    cohort = imputing(invented_data, tmp_path)
    persons = cohort.persons.assign(BMXBMI=np.nan)
    with pytest.raises(SurveyError, match=r"small\.yaml: imputation: column 'bmi' has no value"):
        list(slopes(replace(cohort, persons=persons)))


def test_least_squares_without_a_design_knows_no_odds_ratio(invented_data: Path, tmp_path: Path) -> None:
    protocol = small(tmp_path, outcomes={"d": {"variable": "diabetes", "event": "Yes"}})
    with pytest.raises(SurveyError, match="the weighted regression is linear, and this outcome has none"):
        list(slopes(load_cohort(protocol, invented_data), "weighted"))
