"""A RevMan file, whichever it is, as entries and analyses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evidence.sources.revman.analyses import RevManReview
from evidence.sources.revman.exported import is_export, of_export
from evidence.sources.revman.rm5 import of_rm5
from evidence.sources.revman.web import of_data_rows, of_package
from evidence.sources.sheets import Sheet, read_sheets


def is_revman(path: Path, sheets: Sequence[Sheet] = ()) -> bool:
    """Whether a file is one of RevMan's: by its ending, or by the columns of its table."""
    if path.suffix.lower() in (".rm5", ".zip"):
        return True
    return any({"Analysis group", "Experimental cases"} <= set(s.header) or is_export(s) for s in sheets)


def read_revman(path: Path, measure: str | None = None) -> RevManReview:
    """Read a RevMan file.

    measure: of rows whose file does not say it and whose printed results do not tell it (RevMan Web's data
    rows alone). Raises SheetError for a file that is none of RevMan's, or broken.
    """
    if path.suffix.lower() == ".rm5":
        return of_rm5(path)
    if path.suffix.lower() == ".zip":
        return of_package(path, measure)
    sheets = read_sheets(path)
    if any(is_export(sheet) for sheet in sheets):
        return of_export(path, sheets[0])
    return of_data_rows(path.name, sheets[0], None, {}, (), measure)
