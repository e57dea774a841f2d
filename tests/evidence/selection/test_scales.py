"""Effects of a selection on the scale of the review: steps, units, ratios, levels and contrasts."""

from __future__ import annotations

import pytest

from evidence.records.measures import harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.target_scale import TargetScale
from tests.evidence.selection.test_selection import SCALE, estimate, record, run


def test_slopes_are_brought_to_the_target_step_and_unit() -> None:
    # Valderrabano 2019: -0.60 x 10^-2 g/cm2 per 1.1 g/dL is -0.0055 g/cm2 per 1 g/dL
    effect = {"per": "1.1 g/dL", "estimate": "-0.60", "ci": ["-1.88", "0.68"]}
    found = run(record("chs", estimate("th", outcome="total-hip", effect=effect)))
    assert found.chosen[0].effect.yi == pytest.approx(-0.006 / 1.1)
    assert found.chosen[0].effect.low == pytest.approx(-0.0188 / 1.1)
    assert found.chosen[0].effect.high == pytest.approx(0.0068 / 1.1)
    per_litre = run(record("l", estimate("all", effect={"per": "1 g/L"})))
    assert per_litre.chosen[0].effect.yi == pytest.approx(0.1)


def test_a_ratio_per_step_is_rescaled_on_the_log_scale() -> None:
    target = TargetScale.model_validate({"measure": "OR", "exposure": "hemoglobin", "per": "10 g/L"})
    ratio = record(
        "a",
        estimate("all", effect={"measure": "OR", "per": "1 g/L", "estimate": "0.97", "ci": ["0.95", "0.99"]}),
    )
    found = harmonise(ratio, ratio.estimates[0], target)
    assert found.low == pytest.approx(0.95**10)
    assert found.high == pytest.approx(0.99**10)


def test_an_interval_of_another_level_is_shown_at_the_level_of_the_review() -> None:
    narrow = record("a", estimate("all", effect={"level": "90 %"}))
    target = TargetScale.model_validate(SCALE)
    found = harmonise(narrow, narrow.estimates[0], target)
    assert found.high - found.low == pytest.approx(2 * 1.959963984540054 * found.sei)


def test_contrasts_of_groups_match_by_name_when_the_review_names_them() -> None:
    versus = {"exposed": "Anemia", "reference": "no anemia"}
    target = TargetScale.model_validate({"measure": "HR", "exposure": "hemoglobin", "versus": versus})
    effect = {"measure": "HR", "per": None, "estimate": "1.2", "ci": ["1.1", "1.3"]}
    same = record("a", estimate("all", effect={**effect, "versus": {**versus, "exposed": "anemia"}}))
    other = record(
        "b", estimate("all", effect={**effect, "versus": {**versus, "reference": "iron deficiency"}})
    )
    assert harmonise(same, same.estimates[0], target).low == pytest.approx(1.1)
    with pytest.raises(NotPoolableError, match="compares"):
        harmonise(other, other.estimates[0], target)
