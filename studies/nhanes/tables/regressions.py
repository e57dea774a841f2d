"""Who the participants are, by quarter of the exposure, and the slopes of the outcomes on it by stratum."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from evidence.wording import NOTHING, p_number, p_text
from studies.nhanes.cohort import Cohort
from studies.nhanes.exposure_forms import slope_is_per
from studies.nhanes.models import refuse_other_than_slopes, regressions
from studies.nhanes.protocol import Protocol, crossed, subgroup_name
from studies.nhanes.protocol_parts import MissingCovariates
from studies.nhanes.spelling import capital, spelled_unit, unit_of
from studies.nhanes.table1 import Cell, Characteristic, TableOne, table_one
from studies.nhanes.tables.page import Sheet, SheetLine, decimal, with_interval

_FIRST = 2


def regression_sheets(cohort: Cohort) -> Iterator[Sheet]:
    """A sheet for each of the protocol's strata, from Table 2 on."""
    refuse_other_than_slopes(cohort.protocol)
    fitted = regressions(cohort)
    protocol, per = cohort.protocol, spelled_unit(slope_is_per(cohort, "slope"))
    models = tuple(f"{model.name}: {_adjusted(protocol, model.covariates)}." for model in protocol.models)
    for number, stratum in enumerate(cohort.protocol.strata, start=_FIRST):
        names = [subgroup_name(classes) for classes in cohort.protocol.classes_of(stratum)]
        rows = fitted[fitted["subgroup"].isin(names)]
        yield _sheet(protocol, number, crossed(stratum), rows, per, models)
        models = (f"Models as under Table {_FIRST}.",)  # long lists, given once


def _sheet(
    protocol: Protocol,
    number: int,
    strata: tuple[str, ...],
    fitted: pd.DataFrame,
    per: str,
    models: tuple[str, ...],
) -> Sheet:
    exposure = protocol.variable(protocol.exposure)
    by, left_out = "", tuple[str, ...]()
    if strata:
        named = " and ".join(protocol.variable(name).label for name in strata)
        by = f" by {named}"
        left_out = (f"The models{by} leave {named} out.",)
    return Sheet(
        name=f"table-{number}",
        title=f"Table {number}. Association between {exposure.label} and {_outcomes(protocol)}{by}",
        columns=("", "n", *(model.name for model in protocol.models)),
        lines=tuple(_lines(protocol, bool(strata), fitted)),
        notes=(
            f"β (95% interval) and p: {_unit(protocol)} per {per} of {exposure.label},"
            " survey-weighted regression with design-based variance.",
            *models,
            *left_out,
        ),
        data=fitted.reset_index(drop=True),
    )


def _lines(protocol: Protocol, stratified: bool, fitted: pd.DataFrame) -> Iterator[SheetLine]:
    """A line an outcome, or in strata a heading an outcome and a line a class."""
    for outcome, described in protocol.outcomes.items():
        name = capital(protocol.variable(described.variable).label)
        groups = fitted[fitted["outcome"] == outcome].groupby("subgroup", sort=False)
        if stratified:
            yield SheetLine((name,), heading=True)
        for label, rows in groups:
            counts = "; ".join(dict.fromkeys(f"{n:,}" for n in rows["n"]))
            cells = (
                _cell(*row) for row in rows[["estimate", "ci_low", "ci_high", "p"]].to_numpy(dtype=float)
            )
            yield SheetLine((f"  {capital(str(label))}" if stratified else name, counts, *cells))


def _cell(estimate: float, low: float, high: float, p: float) -> str:
    return f"{with_interval(estimate, low, high)}\n{p_text(p)}"


def _adjusted(protocol: Protocol, covariates: tuple[str, ...]) -> str:
    if not covariates:
        return "no covariates"
    return "adjusted for " + ", ".join(protocol.variable(name).label for name in covariates)


