"""A process that draws and ends: matplotlib starts quicker, and fonts of PDF files are cut down quicker.

Nothing that is drawn changes. It is not done at import, for it is done to matplotlib as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from inspect import signature
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NamedTuple

_OUTLINES = {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}


def draw_quickly() -> None:
    """To be called by a command or a worker before it loads matplotlib's figures."""
    _spare_docstrings()
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
