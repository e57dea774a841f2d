"""How the commands' figures look: their printed width and the formats of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

if TYPE_CHECKING:
    from synthesis.drawing.printing import PrintedWidth

WidthOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--width",
        help="Width as printed: 85mm, 174mm, 3.35in, or slide. Letters keep their size, columns that have no "
        "room are left out.",
        show_default="about 178mm",
    ),
]
FormatOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--format", help="Formats of the files: png, svg, pdf, eps, tiff.", show_default="png,svg,pdf"
    ),
]


class Look(NamedTuple):
    """The printed width, the usual one when None, and the formats."""

    width: PrintedWidth | None
    formats: tuple[str, ...]


def look_of(width: str | None, formats: str | None) -> Look:
    """What the options say; exits with 2 for what is no width or format."""
    from synthesis.drawing.printing import as_formats, as_width
    from synthesis.terminal import refuse

    try:
        return Look(as_width(width), as_formats(formats))
    except ValueError as error:
        refuse(str(error), code=2)
