"""Tables 2 to 4: the slopes of bone mineral density on hemoglobin, of all, by sex and by race."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from studies.nhanes.cohort import Cohort
from studies.nhanes.models import regressions
from studies.nhanes.protocol import EVERYBODY, Protocol
from studies.nhanes.tables.sheet import Line, Sheet, p_value, with_interval
from studies.nhanes.variables import variable
from studies.nhanes.wording import capital, spelled_unit, unit_of

_FIRST = 2


def regression_sheets(cohort: Cohort) -> Iterator[Sheet]:
    """A sheet for each of the protocol's strata, from Table 2 on."""
    fitted = regressions(cohort)
    for number, stratum in enumerate(cohort.protocol.strata, start=_FIRST):
        labels = (EVERYBODY,) if stratum == EVERYBODY else variable(stratum).labels
        yield _sheet(cohort.protocol, number, stratum, fitted[fitted["subgroup"].isin(labels)])


def _sheet(protocol: Protocol, number: int, stratum: str, fitted: pd.DataFrame) -> Sheet:
    exposure = variable(protocol.exposure).label
    by, left_out = "", tuple[str, ...]()
    if stratum != EVERYBODY:
        by = f" by {variable(stratum).label}"
        left_out = (f"The models{by} leave {variable(stratum).label} out.",)
    models = (f"{model.name}: {_adjusted(model.covariates)}." for model in protocol.models)
    return Sheet(
        name=f"table-{number}",
        title=f"Table {number}. Association between {exposure} and bone mineral density{by}",
        columns=("", "n", *(model.name for model in protocol.models)),
        lines=tuple(_lines(protocol, stratum, fitted)),
        notes=(
            f"β (95 % interval) and p: {_unit(protocol)} per 1 {unit_of(protocol.exposure)} of {exposure},"
            " survey-weighted regression with design-based variance.",
            *models,
            *left_out,
        ),
        data=fitted.reset_index(drop=True),
    )


def _lines(protocol: Protocol, stratum: str, fitted: pd.DataFrame) -> Iterator[Line]:
    """A line an outcome, or in strata a heading an outcome and a line a class."""
    for outcome, described in protocol.outcomes.items():
        name = capital(variable(described.variable).label)
        groups = fitted[fitted["outcome"] == outcome].groupby("subgroup", sort=False)
        if stratum != EVERYBODY:
            yield Line((name,), heading=True)
        for label, rows in groups:
            counts = "; ".join(dict.fromkeys(f"{n:,}" for n in rows["n"]))
            cells = (
                _cell(*row) for row in rows[["estimate", "ci_low", "ci_high", "p"]].to_numpy(dtype=float)
            )
            yield Line((name if stratum == EVERYBODY else f"  {capital(str(label))}", counts, *cells))


def _cell(estimate: float, low: float, high: float, p: float) -> str:
    shown = p_value(p)
    return f"{with_interval(estimate, low, high)}\np {shown if shown.startswith('<') else f'= {shown}'}"


def _adjusted(covariates: tuple[str, ...]) -> str:
    if not covariates:
        return "no covariates"
    return "adjusted for " + ", ".join(variable(name).label for name in covariates)


def _unit(protocol: Protocol) -> str:
    units = {variable(outcome.variable).unit or "" for outcome in protocol.outcomes.values()}
    return spelled_unit(", ".join(sorted(units)))
