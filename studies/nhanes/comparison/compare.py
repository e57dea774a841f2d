"""Every published number of the flow, Table 1 and Tables 2 to 5 beside the regenerated one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from evidence.records.printed import Printed
from evidence.records.schema import BaselineRow, Record
from studies.nhanes import table1
from studies.nhanes.alignment import as_diagnosed
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import baseline
from studies.nhanes.comparison.rows import CHANGED, ComparedRow, estimate_row, number_row, p_row
from studies.nhanes.comparison.slopes import (
    ComparedPoint,
    ComparedSlope,
    Regenerated,
    compare_points,
    compare_slopes,
)
from studies.nhanes.errors import NhanesError
from studies.nhanes.models import regressions
from studies.nhanes.table1 import table_one

FLOW = "Figure 1"
TABLE_ONE = "Table 1"


@dataclass(frozen=True, eq=False)
class Comparison:
    """rows: one a published number; slopes: Tables 2 to 5; regressions: the table of models.regressions.

    cycles: of the cohort's protocol.
    """

    cycles: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    slopes: tuple[ComparedSlope, ...]
    regressions: pd.DataFrame


@dataclass(frozen=True)
class Count:
    """How many numbers of one kind a table prints, and what became of them.

    diagnosed_of: those that the alignment diagnosis says something about; conclusions: those that have one.
    """

    table: str
    quantity: str
    numbers: int
    agree: int
    diagnosed_of: int
    diagnosed_agree: int
    conclusions: int
    changed: int


def compare(cohort: Cohort, record: Record) -> Comparison:
    """The cohort's numbers beside the record's. Raises SurveyError where a regression cannot be done."""
    inside, other = cohort.compact(), as_diagnosed(cohort).compact()
    mine = Regenerated(inside, regressions(cohort), weighted=False)
    diagnosed = Regenerated(other, regressions(other, "weighted"), weighted=True)
    slopes = tuple(compare_slopes(record, mine, diagnosed))
    rows = [
        *flow_rows(cohort, record),
        *table_one_rows(inside, other, record),
        *(row for compared in slopes for row in slope_rows(compared)),
        *(point_row(point) for point in compare_points(record, mine, diagnosed)),
    ]
    return Comparison(cohort.protocol.cycles, tuple(rows), slopes, mine.regressions)


def flow_rows(cohort: Cohort, record: Record) -> Iterator[ComparedRow]:
    """The boxes of the flow chart: who was sampled, who was excluded at each step, who is left."""
    counts = [len(cohort.persons), *(step.excluded for step in cohort.steps), cohort.n]
    steps = record.flow.steps if record.flow else ()
    if len(steps) != len(counts):
        raise NhanesError(
            f"the published flow has {len(steps)} steps and the protocol's {len(counts)}; expected as many"
        )
    for i, step in enumerate(steps):
        printed = next(n for n in (step.start, step.excluded, step.left) if n is not None)
        yield number_row(FLOW, step.what, "n", Printed.parse(str(printed)), float(counts[i]))


def table_one_rows(cohort: Cohort, diagnosed: Cohort, record: Record) -> Iterator[ComparedRow]:
    """Means, standard deviations, percentages and p values of Table 1."""
    printed = baseline(record)
    found, moved = table_one(cohort).rows, table_one(diagnosed).rows
    for i, row in enumerate(printed.rows):
        mine, other = found[i], moved[i]
        if row.variable != mine.name:
            raise NhanesError(f"Table 1 prints '{row.variable}' where '{mine.name}' was expected")
        for label, values in _printed_lines(row):
            line = list(row.percent or {label: ()}).index(label)  # classes stand in the same order
            for column, numbers in enumerate(values):
                place = f"{row.variable}, {label}" if row.percent else row.variable
                cells = mine.lines[line].cells[column], other.lines[line].cells[column]
                yield from _cell_rows(f"{place}, {printed.columns[column]}", numbers, *cells)
        if row.p is not None:
            yield p_row(TABLE_ONE, row.variable, row.p, mine.p)


def slope_rows(compared: ComparedSlope) -> Iterator[ComparedRow]:
    """A slope, its interval and its p value where one is printed."""
    printed, mine, other = compared.printed, compared.regenerated, compared.diagnosed
    yield estimate_row(printed, mine, other)
    limits = ((mine.ci_low, other.ci_low), (mine.ci_high, other.ci_high))
    for i, quantity in enumerate(("CI low", "CI high")):
        yield number_row(printed.table, printed.at, quantity, printed.ci[i], *limits[i])
    p = printed.effect.p
    if p is not None and p.number is not None:
        yield number_row(printed.table, printed.at, "p", p, mine.p, other.p)


def point_row(point: ComparedPoint) -> ComparedRow:
    """A turning point."""
    printed = point.printed
    item = f"{printed.at.rpartition(', ')[2]}, searched"
    return number_row(
        printed.table, item, "turning point", printed.estimate, point.regenerated, point.diagnosed
    )


def counts(rows: tuple[ComparedRow, ...]) -> tuple[Count, ...]:
    """How much agrees, by table and kind of number, in the order of the rows."""
    kinds = dict.fromkeys((row.table, row.quantity) for row in rows)
    return tuple(_count(kind, [row for row in rows if (row.table, row.quantity) == kind]) for kind in kinds)


def _count(kind: tuple[str, str], rows: list[ComparedRow]) -> Count:
    diagnosed = [row.diagnosed_agrees for row in rows if row.diagnosed_agrees is not None]
    conclusions = [row.conclusion for row in rows if row.conclusion is not None]
    return Count(
        *kind,
        numbers=len(rows),
        agree=sum(row.agrees for row in rows),
        diagnosed_of=len(diagnosed),
        diagnosed_agree=sum(diagnosed),
        conclusions=len(conclusions),
        changed=conclusions.count(CHANGED),
    )


def _printed_lines(row: BaselineRow) -> Iterator[tuple[str, tuple[tuple[Printed, ...], ...]]]:
    """Each printed line with the numbers of each column: mean and SD, or a percentage."""
    if row.mean_sd is not None:
        yield row.variable, row.mean_sd
    for label, values in (row.percent or {}).items():
        yield label, tuple((value,) for value in values)


def _cell_rows(
    item: str, printed: tuple[Printed, ...], cell: table1.Cell, moved: table1.Cell
) -> Iterator[ComparedRow]:
    interval = cell.ci_low, cell.ci_high
    quantity = "%" if cell.sd is None else "mean"
    yield number_row(TABLE_ONE, item, quantity, printed[0], cell.value, moved.value, interval)
    if cell.sd is not None:
        yield number_row(TABLE_ONE, item, "SD", printed[1], cell.sd, moved.sd)
