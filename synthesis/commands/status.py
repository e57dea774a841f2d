"""`status`: where a review stands today, and which command does something about it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import console, visible

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from synthesis.living.status_line import LineState, StatusLine

WAITS, UNSEEN = 1, 3


def status(
    review: ReviewOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="All lines with their numbers, for programs.")
    ] = False,
) -> None:
    """Tell where the review stands today: searched to which day, what waits for whom, and what to do.

    Searches, screening, duplicates, drafts, records, second readings, retractions, judgements older than
    their data, and what `diff` would say. Of the last searches of all databases the oldest is the day
    searched to.

    Exit codes, for schedulers: 0 nothing waits, 1 something waits for a person, 2 a wrong option or folder,
    3 something could not be looked at (it is named; the rest is told all the same).
    """
    from synthesis.terminal import write_json

    folder = find_review(review)
    loaded, lines = _status(folder)
    code = _exit_code(lines)
    if as_json:
        write_json(_as_data(loaded, lines, code))
    else:
        _print(loaded, lines, None if review is None else folder)
    if code:
        raise typer.Exit(code)


def _status(folder: Path) -> tuple[LoadedReview, list[StatusLine]]:
    from evidence.records.review import load_review
    from synthesis.living.literature_status import literature_status
    from synthesis.living.record_status import record_status
    from synthesis.living.unreleased import unreleased_status

    loaded = load_review(folder)
    lines = [
        *literature_status(loaded, datetime.date.today()),
        *record_status(loaded),
        *unreleased_status(loaded),
    ]
    return loaded, lines


def _exit_code(lines: list[StatusLine]) -> int:
    states = {each.state for each in lines}
    return UNSEEN if "unseen" in states else WAITS if "waits" in states else 0


def _as_data(loaded: LoadedReview, lines: list[StatusLine], code: int) -> dict[str, object]:
    return {
        "review": _name(loaded),
        "day": datetime.date.today().isoformat(),
        "exit_code": code,
        "lines": [
            {
                "topic": each.topic,
                "state": each.state,
                "says": each.says,
                "command": f"python -m synthesis {each.command}" if each.command else None,
                "details": list(each.details),
                **each.data,
            }
            for each in lines
        ],
    }


def _name(loaded: LoadedReview) -> str:
    model = loaded.document.model
    return loaded.folder.resolve().name if model is None else model.review


# The terminal.

_HEADS: dict[LineState, tuple[str, str]] = {
    "unseen": ("Could not be looked at", "bold red"),
    "waits": ("Waits for a person", "bold yellow"),
    "told": ("As it stands", "bold"),
}


def _print(loaded: LoadedReview, lines: list[StatusLine], named: Path | None) -> None:
    console.print(f"{visible(_name(loaded))}   {datetime.date.today()}", style="bold")
    for state, (head, style) in _HEADS.items():
        those = [each for each in lines if each.state == state]
        if those:
            console.print(f"\n{head}", style=style)
        for each in those:
            console.print(f" {each.topic}: {visible(each.says)}")
            for detail in each.details:
                console.print(f"   {visible(detail)}", style="dim")
            if each.command:
                console.print(f"   python -m synthesis {_aimed(each.command, named)}", style="cyan")
    if not any(each.state != "told" for each in lines):
        console.print("\nNothing waits.", style="bold green")


def _aimed(command: str, named: Path | None) -> str:
    """A command with the review that was asked about, where it was named."""
    if named is None or command.endswith("--help"):
        return command
    with_files = command.replace(" drafts/", f" {named}/drafts/")
    return (
        with_files
        if with_files != command and command.startswith("check")
        else f"{with_files} --review {named}"
    )
