"""`import`: rows of a table and analyses of a RevMan file become records."""

from __future__ import annotations

import datetime
import getpass
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.import_plans import ImportRequest, make_folder, rows_of_table, values_of
from synthesis.commands.import_results import tell_results, write_first_review
from synthesis.terminal import complain, refuse

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from evidence.sources.joining import Joined
    from evidence.sources.revman.analyses import RevManAnalysis


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Tables (.csv, .tsv, .txt, .xlsx) with a row an estimate or a row an arm; RevMan 5 reviews "
            "(.rm5) and exported analysis data; data packages (.zip) or data rows of RevMan Web.",
        ),
    ],
    review: Annotated[
        Path | None,
        typer.Option(
            "--review",
            metavar="DIR",
            help="The review's folder; made with a first review.yaml where there is none.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What the columns hold, in YAML; the one that an import saved, or your own."
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=TEXT", help="What holds for every row, e.g. outcome=BMD, measure=MD."
        ),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; the first one when left out.")] = None,
    by: Annotated[str | None, typer.Option(help="Who imports; the name of the login when left out.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether columns are recognised rightly.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be written, and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Records that have other numbers than the file are replaced.")
    ] = False,
) -> None:
    """Turn rows of tables and RevMan files into records, each number with its file, row and columns.

    Columns are recognised by their names and what they hold, and shown before anything is written: say --yes
    if that is right, --set KEY=TEXT for what holds for every row, or state the columns with --mapping. What
    was agreed on is saved in imports/ of the review, and used the next time.

    Heads of several rows, headings inside the table and notes below it are told from rows. A row that cannot
    be read is told with its cell, and the others come in. The same file twice changes nothing.

    Examples:

      synthesis import trials.xlsx --review zinc --set outcome=cough --set exposure=zinc

      synthesis import rows.csv --review zinc --set measure=SMD --yes

      synthesis import review.rm5 --review zinc
    """  # fmt: skip
    from evidence.sources.cells import SheetError

    asked = ImportRequest(
        _folder(review), values_of(value or []), mapping, sheet, by or _login(), yes, dry_run, force
    )
    before = _Before(asked)
    wrong = 0
    for file in files:
        try:
            wrong += _import(file, asked, before)
        except SheetError as error:
            complain(f"{error}" + (f". {error.hint}" if error.hint else ""))
            wrong += 1
    if before.loaded is not None:
        _tell_movement(before.loaded)
    if wrong:
        raise typer.Exit(1)


class _Before:
    """The review as it was; looked at before the first record is written, and not where none is."""

    def __init__(self, asked: ImportRequest) -> None:
        self._asked = asked
        self._looked = False
        self.loaded: LoadedReview | None = None
        """None where nothing was written, or there was no review that can be pooled."""

    def look(self) -> None:
        """Load the review, the first time."""
        if self._looked:
            return
        self._looked = True
        if not (self._asked.folder / "review.yaml").is_file():
            return
        from evidence.records.review import load_review

        loaded = load_review(self._asked.folder)
        self.loaded = None if loaded.problems or not loaded.documents else loaded


def _tell_movement(before: LoadedReview) -> None:
    """What the imported records have moved; nothing where none was written."""
    from evidence.records.review import load_review

    after = load_review(before.folder)
    if {each.path: each.tree for each in after.documents} == {
        each.path: each.tree for each in before.documents
    }:
        return
    from synthesis.commands.movement_lines import tell_movement

    tell_movement(before, after)


def _folder(review: Path | None) -> Path:
    if review is None:
        here = Path()
        if not (here / "review.yaml").is_file():
            refuse(
                "this folder is no review: name one with --review DIR; it is made if it is not there", code=2
            )
        return here
    folder = review.parent if review.name == "review.yaml" else review
    if folder.exists() and not folder.is_dir():
        refuse(f"--review: '{folder}' is no folder", code=2)
    return folder


def _import(file: Path, asked: ImportRequest, before: _Before) -> int:
    """One file; returns how many of its rows or records could not be written."""
    from evidence.sources.joining import joined, write_all
    from evidence.sources.record_making import records_from
    from evidence.sources.revman.opening import is_revman, read_revman
    from evidence.sources.sheets import read_sheets

    outcomes: Sequence[RevManAnalysis] = ()
    title = file.stem
    sheets = () if file.suffix.lower() in (".rm5", ".zip") else read_sheets(file)
    if is_revman(file, sheets):
        found = read_revman(file, asked.said.get("measure"))
        entries, skipped = list(found.entries), list(found.skipped)
        outcomes, title = found.outcomes, found.title
    else:
        entries, skipped = rows_of_table(file, sheets, asked)
    made, unfit = records_from(entries, asked.by, datetime.date.today())
    skipped += unfit
    comment = (
        f"Imported from {file.name}: numbers as they stand there, each with its row; compare with the papers."
    )
    results: list[Joined] = []

    def on_the_way() -> Iterator[Joined]:
        for each in made:
            result = joined(each, asked.folder / "studies", comment, asked.force)
            results.append(result)
            if not asked.dry_run and result.text is not None:
                before.look()
                if not asked.folder.is_dir():
                    make_folder(asked.folder)
                yield result

    failed = write_all(on_the_way(), asked.force)
    if not asked.dry_run and any(each.text for each in results):
        write_first_review(asked.folder, title, results, outcomes)
    tell_results(file, results, skipped, failed, asked.dry_run)
    refused = [each for each in results if each.text is None and each.state in ("different", "invalid")]
    return len(skipped) + len(refused) + len(failed)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "not stated"
