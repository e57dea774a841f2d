"""The regressions of a protocol: what the exposure does in every outcome, stratum and model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import EXPOSURE_COLUMN, Array, Columns, Matrix
from studies.nhanes.exposure_forms import PER_STEP, ExposureContrast, ExposureForm, FormKind
from studies.nhanes.protocol import Class, subgroup_name
from studies.nhanes.protocol_parts import ModelTerms
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.measured import NOT_RECORDED
from studies.survey import LinearFit, SurveyError, WaldTest, linear, ordinary

Method = Literal["design", "weighted", "unweighted"]
"""Design-based, or least squares with or without weights as if persons were independent."""

COLUMNS = (
    *("outcome", "subgroup", "model", "form", "within", "exposed", "reference"),
    *("n", "estimate", "se", "df", "ci_low", "ci_high", "p"),
)


@dataclass(frozen=True)
class Subgroup:
    """Those of the cohort in one class of a stratifying variable; everybody when there is none.

    crossing: the subgroups whose common persons it is, where strata are crossed.
    """

    label: str
    variable: str | None = None
    crossing: tuple[Subgroup, ...] = ()

    @property
    def classes(self) -> tuple[Class, ...]:
        """The classes that its persons are in."""
        own = () if self.variable is None else ((self.variable, self.label),)
        return (*own, *(one for part in self.crossing for one in part.classes))

    @property
    def name(self) -> str:
        """How it is called: all, men, or diabetes: Yes."""
        return subgroup_name(self.classes)

    def within(self, cohort: Cohort) -> Mask:
        """Who of the persons is in it; shape (n,)."""
        inside = cohort.included
        for variable, label in self.classes:
            inside = inside & cohort.measured.in_class(variable, label)
        return inside


@dataclass(frozen=True)
class Slope:
    """One regression's coefficient of the exposure, in outcome units per step of it or between two classes.

    Of ratios it is the logarithm. df: of the interval and the test; PSUs minus strata in the subgroup when
    design-based, else n minus the number of coefficients. n: persons analysed; limits and p are nan where
    df <= 0. within: the class in which the exposure has this effect, where a model has an interaction, and n
    is of it. counts: persons in the class and in its reference. tests: joint tests of the regression, by what
    they are about.
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
    form: FormKind = "slope"
    comparison: ExposureContrast = PER_STEP
    within: Class | None = None
    counts: tuple[int, int] | None = None
    tests: tuple[tuple[str, WaldTest], ...] = ()


def subgroups(cohort: Cohort) -> tuple[Subgroup, ...]:
    """The protocol's subgroups, in its order."""
    protocol = cohort.protocol
    return tuple(subgroup_of(each) for stratum in protocol.strata for each in protocol.classes_of(stratum))


def subgroup_of(classes: tuple[Class, ...]) -> Subgroup:
    """The persons who are in all of these classes."""
    if len(classes) == 1:
        variable, label = classes[0]
        return Subgroup(label, variable)
    return Subgroup(subgroup_name(classes), None, tuple(Subgroup(label, name) for name, label in classes))


def slopes(cohort: Cohort, method: Method = "design") -> Iterator[Slope]:
    """Every regression of the protocol, by outcome, subgroup and model.

    Raises SurveyError, naming the regression, where one cannot be done.
    """
    protocol, cohort = cohort.protocol, cohort.compact()
    with protocol.named_in_errors():
        columns = Columns(cohort)
        found = {
            (outcome, subgroup, model.id, form.kind): each
            for subgroup in subgroups(cohort)
            for model in protocol.models
            for form in columns.forms
            for outcome, each in _of_outcomes(cohort, columns, subgroup, model, form, method)
        }
    for outcome in protocol.outcomes:
        for subgroup in subgroups(cohort):
            for model in protocol.models:
                for form in columns.forms:
                    yield from found[outcome, subgroup, model.id, form.kind]


def regressions(cohort: Cohort, method: Method = "design") -> pd.DataFrame:
    """The same as a table with the columns COLUMNS; outcome and model by their ids, subgroup by its name."""
    return pd.DataFrame([_row(slope) for slope in slopes(cohort, method)], columns=list(COLUMNS))


def _row(slope: Slope) -> tuple[object, ...]:
    within = "" if slope.within is None else subgroup_name((slope.within,))
    comparison = slope.comparison
    where = (slope.outcome, slope.subgroup.name, slope.model.id, slope.form, within)
    numbers = (getattr(slope, name) for name in ("n", "estimate", "se", "df", "ci_low", "ci_high", "p"))
    return (*where, comparison.exposed, comparison.reference, *numbers)


def design_matrix(
    columns: Columns, subgroup: Subgroup, model: ModelTerms, domain: Mask, form: ExposureForm | None = None
) -> Matrix:
    """Intercept, exposure and the model's covariates but for those that define the subgroup.

    form: of the exposure, its first when left out.
    """
    constant = {name for name, _ in subgroup.classes}
    covariates = [name for name in model.covariates if name not in constant]
    interactions = [name for name in model.interactions if name not in constant]
    return columns.matrix(form or columns.forms[0], covariates, domain, interactions)


