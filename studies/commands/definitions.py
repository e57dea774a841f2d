"""`definitions`: how the published covariates were made, by Table 1 alone, and Model 3 as the test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evidence.wording import counted, number, significant
from studies.commands.data_option import DataOption, OutputOption

if TYPE_CHECKING:
    from rich.table import Table

    from studies.nhanes.comparison.definitions_study import DefinitionsStudy

_PUBLISHED_PROTOCOL = "spine"


def definitions(data: DataOption = None, output: OutputOption = Path("output/nhanes")) -> None:
    """Hold definitions of covariates against Table 1, then the slopes of Model 3 as their test.

    Race and weights are as the diagnosis of `compare` has them. No slope chooses a definition; in the last
    table slopes choose persons, and it says so. Writes definitions.csv and held-back-slopes.csv.
    """
    from evidence.records.writing import WritingError
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.comparison.definitions_study import study_definitions, write_study
    from studies.nhanes.comparison.published import published_record
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from synthesis.terminal import console, errors, refuse

    try:
        with errors.status("comparing"):
            record = published_record()
            study = study_definitions(load_cohort(load_named(_PUBLISHED_PROTOCOL), data), record)
        paths = write_study(output, study)
    except (NhanesError, WritingError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    console.print(_answers_table(study))
    console.print(_not_in_question(study))
    console.print(_slopes_table(study))
    console.print(_choices_table(study))
    console.print(_unplaced_sentence(study))
    if study.explained:
        console.print(_explained_table(study))
    console.print(f"{counted(len(paths), 'file')} → {output}")


def _answers_table(study: DefinitionsStudy) -> Table:
    from rich.table import Column, Table

    table = Table(
        Column("row", overflow="fold"), "nearest definition", "agrees", "next", "stated", "chance",
        "Table 1 says",
        title="Definitions against the printed cells of Table 1",
    )  # fmt: skip
    for answer in study.answers:
        if len(answer.tried) > 1:
            table.add_row(
                answer.row,
                answer.best.definition.name,
                f"{answer.best.agree} of {answer.cells}",
                str(answer.next_best),
                str(answer.tried[0].agree),
                number(answer.chance, 1),
                {"other": "this one"}.get(answer.verdict, answer.verdict),
            )
    return table


def _not_in_question(study: DefinitionsStudy) -> str:
    others = [answer for answer in study.answers if len(answer.tried) == 1]
    cells, agree = sum(answer.cells for answer in others), sum(answer.best.agree for answer in others)
    divisor = study.divisor
    return (
        f"{counted(len(others), 'other row')}, not in question: {agree} of {cells} cells agree. Of their"
        f" {divisor.cells} SDs of quarters {divisor.n} agree when squares are divided by the sum of weights,"
        f" as here, and {divisor.n_minus_1} by n - 1."
    )


def _slopes_table(study: DefinitionsStudy) -> Table:
    from rich.table import Table

    from studies.nhanes.comparison.held_back_slopes import agreements

    held = study.held_back
    table = Table(
        "slope", "printed", *study.choices, title="Held back: the slopes of Model 3 (* as printed)"
    )  # fmt: skip
    found = [
        (held.of(choice), agreements(held.of(choice), held.printed)) for choice in study.choices.values()
    ]
    for i, printed in enumerate(held.printed):
        cells = (f"{slopes[i]:.5f}{'*' if agree[i] else ' '}" for slopes, agree in found)
        table.add_row(printed.at.rpartition(", ")[0], printed.estimate.text, *cells)
    return table


def _choices_table(study: DefinitionsStudy) -> Table:
    from rich.table import Table

    held, n = study.held_back, len(study.held_back.printed)
    table = Table(
        "definitions", "as printed", "rms, SE", "combinations as near",
        title=f"Distance to print, among {len(held.slopes):,} combinations",
    )  # fmt: skip
    for name, choice in study.choices.items():
        near = f"{significant(100 * held.nearer(choice), 2)}%"
        table.add_row(name, f"{held.agreeing(choice)} of {n}", f"{held.distance(choice):.3f}", near)
    return table


def _unplaced_sentence(study: DefinitionsStudy) -> str:
    unplaced = study.unplaced
    numbers = " or ".join(map(str, unplaced.numbers))
    must = f"{numbers} must" if numbers else "no number of them can"
    return (
        f"Of {len(unplaced.members)} persons without LDL whose triglycerides were measured, {must} stand in"
        f" its class {unplaced.into} for Table 1's cells to agree; no rule tried says which."
    )


def _explained_table(study: DefinitionsStudy) -> Table:
    from rich.table import Table

    n = len(study.held_back.printed)
    table = Table(
        "definitions", "as printed, at most", "rms, SE",
        title="Exploratory: these persons chosen by the slopes, within Table 1's cells",
    )  # fmt: skip
    for name, found in study.explained.items():
        table.add_row(name, f"{found.agreeing} of {n}", f"{found.distance:.3f}")
    return table
