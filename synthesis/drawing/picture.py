"""A figure that notebooks show and that can be saved: what `plot` returns where it is given no path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.chart import Plot
from synthesis.drawing.encoding import encode
from synthesis.drawing.printing import PrintedWidth, as_width, split_path
from synthesis.drawing.saving import figure_of, save_figure

_MM_PER_INCH = 25.4
_PIXELS_PER_INCH = 96  # of a web page


@dataclass(frozen=True, eq=False)
class Picture:
    """A chart or a forest plot at a printed width, the usual one when None."""

    content: Plot
    width: PrintedWidth | None = None

    @cached_property
    def figure(self) -> DescribedFigure:
        """The drawing, a figure of matplotlib."""
        return figure_of(self.content, self.width)

    @property
    def title(self) -> str:
        """The title of the figure."""
        return self.figure.title

    @property
    def description(self) -> str:
        """The figure in words, for who cannot see it."""
        return self.figure.description

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        width, height = self.figure.get_size_inches().tolist()
        return round(width * _MM_PER_INCH, 2), round(height * _MM_PER_INCH, 2)

    def sized(self, width: Any) -> Picture:
        """The same figure laid out for another width: "85mm", "174mm", "slide", or millimetres.

        Letters keep their size, so that columns wrap and panels move. Raises ValueError for what is no width,
        and where a forest plot's numbers have no room.
        """
        return replace(self, width=as_width(width))

    def save(
        self, path: str | Path, *, width: Any = None, format: str | Iterable[str] | None = None
    ) -> list[Path]:
        """Write the figure and return the paths of its files.

        path: with the suffix of a format (png, svg, pdf, eps, tiff), or without one for PNG, SVG and PDF, or
        those of `format`. width: as for `sized`; its own when None. Raises ValueError for what is no width or
        format, and OSError where the folder cannot be written.
        """
        stem, formats = split_path(path, format)
        picture = self if width is None else self.sized(width)
        return save_figure(picture.figure, stem, formats)

    def _repr_svg_(self) -> str:
        return encode(self.figure, "svg").decode()

    def _repr_png_(self) -> bytes:
        return encode(self.figure, "png")

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both pictures and the words, the picture in its printed size."""
        pixels = round(self.figure.get_figwidth() * _PIXELS_PER_INCH)
        pictures = {
            "image/svg+xml": self._repr_svg_(),
            "image/png": self._repr_png_(),
            "text/plain": repr(self),
        }
        return pictures, {"image/png": {"width": pixels}}

    def __repr__(self) -> str:
        width, height = self.size
        return f"{self.title} ({width:.0f} × {height:.0f} mm)\n{self.description}"
