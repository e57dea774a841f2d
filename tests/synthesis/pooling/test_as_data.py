"""Results as dictionaries and as data frames of one row, or of a row for each element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthesis import pool
from synthesis.pooling.as_data import AsData, plain


@dataclass(frozen=True)
class Inner(AsData):
    height: float
    says: str


@dataclass(frozen=True)
class Many(AsData):
    _ROWS = ("name", "size")

    name: tuple[str, ...]
    size: np.ndarray[Any, np.dtype[np.float64]]
    whole: float


@dataclass(frozen=True)
class Outer(AsData):
    _HIDDEN = ("machine",)
    _PAIRS = ("ends",)

    value: float
    ends: tuple[float, float]
    others: tuple[float, float]
    machine: float
    inner: Inner
    many: Many
    switch: bool
    count: np.int64
    label: str
    says: str


MANY = Many(("a", "b"), np.array([1.0, np.nan]), 7.0)
OUTER = Outer(
    0.5, (0.25, 0.75), (1.0, 2.0), 9.0, Inner(2.0, "tall"), MANY, True, np.int64(3), "x", "a sentence"
)


def test_one_row_has_numbers_words_both_ends_of_a_pair_and_what_is_inside_behind_a_dot() -> None:
    """Machinery, sentences, sequences that are no pair and results of many rows have no column."""
    [row] = OUTER.to_frame().to_dict("records")
    assert row == {
        "value": 0.5, "ends_low": 0.25, "ends_high": 0.75, "inner.height": 2.0, "switch": True, "count": 3,
        "label": "x",
    }  # fmt: skip


def test_a_result_of_many_has_a_row_for_each() -> None:
    frame = MANY.to_frame()
    assert frame.columns.tolist() == ["name", "size"]
    assert frame["name"].tolist() == ["a", "b"]


def test_a_dictionary_has_everything_but_the_machinery() -> None:
    assert OUTER.to_dict() == {
        "value": 0.5, "ends": [0.25, 0.75], "others": [1.0, 2.0],
        "inner": {"height": 2.0, "says": "tall"},
        "many": {"name": ["a", "b"], "size": [1.0, None], "whole": 7.0},
        "switch": True, "count": 3, "label": "x", "says": "a sentence",
    }  # fmt: skip


def test_a_pooled_effect_has_its_wald_interval_in_two_columns() -> None:
    pooled = pool([0.1, 0.5, 0.3], [0.01, 0.02, 0.03])
    [row] = pooled.to_frame().to_dict("records")
    assert (row["wald_low"], row["wald_high"]) == pooled.wald
    assert row["bayes.low"] == plain(pooled.bayes)["low"]
