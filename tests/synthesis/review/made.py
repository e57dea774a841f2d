"""A small review made for a test: one file a study, every number known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evidence.records.review import LoadedReview, load_review

REVIEW = """schema: 1
review: made
title: Made for a test
question: {{population: adults, exposure: hemoglobin, outcome: BMD, design: cohort}}
scale: {scale}
reports: [{reports}]
analyses:
  - id: all
    title: Everybody
    outcome: {{name: BMD, sites: [{sites}]}}
    {more}
"""
SLOPE = "{measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2}"
RATIO = "{measure: OR, exposure: hemoglobin, per: 1 g/dL}"


def record(
    study: str,
    estimates: Sequence[str],
    status: str = "published",
    cohort: str | None = None,
    year: int = 2020,
    superseded: bool = False,
    population: str = "{}",
) -> str:
    """A record; estimates: flow mappings, each without `where`, which is added."""
    replaced = ", superseded_by: later" if superseded else ""
    later = (
        "\n  later: {type: journal article, status: published, citation: Later, year: 2024, read: abstract}"
        if superseded
        else ""
    )
    listed = "".join(
        f"\n  - {{{each}, where: {{report: first, at: Table {index}}}}}"
        for index, each in enumerate(estimates, 1)
    )
    return f"""schema: 1
study: {study}
title: The study {study}
label: {study.upper()}
design: cohort
cohort: {{name: {cohort or study}}}
reports:
  first: {{type: journal article, status: {status}, citation: 1, year: {year}, read: data{replaced}}}{later}
population: {population}
exposures:
  hemoglobin: {{name: hemoglobin, unit: g/dL}}
outcomes:
  hip: {{name: BMD, site: hip, unit: g/cm2}}
  spine: {{name: BMD, site: spine, unit: g/cm2}}
models:
  full: {{type: linear, adjustment: full}}
  least: {{type: linear, adjustment: none}}
estimates:{listed}
extraction: {{by: a reader, on: 2026-01-01}}
"""


def slope(
    name: str, estimate: str, ci: str, model: str = "full", outcome: str = "hip", more: str = ""
) -> str:
    """One estimate of a slope, ready for `record`."""
    effect = f"{{measure: beta, per: 1 g/dL, estimate: {estimate}, ci: [{ci}]}}"
    return f"id: {name}, outcome: {outcome}, model: {model}, effect: {effect}"


def silent(name: str, outcome: str = "hip") -> str:
    """Something examined without a number, ready for `record`."""
    return f"id: {name}, outcome: {outcome}, model: full, not_reported: {{said: not significant}}"


def review(
    folder: Path,
    records: Mapping[str, str],
    scale: str = SLOPE,
    reports: str = "re-analysis, corrected, published, preprint",
    more: str = "",
    sites: str = "hip, spine",
) -> LoadedReview:
    """Write the review and read it; it must have no problem.

    more: lines of the analysis beyond its id, title and outcome.
    """
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    (folder / "review.yaml").write_text(
        REVIEW.format(scale=scale, reports=reports, more=more, sites=sites), encoding="utf-8"
    )
    for name, text in records.items():
        (folder / "studies" / f"{name}.yaml").write_text(text, encoding="utf-8")
    loaded = load_review(folder)
    assert not loaded.problems, loaded.problems
    return loaded
