"""`compare`: every published number beside the regenerated one, and why they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.wording import counted, number
from studies.commands.data_option import DataOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table
    from rich.text import Text

    from evidence.records.printed import Printed
    from studies.nhanes.alignment import Match
    from studies.nhanes.comparison.compare import Comparison
    from studies.nhanes.comparison.rows import ComparedRow

_PUBLISHED_PROTOCOL = "spine"
_MARKS = {True: "yes", False: "no", None: ""}


def compare(
    data: DataOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the files that are written.")
    ] = Path("output/nhanes"),
) -> None:
    """Set the regenerated cohort and tables beside the published ones, number by number.

    Then race and weights are laid out in other ways, to see which of them gives the printed numbers. Writes
    comparison.csv and .json, regressions.csv, alignment.csv, and two figures as PNG, SVG and PDF.
    """
    from evidence.records.writing import WritingError
    from studies.nhanes.alignment import diagnose
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.comparison.alignment_figure import alignment_figure
    from studies.nhanes.comparison.compare import compare as compare_numbers
    from studies.nhanes.comparison.figure import comparison_figure
    from studies.nhanes.comparison.output import verdict, write_files
    from studies.nhanes.comparison.published import published_record, race_composition
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.survey import SurveyError
    from synthesis.drawing.saving import save_figure
    from synthesis.terminal import console, errors, refuse

    try:
        with errors.status("comparing"):
            record = published_record()
            cohort = load_cohort(load_named(_PUBLISHED_PROTOCOL), data)
            compared = compare_numbers(cohort, record)
            matches = diagnose(cohort, record)
        races = race_composition(record)
        paths = write_files(output, compared, matches, races)
        for figure in (comparison_figure(compared), alignment_figure(matches)):
            paths += save_figure(figure, output / figure.name)
    except (NhanesError, SurveyError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    for name in dict.fromkeys(row.table for row in compared.rows):
        console.print(_numbers_table(name, [row for row in compared.rows if row.table == name]))
    console.print(_counts_table(compared))
    console.print(_alignment_table(matches))
    console.print(_race_table(matches, races))
    console.print(verdict(compared, matches))
    console.print(f"{counted(len(paths), 'file')} → {output}")


def _numbers_table(name: str, rows: list[ComparedRow]) -> Table:
    from rich.table import Table

    table = Table(
        "where", "number", "published", "regenerated", "difference", "agrees", "published inside",
        "regenerated inside", "conclusion", "as diagnosed", "agrees", title=name,
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row.item,
            row.quantity,
            row.published,
            _number(row.regenerated),
            _number(row.difference),
            _MARKS[row.agrees],
            _MARKS[row.published_inside],
            _MARKS[row.regenerated_inside],
            _conclusion(row),
            _number(row.diagnosed),
            _MARKS[row.diagnosed_agrees],
        )
    return table


def _conclusion(row: ComparedRow) -> Text | str:
    """The conclusion, and for a change what became of sign and significance."""
    from rich.text import Text

    if row.conclusion != "changed":
        return row.conclusion or ""
    parts = [f"significance {row.significance}"] if row.significance != "kept" else []
    parts += ["sign changed"] if row.sign == "changed" else []
    return Text.assemble(("changed", "bold"), ": ", ", ".join(parts))


def _counts_table(compared: Comparison) -> Table:
    from rich.table import Table

    from studies.nhanes.comparison.compare import counts

    table = Table(
        "table", "number", "printed", "agree", "agree as diagnosed", "conclusions", "changed",
        title="Agreement to the last printed digit",
    )  # fmt: skip
    for count in counts(compared.rows):
        diagnosed = f"{count.diagnosed_agree} of {count.diagnosed_of}" if count.diagnosed_of else ""
        conclusions = (str(count.conclusions), str(count.changed)) if count.conclusions else ("", "")
        table.add_row(
            count.table, count.quantity, str(count.numbers), str(count.agree), diagnosed, *conclusions
        )
    return table


def _alignment_table(matches: tuple[Match, ...]) -> Table:
    from rich.table import Column, Table

    table = Table(
        Column("race and weights", no_wrap=True), "draws", "rms, SE", "5% to 95%", "to the digit",
        "inside CI", "typical", title="Arrangements against the printed slopes of Models 1 and 2",
    )  # fmt: skip
    for match in matches:
        random = match.draws > 1
        table.add_row(
            match.arrangement,
            str(match.draws) if random else "",
            f"{match.rms:.2f}",
            f"{match.rms_low:.2f} to {match.rms_high:.2f}" if random else "",
            f"{match.within_rounding:.1f}",
            f"{match.inside:.1f}",
            f"{match.typical:.3f}" if random else "",
        )
    return table


def _race_table(matches: tuple[Match, ...], races: Mapping[str, Printed]) -> Table:
    """The compositions that differ: laying out weights alone changes no share of the whole."""
    from rich.table import Column, Table

    table = Table(Column("race and weights", no_wrap=True), *races, title="Race composition, percent")
    shown: set[tuple[str, ...]] = set()
    for match in matches:
        shares = tuple(f"{share:.1f}" for share in match.composition)
        if shares not in shown:
            table.add_row(match.arrangement, *shares)
        shown.add(shares)
    table.add_section()
    table.add_row("printed", *(share.text for share in races.values()))
    return table


def _number(value: float | None) -> str:
    return "" if value is None or value != value else number(value) if abs(value) < 1000 else f"{value:,.0f}"
