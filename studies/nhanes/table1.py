"""The characteristics of a cohort by quarter of hemoglobin: Table 1 of the published analysis, regenerated.

Its printed cells say how it was made. The quarters are cut at the unweighted quartiles (13.2, 14.2 and
15.2 g/dL), a person at a limit belonging to the upper quarter; the column of all is unweighted and the
quarters are weighted; means are taken after missing values were filled in. p values are design-based here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.protocol import Protocol
from studies.nhanes.spelling import capital
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.measured import NOT_RECORDED
from studies.survey import Proportions, SurveyError, chi_square, linear, mean, standard_deviation

ALL = "All"
QUARTERS = ("Q1", "Q2", "Q3", "Q4")

ROWS = {
    "Age": "age",
    "Gender": "sex",
    "Weight": "weight",
    "Standing Height": "height",
    "Race": "race",
    "Education Level": "education",
    "Annual Household Income": "income",
    "Alcohol Status": "alcohol",
    "Smoking Status": "smoking",
    "Diabetes": "diabetes",
    "BMI": "bmi",
    "SBP": "sbp",
    "DBP": "dbp",
    "Thoracic Spine BMD": "thoracic-spine-bmd",
    "Lumbar Spine BMD": "lumbar-spine-bmd",
    "Albumin": "albumin",
    "ALP": "alp",
    "AST": "ast",
    "ALT": "alt",
    "Blood Urea Nitrogen": "urea-nitrogen",
    "Total Calcium": "calcium",
    "CPK": "cpk",
    "GGT": "ggt",
    "LDH": "ldh",
    "Phosphorus": "phosphorus",
    "Total Bilirubin": "bilirubin",
    "Total Protein": "protein",
    "Albumin Creatinine Ratio": "albumin-creatinine-ratio",
    "Red Blood Cell Count": "red-cells",
    "HDL-C": "hdl",
    "Total Cholesterol": "cholesterol",
    "Glucose": "glucose",
    "Iron": "iron",
    "Triglyceride": "triglycerides",
    "LDL-C": "ldl",
}
"""The rows of the table by their printed names, in the printed order: the variable of each."""


@dataclass(frozen=True)
class Cell:
    """A mean or a percentage of one column; nan limits where the column is unweighted or df <= 0.

    sd: of a mean, None for a percentage.
    """

    value: float
    sd: float | None
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class ClassLine:
    """One printed line: a continuous variable, or one class of a categorical one (percentages)."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Characteristic:
    """One variable: its lines (one when continuous), and the test that the quarters do not differ.

    A line Not recorded is there when somebody is in it.

    test: what was tested, "" where nothing could be; p: nan then.
    """

    name: str
    variable: str
    unit: str | None
    categorical: bool
    lines: tuple[ClassLine, ...]
    test: str
    p: float


@dataclass(frozen=True)
class TableOne:
    """columns: All, Q1 to Q4; counts: persons in each; limits: the three quartiles of the exposure."""

    columns: tuple[str, ...]
    counts: tuple[int, ...]
    limits: tuple[float, ...]
    rows: tuple[Characteristic, ...]


def rows_of(protocol: Protocol) -> dict[str, str]:
    """ROWS where a protocol reads all their variables; else age, sex, covariates and outcomes by label."""
    if set(ROWS.values()) <= set(protocol.named):
        return ROWS
    outcomes = (outcome.variable for outcome in protocol.outcomes.values())
    names = dict.fromkeys(("age", "sex", *protocol.models[-1].covariates, *outcomes))
    return {capital(protocol.variable(name).label): name for name in names}


