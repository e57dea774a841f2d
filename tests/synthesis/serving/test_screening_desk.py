"""Screening in the browser decides as `screen` does, for the citation that was shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.citation import Citation
from evidence.literature.citation_store import read_citations
from evidence.literature.screening.decision_files import ScreeningError, read_decisions_of
from evidence.literature.screening.ranking import RankerMissingError
from evidence.literature.screening.session import reviewing_alone
from evidence.literature.screening.stopping import stopping_estimate
from synthesis.serving.screening_desk import DeskError, ScreeningDesk
from tests.evidence.literature.screening.screened import review_with_works, say


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    review_with_works(tmp_path / "r", 5, "reviewers: 2, reasons: [wrong outcome, animals]")
    return tmp_path / "r"


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ScreeningDesk:
    def unranked(works: object) -> None:
        raise RankerMissingError("in the order of their ids")

    monkeypatch.setattr("synthesis.serving.screening_desk.RelevanceRanker", unranked)
    return ScreeningDesk(folder, "Ana López")


def verdicts(folder: Path, who: str = "ana-lópez") -> list[tuple[str, str, str]]:
    return [(each.id, each.verdict, each.reason) for each in read_decisions_of(folder, who)]


def id_of(told: dict[str, object]) -> str:
    card = told["card"]
    assert isinstance(card, dict)
    return str(card["id"])


def test_a_citation_is_shown_with_the_words_of_the_question_lit(desk: ScreeningDesk) -> None:
    told = desk.open("title")
    assert (told["number"], told["total"], told["stage"], told["reviewer"]) == (1, 5, "title", "ana-lópez")
    assert told["reasons"] == ["wrong outcome", "animals"]
    assert (told["note"], told["counts"], told["again"], told["missed"]) == (
        "in the order of their ids", {}, False, "",
    )  # fmt: skip
    card = told["card"]
    assert isinstance(card, dict)
    assert card["id"] == "pmid:1000"
    assert card["title"] == [("Study 0 of ", False), ("bones", True)]
    assert card["abstract"][:3] == [("We measured ", False), ("bones", True), (" and ", False)]
    assert card["place"].startswith("Journal of Bone and Mineral Research. 2012;")
    assert card["place"].endswith("pmid:1000")
    assert card["authors"]
    assert (card["others"], card["known"]) == ([], "")


@pytest.mark.parametrize(("authors", "shown"), [(12, 12), (13, 12)])
def test_twelve_authors_and_two_further_titles_are_named(
    desk: ScreeningDesk, monkeypatch: pytest.MonkeyPatch, authors: int, shown: int
) -> None:
    names = tuple(f"Author {i}" for i in range(authors))

    def changed(*given: object) -> list[Citation]:
        [first, *others] = read_citations(*given)  # type: ignore[arg-type]
        titles = (first.title, "On bones", "Third")
        return [replace(first, authors=names, other_titles=titles), *others]

    monkeypatch.setattr("synthesis.serving.screening_desk.read_citations", changed)
    card = desk.open("title")["card"]
    assert isinstance(card, dict)
    assert card["authors"] == ", ".join(names[:shown]) + (" et al." if authors > shown else "")
    assert card["others"] == [[("On ", False), ("bones", True)]], "not its own title, nor a third one"


def test_decisions_are_on_the_disk_at_once_and_can_be_taken_back(desk: ScreeningDesk, folder: Path) -> None:
    desk.open("title")
    told = desk.decide("title", "pmid:1000", "include", "ignored")
    assert (told["done"], id_of(told), told["number"]) == ("include", "pmid:1001", 2)
    assert verdicts(folder) == [("pmid:1000", "include", "")]
    assert desk.decide("title", "pmid:1001", "exclude", "animals")["done"] == "exclude: animals"
    assert desk.decide("title", "pmid:1002", "exclude", "")["done"] == "exclude"
    told = desk.decide("title", "pmid:1003", "unsure", "")
    assert told["counts"] == {"include": 1, "exclude": 2, "unsure": 1}
    told = desk.decide("title", "", "undo", "")
    assert (told["done"], id_of(told)) == ("taken back", "pmid:1003")
    assert verdicts(folder)[-2:] == [("pmid:1003", "unsure", ""), ("pmid:1003", "undo", "")]
    desk.leave()
    again = ScreeningDesk(folder, "Ana López").open("title")
    assert (id_of(again), again["number"]) == ("pmid:1003", 4)


def test_at_the_end_the_unsure_come_again_and_then_nothing(desk: ScreeningDesk) -> None:
    told = desk.open("title")
    for _ in range(5):
        told = desk.decide("title", id_of(told), "unsure" if id_of(told) == "pmid:1002" else "include", "")
    assert told["card"] is None
    told = desk.open("title")
    assert (id_of(told), told["again"]) == ("pmid:1002", True)
    told = desk.decide("title", "pmid:1002", "include", "")
    assert (told["card"], told["missed"]) == (None, "")
    with pytest.raises(DeskError, match="another page has decided meanwhile"):
        desk.decide("title", "pmid:1002", "include", "")
    empty = desk.decide("title", "", "undo", "")
    assert id_of(empty) == "pmid:1002"


def test_what_may_be_missed_is_what_screen_says(desk: ScreeningDesk) -> None:
    told = desk.open("title")
    for verdict in ("include", "exclude", "exclude"):
        told = desk.decide("title", id_of(told), verdict, "")
    assert told["missed"] == str(stopping_estimate([True, False, False], 5, False))


@pytest.mark.parametrize(
    ("id_", "verdict", "reason", "says"),
    [
        ("pmid:1001", "include", "", "another page has decided meanwhile: load this one again"),
        ("pmid:1000", "exclude", "boring", "'boring' is no reason of this review"),
        ("pmid:1000", "maybe", "", "'maybe' is no decision at stage title"),
        ("pmid:1000", "not retrieved", "", "'not retrieved' is no decision at stage title"),
    ],
)
def test_what_is_not_about_the_citation_that_was_shown_decides_nothing(
    desk: ScreeningDesk, folder: Path, id_: str, verdict: str, reason: str, says: str
) -> None:
    desk.open("title")
    with pytest.raises(DeskError, match=f"^{says}; nothing was decided$"):
        desk.decide("title", id_, verdict, reason)
    assert verdicts(folder) == []


def test_full_texts_have_another_verdict_and_need_a_reason(desk: ScreeningDesk, folder: Path) -> None:
    for who in ("ana-lópez", "bo"):
        say(folder, who, "pmid:1000", "include")
        say(folder, who, "pmid:1001", "include")
    assert id_of(desk.open("full text")) == "pmid:1000"
    with pytest.raises(DeskError, match="'' is no reason of this review"):
        desk.decide("full text", "pmid:1000", "exclude", "")
    assert desk.decide("full text", "pmid:1000", "exclude", "animals")["done"] == "exclude: animals"
    assert desk.decide("full text", "pmid:1001", "not retrieved", "")["done"] == "not retrieved"
    assert [each[1:] for each in verdicts(folder)][-2:] == [("exclude", "animals"), ("not retrieved", "")]
    assert desk.open("title")["total"] == 5


def test_nothing_can_be_taken_back_before_there_is_a_decision(desk: ScreeningDesk) -> None:
    desk.open("title")
    assert desk.decide("title", "pmid:1000", "undo", "")["done"] == "there is no decision to take back"


def test_the_name_is_taken_while_the_desk_is_used_and_given_back(desk: ScreeningDesk, folder: Path) -> None:
    with reviewing_alone(folder, "ana-lópez"), pytest.raises(DeskError, match="is in use by another session"):
        desk.open("title")
    desk.open("title")
    with pytest.raises(DeskError, match="is in use by another session"):
        ScreeningDesk(folder, "ana lópez").open("title")
    ScreeningDesk(folder, "bo").open("title")
    desk.leave()
    with pytest.raises(DeskError, match="the server was started anew"):
        desk.decide("title", "pmid:1000", "include", "")
    ScreeningDesk(folder, "ana lópez").open("title")


def test_nobody_screens_without_a_name_without_citations_or_over_damaged_files(
    desk: ScreeningDesk, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeskError, match="nobody is named: start the server with --reviewer NAME"):
        ScreeningDesk(folder, "").open("title")
    with pytest.raises(DeskError, match="names no reviewer"):
        ScreeningDesk(folder, "!").open("title")
    with pytest.raises(DeskError, match="the review has no citations: python -m synthesis literature import"):
        ScreeningDesk(tmp_path, "Ana").open("title")
    desk.open("title")

    def full(*words: object) -> None:
        raise ScreeningError("'ana.tsv' was not written: no space left on device")

    monkeypatch.setattr("evidence.literature.screening.session.append_decision", full)
    with pytest.raises(DeskError, match=r"no space left on device; nothing was decided$"):
        desk.decide("title", "pmid:1000", "include", "")
    (folder / "literature" / "screening" / "eve.tsv").write_text("a line\n")
    with pytest.raises(DeskError, match="expected when, stage, id, verdict and reason"):
        desk.open("title")
