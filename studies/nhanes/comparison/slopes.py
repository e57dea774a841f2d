"""Tables 2 to 5 regenerated: the slope behind each printed one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from evidence.records.schema import Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import (
    PrintedSlope,
    slopes_of_two_lines,
    straight_slopes,
    turning_points,
)
from studies.nhanes.comparison.rows import FittedSlope
from studies.nhanes.covariates import EXPOSURE_COLUMN, Array, Columns, Matrix
from studies.nhanes.models import Subgroup, design_matrix, subgroups
from studies.nhanes.protocol_parts import ModelTerms
from studies.survey import linear, ordinary, piecewise

BELOW, ABOVE = "below", "above"


@dataclass(frozen=True)
class ComparedSlope:
    """A printed slope, the design-based one, and the weighted one under the alignment diagnosis."""

    printed: PrintedSlope
    regenerated: FittedSlope
    diagnosed: FittedSlope


@dataclass(frozen=True)
class ComparedPoint:
    """A printed turning point, and where the search finds it now and under the diagnosis."""

    printed: PrintedSlope
    regenerated: float
    diagnosed: float


@dataclass(frozen=True, eq=False)
class Regenerated:
    """A cohort and the table of its regressions (models.regressions); weighted: not design-based."""

    cohort: Cohort
    regressions: pd.DataFrame
    weighted: bool

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.cohort)

    def straight(self, printed: PrintedSlope) -> FittedSlope:
        """The slope of one of the protocol's regressions."""
        model = _model(self.cohort, printed.adjustment)
        table = self.regressions
        found = table[
            (table["outcome"] == printed.outcome)
            & (table["subgroup"] == printed.subgroup)
            & (table["model"] == model.id)
        ]
        row = found.iloc[0]
        return FittedSlope(*(float(row[name]) for name in ("estimate", "ci_low", "ci_high", "p")))

    def two_lines(self, printed: PrintedSlope, at: float) -> FittedSlope:
        """The slope on the printed side of a given turning point."""
        matrix = self._matrix(printed)
        exposure = matrix.x[:, EXPOSURE_COLUMN]
        hinges = np.stack([np.minimum(exposure, at), np.maximum(exposure - at, 0.0)], axis=1)
        x = np.concatenate([matrix.x[:, :1], hinges, matrix.x[:, EXPOSURE_COLUMN + 1 :]], axis=1)
        names = (matrix.names[0], BELOW, ABOVE, *matrix.names[EXPOSURE_COLUMN + 1 :])
        design, y, inside = self.cohort.design, self._outcome(printed), matrix.domain
        if self.weighted:
            fit = ordinary(y[inside], x[inside], design.weights[inside], names)
        else:
            fit = linear(design, y, x, inside, names)
        found = fit.coefficient(BELOW if (printed.effect.within or "").startswith("<") else ABOVE)
        return FittedSlope(found.estimate, found.ci_low, found.ci_high, found.p)

    def turning_point(self, printed: PrintedSlope) -> float:
        """Where two joined lines fit best."""
        matrix = self._matrix(printed)
        covariates = {
            name: matrix.x[:, index] for index, name in enumerate(matrix.names) if index > EXPOSURE_COLUMN
        }
        exposure = matrix.x[:, EXPOSURE_COLUMN]
        found = piecewise(self.cohort.design, self._outcome(printed), exposure, covariates, matrix.domain)
        return found.turning_point

    def _outcome(self, printed: PrintedSlope) -> Array:
        return self._columns.values(self.cohort.protocol.outcomes[printed.outcome].variable)

    def _matrix(self, printed: PrintedSlope) -> Matrix:
        model, subgroup = _model(self.cohort, printed.adjustment), _subgroup(self.cohort, printed.subgroup)
        return design_matrix(self._columns, subgroup, model, subgroup.within(self.cohort))


def compare_slopes(
    record: Record, regenerated: Regenerated, diagnosed: Regenerated
) -> Iterator[ComparedSlope]:
    """Tables 2 to 5, one slope a printed slope, in their order."""
    for printed in straight_slopes(record):
        yield ComparedSlope(printed, regenerated.straight(printed), diagnosed.straight(printed))
    at = {point.outcome: float(point.estimate) for point in turning_points(record)}
    for printed in slopes_of_two_lines(record):
        place = at[printed.outcome]
        yield ComparedSlope(
            printed, regenerated.two_lines(printed, place), diagnosed.two_lines(printed, place)
        )


def compare_points(
    record: Record, regenerated: Regenerated, diagnosed: Regenerated
) -> Iterator[ComparedPoint]:
    """The turning points of Table 5, searched."""
    for printed in turning_points(record):
        yield ComparedPoint(printed, regenerated.turning_point(printed), diagnosed.turning_point(printed))


def is_two_lines(compared: ComparedSlope) -> bool:
    """Whether a slope is one of two joined lines (Table 5)."""
    return compared.printed.effect.within is not None


def _model(cohort: Cohort, adjustment: str) -> ModelTerms:
    return next(model for model in cohort.protocol.models if model.adjustment == adjustment)


def _subgroup(cohort: Cohort, label: str) -> Subgroup:
    return next(found for found in subgroups(cohort) if found.label == label)
