"""`figures`, and the other commands that run a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.wording import counted
from studies.commands.data_option import DataOption, OutputOption

if TYPE_CHECKING:
    from studies.nhanes.tables.page import Sheet


ProtocolArgument = Annotated[
    str, typer.Argument(help="A shipped protocol by name, or a protocol file (*.yaml).")
]


def figures(
    protocol: ProtocolArgument = "spine",
    data: DataOption = None,
    output: OutputOption = Path("output/nhanes"),
) -> None:
    """Draw the flow of participants, and a protocol's outcomes along its exposure.

    Figure 1 is the flow diagram; then a figure for each stratum of the protocol: everybody, by weight, with
    the smooth of the fullest model, and the smooths by class. Each is written as PNG, SVG and PDF.
    """
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.figures.smooths import draw_figures, refuse_without_curves, step_count
    from studies.nhanes.protocol import load_named
    from studies.survey import SurveyError
    from synthesis.drawing.saving import save_figure
    from synthesis.terminal import console, errors, refuse, steps

    try:
        asked = load_named(protocol)
        refuse_without_curves(asked)
        with errors.status("Reading the survey's files"):
            found = load_cohort(asked, data)
        titles = {}
        with steps(step_count(found)) as begin:
            for drawn in draw_figures(found, begin):
                save_figure(drawn, output / drawn.name)
                titles[output / drawn.name] = drawn.title
    except (NhanesError, SurveyError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    for stem, title in titles.items():
        console.print(f"{stem} (PNG, SVG, PDF): {title}")


# `cohort`: who a protocol analyses, and who leaves at which step.


def cohort(protocol: ProtocolArgument = "spine", data: DataOption = None) -> None:
    """Show the steps from everybody sampled to the cohort, and what was answered about cancer."""
    from rich.table import Table

    from studies.nhanes.cohort import cancer_answers, flow_table, load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.survey import SurveyError
    from synthesis.terminal import console, refuse

    try:
        found = load_cohort(load_named(protocol), data)
    except (NhanesError, SurveyError) as error:
        refuse(str(error))
    steps = Table("who leaves", "before", "excluded", "left", title=found.protocol.title)
    for step in flow_table(found).itertuples(index=False):
        steps.add_row(str(step[0]), *(f"{number:,}" for number in step[1:]))
    console.print(steps)
    for exclusion in found.protocol.eligibility:
        if exclusion.exclude_cancer:
            answers = Table("answer", "n", "under 20", "20 and over", title=f"excluded: {exclusion.name}")
            for answer, row in cancer_answers(found.excluded_at(exclusion.name)).iterrows():
                answers.add_row(str(answer), *(f"{number:,}" for number in row))
            console.print(answers)


# `records`: the protocols' results as records of the review.


def records(
    protocols: Annotated[
        list[str] | None,
        typer.Argument(help="Shipped protocols by name, or protocol files (*.yaml); all shipped ones."),
    ] = None,
    data: DataOption = None,
    output: OutputOption = Path("output/nhanes"),
) -> None:
    """Run the protocols on the survey's files and write their results as generated records.

    Every record names its protocol, the sha256 of each file it read, and the software. Running it again on
    the same files writes the same record.
    """
    from evidence.records.writing import WritingError
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named, shipped_protocols
    from studies.nhanes.records import generate, write
    from studies.survey import SurveyError
    from synthesis.terminal import console, refuse

    written: dict[str, str] = {}
    for name in protocols or shipped_protocols():
        try:
            protocol = load_named(name)
            if protocol.protocol in written:
                refuse(
                    f"'{written[protocol.protocol]}' and '{name}' are both called '{protocol.protocol}', and"
                    " their records would be one file; give one of them another 'protocol'"
                )
            record = generate(protocol, data)
            path = write(output, record)
            written[protocol.protocol] = name
        except (NhanesError, SurveyError, WritingError) as error:
            refuse(str(error))
        console.print(
            f"{path}: {counted(len(record.placed_estimates), 'estimate')} of {record.population.n} persons"
        )


# `tables`: a protocol's results as tables.


def tables(
    protocol: ProtocolArgument = "spine",
    data: DataOption = None,
    output: OutputOption = Path("output/nhanes"),
) -> None:
    """Make a protocol's tables from the survey's files: printed here, and as CSV and HTML.

    Table 1 describes the participants by quarter of the exposure, or by its classes; then come the
    regressions, a table for each stratum, and the turning points of continuous outcomes along a continuous
    exposure: the published ones where the paper prints some, else of every outcome.
    """
    from evidence.records.writing import WritingError
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.nhanes.tables.all import make_tables, step_count
    from studies.nhanes.tables.page import save_tables
    from studies.survey import SurveyError
    from synthesis.terminal import console, errors, refuse, steps

    try:
        asked = load_named(protocol)
        with errors.status("Reading the survey's files"):
            found = load_cohort(asked, data)
        with steps(step_count(found)) as begin:
            sheets = list(make_tables(found, begin))
        paths = save_tables(asked.title, sheets, output)
    except (NhanesError, SurveyError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    for sheet in sheets:
        _show(sheet)
    for path in paths:
        console.print(str(path))


def _show(sheet: Sheet) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table

    from synthesis.terminal import console

    shown = Table(title=sheet.title, title_style="bold", title_justify="left", box=SIMPLE_HEAD)
    for index, header in enumerate(sheet.columns):
        shown.add_column(header, justify="right" if index else "left")
    for line in sheet.lines:
        shown.add_row(*line.cells, style="bold" if line.heading else None)
    # Wider than the terminal rather than with numbers cut short.
    shown.width = Measurement.get(console, console.options.update(max_width=1000), shown).maximum
    console.print(shown)
    for note in sheet.notes:
        console.print(note, style="dim")
    console.print()
