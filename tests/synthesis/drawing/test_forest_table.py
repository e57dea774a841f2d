"""What a forest plot refuses to show."""

import subprocess
import sys
from math import inf, nan

import pytest

from synthesis.drawing.forest_table import Axis, ForestTable, PredictionRow, Row, StudyRow, SummaryRow

LINEAR, LOG = Axis("Effect"), Axis("Ratio", "log", 1.0)


@pytest.mark.parametrize(
    ("axis", "row", "message"),
    [
        (LINEAR, StudyRow("A", 0.0, 1.0, -1.0), "row 'A': the lower limit 1.0 is above the upper limit -1.0"),
        (LINEAR, PredictionRow("P", 2.0, 1.0), "row 'P': the lower limit 2.0 is above the upper limit 1.0"),
        (LINEAR, SummaryRow("S", 3.0, 1.0, 2.0), "row 'S': the estimate 3.0 lies outside its interval"),
        (LINEAR, StudyRow("A", 0.0, -1.0, 1.0, -5.0), "row 'A': the weight -5.0 is not a percentage"),
        (LINEAR, StudyRow("A", 0.0, -1.0, 1.0, inf), "row 'A': the weight inf is not a percentage"),
        (LINEAR, StudyRow("A", 0.0, -1.0, 1.0, cells=("1",)), "row 'A' has 1 cells; expected 0"),
        (LOG, StudyRow("A", -0.5, 0.1, 1.0), "row 'A': the estimate -0.5 has no place on a log axis"),
        (LOG, StudyRow("A", 0.5, -0.1, 1.0), "row 'A': the lower limit -0.1 has no place on a log axis"),
        (Axis("Ratio", "log", 0.0), StudyRow("A", 0.5, 0.1, 1.0), "axis: the null value of a log axis"),
    ],
)
def test_contradictions_are_refused_with_the_row_named(axis: Axis, row: Row, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        ForestTable("Title", "Effect", axis, (row,))


def test_unknown_and_infinite_numbers_are_accepted() -> None:
    rows = (StudyRow("A", nan, None, 3.0, nan), StudyRow("B", 1.0, 0.0, inf), PredictionRow("P", nan, nan))
    assert len(tuple(ForestTable("Title", "Effect", LOG, rows).intervals())) == 3


def test_the_data_model_needs_no_plotting_library() -> None:
    code = "import sys, synthesis.drawing.forest_table; print({'matplotlib', 'numpy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
