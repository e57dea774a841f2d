"""Where the slope changes: the turning point searched, and the published one tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from studies.nhanes.adjustment import full_adjustment
from studies.nhanes.cohort import Cohort
from studies.nhanes.columns import Columns
from studies.nhanes.models import Subgroup, subgroups
from studies.nhanes.tables.published import PublishedTurningPoint
from studies.survey import Piecewise, SurveyError, TurningPointInterval, piecewise, turning_point_interval

SEARCHED = (0.05, 0.95)
"""Unweighted quantiles of the exposure between which a turning point is searched."""

REPLICATES = 1000


@dataclass(frozen=True, eq=False)
class TurningPoint:
    """One published turning point, looked for again.

    outcome: the protocol's id. searched: the two lines at the best place; at_published: at the printed place.
    interval: of the place, from the bootstrap. low_open, high_open: whether its end is that of the search,
    which says that the data do not bound the turning point on that side.
    """

    published: PublishedTurningPoint
    outcome: str
    searched: Piecewise
    at_published: Piecewise
    interval: TurningPointInterval
    low_open: bool
    high_open: bool


def turning_points(
    cohort: Cohort, published: Sequence[PublishedTurningPoint], begin: Callable[[str], None]
) -> Iterator[TurningPoint]:
    """Each published turning point of an outcome and a subgroup that the protocol has, fully adjusted.

    begin is told what is being worked on. Raises SurveyError, naming the analysis that cannot be done.
    """
    columns = Columns(cohort)
    by_label = {subgroup.label: subgroup for subgroup in subgroups(cohort)}
    by_site = {described.site: outcome for outcome, described in cohort.protocol.outcomes.items()}
    for printed in published:
        if printed.subgroup in by_label and printed.site in by_site:
            begin(f"Turning point: {printed.site}, {printed.subgroup}")
            outcome, subgroup = by_site[printed.site], by_label[printed.subgroup]
            try:
                yield _looked_for(cohort, columns, printed, outcome, subgroup)
            except SurveyError as error:
                raise SurveyError(f"turning point of {outcome}, {subgroup.label}: {error}") from error


def _looked_for(
    cohort: Cohort, columns: Columns, printed: PublishedTurningPoint, outcome: str, subgroup: Subgroup
) -> TurningPoint:
    model = full_adjustment(cohort, columns, subgroup)
    design, covariates, domain = cohort.design, model.covariates, model.domain
    y = columns.values(cohort.protocol.outcomes[outcome].variable)
    exposure = columns.values(cohort.protocol.exposure)
    interval = turning_point_interval(
        design, y, exposure, covariates, domain, SEARCHED, replicates=REPLICATES
    )
    # The ends of the search are themselves observed values between the two quantiles.
    observed = exposure[model.analysed(y)]
    low, high = np.quantile(observed, SEARCHED)
    places = observed[(observed >= low) & (observed <= high)]
    return TurningPoint(
        published=printed,
        outcome=outcome,
        searched=piecewise(design, y, exposure, covariates, domain, search=SEARCHED),
        at_published=piecewise(design, y, exposure, covariates, domain, turning_point=printed.value),
        interval=interval,
        low_open=bool(interval.low <= places.min()),
        high_open=bool(interval.high >= places.max()),
    )
