"""Charts as files: valid, described, and the same bytes every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from synthesis.drawing.canvas import VECTORS_AT_MOST
from synthesis.drawing.chart import Dots
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.fonts import plain
from synthesis.drawing.printing import USUAL_FORMATS
from synthesis.drawing.saving import chart_figure, save_figure
from tests.synthesis.drawing.charts import CHARTS, chart

SVG = "{http://www.w3.org/2000/svg}"
SCRIPT = """
import sys
from pathlib import Path
from synthesis.drawing.saving import chart_figure
from synthesis.drawing.saving import save_figure
from tests.synthesis.drawing.charts import CHARTS
save_figure(chart_figure(CHARTS["plain"]()), Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name == "two hundred" else ()) for name in CHARTS]
)
def test_svg_keeps_text_as_text_and_says_what_it_shows(name: str, tmp_path: Path) -> None:
    made = CHARTS[name]()
    [path] = save_figure(chart_figure(made), tmp_path / "chart", ["svg"])
    root = ElementTree.fromstring(path.read_bytes())
    assert root.findtext(f"{SVG}title") == plain(made.title)
    assert root.findtext(f"{SVG}desc") == plain(made.description)
    assert root.get("role") == "img"
    written = sorted(filter(None, (element.text for element in root.iter(f"{SVG}text"))))
    assert written == sorted(text.text for text in lay_out_chart(made).texts if text.text)


@pytest.mark.long
def test_every_format_is_written_and_twice_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = save_figure(chart_figure(CHARTS["scripts"]()), tmp_path / "one" / "chart")
    again = save_figure(chart_figure(CHARTS["scripts"]()), tmp_path / "two" / "chart")
    assert [path.suffix for path in first] == [".png", ".svg", ".pdf"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert capfd.readouterr().err == ""


@pytest.mark.long
def test_bytes_are_the_same_in_another_process(tmp_path: Path) -> None:
    """Both are new ones: a command that has drawn in this process cuts fonts of PDF files down otherwise."""
    for name, number in (("here", "1"), ("there", "77")):
        environment = os.environ | {"PYTHONHASHSEED": number, "SOURCE_DATE_EPOCH": number}
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / name)]
        subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[3])
    for name in USUAL_FORMATS:
        assert (tmp_path / f"there.{name}").read_bytes() == (tmp_path / f"here.{name}").read_bytes()


def test_png_is_sharp_and_not_empty(tmp_path: Path) -> None:
    [path] = save_figure(chart_figure(CHARTS["plain"]()), tmp_path / "chart", ["png"])
    layout = lay_out_chart(CHARTS["plain"]())
    with Image.open(path) as image:
        assert image.size[0] == int(layout.width * 300 / 72)
        assert image.info["Description"] == "What it shows."
        pixels = np.asarray(image)
    x, y = (round(value * 300 / 72) for value in layout.circles[-1].centres[0])
    assert tuple(pixels[y, x]) == (0x56, 0xB4, 0xE9), "a dot has its colour where the layout puts it"


@pytest.mark.parametrize(("k", "images"), [(VECTORS_AT_MOST, 0), (VECTORS_AT_MOST + 1, 1)])
def test_very_many_circles_become_one_picture(k: int, images: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    figure = chart_figure(chart(Dots(rng.uniform(-1.0, 1.0, k), rng.uniform(0.0, 1.0, k), 1.0)))
    [path] = save_figure(figure, tmp_path / "many", ["svg"])
    root = ElementTree.fromstring(path.read_bytes())
    assert len(list(root.iter(f"{SVG}image"))) == images
    assert (len(list(root.iter(f"{SVG}path"))) < 100) == (images == 1)
