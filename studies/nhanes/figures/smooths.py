"""The figures of a protocol: who is analysed, and the outcomes along the exposure, with 95% bands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.figures.everybody import everybody_figure
from studies.nhanes.figures.fitted_curves import FittedCurve, fitted_curves
from studies.nhanes.figures.flow import flow_figure
from studies.nhanes.figures.strata import strata_figure
from studies.nhanes.models import subgroups
from studies.nhanes.protocol import EVERYBODY, Protocol, crossed
from studies.survey import SurveyError
from synthesis.drawing.canvas import DescribedFigure


def step_count(cohort: Cohort) -> int:
    """How often draw_figures calls `begin`: the flow diagram, and each subgroup's curves."""
    return 1 + len(subgroups(cohort))


def draw_figures(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
    """The flow diagram and a figure for each of the protocol's strata, each when it is ready.

    begin is told what is being worked on. Raises NhanesError for a protocol without curves, SurveyError where
    a curve cannot be fitted.
    """
    refuse_without_curves(cohort.protocol)
    with cohort.protocol.named_in_errors():
        yield from _drawn(cohort, begin)


def _drawn(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
    protocol, columns = cohort.protocol, Columns(cohort)

    def curves(stratum: str | tuple[str, ...]) -> list[FittedCurve]:
        found: list[FittedCurve] = []
        for subgroup in subgroups(cohort):
            if tuple(name for name, _ in subgroup.classes) == crossed(stratum):
                begin(f"Curves: {subgroup.name}")
                try:
                    found += fitted_curves(cohort, columns, subgroup)
                except SurveyError as error:
                    raise SurveyError(f"curves of {subgroup.name}: {error}") from error
        return found

    begin("Flow diagram")
    yield flow_figure(cohort)
    for number, stratum in enumerate(protocol.strata, start=2):
        if stratum == EVERYBODY:
            yield everybody_figure(protocol, curves(stratum), number)
        else:
            yield strata_figure(protocol, stratum, curves(stratum), number)


def refuse_without_curves(protocol: Protocol) -> None:
    """Raises NhanesError where exposure or an outcome is in classes: there is no curve along or of them."""
    with protocol.named_in_errors():
        for name in (protocol.exposure, *(outcome.variable for outcome in protocol.outcomes.values())):
            if protocol.variable(name).categorical:
                raise ProtocolError(
                    f"'{name}' is in classes; figures are of continuous outcomes along a continuous exposure,"
                    " and 'tables' takes classes too"
                )
