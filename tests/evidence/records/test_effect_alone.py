"""Estimates on the analysis scale where nothing tells their standard error."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evidence.records.conversion import estimate_alone, to_analysis_scale
from evidence.records.effect import Effect
from evidence.records.measures import effect_alone, harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.target_scale import TargetScale
from tests.evidence.records.samples import record

GROUPS = [{"name": "a", "n": 9, "events": 3}, {"name": "b", "n": 9, "events": 4}]


def effect(measure: str, **fields: Any) -> Effect:
    return Effect.model_validate({"measure": measure, **fields})


@pytest.mark.parametrize(
    ("given", "yi"),
    [
        ({"measure": "beta", "estimate": "-0.25"}, -0.25),
        ({"measure": "OR", "estimate": "0.5"}, math.log(0.5)),
        ({"measure": "OR", "estimate": "0.5", "log": True}, 0.5),
        ({"measure": "r", "estimate": "0.6"}, math.atanh(0.6)),
        ({"measure": "MD", "estimate": "3", "se": "1", "use": "se"}, 3.0),
    ],
)
def test_an_estimate_needs_no_standard_error_to_be_on_its_scale(given: dict[str, Any], yi: float) -> None:
    found = effect(**given)
    assert estimate_alone(found) == pytest.approx(yi, rel=1e-15)
    if "use" not in given:
        with pytest.raises(NotPoolableError):
            to_analysis_scale(found)


@pytest.mark.parametrize(
    ("given", "n", "says"),
    [
        ({"measure": "OR", "estimate": "-0.5"}, None, "-0.5"),
        ({"measure": "OR", "groups": GROUPS}, None, "no estimate is printed"),
        ({"measure": "MD", "estimate": "3", "use": "se"}, None, "'use' names the standard error, which"),
        ({"measure": "MD", "estimate": "3"}, -5, "there cannot be -5 persons"),
    ],
)
def test_what_is_impossible_or_not_there_is_no_effect_either(
    given: dict[str, Any], n: int | None, says: str
) -> None:
    with pytest.raises(NotPoolableError, match=says):
        estimate_alone(effect(**given), n)


def test_an_effect_alone_is_the_harmonised_one_in_the_units_of_the_review() -> None:
    study = record(("per: 1 g/dL", "per: 4 g/dL"), ("unit: g/cm2", "unit: 10^-2 g/cm2"))
    scale: dict[str, Any] = {"measure": "beta", "exposure": "hemoglobin", "per": "2 g/dL", "unit": "g/cm2"}
    target = TargetScale.model_validate(scale)
    estimate = study.estimates[0]
    whole = harmonise(study, estimate, target)
    assert effect_alone(study, estimate, target) == whole.yi
    assert estimate.effect is not None
    assert estimate.effect.estimate is not None
    assert whole.yi == pytest.approx(float(estimate.effect.estimate) * 0.005, rel=1e-12)
    other = TargetScale.model_validate(scale | {"exposure": "ferritin"})
    with pytest.raises(NotPoolableError, match="exposure is hemoglobin, not ferritin"):
        effect_alone(study, estimate, other)
