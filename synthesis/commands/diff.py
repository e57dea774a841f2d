"""`diff`: what moved between two versions of a review, which record moved it, and what deserves a look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import console, refuse, visible

if TYPE_CHECKING:
    from synthesis.living.changes import PlanChange, RecordChange
    from synthesis.living.what_moved import WhatMoved

MOST_FIELDS = 20


class DiffFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    old: Annotated[
        str | None,
        typer.Argument(
            help="A release, a tag, a branch or commit, a day (2026-06-01: the last commit before it), or a "
            "folder; the last release when left out, else the last commit."
        ),
    ] = None,
    new: Annotated[
        str | None, typer.Argument(help="The same; the files as they are now when left out.")
    ] = None,
    review: ReviewOption = None,
    output_format: Annotated[
        DiffFormat, typer.Option("--format", help="markdown is for a pull request.")
    ] = DiffFormat.TEXT,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write JSON or Markdown to this file, replacing it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for a forest plot of every result before and after.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when something is different, as git diff does.")
    ] = False,
) -> None:
    """Tell what moved since the last release: records field by field, each result before and after, and why.

    Each change is also applied alone, so that its own share is seen; signals name what deserves a person's
    attention. The exit code is 0, moved or not; 1 when an analysis is newly refused; 2 where there is no such
    version.
    """
    if to is not None and output_format is DiffFormat.TEXT:
        refuse("--to takes '--format json' or '--format markdown'", code=2)
    found = _compared(_folder(review, old, new), old, new)
    if output_format is DiffFormat.TEXT:
        for line in text_lines(found):
            console.print(line)
    else:
        _write(found, output_format, to)
    if output is not None:
        _draw(found, output)
    if any(not each.still for each in found.movement.refused) or (exit_code and not found.still):
        raise typer.Exit(1)


def _folder(review: Path | None, old: str | None, new: str | None) -> Path:
    """The review asked about; between two folders, the new one."""
    if review is None and old is not None and new is not None and Path(new, "review.yaml").is_file():
        return Path(new)
    return find_review(review)


def _compared(folder: Path, old: str | None, new: str | None) -> WhatMoved:
    from evidence.records.parsing import Severity
    from synthesis.living.repository import NoHistoryError
    from synthesis.living.versions import find_versions
    from synthesis.living.what_moved import compare_versions

    try:
        before, after = find_versions(folder, old, new)
        problems = [each for each in after.loaded.problems if each.severity is Severity.ERROR]
        if problems:
            from evidence.checking import Checked
            from synthesis.commands.problem_formats import write_text

            write_text(Checked(len(after.loaded.documents) + 1, tuple(problems)))
            refuse(f"nothing was compared: {after.says} cannot be read; mend the files named above first")
        return compare_versions(before, after)
    except NoHistoryError as reason:
        refuse(str(reason), code=2)
    except ValueError as reason:
        refuse(f"nothing was compared: {reason}")


def _write(found: WhatMoved, output_format: DiffFormat, to: Path | None) -> None:
    from evidence.records.writing import WritingError, write_atomically
    from synthesis.living.exchange import as_data
    from synthesis.living.markdown import as_markdown
    from synthesis.terminal import write_json

    if to is None and output_format is DiffFormat.JSON:
        write_json(as_data(found))
        return
    if output_format is DiffFormat.JSON:
        text = json.dumps(as_data(found), indent=2, ensure_ascii=False) + "\n"
    else:
        text = as_markdown(found)
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        write_atomically(to, text, overwrite=True)
    except WritingError as error:
        refuse(str(error))
    console.print(f"wrote {to}")


def _draw(found: WhatMoved, output: Path) -> None:
    from synthesis.commands.look import look_of
    from synthesis.commands.workers import announce, drawer
    from synthesis.living.before_after import before_and_after

    tables = before_and_after(found)
    if not tables:
        console.print("no result moved, so there is no figure", style="dim")
        return
    with drawer(len(tables), output, look_of(None, None)) as draw:
        names = ["what-moved" + (f"-{number}" if number > 1 else "") for number in range(1, len(tables) + 1)]
        waiting = [draw.plot(table, name) for table, name in zip(tables, names, strict=True)]
        for each in waiting:
            announce(draw.finish(each))


# The terminal.


def text_lines(found: WhatMoved) -> Iterator[Text]:
    """What moved, from the records to the results to what deserves a look."""
    from evidence.records.review_folder import drafts_in_words
    from synthesis.commands.movement_lines import attention_lines, movement_lines
    from synthesis.living.sentences import record_counts

    review = found.new.loaded.review.review
    yield Text.assemble(
        (visible(review), "bold"), f"   {visible(found.old.says)}  →  {visible(found.new.says)}"
    )
    waiting = drafts_in_words(found.new.loaded.folder)
    if waiting:
        yield Text(f" {waiting}, and no result has anything of a draft", style="dim")
    if found.still:
        layout = found.movement.changes.layout
        more = f"; {layout:,} differ in comments or layout alone" if layout else ""
        yield Text(f" nothing changed{more}", style="dim")
        yield from _without_lines(found)
        return
    changes = found.movement.changes
    yield Text(f" records   {visible(record_counts(changes))}")
    yield from (line for each in changes.records for line in _field_lines(each))
    yield from (line for each in changes.plan for line in _field_lines(each))
    yield from (Text(f" review.yaml: {visible(each.words)}", style="dim") for each in changes.words)
    yield from movement_lines(found.movement)
    yield from attention_lines(found.signals, found.stale, found.unread)
    yield from _without_lines(found)


def _without_lines(found: WhatMoved) -> Iterator[Text]:
    """What the results are without reports in doubt."""
    from synthesis.commands.movement_lines import movement_lines

    if found.without is not None:
        yield Text(f" {visible(found.without.words)}:", style="bold yellow")
        yield from movement_lines(found.without.movement)


def _field_lines(change: RecordChange | PlanChange) -> Iterator[Text]:
    from evidence.wording import counted
    from synthesis.commands.problem_formats import shown_path
    from synthesis.living.sentences import heading

    if not change.fields:
        return
    yield Text(f" {visible(heading(change))}", style="bold")
    for each in change.fields[:MOST_FIELDS]:
        place = f"{shown_path(each.place.path)}:{each.place.line}"
        yield Text.assemble(f"   {visible(each.words)}  ", (visible(place), "dim"))
    if len(change.fields) > MOST_FIELDS:
        others = counted(len(change.fields) - MOST_FIELDS, "other field")
        yield Text(f"   and {others} (--format json has all)", style="dim")
