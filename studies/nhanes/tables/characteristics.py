"""Who the participants are, by quarter of the exposure or by its classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pandas as pd

from evidence.wording import NOTHING, counted, enumerate_words, format_number, p_number, places
from studies.nhanes.cohort import Cohort
from studies.nhanes.exposure_forms import class_limits
from studies.nhanes.protocol import Protocol
from studies.nhanes.spelling import in_unit, spelled_unit
from studies.nhanes.table1 import QUARTERS, Cell, Characteristic, TableOne, table_one
from studies.nhanes.tables.page import Sheet, SheetLine, decimal

_COLUMNS = ("variable", "unit", "class", "column", "n", "value", "sd", "ci_low", "ci_high", "test", "p")


def _missing(protocol: Protocol) -> str:
    """What was done about values that are not recorded, as far as the table shows it."""
    missing = protocol.missing_covariates
    recorded = "Of the participants for whom each is recorded"
    if missing.impute is not None:
        return f"{recorded}; the regressions impute the covariates."
    in_classes = {name: protocol.variable(name).categorical for name in protocol.covariates}
    chosen = {name: missing.of(name, categorical) for name, categorical in in_classes.items()}
    filled = [name for name, treatment in chosen.items() if treatment == "mean"]
    if not filled:
        return f"{recorded}."
    if filled == [name for name, categorical in in_classes.items() if not categorical]:
        return "Missing continuous covariates are filled with the mean of the participants."
    labels = enumerate_words([protocol.variable(name).label for name in filled])
    return f"{recorded}; {labels} where missing filled with the mean of the participants."


def characteristics_sheet(cohort: Cohort) -> Sheet:
    """Mean ± SD, or percentages of the column, of all and by exposure, and the test between the columns."""
    table = table_one(cohort)
    protocol = cohort.protocol
    exposure = protocol.variable(protocol.exposure)
    tests = sorted({row.test for row in table.rows if row.test})
    what = exposure.label if exposure.categorical else f"{_groups(table)[:-1]} of {exposure.label}"
    notes = [] if exposure.categorical else [_cut(table, in_unit(exposure))]
    notes.append(
        f"Mean ± SD, or percentages of the column; {_groups(table, exposure.categorical)} are"
        " survey-weighted."
    )
    if table.without:
        notes.append(
            f"{counted(table.without, 'participant')} without {exposure.label} in the column of all alone."
        )
    notes.append(_missing(protocol))
    if tests:
        notes.append(f"p: {'; '.join(tests)}.")
    return Sheet(
        name="table-1",
        title=f"Table 1. Characteristics of the participants by {what}",
        columns=("", *_headers(table, class_limits(cohort) if exposure.categorical else {}), "p"),
        lines=tuple(line for row in table.rows for line in _characteristic_lines(row)),
        notes=tuple(notes),
        data=pd.DataFrame(_numbers(table), columns=list(_COLUMNS)),
    )


def _groups(table: TableOne, categorical: bool = False) -> str:
    if categorical:
        return "classes"
    return "quarters" if table.columns[1:] == QUARTERS else "groups"


def _cut(table: TableOne, exposure: str) -> str:
    if table.columns[1:] == QUARTERS:
        return f"Q1 to Q4: quarters of {exposure}, cut at the unweighted quartiles."
    return (
        f"Groups of {exposure}, cut at the unweighted quartiles; of equal ones there is one, and the least"
        " value does not cut."
    )


def _headers(table: TableOne, limits: dict[str, str]) -> Iterator[str]:
    """Names of the columns with what bounds them, and how many are in them; limits: of classes by name."""
    shown = _shown(table.limits, table.spread)
    ranges = [f"< {shown[0]}", *map(" to < ".join, pairwise(shown)), f"≥ {shown[-1]}"] if shown else []
    for i, name in enumerate(table.columns):
        within = limits.get(name, "") if not ranges else ranges[i - 1]
        parts = (name, within if i else "unweighted", f"n = {table.counts[i]:,}")
        yield "\n".join(part for part in parts if part)


def _shown(limits: Sequence[float], spread: float) -> list[str]:
    """The limits with two digits of the exposure's spread, and so many that no two look alike."""
    decimals = _places(spread)
    while len({f"{limit:.{decimals}f}" for limit in limits}) < len(limits):
        decimals += 1
    return [decimal(limit, decimals) for limit in limits]


def _characteristic_lines(row: Characteristic) -> Iterator[SheetLine]:
    """A continuous variable is a line; a categorical one a line with its p, then a line for each class."""
    name = row.name + (" (%)" if row.categorical else f" ({spelled_unit(row.unit)})" if row.unit else "")
    if not row.categorical:
        cells = row.lines[0].cells
        decimals = _places(cells[0].sd)
        yield SheetLine((name, *(_mean(cell, decimals) for cell in cells), p_number(row.p)))
        return
    yield SheetLine((name, *("" for _ in row.lines[0].cells), p_number(row.p)))
    for line in row.lines:
        yield SheetLine((f"  {line.label}", *(format_number(cell.value, 1) for cell in line.cells), ""))


def _places(sd: float | None) -> int:
    """As many as show two digits of the standard deviation, and never fewer than one."""
    return max(1, places(sd, 2)) if sd and sd == sd else 1


def _mean(cell: Cell, decimals: int) -> str:
    sd = NOTHING if cell.sd is None else decimal(cell.sd, decimals)
    return f"{decimal(cell.value, decimals)} ± {sd}" if cell.value == cell.value else NOTHING


def _numbers(table: TableOne) -> Iterator[tuple[object, ...]]:
    for row in table.rows:
        for line in row.lines:
            for i, cell in enumerate(line.cells):
                label = line.label if row.categorical else ""
                numbers = (cell.value, cell.sd, cell.ci_low, cell.ci_high)
                where = (row.name, row.unit or "", label, table.columns[i], table.counts[i])
                yield (*where, *numbers, row.test, row.p)
