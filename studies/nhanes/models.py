"""The regressions of a protocol: the slope of the exposure for every outcome, stratum and model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import EXPOSURE_COLUMN, Array, Columns, Matrix
from studies.nhanes.protocol import EVERYBODY, ModelTerms
from studies.nhanes.variables.conditions import Mask
from studies.survey import LinearFit, SurveyError, linear, ordinary

Method = Literal["design", "weighted", "unweighted"]
"""Design-based, or least squares with or without weights as if persons were independent."""

COLUMNS = ("outcome", "subgroup", "model", "n", "estimate", "se", "df", "ci_low", "ci_high", "p")


@dataclass(frozen=True)
class Subgroup:
    """Those of the cohort in one class of a stratifying variable; everybody when there is none."""

    label: str
    variable: str | None = None

    def within(self, cohort: Cohort) -> Mask:
        """Who of the persons is in it; shape (n,)."""
        if self.variable is None:
            return cohort.included
        return cohort.included & cohort.measured.in_class(self.variable, self.label)


@dataclass(frozen=True)
class Slope:
    """One regression's coefficient of the exposure, in outcome units per exposure unit.

    df: of the interval and the test; PSUs minus strata in the subgroup when design-based, else n minus the
    number of coefficients. n: persons analysed. Limits and p are nan where df <= 0.
    """

    outcome: str
    subgroup: Subgroup
    model: ModelTerms
    n: int
    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p: float


def subgroups(cohort: Cohort) -> tuple[Subgroup, ...]:
    """The protocol's subgroups, in its order."""
    found: list[Subgroup] = []
    for name in cohort.protocol.strata:
        if name == EVERYBODY:
            found.append(Subgroup(EVERYBODY))
        else:
            found += [Subgroup(label, name) for label in cohort.measured.labels(name)]
    return tuple(found)


def slopes(cohort: Cohort, method: Method = "design") -> Iterator[Slope]:
    """Every regression of the protocol, by outcome, subgroup and model.

    Raises SurveyError, naming the regression, where one cannot be done.
    """
    protocol, cohort = cohort.protocol, cohort.compact()
    columns = Columns(cohort)
    found = {
        (outcome, subgroup, model.id): slope
        for subgroup in subgroups(cohort)
        for model in protocol.models
        for outcome, slope in _slopes_of_outcomes(cohort, columns, subgroup, model, method)
    }
    for outcome in protocol.outcomes:
        for subgroup in subgroups(cohort):
            for model in protocol.models:
                yield found[outcome, subgroup, model.id]


def regressions(cohort: Cohort, method: Method = "design") -> pd.DataFrame:
    """The same as a table with the columns COLUMNS; outcome and model by their ids, subgroup by its label."""
    return pd.DataFrame(
        [
            (
                slope.outcome,
                slope.subgroup.label,
                slope.model.id,
                *(getattr(slope, name) for name in COLUMNS[3:]),
            )
            for slope in slopes(cohort, method)
        ],
        columns=list(COLUMNS),
    )


def design_matrix(columns: Columns, subgroup: Subgroup, model: ModelTerms, domain: Mask) -> Matrix:
    """Intercept, exposure and the model's covariates but for the one that defines the subgroup."""
    return columns.matrix([name for name in model.covariates if name != subgroup.variable], domain)


def _slopes_of_outcomes(
    cohort: Cohort, columns: Columns, subgroup: Subgroup, model: ModelTerms, method: Method
) -> Iterator[tuple[str, Slope]]:
    """One model in one subgroup, for every outcome: they share their design matrix."""
    matrix = design_matrix(columns, subgroup, model, subgroup.within(cohort))
    for outcome, described in cohort.protocol.outcomes.items():
        try:
            fit = _fit(cohort, columns.values(described.variable), matrix, method)
        except SurveyError as error:
            raise SurveyError(f"{outcome}, {subgroup.label}, {model.name}: {error}") from error
        low, high = fit.ci()[EXPOSURE_COLUMN]
        yield (
            outcome,
            Slope(
                outcome=outcome,
                subgroup=subgroup,
                model=model,
                n=fit.n,
                estimate=float(fit.coef[EXPOSURE_COLUMN]),
                se=float(fit.se[EXPOSURE_COLUMN]),
                df=float(fit.df),
                ci_low=float(low),
                ci_high=float(high),
                p=float(fit.p[EXPOSURE_COLUMN]),
            ),
        )


def _fit(cohort: Cohort, y: Array, matrix: Matrix, method: Method) -> LinearFit:
    domain = matrix.domain
    if method == "design":
        return linear(cohort.design, y, matrix.x, domain, matrix.names)
    weights = cohort.design.weights[domain] if method == "weighted" else None
    return ordinary(y[domain], matrix.x[domain], weights, matrix.names)


@dataclass(frozen=True, eq=False)
class Adjustment:
    """Covariates by name, shape (n,) each, for the persons of the domain, shape (n,); others have zeros."""

    cohort: Cohort
    covariates: dict[str, Array]
    domain: Mask

    def analysed(self, y: Array) -> Mask:
        """Who of the domain has an outcome and a weight; shape (n,)."""
        mask: Mask = self.domain & ~np.isnan(y) & (self.cohort.design.weights > 0)
        return mask


def full_adjustment(cohort: Cohort, columns: Columns, subgroup: Subgroup) -> Adjustment:
    """The covariates of the protocol's last model, which is its fullest, in a subgroup."""
    model = cohort.protocol.models[-1]
    matrix = design_matrix(columns, subgroup, model, subgroup.within(cohort))
    after = EXPOSURE_COLUMN + 1
    covariates = {name: matrix.x[:, after + index] for index, name in enumerate(matrix.names[after:])}
    return Adjustment(cohort, covariates, matrix.domain)
