"""`check`: every problem of every file, for people and for pull requests."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review


class Least(StrEnum):
    """From which severity on a problem counts."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Record files or review folders; the shipped review when left out."),
    ] = None,
    review: ReviewOption = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="sarif, github and gitlab are for pull requests.")
    ] = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    severity: Annotated[
        Least | None,
        typer.Option(
            help="The least severe problem that is shown and makes the exit code 1. When left out, all are "
            "shown and only errors make it 1.",
        ),
    ] = None,
) -> None:
    """Check records: spelling, names, and whether printed numbers can be true together.

    Prints `file:line:column: severity: what is wrong`, with a hint. Exit code 1 when there is an error; what
    a record has acknowledged is a note.
    """
    from concurrent.futures import BrokenExecutor

    from evidence.checking import check_paths
    from evidence.records.parsing import Severity
    from synthesis.commands.problem_formats import WRITERS
    from synthesis.terminal import progress_bar, refuse

    wanted = list(paths or ())
    if review is not None or not wanted:
        wanted.append(find_review(review))
    with progress_bar() as tell:
        try:
            checked = check_paths(wanted, lambda done, total: tell(done, total, "checking"))
        except BrokenExecutor:
            refuse("a checking process was ended from outside, or ran out of memory: nothing is known")
    shown = checked.from_severity(Severity(severity or Least.NOTE))
    WRITERS[Format.JSON if as_json else output_format](shown)
    if checked.from_severity(Severity(severity or Least.ERROR)).problems:
        raise typer.Exit(1)


# `schema`: the JSON Schema of a record or a review, for editors.


class SchemaKind(StrEnum):
    """Which file the schema describes."""

    RECORD = "record"
    REVIEW = "review"


def schema(
    kind: Annotated[
        SchemaKind, typer.Argument(help="The schema of a study's record, or of review.yaml.")
    ] = SchemaKind.RECORD,
) -> None:
    """Print the JSON Schema, with which editors complete and check records while you type."""
    from evidence.records.json_schema import json_schema
    from evidence.records.review import Review
    from evidence.records.schema import Record
    from synthesis.terminal import write_json

    write_json(json_schema(Record if kind is SchemaKind.RECORD else Review))
