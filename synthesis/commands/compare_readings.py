"""`compare-readings`: what two people read in the same papers, side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from synthesis.commands.loading import ReviewOption


class ReadingsFormat(StrEnum):
    """How differences are written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def compare_readings(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE FILE]",
            help="Two records, or two tables (CSV or XLSX) with one row a study; when left out, every second "
            "reading of the review.",
        ),
    ] = None,
    review: ReviewOption = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column that says which study a row of a table is about; several together if given several "
            "times. When left out it is recognised by its name.",
        ),
    ] = None,
    output_format: Annotated[
        ReadingsFormat, typer.Option("--format", help="csv: one line a difference, without the agreement.")
    ] = ReadingsFormat.TEXT,
) -> None:
    """List what two readers read differently, with both lines, and how far they agree.

    A second reading stands in the record (`second_reading:`) or in second-readings/ under the name of the
    record's file. What was settled stands in the record (`resolved:`). Exit code 1 while a difference is not
    settled; another spelling of the same value is none.
    """
    from evidence.readings.reviewing import compare_files, compare_record
    from evidence.records.review import load_review
    from evidence.sources.cells import SheetError
    from synthesis.commands.loading import find_review
    from synthesis.commands.reading_formats import WRITERS
    from synthesis.terminal import refuse

    if files and len(files) != 2:
        refuse(f"expected two files, or none for the whole review; got {len(files)}", code=2)
    if by and not files:
        refuse("--by names a column of tables; give two tables", code=2)
    if files:
        try:
            found = [compare_files(files[0], files[1], by or ())]
        except SheetError as error:
            refuse(f"{error}. {error.hint or ''}".strip())
        except ValueError as error:
            refuse(str(error), code=2)
    else:
        loaded = load_review(find_review(review))
        found = [one for document in loaded.documents for one in compare_record(document)]
    WRITERS[output_format](found)
    if any(one.unresolved or one.problems for one in found):
        raise typer.Exit(1)