def table_one(cohort: Cohort) -> TableOne:
    """The table of a cohort by quarter of its exposure; its rows are rows_of the protocol.

    Means, standard deviations and percentages (of all persons of the column, Not recorded included): column
    All without weights, SD over n - 1; quarters with weights, design-based 95% intervals. Tests: Wald's F
    that the weighted means of the quarters are equal; Rao & Scott's chi-square of class by quarter.
    """
    maker = _Maker(cohort)
    return TableOne(
        columns=(ALL, *QUARTERS),
        counts=tuple(int(mask.sum()) for mask in (cohort.included, *maker.masks)),
        limits=tuple(float(limit) for limit in maker.limits),
        rows=tuple(maker.row(name, known) for name, known in rows_of(cohort.protocol).items()),
    )


class _Maker:
    """One cohort's columns and quarters, each made once."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._columns = Columns(cohort)

    @cached_property
    def _exposure(self) -> Array:
        return self._columns.values(self._cohort.protocol.exposure)

    @cached_property
    def limits(self) -> Array:
        """The unweighted quartiles of the exposure in the cohort, shape (3,)."""
        values = self._exposure[self._cohort.included]
        found: Array = np.quantile(values, [0.25, 0.5, 0.75])
        return found

    @cached_property
    def _quarter(self) -> Array:
        """0 to 3, shape (n,)."""
        return np.searchsorted(self.limits, self._exposure, side="right").astype(float)

    @cached_property
    def masks(self) -> tuple[Mask, ...]:
        """Who of the persons is in each quarter, four of shape (n,)."""
        return tuple(self._cohort.included & (self._quarter == index) for index in range(len(QUARTERS)))

    def row(self, name: str, known: str) -> Characteristic:
        found = self._cohort.protocol.variable(known)
        values = self._columns.covariate(known)
        columns = [self._unweighted(values, found.categorical)]
        columns += [self._weighted(values, found.categorical, mask) for mask in self.masks]
        labels = (*found.labels, NOT_RECORDED) if found.categorical else (name,)
        lines = [
            ClassLine(label, tuple(column[i] for column in columns))
            for i, label in enumerate(labels)
            if label != NOT_RECORDED or columns[0][i].value > 0
        ]
        test, p = self._class_test(values) if found.categorical else self._mean_test(values[:, 0])
        return Characteristic(name, known, found.unit, found.categorical, tuple(lines), test, p)

    def _unweighted(self, values: Array, categorical: bool) -> tuple[Cell, ...]:
        inside = values[self._cohort.included]
        nan = float("nan")
        if categorical:
            return tuple(Cell(100.0 * float(share), None, nan, nan) for share in np.nanmean(inside, axis=0))
        return (Cell(float(np.nanmean(inside)), float(np.nanstd(inside, ddof=1)), nan, nan),)

    def _weighted(self, values: Array, categorical: bool, mask: Mask) -> tuple[Cell, ...]:
        design = self._cohort.design
        found = mean(design, values, mask)
        if not categorical:
            sd = float(standard_deviation(design, values, mask).estimate[0])
            low, high = found.ci()[0]
            return (Cell(float(found.estimate[0]), sd, float(low), float(high)),)
        shares = Proportions(found.names, found.estimate, found.cov, found.df, found.n, found.missing)
        percent = 100.0 * np.column_stack((shares.estimate, shares.ci()))
        return tuple(Cell(share, None, low, high) for share, low, high in percent.tolist())

    def _mean_test(self, values: Array) -> tuple[str, float]:
        names = QUARTERS[1:]
        x = np.stack([np.ones(len(values)), *(self._quarter == index for index in (1, 2, 3))], axis=1)
        fit = linear(self._cohort.design, values, x, self._cohort.included, ("(Intercept)", *names))
        return "design-based Wald test of the means", fit.test(names).p

    def _class_test(self, indicators: Array) -> tuple[str, float]:
        classes = np.where(np.isnan(indicators[:, 0]), np.nan, indicators.argmax(axis=1))
        try:
            found = chi_square(self._cohort.design, classes, self._quarter, self._cohort.included)
        except SurveyError:  # one class only, or too many empty cells: nothing to test
            return "", float("nan")
        return "Rao-Scott chi-square", found.p
