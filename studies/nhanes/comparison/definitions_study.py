"""The study of the published definitions: Table 1 decides, the slopes of Model 3 are the test; its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.records.schema import Record
from evidence.records.writing import write_atomically
from studies.nhanes.alignment import as_diagnosed
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.held_back_slopes import (
    HeldBack,
    agreements,
    held_back_slopes,
    settled,
)
from studies.nhanes.comparison.published_definitions import Definition, published_definitions
from studies.nhanes.comparison.table1_agreement import Answer, Divisor, TableCells
from studies.nhanes.comparison.unplaced_persons import (
    STARTS,
    Explained,
    Unplaced,
    explain,
    unplaced_persons,
)

AS_STATED = "as stated"
SETTLED = "as Table 1 settles"
NEAREST = "and the nearest of open ones"


@dataclass(frozen=True, eq=False)
class DefinitionsStudy:
    """answers: every row of Table 1. held_back: slopes of Model 3 under every combination of what is not as
    stated. choices: the combinations that are shown, by name. unplaced: whom Table 1 counts in a class
    without saying who they are; explained: the nearest that any choice of them comes, by definitions.
    """

    answers: tuple[Answer, ...]
    divisor: Divisor
    held_back: HeldBack
    choices: dict[str, dict[str, int]]
    unplaced: Unplaced
    explained: dict[str, Explained]


def study_definitions(cohort: Cohort, record: Record, starts: int = STARTS) -> DefinitionsStudy:
    """Everything, from a cohort as in the files; starts: of each search for unplaced persons."""
    diagnosed, questions = as_diagnosed(cohort), published_definitions()
    cells = TableCells(diagnosed, record)
    answers = cells.answers(questions)
    asked = [answer for answer in answers if len(answer.tried) > 1]
    changed = {answer.covariate: questions[answer.covariate] for answer in asked if not answer.as_stated}
    nearest = settled(answers, nearest=True)
    ldl = next(each for each in questions["ldl"] if each.measured and not each.cycles)
    unplaced = unplaced_persons(diagnosed, record, "ldl", ldl)
    chosen = {name: questions[name][place] for name, place in nearest.items() if name != "ldl"}
    return DefinitionsStudy(
        answers,
        cells.divisor([each.covariate for each in answers if each not in asked]),
        held_back_slopes(diagnosed, record, changed),
        {AS_STATED: {}, SETTLED: settled(answers), NEAREST: nearest},
        unplaced,
        {
            name: found
            for name, definitions in _searched(chosen, answers)
            if (found := explain(diagnosed, record, unplaced, definitions, starts)) is not None
        },
    )


def _searched(
    chosen: dict[str, Definition], answers: tuple[Answer, ...]
) -> Iterator[tuple[str, dict[str, Definition]]]:
    """Table 1's definitions, then each that is not the stated one as stated."""
    yield "all as nearest to Table 1", chosen
    for answer in answers:
        if answer.covariate in chosen and answer.best is not answer.tried[0]:
            stated = chosen | {answer.covariate: answer.tried[0].definition}
            yield f"{answer.row} as stated", stated


def write_study(folder: Path, study: DefinitionsStudy) -> list[Path]:
    """Write definitions.csv, a line a candidate, and held-back-slopes.csv, a line a slope; make the folder.

    Raises WritingError, and OSError where the folder cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "definitions.csv": pd.DataFrame(_candidate_lines(study)),
        "held-back-slopes.csv": pd.DataFrame(_slope_lines(study)),
    }
    for name, table in tables.items():
        write_atomically(folder / name, table.to_csv(index=False, lineterminator="\n"), overwrite=True)
    return [folder / name for name in tables]


def _candidate_lines(study: DefinitionsStudy) -> Iterator[dict[str, object]]:
    for answer in study.answers:
        for tried in answer.tried:
            yield {
                "row": answer.row,
                "covariate": answer.covariate,
                "definition": tried.definition.name,
                "cells": answer.cells,
                "agree": tried.agree,
                "telling": len(answer.telling),
                "telling_agree": sum(tried.cells[i] for i in answer.telling),
                "best": tried is answer.best,
                "verdict": answer.verdict,
            }


def _slope_lines(study: DefinitionsStudy) -> Iterator[dict[str, object]]:
    held = study.held_back
    found = {name: held.of(choice) for name, choice in study.choices.items()}
    agree = {name: agreements(slopes, held.printed) for name, slopes in found.items()}
    for i, printed in enumerate(held.printed):
        line: dict[str, object] = {
            "table": printed.table,
            "slope": printed.at,
            "published": printed.estimate.text,
        }
        for name, slopes in found.items():
            line |= {name: slopes[i], f"{name}: agrees": agree[name][i]}
        yield line
