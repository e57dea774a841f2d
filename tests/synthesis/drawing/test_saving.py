"""Files: valid, the same every time, whole or not at all."""

import os
import re
import subprocess
import sys
import warnings
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from PIL import Image

from synthesis.drawing.encoding import ENCODERS
from synthesis.drawing.forest_table import ForestTable
from synthesis.drawing.printing import USUAL_FORMATS
from synthesis.drawing.saving import forest_figure, save_figure
from tests.synthesis.drawing.pages import lay_out

SVG = "{http://www.w3.org/2000/svg}"

SCRIPT = """
import sys, time
from pathlib import Path
from synthesis.drawing.saving import forest_figure
from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow
from synthesis.drawing.saving import save_figure
row = StudyRow("Same ↻ 李", 1.0, 0.5, 1.5, 100.0)
save_figure(forest_figure(ForestTable("Same", "Effect", Axis("Effect"), (row,))), Path(sys.argv[1]))
"""


def test_png_is_sharp_and_described(small: ForestTable, tmp_path: Path) -> None:
    figure = forest_figure(small)
    [path] = save_figure(figure, tmp_path / "plot", ["png"])
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        inches = [pixels / 300 for pixels in image.size]
        assert inches == pytest.approx(list(figure.get_size_inches()), abs=1 / 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.info["Title"] == small.title
        assert "Rutten 2013: examined, not reported: not significant." in image.info["Description"]
        assert not {"Software", "Date"} & set(image.info)


def test_svg_keeps_text_as_text(table: ForestTable, tmp_path: Path) -> None:
    [path] = save_figure(forest_figure(table), tmp_path / "plot", ["svg"])
    root = ElementTree.fromstring(path.read_bytes())
    assert root.findtext(f"{SVG}title") == table.title.replace("\x00", "")
    assert root.findtext(f"{SVG}desc", "").startswith("Forest plot: ")
    assert root.get("role") == "img"
    named = [root.find(f"{SVG}title"), root.find(f"{SVG}desc")]
    assert root.get("aria-labelledby", "").split() == [
        element.get("id") for element in named if element is not None
    ]
    written = [element.text for element in root.iter(f"{SVG}text")]
    assert sorted(filter(None, written)) == sorted(t.text for t in lay_out(table).texts if t.text)


def test_svg_texts_stand_where_the_layout_puts_them(small: ForestTable, tmp_path: Path) -> None:
    [path] = save_figure(forest_figure(small), tmp_path / "plot", ["svg"])
    written = {}
    for element in ElementTree.fromstring(path.read_bytes()).iter(f"{SVG}text"):
        place = re.match(r"translate\(([\d.]+) ([\d.]+)\)", element.get("transform", ""))
        assert place
        written[element.text, round(float(place[1]), 2)] = float(place[2])
    placed = {(text.text, round(text.x, 2)): text.baseline for text in lay_out(small).texts}
    assert written == pytest.approx(placed, abs=1e-3)
    assert len(written) > 40


def test_svg_names_substitutes_for_its_font(small: ForestTable, tmp_path: Path) -> None:
    [path] = save_figure(forest_figure(small), tmp_path / "plot", ["svg"])
    families = re.findall(r"font-family: ([^;\"]*)", path.read_text(encoding="utf-8"))
    assert families
    assert all(family.startswith("'Liberation Sans', Arial, Helvetica, sans-serif") for family in families)


def test_pdf_embeds_truetype_fonts_and_words(small: ForestTable, tmp_path: Path) -> None:
    [path] = save_figure(forest_figure(small), tmp_path / "plot", ["pdf"])
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.4")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"/Subtype /CIDFontType2" in data
    assert b"/Subtype /Type3" not in data
    assert b"CreationDate" not in data
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    plain = data + b"".join(_inflated(stream) for stream in streams)
    assert b"/Title (Hip BMD and hemoglobin, men)" in plain
    assert b"/Subject" in plain


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_every_figure_can_be_written_without_a_warning(
    printed_table: ForestTable, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = save_figure(forest_figure(printed_table), tmp_path / "new" / "folder" / "plot v1.2")
    assert [path.name for path in paths] == ["plot v1.2.png", "plot v1.2.svg", "plot v1.2.pdf"]
    assert all(path.stat().st_size > 1000 for path in paths)
    assert capfd.readouterr().err == ""


def test_characters_without_a_font_can_be_asked_for(scripts: ForestTable) -> None:
    missing = forest_figure(scripts).fonts.missing
    assert "م" not in missing
    assert "A" not in missing


@pytest.mark.long
def test_bytes_are_the_same_in_another_process_on_another_day(tmp_path: Path) -> None:
    for seed, folder in (("1", "a"), ("77", "b")):
        (tmp_path / folder).mkdir()
        environment = os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": seed}
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / folder / "plot")], check=True, env=environment
        )
    same = [name for name in USUAL_FORMATS if _bytes(tmp_path / "a", name) == _bytes(tmp_path / "b", name)]
    assert same == ["png", "svg", "pdf"]


def _bytes(folder: Path, name: str) -> bytes:
    return (folder / f"plot.{name}").read_bytes()


@pytest.mark.long
def test_bytes_are_the_same_when_saved_twice(small: ForestTable, tmp_path: Path) -> None:
    figure = forest_figure(small)
    first = [path.read_bytes() for path in save_figure(figure, tmp_path / "plot")]
    assert [path.read_bytes() for path in save_figure(figure, tmp_path / "plot")] == first
    assert [path.read_bytes() for path in save_figure(forest_figure(small), tmp_path / "plot")] == first


def test_a_failure_leaves_the_old_files_and_no_others(
    small: ForestTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = forest_figure(small)
    (tmp_path / "plot.png").write_bytes(b"old")

    def fail(*_: object) -> bytes:
        raise RuntimeError("the last format fails")

    monkeypatch.setitem(ENCODERS, "pdf", fail)
    with pytest.raises(RuntimeError):
        save_figure(figure, tmp_path / "plot")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(RuntimeError):
        save_figure(figure, tmp_path / "plot", ["png"])
    assert [path.name for path in tmp_path.iterdir()] == ["plot.png"]
    assert (tmp_path / "plot.png").read_bytes() == b"old"


def test_an_unknown_format_is_refused_before_anything_is_written(small: ForestTable, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'gif'.* Expected one of: png, svg, pdf, eps, tiff"):
        save_figure(forest_figure(small), tmp_path / "plot", ["png", "gif"])
    assert not list(tmp_path.iterdir())


def test_a_figure_without_words_can_be_saved(tmp_path: Path) -> None:
    paths = save_figure(Figure(figsize=(2.0, 1.0)), tmp_path / "bare")
    assert len(paths) == 3


def test_figures_do_not_import_pyplot() -> None:
    code = "import sys, synthesis.drawing.saving; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
