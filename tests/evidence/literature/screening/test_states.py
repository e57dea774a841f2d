"""Where citations stand after the decisions of one, two or more persons."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from evidence.literature.citation import Citation, record_mark
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.decision_files import (
    AGREED,
    ScreeningDecision,
    ScreeningError,
    append_decision,
)
from evidence.literature.screening.states import (
    ANOTHER,
    ScreeningState,
    review_decisions,
    screening_choice,
    screening_states,
)
from evidence.records.review import SHIPPED
from evidence.records.screening_choice import USUAL_REASONS, ScreeningChoice
from tests.evidence.literature.exports import cited

A, B = "doi:10.1000/a", "doi:10.1000/b"
WORK = cited(doi="10.1000/a")


def review_of(tmp_path: Path, reviewers: int) -> Path:
    text = (SHIPPED / "review.yaml").read_text(encoding="utf-8")
    (tmp_path / "review.yaml").write_text(
        f"{text}\nscreening: {{reviewers: {reviewers}}}\n", encoding="utf-8"
    )
    return tmp_path


def say(review: Path, *said: str) -> None:
    """Decisions such as "ana title include", "bo full-text exclude wrong outcome", a day after each other."""
    for day, each in enumerate(said, 1):
        who, stage, verdict, *reason = each.split(" ", 3)
        append_decision(
            review, who,
            ScreeningDecision(
                f"2026-11-{day:02}T12:00:00Z", stage.replace("-", " "), A, verdict.replace("_", " "),  # type: ignore[arg-type]
                " ".join(reason),
            ),
        )  # fmt: skip


def state_of(review: Path, work: Citation = WORK) -> ScreeningState:
    return screening_states(review, [work])[work.id]


def test_a_new_citation_waits_at_its_title(tmp_path: Path) -> None:
    assert state_of(tmp_path) == ScreeningState("title", "waiting", waits_for=(ANOTHER,))


@pytest.mark.parametrize(
    ("said", "stage", "verdict", "reason", "day"),
    [
        (["ana title include"], "full text", "waiting", "", 1),
        (["ana title exclude"], "title", "excluded", "", 1),
        (["ana title exclude wrong outcome"], "title", "excluded", "wrong outcome", 1),
        (["ana title unsure"], "title", "unsure", "", 1),
        (["ana title unsure", "ana title exclude x y"], "title", "excluded", "x y", 2),
        (["ana title include", "ana title undo"], "title", "waiting", "", None),
        (["ana title exclude x", "agreed title include"], "full text", "waiting", "", 2),
        (["ana title include", "agreed title exclude x"], "title", "excluded", "x", 2),
        (["agreed title exclude x", "agreed title undo", "ana title include"], "full text", "waiting", "", 3),
        (["ana title include", "ana full-text include"], "full text", "included", "", 2),
        (["ana title include", "ana full-text exclude x"], "full text", "excluded", "x", 2),
        (["ana title include", "ana full-text unsure"], "full text", "unsure", "", 2),
        (["ana title include", "ana full-text not_retrieved"], "full text", "not retrieved", "", 2),
        (["ana title include", "ana full-text include", "ana title exclude"], "title", "excluded", "", 3),
        (["ana title include", "bo title exclude"], "title", "conflict", "", 2),
        (["ana title exclude", "bo title unsure"], "title", "conflict", "", 2),
        (["ana title exclude x", "bo title exclude"], "title", "excluded", "x", 2),
        (["ana title include", "bo title unsure"], "full text", "waiting", "", 2),
    ],
)  # fmt: skip
def test_one_reviewer_decides_and_a_second_may_contradict(
    tmp_path: Path, said: list[str], stage: str, verdict: str, reason: str, day: int | None
) -> None:
    say(tmp_path, *said)
    found = state_of(tmp_path)
    decided = None if day is None else date(2026, 11, day)
    assert (found.stage, found.verdict, found.reason, found.decided) == (stage, verdict, reason, decided)
    assert bool(found.waits_for) == (verdict == "waiting")


BOTH = ("ana title include", "bo title include")


@pytest.mark.parametrize(
    ("said", "stage", "verdict", "reason", "waits_for"),
    [
        (["ana title include"], "title", "waiting", "", (ANOTHER,)),
        (["ana title include", "bo title exclude", "bo title undo"], "title", "waiting", "", ("bo",)),
        (BOTH, "full text", "waiting", "", ("ana", "bo")),
        ([*BOTH, "ana full-text include"], "full text", "waiting", "", ("bo",)),
        ([*BOTH, "ana full-text include", "bo full-text include"], "full text", "included", "", ()),
        ([*BOTH, "ana full-text unsure", "bo full-text include"], "full text", "conflict", "", ()),
        ([*BOTH, "ana full-text exclude x", "bo full-text exclude x"], "full text", "excluded", "x", ()),
        ([*BOTH, "ana full-text exclude x", "bo full-text exclude y"], "full text", "conflict", "", ()),
        ([*BOTH, "ana full-text not_retrieved", "bo full-text exclude y"], "full text", "conflict", "", ()),
        (
            [*BOTH, "ana full-text exclude x", "bo full-text exclude y", "agreed full-text exclude z"],
            "full text", "excluded", "z", (),
        ),
        (["ana title unsure", "bo title unsure"], "title", "unsure", "", ()),
    ],
)  # fmt: skip
def test_two_reviewers_decide_each_citation(
    tmp_path: Path, said: list[str], stage: str, verdict: str, reason: str, waits_for: tuple[str, ...]
) -> None:
    say(review_of(tmp_path, 2), *said)
    found = state_of(tmp_path)
    assert (found.stage, found.verdict, found.reason if verdict != "conflict" else "", found.waits_for) == (
        stage, verdict, reason, waits_for,
    )  # fmt: skip


def test_a_third_reviewer_is_waited_for_where_three_are_asked(tmp_path: Path) -> None:
    say(review_of(tmp_path, 3), "ana title include")
    assert state_of(tmp_path).waits_for == (ANOTHER, ANOTHER)


def decide(
    review: Path, work: str, verdict: str, when: str = "2026-11-30T12:00:00Z", who: str = "ana"
) -> None:
    append_decision(review, who, ScreeningDecision(when, "title", work, verdict))  # type: ignore[arg-type]


def test_a_decision_stays_with_a_work_that_was_joined_later(tmp_path: Path) -> None:
    decide(tmp_path, "pmid:5", "exclude")
    (joined,) = deduplicate([cited(pmid="5"), cited(doi="10.1000/a")]).citations
    assert joined.id == A
    assert state_of(tmp_path, joined).verdict == "excluded"
    decide(tmp_path, A, "exclude")
    assert state_of(tmp_path, joined).verdict == "excluded"


def test_who_decided_differently_of_two_records_that_are_one_work_is_in_conflict(tmp_path: Path) -> None:
    decide(tmp_path, "pmid:5", "exclude")
    decide(tmp_path, A, "include")
    (joined,) = deduplicate([cited(pmid="5"), cited(doi="10.1000/a")]).citations
    assert state_of(tmp_path, joined).verdict == "conflict"
    votes = review_decisions(tmp_path, [joined]).about("title", joined.id).votes
    assert sorted(each.verdict for each in votes["ana"]) == ["exclude", "include"]
    decide(tmp_path, "pmid:5", "undo")
    assert state_of(tmp_path, joined).stage == "full text"
    decide(tmp_path, "pmid:5", "exclude")
    decide(tmp_path, A, "include", who=AGREED)
    decide(tmp_path, "pmid:5", "exclude", when="2026-12-01T00:00:00Z", who=AGREED)
    assert state_of(tmp_path, joined).verdict == "excluded"  # the later of both that were settled


def test_an_id_that_two_works_bear_decides_about_neither(tmp_path: Path) -> None:
    decide(tmp_path, A, "exclude")
    works = deduplicate(
        [cited(doi="10.1000/a"), cited("Zinc in men", doi="10.1000/a", pages="9")],
    ).citations
    assert len(works) == 2
    assert {state.verdict for state in screening_states(tmp_path, works).values()} == {"waiting"}
    assert [each.id for each in review_decisions(tmp_path, works).lost] == [A]
    decide(tmp_path, works[0].id, "include")
    states = screening_states(tmp_path, works)
    assert [states[work.id].stage for work in works] == ["full text", "title"]


def test_an_id_that_one_work_bears_is_that_work_whatever_mark_is_behind_it(tmp_path: Path) -> None:
    decide(tmp_path, f"{A}#00000000", "exclude")
    (work,) = deduplicate([cited(doi="10.1000/a")]).citations
    assert state_of(tmp_path, work).verdict == "excluded"


def test_a_mark_behind_an_id_is_found_again_where_the_work_has_got_another_record(tmp_path: Path) -> None:
    one, other = cited(doi="10.1000/a"), cited("Zinc in men", doi="10.1000/a", pages="9")
    alone = deduplicate([one, other]).citations
    named = next(work.id for work in alone if work.title == one.title)
    assert named == f"{A}#{record_mark(one)[:8]}"
    decide(tmp_path, named, "include")
    more = cited(doi="10.1000/a", volume="", issue="")
    joined = deduplicate([one, other, more]).citations
    assert len(joined) == 2
    states = screening_states(tmp_path, joined)
    assert [states[work.id].stage for work in joined if work.title == one.title] == ["full text"]
    assert screening_states(tmp_path, [one])[A].stage == "full text"


def test_a_decision_about_a_citation_that_is_gone_is_told(tmp_path: Path) -> None:
    decide(tmp_path, B, "include")
    decide(tmp_path, "pmid:9", "undo")
    assert [each.id for each in review_decisions(tmp_path, [WORK]).lost] == [B]


def test_choices_of_the_review_are_read_and_the_usual_ones_hold_without(tmp_path: Path) -> None:
    assert screening_choice(tmp_path) == ScreeningChoice()
    assert ScreeningChoice().reasons == USUAL_REASONS
    assert screening_choice(review_of(tmp_path, 2)).reviewers == 2
    (tmp_path / "review.yaml").write_text("screening: {reviewers: 0}\n")
    with pytest.raises(ScreeningError, match=r"review.yaml:1.*; see: check"):
        screening_choice(tmp_path)
