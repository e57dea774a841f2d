"""Data sets of any sizes one after another are pooled as each is alone, and little is filled up."""

from __future__ import annotations

import os
from dataclasses import fields

import numpy as np
import pytest

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel import one_mean
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.fitting import over_groups
from synthesis.pooling.kernel.parts import parts_by_size
from synthesis.pooling.kernel.search import compiled_loops

SIZES = np.array([3, 0, 1, 40, 2, 3, 7, 8, 1, 0, 6, 39, 5, 3, 200])


def one_after_another(sizes: Rows) -> tuple[Array, Array, Rows]:
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.3, sizes.sum())
    v[rng.random(v.size) < 0.05] *= 1e-8
    return rng.normal(0.2, np.sqrt(v + 0.1)), v, np.concatenate([[0], np.cumsum(sizes)])


@pytest.fixture(params=["numpy", "compiled"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "compiled" and compiled_loops() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("numba is not installed")
    monkeypatch.setattr(one_mean, "_WORTH_COMPILING", 1 if request.param == "compiled" else np.inf)


def pooled(
    y: Array, v: Array, starts: Rows, method: str = "REML", test: str = "HKSJ", prediction: str = "t(k-1)"
) -> list[tuple[Effects, Rows, PooledBatch]]:
    """Every part, which data sets it has, and what they are pooled to."""

    def work(effects: Effects, rows: Rows) -> tuple[Effects, Rows, PooledBatch]:
        return effects, rows, pool_batch(effects, method, test, 0.9, prediction)

    return over_groups(work, y, v, starts)


@pytest.mark.parametrize(
    ("method", "test", "prediction"), [("REML", "HKSJ", "t(k-1)"), ("PM", "z", "HTS"), ("DL", "HC", "z")]
)
def test_each_group_is_pooled_as_it_is_alone(method: str, test: str, prediction: str) -> None:
    y, v, starts = one_after_another(SIZES)
    compared = 0
    for effects, rows, part in pooled(y, v, starts, method, test, prediction):
        for own, group in enumerate(rows.tolist()):
            start, end = starts[group : group + 2]
            assert part.k[own] == SIZES[group]
            if start == end:
                assert np.isnan(part.beta[own]).all()
                continue
            alone = pool_batch(Effects(y[start:end], v[start:end]), method, test, 0.9, prediction)
            for field in fields(PooledBatch):
                ours, theirs = getattr(part, field.name)[own], getattr(alone, field.name)[0]
                ours = ours[effects.present[own]] if field.name == "weights" else ours
                np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13, err_msg=field.name)
                compared += 1
    assert compared == 13 * 30


def test_parts_have_every_data_set_once_and_about_one_size() -> None:
    """Of the numbers that parts take at most some fifteen percent are filled up, and each takes few."""
    rng = np.random.default_rng(1)
    sizes = np.concatenate([rng.integers(0, 300, 5_000), [9_000, 100_000]])
    parts = list(parts_by_size(sizes, 10_000))
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(sizes.size))
    for part in parts:
        own = sizes[part]
        assert np.all(np.diff(own) >= 0)
        assert own[-1] <= 1.15 * own[0]
        assert part.size == 1 or part.size * own[-1] <= 10_000
    taken = sum(part.size * sizes[part[-1]] for part in parts)
    assert sizes.sum() < taken < 1.07 * sizes.sum()
    assert len(parts) < 250


@pytest.mark.parametrize(
    ("starts", "says"),
    [
        ([0, 2, 4], "starts are not"),
        ([1, 2, 3], "starts are not"),
        ([0, 2, 1, 3], "none before"),
        ([], "starts"),
    ],
)
def test_positions_that_are_not_in_order_are_refused(starts: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pooled(np.ones(3), np.ones(3), np.array(starts, dtype=np.intp))


def test_effects_and_variances_are_of_one_length() -> None:
    with pytest.raises(ValueError, match=r"y has shape \(3,\) and v \(2,\)"):
        pooled(np.ones(3), np.ones(2), np.array([0, 3]))
    with pytest.raises(ValueError, match="expected the same"):
        pooled(np.ones((3, 1)), np.ones((3, 1)), np.array([0, 3]))


def test_groups_that_are_all_empty_have_no_numbers() -> None:
    for test in ("HKSJ", "HC"):
        ((_, rows, found),) = pooled(np.empty(0), np.empty(0), np.zeros(4, dtype=np.intp), "DL", test)
        assert rows.tolist() == [0, 1, 2]
        assert found.k.tolist() == [0.0, 0.0, 0.0]
        assert np.isnan(found.ci_low).all()


def test_no_groups_at_all_have_no_parts() -> None:
    assert pooled(np.empty(0), np.empty(0), np.zeros(1, dtype=np.intp)) == []
