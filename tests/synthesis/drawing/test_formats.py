"""EPS and TIFF files: sharp, with their fonts, without transparency, the same every time."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.font_manager import FontProperties, findfont, fontManager
from PIL import Image

from synthesis.drawing.canvas import VECTORS_AT_MOST
from synthesis.drawing.chart import Dots
from synthesis.drawing.encoding import ENCODERS, encode
from synthesis.drawing.fonts import TYPEFACE, make_known
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.printing import FORMATS, as_width
from synthesis.drawing.saving import chart_figure, forest_figure
from tests.synthesis.drawing.charts import chart


def test_every_format_that_can_be_asked_for_is_made() -> None:
    assert tuple(ENCODERS) == FORMATS


def test_tiff_has_600_dpi_and_lossless_compression_or_300_where_it_is_taller_than_a_page(
    small: ForestTable,
) -> None:
    for dpi, figure in ((600, forest_figure(small, as_width("85mm"))), (300, forest_figure(small))):
        if dpi == 300:
            figure.set_figheight(11.8)
        with Image.open(BytesIO(encode(figure, "tiff"))) as image:
            assert image.info["compression"] == "tiff_lzw"
            assert image.info["dpi"] == pytest.approx((dpi, dpi))
            assert image.mode == "RGB"
            assert [pixels / dpi for pixels in image.size] == pytest.approx(
                list(figure.get_size_inches()), abs=1 / dpi
            )


@pytest.mark.long
def test_eps_holds_its_fonts_its_title_and_no_date(small: ForestTable) -> None:
    data = encode(forest_figure(small), "eps")
    assert data.startswith(b"%!PS-Adobe-3.0 EPSF-3.0\n%%Title: Hip BMD and hemoglobin, men\n")
    assert b"CreationDate" not in data
    assert b"Creator" not in data
    assert set(re.findall(rb"/FontType (\d+)", data)) == {b"42"}
    assert b"LiberationSans" in data
    box = re.search(rb"%%HiResBoundingBox: 0\.0+ 0\.0+ ([\d.]+) ([\d.]+)", data)
    assert box is not None
    width, height = forest_figure(small).get_size_inches()
    assert (float(box[1]), float(box[2])) == pytest.approx((72 * width, 72 * height), abs=0.01)
    assert encode(forest_figure(small), "eps") == data


def test_transparent_dots_have_their_colour_on_white_in_eps_alone() -> None:
    few, many = np.zeros(1), np.linspace(0.0, 1.0, VECTORS_AT_MOST + 1)
    made = (Dots(few, few + 0.5, fill="#000000", edge="#000000", opacity=0.25), Dots(many, many, opacity=0.5))
    figure = chart_figure(chart(*made))
    before = [(dots.get_alpha(), dots.get_rasterized()) for dots in figure.findobj(EllipseCollection)]
    data = encode(figure, "eps")
    assert b"0.750" in data, "a quarter of black on white"
    assert b"colorimage" not in data, "no pixels, which would hide what is below them"
    after = [(dots.get_alpha(), dots.get_rasterized()) for dots in figure.findobj(EllipseCollection)]
    assert before == after == [(0.25, False), (0.5, True)]


def test_the_shipped_faces_are_used_and_stand_before_installed_ones() -> None:
    make_known()
    for asked, name in (
        (FontProperties(family="Liberation Sans"), "Regular"),
        (FontProperties(family="Liberation Sans", weight="bold"), "Bold"),
        (FontProperties(family="Liberation Sans", style="italic"), "Italic"),
    ):
        assert findfont(asked) == str(TYPEFACE / f"LiberationSans-{name}.ttf")
    count = len(fontManager.ttflist)
    make_known()
    assert len(fontManager.ttflist) == count, "once"
    assert "SIL OPEN FONT LICENSE Version 1.1" in (TYPEFACE / "OFL.txt").read_text()
