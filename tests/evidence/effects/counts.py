"""What the tests of counts share: the reference file, comparison, numerical variances and simulation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from evidence.effects.columns import Array, EffectSizes
from evidence.effects.escalc import escalc

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "reference" / "effect_sizes" / "counts.json").read_text()
)


def numbers(values: Iterable[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def columns(data: dict[str, list[float | None]]) -> dict[str, Array]:
    return {name: numbers(values) for name, values in data.items()}


def compare(result: EffectSizes, row: dict[str, Any], rtol: float = 1e-10) -> int:
    """Check yi and vi against a row of the reference, nan where it has none; returns how many numbers."""
    for name in ("yi", "vi"):
        ours, theirs = getattr(result, name), numbers(row[name])
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-14, err_msg=str({**row, name: None}))
    return 2 * result.k


def computed(row: dict[str, Any], data: dict[str, Any]) -> EffectSizes:
    """`escalc` with what a row of the reference says."""
    options = {name: row[name] for name in ("add", "to", "drop00", "vtype") if name in row}
    if row["measure"] in ("PR", "PLN", "PLO", "PAS", "PFT", "IR", "IRLN", "IRS", "IRFT"):
        options.pop("drop00", None)
    return escalc(row["measure"], **columns(data), **options)


def delta_variance(function: Callable[..., Any], at: Iterable[float], covariance: Any) -> float:
    """g' V g with the gradient g of `function` at a point by mpmath, and the covariance V there."""
    point = [mpmath.mpf(float(x)) for x in at]
    size = len(point)
    orders = [tuple(int(i == j) for j in range(size)) for i in range(size)]
    with mpmath.workdps(40):
        gradient = [mpmath.diff(function, tuple(point), order) for order in orders]
        total = mpmath.mpf(0)
        for i in range(size):
            for j in range(size):
                total += gradient[i] * gradient[j] * covariance[i][j]
    return float(total)


def diagonal(values: Iterable[float]) -> list[list[float]]:
    listed = list(values)
    return [[value if i == j else 0.0 for j in range(len(listed))] for i, value in enumerate(listed)]


def multinomial(cells: tuple[int, ...]) -> tuple[list[float], list[list[float]]]:
    """Proportions of the four cells of a table, and their covariance."""
    n = sum(cells)
    p = [cell / n for cell in cells]
    return p, [[(p[i] * (i == j) - p[i] * p[j]) / n for j in range(4)] for i in range(4)]
