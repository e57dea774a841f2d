"""`--review`: which review a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

REVIEW_FILE = "review.yaml"

ReviewOption = Annotated[
    Path | None,
    typer.Option(
        "--review",
        metavar="DIR",
        help="The review's folder; when left out, this folder if it has a review.yaml, else the shipped review.",
        show_default=False,
    ),
]


def find_review(path: Path | None) -> Path:
    """The folder of the review a command works on.

    path: what the user gave: a folder, its review.yaml, or None for the current folder if that is a
    review, else the shipped one. Raises typer.Exit(2), after one line that says why, for a path
    that is no review.
    """
    if path is None:
        from evidence.review import SHIPPED

        here = Path()
        return here if (here / REVIEW_FILE).is_file() else SHIPPED
    folder = path.parent if path.name == REVIEW_FILE else path
    if not (folder / REVIEW_FILE).is_file():
        _refuse(folder)
    return folder


def _refuse(folder: Path) -> None:
    from rich.markup import escape

    from synthesis.commands.terminal import errors

    what = "has no review.yaml" if folder.is_dir() else "is no folder"
    errors.print(
        f"[bold red]error[/]: --review: '{escape(str(folder))}' {what}. "
        f"Start one with: python -m synthesis init {escape(str(folder))}",
        soft_wrap=True,
        highlight=False,
    )
    raise typer.Exit(2)
