"""Likelihood ratio tests: metafor 3.8-1, the boundary at tau2 = 0, and what is refused."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.tau2.likelihood_ratio import Structure, lrt

REFERENCE = Path(__file__).parents[2] / "reference" / "estimators" / "estimators.json"
DATA_SETS: dict[str, Any] = json.loads(REFERENCE.read_text())


def design_of(entry: dict[str, Any], name: str) -> Array | None:
    x = np.array(entry["x"], dtype=float)
    columns = np.column_stack([np.ones(len(x)), x[:, : {"none": 0, "one": 1, "two": 2}[name]]])
    return None if name == "none" else columns


def simulated(seed: int, batch: int = 40, k: int = 8, tau2: float = 0.3) -> Effects:
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1.5, 1.0, (batch, k)))
    return Effects(rng.normal(0.4, np.sqrt(v + tau2)), v)


def test_every_comparison_of_the_reference_agrees() -> None:
    compared = 0
    for entry in DATA_SETS.values():
        data = Effects(np.array(entry["yi"]), np.array(entry["vi"]))
        for key, reference in entry["lrt"].items():
            if key.startswith("tau2/"):
                _, design, likelihood = key.split("/")
                columns = design_of(entry, design)
                structures = Structure(columns, heterogeneity=False), Structure(columns)
            else:
                names, likelihood = key.split("/")
                full, reduced = names.split("-")
                structures = Structure(design_of(entry, reduced)), Structure(design_of(entry, full))
            ours = lrt(data, *structures, likelihood)
            # The thresholds leave metafor's likelihoods, of size 1 to 200, some 1e-11 below the maximum.
            assert math.isclose(ours.statistic[0], reference["LRT"], rel_tol=1e-8, abs_tol=1e-9), key
            assert math.isclose(ours.p_value[0], reference["pval"], rel_tol=1e-8) or reference["LRT"] == 0
            assert math.isclose(ours.loglik_full[0], reference["ll_full"], rel_tol=1e-9)
            assert math.isclose(ours.loglik_reduced[0], reference["ll_reduced"], rel_tol=1e-9)
            assert ours.df == reference["parms_full"] - reference["parms_reduced"]
            compared += 1
    assert compared == 6 * 9


@pytest.mark.parametrize("likelihood", ["ML", "REML"])
def test_heterogeneity_alone_halves_the_p_value_inside_and_leaves_one_at_the_boundary(
    likelihood: str,
) -> None:
    result = lrt(simulated(1, tau2=0.05), Structure(heterogeneity=False), Structure(), likelihood)
    at_zero = result.statistic == 0
    assert 5 < at_zero.sum() < 35
    assert_allclose(result.p_boundary[~at_zero], 0.5 * result.p_value[~at_zero], rtol=1e-14)
    assert (result.p_boundary[at_zero] == 1.0).all()
    assert (result.p_value[at_zero] == 1.0).all()


def test_heterogeneity_and_moderators_together_mix_two_chi_squared_distributions() -> None:
    data = simulated(2)
    x = np.column_stack([np.ones(data.k), np.arange(float(data.k)), np.arange(float(data.k)) ** 2])
    result = lrt(data, Structure(heterogeneity=False), Structure(x))
    assert result.df == 3
    mixed = 0.5 * special.chdtrc(2, result.statistic) + 0.5 * special.chdtrc(3, result.statistic)
    assert_allclose(result.p_boundary, mixed, rtol=1e-14)
    assert (result.p_boundary < result.p_value).all()


def test_without_heterogeneity_the_statistic_is_the_drop_of_q() -> None:
    data = simulated(3)
    x = np.column_stack([np.ones(data.k), np.arange(float(data.k))])
    fixed = lrt(data, Structure(heterogeneity=False), Structure(x, heterogeneity=False))
    drop = pool_batch(data, "EE").Q - pool_batch(data, "EE", design=x).Q
    assert_allclose(fixed.statistic, drop, rtol=1e-10)
    assert np.array_equal(fixed.p_value, fixed.p_boundary)


def test_steps_between_nested_models_add_up() -> None:
    data = simulated(4)
    x = np.column_stack([np.ones(data.k), np.arange(float(data.k)), np.arange(float(data.k)) ** 2])
    first, second = lrt(data, Structure(), Structure(x[:, :2])), lrt(data, Structure(x[:, :2]), Structure(x))
    together = lrt(data, Structure(), Structure(x))
    assert_allclose(first.statistic + second.statistic, together.statistic, atol=1e-11)
    assert (np.array([first.statistic, second.statistic]) >= 0).all()


def test_restricted_likelihoods_compare_when_the_columns_are_the_same_in_other_units() -> None:
    data = simulated(5)
    x = np.column_stack([np.ones(data.k), np.arange(float(data.k))])
    turned = x @ np.array([[2.0, 1e4], [0.0, 1e3]])
    result = lrt(data, Structure(turned, heterogeneity=False), Structure(x), "REML")
    same = lrt(data, Structure(x, heterogeneity=False), Structure(x), "REML")
    assert_allclose(result.statistic, same.statistic, rtol=1e-9, atol=1e-10)


def test_scale_order_and_absent_studies_change_nothing() -> None:
    data = simulated(6)
    result = lrt(data, Structure(heterogeneity=False), Structure(), "REML")
    y, v = np.insert(data.y[:, ::-1], 2, 9.9, axis=1), np.insert(data.v[:, ::-1], 2, np.inf, axis=1)
    moved = lrt(Effects(1e6 * y + 3.0, 1e12 * v), Structure(heterogeneity=False), Structure(), "REML")
    assert_allclose(moved.statistic, result.statistic, rtol=1e-8, atol=1e-11)


def test_too_few_studies_have_no_test() -> None:
    present = np.tri(4, 4, k=-1, dtype=bool)
    data = Effects(np.arange(16.0).reshape(4, 4), np.ones((4, 4)), present)
    result = lrt(data, Structure(heterogeneity=False), Structure())
    for values in (result.statistic, result.p_value, result.p_boundary, result.loglik_full):
        assert np.array_equal(np.isnan(values), [True, True, False, False])


def test_what_cannot_be_compared_is_refused() -> None:
    data = simulated(7, batch=1)
    x = np.column_stack([np.ones(data.k), np.arange(float(data.k))])
    other = np.column_stack([np.ones(data.k), np.arange(float(data.k)) ** 2])
    with pytest.raises(ValueError, match="expected nested models"):
        lrt(data, Structure(other), Structure(x))
    with pytest.raises(ValueError, match="expected nested models"):
        lrt(data, Structure(x), Structure())
    with pytest.raises(ValueError, match="estimates tau2 and the full one does not"):
        lrt(data, Structure(), Structure(x, heterogeneity=False))
    with pytest.raises(ValueError, match="the same, which leaves nothing to test"):
        lrt(data, Structure(x), Structure(x * 3.0))
    with pytest.raises(ValueError, match="restricted likelihoods of different designs"):
        lrt(data, Structure(), Structure(x), "REML")
    with pytest.raises(ValueError, match="unknown likelihood 'DL'"):
        lrt(data, Structure(), Structure(x), "DL")


@pytest.mark.parametrize(("likelihood", "kind"), [("REML", "restricted"), ("ML", "full")])
def test_it_is_said_which_likelihood_was_compared(likelihood: str, kind: str) -> None:
    found = lrt(simulated(7, batch=1), Structure(heterogeneity=False), Structure(), likelihood)
    assert found.says.startswith(f"Compares maxima of the {kind} likelihood of two models")
