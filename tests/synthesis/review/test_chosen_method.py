"""The review's method, and what a caller puts in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.review.chosen_method import chosen_method
from tests.synthesis.review.made import record, review, slope


@pytest.mark.parametrize(
    ("own", "estimator", "test", "expected"),
    [
        ("", None, None, ("REML", "HKSJ")),
        ("{test: t}", None, None, ("REML", "t")),
        ("{test: t}", None, "z", ("REML", "z")),
        ("{test: t}", "DL", None, ("DL", "t")),
        ("{estimator: EE}", None, None, ("EE", "z")),  # nothing said of the test: as `pool` has it
        ("{estimator: EE, test: t}", None, None, ("EE", "t")),  # said, and kept
        ("{estimator: EE, test: t}", "EE", None, ("EE", "z")),  # asked for anew: without the review's test
        ("{test: t}", "EE", None, ("EE", "z")),
        ("{test: t}", "EE", "HKSJ", ("EE", "HKSJ")),
        ("{estimator: EE}", None, "t", ("EE", "t")),
        ("{estimator: EE}", "PM", None, ("PM", "HKSJ")),
        ("{estimator: reml, test: knha}", None, None, ("REML", "HKSJ")),
    ],
)
def test_what_is_asked_for_comes_before_the_review_and_equal_effects_bring_their_own_test(
    own: str, estimator: str | None, test: str | None, expected: tuple[str, str], tmp_path: Path
) -> None:
    review(tmp_path, {"a": record("a", [slope("x", "0.02", "0.01, 0.03")])})
    path = tmp_path / "review.yaml"
    more = f"method: {own}\nanalyses:" if own else "analyses:"
    path.write_text(path.read_text(encoding="utf-8").replace("analyses:", more), encoding="utf-8")
    made = chosen_method(load_review(tmp_path).review, estimator, test)
    assert (made.estimator, made.test) == expected
    assert (made.level.fraction, made.prediction) == (0.95, "t(k-1)")


def test_an_unknown_method_is_refused_with_what_is_known(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": record("a", [slope("x", "0.02", "0.01, 0.03")])})
    with pytest.raises(ValueError, match="unknown method 'reml2'; did you mean 'REML'"):
        chosen_method(loaded.review, "reml2")
    with pytest.raises(ValueError, match="unknown test 'w'"):
        chosen_method(loaded.review, None, "w")
