"""A small valid record that tests bend."""

from __future__ import annotations

from pathlib import Path

from evidence.records.reading import record_from_text
from evidence.records.schema import Record

TEXT = """\
schema: 1
study: lee-2019
title: A study
design: cohort
cohort: {name: LEE, years: 2010-2012, country: NO}
reports:
  lee-2019: {type: journal article, status: published, citation: Lee 2019, year: 2019, read: full text}
population: {n: 1426, women: 54.2 %, age: {minimum: 50, mean: 62.6, sd: 8.0}}
exposures:
  hemoglobin: {name: hemoglobin, unit: g/dL}
outcomes:
  hip: {name: BMD, site: hip, unit: g/cm2, unit_stated: no}
models:
  adjusted: {type: linear regression, adjustment: full, covariates: [age, sex]}
estimates:
  - id: hip-men
    outcome: hip
    stratum: {sex: men}
    effect: {measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}
    where: {report: lee-2019, at: Table 2}
extraction: {by: extractor-1, on: 2026-11-21}
"""


def bent(*changes: tuple[str, str]) -> str:
    """The text with replacements; each must apply, or the test would test nothing."""
    text = TEXT
    for old, new in changes:
        assert old in text, f"{old!r} is not in the record"
        text = text.replace(old, new)
    return text


def record(*changes: tuple[str, str]) -> Record:
    """The bent record, which must be valid."""
    document = record_from_text(bent(*changes), Path("lee-2019.yaml"))
    assert document.model is not None, [problem.says for problem in document.problems]
    return document.model
