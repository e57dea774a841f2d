"""Figures are drawn in worker processes: matplotlib loads there while the review is read here."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib import import_module
from inspect import signature
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from evidence.processes import end_with_parent
from synthesis.commands.look import Look
from synthesis.terminal import console, errors, refuse

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot


_NEEDED = (
    "synthesis.drawing.saving",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_pdf",
)

_OUTLINES = {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}


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

    def plot(self, content: Plot, name: str) -> Future[Drawn]:
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
    with suppress(Exception):  # what fails here fails again, and is told, when a figure is drawn
        _spare_docstrings()
        for module in _NEEDED:
            import_module(module)
        _cut_fonts_quickly()


def _spare_docstrings() -> None:
    """At import matplotlib writes a docstring of all properties for each artist: a fifth of a cold start."""
    import matplotlib.artist

    def silent(artist: object) -> str:
        return ""

    matplotlib.artist.kwdoc = silent


class _Subset(NamedTuple):
    """What matplotlib's PDF backend asks of a font that was cut down."""

    font: bytes
    glyph_index_map: dict[int, int]


@contextmanager
def _cut_down(fontfile: Any, glyphs: Iterable[int]) -> Iterator[_Subset]:
    """The font with these glyphs, without hints, in the tables a PDF needs: ISO 32000-1:2008, section 9.9."""
    import uharfbuzz

    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(fontfile)), fontfile.face_index)
    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyphs)
    others = set(face.table_tags) - _OUTLINES
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in others)
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING
    plan = uharfbuzz.SubsetPlan(face, wanted)
    yield _Subset(plan.execute().blob.data, dict(plan.old_to_new_glyph_mapping))


def _cut_fonts_quickly() -> None:
    """Let HarfBuzz cut down the fonts of PDF files in this process: a hundred times faster than fontTools.

    matplotlib knows no setting for it. Where its function has another form, in other versions, it stays. EPS
    files are written from what fontTools knows of the font that it cut down, and keep its way.
    """
    fonts = import_module("matplotlib.backends._backend_pdf_ps")
    pdf: Any = import_module("matplotlib.backends.backend_pdf")
    if list(signature(fonts.get_glyphs_subset).parameters) == ["fontfile", "glyphs"]:
        quick = {"get_glyphs_subset": _cut_down, "font_as_file": BytesIO}
        pdf._backend_pdf_ps = SimpleNamespace(**{**vars(fonts), **quick})


def _ready() -> None:
    """Nothing to do: submitting it starts the workers."""


def _draw(content: Plot, stem: Path, look: Look) -> Drawn:
    from synthesis.drawing.saving import figure_of, save_figure

    figure = figure_of(content, look.width)
    return Drawn(save_figure(figure, stem, look.formats), figure.fonts.missing)
