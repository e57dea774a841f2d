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
        help="The review's folder; when left out, this one if it has a review.yaml, else the shipped one.",
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
        from evidence.records.review import SHIPPED

        here = Path()
        return here if (here / REVIEW_FILE).is_file() else SHIPPED
    folder = path.parent if path.name == REVIEW_FILE else path
    if not (folder / REVIEW_FILE).is_file():
        from synthesis.commands.loading import refuse

        what = "has no review.yaml" if folder.is_dir() else "is no folder"
        refuse(f"--review: '{folder}' {what}; start one with: python -m synthesis init {folder}", code=2)
    return folder
