"""Random problems of every kind: 2 to 100 studies, no heterogeneity to extreme, variances of all spreads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthesis.pooling.kernel.effects import Array, Effects

SIZES = (2, 3, 4, 5, 7, 10, 15, 25, 50, 100)
_SHARES = (0.14, 0.14, 0.13, 0.13, 0.13, 0.13, 0.1, 0.06, 0.03, 0.01)
VARIANCES = ("uniform", "log-uniform", "few distinct", "outliers", "equal")


def random_problems(seed: int, total: int) -> Iterator[tuple[str, Effects]]:
    """`total` data sets as batches, each named by how its variances spread."""
    rng = np.random.default_rng(seed)
    for k, share in zip(SIZES, _SHARES, strict=True):
        for spread, part in zip(VARIANCES, (0.25, 0.35, 0.15, 0.2, 0.05), strict=True):
            batch = round(total * share * part)
            if batch:
                yield spread, _problems(rng, spread, batch, k)


def random_design(rng: np.random.Generator, k: int, p: int) -> Array:
    """An intercept and p - 1 moderators: years, groups, doses, very large or very small units."""
    while True:
        columns = [np.ones(k), *(_moderator(rng, k) for _ in range(p - 1))]
        design = np.column_stack(columns)
        centred = design / np.abs(design).max(axis=0)
        if np.linalg.svd(centred, compute_uv=False)[-1] > 1e-4:
            return design


def _moderator(rng: np.random.Generator, k: int) -> Array:
    kind = rng.integers(5)
    if kind == 0:
        return rng.integers(2000, 2021, k).astype(float)
    if kind == 1:
        return (rng.random(k) < 0.5).astype(float) + 1e-12
    return np.asarray(rng.normal(size=k) * (1.0, 1e6, 1e-6)[kind - 2])


def _problems(rng: np.random.Generator, spread: str, batch: int, k: int) -> Effects:
    v = _variances(rng, spread, batch, k)
    typical = np.exp(np.log(v).mean(axis=1, keepdims=True))
    orders = rng.choice([-np.inf, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0], (batch, 1)) + rng.uniform(
        -1, 1, (batch, 1)
    )
    tau2 = typical * 10.0**orders
    touched = rng.random((batch, k)) < rng.choice([0.3, 1.0], (batch, 1))  # mixtures often have two maxima
    y = rng.normal(0.0, np.sqrt(v + np.where(touched, tau2, 0.0)))
    return Effects(y + rng.choice([0.0, 1.0, 100.0], (batch, 1)) * np.sqrt(v.max(axis=1, keepdims=True)), v)


def _variances(rng: np.random.Generator, spread: str, batch: int, k: int) -> Array:
    if spread == "uniform":
        return rng.uniform(0.05, 1.0, (batch, k))
    if spread == "log-uniform":
        return np.asarray(10.0 ** rng.uniform(-rng.uniform(0, 12, (batch, 1)), 0.0, (batch, k)))
    if spread == "few distinct":
        choices = 10.0 ** rng.uniform(-4, 0, (batch, 3))
        return np.asarray(np.take_along_axis(choices, rng.integers(0, 3, (batch, k)), axis=1))
    if spread == "outliers":
        v = rng.uniform(0.5, 1.0, (batch, k))
        return np.asarray(
            v * 10.0 ** np.where(rng.random((batch, k)) < 0.2, rng.uniform(-9, 9, (batch, 1)), 0.0)
        )
    return np.repeat(10.0 ** rng.uniform(-6, 6, (batch, 1)), k, axis=1)
