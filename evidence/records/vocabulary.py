"""The words and forms that a record may use where a free text would say nothing certain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

Years = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{4})?(, \d{4}(-\d{4})?)*$")]
SchemaVersion = Annotated[Literal[1], BeforeValidator(lambda given: 1 if given == "1" else given)]
NOT_STATED = "not stated"


def _year_or_none(given: object) -> object:
    if given is None:
        raise ValueError(f"'year' has no value; expected e.g. 2019, or '{NOT_STATED}'")
    return None if given == NOT_STATED else given


Year = Annotated[
    int | None,
    BeforeValidator(_year_or_none),
    PlainSerializer(lambda year: NOT_STATED if year is None else year),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": NOT_STATED}]}),
]
"""A year, or None for one that is said to be not stated: a file says which, and leaves no gap."""

Measure = Literal[
    "beta",
    "MD",
    "SMD",
    "OR",
    "RR",
    "HR",
    "IRR",
    "RD",
    "r",
    "proportion",
    "mean",
    "threshold",
    "AS",
    "PETO",
    "PHI",
    "YUQ",
    "YUY",
    "RTET",
    "PBIT",
    "OR2DN",
    "OR2DL",
    "IRD",
    "IRSD",
    "PR",
    "PLN",
    "PLO",
    "PAS",
    "PFT",
    "IR",
    "IRLN",
    "IRS",
    "IRFT",
    "D",
    "SMD1",
    "SMDH",
    "ROM",
    "ROMBC",
    "CVR",
    "VR",
    "MC",
    "SMCC",
    "SMCR",
    "SMCRH",
    "ROMC",
    "CVRC",
    "VRC",
    "PPC",
    "RPB",
    "COR",
    "UCOR",
    "ZCOR",
    "PCOR",
    "ZPCOR",
    "SPCOR",
    "ZSPCOR",
    "MN",
    "MNLN",
    "CVLN",
    "SDLN",
    "ARAW",
    "AHW",
    "ABT",
]
"""The usual words first; then the other measures by the names that `escalc` gives them."""

ReportType = Literal[
    "journal article", "preprint", "conference abstract", "thesis", "registry", "re-analysis"
]
Status = Literal["published", "preprint", "conference abstract", "re-analysis", "corrected", "retracted"]
Adjustment = Literal["full", "minimal", "none", "not stated"]

Use = Literal["ci", "se", "t", "f", "chi2", "p", "n", "groups", "group", "columns"]
"""The printed numbers that can give a standard error."""

IntervalMethod = Literal[
    "Wald",
    "t",
    "profile likelihood",
    "score",
    "Newcombe",
    "exact",
    "mid-p",
    "Cornfield",
    "bootstrap",
    "credible",
]
Test = Literal[
    "Wald",
    "t",
    "likelihood ratio",
    "score",
    "chi-square",
    "chi-square with continuity correction",
    "Fisher exact",
    "mid-p",
    "permutation",
    "rank",
]
