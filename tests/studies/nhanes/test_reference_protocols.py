"""Protocols with classes, ratios, curves and interactions, number by number against R's survey."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from studies.nhanes.cohort import load_cohort
from studies.nhanes.models import Slope, slopes
from studies.nhanes.protocol import Protocol, load_protocol
from tests.studies.nhanes.protocols import model
from tests.thinned import thinned

ROOT = Path(__file__).parents[3]
PINNED = ROOT / "tests" / "reference" / "survey" / "protocols.json"
EXAMPLES = ROOT / "docs" / "protocols"
NUMBERS = ("estimate", "se", "df", "ci_low", "ci_high", "p")
SHIPPED = ("femur-by-age", "lumbar-50", "osteoporosis")
QUARTERS = EXAMPLES / "hemoglobin-quarters.yaml"

# What is compared of each protocol: rows, and numbers of joint tests among them.
ROWS = {
    "femur-by-age": (24, 0),
    "lumbar-50": (4, 0),
    "osteoporosis": (4, 0),
    "osteoporosis-pr": (4, 0),
    "hip-per-sd": (2, 0),
    "hip-doubling": (2, 0),
    "hip-curve": (8, 16),
    "hip-curve-by-sex": (8, 24),
    "hemoglobin-quarters": (24, 18),
    "quarters-by-rank": (6, 0),
    "quarters-by-sex": (6, 12),
    "sex-by-race": (12, 0),
    "mean-of-bmi": (1, 0),
    "hdl-and-bmi": (2, 2),
}

HIP: dict[str, Any] = {
    "strata": ["all"],
    "outcomes": {"hip": {"variable": "total-femur-bmd"}},
    "variables": {},
}
BY_SEX = {"id": "by-sex", "interactions": ["sex"]}
CHANGED: dict[str, tuple[str | Path, dict[str, Any]]] = {
    "hip-per-sd": ("femur-by-age", {**HIP, "exposure": {"variable": "hemoglobin", "per": "SD"}}),
    "hip-doubling": ("femur-by-age", {**HIP, "exposure": {"variable": "hemoglobin", "per": "doubling"}}),
    "hip-curve": ("femur-by-age", {**HIP, "exposure": {"variable": "hemoglobin", "knots": 4}}),
    "hip-curve-by-sex": (
        "femur-by-age",
        {**HIP, "exposure": {"variable": "hemoglobin", "knots": 4}, "models": [model("sex", **BY_SEX)]},
    ),
    "quarters-by-rank": (QUARTERS, {"exposure": {"variable": "hemoglobin-quarter", "trend": "ranks"}}),
    "quarters-by-sex": (
        QUARTERS,
        {
            "exposure": {"variable": "hemoglobin-quarter", "reference": "Q3"},
            "strata": ["all"],
            "models": [model("sex", "age", **BY_SEX)],
        },
    ),
    "sex-by-race": (
        QUARTERS,
        {"exposure": "hemoglobin", "strata": [["sex", "race"]], "models": [model("age")]},
    ),
    "mean-of-bmi": (
        QUARTERS,
        {
            "exposure": "hemoglobin",
            "strata": ["all"],
            "models": [model("age", "bmi")],
            "missing_covariates": {"bmi": "mean"},
        },
    ),
}


def protocol_called(name: str) -> Protocol:
    if name in SHIPPED:
        return load_protocol(name)
    if name == "osteoporosis-pr":
        plain = load_protocol("osteoporosis").model_dump(by_alias=True)
        plain["outcomes"]["osteoporosis"]["measure"] = "PR"
        return Protocol.model_validate(plain)
    if name in CHANGED:
        of, parts = CHANGED[name]
        return Protocol.model_validate({**load_protocol(of).model_dump(by_alias=True), **parts})
    return load_protocol(EXAMPLES / f"{name}.yaml")


@pytest.fixture(scope="module")
def pinned() -> dict[str, list[dict[str, Any]]]:
    rows = defaultdict(list)
    for row in json.loads(PINNED.read_text(encoding="utf-8"))["rows"]:
        rows[row["protocol"]].append(row)
    return rows


def asked(slope: Slope) -> tuple[str, ...]:
    within = "" if slope.within is None else slope.within[1]
    form = "trend" if slope.form == "trend" else ""
    return (slope.outcome, slope.subgroup.name, slope.model.id, within, slope.contrast.exposed, form)


@pytest.mark.parametrize("name", thinned(ROWS))
def test_a_protocol_s_numbers_are_those_of_r(
    name: str, survey_data: Path, pinned: dict[str, list[dict[str, Any]]]
) -> None:
    found = {asked(slope): slope for slope in slopes(load_cohort(protocol_called(name), survey_data))}
    parts = ("outcome", "subgroup", "model", "within", "exposed", "form")
    expected = {tuple(row.get(part, "") for part in parts): row for row in pinned[name]}
    if name == "quarters-by-rank":  # R's differences are those of hemoglobin-quarters
        found = {key: slope for key, slope in found.items() if slope.form == "trend"}
    assert set(found) == set(expected)
    tested = 0
    for key, slope in found.items():
        row = expected[key]
        assert slope.n == row["n"]
        if "with" in row:
            assert slope.counts is not None
            assert slope.counts[0] == row["with"]
        for number in NUMBERS:
            assert_allclose(getattr(slope, number), row["values"][number], rtol=1e-8)
        assert len(slope.tests) == len(row.get("tests", ()))
        for (_, test), other in zip(slope.tests, row.get("tests", ()), strict=True):
            assert (test.df1, test.df2) == (other["df1"], other["df2"])
            assert_allclose((test.F, test.p), (other["F"], other["p"]), rtol=1e-8)
            tested += 1
    assert (len(found), tested) == ROWS[name]


def test_quarters_are_cut_where_r_cuts_them(
    survey_data: Path, pinned: dict[str, list[dict[str, Any]]]
) -> None:
    cohort = load_cohort(load_protocol(QUARTERS), survey_data)
    assert (
        cohort.measured.limits("hemoglobin-quarter")[""].tolist()
        == pinned["hemoglobin-quarters"][0]["limits"]
    )


def test_every_pinned_protocol_is_compared(pinned: dict[str, list[dict[str, Any]]]) -> None:
    assert set(pinned) == set(ROWS)
    assert sum(map(len, pinned.values())) == sum(rows for rows, _ in ROWS.values()) == 107