def _outcomes(protocol: Protocol) -> str:
    return " and ".join(protocol.variable(outcome.variable).label for outcome in protocol.outcomes.values())


def _unit(protocol: Protocol) -> str:
    units = {protocol.variable(outcome.variable).unit or "" for outcome in protocol.outcomes.values()}
    return spelled_unit(", ".join(sorted(units)))


_COLUMNS = ("variable", "unit", "class", "column", "n", "value", "sd", "ci_low", "ci_high", "test", "p")


_RECORDED = "Of the participants for whom each is recorded"
_FILLED = "Missing continuous values are filled with the mean of the participants before."


def _missing(missing: MissingCovariates) -> str:
    """What was done about values that are not recorded, as far as the table shows it."""
    if missing.impute is not None:
        return f"{_RECORDED}; the regressions impute the covariates."
    if missing.by_covariate:
        return "What is not recorded is treated covariate by covariate, as the protocol says."
    return _FILLED if missing.default in ("fill", "mean") else f"{_RECORDED}."


def characteristics_sheet(cohort: Cohort) -> Sheet:
    """Mean ± SD, or percentages of the column, of all and of the quarters, and the test between quarters."""
    table = table_one(cohort)
    exposure = cohort.protocol.variable(cohort.protocol.exposure)
    tests = sorted({row.test for row in table.rows if row.test})
    return Sheet(
        name="table-1",
        title=f"Table 1. Characteristics of the participants by quarter of {exposure.label}",
        columns=("", *_headers(table), "p"),
        lines=tuple(line for row in table.rows for line in _characteristic_lines(row)),
        notes=(
            f"Q1 to Q4: quarters of {exposure.label} ({unit_of(exposure)}), cut at the unweighted quartiles.",
            "Mean ± SD, or percentages of the column; quarters are survey-weighted.",
            _missing(cohort.protocol.missing_covariates),
            f"p: {'; '.join(tests)}.",
        ),
        data=pd.DataFrame(_numbers(table), columns=list(_COLUMNS)),
    )


def _headers(table: TableOne) -> Iterator[str]:
    low, middle, high = (f"{limit:.1f}" for limit in table.limits)
    ranges = ("unweighted", f"< {low}", f"{low} to < {middle}", f"{middle} to < {high}", f"≥ {high}")
    for i, within in enumerate(ranges):
        yield "\n".join((table.columns[i], within, f"n = {table.counts[i]:,}"))


def _characteristic_lines(row: Characteristic) -> Iterator[SheetLine]:
    """A continuous variable is a line; a categorical one a line with its p, then a line for each class."""
    name = row.name + (" (%)" if row.categorical else f" ({spelled_unit(row.unit)})" if row.unit else "")
    if not row.categorical:
        cells = row.lines[0].cells
        places = _places(cells[0].sd)
        yield SheetLine((name, *(_mean(cell, places) for cell in cells), p_number(row.p)))
        return
    yield SheetLine((name, *("" for _ in row.lines[0].cells), p_number(row.p)))
    for line in row.lines:
        yield SheetLine((f"  {line.label}", *(f"{cell.value:.1f}" for cell in line.cells), ""))


def _places(sd: float | None) -> int:
    """As many as show two digits of the standard deviation, and never fewer than one."""
    return max(1, 1 - math.floor(math.log10(sd))) if sd else 1


def _mean(cell: Cell, places: int) -> str:
    sd = NOTHING if cell.sd is None else decimal(cell.sd, places)
    return f"{decimal(cell.value, places)} ± {sd}"


def _numbers(table: TableOne) -> Iterator[tuple[object, ...]]:
    for row in table.rows:
        for line in row.lines:
            for i, cell in enumerate(line.cells):
                label = line.label if row.categorical else ""
                numbers = (cell.value, cell.sd, cell.ci_low, cell.ci_high)
                where = (row.name, row.unit or "", label, table.columns[i], table.counts[i])
                yield (*where, *numbers, row.test, row.p)
