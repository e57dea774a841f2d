"""Reviews made for tests of dependent effects: several sites of the same persons, every number known."""

from __future__ import annotations

from pathlib import Path

from evidence.records.review import LoadedReview
from evidence.selection.dependence import Dependence, dependence_of
from evidence.selection.selection import select
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from tests.synthesis.review.made import record, review

Z = 1.959963984540054
MODEL = "model: {name: CHE, rho: 0.6}"
EACH_SEX = "stratum: {sex: each}\n    "


def row(
    name: str,
    estimate: float,
    se: float,
    site: str = "hip",
    sex: str = "",
    n: int | None = None,
    age: str = "",
) -> str:
    """An estimate with its standard error; site: hip or spine."""
    parts = [*([f"sex: {sex}"] if sex else []), *([f"age: {age}"] if age else [])]
    stratum = f", stratum: {{{', '.join(parts)}}}" if parts else ""
    size = "" if n is None else f", n: {n}"
    effect = f"{{measure: beta, per: 1 g/dL, estimate: {estimate}, se: {se}}}"
    return f"id: {name}, outcome: {site}, model: full, effect: {effect}{stratum}{size}"


EFFECTS = (
    ("a", ("hip", 0.020, 0.006), ("spine", 0.011, 0.008)),
    ("b", ("hip", 0.004, 0.007), ("spine", -0.006, 0.006)),
    ("c", ("hip", 0.031, 0.009)),
    ("d", ("hip", -0.007, 0.010), ("spine", 0.016, 0.011)),
    ("e", ("spine", 0.009, 0.005)),
)
"""Five studies of one or both sites: 8 estimates."""


def both_sites(folder: Path, more: str = MODEL) -> LoadedReview:
    """The review of EFFECTS."""
    records = {
        study: record(study, [row(site, estimate, se, site) for site, estimate, se in effects])
        for study, *effects in EFFECTS
    }
    return review(folder, records, more=more)


def of_sexes(folder: Path, more: str = f"{EACH_SEX}{MODEL}") -> LoadedReview:
    """Four studies of both sites in men and women: 16 estimates."""
    records = {}
    for at, study in enumerate("abcd"):
        rows = [
            row(
                f"{site}-{sex}",
                round(0.01 * at - 0.004 * i + 0.003 * j + 0.001 * ((3 * at + 2 * i + 5 * j) % 7), 4),
                round(0.005 + 0.001 * (at + i), 4),
                site,
                sex,
            )
            for i, site in enumerate(("hip", "spine"))
            for j, sex in enumerate(("men", "women"))
        ]
        records[study] = record(study, rows)
    return review(folder, records, more=more)


def analysed(loaded: LoadedReview) -> AnalysisResult:
    """The only analysis by the review's own method."""
    return analyse(loaded, loaded.review.analyses[0], loaded.review.method)


def dependence(loaded: LoadedReview) -> Dependence:
    """Who shares what in the only analysis."""
    return dependence_of(select(loaded.review, loaded.review.analyses[0], loaded.records).chosen)
