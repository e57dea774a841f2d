"""Reviews made for tests of what a paper gets, and their material."""

from __future__ import annotations

from pathlib import Path

from evidence.records.review import LoadedReview, Method
from synthesis.paper.paper_table import Reported
from synthesis.review.analysis import analyse
from synthesis.review.forest_table import decimals_of
from tests.synthesis.review.made import record, review, silent, slope
from tests.synthesis.review.test_pooled_units import three

SLOPES = (("0.0200", "0.0080, 0.0320"), ("0.0110", "-0.0020, 0.0240"), ("0.0310", "0.0100, 0.0520"))
MORE = (("0.0050", "-0.0090, 0.0190"), ("-0.0070", "-0.0230, 0.0090"), ("0.0440", "0.0200, 0.0680"))
BY_SEX = "stratum: {sex: each}\n    group_by: sex"


def material(loaded: LoadedReview, method: Method | None = None) -> Reported:
    """All analyses of a review, by its own method or another."""
    results = tuple(
        analyse(loaded, analysis, method or loaded.review.method) for analysis in loaded.review.analyses
    )
    decimals = tuple(map(decimals_of, results))
    return Reported(loaded, results, decimals, whole=True)


def pooled_of(folder: Path, k: int, method: Method | None = None) -> Reported:
    """One analysis of k slopes, one a study, and one study that is silent."""
    numbers = (*SLOPES, *MORE)[:k]
    records = {f"s{i}": record(f"s{i}", [slope("one", *each)]) for i, each in enumerate(numbers)}
    records["quiet"] = record("quiet", [silent("one")])
    return material(review(folder, records), method)


def by_sex(folder: Path, tau2: str = "separate", method: Method | None = None) -> Reported:
    """Three studies with men and women, and three with men alone."""
    records = {}
    for i, (estimate, ci) in enumerate((*SLOPES, *MORE)):
        rows = [f"{slope('men', estimate, ci)}, stratum: {{sex: men}}, n: 100"]
        if i < 3:
            rows.append(f"{slope('women', *MORE[i])}, stratum: {{sex: women}}, n: 120")
        records[f"s{i}"] = record(f"s{i}", rows)
    return material(review(folder, records, more=f"{BY_SEX}\n    tau2: {tau2}"), method)


def arms(folder: Path, method: Method | None = None) -> Reported:
    """Two studies of one estimate, and one whose two arms share their placebo and keep their covariance."""
    return material(three(folder), method)
