"""Each row of a table is what `pool` gives for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import synthesis
from synthesis.bulk.pooled_rows import rows_of_block
from tests.synthesis.bulk.beside_pool import numbers_beside_pool
from tests.synthesis.bulk.made_tables import extreme_effects, long, random_effects, wide


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"method": "DL", "test": "z"},
        {"method": "EE"},
        {"method": "PM", "test": "adhoc", "prediction": "HTS", "level": 0.9, "tau2_interval": "PL"},
        {"method": "DL", "test": "z", "weights": "fixed"},
        {"method": "REML", "test": "KR", "prediction": "z"},
    ],
)
def test_rows_are_what_pool_gives_under_every_kind_of_choice(choices: dict[str, Any]) -> None:
    parts = random_effects(40, 7, 1), extreme_effects(40, 7, 2)
    y, v = (np.concatenate(each) for each in zip(*parts, strict=True))
    ask = ["tau2_interval", "fit"]
    frame = synthesis.pool_table(
        wide(y, v), yi="y_*", vi="v_*", ask=ask, invalid="refuse", **choices
    ).to_frame()
    assert numbers_beside_pool(frame, y, v, range(80), **choices) > 1_600


@pytest.mark.long
@pytest.mark.parametrize("made", [random_effects, extreme_effects])
def test_a_hundred_thousand_rows_are_what_pool_gives_wide_and_long(made: Any) -> None:
    """One of ten is pooled by itself; `python tests/benchmarks/bench_bulk.py --rows` pools every one."""
    y, v = made(50_000, 9, 3)
    ask = ["tau2_interval", "fit"]
    found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", key="gene", ask=ask)
    frame = found.to_frame()
    assert len(frame) == 50_000
    none = np.isnan(y).all(axis=1)
    assert found.refused.get(("", "no study with an effect and its variance"), 0) == none.sum()
    assert found.pooled == 50_000 - none.sum()
    assert numbers_beside_pool(frame, y, v, range(3, 50_000, 10)) > 120_000
    of_long = synthesis.pool_table(long(y, v), yi="y", vi="v", group="gene", ask=ask).to_frame()
    assert numbers_beside_pool(of_long, y[~none], v[~none], range(7, len(of_long), 100)) > 9_000


def test_a_long_table_has_the_numbers_of_a_wide_one() -> None:
    y, v = random_effects(1_500, 9, 5, missing=0.5)
    known = ~np.isnan(y).all(axis=1)
    y, v = y[known], v[known]
    of_wide = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", key="gene").to_frame()
    table = long(y, v)
    of_long = synthesis.pool_table(table, yi="y", vi="v", group="gene", study="cohort").to_frame()
    assert of_long["gene"].tolist() == of_wide["gene"].tolist()
    for name in ("estimate", "se", "p_value", "tau2", "I2", "prediction_low", "p_bh"):
        np.testing.assert_allclose(of_long[name], of_wide[name], rtol=1e-12, atol=1e-13)


def test_groups_of_any_size_are_pooled_by_themselves() -> None:
    rng = np.random.default_rng(6)
    sizes = [1, 2, 3, 40, 41, 43, 1_000, 5, 20_000, 1]
    v = rng.uniform(0.5, 2.0, sum(sizes))
    y = rng.normal(0.0, np.sqrt(v + 0.1))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    table = {"g": groups, "y": y, "v": v}
    frame = synthesis.pool_table(table, yi="y", vi="v", group="g").to_frame()
    assert frame["k"].tolist() == sizes
    for group, estimate, tau2 in zip(range(len(sizes)), frame["estimate"], frame["tau2"], strict=True):
        pooled = synthesis.pool(y[groups == group], v[groups == group])
        assert estimate == pytest.approx(pooled.estimate, rel=1e-12, abs=1e-13)
        assert tau2 == pytest.approx(pooled.tau2, rel=1e-11, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("row", range(6))
def test_an_effect_beyond_double_precision_refuses_its_own_group_wherever_it_stands(row: int) -> None:
    y = np.arange(6.0)
    y[row] = 1e200
    table = {"g": np.repeat([7, 8, 9], 2), "y": y, "v": np.ones(6)}
    found = synthesis.pool_table(table, yi="y", vi="v", group="g", invalid="refuse").to_frame()
    assert found["refused"].notna().tolist() == [row // 2 == group for group in range(3)]
    assert found["estimate"].isna().tolist() == [row // 2 == group for group in range(3)]


def test_leaving_out_each_study_tells_the_extremes_of_the_refits() -> None:
    y, v = random_effects(25, 6, 7, missing=0.2)
    names = np.array(list("ABCDEF"))
    frame = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", ask="leave_one_out").to_frame()
    grouped = synthesis.pool_table(
        long(y, v), yi="y", vi="v", group="gene", study="cohort", ask="leave_one_out"
    ).to_frame()
    compared = 0
    for row in range(25):
        there = ~np.isnan(y[row])
        pooled = synthesis.pool(y[row, there], v[row, there], slab=names[there])
        refits = pooled.leave_one_out()
        for table in (frame, grouped):
            found = table.iloc[row]
            assert found["loo_estimate_low"] == pytest.approx(refits.estimate.min(), rel=1e-12)
            assert found["loo_estimate_high"] == pytest.approx(refits.estimate.max(), rel=1e-12)
            assert found["loo_p_low"] == pytest.approx(refits.p_value.min(), rel=1e-10)
            assert found["loo_p_high"] == pytest.approx(refits.p_value.max(), rel=1e-10)
            moved = np.abs(refits.estimate - pooled.estimate)
            assert found["loo_study"] == refits.labels[int(moved.argmax())]
            compared += 1
    assert compared == 50


def test_posteriors_are_those_that_pool_shows_beside_few_studies() -> None:
    y, v = random_effects(12, 3, 8, missing=0.0)
    y[5, 1:] = np.nan
    frame = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", ask="bayes").to_frame()
    assert np.isnan(frame["bayes_mean"][5])
    for row in (0, 4, 11):
        bayes = synthesis.pool(y[row], v[row]).bayes
        assert bayes is not None
        for name in ("mean", "median", "low", "high", "tau_median", "tau_upper"):
            assert frame[f"bayes_{name}"][row] == pytest.approx(getattr(bayes, name), rel=1e-9)


def test_a_study_position_names_it_where_nobody_else_does() -> None:
    table: dict[str, Any] = {"g": [1, 1, 1], "y": [0.0, 0.1, 5.0], "v": [1.0, 1.0, 1.0]}
    found = synthesis.pool_table(table, yi="y", vi="v", group="g", ask="leave_one_out")
    assert found.to_frame()["loo_study"].tolist() == ["3"]
    table["y"][1] = float("nan")
    found = synthesis.pool_table(table, yi="y", vi="v", group="g", ask="leave_one_out")
    assert found.to_frame()["loo_study"].tolist() == ["1"]  # of two that move it equally the first


def test_blocks_are_as_large_as_the_studies_allow() -> None:
    sizes = {1: 65_536, 5: 65_536, 6: 32_768, 20: 16_384, 21: 16_384, 22: 8_192, 100: 2_048, 10_000: 64}
    assert {studies: rows_of_block(studies) for studies in sizes} == sizes
