"""What the published analysis printed, from its record: nothing is typed a second time."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.records.effect import Effect, Estimate
from evidence.records.printed import Printed
from evidence.records.reading import read_model, read_record
from evidence.records.review import SHIPPED, Review
from evidence.records.review_folder import REVIEW_FILE, record_paths
from evidence.records.schema import Baseline, Record
from studies.nhanes.errors import NhanesError
from studies.nhanes.protocol import EVERYBODY

RECORD = SHIPPED / "studies" / "nhanes-2013-2018.yaml"
REPORT = "liu-2022-preprint"
RACE_ROW = "Race"
TWO_LINES = "two-piecewise"


@dataclass(frozen=True)
class PrintedSlope:
    """One cell of Tables 2 to 5, and which regression it belongs to.

    subgroup: as models.Subgroup.label; adjustment: as protocol.Model.adjustment.
    """

    table: str
    at: str
    outcome: str
    subgroup: str
    adjustment: str
    effect: Effect

    @property
    def estimate(self) -> Printed:
        assert self.effect.estimate is not None
        return self.effect.estimate

    @property
    def ci(self) -> tuple[Printed, Printed]:
        assert self.effect.ci is not None
        return self.effect.ci

    @property
    def se(self) -> float:
        """From the width of the printed interval, at the normal distribution's 1.96."""
        return (float(self.ci[1]) - float(self.ci[0])) / (2 * 1.959964)


def published_record(path: Path = RECORD) -> Record:
    """The record of a published analysis. Raises NhanesError when it cannot be read."""
    document = read_record(path)
    if document.model is None:
        raise NhanesError(f"{path}: the published numbers cannot be read: {document.problems[0].says}")
    return document.model


def named_record(name: str) -> Record:
    """A record as a command line names it: a study of the shipped review, or the path of a YAML file.

    Raises NhanesError where there is none, or it cannot be read.
    """
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise NhanesError(f"there is no record '{name}'; expected a YAML file, or a study of the review")
        return published_record(Path(name))
    known = sorted(path.stem for path in record_paths(SHIPPED))
    if name not in known:
        close = difflib.get_close_matches(name, known)
        hint = f"did you mean '{close[0]}'?" if close else f"its studies are {', '.join(known)}"
        raise NhanesError(f"the review has no study '{name}'; {hint}")
    return published_record(SHIPPED / "studies" / f"{name}.yaml")


def review_place() -> Callable[[str], str]:
    """One name for all the names that the shipped review knows of a place in the body."""
    review = read_model(SHIPPED / REVIEW_FILE, Review).model
    return str if review is None else review.site_name


def straight_slopes(record: Record) -> Iterator[PrintedSlope]:
    """Tables 2 to 4: one slope a cell."""
    return (_slope(record, found) for found in _of_preprint(record) if found.model != TWO_LINES)


def slopes_of_two_lines(record: Record) -> Iterator[PrintedSlope]:
    """Table 5: the slopes below and above the turning point."""
    return (_slope(record, found) for found in _two_lines(record) if _measure(found) == "beta")


def turning_points(record: Record) -> Iterator[PrintedSlope]:
    """Table 5: the turning points themselves."""
    return (_slope(record, found) for found in _two_lines(record) if _measure(found) == "threshold")


def baseline(record: Record) -> Baseline:
    """Table 1."""
    return record.baseline[0]


def race_composition(record: Record) -> dict[str, Printed]:
    """The printed percentages of races in the whole cohort."""
    row = next(row for row in baseline(record).rows if row.variable == RACE_ROW)
    return {label: values[0] for label, values in (row.percent or {}).items()}


def _of_preprint(record: Record) -> Iterator[Estimate]:
    return (found for found in record.estimates if found.where.report == REPORT and found.effect)


def _two_lines(record: Record) -> Iterator[Estimate]:
    return (found for found in _of_preprint(record) if found.model == TWO_LINES)


def _measure(estimate: Estimate) -> str:
    assert estimate.effect is not None
    return estimate.effect.measure


def _slope(record: Record, estimate: Estimate) -> PrintedSlope:
    assert estimate.effect is not None
    table, _, cell = estimate.where.at.partition(", ")
    stratum = estimate.stratum
    return PrintedSlope(
        table="Table 5" if estimate.model == TWO_LINES else table,
        at=cell,
        outcome=estimate.outcome,
        subgroup=stratum.sex or stratum.ancestry or EVERYBODY,
        adjustment=record.model_of(estimate).adjustment,
        effect=estimate.effect,
    )
