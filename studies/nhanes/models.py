"""The regressions of a protocol: what the exposure does in every outcome, stratum and model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import EXPOSURE_COLUMN, Array, Columns, Matrix
from studies.nhanes.exposure_forms import PER_STEP, ExposureContrast, ExposureForm, FormKind
from studies.nhanes.imputed import completed_columns
from studies.nhanes.protocol import Class, subgroup_name
from studies.nhanes.protocol_parts import ModelTerms, ProtocolOutcome
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.measured import NOT_RECORDED
from studies.survey import (
    CombinedFit,
    RegressionFit,
    SurveyError,
    WaldTest,
    combine_imputations,
    glm,
    linear,
    ordinary,
)

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
    is of it. counts: persons in the class and in its reference. events: of a yes/no outcome, those of n with
    the event; class_events: those of counts. tests: joint tests of the regression, by what
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
    contrast: ExposureContrast = PER_STEP
    within: Class | None = None
    counts: tuple[int, int] | None = None
    events: int | None = None
    class_events: tuple[int, int] | None = None
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
        columns = completed_columns(cohort)
        forms = columns[0].forms
        found = {
            (outcome, subgroup, model.id, form.kind): each
            for subgroup in subgroups(cohort)
            for model in protocol.models
            for form in forms
            for outcome, each in _of_outcomes(cohort, columns, subgroup, model, form, method)
        }
    for outcome in protocol.outcomes:
        for subgroup in subgroups(cohort):
            for model in protocol.models:
                for form in forms:
                    yield from found[outcome, subgroup, model.id, form.kind]


def regressions(cohort: Cohort, method: Method = "design") -> pd.DataFrame:
    """The same as a table with the columns COLUMNS; outcome and model by their ids, subgroup by its name."""
    return pd.DataFrame([slope_row(slope) for slope in slopes(cohort, method)], columns=list(COLUMNS))


def slope_row(slope: Slope) -> tuple[object, ...]:
    """A row of that table."""
    within = "" if slope.within is None else subgroup_name((slope.within,))
    contrast = slope.contrast
    where = (slope.outcome, slope.subgroup.name, slope.model.id, slope.form, within)
    numbers = (getattr(slope, name) for name in ("n", "estimate", "se", "df", "ci_low", "ci_high", "p"))
    return (*where, contrast.exposed, contrast.reference, *numbers)


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
    completed: Sequence[Columns],
    subgroup: Subgroup,
    model: ModelTerms,
    form: ExposureForm,
    method: Method,
) -> Iterator[tuple[str, tuple[Slope, ...]]]:
    """One model in one subgroup, for every outcome: they share their design matrices."""
    domain = subgroup.within(cohort)
    try:
        if not domain.any():
            raise SurveyError("nobody of the cohort is in this subgroup; leave it out of the strata")
        matrices = [design_matrix(columns, subgroup, model, domain, form) for columns in completed]
    except SurveyError as error:
        raise SurveyError(f"{subgroup.name}, {model.name}: {error}") from error
    if all(np.array_equal(matrix.x, matrices[0].x) for matrix in matrices):
        matrices = matrices[:1]  # nothing was missing here
    for outcome, described in cohort.protocol.outcomes.items():
        try:
            y = completed[0].outcome(described)
            _refuse_empty_classes(form, matrices[0], y)
            fits = [_fit(cohort, described, y, matrix, method) for matrix in matrices]
            regression = _Regression(outcome, subgroup, model, form, matrices[0], y, _combined(fits))
            yield outcome, tuple(_reported(cohort, regression))
        except SurveyError as error:
            raise SurveyError(f"{outcome}, {subgroup.name}, {model.name}: {error}") from error


Fit = RegressionFit | CombinedFit


@dataclass(frozen=True, eq=False)
class _Regression:
    """One fit, or those of imputed data combined, and what it is of; y (n,), nan where not recorded."""

    outcome: str
    subgroup: Subgroup
    model: ModelTerms
    form: ExposureForm
    matrix: Matrix
    y: Array
    fit: Fit

    def rows(self, products: tuple[str, ...]) -> Array:
        """Factors of the coefficients for each contrast, with the products of a class added: (q, p)."""
        contrasts = self.form.contrasts
        rows = np.zeros((len(contrasts), len(self.fit.names)))
        for names in (self.form.names, products):
            if names:
                rows[:, [self.fit.position(name) for name in names]] = [each.row for each in contrasts]
        return rows


def _reported(cohort: Cohort, regression: _Regression) -> Iterator[Slope]:
    """What a fit says: each contrast, in each class of what the exposure interacts with."""
    form, matrix, fit = regression.form, regression.matrix, regression.fit
    analysed = matrix.domain & ~np.isnan(regression.y) & (cohort.design.weights > 0)
    tests = tuple(_tests(cohort, regression))
    binary, event = cohort.protocol.outcomes[regression.outcome].event is not None, regression.y == 1
    for within, products in _modified(regression.model, matrix):
        inside = analysed if within is None else analysed & cohort.measured.in_class(*within)
        found = fit.contrast([each.exposed for each in form.contrasts], regression.rows(products))
        limits, dfs = found.ci(), np.broadcast_to(found.df, len(form.contrasts))
        for place, contrast in enumerate(form.contrasts):
            yield Slope(
                outcome=regression.outcome,
                subgroup=regression.subgroup,
                model=regression.model,
                n=int(inside.sum()),
                estimate=float(found.estimate[place]),
                se=float(found.se[place]),
                df=float(dfs[place]),
                ci_low=float(limits[place, 0]),
                ci_high=float(limits[place, 1]),
                p=float(found.p[place]),
                form=form.kind,
                contrast=contrast,
                within=within,
                counts=_counts(cohort, contrast, inside) if form.kind == "classes" else None,
                events=int((inside & event).sum()) if binary else None,
                class_events=_counts(cohort, contrast, inside & event)
                if binary and form.kind == "classes"
                else None,
                tests=tests,
            )


def _modified(model: ModelTerms, matrix: Matrix) -> Iterator[tuple[Class | None, tuple[str, ...]]]:
    """The classes in which the exposure's effect is told, with the products that are added there."""
    if not matrix.products:
        yield None, ()
    for label, products in matrix.products.items():
        if label != NOT_RECORDED:
            yield (model.interactions[0], label), products


