"""Two lines that meet at a turning point, searched, and as published where the paper prints some.

The published places are those of the review's own record of the paper (its Table 5).
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
from evidence.wording import places as digits_after
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.models import Subgroup, full_adjustment, subgroups
from studies.nhanes.protocol import Protocol, subgroup_label
from studies.nhanes.spelling import capital, one_unit, unit_of
from studies.nhanes.tables.page import Sheet, SheetLine, decimal, slope_decimals, with_interval
from studies.survey import Piecewise, SurveyError, TurningPointInterval, piecewise, turning_point_interval

RECORD = SHIPPED / "studies" / "nhanes-2013-2018.yaml"


@dataclass(frozen=True)
class PublishedTurningPoint:
    """One printed turning point in one subgroup, and the slopes on its sides where they are printed.

    exposure: as the record calls it. site: of the bone, as the record and the protocols call it; outcome:
    what is measured there. report: the label of where it is printed.
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
    """A turning point of an outcome in a subgroup, looked for; published: where it is printed too.

    outcome: the protocol's id. searched: the two lines at the best place; at_published: at the printed place.
    interval: of the place, from the bootstrap. low_open, high_open: whether its end is that of the search,
    which says that the data do not bound the turning point on that side.
    """

    outcome: str
    subgroup: Subgroup
    published: PublishedTurningPoint | None
    searched: Piecewise
    at_published: Piecewise | None
    interval: TurningPointInterval
    low_open: bool
    high_open: bool


@dataclass(frozen=True)
class Sought:
    """Where a turning point is looked for, and what is printed of it; outcome: the protocol's id."""

    outcome: str
    subgroup: Subgroup
    published: PublishedTurningPoint | None


def sought(cohort: Cohort, published: Sequence[PublishedTurningPoint]) -> tuple[Sought, ...]:
    """Those published of the protocol's exposure, outcomes and subgroups; where there are none, one of each.

    None of an exposure in classes, and of outcomes those alone whose regressions are linear.
    """
    protocol = cohort.protocol
    if protocol.variable(protocol.exposure).categorical:
        return ()
    linear = [name for name, described in protocol.outcomes.items() if described.measured_by == "beta"]
    by_name = {subgroup.name: subgroup for subgroup in subgroups(cohort)}
    by_site = {protocol.outcomes[name].site: name for name in linear if _is_published(protocol, name)}
    printed = tuple(
        Sought(by_site[each.site], by_name[each.subgroup], each)
        for each in published
        if each.subgroup in by_name and each.site in by_site
    )
    return printed or tuple(
        Sought(outcome, subgroup, None) for outcome in linear for subgroup in by_name.values()
    )


_PUBLISHED_EXPOSURE = "hemoglobin"


def _is_published(protocol: Protocol, outcome: str) -> bool:
    """Whether the published turning points are of this outcome: of the site's BMD along hemoglobin."""
    described = protocol.outcomes[outcome]
    label = protocol.variable(described.variable).label
    return protocol.exposure == _PUBLISHED_EXPOSURE and label == f"{described.site} BMD"


def turning_points(
    cohort: Cohort, places: Sequence[Sought], begin: Callable[[str], None]
) -> Iterator[TurningPoint]:
    """Each turning point that is sought, fully adjusted.

    begin is told what is being worked on. Raises SurveyError, naming the analysis that cannot be done.
    """
    columns = Columns(cohort)
    for place in places:
        begin(f"Turning point: {_called(cohort.protocol, place)}")
        try:
            yield _looked_for(cohort, columns, place)
        except SurveyError as error:
            raise SurveyError(f"turning point of {_called(cohort.protocol, place)}: {error}") from error


def _called(protocol: Protocol, place: Sought) -> str:
    return f"{protocol.outcome_label(place.outcome)}, {place.subgroup.name}"


def _looked_for(cohort: Cohort, columns: Columns, place: Sought) -> TurningPoint:
    model, printed = full_adjustment(cohort, columns, place.subgroup), place.published
    design, covariates, domain = cohort.design, model.covariates, model.domain
    y = columns.values(cohort.protocol.outcomes[place.outcome].variable)
    exposure = columns.values(cohort.protocol.exposure)
    interval = turning_point_interval(
        design, y, exposure, covariates, domain, SEARCHED, replicates=REPLICATES
    )
    # The ends of the search are themselves observed values between the two quantiles.
    observed = exposure[model.analysed(y)]
    low, high = np.quantile(observed, SEARCHED)
    places = observed[(observed >= low) & (observed <= high)]
    return TurningPoint(
        outcome=place.outcome,
        subgroup=place.subgroup,
        published=printed,
        searched=piecewise(design, y, exposure, covariates, domain, search=SEARCHED),
        at_published=piecewise(design, y, exposure, covariates, domain, turning_point=printed.value)
        if printed
        else None,
        interval=interval,
        low_open=bool(interval.low <= places.min()),
        high_open=bool(interval.high >= places.max()),
    )


_OPEN = "†"


