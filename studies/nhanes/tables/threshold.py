"""Table 5: two lines that meet at a turning point, searched and as published.

The published places are those of the review's own record of the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.records.effect import Effect, Estimate
from evidence.records.parsing import Problem
from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import Record
from evidence.wording import NOTHING, p_number
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.models import Subgroup, full_adjustment, subgroups
from studies.nhanes.spelling import capital, unit_of
from studies.nhanes.tables.page import Sheet, SheetLine, decimal, with_interval
from studies.survey import Piecewise, SurveyError, TurningPointInterval, piecewise, turning_point_interval

RECORD = SHIPPED / "studies" / "nhanes-2013-2018.yaml"


@dataclass(frozen=True)
class PublishedTurningPoint:
    """One printed turning point in one subgroup, and the slopes on its sides where they are printed.

    site: of the bone, as the record and the protocols call it. report: the label of where it is printed.
    """

    site: str
    subgroup: str
    report: str
    printed: str
    below: Effect | None
    above: Effect | None

    @property
    def value(self) -> float:
        """In units of the exposure."""
        return float(self.printed)


def published_turning_points() -> tuple[PublishedTurningPoint, ...]:
    """Every turning point of the published analysis, in the order of the record.

    Raises ProtocolError where the record cannot be read.
    """
    document = read_record(RECORD)
    if document.model is None:
        raise ProtocolError("; ".join(_in_words(problem) for problem in document.problems))
    return tuple(_turning_points(document.model))


def _turning_points(record: Record) -> Iterator[PublishedTurningPoint]:
    for estimate in record.estimates:
        effect = estimate.effect
        if effect is None or effect.measure != "threshold" or effect.estimate is None:
            continue
        beside = [other.effect for other in record.estimates if _same_analysis(other, estimate)]
        sides = {effect.within[0]: effect for effect in beside if effect and effect.within}
        yield PublishedTurningPoint(
            site=record.outcomes[estimate.outcome].site or "",
            subgroup=estimate.stratum.ancestry or "",
            report=record.reports[estimate.where.report].label or estimate.where.report,
            printed=str(effect.estimate),
            below=sides.get("<"),
            above=sides.get(">"),
        )


def _same_analysis(one: Estimate, other: Estimate) -> bool:
    return (one.outcome, one.model, one.stratum) == (other.outcome, other.model, other.stratum)


def _in_words(problem: Problem) -> str:
    return f"{problem.place}: {problem.says}"


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


_OPEN = "†"


def threshold_sheet(
    cohort: Cohort, published: Sequence[PublishedTurningPoint], begin: Callable[[str], None]
) -> Sheet:
    """The published turning points beside what a search finds; begin is told of each."""
    protocol = cohort.protocol
    exposure, unit = protocol.variable(protocol.exposure).label, unit_of(protocol.variable(protocol.exposure))
    found = tuple(turning_points(cohort, published, begin))
    low, high = (f"{100 * share:.0f}" for share in SEARCHED)
    return Sheet(
        name="table-5",
        title=f"Table 5. Turning points of {exposure} in two-piecewise regressions",
        columns=(
            "",
            f"Turning point, {unit}",
            "β below",
            "β above",
            "Above − below",
            "p, two lines\nagainst one",
        ),
        lines=tuple(line for point in found for line in _lines(cohort, point)),
        notes=(
            f"β: per 1 {unit} (95% interval), fully adjusted, survey-weighted regression with design-based"
            " variance.",
            "Searched: the place with the least weighted residual sum of squares between the"
            f" {low}th and {high}th percentile of {exposure}; its 95% interval by"
            f" {REPLICATES:,} bootstrap samples of PSUs; p allows for the search (Davies 1987)."
            " The slopes and their intervals take the place as known, which flatters them.",
            f"{_OPEN} An end of the search: the data do not bound the turning point on that side.",
            "At the published place: the same regression with the printed turning point taken as known;"
            " p is that of the Wald test.",
            "Published: as printed. The slope of one straight line is that of the full model in Table 4.",
        ),
        data=pd.DataFrame([row for point in found for row in _numbers(point)]).astype({"n": "Int64"}),
    )


def _lines(cohort: Cohort, point: TurningPoint) -> Iterator[SheetLine]:
    outcome = cohort.protocol.variable(cohort.protocol.outcomes[point.outcome].variable).label
    printed = point.published
    yield SheetLine((f"{capital(outcome)}\n{printed.subgroup}, n = {point.searched.fit.n:,}",), heading=True)
    yield SheetLine(
        ("  Searched", _place(point), *_slopes(point.searched), p_number(point.searched.p_searched))
    )
    at = point.at_published
    yield SheetLine(("  At the published place", printed.printed, *_slopes(at), p_number(at.change.p)))
    yield SheetLine(
        (f"  Published, {printed.report}", printed.printed, *_printed_slopes(printed), NOTHING, NOTHING)
    )


def _place(point: TurningPoint) -> str:
    low = decimal(point.interval.low, 1) + (_OPEN if point.low_open else "")
    high = decimal(point.interval.high, 1) + (_OPEN if point.high_open else "")
    return f"{decimal(point.searched.turning_point, 1)} ({low}, {high})"


def _slopes(fit: Piecewise) -> Iterator[str]:
    for slope in (fit.below, fit.above, fit.change):
        yield with_interval(slope.estimate, slope.ci_low, slope.ci_high)


def _printed_slopes(printed: PublishedTurningPoint) -> Iterator[str]:
    for effect in (printed.below, printed.above):
        if effect is None or effect.estimate is None or effect.ci is None:
            yield NOTHING
        else:
            low, high = effect.ci
            yield f"{effect.estimate} ({low}, {high})".replace("-", "−")


def _numbers(point: TurningPoint) -> Iterator[dict[str, object]]:
    """A row each for what was searched, what is at the published place, and what was printed."""
    printed, fit = point.published, point.searched
    whose: dict[str, object] = {"outcome": point.outcome, "subgroup": printed.subgroup}
    yield {
        **whose,
        "analysis": "searched",
        "n": fit.fit.n,
        "turning_point": fit.turning_point,
        "turning_point_low": point.interval.low,
        "turning_point_high": point.interval.high,
        "low_is_end_of_search": point.low_open,
        "high_is_end_of_search": point.high_open,
        **_slope_numbers(fit),
        "p_searched": fit.p_searched,
    }
    at = point.at_published
    yield {
        **whose,
        "analysis": "at the published place",
        "n": at.fit.n,
        "turning_point": at.turning_point,
        **_slope_numbers(at),
    }
    yield {
        **whose,
        "analysis": f"published, {printed.report}",
        "turning_point": printed.value,
        **_effect_numbers("below", printed.below),
        **_effect_numbers("above", printed.above),
    }


def _slope_numbers(fit: Piecewise) -> dict[str, object]:
    found: dict[str, object] = {}
    for side, slope in (("below", fit.below), ("above", fit.above), ("change", fit.change)):
        found[side] = slope.estimate
        found |= {f"{side}_{key}": getattr(slope, key) for key in ("se", "ci_low", "ci_high", "p")}
    return {**found, "df": fit.fit.df, "p_likelihood_ratio": fit.likelihood_ratio.p}


def _effect_numbers(side: str, effect: Effect | None) -> dict[str, object]:
    if effect is None or effect.estimate is None or effect.ci is None:
        return {}
    numbers: dict[str, object] = {side: float(effect.estimate)}
    numbers |= {f"{side}_ci_low": float(effect.ci[0]), f"{side}_ci_high": float(effect.ci[1])}
    if effect.p is not None and effect.p.number is not None:
        numbers[f"{side}_p"] = float(effect.p.number)
    return numbers
