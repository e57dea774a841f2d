"""Structures of random effects with several levels, against metafor's rma.mv on data sets of metadat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import (
    CovarianceStructure,
    autoregressive,
    compound,
    contrasts_of_arms,
    diagonal,
    heteroscedastic_compound,
    identity,
    known,
    unstructured,
    unstructured_roots,
)
from synthesis.pooling.kernel.effects import Array, Rows
from tests.synthesis.pooling.dependent_problems import intercept, numbered
from tests.thinned import thinned

MODELS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "dependent" / "models.json").read_text(encoding="utf-8")
)
FITS: list[dict[str, Any]] = MODELS["fits"]
OVER_LEVELS = {
    "UN": unstructured, "CS": compound, "HCS": heteroscedastic_compound, "DIAG": diagonal, "ID": identity
}  # fmt: skip


def called(fit: dict[str, Any]) -> str:
    kind = next(name for name in ("nested", "crossed", "inner", "slope", "known") if name in fit)
    return f"{fit['data']}-{kind}-{fit['struct']}-{fit['method']}-{np.size(fit['beta'])}"


def model_of(fit: dict[str, Any]) -> DependentData:
    d = MODELS["data"][fit["data"]]
    cluster, vi = numbered(d[fit["cluster"]]), np.array(d["vi"])
    same = cluster[:, None] == cluster[None, :]
    correlation = np.eye(vi.size)
    if "rho" in fit:
        correlation = np.full((vi.size, vi.size), fit["rho"])
    if fit.get("phi"):
        time = np.array(d[fit["time"]], dtype=float)
        correlation = fit["phi"] ** np.abs(time[:, None] - time[None, :])
    np.fill_diagonal(correlation, 1.0)
    v = np.sqrt(np.outer(vi, vi)) * same * correlation
    x = np.array(fit["x"], dtype=float)
    return DependentData(
        blocks_of(x, csr_array(v), terms_of(fit, d), cluster), np.array([d["yi"]], dtype=float)
    )


def terms_of(fit: dict[str, Any], d: dict[str, Any]) -> tuple[RandomTerm, ...]:
    if "nested" in fit:
        labels = [d[name] for name in fit["nested"]]
        joint = [
            ["/".join(map(str, row[: n + 1])) for row in zip(*labels, strict=True)]
            for n in range(len(labels))
        ]
        return tuple(intercept(numbered(each)) for each in joint)
    if "crossed" in fit:
        return tuple(intercept(numbered(d[name])) for name in fit["crossed"])
    if "known" in fit:
        level = numbered(d[fit["known"]])
        place = np.arange(int(level.max()) + 1)
        matrix = fit["decay"] ** (np.abs(place[:, None] - place[None, :]) / fit["over"])
        one = RandomTerm(known(matrix), np.zeros_like(level), fit["known"], level=level)
        return (one, intercept(numbered(d[fit["and"]])))
    outer = numbered(d[fit["outer"]])
    if "slope" in fit:
        by = np.array(d[fit["slope"]], dtype=float)
        columns = np.column_stack([np.ones(by.size), by])
        return (RandomTerm(unstructured(2, "GEN"), outer, "slopes", columns=columns),)
    structure, level = over_levels(fit["struct"], d[fit["inner"]])
    return (RandomTerm(structure, outer, "levels", level=level),)


def over_levels(word: str, values: list[Any]) -> tuple[CovarianceStructure, Rows]:
    if word in OVER_LEVELS:
        level = numbered(values)
        return OVER_LEVELS[word](int(level.max()) + 1), level
    times, level = np.unique(np.array(values, dtype=float), return_inverse=True)
    made = autoregressive(times, continuous=word == "CAR", heteroscedastic=word == "HAR")
    return made, level.astype(np.intp)


def roots_of(fit: dict[str, Any], data: DependentData) -> Array:
    """Our parameters at metafor's variances and correlations."""
    terms = data.blocks.terms
    if fit["G"] is None:
        return np.asarray(np.sqrt(np.atleast_1d(fit["sigma2"]))[None], dtype=float)
    structure = terms[0].structure
    if fit["struct"] in ("UN", "GEN"):
        return unstructured_roots(np.array(fit["G"]))[None]
    variances = np.diag(np.array(fit["G"]))
    angles = [structure.scale.angle(float(rho)) for rho in printed_rho(fit)]
    return np.concatenate([np.sqrt(variances[: structure.variances]), angles])[None]


