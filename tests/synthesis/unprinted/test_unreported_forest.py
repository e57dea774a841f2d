"""The forest plot: numbers, hollow bars for what is said, and both pools."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow, SummaryRow, TextRow
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.subject import NotDefinedError
from synthesis.unprinted.unreported_forest import HOLLOW

SAID = ["", "not significant", None, "significant", "I", "positive"]


def pooled(**other: object) -> synthesis.UnreportedPooled:
    asked: dict[str, object] = {
        "sei": [0.29, 0.2, 0.20, 0.1, None, 0.1],
        "said": SAID,
        "slab": list("abcdef"),
        "probability": [None, 0.8, None, None, None, None],
    }
    return synthesis.pool_unreported([0.79, None, 0.40, None, None, None], **(asked | other))  # type: ignore[arg-type]


def table(result: synthesis.UnreportedPooled, kind: str = "forest", **words: object) -> ForestTable:
    columns = words.pop("columns", None)
    drawn = result._drawn(PlotRequest(kind, None, columns, None, None, words))
    assert isinstance(drawn, ForestTable)
    return drawn


def test_rows_with_numbers_come_first_and_silent_ones_show_what_they_allow() -> None:
    found = table(pooled())
    studies = [row for row in found.rows if isinstance(row, StudyRow)]
    silent = [row for row in found.rows if isinstance(row, NotReportedRow)]
    assert [row.label for row in studies] == ["a", "c"]
    assert [row.label for row in silent] == ["b", "d", "e", "f"]
    assert [row.text for row in silent] == [
        "not significant (probability 0.8)",
        "significant",
        "nothing said",
        "positive",
    ]
    c = 1.959963984540054
    assert_allclose(silent[0].extents, [(-0.2 * c, 0.2 * c)], rtol=1e-12)
    assert_allclose(silent[1].extents, [(-math.inf, -0.1 * c), (0.1 * c, math.inf)], rtol=1e-12)
    assert silent[2].extents == ()
    assert silent[3].extents == ((0.0, math.inf),)
    assert HOLLOW in found.footnotes


def test_both_pools_stand_below_one_another() -> None:
    result = pooled()
    found = table(result)
    first, second = (row for row in found.rows if isinstance(row, SummaryRow))
    assert (first.label, second.label) == (
        "Random effects with what is said (2 + 4)",
        "Numbers alone (2), same likelihood",
    )
    assert (first.estimate, first.low, first.high) == (result.estimate, result.ci_low, result.ci_high)
    assert second.estimate == result.without.estimate
    assert (first.level, second.level) == ("overall", "subgroup")
    weights = [row.weight or 0.0 for row in found.rows if isinstance(row, StudyRow)]
    expected = 1.0 / (result.vi + result.tau2)
    assert_allclose(weights, 100.0 * expected / expected.sum(), rtol=1e-12)
    lines = [row.text for row in found.rows if isinstance(row, TextRow)]
    assert any(line.startswith("Test of no effect: z = ") for line in lines)
    assert not any("case" in line for line in lines), "a statement without an end has no worst case"
    equal = pooled(method="EE")
    assert table(equal).rows[7].label.startswith("Equal effects")  # type: ignore[union-attr]
    assert "(equal effects; Copas" in equal.method_sentence
    assert "(random effects by maximum likelihood; Copas" in result.method_sentence


@pytest.mark.parametrize(("null", "tested"), [(0.0, True), (0.2, False), (None, False)])
def test_the_test_of_no_effect_stands_where_no_effect_is_zero(null: float | None, tested: bool) -> None:
    lines = [row.text for row in table(pooled(), null=null).rows if isinstance(row, TextRow)]
    assert any(line.startswith("Test of no effect") for line in lines) is tested


def test_bounded_statements_have_a_worst_case_line() -> None:
    result = pooled(said=["", "not significant", None, "A", "I", "H"])
    lines = [row.text for row in table(result).rows if isinstance(row, TextRow)]
    worst = result.worst_case
    assert f"Worst to best case: {worst.lowest:.2f} to {worst.highest:.2f}" in lines


def test_ratios_are_shown_as_ratios() -> None:
    result = pooled(said=["", "not significant", None, "A", "I", "H"])
    found = table(result, log=True, effect="Risk ratio")
    silent = next(row for row in found.rows if isinstance(row, NotReportedRow))
    assert_allclose(silent.extents[0], np.exp(np.array([-1.0, 1.0]) * 0.2 * 1.959963984540054), rtol=1e-12)
    assert found.axis.null == 1.0
    lines = [row.text for row in found.rows if isinstance(row, TextRow)]
    worst = np.exp([result.worst_case.lowest, result.worst_case.highest])
    assert f"Worst to best case: {worst[0]:.2f} to {worst[1]:.2f}" in lines


def test_columns_follow_the_rows_that_were_given() -> None:
    found = table(pooled(), columns={"Number": ["1", "2", "3", "4", "5", "6"]})
    cells = [row.cells[0] for row in found.rows if isinstance(row, StudyRow | NotReportedRow)]
    assert cells == ["1", "3", "2", "4", "5", "6"]
    assert all(row.weight is None for row in found.rows if isinstance(row, StudyRow))


def test_other_choices_are_drawn_beside_the_one_that_was_made() -> None:
    result = pooled()
    found = table(result, "Sensitivity")
    studies = [row for row in found.rows if isinstance(row, StudyRow)]
    assert [row.estimate for row in studies] == result.sensitivity().estimate.tolist()
    assert found.study_header == "Choice"
    last = found.rows[-1]
    assert isinstance(last, SummaryRow)
    assert (last.label, last.estimate) == ("As chosen", result.estimate)
    with pytest.raises(ValueError, match="columns belongs to a forest plot"):
        table(result, "sensitivity", columns={"Number": [1, 2, 3, 4, 5, 6]})
    with pytest.raises(NotDefinedError, match="Nothing is said"):
        table(pooled(said=["", "I", None, "C", "H", "F"]), "sensitivity")


def test_files_are_written_and_other_kinds_refused(tmp_path: Path) -> None:
    paths = pooled().plot("forest", tmp_path / "plot.svg")
    assert [path.name for path in paths] == ["plot.svg"]
    with pytest.raises(NotDefinedError, match="no funnel plot"):
        pooled().plot("funnel")
    with pytest.raises(ValueError, match="kind of plot"):
        pooled().plot("forrest plot")
