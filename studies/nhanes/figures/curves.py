"""The fully adjusted curves that the figures draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studies.nhanes.adjustment import full_adjustment
from studies.nhanes.cohort import Cohort
from studies.nhanes.columns import Array, Columns
from studies.nhanes.models import Subgroup
from studies.survey import Curve, Smooth, smooth

INNER = (0.01, 0.99)
"""The quantiles of the exposure between which a curve is shown where its shape is to be seen."""
PLACES = 240


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """One outcome along the exposure in one subgroup; exposure and y of those analysed, shape (n,)."""

    outcome: str
    subgroup: Subgroup
    smooth: Smooth
    exposure: Array
    y: Array

    @property
    def n(self) -> int:
        """How many are analysed."""
        return len(self.exposure)

    def whole(self) -> Curve:
        """The curve from the lowest to the highest exposure."""
        return self.smooth.curve(np.linspace(self.exposure.min(), self.exposure.max(), PLACES))

    def inner(self) -> Curve:
        """The curve between the unweighted quantiles INNER of the exposure."""
        low, high = np.quantile(self.exposure, INNER)
        return self.smooth.curve(np.linspace(low, high, PLACES))


def fitted_curves(cohort: Cohort, columns: Columns, subgroup: Subgroup) -> Iterator[FittedCurve]:
    """The fully adjusted smooth of each outcome in a subgroup, in the protocol's order of outcomes."""
    model = full_adjustment(cohort, columns, subgroup)
    exposure = columns.values(cohort.protocol.exposure)
    for outcome, described in cohort.protocol.outcomes.items():
        y = columns.values(described.variable)
        fit = smooth(cohort.design, y, exposure, model.covariates, model.domain)
        analysed = model.analysed(y)
        yield FittedCurve(outcome, subgroup, fit, exposure[analysed], y[analysed])
