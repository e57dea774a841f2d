"""`serve`: the review in a browser on this computer, live: its report, its findings, and forms."""

from __future__ import annotations

from typing import Annotated

import typer

from synthesis.commands.loading import ReviewOption

_MISSING = 'serve needs starlette and uvicorn: pip install "living-synthesis[serve]"'


def serve(
    review: ReviewOption = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="N", help="The port; when left out 8765, or the next one that is free."
        ),
    ] = None,
    reviewer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Who extracts and screens in this browser; when left out the user.name of git.",
        ),
    ] = None,
) -> None:
    """Show the review in a browser: the report, anew when a record changes, and forms that write records.

    Only this computer can reach it, and only with the address that is printed. Ctrl-C ends it. Whoever else
    edits the same files loses nothing: an edit of a file that has changed since is shown beside it.
    """
    from importlib.util import find_spec

    from synthesis.commands.loading import find_review
    from synthesis.commands.reviewers import git_user
    from synthesis.terminal import console, refuse

    folder = find_review(review)
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        refuse(_MISSING)
    from synthesis.serving.running import PortTakenError, run_server

    try:
        run_server(folder, port, git_user(folder) if reviewer is None else reviewer, console.print)
    except PortTakenError as error:
        refuse(str(error), code=2)
    console.print("ended; everything that was saved is in the files")
