"""Corrections over all rows, read part by part: adjusted p-values, medians, the largest statistic."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests

import synthesis
from synthesis.bulk import sign_flips, table_plan
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.data_blocks import DataSets
from synthesis.bulk.many_tests import (
    MEDIAN_CHI2,
    Column,
    Ranks,
    bonferroni,
    inflation_of,
    inflation_of_p,
    p_of_z,
    z_of_p,
)
from synthesis.bulk.sign_flips import familywise, sign_changes
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.bulk.made_tables import random_effects, wide


def in_parts(values: Array, parts: int) -> tuple[Column, list[Array]]:
    pieces = np.array_split(values, parts)

    def read() -> Iterator[Array]:
        yield from pieces

    return read, pieces


@pytest.mark.parametrize("at_once", [10, 100, 10**9])
def test_adjusted_p_values_are_those_of_statsmodels_however_few_are_sorted_at_a_time(at_once: int) -> None:
    rng = np.random.default_rng(1)
    p = np.concatenate([rng.random(900) ** 3, np.full(40, 0.2), [0.0, 1.0, 1.0, 5e-324, 1e-300]])
    rng.shuffle(p)
    column, pieces = in_parts(p, 7)
    filled = [np.full(piece.size, np.nan) for piece in pieces]
    ranks = Ranks(column, at_once)
    ranks.false_discovery_rates(filled)
    assert ranks.total == 945
    np.testing.assert_allclose(np.concatenate(filled), multipletests(p, method="fdr_bh")[1], rtol=1e-14)
    np.testing.assert_array_equal(bonferroni(p, 945), multipletests(p, method="bonferroni")[1])


def test_rows_without_a_p_value_have_no_part_in_the_correction() -> None:
    p = np.array([0.01, np.nan, 0.04, 0.03])
    column, pieces = in_parts(p, 2)
    filled = [np.full(piece.size, np.nan) for piece in pieces]
    Ranks(column).false_discovery_rates(filled)
    np.testing.assert_allclose(np.concatenate(filled), [0.03, np.nan, 0.04, 0.04], rtol=1e-15)
    column, pieces = in_parts(np.full(3, np.nan), 1)
    ranks = Ranks(column)
    ranks.false_discovery_rates(filled)
    assert ranks.total == 0


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 1001])
def test_a_median_is_exact_and_reads_the_values_twice(size: int) -> None:
    values = np.abs(np.random.default_rng(size).standard_cauchy(size))
    column, _ = in_parts(values, 3)
    assert np.mean(Ranks(column).middle()) == np.median(values)


def test_the_median_of_nothing_is_nan_and_infinity_is_above_all() -> None:
    column, _ = in_parts(np.array([np.nan]), 1)
    assert np.isnan(Ranks(column).middle()).all()
    column, _ = in_parts(np.array([1.0, np.inf, np.inf, 2.0, np.inf]), 2)
    assert Ranks(column).middle() == (np.inf, np.inf)


def test_lambda_of_p_values_is_that_of_their_squares() -> None:
    z = np.random.default_rng(2).normal(0.0, 1.1, 1_000)
    of_squares = inflation_of(in_parts(z**2, 3)[0])
    assert of_squares == pytest.approx(np.median(z**2) / MEDIAN_CHI2, rel=1e-14)
    assert inflation_of_p(Ranks(in_parts(p_of_z(z), 3)[0])) == pytest.approx(of_squares, rel=1e-12)


def test_p_and_z_are_inverse() -> None:
    z = np.array([0.0, 1.959963984540054, 10.0, 37.0])
    np.testing.assert_allclose(z_of_p(p_of_z(z)), z, rtol=1e-12)
    assert p_of_z(z)[1] == pytest.approx(0.05, rel=1e-12)


def test_corrections_are_left_out_where_they_are_not_asked_for() -> None:
    frame = wide(*random_effects(9, 3, 1))
    names = synthesis.pool_table(frame, yi="y_*", vi="v_*", adjust=()).table.column_names
    assert not {"p_bh", "p_bonferroni"} & set(names)
    names = synthesis.pool_table(frame, yi="y_*", vi="v_*", adjust="BH").table.column_names
    assert "p_bh" in names
    assert "p_bonferroni" not in names


@pytest.mark.parametrize("choices", [{"method": "EE"}, {}, {"method": "DL", "test": "z"}])
def test_family_wise_p_values_count_changes_of_sign_whose_largest_statistic_is_as_large(
    choices: dict[str, Any],
) -> None:
    """By hand: every row pooled by `pool` under each of the 16 changes of five studies."""
    y, v = random_effects(4, 5, 31, missing=0.0)
    y[0] = np.abs(y[0]) + 1.0
    found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", permutations=16, **choices).to_frame()
    signs = np.array([(*each, 1.0) for each in product([1.0, -1.0], repeat=4)])
    sizes = np.array(
        [
            [abs(synthesis.pool(row * sign, var, **choices).statistic) for row, var in zip(y, v, strict=True)]
            for sign in signs
        ]
    )
    largest = sizes.max(axis=1)
    expected = [(largest >= own * (1 - 1e-9)).mean() for own in sizes[0]]
    assert found["p_fwer"].tolist() == expected
    assert expected[0] == 1 / 16
    assert max(expected) > 0.3


def test_changes_of_sign_are_drawn_where_there_are_too_many() -> None:
    signs, exact = sign_changes(30, 99, 4)
    assert not exact
    assert signs.shape == (100, 30)
    assert (signs[0] == 1.0).all()
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert (signs != sign_changes(30, 99, 5)[0]).any()
    signs, exact = sign_changes(4, 8, 0)
    assert exact
    assert len(np.unique(signs, axis=0)) == 8
    assert sign_changes(4, 7, 0)[0].shape == (8, 4)
    assert sign_changes(80, 3, 0)[0].shape == (4, 80)
    p = next(familywise(iter([np.array([1.0, 3.0, np.nan])]), np.array([2.0, 3.0, 1.5, 0.5])))
    np.testing.assert_array_equal(p, [0.75, 0.25, np.nan])


def test_rows_of_different_size_are_compared_by_their_p_values() -> None:
    y, v = random_effects(8, 4, 33, missing=0.3)
    y[3] = np.nan
    found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", permutations=8).to_frame()
    order = found.dropna(subset="p_fwer").sort_values("p_value")["p_fwer"]
    assert order.is_monotonic_increasing
    assert np.isnan(found["p_fwer"][3])
    assert found["p_fwer"].min() >= 1 / 8


def test_permutations_go_on_after_a_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = wide(*random_effects(40, 3, 34))
    monkeypatch.setattr(table_plan, "_BLOCKS", 1)
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 16)
    work = sign_flips.largest_statistics
    done: list[int] = []

    def counted(*given: Any) -> Array:
        done.append(1)
        if len(done) == 2:
            raise KeyboardInterrupt
        return work(*given)

    choices: dict[str, Any] = {"yi": "y_*", "vi": "v_*", "permutations": 4, "method": "EE"}
    whole = synthesis.pool_table(frame, **choices, output=tmp_path / "a")
    monkeypatch.setattr(sign_flips, "largest_statistics", counted)
    with pytest.raises(KeyboardInterrupt):
        synthesis.pool_table(frame, **choices, output=tmp_path / "b")
    again = synthesis.pool_table(frame, **choices, output=tmp_path / "b")
    assert len(done) == 4  # of three parts the first is not done twice
    assert again.table.equals(whole.table)


def test_drawn_changes_of_sign_are_plus_and_minus_alike() -> None:
    signs, _ = sign_changes(30, 99, 4)
    assert abs(signs[1:].mean()) < 0.1  # five standard errors
    assert len(np.unique(signs, axis=0)) == 100


@pytest.mark.parametrize("method", ["EE", "DL"])
def test_the_largest_of_small_statistics_is_small(method: str) -> None:
    chosen = read_bulk_choices(method, "z", None, "QP", 0.95, None, (), 1, "stop", ())
    y = np.array([[0.01, 0.02], [np.nan, np.nan]])
    block = DataSets(pa.table({"row": [1, 2]}), y, np.ones((2, 2)), ("A", "B"), np.arange(2), [])
    signs = np.array([[1.0, 1.0], [1.0, -1.0]])
    found = sign_flips.largest_statistics(block, signs, chosen)
    np.testing.assert_allclose(found, [0.03 / 2**0.5, 0.01 / 2**0.5], rtol=1e-12)
    nothing = DataSets(block.keys.slice(1), y[1:], np.ones((1, 2)), ("A", "B"), np.arange(1), [])
    assert sign_flips.largest_statistics(nothing, signs, chosen).tolist() == [0.0, 0.0]


def test_studies_that_are_missing_have_no_part_in_a_statistic() -> None:
    """By hand: 3 / sqrt(0.25) of one study alone; (3 / 0.25 + 1 / 1) / sqrt(1 / 0.25 + 1 / 1) of two."""
    chosen = read_bulk_choices("EE", "z", None, "QP", 0.95, None, (), 1, "stop", ())
    for y, largest in (([3.0, np.nan], 6.0), ([3.0, 1.0], 13.0 / 5.0**0.5)):
        v = np.where(np.isnan(y), np.nan, [0.25, 1.0])
        block = DataSets(pa.table({"row": [1]}), np.array([y]), v[None], ("A", "B"), np.arange(1), [])
        found = sign_flips.largest_statistics(block, np.ones((1, 2)), chosen)
        assert found.tolist() == [pytest.approx(largest, rel=1e-14)]


def test_the_usual_seed_is_zero() -> None:
    y, v = random_effects(3, 6, 3, missing=0.0)
    found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", permutations=1)
    assert "(seed 0)" in found.method_sentence
