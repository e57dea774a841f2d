"""Subjects of plots: published effects, and invented ones of any size."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from synthesis.drawing.chart import Chart, Mark, Panel
from synthesis.plots.subject import Subject
from synthesis.pooled import pool
from tests.synthesis.diagnostics.reference import METAFOR, effects

AUTHORS = ("García-Márquez", "Smith", "van der Berg", "Ólafsdóttir", "Li")


def invented(k: int, log: bool = False, seed: int = 1, authors: tuple[str, ...] = AUTHORS) -> Subject:
    """k effects, the smaller studies with the larger ones."""
    rng = np.random.default_rng(seed + k)
    vi = np.exp(rng.normal(-3.0, 1.0, k))
    yi = -0.3 + 0.2 * rng.normal(size=k) + np.sqrt(vi) * (0.4 + rng.normal(size=k))
    labels = [f"{authors[i % len(authors)]} {1980 + i % 45}" for i in range(k)]
    pooled = pool(yi, vi, slab=labels)
    if log:
        return Subject(pooled, "Vaccination and infection", "Risk ratio", True, 1.0, "fewer", "more")
    return Subject(pooled, "Hip, men", "Change in BMD (g/cm²) per 1 g/dL")


def published(entry: dict[str, Any] = METAFOR["bcg_rr"], log: bool = True) -> Subject:
    """A data set of metadat with pinned values, by REML and z; its studies are named by numbers."""
    yi, vi = effects(entry)
    pooled = pool(yi, vi, slab=[f"study {i}" for i in range(1, yi.size + 1)], test="z")
    return Subject(pooled, "BCG", "Risk ratio", log, 1.0 if log else 0.0)


M = TypeVar("M", bound=Mark)


def panel_of(chart: Chart) -> Panel:
    """The first panel."""
    return chart.panels[0][0]


def named(chart: Chart, kind: type[M], name: str) -> M:
    """The one mark of the first panel of this kind and name."""
    [found] = [mark for mark in panel_of(chart).marks if isinstance(mark, kind) and mark.name == name]  # type: ignore[union-attr]
    return found
