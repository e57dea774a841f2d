"""Figures are drawn in worker processes: matplotlib loads there while the review is read here."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from evidence.processes import end_with_parent
from synthesis.commands.look import Look
from synthesis.terminal import console, errors, refuse

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot
    from synthesis.drawing.judged_table import AnyJudged


_NEEDED = (
    "synthesis.drawing.saving",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_pdf",
)


class Drawn(NamedTuple):
    """The files of a figure, and the characters in it that no installed font can draw."""

    files: list[Path]
    missing: str


class Drawer:
    """Draws figures elsewhere and hands back the files' paths."""

    def __init__(self, pool: ProcessPoolExecutor, output: Path, look: Look) -> None:
        self._pool = pool
        self._output = output
        self._look = look

    def plot(self, content: Plot | AnyJudged, name: str) -> Future[Drawn]:
        """Begin to draw name.png, .svg and .pdf, or the formats asked for, in the output folder."""
        try:
            return self._pool.submit(_draw, content, self._output / name, self._look)
        except BrokenProcessPool:
            _refuse_broken()

    def finish(self, drawn: Future[Drawn]) -> list[Path]:
        """Wait for a figure's files, and say what no font could draw.

        Exits with 1, after a line, where no figure can be drawn or written. Raises ValueError or
        ArithmeticError where only this one cannot be drawn.
        """
        try:
            done = drawn.result()
        except BrokenProcessPool:
            _refuse_broken()
        except ImportError as error:
            refuse(f"figures cannot be drawn: {error}")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            refuse(f"the figure cannot be written to '{self._output}': {reason}")
        if done.missing:
            errors.print(f"{done.files[0].stem}: no installed font can draw {' '.join(done.missing)}")
        return done.files


def _refuse_broken() -> NoReturn:
    refuse("a drawing process was ended from outside, or ran out of memory: figures are missing")


def announce(files: list[Path]) -> None:
    """'→ output/hip-men.png .svg .pdf'."""
    console.print(f"→ {files[0]} {' '.join(file.suffix for file in files[1:])}", style="green")


@contextmanager
def drawer(figures: int | None, output: Path, look: Look) -> Iterator[Drawer]:
    """Workers for as many figures (None: many) of one look, which begin to load at once."""
    # A fork starts without loading anything anew; elsewhere than on Linux it is not safe.
    method = "fork" if sys.platform == "linux" else "spawn"
    workers = min(figures or os.cpu_count() or 1, os.cpu_count() or 1, 4)
    context = multiprocessing.get_context(method)
    if method == "fork":
        import_module("numpy")  # needed on both sides, and loaded once
    try:
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare)
        pool.submit(_ready)
    except OSError as error:
        refuse(f"no process for drawing can be started: {(error.strerror or str(error)).lower()}")
    try:
        yield Drawer(pool, output, look)
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """Load what drawing needs."""
    end_with_parent()
    from synthesis.drawing.quick import draw_quickly

    with suppress(Exception):  # what fails here fails again, and is told, when a figure is drawn
        draw_quickly()
        for module in _NEEDED:
            import_module(module)


def _ready() -> None:
    """Nothing to do: submitting it starts the workers."""


def _draw(content: Plot | AnyJudged, stem: Path, look: Look) -> Drawn:
    from synthesis.drawing.saving import figure_of, save_figure

    figure = figure_of(content, look.width)
    return Drawn(save_figure(figure, stem, look.formats), figure.fonts.missing)