_SEARCH_NOTES = (
    "β: {units}per {unit} (95% interval), {model}, survey-weighted regression with design-based variance.",
    "Searched: the place with the least weighted residual sum of squares between the {low}th and {high}th"
    f" percentile of {{exposure}}; its 95% interval by {REPLICATES:,} bootstrap samples of PSUs; p allows for"
    " the search (Davies 1987). The slopes and their intervals take the place as known, which flatters them.",
    f"{_OPEN} An end of the search: the data do not bound the turning point on that side.",
)
_PUBLISHED_NOTES = (
    "At the published place: the same regression with the printed turning point taken as known; p is that of"
    " the Wald test.",
    "Published: as printed. The slope of one straight line is that of the full model in Table 4.",
)


_NOT_IMPUTED = "Nothing is imputed here: the participants for whom all covariates are recorded."


def threshold_sheet(
    cohort: Cohort, places: Sequence[Sought], begin: Callable[[str], None], number: int
) -> Sheet:
    """What a search finds, beside the published turning points where there are; begin is told of each.

    A place that cannot be searched has a note that says why.
    """
    protocol = cohort.protocol
    measured = protocol.variable(protocol.exposure)
    exposure, unit = measured.label, unit_of(measured)
    found, failed = list[TurningPoint](), list[str]()
    for place in places:
        try:
            found += turning_points(cohort, [place], begin)
        except SurveyError as error:
            failed.append(f"Not found: {error}.")
    low, high = (f"{100 * share:.0f}" for share in SEARCHED)
    units = {unit_of(protocol.variable(protocol.outcomes[point.outcome].variable)) for point in found}
    terms = {
        "units": "each outcome in its unit "
        if len(units) > 1
        else "".join(f"{unit} " for unit in units if unit),
        "unit": one_unit(measured.unit),
        "exposure": exposure,
        "low": low,
        "high": high,
        "model": protocol.models[-1].name + (" without products" if protocol.models[-1].interactions else ""),
    }
    notes = _SEARCH_NOTES + (_PUBLISHED_NOTES if any(point.published for point in found) else ())
    if protocol.missing_covariates.impute is not None:
        notes += (_NOT_IMPUTED,)
    data = pd.DataFrame([row for point in found for row in _numbers(point)])
    return Sheet(
        name=f"table-{number}",
        title=f"Table {number}. Turning points of {exposure} in two-piecewise regressions",
        columns=(
            "",
            f"Turning point, {unit}" if unit else "Turning point",
            "β below",
            "β above",
            "Above − below",
            "p, two lines\nagainst one",
        ),
        lines=tuple(line for point in found for line in _lines(cohort, point)),
        notes=(*(note.format(**terms) for note in (notes if found else ())), *failed),
        data=data.astype({"n": "Int64"}) if found else data,
    )


def _lines(cohort: Cohort, point: TurningPoint) -> Iterator[SheetLine]:
    outcome = cohort.protocol.outcome_label(point.outcome)
    printed, at = point.published, point.at_published
    group = subgroup_label(cohort.protocol, point.subgroup.classes)
    heading = f"{capital(outcome)}\n{group}, n = {point.searched.fit.n:,}"
    yield SheetLine((heading,), heading=True)
    decimals = _decimals(cohort, point)
    yield SheetLine(
        ("  Searched", _place(point, decimals), *_slopes(point.searched), p_number(point.searched.p_searched))
    )
    if printed is not None and at is not None:
        yield SheetLine(("  At the published place", printed.printed, *_slopes(at), p_number(at.change.p)))
        yield SheetLine(
            (f"  Published, {printed.report}", printed.printed, *_printed_slopes(printed), NOTHING, NOTHING)
        )


def _decimals(cohort: Cohort, point: TurningPoint) -> int:
    """Of a place: two digits of the exposure's spread, and one at least."""
    values = Columns(cohort).values(cohort.protocol.exposure)[point.subgroup.within(cohort)]
    return max(1, digits_after(float(np.nanstd(values)), 2))


def _place(point: TurningPoint, decimals: int) -> str:
    low = decimal(point.interval.low, decimals) + (_OPEN if point.low_open else "")
    high = decimal(point.interval.high, decimals) + (_OPEN if point.high_open else "")
    return f"{decimal(point.searched.turning_point, decimals)} ({low}, {high})"


def _slopes(fit: Piecewise) -> Iterator[str]:
    slopes = (fit.below, fit.above, fit.change)
    decimals = slope_decimals([slope.se for slope in slopes])
    for slope in slopes:
        yield with_interval(slope.estimate, slope.ci_low, slope.ci_high, decimals)


def _printed_slopes(printed: PublishedTurningPoint) -> Iterator[str]:
    for effect in (printed.below, printed.above):
        if effect is None or effect.estimate is None or effect.ci is None:
            yield NOTHING
        else:
            low, high = effect.ci
            yield f"{effect.estimate} ({low}, {high})".replace("-", "−")


def _numbers(point: TurningPoint) -> Iterator[dict[str, object]]:
    """A row each for what was searched, what is at the published place, and what was printed."""
    fit = point.searched
    whose: dict[str, object] = {"outcome": point.outcome, "subgroup": point.subgroup.name}
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
    printed, at = point.published, point.at_published
    if printed is None or at is None:
        return
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
