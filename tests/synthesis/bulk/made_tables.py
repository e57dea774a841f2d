"""Tables of effects that several tests pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthesis.pooling.kernel.effects import Array


def random_effects(rows: int, studies: int, seed: int, missing: float = 0.1) -> tuple[Array, Array]:
    """Ordinary effects and variances (rows, studies), nan where a study is missing."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.1, (rows, studies))
    y = rng.normal(rng.normal(0.0, 0.1, (rows, 1)), np.sqrt(v + 0.02))
    y[rng.random((rows, studies)) < missing] = np.nan
    return y, v


def extreme_effects(rows: int, studies: int, seed: int) -> tuple[Array, Array]:
    """Variances over twelve orders, ties, single studies, rows without any, effects far from zero."""
    rng = np.random.default_rng(seed)
    v = 10.0 ** rng.uniform(-6.0, 6.0, (rows, studies))
    y = rng.normal(0.0, np.sqrt(v)) + 10.0 ** rng.uniform(-3.0, 3.0, (rows, 1))
    y[rng.random((rows, studies)) < rng.uniform(0.0, 1.0, (rows, 1))] = np.nan
    y[::11] = np.where(np.isnan(y[::11]), np.nan, 1.0)  # all effects are equal
    v[::13] = 0.25  # all variances are equal
    y[::17, 1:] = np.nan  # one study
    y[::29] = np.nan  # none
    return y, v


def wide(y: Array, v: Array, error: bool = False) -> pd.DataFrame:
    """A data set a row, with keys g0, g1, ..., and columns y_A, v_A, y_B, ..."""
    columns: dict[str, Any] = {"gene": [f"g{i}" for i in range(len(y))]}
    for study, (effects, variances) in enumerate(zip(y.T, v.T, strict=True)):
        name = chr(ord("A") + study)
        columns[f"y_{name}"] = effects
        columns[f"s_{name}" if error else f"v_{name}"] = np.sqrt(variances) if error else variances
    return pd.DataFrame(columns)


def long(y: Array, v: Array) -> pd.DataFrame:
    """An effect a row, those of a gene together, with their studies."""
    rows, studies = np.nonzero(~np.isnan(y))
    return pd.DataFrame(
        {
            "gene": [f"g{i}" for i in rows],
            "cohort": [chr(ord("A") + s) for s in studies],
            "y": y[rows, studies],
            "v": v[rows, studies],
        }
    )
