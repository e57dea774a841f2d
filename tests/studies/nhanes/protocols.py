"""Protocols for the tests, as YAML a person could have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studies.nhanes.protocol import PROTOCOLS, Protocol, load_protocol


def variant(folder: Path, replace: dict[str, str], of: str = "spine") -> Path:
    """A shipped protocol with some of its text replaced; every text must occur."""
    text = (PROTOCOLS / f"{of}.yaml").read_text(encoding="utf-8")
    for old, new in replace.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "variant.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def two_cycles(folder: Path, **replace: str) -> Protocol:
    """The published protocol for the two cycles of the invented survey."""
    return load_protocol(
        variant(folder, {"[2013-2014, 2015-2016, 2017-2018]": "[2013-2014, 2015-2016]", **replace})
    )


def plain(**parts: Any) -> dict[str, Any]:
    """A small protocol for the two cycles of the invented survey, with some of its parts replaced."""
    return {
        "schema": 1,
        "protocol": "small",
        "title": "A small protocol",
        "fixed_on": "2026-11-21",
        "cycles": ["2013-2014", "2015-2016"],
        "design": {},
        "exposure": "hemoglobin",
        "outcomes": {"lumbar": {"variable": "lumbar-spine-bmd"}},
        "eligibility": [{"name": "under 20 years of age", "age": "20+"}],
        "strata": ["all"],
        "missing_covariates": "leave out",
        "models": [{"id": "crude", "name": "crude", "adjustment": "none", "covariates": []}],
        **parts,
    }


def model(*covariates: str, **terms: Any) -> dict[str, Any]:
    """A model as a protocol has it."""
    described = {"id": "adjusted", "name": "adjusted", "adjustment": "minimal"}
    return {**described, "covariates": list(covariates), **terms}


def written(folder: Path, **parts: Any) -> Path:
    """The file of a small protocol; YAML reads JSON."""
    path = folder / "small.yaml"
    path.write_text(json.dumps(plain(**parts), indent=1), encoding="utf-8")
    return path


def small(folder: Path, **parts: Any) -> Protocol:
    """A small protocol, read from its file."""
    return load_protocol(written(folder, **parts))
