"""The characteristics of a cohort by its exposure: Table 1 of the published analysis, and of any protocol.

The columns are quarters of a continuous exposure, or the classes of one in classes. The published table's
printed cells say how it was made. The quarters are cut at the unweighted quartiles (13.2, 14.2 and
15.2 g/dL), a person at a limit belonging to the upper quarter; the column of all is unweighted and the
quarters are weighted; means are taken after missing values were filled in. p values are design-based here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studies.nhanes.catalogue import ProtocolError
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

    sd: of a mean, None for a percentage; nan of one person. All nan where nobody has a value.
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
    """One variable: its lines (one when continuous), and the test that the columns do not differ.

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
    """columns: All, then Q1 to Q4, or the exposure's classes that somebody is in; counts: persons in each.

    limits: those that cut a continuous exposure, its three quartiles; fewer, and groups instead of quarters,
    where these are equal or the least value. spread: the SD of a continuous exposure, 0 of one in classes.
    without: persons of All whose exposure is not recorded, who are in no other column.
    """

    columns: tuple[str, ...]
    counts: tuple[int, ...]
    limits: tuple[float, ...]
    rows: tuple[Characteristic, ...]
    spread: float
    without: int


def rows_of(protocol: Protocol) -> dict[str, str]:
    """ROWS where a protocol reads all their variables, then age, sex, covariates, strata and outcomes.

    By label, with the name where two have one label.
    """
    found = dict(ROWS) if set(ROWS.values()) <= set(protocol.named) else {}
    names = ["age", "sex", *protocol.covariates, *protocol.stratifying]
    names += [outcome.variable for outcome in protocol.outcomes.values()]
    for name in dict.fromkeys(names):
        if name not in (*found.values(), protocol.exposure):
            label = capital(protocol.variable(name).label)
            found[f"{label} ({name})" if label in found else label] = name
    return found


def table_one(cohort: Cohort) -> TableOne:
    """The table of a cohort by its exposure; its rows are rows_of the protocol.

    Means, standard deviations and percentages (of all persons of the column, Not recorded included): column
    All without weights, SD over n - 1; the others with weights, design-based 95% intervals. Tests: Wald's F
    that the weighted means of the columns are equal; Rao & Scott's chi-square of class by column.
    """
    maker = _Maker(cohort)
    counts = (cohort.n, *(int(mask.sum()) for mask in maker.masks))
    return TableOne(
        columns=(ALL, *maker.names),
        counts=counts,
        limits=tuple(float(limit) for limit in maker.limits),
        rows=tuple(maker.row(name, known) for name, known in rows_of(cohort.protocol).items()),
        spread=maker.spread,
        without=counts[0] - sum(counts[1:]),
    )


_NO_INTERVAL = math.nan, math.nan


def _nothing(categorical: bool) -> Cell:
    """The cell of a column in which nobody has a value."""
    return Cell(math.nan, None if categorical else math.nan, *_NO_INTERVAL)


class _Maker:
    """One cohort's columns and its groups by exposure, each made once."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._columns = Columns(cohort)
        self._classes = cohort.measured.labels(cohort.protocol.exposure)

    @cached_property
    def _exposure(self) -> Array:
        return self._columns.values(self._cohort.protocol.exposure)

    @cached_property
    def _recorded(self) -> Array:
        """The values of a continuous exposure in the cohort."""
        values = self._exposure[self._cohort.included]
        found: Array = values[~np.isnan(values)]
        if not len(found):
            raise ProtocolError(f"'{self._cohort.protocol.exposure}' is recorded in nobody of the cohort")
        return found

    @property
    def spread(self) -> float:
        """The unweighted standard deviation of a continuous exposure; 0 of one person's, or in classes."""
        alone = self._classes or len(self._recorded) < 2
        return 0.0 if alone else float(np.std(self._recorded, ddof=1))

    @cached_property
    def limits(self) -> Array:
        """The unweighted quartiles of a continuous exposure in the cohort, those that cut it; shape (k,)."""
        if self._classes:
            return np.empty(0)
        found = np.unique(np.quantile(self._recorded, [0.25, 0.5, 0.75]))
        cutting: Array = found[found > self._recorded.min()]
        return cutting

    @cached_property
    def _group(self) -> Array:
        """The number of each person's column, from 0; nan where the exposure is not recorded; shape (n,)."""
        if self._classes:
            places = self._cohort.measured.class_of(self._cohort.protocol.exposure)
            return np.where(places < len(self._classes), places, np.nan)
        places = np.searchsorted(self.limits, self._exposure, side="right")
        return np.where(np.isnan(self._exposure), np.nan, places)

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        """The groups that somebody with a weight is in."""
        inside = self._cohort.included & (self._cohort.design.weights > 0) & ~np.isnan(self._group)
        return tuple(np.unique(self._group[inside]).astype(int).tolist())

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns after All."""
        if self._classes:
            return tuple(self._classes[number] for number in self._numbers)
        quarters = QUARTERS if len(self.limits) + 1 == len(QUARTERS) else ()
        return tuple(quarters[n] if quarters else f"Group {n + 1}" for n in self._numbers)

    @cached_property
    def masks(self) -> tuple[Mask, ...]:
        """Who of the persons is in each column after All, shape (n,) each."""
        return tuple(self._cohort.included & (self._group == number) for number in self._numbers)

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
        inside = inside[~np.isnan(inside[:, 0])]
        if not len(inside):
            return tuple(_nothing(categorical) for _ in values.T)
        if categorical:
            return tuple(Cell(100.0 * float(share), None, *_NO_INTERVAL) for share in inside.mean(axis=0))
        sd = float(inside.std(ddof=1)) if len(inside) > 1 else math.nan
        return (Cell(float(inside.mean()), sd, *_NO_INTERVAL),)

    def _weighted(self, values: Array, categorical: bool, mask: Mask) -> tuple[Cell, ...]:
        design = self._cohort.design
        known = mask & ~np.isnan(values[:, 0]) & (design.weights > 0)
        if not known.any():
            return tuple(_nothing(categorical) for _ in values.T)
        found = mean(design, values, mask)
        if not categorical:
            alone = known.sum() < 2
            sd = math.nan if alone else float(standard_deviation(design, values, mask).estimate[0])
            low, high = found.ci()[0]
            return (Cell(float(found.estimate[0]), sd, float(low), float(high)),)
        shares = Proportions(found.names, found.estimate, found.cov, found.df, found.n, found.missing)
        percent = 100.0 * np.column_stack((shares.estimate, shares.ci()))
        return tuple(Cell(share, None, low, high) for share, low, high in percent.tolist())

    def _mean_test(self, values: Array) -> tuple[str, float]:
        names = self.names[1:]
        x = np.stack([np.ones(len(values)), *(mask.astype(float) for mask in self.masks[1:])], axis=1)
        try:
            inside = np.logical_or.reduce(self.masks)
            fit = linear(self._cohort.design, values, x, inside, ("(Intercept)", *names))
            return "design-based Wald test of the means", fit.test(names).p
        except SurveyError:  # one column only, or nobody of one has a value: nothing to test
            return "", float("nan")

    def _class_test(self, indicators: Array) -> tuple[str, float]:
        classes = np.where(np.isnan(indicators[:, 0]), np.nan, indicators.argmax(axis=1))
        try:
            found = chi_square(self._cohort.design, classes, self._group, self._cohort.included)
        except SurveyError:  # one class only, or too many empty cells: nothing to test
            return "", float("nan")
        return "Rao-Scott chi-square", found.p
