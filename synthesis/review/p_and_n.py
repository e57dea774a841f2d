"""p-values, directions and numbers of persons of an analysis, as an albatross plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from evidence.records.conversion import to_analysis_scale
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import tests_null
from evidence.selection.selection import Candidate
from synthesis.drawing.chart import Chart
from synthesis.plots.subject import NotDefinedError
from synthesis.review.directions import direction_told, kept_candidates
from synthesis.without_pooling.albatross import LEAST_PERSONS, PAndN, albatross_chart, effects_in_sight
from synthesis.without_pooling.told_directions import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from synthesis.review.analysis_result import AnalysisResult

_OF_A_RELATION = ("beta", "r", "ZCOR", "ZPCOR", "ZSPCOR")  # whose contours are those of a correlation
_LEAST_P = 1e-300


def albatross_of(result: AnalysisResult) -> Chart:
    """p against persons at each site of an analysis; contours of correlations for slopes and correlations.

    p: as printed where it is exact, else that of the effect and its standard error. Raises NotDefinedError
    where no record has p, a direction and its number of persons.
    """
    if not tests_null(result.scale.measure):
        raise NotDefinedError("An albatross plot needs p-values; these effects have no value of no effect.")
    sites: dict[str, list[_Row]] = {}
    for (site, *stratum), several in kept_candidates(result):
        found = [_row(each, ", ".join(stratum)) for each in several]
        sites.setdefault(site, []).extend(row for row in found if row is not None)
    every = [row for rows in sites.values() for row in rows]
    one = len({row.study for row in every}) == 1 and all(row.stratum for row in every)
    parts = [_part(site[:1].upper() + site[1:], rows, one) for site, rows in sites.items() if rows]
    if not parts:
        raise NotDefinedError(
            "An albatross plot needs p, a direction and a number of persons, which no record of this "
            "analysis has together."
        )
    measure = "COR" if result.scale.measure in _OF_A_RELATION else "SMD"
    title = f"{result.analysis.title}: albatross plot"
    return albatross_chart(title, parts, measure, effects_in_sight(parts, measure), "result")


@dataclass(frozen=True)
class _Row:
    """One result: its study, the part of the persons, direction, p and n."""

    study: str
    stratum: str
    way: str
    p: float
    n: float


def _row(found: Candidate, stratum: str) -> _Row | None:
    """None where a record does not tell direction, p and n."""
    way, p, n = direction_told(found), _p(found), _persons(found)
    if way not in (POSITIVE, NEGATIVE) or p is None or n is None:
        return None
    return _Row(found.label, stratum, way, p, n)


def _part(name: str, rows: Sequence[_Row], one_study: bool) -> PAndN:
    """The rows of a site; strata of one study need not name it."""
    labels = tuple(
        row.stratum if one_study else ", ".join(filter(None, (row.study, row.stratum))) for row in rows
    )
    p, n = np.array([row.p for row in rows]), np.array([row.n for row in rows])
    return PAndN(name, labels, tuple(row.way for row in rows), p, n)


def _p(found: Candidate) -> float | None:
    effect = found.estimate.effect
    if effect is None or not tests_null(effect.measure):
        return None
    printed = effect.p
    if printed is not None and printed.number is not None and printed.relation == "=":
        exact = float(printed.number)
        if 0.0 < exact <= 1.0 and effect.use in (None, "p"):
            return exact
    try:
        told = to_analysis_scale(effect, found.estimate.n)
    except NotPoolableError:
        return None
    p = 2.0 * float(special.ndtr(-abs(told.yi / told.sei)))
    return p if p >= _LEAST_P else None


def _persons(found: Candidate) -> float | None:
    """Those of the estimate, else of the whole population where it is about all of them."""
    n, population = found.estimate.n, found.record.population
    stratum = found.stratum
    if n is None and not any((stratum.sex, stratum.ancestry, stratum.age, stratum.group)):
        n = population.n
    return None if n is None or n < LEAST_PERSONS else float(n)
