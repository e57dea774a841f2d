"""All figures of a cohort, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from studies.nhanes.cohort import Cohort
from studies.nhanes.columns import Columns
from studies.nhanes.figures.curves import FittedCurve, fitted_curves
from studies.nhanes.figures.flow import flow_figure
from studies.nhanes.figures.saving import DescribedFigure
from studies.nhanes.figures.smooths import race_figure, scatter_figure, sex_figure
from studies.nhanes.models import subgroups
from studies.nhanes.protocol import Protocol
from studies.nhanes.variables import variable


def step_count(protocol: Protocol) -> int:
    """How often draw_figures calls `begin`: the flow diagram, everybody's curves, each class's curves."""
    return 2 + sum(len(variable(name).labels) for name in protocol.stratifying)


def draw_figures(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
    """Figures 1 to 5, each when it is ready; begin is told what is being worked on.

    cohort: of a protocol with the strata all, sex and race. Raises SurveyError where a curve cannot be
    fitted.
    """
    protocol = cohort.protocol
    columns = Columns(cohort)

    def curves(stratum: str | None) -> list[FittedCurve]:
        found: list[FittedCurve] = []
        for subgroup in subgroups(cohort):
            if subgroup.variable == stratum:
                begin(f"Curves: {subgroup.label}")
                found += fitted_curves(cohort, columns, subgroup)
        return found

    begin("Flow diagram")
    yield flow_figure(cohort)
    for number, fitted in enumerate(curves(None), start=2):
        yield scatter_figure(protocol, fitted, number)
    number = 2 + len(protocol.outcomes)
    yield sex_figure(protocol, curves("sex"), number)
    yield race_figure(protocol, curves("race"), number + 1)
