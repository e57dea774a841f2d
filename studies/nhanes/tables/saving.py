"""Sheets as files: one CSV file each, and one HTML page of all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evidence.records.writing import write_atomically
from studies.nhanes.tables.page import html_page
from studies.nhanes.tables.sheet import Sheet

PAGE = "tables.html"


def save_tables(title: str, sheets: Sequence[Sheet], folder: Path) -> list[Path]:
    """Write name.csv of each sheet and tables.html into a folder, which is made; returns their paths.

    CSV files hold the numbers in full: read with round-trip precision, they are the same again. All texts
    are made before the first file is replaced. Raises WritingError, or OSError where the folder cannot be
    made.
    """
    texts = {f"{sheet.name}.csv": sheet.data.to_csv(index=False, lineterminator="\n") for sheet in sheets}
    texts[PAGE] = html_page(title, sheets)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_atomically(folder / name, text, overwrite=True)
    return [folder / name for name in texts]
