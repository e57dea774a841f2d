"""p-values, directions and numbers of persons of an analysis, as an albatross plot."""

from __future__ import annotations

from collections.abc import Sequence
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
    from synthesis.review.analysis import AnalysisResult

_OF_A_RELATION = ("beta", "r", "ZCOR", "ZPCOR", "ZSPCOR")  # whose contours are those of a correlation
_LEAST_P = 1e-300


def albatross_of(result: AnalysisResult) -> Chart:
    """p against persons at each site of an analysis; contours of correlations for slopes and correlations.

    p: as printed where it is exact, else that of the effect and its standard error. Raises NotDefinedError
    where no record has p, a direction and its number of persons.
    """
    if not tests_null(result.scale.measure):
        raise NotDefinedError("An albatross plot needs p-values; these effects have no value of no effect.")
    sites: dict[str, list[tuple[str, str, float, float]]] = {}
    for domain, several in kept_candidates(result):
        site, *stratum = domain
        sites.setdefault(site, []).extend(row for each in several if (row := _row(each, stratum)) is not None)
    parts = [
        PAndN(site, tuple(labels), tuple(ways), np.array(p), np.array(n))
        for site, rows in sites.items()
        if rows
        for labels, ways, p, n in [zip(*rows, strict=True)]
    ]
    if not parts:
        raise NotDefinedError(
            "An albatross plot needs p, a direction and a number of persons, which no record of this "
            "analysis has together."
        )
    measure = "COR" if result.scale.measure in _OF_A_RELATION else "SMD"
    title = f"{result.analysis.title}: albatross plot"
    return albatross_chart(title, parts, measure, effects_in_sight(parts, measure), "result")


def _row(found: Candidate, stratum: Sequence[str]) -> tuple[str, str, float, float] | None:
    """Label, direction, p and n; None where a record does not tell all of them."""
    way, p, n = direction_told(found), _p(found), _persons(found)
    if way not in (POSITIVE, NEGATIVE) or p is None or n is None:
        return None
    return ", ".join([found.label, *stratum]), way, p, n


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
    if n is None and not found.stratum.describe():
        n = population.n
    return None if n is None or n < LEAST_PERSONS else float(n)
