"""Files of decisions: lines that are only ever added."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evidence.literature.screening.decision_files import (
    AGREED,
    ScreeningDecision,
    ScreeningError,
    append_decision,
    decisions_path,
    now,
    read_decisions_of,
    read_screening,
    reviewer_name,
)

NOON = "2026-11-30T12:00:00Z"


def decision(
    work: str = "doi:10.1/a", verdict: str = "include", when: str = NOON, **more: str
) -> ScreeningDecision:
    return ScreeningDecision(when, **{"stage": "title", "id": work, "verdict": verdict, **more})  # type: ignore[arg-type]


def test_what_is_added_is_read_again_in_its_order(tmp_path: Path) -> None:
    made = [decision(), decision("doi:10.1/b", "exclude", reason="wrong outcome"), decision(verdict="undo")]
    for each in made:
        assert append_decision(tmp_path, "ana", each) == each
    assert read_decisions_of(tmp_path, "ana") == tuple(made)
    assert decisions_path(tmp_path, "ana").read_text(encoding="utf-8").splitlines() == [
        "# when, stage, id of the citation, verdict, reason; the latest line of a work counts",
        "2026-11-30T12:00:00Z\ttitle\tdoi:10.1/a\tinclude\t",
        "2026-11-30T12:00:00Z\ttitle\tdoi:10.1/b\texclude\twrong outcome",
        "2026-11-30T12:00:00Z\ttitle\tdoi:10.1/a\tundo\t",
    ]


def test_others_may_read_the_file_as_far_as_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        append_decision(tmp_path, "ana", decision())
    finally:
        os.umask(before)
    assert decisions_path(tmp_path, "ana").stat().st_mode & 0o777 == 0o666


def test_what_was_agreed_says_who_settled_it(tmp_path: Path) -> None:
    settled = decision(verdict="exclude", reason="wrong\toutcome\n", who="Ana, Bo")
    append_decision(tmp_path, AGREED, settled)
    append_decision(tmp_path, "ana", decision())
    found = read_screening(tmp_path)
    assert list(found) == ["agreed", "ana"]
    (read,) = found[AGREED]
    assert (read.reason, read.who) == ("wrong outcome", "Ana, Bo")
    assert read.day.isoformat() == "2026-11-30"
    assert "verdict, reason, who;" in decisions_path(tmp_path, AGREED).read_text()


def test_nothing_is_decided_in_a_review_without_files(tmp_path: Path) -> None:
    assert read_screening(tmp_path) == {}
    assert read_decisions_of(tmp_path, "ana") == ()


def test_a_clock_that_goes_back_makes_no_decision_older_than_the_one_before(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision(when="2026-11-30T12:00:05Z"))
    written = append_decision(tmp_path, "ana", decision(verdict="exclude"))
    assert written.when == "2026-11-30T12:00:05Z"
    assert [each.verdict for each in read_decisions_of(tmp_path, "ana")] == ["include", "exclude"]


def test_lines_that_a_merge_brought_out_of_order_are_read_by_their_time(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision(when="2026-11-30T12:00:05Z"))
    path = decisions_path(tmp_path, "ana")
    older = "2026-11-30T12:00:01Z\ttitle\tpmid:5\texclude"
    text = f"\ufeff<<<<<<< ours\r\n{path.read_text()}=======\n\n{older}\r\n>>>>>>> theirs\n"
    path.write_text(text, encoding="utf-8", newline="")
    assert [each.id for each in read_decisions_of(tmp_path, "ana")] == ["pmid:5", "doi:10.1/a"]


@pytest.mark.parametrize(
    "torn", ["2026-11-30T12:0", f"{NOON}\ttitle\tpmid:5\tinclu", f"{NOON}\ttitle\t\t", "2"]
)
def test_a_last_line_that_never_came_to_its_end_is_no_decision_and_is_taken_away(
    tmp_path: Path, torn: str
) -> None:
    append_decision(tmp_path, "ana", decision())
    path = decisions_path(tmp_path, "ana")
    whole = path.read_bytes()
    path.write_bytes(whole + torn.encode())
    assert read_decisions_of(tmp_path, "ana") == (decision(),)
    append_decision(tmp_path, "ana", decision("pmid:7"))
    assert path.read_bytes() == whole + f"{NOON}\ttitle\tpmid:7\tinclude\t\n".encode()


def test_a_last_line_cut_within_a_character_is_no_decision(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision())
    path = decisions_path(tmp_path, "ana")
    path.write_bytes(path.read_bytes() + f"{NOON}\ttitle\tpmid:5é".encode()[:-1])
    assert read_decisions_of(tmp_path, "ana") == (decision(),)


@pytest.mark.parametrize("end", ["\texclude", "\texclude\twrong outcome"])
def test_a_whole_last_line_without_its_line_feed_counts_and_gets_it(tmp_path: Path, end: str) -> None:
    append_decision(tmp_path, "ana", decision())
    path = decisions_path(tmp_path, "ana")
    path.write_bytes(path.read_bytes() + f"2026-11-30T12:00:09Z\ttitle\tpmid:5{end}".encode())
    assert append_decision(tmp_path, "ana", decision("pmid:7")).when == "2026-11-30T12:00:09Z"
    assert [each.id for each in read_decisions_of(tmp_path, "ana")] == ["doi:10.1/a", "pmid:5", "pmid:7"]


@pytest.mark.parametrize(
    "line",
    [
        "x",
        f"{NOON}\ttitle\tpmid:5\tmaybe\t",
        f"{NOON}\tabstract\tpmid:5\tinclude\t",
        f"{NOON}\ttitle\t \tinclude\t",
        f"{NOON}\ttitle\tpmid:5\tnot retrieved\t",
        "2026-13-30T12:00:00Z\ttitle\tpmid:5\tinclude\t",
        "2026-11-30T12:00:00\ttitle\tpmid:5\tinclude\t",
        "20261130T120000Z\ttitle\tpmid:5\tinclude\t",
        f"{NOON}\ttitle\tpmid:5\tinclude\ta\tb\tc",
    ],
)  # fmt: skip
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str) -> None:
    append_decision(tmp_path, "ana", decision())
    path = decisions_path(tmp_path, "ana")
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(
        ScreeningError, match=r"'.*ana.tsv', line 3: expected when, stage, id, verdict and reason"
    ):
        read_screening(tmp_path)


def test_files_that_are_no_text_or_no_files_are_one_line(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision())
    path = decisions_path(tmp_path, "ana")
    path.write_bytes(b"\xff\n\n")
    with pytest.raises(ScreeningError, match=r"ana.tsv' is no text in UTF-8; git has the file as it was"):
        read_decisions_of(tmp_path, "ana")
    path.unlink()
    path.mkdir()
    with pytest.raises(ScreeningError, match=r"ana.tsv': is a directory"):
        read_decisions_of(tmp_path, "ana")
    with pytest.raises(ScreeningError, match=r"ana.tsv' was not written: is a directory"):
        append_decision(tmp_path, "ana", decision())
    (tmp_path / "r" / "literature").mkdir(parents=True)
    (tmp_path / "r" / "literature" / "screening").write_text("")
    with pytest.raises(ScreeningError, match="screening': not a directory"):
        read_screening(tmp_path / "r")


def test_a_file_beside_the_decisions_is_none(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision())
    folder = decisions_path(tmp_path, "ana").parent
    (folder / ".ana.tsv").write_text("x\n")
    (folder / "notes.txt").write_text("x\n")
    assert list(read_screening(tmp_path)) == ["ana"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Ana López", "ana-lópez"),
        ("  Bo_Smith (MD) ", "bo-smith-md"),
        ("../../etc/passwd", "etc-passwd"),
        ("O\u0308zlem", "özlem"),
        ("李明", "李明"),
        ("x" * 99, "x" * 60),
    ],
)  # fmt: skip
def test_a_persons_name_is_the_name_of_a_file(name: str, file: str) -> None:
    assert reviewer_name(name) == file
    assert reviewer_name(file) == file


@pytest.mark.parametrize("name", ["", " ", "../..", "Agreed"])
def test_what_names_no_person_is_refused(name: str) -> None:
    with pytest.raises(ScreeningError, match="names no reviewer"):
        reviewer_name(name)


def test_this_second_is_a_time_of_a_decision(tmp_path: Path) -> None:
    append_decision(tmp_path, "ana", decision(when=now()))
    assert len(read_decisions_of(tmp_path, "ana")) == 1
