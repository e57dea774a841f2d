"""Table 5 as it is made without settings: how many bootstrap samples, and between which percentiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studies.nhanes.cohort import load_cohort
from studies.nhanes.tables.threshold import published_turning_points, sought, threshold_sheet
from studies.survey import TurningPointInterval, piecewise, turning_point_interval
from tests.studies.nhanes.protocols import two_cycles


def test_a_thousand_samples_are_drawn_and_the_search_leaves_a_twentieth_out_at_both_ends(
    invented_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interval itself is made of fewer here."""
    asked: list[tuple[Any, int]] = []
    searched: list[Any] = []

    def few(*arguments: Any, **given: Any) -> TurningPointInterval:
        asked.append((arguments[-1], given["replicates"]))
        return turning_point_interval(*arguments, **given | {"replicates": 5})

    def noting(*arguments: Any, **given: Any) -> Any:
        searched.append(given)
        return piecewise(*arguments, **given)

    monkeypatch.setattr("studies.nhanes.tables.threshold.turning_point_interval", few)
    monkeypatch.setattr("studies.nhanes.tables.threshold.piecewise", noting)
    cohort = load_cohort(two_cycles(tmp_path), invented_data)
    said: list[str] = []
    sheet = threshold_sheet(cohort, sought(cohort, published_turning_points()[:1]), said.append, 5)
    assert asked == [((0.05, 0.95), 1000)]
    assert searched == [{"search": (0.05, 0.95)}, {"turning_point": 11.9}]
    assert said == ["Turning point: thoracic spine BMD, Other Races and Not recorded"]
    assert "between the 5th and 95th percentile of hemoglobin; its 95% interval by 1,000" in sheet.notes[1]
    assert sheet.title == "Table 5. Turning points of hemoglobin in two-piecewise regressions"
