"""Figures of a run: three charts, and forest plots of the rows with the smallest p-values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence.choices import named
from synthesis.bulk.bulk_charts import manhattan, q_q, volcano
from synthesis.bulk.bulk_choices import BulkChoices, words_of
from synthesis.bulk.data_blocks import DataSets
from synthesis.bulk.table_plan import BlockSource
from synthesis.bulk.whole_results import Assembled, best_rows

if TYPE_CHECKING:
    from synthesis.pooled import Pooled

CHARTS = {"volcano": volcano, "qq": q_q, "manhattan": manhattan}
PLOTS = (*CHARTS, "forest")
"""What can be drawn."""

_FORESTS = 3


def plots_named(words: Iterable[str]) -> tuple[str, ...]:
    """Kinds of plots, read. Raises ValueError for an unknown one."""
    return tuple(named(word, PLOTS, "plot") for word in words_of(words, "plots"))


def draw_plots(
    kinds: Iterable[str], source: BlockSource, whole: Assembled, chosen: BulkChoices, folder: Path
) -> list[Path]:
    """Write the plots into a folder as PNG, SVG and PDF; their paths.

    Raises ValueError for a plot that these rows do not have, and OSError where the folder cannot be written.
    """
    kinds = list(kinds)
    if kinds and not whole.tests:
        raise ValueError(f"no row has a p-value to plot; the results are in {folder}")
    files: list[Path] = []
    for kind in kinds:
        from synthesis.drawing.saving import chart_figure, save_figure

        if kind == "forest":
            files += _forests(source, whole, chosen, folder)
            continue
        chart = CHARTS[kind](whole, f"{sum(whole.sizes):,} meta-analyses")
        files += save_figure(chart_figure(chart), folder / kind)
    return files


def _forests(source: BlockSource, whole: Assembled, chosen: BulkChoices, folder: Path) -> list[Path]:
    files: list[Path] = []
    for rank, (number, at) in enumerate(best_rows(whole, _FORESTS), 1):
        title = _title(whole.parts.of(number).results.slice(at, 1), rank)
        pooled = forest_of(source, chosen, number, at)
        files += pooled.plot("forest", folder / f"forest-{rank}", title=title)
    return files


def forest_of(source: BlockSource, chosen: BulkChoices, number: int, at: int) -> Pooled:
    """The result of `pool` for one data set, by its part and position, as its row was made."""
    from synthesis.pooled import pool

    y, v, names = _effects_of(source, number, at)
    return pool(
        y,
        v,
        slab=names,
        method=chosen.method,
        test=chosen.test,
        level=chosen.level,
        prediction=None if chosen.method == "EE" else chosen.prediction,
        tau2_interval=chosen.tau2_interval,
        weights=chosen.weights,
    )


def _title(row: Any, rank: int) -> str:
    """The row's keys, which stand before k."""
    names = row.column_names[: row.column_names.index("k")]
    known = [f"{name.replace('_', ' ')} {row.column(name)[0].as_py()}" for name in names]
    return (
        ", ".join(known[:3]) if known else f"Row with the {['', 'smallest', 'second', 'third'][rank]} p-value"
    )


def _effects_of(source: BlockSource, number: int, at: int) -> tuple[Any, Any, list[str]]:
    """Effects, variances and studies of one data set, by its part and position."""
    for made in source.blocks(source.parts[number]):
        block = made()
        count = len(block.first_rows)
        if at >= count:
            at -= count
            continue
        if isinstance(block, DataSets):
            there = np.flatnonzero(~np.isnan(block.y[at]))
            return block.y[at, there], block.v[at, there], [block.studies[i] for i in there]
        inside = np.arange(block.starts[at], block.starts[at + 1])
        inside = inside[~np.isnan(block.y[inside])]
        if block.labels is None:
            names = [f"study {i + 1}" for i in inside - block.starts[at]]
        else:
            names = [str(block.labels[int(i)].as_py()) for i in inside]
        return block.y[inside], block.v[inside], names
    raise IndexError(at)
