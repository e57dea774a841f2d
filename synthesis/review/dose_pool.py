"""A review's classes and slopes as one curve over the dose."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.records.dose_choice import DoseResponseChoice, estimator_fault
from evidence.records.method_names import ESTIMATOR_NAMES
from evidence.records.review import EACH, Analysis, Method
from evidence.selection.dose_selection import ClassedStudy, DoseSelection
from evidence.selection.selection import Candidate, Chosen
from synthesis.curves.dose_response_api import dose_response
from synthesis.curves.dose_response_result import DoseResponse
from synthesis.regression.predictions import Predictions

Columns = dict[str, list[Any]]
"""Of `dose_response`, by their names."""

_SHOWN = 5
_NUMBER_OF_COEFFICIENTS = {"linear": 1, "quadratic": 2}


@dataclass(frozen=True, eq=False)
class DosePool:
    """The curve of an analysis; fit: None where no study has a class or a slope.

    studies: with classes, slopes: without, each with its name in text and figures, in the fit's order.
    columns, method: what `dose_response` made the fit of, a row a class, and the review's method. told_at:
    doses and reference that are told in place of those of the choice.
    """

    choice: DoseResponseChoice
    studies: tuple[tuple[str, ClassedStudy], ...]
    slopes: tuple[tuple[str, Chosen], ...]
    fit: DoseResponse | None
    columns: Columns
    method: Method
    told_at: tuple[tuple[float, ...], float] | None = None

    @property
    def at(self) -> tuple[float, ...]:
        """The doses that are told: those that the review names, or five over the classes."""
        assert self.fit is not None
        if self.told_at is not None:
            return self.told_at[0]
        if self.choice.at:
            return tuple(float(dose.value) for dose in self.choice.at)
        return tuple(np.linspace(*self.fit.span, _SHOWN).tolist())

    @property
    def told(self) -> Predictions:
        """The effects of these doses against the review's reference dose."""
        assert self.fit is not None
        return self.fit.predict(self.at, reference=self.reference)

    @property
    def reference(self) -> float:
        """The dose that effects are told against."""
        assert self.fit is not None
        if self.told_at is not None:
            return self.told_at[1]
        given = self.choice.reference
        return self.fit.reference if given is None else float(given.value)

    def telling_as(self, other: DosePool | None) -> DosePool:
        """With the doses and the reference that another curve in the same unit tells, where it has some."""
        if other is None or other.fit is None or self.fit is None or self.choice.unit != other.choice.unit:
            return self
        return replace(self, told_at=(other.at, other.reference))

    @property
    def names(self) -> tuple[str, ...]:
        """Of all studies, in the fit's order."""
        return tuple(name for name, _ in (*self.studies, *self.slopes))

    @property
    def asked(self) -> dict[str, Any]:
        """The choices with which `dose_response` makes the fit of the columns."""
        return _choices(self.columns, self.choice, self.method)

    def of(self, names: Collection[str]) -> DoseResponse:
        """The same curve of some of the studies alone, with the knots of all; raises as `dose_response`."""
        assert self.fit is not None
        rows = [at for at, name in enumerate(self.columns["study"]) if name in names]
        some = {key: [values[at] for at in rows] for key, values in self.columns.items()}
        choices = _choices(some, self.choice, self.method)
        return _fitted(some, {**choices, "knots": list(self.fit.knots) or None})


def dose_pool(found: DoseSelection, analysis: Analysis, method: Method) -> DosePool:
    """The curve that an analysis asks for, from what was selected for it.

    A slope enters as two doses, the median reference and the farthest class: of a straight line any two say
    the same. Test t where the review's test is not z and there are more studies than coefficients. Raises
    ValueError for an estimator that is none of a curve, and as `dose_response`.
    """
    choice = analysis.dose_response
    assert choice is not None
    fault = estimator_fault(choice, method.estimator)
    if fault:
        raise ValueError(fault)
    names = _names([each.rows[0].candidate for each in found.studies], analysis)
    studies = tuple(zip(names, found.studies, strict=True))
    slopes = tuple(
        zip(_names([each.candidate for each in found.slopes], analysis), found.slopes, strict=True)
    )
    columns = _Columns()
    for name, study in studies:
        columns.add_study(name, study)
    two_doses = columns.doses_of_slopes
    for name, slope in slopes:
        columns.add_slope(name, slope, two_doses)
    rows = columns.rows
    fit = _fitted(rows, _choices(rows, choice, method)) if rows["yi"] else None
    return DosePool(choice, studies, slopes, fit, rows, method)


