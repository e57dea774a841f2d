"""`records`: the protocols' results as records of the review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.records.review import SHIPPED
from studies.commands.data_option import DataOption


def records(
    protocols: Annotated[
        list[str] | None,
        typer.Argument(help="Shipped protocols by name, or protocol files (*.yaml); all shipped ones."),
    ] = None,
    data: DataOption = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Folder for the records; the shipped review's when left out.",
            show_default=False,
        ),
    ] = SHIPPED / "studies",
) -> None:
    """Run the protocols on the survey's files and write their results as generated records.

    Every record names its protocol, the sha256 of each file it read, and the software. Running it again on
    the same files writes the same record.
    """
    from evidence.records.writing import WritingError
    from studies.commands.terminal import console, refuse
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named, shipped_protocols
    from studies.nhanes.records import generate, write
    from studies.survey import SurveyError

    for name in protocols or shipped_protocols():
        try:
            record = generate(load_named(name), data)
            path = write(output, record)
        except (NhanesError, SurveyError, WritingError) as error:
            refuse(str(error))
        console.print(
            f"{path}: {len(record.estimates)} estimates of {record.population.n} persons", markup=False
        )
