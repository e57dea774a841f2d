"""Rows of a table beside what `pool` says of each."""

from __future__ import annotations

from typing import Any

import numpy as np

import synthesis
from synthesis.bulk.bulk_choices import COLUMNS
from synthesis.pooling.kernel.effects import Array

NAMES = [
    name
    for asked in ("mean", "wald", "heterogeneity", "prediction", "tau2_interval", "fit")
    for name in COLUMNS[asked]
]


def value_of(pooled: Any, name: str) -> float:
    if name.startswith("wald"):
        return float(pooled.wald[name == "wald_high"])
    return float(getattr(pooled, name))


SHIFTED = ("estimate", "statistic", "ci_", "wald_", "prediction_low", "prediction_high")


def scale_of(pooled: Any, name: str, expected: float) -> float:
    """What an error is small against: the number, or what its terms have cancelled from."""
    v = pooled.vi
    if name.startswith(SHIFTED):
        spread = np.abs(pooled.yi).max() + np.sqrt(v.max())
        return float(max(abs(expected), spread / (pooled.se or 1.0) if name == "statistic" else spread))
    if name.startswith(("tau2", "se_tau2")):
        return float(max(abs(expected), v.min()))
    return float(max(abs(expected), 1.0))


def numbers_beside_pool(frame: Any, y: Array, v: Array, rows: Any, **choices: Any) -> int:
    """How many numbers of these rows were the same as `pool`'s, at 1e-12; fails at the first that is not."""
    compared = 0
    names = [name for name in NAMES if name in frame.columns]
    columns = {name: frame[name].to_numpy(dtype=float) for name in names}
    refused = frame["refused"].isna().to_numpy()
    for row in rows:
        there = ~np.isnan(y[row])
        if not there.any():
            assert not refused[row]
            assert np.isnan([columns[name][row] for name in names]).all()
            continue
        pooled = synthesis.pool(y[row, there], v[row, there], **choices)
        for name in names:
            found, expected = columns[name][row], value_of(pooled, name)
            if np.isnan(expected):
                assert np.isnan(found), (row, name)
            elif np.isinf(expected):
                assert found == expected, (row, name)
            else:
                assert abs(found - expected) <= 1e-12 * scale_of(pooled, name, expected), (
                    row,
                    name,
                    found,
                    expected,
                )
            compared += 1
    return compared