def _fitted(columns: Columns, choices: Mapping[str, Any]) -> DoseResponse:
    given: dict[str, Any] = {**columns, **choices}
    return dose_response(**given)


def _choices(columns: Columns, choice: DoseResponseChoice, method: Method) -> dict[str, Any]:
    k, knots = len(set(columns["study"])), [float(knot.value) for knot in choice.knots] or None
    p = _NUMBER_OF_COEFFICIENTS.get(choice.curve, len(knots or (1, 2, 3)) - 1)
    return {
        "covariance": choice.covariance,
        "curve": choice.curve,
        "knots": knots,
        "stages": choice.stages,
        "method": "EE" if k == 1 else named(method.estimator, ESTIMATOR_NAMES, "estimator"),
        "test": "t" if method.test != "z" and k > p else "z",
        "level": method.level.fraction,
    }


class _Columns:
    """What `dose_response` takes: a row a class, the reference included."""

    def __init__(self) -> None:
        names = ("yi", "sei", "dose", "study", "cases", "n", "kind", "reference")
        self.rows: Columns = {name: [] for name in names}

    @property
    def doses_of_slopes(self) -> tuple[float, float]:
        """The median reference of the classes and the dose farthest from it; one unit where there is none."""
        doses, whether = self.rows["dose"], self.rows["reference"]
        references = sorted(compress(doses, whether))
        if not references:
            return 0.0, 1.0
        middle = references[len(references) // 2]
        return middle, max(doses, key=lambda dose: abs(dose - middle))

    def _add(self, **row: Any) -> None:
        for name, value in row.items():
            self.rows[name].append(value)

    def add_study(self, name: str, study: ClassedStudy) -> None:
        counts = study.counts
        kind = None if counts is None else counts.kind
        yi = [0.0, *(row.effect.yi for row in study.rows)]
        sei = [math.nan, *(row.effect.sei for row in study.rows)]
        for place, dose in enumerate((study.reference, *study.doses)):
            cases = math.nan if counts is None or counts.cases is None else float(counts.cases[place])
            size = math.nan if counts is None else float(counts.sizes[place])
            row = {"yi": yi[place], "sei": sei[place], "dose": dose, "cases": cases, "n": size}
            self._add(**row, study=name, kind=kind, reference=place == 0)

    def add_slope(self, name: str, slope: Chosen, doses: tuple[float, float]) -> None:
        reference, dose = doses
        unknown = {"study": name, "cases": math.nan, "n": math.nan, "kind": None}
        yi, sei = slope.effect.yi * (dose - reference), slope.effect.sei * abs(dose - reference)
        self._add(yi=0.0, sei=math.nan, dose=reference, reference=True, **unknown)
        self._add(yi=yi, sei=sei, dose=dose, reference=False, **unknown)


def _names(rows: list[Candidate], analysis: Analysis) -> list[str]:
    """A name for each study, with its stratum where the analysis has one for each, else with its id."""
    names = []
    for found in rows:
        each = [
            str(getattr(found.stratum, name))
            for name in ("sex", "ancestry", "age", "group")
            if getattr(analysis.stratum, name) == EACH
        ]
        names.append(", ".join([found.label, *each]))
    times = Counter(names)
    return [
        name if times[name] == 1 else f"{name} ({found.comparison or found.estimate.id})"
        for name, found in zip(names, rows, strict=True)
    ]
