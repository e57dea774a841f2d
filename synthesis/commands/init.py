"""`init`: an empty review that works at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthesis.commands.examples import ExampleMeasure, filled
from synthesis.commands.review_option import REVIEW_FILE

_TEMPLATES = Path(__file__).parent.parent / "templates"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the new review; made when missing.")
    ],
    measure: Annotated[
        ExampleMeasure, typer.Option(help="The effect measure the review compares.")
    ] = ExampleMeasure.HR,
    title: Annotated[str | None, typer.Option(help="Title of the review.", show_default=False)] = None,
) -> None:
    """Start a review: a commented review.yaml to edit, and one invented study to copy from.

    Nothing that exists is overwritten.
    """
    from evidence.records.writing import WritingError, text_to_yaml, write_atomically
    from synthesis.commands.composing import slug
    from synthesis.commands.loading import refuse

    review, example = folder / REVIEW_FILE, folder / "studies" / "example.yaml"
    for path in (review, example):
        if path.exists():
            refuse(f"'{path}' exists; nothing was written. Choose an empty folder", code=1)
    name = folder.resolve().name
    question = filled(
        (_TEMPLATES / "review.yaml").read_text(encoding="utf-8"),
        measure,
        review=text_to_yaml(slug(name) or "my-review"),
        title=text_to_yaml(" ".join((title or name or "My review").split()) or "My review"),
    )
    study = filled((_TEMPLATES / "example.yaml").read_text(encoding="utf-8"), measure)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(example, study)
        write_atomically(review, question)  # last: before it, the folder is no review
    except WritingError as error:
        refuse(str(error), code=1)
    except OSError as error:
        refuse(f"'{folder}' cannot be made: {(error.strerror or str(error)).lower()}", code=1)
    _tell_what_is_next(folder)


def _tell_what_is_next(folder: Path) -> None:
    import shlex

    from rich.text import Text

    from synthesis.terminal import console

    where = shlex.quote(str(folder))
    lines = [
        f"wrote {folder / REVIEW_FILE}",
        f"wrote {folder / 'studies' / 'example.yaml'} (an invented study: delete it)",
        "Next:",
        f"  python -m synthesis forest --review {where}   # pool and draw: works now",
        f"  python -m synthesis add --review {where}      # add your first study",
        f"  python -m synthesis check {where}             # after every edit",
    ]
    console.print(Text("\n".join(lines)), soft_wrap=True)
