"""`tables`: Tables 1 to 5 of the spine protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from studies.commands.data_option import DataOption
from studies.commands.output_option import OutputOption

if TYPE_CHECKING:
    from studies.nhanes.tables.sheet import Sheet


def tables(data: DataOption = None, output: OutputOption = Path("output/nhanes")) -> None:
    """Regenerate the published tables from the survey's files: printed here, and as CSV and HTML.

    Table 1 describes the participants by quarter of hemoglobin, Tables 2 to 4 are the regressions, and
    Table 5 searches the turning points that were published.
    """
    from evidence.records.writing import WritingError
    from studies.commands.progress import progress
    from studies.commands.terminal import console, refuse
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.nhanes.tables.all import make_tables, step_count
    from studies.nhanes.tables.saving import save_tables
    from studies.survey import SurveyError

    try:
        protocol = load_named("spine")
        with progress(step_count() + 1) as begin:
            begin("Reading the survey's files")
            sheets = list(make_tables(load_cohort(protocol, data), begin))
        paths = save_tables(protocol.title, sheets, output)
    except (NhanesError, SurveyError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    for sheet in sheets:
        _show(sheet)
    for path in paths:
        console.print(str(path), markup=False)


def _show(sheet: Sheet) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.measure import Measurement
    from rich.table import Table

    from studies.commands.terminal import console

    shown = Table(title=escape(sheet.title), title_style="bold", title_justify="left", box=SIMPLE_HEAD)
    for index, header in enumerate(sheet.columns):
        shown.add_column(escape(header), justify="right" if index else "left", no_wrap=True)
    for line in sheet.lines:
        shown.add_row(*(escape(cell) for cell in line.cells), style="bold" if line.heading else None)
    # Wider than the terminal rather than with numbers cut short.
    shown.width = Measurement.get(console, console.options.update(max_width=1000), shown).maximum
    console.print(shown)
    for note in sheet.notes:
        console.print(note, markup=False, style="dim")
    console.print()
