"""Outcomes along the exposure: the smooth of each outcome in each subgroup, and how it is told in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.models import Subgroup, full_adjustment
from studies.nhanes.protocol import Protocol
from studies.nhanes.spelling import capital, unit_of, with_unit
from studies.survey import Curve, Smooth, smooth

INNER = (0.01, 0.99)
"""The quantiles of the exposure between which a curve is shown where its shape is to be seen."""
PLACES = 240
_MOST_NAMED = 5  # covariates in a title


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """One outcome along the exposure in one subgroup; exposure, y and weights of its persons, (n,)."""

    outcome: str
    subgroup: Subgroup
    smooth: Smooth
    exposure: Array
    y: Array
    weights: Array

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
        weights = cohort.design.weights[analysed]
        yield FittedCurve(outcome, subgroup, fit, exposure[analysed], y[analysed], weights)


@dataclass(frozen=True)
class FigureWords:
    """What a protocol's figures call its variables and its model."""

    protocol: Protocol

    @property
    def exposure(self) -> str:
        """The exposure within a sentence."""
        return self.protocol.variable(self.protocol.exposure).label

    @property
    def exposure_axis(self) -> str:
        """The exposure with its unit."""
        return with_unit(self.protocol.variable(self.protocol.exposure))

    def outcome(self, outcome: str) -> str:
        """An outcome by its id, as the beginning of a sentence."""
        return capital(self.protocol.variable(self.protocol.outcomes[outcome].variable).label)

    def outcome_axis(self, outcome: str) -> str:
        """An outcome with its unit."""
        return with_unit(self.protocol.variable(self.protocol.outcomes[outcome].variable))

    def outcomes(self) -> str:
        """All of them in a sentence."""
        variables = (self.protocol.variable(each.variable) for each in self.protocol.outcomes.values())
        return capital(_listed([each.label for each in variables]))

    @property
    def adjusted(self) -> str:
        """What the smooths are adjusted for."""
        model = self.protocol.models[-1]
        if not model.covariates:
            return "unadjusted"
        if len(model.covariates) > _MOST_NAMED:
            return f"adjusted for the {len(model.covariates)} covariates of {model.name}"
        return f"adjusted for {_listed([self.protocol.variable(name).label for name in model.covariates])}"

    @property
    def band(self) -> str:
        """What line and band are."""
        at = ", covariates at their means" if self.protocol.models[-1].covariates else ""
        return f"Line and band: smooth with its pointwise 95% band, survey-weighted{at}"

    @property
    def shown(self) -> str:
        """How far curves go."""
        return f"Shown from the 1st to the 99th percentile of {self.exposure}"

    def of_curve(self, fitted: FittedCurve) -> str:
        """Where a curve begins and ends and where it turns, with its band."""
        curve = fitted.inner()
        turns = np.flatnonzero(np.diff(np.sign(np.diff(curve.estimate))) != 0) + 1
        places = [0, *turns.tolist(), len(curve.at) - 1]
        unit = unit_of(self.protocol.variable(self.protocol.exposure))
        said = {
            i: f"{curve.estimate[i]:.3f} ({curve.low[i]:.3f} to {curve.high[i]:.3f})"
            f" at {curve.at[i]:.1f} {unit}".rstrip()
            for i in places
        }
        steps = [
            f"{'rises' if curve.estimate[j] > curve.estimate[i] else 'falls'} to {said[j]}"
            for i, j in pairwise(places)
        ]
        edf = f"effective degrees of freedom {fitted.smooth.edf:.1f}"
        return f"From {said[0]} the curve {', then '.join(steps)}; {edf}."


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
