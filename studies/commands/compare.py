"""`compare`: every published number beside the regenerated one, and why they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.wording import counted
from studies.commands.data_option import DataOption

if TYPE_CHECKING:
    from evidence.records.schema import Record
    from studies.nhanes.protocol import Protocol

_DIAGNOSED = "spine", "nhanes-2013-2018"
"""The protocol and the study that share every table, and whose differences are diagnosed."""


def compare(
    protocol: Annotated[
        str, typer.Argument(help="A shipped protocol by name, or a protocol file (*.yaml).")
    ] = _DIAGNOSED[0],
    record: Annotated[
        str,
        typer.Option(metavar="STUDY", help="A study of the shipped review by name, or a record (*.yaml)."),
    ] = _DIAGNOSED[1],
    data: DataOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the files that are written.")
    ] = Path("output/nhanes"),
) -> None:
    """Set regenerated numbers beside the published ones, number by number.

    Estimates are matched by exposure, outcome, stratum and adjustment; what is on one side only is listed
    with the reason. The spine protocol and its paper are compared in full: cohort, Table 1, regressions and
    turning points; then race and weights are laid out in other ways, to see which of them gives the printed
    numbers. Writes CSV files, and in full comparison.json and two figures as PNG, SVG and PDF.
    """
    from evidence.records.writing import WritingError
    from studies.nhanes.comparison.published import named_record
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.survey import SurveyError
    from synthesis.terminal import refuse

    try:
        found, asked = named_record(record), load_named(protocol)
        # a file, even of that name, may lack what the full comparison needs
        in_full = (protocol, record) == _DIAGNOSED
        paths = (_in_full if in_full else _estimates)(asked, found, data, output)
    except (NhanesError, SurveyError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    typer.echo(f"{counted(len(paths), 'file')} → {output}")


def _estimates(protocol: Protocol, record: Record, data: Path | None, output: Path) -> list[Path]:
    """The estimates of any record beside those of any protocol. Raises ProtocolError where none match."""
    from studies.commands.comparison_text import alone_tables, pair_tables
    from studies.nhanes.catalogue import ProtocolError
    from studies.nhanes.comparison.matched_estimates import match_records
    from studies.nhanes.comparison.output import write_matches
    from studies.nhanes.comparison.published import review_place
    from studies.nhanes.records import generate
    from synthesis.terminal import console, errors

    with errors.status("comparing"):
        matched = match_records(record, generate(protocol, data), review_place())
    if not matched.pairs:
        with protocol.named_in_errors():
            raise ProtocolError(matched.why_none())
    paths = write_matches(output, matched)
    for table in (*pair_tables(matched, console.width), *alone_tables(matched, console.width)):
        console.print(table)
    return paths


def _in_full(protocol: Protocol, record: Record, data: Path | None, output: Path) -> list[Path]:
    """The paper of the spine protocol, its tables one after the other."""
    from concurrent.futures import ThreadPoolExecutor

    from synthesis.drawing.quick import draw_quickly

    draw_quickly()
    from studies.commands.comparison_text import full_tables, paragraph
    from studies.nhanes.alignment import diagnose
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.comparison.alignment_figure import alignment_figure
    from studies.nhanes.comparison.compare import compare as compare_numbers
    from studies.nhanes.comparison.figure import comparison_figure
    from studies.nhanes.comparison.output import verdict, write_files
    from studies.nhanes.comparison.published import race_composition
    from synthesis.drawing.saving import save_figure
    from synthesis.terminal import console, errors

    with errors.status("comparing"):
        cohort = load_cohort(protocol, data)
        with ThreadPoolExecutor(1) as beside:  # most of either runs outside Python: both cores have work
            diagnosis = beside.submit(diagnose, cohort, record)
            compared = compare_numbers(cohort, record)
            drawn = save_figure(comparison_figure(compared), output / "comparison")
            matches = diagnosis.result()
        races = race_composition(record)
        paths = write_files(output, compared, matches, races)
        paths += drawn + save_figure(alignment_figure(matches), output / "alignment")
    for table in full_tables(compared, matches, races, console.width):
        console.print(table)
    console.print(paragraph(verdict(compared, matches), console.width))
    return paths
