"""How many decimals a forest plot prints."""

from __future__ import annotations

from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow, decimals_for


def test_decimals_follow_the_middle_interval() -> None:
    def decimals(half: float) -> int:
        rows = tuple(StudyRow("Study", 0.0, -factor * half, factor * half) for factor in (0.9, 1.0, 40.0))
        return decimals_for(ForestTable("Decimals", "Effect", Axis("Effect"), rows))

    assert [decimals(half) for half in (0.0056, 0.056, 0.56, 5.6, 56.0)] == [4, 3, 2, 1, 0]


def test_decimals_that_are_given_are_kept() -> None:
    row = StudyRow("Study", 0.0, -0.5, 0.5)
    assert decimals_for(ForestTable("Decimals", "Effect", Axis("Effect"), (row,), decimals=5)) == 5
