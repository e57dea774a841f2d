"""Arms pooled with their covariance, against metafor's multilevel model with one random effect a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.common_reference import reference_covariance
from evidence.effects.escalc import escalc
from synthesis.pooled import pool
from synthesis.pooling.dependent.aggregation import aggregate

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "dependent" / "arms.json").read_text(encoding="utf-8")
)["cases"]


def rows_by_study(case: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    study = np.array(case["data"]["study"])
    return [np.flatnonzero(study == each) for each in dict.fromkeys(study.tolist())]


def columns_of(case: dict[str, Any], rows: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {name: np.array(case["data"][name])[rows] for name in case["data"] if name != "study"}


@pytest.mark.parametrize("measure", CASES)
def test_effects_and_covariances_are_those_of_the_formulas(measure: str) -> None:
    case = CASES[measure]
    expected = np.array(case["V"])
    studies, several = rows_by_study(case), 0
    for rows in studies:
        columns = columns_of(case, rows)
        assert_allclose(escalc(measure, **columns).yi, np.array(case["yi"])[rows], rtol=1e-12)
        found = reference_covariance(measure, columns)
        assert_allclose(found, expected[np.ix_(rows, rows)], rtol=1e-12)
        several += len(rows) > 1
    assert (len(studies), several) == ((6, 3) if measure in ("MD", "ROM", "SMD") else (7, 4))


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("measure", CASES)
def test_the_pool_of_the_studies_means_is_the_multilevel_model(measure: str, method: str) -> None:
    case = CASES[measure]
    blocks = [
        (np.array(case["yi"])[rows], np.array(case["V"])[np.ix_(rows, rows)]) for rows in rows_by_study(case)
    ]
    means = [aggregate(yi, v, "s") for yi, v in blocks]
    yi, vi = ([float(value) for value in column] for column in ([m.yi for m in means], [m.vi for m in means]))
    found = pool(yi=yi, vi=vi, method=method, test="z")
    expected = case[method]
    pairs = [(found.estimate, expected["mu"]), (found.se, expected["se"]), (found.tau2, expected["tau2"])]
    # what the studies' own effects add to the log likelihood, whatever the mean and tau2 are
    apart = 0.0
    for (effects, v), mean in zip(blocks, means, strict=True):
        apart -= 0.5 * (
            (len(effects) - 1) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] - np.log(mean.vi) + mean.Q
        )
    if method == "REML":  # with log|X'X| / 2, as metafor has it
        apart += 0.5 * np.log(len(case["yi"]) / len(blocks))
    loglik = found.loglik_ml if method == "ML" else found.loglik_reml
    pairs.append((loglik + apart, expected["loglik"]))
    assert_allclose([found for found, _ in pairs], [other for _, other in pairs], rtol=1e-8)
    assert len(pairs) == 4
