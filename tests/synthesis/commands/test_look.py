"""Options of a figure's look: its printed width, the formats of its files, its columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.synthesis.commands.running import synthesis


@pytest.mark.parametrize("command", [["forest", "hip-men"], ["plot", "funnel", "hip-men"]])
@pytest.mark.long
def test_a_figure_is_as_wide_as_asked_and_in_the_formats_asked_for(
    command: list[str], tmp_path: Path
) -> None:
    done = synthesis(*command, "--width", "85mm", "--format", "tiff,eps", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [eps, tiff] = sorted((tmp_path / "output").iterdir())
    assert (eps.suffix, tiff.suffix) == (".eps", ".tiff")
    with Image.open(tiff) as image:
        assert image.size[0] / image.info["dpi"][0] * 25.4 == pytest.approx(85.0, abs=0.05)
    assert b"/FontType 42" in eps.read_bytes()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["forest", "--width", "5mm"], "width is '5mm', 5 mm; expected 60 to 500 mm"),
        (["plot", "funnel", "--width", "wide"], "width is 'wide'; expected a length such as 85mm"),
        (["forest", "--format", "gif"], "unknown figure format 'gif'. Expected one of: png, svg, pdf"),
        (["plot", "funnel", "--format", "png,gif"], "unknown figure format 'gif'"),
        (["forest", "--columns", "robs"], "unknown column 'robs'"),
    ],
)
def test_a_wrong_look_is_one_line_before_anything_is_drawn(
    options: list[str], says: str, tmp_path: Path
) -> None:
    done = synthesis(*options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {says}")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_columns_are_those_asked_for(tmp_path: Path) -> None:
    done = synthesis("forest", "hip-men", "--columns", "n, risk of bias", "--format", "svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / "output" / "hip-men.svg").read_text()
    assert ">N<" in drawn
    assert "Adjusted" not in done.stdout
    assert "5469" in done.stdout


@pytest.mark.parametrize("command", ["forest", "plot"])
def test_help_says_what_a_figure_is_like_unless_it_is_told(command: str, tmp_path: Path) -> None:
    words = " ".join(synthesis(command, "--help", cwd=tmp_path).stdout.replace("│", " ").split())
    assert "(about 178mm)" in words
    assert "(png,svg,pdf)" in words
