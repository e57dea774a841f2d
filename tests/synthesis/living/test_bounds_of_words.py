"""Bounds of what is told: weights that moved enough, estimates that stay out, versions without git."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.movement import MovedResult
from synthesis.living.repository import NoHistoryError, Repository
from synthesis.living.sentences import details
from synthesis.living.staying_out import reasons_to_stay_out
from synthesis.living.summaries import Pooling, Summary
from synthesis.living.versions import find_versions
from synthesis.living.what_moved import compare_versions
from synthesis.pooled import pool
from tests.synthesis.living.reviews import git, study, write
from tests.synthesis.living.test_movement import movement, only
from tests.synthesis.living.test_signals import ANALYSIS, summary


def weights(*percent: float) -> str:
    """What is said of weights that were as many equal ones before, or one where there is one now."""

    def weighted(shares: tuple[float, ...]) -> Summary:
        slab = [f"s{number}" for number in range(len(shares))]
        pooled = pool(
            [0.1] * len(shares), vi=[1 / share for share in shares], slab=slab, method="EE", test="z"
        )
        return summary(pooled)

    before = weighted((1.0,) * len(percent))
    return details(MovedResult(ANALYSIS, "Hip", before, weighted(percent))).partition("weights ")[2]


def test_a_weight_is_told_from_half_a_percent_of_change_on_and_three_at_most() -> None:
    assert weights(50.501, 49.499) == "s0 50 % → 51 %, s1 50 % → 49 %"
    assert weights(50.499, 49.501) == ""
    assert weights(25.6, 24.0, 23.0, 27.4) == "s3 25 % → 27 %, s2 25 % → 23 %, s1 25 % → 24 %"
    assert weights(100.0) == ""


SILENT = "effect: {measure: MD, versus: {exposed: tea, reference: water}, estimate: 0.3, se: 0.10}"


def test_an_estimate_without_a_number_or_left_out_is_told_by_the_analysis_that_asks_for_it(
    tmp_path: Path,
) -> None:
    silent = study("berg", "0.3").replace(SILENT, "not_reported: {said: not significant}")
    gone = study("cole", "0.3", status="retracted")
    folder = write(tmp_path, abel=study("abel", "0.10"), berg=silent, cole=gone)
    review = load_review(folder)
    after = Pooling.of(review)
    told = {each.study: reasons_to_stay_out(review, each, after) for each in review.records}
    assert told["abel"] == {}
    assert told["berg"] == {"main": ["hip: examined without a number; shown as such, pooled nowhere"]}
    (reason,) = told["cole"]["main"]
    assert reason.startswith("hip: ")
    assert "retracted" in reason


def test_without_git_the_last_release_is_the_older_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "r", abel=study("abel", "0.1"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoHistoryError, match="git is not installed"):
        find_versions(folder, None, None)
    for number, estimate in (("1.0.0", "0.2"), ("1.1.0", "0.3"), ("1.2.0", "0.4")):
        inside = folder / "releases" / number
        write(inside / "inputs", abel=study("abel", estimate))
        (inside / "manifest.json").write_text("{}", encoding="utf-8")
    before, _ = find_versions(folder, None, None)
    (record,) = before.loaded.records
    assert str(record.estimates[0].effect.estimate) == "0.4"  # type: ignore[union-attr]


def test_a_git_that_cannot_be_run_is_told_with_the_reason_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("no program", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoHistoryError, match=r"^git cannot be run in '.*': permission denied$"):
        Repository.around(tmp_path)


def test_a_change_that_leaves_nothing_to_pool_has_no_row_and_no_number() -> None:
    whole = {"abel": study("abel", "0.10"), "dahl": study("dahl", "0.20", site="spine")}
    gone = {**whole, "abel": study("abel", "0.10", status="retracted")}
    (cause,) = only(movement(whole, gone)).causes
    assert cause.alone is not None
    assert (cause.alone.k, cause.alone.numbers) == (0, None)
    back = only(movement(gone, whole))
    assert (back.before.k, back.after.k, back.causes) == (0, 1, ())


def test_a_release_counts_before_the_tag_of_the_same_number(moving: Path) -> None:
    inside = moving / "releases" / "1.0.0"
    write(inside / "inputs", abel=study("abel", "0.2"))
    (inside / "manifest.json").write_text("{}", encoding="utf-8")
    assert find_versions(moving, None, None)[0].says == "release 1.0.0"
    git(moving, "tag", "v1.0.1")
    assert find_versions(moving, None, None)[0].says.startswith("v1.0.1 (")


def test_of_a_plan_that_cannot_be_read_the_first_problem_is_told(tmp_path: Path) -> None:
    old, new = (write(tmp_path / name, abel=study("abel", "0.1")) for name in "ab")
    plan = (old / "review.yaml").read_text(encoding="utf-8")
    wrong = plan.replace("level: 95 %", "level: much").replace("schema: 1", "schema: old")
    (old / "review.yaml").write_text(wrong, encoding="utf-8")
    problems = load_review(old).document.problems
    assert len(problems) >= 2
    with pytest.raises(NoHistoryError) as error:
        compare_versions(*find_versions(new, str(old), None))
    assert str(error.value).endswith(f"review.yaml:{problems[0].place.line}: {problems[0].says}")
