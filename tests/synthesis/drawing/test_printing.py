"""Widths and formats as people say them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthesis.drawing.printing import as_formats, as_width, split_path

MM = 72.0 / 25.4


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("85mm", 85.0 * MM),
        ("174 mm", 174.0 * MM),
        ("8.5cm", 85.0 * MM),
        ("3.5in", 252.0),
        ('3.5"', 252.0),
        ("85", 85.0 * MM),
        (85, 85.0 * MM),
        (85.5, 85.5 * MM),
        ("60mm", 60.0 * MM),
        ("500mm", 500.0 * MM),
    ],
)
def test_a_width_is_a_length_with_its_unit_or_millimetres(said: Any, points: float) -> None:
    found = as_width(said)
    assert found is not None
    assert found.points == pytest.approx(points)
    assert found.times == 1.0


def test_a_slide_is_a_page_of_seven_inches_enlarged_and_none_is_the_usual_width() -> None:
    found = as_width("Slide")
    assert found is not None
    assert found.points == 504.0
    assert found.points * found.times == pytest.approx(960.0)
    assert as_width(None) is None


@pytest.mark.parametrize("said", ["59.9mm", "500.1mm", "5mm", "2m", "wide", "", "-85mm", "85px", True, [85]])
def test_other_widths_are_refused_with_what_was_expected(said: Any) -> None:
    with pytest.raises(ValueError, match=r"width is .*; expected .*(85mm|60 to 500 mm).*slide"):
        as_width(said)


def test_formats_are_listed_each_once_and_in_their_order() -> None:
    assert as_formats(None) == ("png", "svg", "pdf")
    assert as_formats("pdf, .PNG,tif,pdf") == ("pdf", "png", "tiff")
    assert as_formats(["eps"]) == ("eps",)
    wrongs: list[Any] = ["gif", "png,gif", "", []]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"unknown figure format .*: png, svg, pdf, eps, tiff"):
            as_formats(wrong)


@pytest.mark.parametrize(
    ("path", "formats", "expected"),
    [
        ("out/a.png", None, ("out/a", ("png",))),
        ("a.TIF", None, ("a", ("tiff",))),
        ("a", None, ("a", ("png", "svg", "pdf"))),
        ("a", "eps,svg", ("a", ("eps", "svg"))),
        ("a v1.2", None, ("a v1.2", ("png", "svg", "pdf"))),
        ("a.pdf", "pdf", ("a", ("pdf",))),
    ],
)
def test_the_suffix_of_a_path_decides(path: str, formats: str | None, expected: tuple[str, Any]) -> None:
    stem, chosen = split_path(path, formats)
    assert (stem, chosen) == (Path(expected[0]), expected[1])


def test_a_path_that_names_no_file_or_another_format_is_refused() -> None:
    paths: list[Any] = ["", ".", 5, None]
    for path in paths:
        with pytest.raises(ValueError, match="expected the name of a file, such as"):
            split_path(path, None)
    for name in ("a.jpg", "a.JPEG", "a.gif"):
        with pytest.raises(ValueError, match=r"unknown figure format .*: png, svg, pdf, eps, tiff"):
            split_path(name, None)


def test_a_suffix_against_the_formats_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the path 'a\.png' says png and format svg; expected one of them"):
        split_path("a.png", "svg")