def printed_rho(fit: dict[str, Any]) -> Array:
    """metafor's correlation, from its covariance matrix: of neighbours in time, per unit of time."""
    g = np.array(fit["G"])
    if fit["struct"] in ("ID", "DIAG"):
        return np.zeros(0)
    first = g[0, 1] / np.sqrt(g[0, 0] * g[1, 1])
    if fit["struct"] != "CAR":
        return np.array([first])
    times = np.unique(np.array(MODELS["data"][fit["data"]][fit["inner"]], dtype=float))
    return np.array([first ** (1.0 / (times[1] - times[0]))])


def test_the_file_holds_every_structure() -> None:
    assert len(FITS) == 24
    assert {fit["struct"] for fit in FITS} == {"CS", "UN", "HCS", "DIAG", "ID", "AR", "HAR", "CAR", "GEN"}


@pytest.mark.parametrize("fit", FITS, ids=called)
def test_at_their_parameters_likelihood_and_coefficients_are_theirs(fit: dict[str, Any]) -> None:
    data = model_of(fit)
    found = evaluate(data, roots_of(fit, data), fit["method"] == "REML")
    assert_allclose(found.loglik[0], fit["loglik"], rtol=1e-8)
    assert_allclose(found.beta[0], np.atleast_1d(fit["beta"]), rtol=1e-8, atol=1e-10)
    assert_allclose(np.sqrt(np.diag(found.covariance[0])), np.atleast_1d(fit["se"]), rtol=1e-8)


@pytest.mark.parametrize("fit", thinned(FITS), ids=called)
def test_the_maximum_is_not_below_theirs(fit: dict[str, Any]) -> None:
    data = model_of(fit)
    found = maximise_blocks(data, starting_points(data, scattered=True), fit["method"] == "REML")
    above = found.fit.loglik[0] - fit["loglik"]
    assert above >= -1e-9
    if above < 1e-7:  # theirs is the maximum, found as well as their optimiser can
        assert_allclose(found.fit.beta[0], np.atleast_1d(fit["beta"]), rtol=1e-5, atol=1e-6)
        assert_allclose(np.sqrt(np.diag(found.fit.covariance[0])), np.atleast_1d(fit["se"]), rtol=1e-5)


def test_contrasts_that_share_an_arm_have_one_variance_and_are_correlated_one_half() -> None:
    structure = contrasts_of_arms(3)
    assert (structure.name, structure.names, structure.levels) == ("NET", ("tau2",), 3)
    expected = [[4.0, 2.0, 2.0], [2.0, 4.0, 2.0], [2.0, 2.0, 4.0]]
    assert_allclose(structure.covariance(np.array([[2.0]]))[0], expected, rtol=1e-15)


def test_roots_of_several_variances_beside_a_correlation_have_a_floor() -> None:
    """Turning the sign of one of them alone would turn a correlation: others may go through zero."""
    times = np.array([0.0, 1.0, 3.0])
    floored = {
        each.name: each.floored
        for each in (
            identity(3), diagonal(3), compound(3), heteroscedastic_compound(3), unstructured(3),
            unstructured(2, "GEN"), known(np.eye(3)), contrasts_of_arms(3),
            autoregressive(times, continuous=False), autoregressive(times, continuous=True),
            autoregressive(times, continuous=False, heteroscedastic=True),
        )
    }  # fmt: skip
    assert len(floored) == 11
    assert {name for name, has in floored.items() if has} == {"HCS", "UN", "GEN", "HAR"}