def _tests(cohort: Cohort, regression: _Regression) -> Iterator[tuple[str, WaldTest]]:
    """Those of the exposure's form, beside products of the class that these are compared with."""
    reference = [label for label, names in regression.matrix.products.items() if not names]
    within = "".join(
        f" in {subgroup_name(((name, label),))}"
        for name, label in zip(regression.model.interactions, reference, strict=False)
    )
    for what, names in regression.form.tests.items():
        yield f"{what}{within}", regression.fit.test(names)
    products = [name for names in regression.matrix.products.values() for name in names]
    if products:
        label = cohort.protocol.variable(regression.model.interactions[0]).label
        yield f"interaction with {label}", regression.fit.test(products)


def _counts(cohort: Cohort, contrast: ExposureContrast, inside: Mask) -> tuple[int, int]:
    exposure, measured = cohort.protocol.exposure, cohort.measured
    first, second = (
        int((inside & measured.in_class(exposure, label)).sum())
        for label in (contrast.exposed, contrast.reference)
    )
    return first, second


def _refuse_empty_classes(form: ExposureForm, matrix: Matrix, y: Array) -> None:
    """A class of the exposure that nobody analysed is in has no effect to be told."""
    if form.kind != "classes":
        return
    inside = form.columns[matrix.domain & ~np.isnan(y)]
    empty = [each.exposed for each, column in zip(form.contrasts, inside.T, strict=True) if not column.any()]
    if not (inside.sum(axis=1) == 0).any():
        empty.append(form.contrasts[0].reference)
    if empty:
        raise SurveyError(f"nobody analysed is in the exposure's class '{empty[0]}'")


_FAMILIES = {"OR": "binomial", "PR": "poisson", "IRR": "poisson"}


def _fit(
    cohort: Cohort, described: ProtocolOutcome, y: Array, matrix: Matrix, method: Method
) -> RegressionFit:
    domain = matrix.domain
    family = _FAMILIES.get(described.measured_by)
    if method == "design":
        if family is not None:
            return glm(cohort.design, y, matrix.x, family, domain, matrix.names)
        return linear(cohort.design, y, matrix.x, domain, matrix.names)
    if family is not None:
        raise SurveyError(f"the {method} regression is linear, and this outcome has none; use method design")
    weights = cohort.design.weights[domain] if method == "weighted" else None
    return ordinary(y[domain], matrix.x[domain], weights, matrix.names)


def _combined(fits: Sequence[RegressionFit]) -> Fit:
    return fits[0] if len(fits) == 1 else combine_imputations(fits)


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
