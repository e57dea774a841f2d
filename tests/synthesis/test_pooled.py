"""Methods of a result are the functions behind them, asked with the result's own choices."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import synthesis
from synthesis.diagnostics.asymmetry import rank_test, regression_test
from synthesis.diagnostics.gosh import gosh
from synthesis.diagnostics.influence import influence
from synthesis.diagnostics.refits import one_more_each, without_each
from synthesis.diagnostics.trim_and_fill import trim_and_fill
from synthesis.plots.kinds import KINDS
from synthesis.plots.subject import NotDefinedError

YI = [0.31, 0.22, 0.78, -0.05, 0.40, 0.12, 0.27, 0.66]
VI = [0.04, 0.02, 0.09, 0.03, 0.05, 0.01, 0.06, 0.12]
RESULT = synthesis.pool(YI, VI, method="PM", test="HKSJ", level=0.9)
BARE = {name for name in KINDS if name not in ("bubble", "labbe")}


def same(ours: Any, theirs: Any) -> None:
    for name in vars(theirs):
        a, b = getattr(ours, name), getattr(theirs, name)
        if isinstance(b, np.ndarray):
            assert np.array_equal(a, b, equal_nan=b.dtype.kind == "f"), name
        elif isinstance(b, float | int | str):
            assert a == b or (a != a and b != b), name


def test_methods_are_their_functions() -> None:
    same(RESULT.leave_one_out(), without_each(RESULT))
    same(RESULT.cumulative(range(7, -1, -1)), one_more_each(RESULT, range(7, -1, -1)))
    same(RESULT.influence(), influence(RESULT))
    same(RESULT.egger(), regression_test(RESULT))
    same(RESULT.begg(), rank_test(RESULT))
    same(RESULT.trim_and_fill(), trim_and_fill(RESULT))
    assert len(RESULT.gosh()[0].estimate) == len(gosh(RESULT).estimate) == 255


def test_every_other_question_has_an_answer_that_says_what_it_shows() -> None:
    answers = [
        RESULT.pet_peese().chosen,
        RESULT.limit().adjusted,
        RESULT.fail_safe(),
        RESULT.excess_significance(),
        RESULT.selection_model(),
        RESULT.p_uniform(),
        RESULT.p_curve(),
        RESULT.multiverse(),
        RESULT.leave_one_out(),
        RESULT.trim_and_fill(),
        RESULT.begg(),
        RESULT.influence(),
        RESULT.gosh()[1],
    ]
    assert len(answers) == 13
    for answer in answers:
        assert len(answer.says) > 40  # type: ignore[attr-defined]
        assert answer.says.endswith(".")  # type: ignore[attr-defined]


def test_shrunken_effects_chances_and_tests_of_heterogeneity() -> None:
    shrunken = RESULT.blup()
    assert shrunken.effect.shape == (8,)
    assert np.all((shrunken.effect - RESULT.estimate) * (RESULT.yi - RESULT.estimate) >= 0)
    above, below = RESULT.probability_beyond(0.0)
    assert above + below == pytest.approx(1.0)
    assert above > 0.5
    assert RESULT.heterogeneity_test().df == 1


def test_the_permutation_test_and_its_interval_agree() -> None:
    test, interval = RESULT.permutation_test(), RESULT.permutation_interval()
    assert test.exact
    assert (float(test.p_value[0]) > 0.1) == (interval.ci_low <= 0.0 <= interval.ci_high)


@pytest.mark.parametrize("kind", sorted(BARE))
def test_every_kind_that_a_result_can_have_is_drawn(kind: str, tmp_path: Path) -> None:
    files = RESULT.plot(kind, tmp_path / kind, title="Invented", effect="Mean difference (kg)")
    assert [file.suffix for file in files] == [".png", ".svg", ".pdf"]
    assert all(file.stat().st_size > 1_000 for file in files)


def test_kinds_that_need_more_say_what(tmp_path: Path) -> None:
    with pytest.raises(NotDefinedError, match="needs a moderator"):
        RESULT.plot("bubble", tmp_path / "x")
    with pytest.raises(NotDefinedError, match="events and persons of both arms"):
        RESULT.plot("labbe", tmp_path / "x")
    with pytest.raises(ValueError, match="unknown kind of plot 'funel'; did you mean 'funnel'"):
        RESULT.plot("funel", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
