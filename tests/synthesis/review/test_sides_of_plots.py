"""What lies on either side of no effect is said as the analysis says it, else as the review does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evidence.records.review import Direction
from synthesis.drawing.forest_table import ForestTable
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import forest_table
from synthesis.review.model_plots import model_plot
from synthesis.review.plot_subjects import subjects_of
from tests.synthesis.review.made import record, review, slope
from tests.synthesis.review.sites import MODEL, analysed, both_sites

OWN, OF_ALL = Direction(lower="rarer", higher="denser"), Direction(lower="worse", higher="better")
CASES = [
    (OWN, OF_ALL, ("rarer", "denser")),
    (OWN, None, ("rarer", "denser")),
    (None, OF_ALL, ("worse", "better")),
    (None, None, ("", "")),
]


def told(result: AnalysisResult, own: Direction | None, of_all: Direction | None) -> AnalysisResult:
    analysis = result.analysis.model_copy(update={"direction": own})
    return replace(result, analysis=analysis, review=result.review.model_copy(update={"direction": of_all}))


def words_of(table: object) -> tuple[str, str]:
    assert isinstance(table, ForestTable)
    return table.axis.left, table.axis.right


@pytest.mark.parametrize(("own", "of_all", "sides"), CASES)
def test_the_sides_of_no_effect(
    own: Direction | None, of_all: Direction | None, sides: tuple[str, str], tmp_path: Path
) -> None:
    records = {
        name: record(name, [slope("one", f"0.0{at}", f"0.0{at - 1}, 0.0{at + 1}")])
        for at, name in enumerate("abc", 2)
    }
    plain = told(analysed(review(tmp_path / "plain", records, more="bayes: {}")), own, of_all)
    assert plain.sides == sides
    assert words_of(forest_table(plain)) == sides
    (subject,) = subjects_of(plain, review(tmp_path / "again", records), {})
    assert (subject.subject.lower, subject.subject.higher) == sides
    model = told(analysed(both_sites(tmp_path / "model", MODEL)), own, of_all)
    assert words_of(model_plot("leave-one-out", model, model.groups[0])) == sides
