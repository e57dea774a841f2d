"""metafor's rma.glmm on seven data sets: our maximum is never below its estimates, and next to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis import RarePooled, pool_rare
from synthesis.rare_events.given_counts import GivenCounts

_FILE = Path(__file__).resolve().parents[2] / "reference" / "rare_events" / "glmm.json"


def _fits() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for measure, sets in json.loads(_FILE.read_text(encoding="utf-8"))["results"].items():
        for each in sets.values():
            for key, fit in each["fits"].items():
                yield measure, key, each["data"], fit


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, list) else value)


def _ours(measure: str, key: str, data: dict[str, Any]) -> RarePooled:
    words = key.split()
    model = words[0] if measure in ("OR", "IRR") else None
    coding = float(words[-1]) if "coding" in words else 0.5
    return pool_rare(measure, model=model, random="ML" in words, coding=coding, test="z", **data)


@pytest.mark.long
def test_every_fit_of_the_package_is_next_to_our_maximum() -> None:
    compared = {"near": 0, "Laplace": 0}
    for measure, key, data, fit in _fits():
        ours = _ours(measure, key, data)
        away = abs(ours.estimate - _first(fit["beta"])) / ours.se
        wider = abs(ours.se / _first(fit["se"]) - 1.0)
        tau = abs(np.sqrt(ours.tau2) - np.sqrt(fit["tau2"]))
        if "UM.RS" in key:
            assert max(away / 0.02, wider / 0.025, tau / 0.01) < 1.0
            compared["Laplace"] += 3
            continue
        assert max(away / 2e-3, wider / 2e-3, tau / 1e-4) < 1.0
        assert pytest.approx(fit["QE_LRT"], abs=2e-9) == ours.Q
        compared["near"] += 4
    assert compared == {"near": 4 * 61, "Laplace": 3 * 14}


def test_no_estimate_of_the_package_has_a_higher_likelihood() -> None:
    """At its estimates our likelihood is lower than at ours, by less than a ten thousandth."""
    compared = 0
    for measure, key, data, fit in _fits():
        if "UM" in key or "EE" in key:
            continue
        ours = _ours(measure, key, data)
        counts = GivenCounts.of(measure, data, None, None, "refuse")
        model = counts.model(ours.model, 0.5, correlated=False).likelihood
        theirs = model.point(np.array([_first(fit["beta"]), np.sqrt(fit["tau2"])])).value
        assert 0.0 <= ours.loglik - theirs + 1e-12 < 1e-4
        compared += 1
    assert compared == 4 + 5 + 2 + 5 + 2


def test_log_likelihoods_with_all_constants_are_those_of_the_package() -> None:
    """Of CM.EL by both, and of fits without random effects, where nothing is left out."""
    compared = 0
    for measure, key, data, fit in _fits():
        if "UM.RS" in key or not ((key.startswith("CM.EL") and measure == "OR") or key.endswith("EE")):
            continue
        assert _ours(measure, key, data).loglik == pytest.approx(fit["loglik"], abs=1e-6)
        compared += 1
    assert compared == 4 + 5 * 3 + 2 * 2 + 5 + 2