def _of_outcomes(
    cohort: Cohort,
    columns: Columns,
    subgroup: Subgroup,
    model: ModelTerms,
    form: ExposureForm,
    method: Method,
) -> Iterator[tuple[str, tuple[Slope, ...]]]:
    """One model in one subgroup, for every outcome: they share their design matrix."""
    domain = subgroup.within(cohort)
    try:
        if not domain.any():
            raise SurveyError("nobody of the cohort is in this subgroup; leave it out of the strata")
        matrix = design_matrix(columns, subgroup, model, domain, form)
    except SurveyError as error:
        raise SurveyError(f"{subgroup.name}, {model.name}: {error}") from error
    for outcome, described in cohort.protocol.outcomes.items():
        try:
            y = columns.values(described.variable)
            _refuse_empty_classes(form, matrix, y)
            fit = _fit(cohort, y, matrix, method)
            yield outcome, tuple(_reported(cohort, outcome, subgroup, model, form, matrix, fit, y))
        except SurveyError as error:
            raise SurveyError(f"{outcome}, {subgroup.name}, {model.name}: {error}") from error


def _reported(
    cohort: Cohort,
    outcome: str,
    subgroup: Subgroup,
    model: ModelTerms,
    form: ExposureForm,
    matrix: Matrix,
    fit: LinearFit,
    y: Array,
) -> Iterator[Slope]:
    """What a fit says: each comparison, in each class of what the exposure interacts with."""
    analysed = matrix.domain & ~np.isnan(y) & (cohort.design.weights > 0)
    tests = tuple(_tests(form, matrix, model, fit))
    for within, products in _modified(model, matrix):
        inside = analysed if within is None else analysed & cohort.measured.in_class(*within)
        rows = np.zeros((len(form.comparisons), len(fit.names)))
        for place, comparison in enumerate(form.comparisons):
            rows[place, EXPOSURE_COLUMN : EXPOSURE_COLUMN + len(form.names)] = comparison.row
            for name, factor in zip(products, comparison.row, strict=bool(products)):
                rows[place, fit.position(name)] = factor
        combined = fit.contrast([each.exposed or form.names[0] for each in form.comparisons], rows)
        limits = combined.ci()
        for place, comparison in enumerate(form.comparisons):
            yield Slope(
                outcome=outcome,
                subgroup=subgroup,
                model=model,
                n=int(inside.sum()),
                estimate=float(combined.estimate[place]),
                se=float(combined.se[place]),
                df=float(combined.df),
                ci_low=float(limits[place, 0]),
                ci_high=float(limits[place, 1]),
                p=float(combined.p[place]),
                form=form.kind,
                comparison=comparison,
                within=within,
                counts=_counts(cohort, comparison, inside) if form.kind == "classes" else None,
                tests=tests,
            )


def _modified(model: ModelTerms, matrix: Matrix) -> Iterator[tuple[Class | None, tuple[str, ...]]]:
    """The classes in which the exposure's effect is told, with the products that are added there."""
    if not matrix.products:
        yield None, ()
    for label, products in matrix.products.items():
        if label != NOT_RECORDED:
            yield (model.interactions[0], label), products


def _tests(
    form: ExposureForm, matrix: Matrix, model: ModelTerms, fit: LinearFit
) -> Iterator[tuple[str, WaldTest]]:
    for what, names in form.tests.items():
        yield what, fit.test(names)
    products = tuple(name for names in matrix.products.values() for name in names)
    if products:
        yield f"interaction with {model.interactions[0]}", fit.test(products)


def _counts(cohort: Cohort, comparison: ExposureContrast, inside: Mask) -> tuple[int, int]:
    exposure, measured = cohort.protocol.exposure, cohort.measured
    first, second = (
        int((inside & measured.in_class(exposure, label)).sum())
        for label in (comparison.exposed, comparison.reference)
    )
    return first, second


def _refuse_empty_classes(form: ExposureForm, matrix: Matrix, y: Array) -> None:
    """A class of the exposure that nobody analysed is in has no effect to be told."""
    if form.kind != "classes":
        return
    inside = form.columns[matrix.domain & ~np.isnan(y)]
    empty = [
        each.exposed for each, column in zip(form.comparisons, inside.T, strict=True) if not column.any()
    ]
    if not (inside.sum(axis=1) == 0).any():
        empty.append(form.comparisons[0].reference)
    if empty:
        raise SurveyError(f"nobody analysed is in the exposure's class '{empty[0]}'")


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
    """The covariates of the protocol's last model, which is its fullest, in a subgroup.

    Raises ProtocolError for an exposure in classes, which has no curve.
    """
    if cohort.protocol.variable(cohort.protocol.exposure).categorical:
        raise ProtocolError(
            f"'{cohort.protocol.exposure}' is in classes; a curve needs a continuous exposure"
        )
    model = cohort.protocol.models[-1].model_copy(update={"interactions": ()})
    matrix = design_matrix(columns, subgroup, model, subgroup.within(cohort))
    after = EXPOSURE_COLUMN + len(columns.forms[0].names)
    covariates = {name: matrix.x[:, after + index] for index, name in enumerate(matrix.names[after:])}
    return Adjustment(cohort, covariates, matrix.domain)
