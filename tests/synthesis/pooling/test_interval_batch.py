"""The ends of intervals alone, and Henmi-Copas quantiles of many data sets that share their variances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from synthesis.pooled import pool
from synthesis.pooling.batch import interval_batch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import fit
from synthesis.pooling.mean.henmi_copas import HenmiCopas, henmi_copas
from synthesis.pooling.repeating import intervals_again, pool_again
from tests.thinned import thinned

K = 7
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04, 0.5])


def batch(spread: float, rows: int = 300, v: Array = V) -> Effects:
    """Data sets with the same variances, whose effects differ more and more."""
    rng = np.random.default_rng(11)
    size = np.geomspace(0.05, spread, rows)[:, None]
    return Effects(0.3 + size * rng.standard_normal((rows, v.size)), np.broadcast_to(v, (rows, v.size)))


def distribution(effects: Effects) -> HenmiCopas:
    fitted = fit(effects, "DL", None)
    return henmi_copas(fitted.model, fitted.heterogeneity.tau2)


def one_by_one(found: HenmiCopas, level: float) -> Array:
    """Each quantile by its own root."""
    return replace(found, of_spread=None, _known={}).quantile(level)


@pytest.mark.parametrize("spread", [0.06, 0.5, 2.0, 1e7])
@pytest.mark.parametrize("level", thinned([0.95, 0.9]))
def test_quantiles_of_data_sets_that_share_their_variances_are_those_of_each_alone(
    spread: float, level: float
) -> None:
    found = distribution(batch(spread))
    assert found.of_spread is not None
    assert_allclose(found.quantile(level), one_by_one(found, level), rtol=1e-12)
    polynomial = found._by_polynomial(level)
    assert (polynomial is None) == (spread == 1e7), "beyond the largest degree every root is found by itself"


def test_the_distribution_at_a_spread_is_that_of_the_data_set_with_it() -> None:
    found = distribution(batch(1.0))
    assert found.of_spread is not None
    again = found.of_spread(found.spread)
    compared = 0
    for ours, expected in zip(again._arrays, found._arrays, strict=True):
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
        compared += 1
    assert compared == 7


def test_data_sets_without_heterogeneity_share_one_root() -> None:
    effects = batch(1.0)
    same = distribution(Effects(np.full_like(effects.y, 0.3), effects.v))
    assert np.ptp(same.spread) == 0.0
    polynomial = same._by_polynomial(0.95)
    assert polynomial is not None
    assert polynomial.shape == (300,)
    assert_allclose(same.quantile(0.95), one_by_one(same, 0.95), rtol=1e-14)


def test_data_sets_with_other_variances_or_few_have_roots_of_their_own() -> None:
    effects = batch(1.0)
    v = effects.v.copy()
    v[17, 2] *= 1.5
    other = distribution(Effects(effects.y, v))
    assert other.of_spread is None
    assert other._by_polynomial(0.95) is None
    assert_allclose(other.quantile(0.95), one_by_one(other, 0.95), rtol=1e-14)
    assert distribution(batch(1.0, rows=150)).of_spread is None


def test_a_quantile_is_found_once_for_each_level(monkeypatch: pytest.MonkeyPatch) -> None:
    found = distribution(batch(1.0, rows=5))
    first = found.quantile(0.95)
    other = found.quantile(0.9)
    monkeypatch.setattr(HenmiCopas, "_by_root", None)
    assert found.quantile(0.95) is first
    assert np.all(first > other)


@pytest.mark.parametrize("method", ["REML", "DL", "EE"])
@pytest.mark.parametrize("test", ["z", "t", "HKSJ", "adhoc", "KR", "HC"])
def test_the_ends_alone_are_those_of_the_whole_batch(method: str, test: str) -> None:
    if (test, method) in {("KR", "DL"), ("KR", "EE"), ("HC", "REML"), ("HC", "EE")}:
        return
    effects = batch(1.0, rows=20)
    whole = pool_batch(effects, method, test, 0.9)
    alone = interval_batch(effects, method, test, 0.9)
    assert_array_equal(alone.low, whole.ci_low[:, 0])
    assert_array_equal(alone.high, whole.ci_high[:, 0])
    predicted = interval_batch(effects, method, test, 0.9, "t(k-1)")
    assert_array_equal(predicted.low, whole.prediction_low)
    assert_array_equal(predicted.high, whole.prediction_high)
    assert np.isnan(predicted.low).all() == (method == "EE")


@pytest.mark.parametrize(
    "choices",
    [
        {"method": "PM", "test": "adhoc", "level": 0.8, "prediction": "HTS"},
        {"method": "DL", "weights": "fixed"},
        {"method": "EE"},
    ],
)
def test_intervals_again_are_by_every_choice_of_a_result(choices: dict[str, Any]) -> None:
    effects = batch(1.0, rows=20)
    result = pool(effects.y[-1], V, **choices)
    whole, alone = pool_again(result, effects), intervals_again(result, effects)
    assert_array_equal(alone.low, whole.ci_low[:, 0])
    assert_array_equal(alone.high, whole.ci_high[:, 0])
    assert alone.low[-1] == pytest.approx(result.ci_low, rel=1e-12)
    predicted = intervals_again(result, effects, prediction=True)
    assert_array_equal(predicted.low, whole.prediction_low)
    assert_array_equal(predicted.high, whole.prediction_high)
