"""What files say beside their picture, how fine their pixels are, and what becomes larger in a larger one."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import fields, is_dataclass, replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from synthesis.drawing.canvas import VECTORS_AT_MOST
from synthesis.drawing.chart import Dots
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.encoding import encode
from synthesis.drawing.enlarging import enlarged
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.saving import chart_figure
from synthesis.drawing.shapes import Layout
from tests.synthesis.drawing.charts import CHARTS, chart
from tests.synthesis.drawing.pages import lay_out

TITLE = 'Lee\'s "trial" & <b>'
AS_XML = 'Lee\'s "trial" &amp; &lt;b&gt;'


def figure_of(title: str, description: str) -> Any:
    return chart_figure(replace(chart(), title=title, description=description))


def test_words_of_an_svg_file_are_escaped_where_they_must_be() -> None:
    text = encode(figure_of(TITLE, f"{TITLE} it shows"), "svg").decode()
    assert re.search(r"<title[^>]*>(.*)</title>", text)[1] == AS_XML  # type: ignore[index]
    assert re.search(r"<desc[^>]*>(.*)</desc>", text)[1] == f"{AS_XML} it shows"  # type: ignore[index]
    for name in ("dc:date", "dc:creator", "dc:format"):
        assert name not in text


def test_ids_of_two_figures_in_one_page_differ_by_what_they_say() -> None:
    def ids(title: str, description: str) -> list[str]:
        root = ElementTree.fromstring(encode(figure_of(title, description), "svg"))
        return root.get("aria-labelledby", "").split()

    one, other, third = ids("A", "x"), ids("A", "y"), ids("B", "x")
    assert len({*one, *other, *third}) == 6
    assert ids("A", "x") == one
    assert [name.partition("-")[0] for name in one] == ["title", "desc"]
    assert all(re.fullmatch(r"[a-z]+-[0-9a-f]{8}", name) for name in (*one, *other, *third))


def test_a_tiff_file_says_in_ascii_what_it_shows() -> None:
    with Image.open(BytesIO(encode(figure_of("Lée", "≥ 2 trials"), "tiff"))) as image:
        assert image.getexif()[270] == "L?e. ? 2 trials"


@pytest.mark.long
def test_the_title_of_an_eps_file_is_one_short_line_of_ascii() -> None:
    data = encode(figure_of("Lée\\" + "x" * 300, ""), "eps")
    lines = data.split(b"\n")
    assert lines[1] == b"%%Title: L?e/" + b"x" * 196
    assert b"%%EndComments" in data
    assert data.count(b"%%Title: ") == 1


def test_pixels_within_vector_files_have_300_dpi() -> None:
    """Very many dots are one picture; its pixels cover their frame and no more than a page."""
    many = np.linspace(0.05, 0.95, VECTORS_AT_MOST + 1)
    figure = chart_figure(chart(Dots(many, many, 1.0)))
    root = ElementTree.fromstring(encode(figure, "svg"))
    (element,) = root.iter("{http://www.w3.org/2000/svg}image")
    link = element.get("{http://www.w3.org/1999/xlink}href", "")
    with Image.open(BytesIO(b64decode(link.partition(",")[2]))) as image:
        pixels = image.size[0]
    assert pixels == pytest.approx(float(element.get("width", "")) * 300 / 72, abs=1)
    found = re.search(rb"/Subtype /Image.{0,200}?/Width (\d+)|/Width (\d+).{0,200}?/Subtype /Image",
                      encode(figure, "pdf"), re.DOTALL)  # fmt: skip
    assert found is not None
    assert int(found[1] or found[2]) == pytest.approx(pixels, abs=4)


PLACES = {"start", "end", "points", "clip", "centres"}
LENGTHS = {"width", "height", "x", "baseline", "size", "thickness", "radii"} | PLACES


def compared(big: Any, small: Any, doubled: bool) -> int:
    """How many lengths are twice as long; whatever else differs fails."""
    if is_dataclass(small):
        names = [field.name for field in fields(small)]
        return sum(compared(getattr(big, name), getattr(small, name), name in LENGTHS) for name in names)
    if isinstance(small, tuple):
        assert len(big) == len(small)
        return sum(compared(b, s, doubled) for b, s in zip(big, small, strict=True))
    if doubled and small is not None:
        assert big == 2 * small
        return 1
    assert big == small
    return 0


def test_every_length_of_a_larger_figure_is_longer_and_nothing_else_changes(small: ForestTable) -> None:
    pages: tuple[Layout, ...] = (lay_out_chart(CHARTS["plain"]()), lay_out(small))
    for page, least in zip(pages, (150, 300), strict=True):
        assert compared(enlarged(page, 2.0), page, False) > least
        assert enlarged(page, 1.0) is page
