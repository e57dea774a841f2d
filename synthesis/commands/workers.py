"""Figures are drawn in worker processes: matplotlib loads there while the review is read here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthesis.drawing.chart import Chart
    from synthesis.drawing.forest_table import ForestTable

_NEEDED = (
    "synthesis.drawing.saving",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_pdf",
    "fontTools.subset",
)


class Drawer:
    """Draws figures elsewhere and hands back the files' paths."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def plot(self, content: ForestTable | Chart, stem: Path) -> Future[list[Path]]:
        """The paths of stem.png, .svg and .pdf; the future raises OSError where they cannot be written."""
        return self._pool.submit(_draw, content, stem)


@contextmanager
def drawer(figures: int | None) -> Iterator[Drawer]:
    """Workers for as many figures (None: many), which begin to load at once."""
    # A fork starts without loading anything anew; elsewhere than on Linux it is not safe.
    method = "fork" if sys.platform == "linux" else "spawn"
    workers = min(figures or os.cpu_count() or 1, os.cpu_count() or 1, 4)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_load) as pool:
        pool.submit(_ready)
        yield Drawer(pool)


def _load() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself answers Ctrl-C
    _spare_docstrings()
    for module in _NEEDED:
        import_module(module)


def _spare_docstrings() -> None:
    """At import matplotlib writes a docstring of all properties for each artist: a fifth of a cold start."""
    import matplotlib.artist

    def silent(artist: object) -> str:
        return ""

    matplotlib.artist.kwdoc = silent


def _ready() -> None:
    """Nothing to do: submitting it starts the workers."""


def _draw(content: ForestTable | Chart, stem: Path) -> list[Path]:
    from synthesis.drawing.forest_table import ForestTable
    from synthesis.drawing.saving import save_figure

    if isinstance(content, ForestTable):
        from synthesis.drawing.saving import forest_figure

        return save_figure(forest_figure(content), stem)
    from synthesis.drawing.saving import chart_figure

    return save_figure(chart_figure(content), stem)
