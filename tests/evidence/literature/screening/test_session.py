"""A reviewer's session: the pile, decisions on the disk, undo, blindness."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evidence.literature.citation import Citation
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.decision_files import (
    AGREED,
    ScreeningDecision,
    ScreeningError,
    append_decision,
    decisions_path,
    read_decisions_of,
)
from evidence.literature.screening.ranking import RelevanceRanker
from evidence.literature.screening.session import ScreeningSession, conflicts, reviewing_alone
from evidence.literature.screening.states import screening_states
from tests.evidence.literature.exports import cited
from tests.evidence.literature.screening.screened import review_with_works, say


def now_at(session: ScreeningSession) -> str | None:
    return session.current.id if session.current else None


def test_each_decision_is_on_the_disk_before_the_next_work_comes(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 3)
    session = ScreeningSession(tmp_path, "ana", "title", made)
    assert (now_at(session), session.place) == ("pmid:1000", (1, 3))
    session.decide("include")
    assert [each.id for each in read_decisions_of(tmp_path, "ana")] == ["pmid:1000"]
    assert (now_at(session), session.place) == ("pmid:1001", (2, 3))
    session.decide("exclude", "wrong outcome")
    session.decide("unsure")
    assert (now_at(session), session.place) == (None, (3, 3))
    assert session.counts() == {"include": 1, "exclude": 1, "unsure": 1, "not retrieved": 0}
    assert session.in_order() == [True, False, True]
    assert not session.ranked
    assert [(each.verdict, each.reason) for each in read_decisions_of(tmp_path, "ana")] == [
        ("include", ""), ("exclude", "wrong outcome"), ("unsure", ""),
    ]  # fmt: skip


def test_a_session_goes_on_where_the_last_one_ended_and_asks_again_what_was_unsure(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 3)
    say(tmp_path, "ana", "pmid:1000", "unsure")
    say(tmp_path, "ana", "pmid:1002", "exclude")
    session = ScreeningSession(tmp_path, "ana", "title", made)
    assert (now_at(session), session.place, session.was_unsure) == ("pmid:1001", (2, 3), False)
    session.decide("unsure")
    assert (now_at(session), session.place, session.was_unsure) == ("pmid:1000", (3, 3), True)
    session.decide("include")
    assert now_at(session) is None
    assert not session.was_unsure
    assert session.in_order() == [True, False, True]


def test_the_last_decision_is_taken_back_and_the_one_before_also_of_an_earlier_session(
    tmp_path: Path,
) -> None:
    made = review_with_works(tmp_path, 4)
    say(tmp_path, "ana", "pmid:9", "exclude")  # of a citation that is gone
    say(tmp_path, "ana", "pmid:1003", "exclude")
    say(tmp_path, "ana", "pmid:1003", "include", stage="full text")
    session = ScreeningSession(tmp_path, "ana", "title", made)
    assert [each.id for each in session.lost] == ["pmid:9"]
    session.decide("include")
    assert now_at(session) == "pmid:1001"
    back = session.undo()
    assert back is not None
    assert (back.id, now_at(session), session.place) == ("pmid:1000", "pmid:1000", (2, 4))
    session.decide("exclude")
    assert now_at(session) == "pmid:1001"
    assert [each.id for each in (session.undo(), session.undo()) if each] == ["pmid:1000", "pmid:1003"]
    assert (now_at(session), session.place) == ("pmid:1003", (1, 4))
    assert session.undo() is None
    assert session.counts()["exclude"] == 0
    session.decide("include")
    session.decide("include")
    assert now_at(session) == "pmid:1001"
    assert [each.verdict for each in read_decisions_of(tmp_path, "ana")][-5:] == [
        "exclude", "undo", "undo", "include", "include",
    ]  # fmt: skip
    states = screening_states(tmp_path, made)
    assert [states[each.id].stage for each in made] == ["full text", "title", "title", "full text"]


def test_what_was_unsure_in_an_earlier_session_and_taken_back_comes_once(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 1)
    say(tmp_path, "ana", "pmid:1000", "unsure")
    session = ScreeningSession(tmp_path, "ana", "title", made)
    session.undo()
    assert (now_at(session), session.was_unsure) == ("pmid:1000", False)
    session.decide("include")
    assert now_at(session) is None


def test_reviewers_are_blind_to_each_other_and_a_third_is_not_asked(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 3, "reviewers: 2")
    say(tmp_path, "ana", "pmid:1000", "exclude")
    say(tmp_path, "bo", "pmid:1000", "include")
    say(tmp_path, "ana", "pmid:1001", "exclude")
    say(tmp_path, "agreed", "pmid:1002", "include")
    assert now_at(ScreeningSession(tmp_path, "bo", "title", made)) == "pmid:1001"
    third = ScreeningSession(tmp_path, "cem", "title", made)
    assert third.place == (1, 1)
    assert now_at(third) == "pmid:1001"
    assert third.in_order() == []


def test_full_texts_are_those_whose_titles_passed(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 3)
    for work, verdict in (("pmid:1000", "include"), ("pmid:1001", "exclude"), ("pmid:1002", "include")):
        say(tmp_path, "ana", work, verdict)
    session = ScreeningSession(tmp_path, "bo", "full text", made)
    session.decide("not retrieved")
    assert (now_at(session), session.place) == ("pmid:1002", (2, 2))
    session.decide("include")
    assert session.counts() == {"include": 1, "exclude": 0, "unsure": 0, "not retrieved": 1}
    states = screening_states(tmp_path, made)
    assert [states[each.id].verdict for each in made] == ["not retrieved", "excluded", "included"]


def test_a_decision_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 2)
    session = ScreeningSession(tmp_path, "ana", "title", made)
    decisions_path(tmp_path, "ana").mkdir(parents=True)
    with pytest.raises(ScreeningError, match="was not written"):
        session.decide("include")
    assert (now_at(session), session.place, session.in_order()) == ("pmid:1000", (1, 2), [])
    decisions_path(tmp_path, "ana").rmdir()
    session.decide("include")
    assert now_at(session) == "pmid:1001"


def test_two_sessions_of_one_reviewer_are_not_held_at_once(tmp_path: Path) -> None:
    review_with_works(tmp_path, 1)
    with reviewing_alone(tmp_path, "ana"):
        with reviewing_alone(tmp_path, "bo"):
            pass
        refused = pytest.raises(ScreeningError, match=r"'ana.tsv' is in use by another session; end that one")
        with refused, reviewing_alone(tmp_path, "ana"):
            raise AssertionError
    with reviewing_alone(tmp_path, "ana"):
        pass
    assert (decisions_path(tmp_path, "ana").parent / ".gitignore").read_text() == ".*.lock\n"


def test_whoever_may_write_in_the_folder_may_take_the_lock(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with reviewing_alone(tmp_path / "new", "ana"):
            lock = decisions_path(tmp_path / "new", "ana").parent / ".ana.lock"
            assert lock.stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)


def test_who_decided_differently_about_records_joined_later_is_asked_by_the_latest_decision(
    tmp_path: Path,
) -> None:
    review_with_works(tmp_path, 1)
    (joined,) = deduplicate([cited(pmid="5"), cited(doi="10.1000/a")]).citations
    for second, (work, verdict) in enumerate((("pmid:5", "exclude"), ("doi:10.1000/a", "include"))):
        decision = ScreeningDecision(f"2026-11-30T12:00:0{second}Z", "title", work, verdict)  # type: ignore[arg-type]
        append_decision(tmp_path, "ana", decision)
    assert ScreeningSession(tmp_path, "ana", "title", [joined]).counts()["include"] == 1


def test_no_session_is_held_where_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "literature").write_text("")
    with pytest.raises(ScreeningError, match=r"screening': "), reviewing_alone(tmp_path, "ana"):
        raise AssertionError


def test_conflicts_are_those_that_both_have_decided(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 4, "reviewers: 2")
    for who, verdicts in (("ana", "include exclude unsure exclude"), ("bo", "exclude exclude unsure")):
        for n, verdict in enumerate(verdicts.split()):
            say(tmp_path, who, f"pmid:{1000 + n}", verdict)
    assert [each.id for each in conflicts(tmp_path, made, "title")] == ["pmid:1000", "pmid:1002"]
    assert conflicts(tmp_path, made, "full text") == []
    say(tmp_path, AGREED, "pmid:1000", "include")
    say(tmp_path, "ana", "pmid:1000", "exclude", "a", stage="full text")
    say(tmp_path, "bo", "pmid:1000", "exclude", "b", stage="full text")
    assert [each.id for each in conflicts(tmp_path, made, "title")] == ["pmid:1002"]
    assert [each.id for each in conflicts(tmp_path, made, "full text")] == ["pmid:1000"]


def test_one_reviewer_who_is_unsure_is_in_no_conflict(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 1)
    say(tmp_path, "ana", "pmid:1000", "unsure")
    assert conflicts(tmp_path, made, "title") == []


def test_a_ranked_session_brings_the_likely_ones_first_and_drops_none(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 60)
    session = ScreeningSession(tmp_path, "ana", "title", made, RelevanceRanker(made))
    shown, ranked = [], []
    while session.current is not None:
        shown.append(session.current)
        ranked.append(session.ranked)
        session.decide("include" if "bones" in session.current.title else "exclude")
    assert sorted(each.id for each in shown) == [each.id for each in made]
    assert ranked[:3] == [False, False, True]
    bones = ["bones" in each.title for each in shown]
    assert bones[:2] == [True, False]
    assert all(bones[2:21])  # 20 are about bones, the first was one
    assert not any(bones[21:])
    assert session.in_order() == bones


def test_the_order_is_made_anew_after_ten_decisions_and_at_the_start(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 60)
    calls: list[int] = []

    class Counted(RelevanceRanker):
        def order(self, pile: Sequence[Citation], kept: Mapping[str, bool]) -> list[Citation] | None:
            calls.append(len(kept))
            return super().order(pile, kept)

    ranker = Counted(made)
    session = ScreeningSession(tmp_path, "ana", "title", made, ranker)
    for n in range(25):
        session.decide("include" if n % 2 else "exclude")
    assert calls == [0, 1, 2, 12, 22]
    again = ScreeningSession(tmp_path, "ana", "title", made, ranker)
    assert again.ranked
    assert calls[-1] == 25
