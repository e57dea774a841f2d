"""The turning points that have been published of this cohort, from the review's own record of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.records.problems import Problem
from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import Effect, Estimate, Record
from studies.nhanes.definitions import ProtocolError

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
