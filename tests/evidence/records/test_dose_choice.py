"""What stands under or beside `dose_response` and cannot be, is told with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.dose_choice import DoseResponseChoice
from evidence.records.review import load_review
from tests.synthesis.review.classes import DOSED, ODDS, classed, reviewed
from tests.synthesis.review.made import REVIEW

FINE = "dose_response: {unit: g/dL}"


def told(folder: Path, more: str, method: str = "") -> list[str]:
    text = REVIEW.format(scale=ODDS, reports="published", more=more, sites="hip")
    (folder / "studies").mkdir()
    (folder / "review.yaml").write_text(text.replace("analyses:", f"{method}analyses:"), encoding="utf-8")
    (folder / "studies" / "a.yaml").write_text(classed("a", DOSED), encoding="utf-8")
    return [problem.says for problem in load_review(folder).problems]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("group_by", "sex"),
        ("arms", "each"),
        ("model", "{name: CHE, rho: 0.6}"),
        ("bayes", "{smallest_effect: 1.1}"),
        ("tau2", "common"),
        ("unreported", "{a: {said: not significant, n: 10}}"),
        ("columns", "[n]"),
    ],
)
def test_what_is_of_one_mean_is_refused_beside_a_curve(tmp_path: Path, key: str, value: str) -> None:
    says = f"'{key}' is of one mean effect, and 'dose_response' is a curve over doses"
    assert says in told(tmp_path, f"{FINE}\n    {key}: {value}")


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("unit: 10 g/L", "'unit: 10 g/L' has a number of units"),
        ("unit: not stated", "'unit: not stated' cannot be read"),
        ("unit: g/dL, knots: [1, 2, 3]", "'knots' are of a spline, and the curve is linear"),
        ("unit: g/dL, curve: spline, knots: [1, 3, 2]", "the knots are 1, 3, 2"),
        ("unit: g/dL, curve: spline, knots: [1, 2]", "the knots are 1, 2"),
        ("unit: g/dL, curve: quadratic, prefer: slope", "a slope is a straight line"),
        ("unit: g/dL, stages: 3", "stages"),
        ("curve: linear", "unit"),
    ],
)
def test_a_curve_that_cannot_be_is_told(tmp_path: Path, choice: str, says: str) -> None:
    found = told(tmp_path, f"dose_response: {{{choice}}}")
    assert len([each for each in found if says in each]) == 1


def test_three_knots_that_rise_are_a_spline(tmp_path: Path) -> None:
    assert told(tmp_path, "dose_response: {unit: g/dL, curve: spline, knots: [1, 2, 3]}") == []


def test_a_curve_is_fitted_in_one_stage_unless_two_are_asked_for() -> None:
    assert DoseResponseChoice(unit="g/dL").stages == 1
    assert DoseResponseChoice.model_validate({"unit": "g/dL", "stages": "2"}).stages == 2


@pytest.mark.parametrize(
    ("estimator", "stages", "refused"),
    [
        ("REML", 1, False),
        ("ML", 1, False),
        ("EE", 2, False),
        ("DL", 2, False),
        ("DL", 1, True),
        ("PM", 1, True),
    ],
)
def test_an_estimator_of_one_mean_is_refused(
    tmp_path: Path, estimator: str, stages: int, refused: bool
) -> None:
    more = f"dose_response: {{unit: g/dL, stages: {stages}}}"
    assert bool(told(tmp_path, more, f"method: {{estimator: {estimator}, test: z}}\n")) is refused


def test_the_reviews_own_model_and_bayes_do_not_reach_a_curve(tmp_path: Path) -> None:
    loaded = reviewed(tmp_path, {"a": classed("a", DOSED)}, FINE)
    method = loaded.review.method.model_copy(update={"model": object()})
    review = loaded.review.model_copy(update={"bayes": object(), "method": method})
    (analysis,) = review.analyses
    assert review.model_of(analysis) is None
    assert review.bayes_of(analysis) is None
