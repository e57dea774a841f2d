"""Fonts cut down: every glyph keeps its outline and width, and the file is a sound font."""

from __future__ import annotations

import struct
import sys
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from numpy.testing import assert_array_equal

from synthesis.drawing.saving import encode
from synthesis.drawing.truetype import NotTrueTypeError, font_subset

WHOLE = LoadFlags.NO_SCALE | LoadFlags.NO_HINTING
FACES = [{}, {"weight": "bold"}, {"style": "italic"}]


def face(**wanted: str) -> str:
    return str(findfont(FontProperties(family=["DejaVu Sans"], **wanted)))  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", FACES)
def test_every_glyph_of_the_font_keeps_its_outline_and_width(wanted: dict[str, str]) -> None:
    path = face(**wanted)
    whole: Any = FT2Font(path)
    made = font_subset(path, range(0, whole.num_glyphs, 3))
    cut: Any = FT2Font(BytesIO(made.data))
    assert len(made.numbers) < whole.num_glyphs
    compared = 0
    for old, new in made.numbers.items():
        one, two = whole.load_glyph(old, flags=WHOLE), cut.load_glyph(new, flags=WHOLE)
        assert one.horiAdvance == two.horiAdvance
        for theirs, ours in zip(whole.get_path(), cut.get_path(), strict=True):
            assert_array_equal(ours, theirs)
        compared += 1
    assert compared > 1500


def test_a_composed_letter_brings_its_parts() -> None:
    path = face()
    number = FT2Font(path).get_char_index(ord("é"))
    made = font_subset(path, [number])
    assert len(made.numbers) >= 4, "the missing glyph, the letter, e and the accent"
    assert made.numbers[0] == 0


def test_the_file_is_what_the_format_asks_for() -> None:
    path = face()
    made = font_subset(path, [FT2Font(path).get_char_index(ord(c)) for c in "Aé −²"])
    font = TTFont(BytesIO(made.data), checkChecksums=2)
    font.setGlyphOrder([f"g{index}" for index in range(font["maxp"].numGlyphs)])
    assert set(font.reader.keys()) == {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
    assert font["maxp"].numGlyphs == font["hhea"].numberOfHMetrics == len(made.numbers)
    assert len(font["glyf"].glyphs) == len(made.numbers)
    assert int(np.frombuffer(made.data, ">u4").sum(dtype=np.uint64)) & 0xFFFFFFFF == 0xB1B0AFBA
    for name in font.getGlyphOrder():
        glyph = font["glyf"][name]
        assert not hasattr(glyph, "program") or not glyph.program.getBytecode()
    search = struct.unpack(">HHHH", made.data[4:12])
    assert search == (6, 64, 2, 32)


def test_a_font_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.otf"
    path.write_bytes(b"OTTO" + bytes(100))
    with pytest.raises(NotTrueTypeError, match="has no TrueType outlines"):
        font_subset(str(path), [1])


def test_a_pdf_holds_our_font_and_nobody_else_s_module_is_touched() -> None:
    import fontTools.subset
    import matplotlib.backends._backend_pdf_ps as fonts

    theirs: Any = import_module("matplotlib.backends.backend_pdf")
    before = (fontTools.subset.load_font, fonts.get_glyphs_subset, fonts.font_as_file, theirs.FigureCanvasPdf)
    figure = Figure(figsize=(2.0, 1.0))
    figure.text(0.1, 0.5, "Année −²")
    ours = encode(figure, "pdf")
    assert before == (
        fontTools.subset.load_font,
        fonts.get_glyphs_subset,
        fonts.font_as_file,
        theirs.FigureCanvasPdf,
    )
    assert theirs._backend_pdf_ps is fonts
    plain = BytesIO()
    with matplotlib.rc_context({"pdf.fonttype": 42}):
        figure.savefig(plain, format="pdf")
    assert b"/FontFile2" in ours
    assert len(ours) < len(plain.getvalue()), "no tables that a PDF has no use for"


def test_a_matplotlib_that_cuts_fonts_otherwise_keeps_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.backends._backend_pdf_ps as fonts

    from synthesis.drawing import pdf_backend

    def by_character(fontfile: str, characters: str) -> Any:
        raise NotImplementedError

    monkeypatch.setattr(fonts, "get_glyphs_subset", by_character)
    monkeypatch.setitem(sys.modules, pdf_backend._NAME, sys.modules[pdf_backend._NAME])
    assert pdf_backend._own_copy()._backend_pdf_ps is fonts
