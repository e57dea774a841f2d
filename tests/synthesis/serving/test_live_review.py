"""A review is looked at again and again: what is made anew, when, and what stays where that cannot be."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, load_review
from synthesis.serving.live_review import QUIET, LiveReview, UnmadeError, report_of, times_of
from tests.synthesis.serving.served import fast_page, look_until_quiet, looked, text_of, write, write_review


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


def counted_pages() -> tuple[list[int], object]:
    made: list[int] = []

    def make(loaded: LoadedReview) -> bytes:
        made.append(len(loaded.records))
        return fast_page(loaded)

    return made, make


def test_findings_come_first_then_the_report_and_then_nothing_until_something_changes(folder: Path) -> None:
    made, make = counted_pages()
    live = LiveReview(folder, make)  # type: ignore[arg-type]
    assert (live.standing.page, live.standing.busy, live.standing.version) == (None, True, 0)
    live.look(0.0)
    assert [each.severity for each in live.standing.findings] == ["error"]
    assert "0.90 lies outside its own 95% interval" in live.standing.findings[0].says
    assert (live.standing.page, live.standing.busy, live.standing.old) == (None, False, True)
    live.look(1.0)
    assert b"one, two" in (live.standing.page or b"")
    assert (live.standing.version, live.standing.busy, live.standing.old) == (1, False, False)
    number = live.standing.number
    live.look(2.0)
    live.look(3.0)
    assert (made, live.standing.number) == ([2], number)


def test_what_changes_is_made_anew_once_it_is_quiet(folder: Path) -> None:
    made, make = counted_pages()
    live = looked(folder, make)
    write(folder, "three", text_of(folder).replace("study: one", "study: three"))
    live.look(10.0)
    assert made == [2]
    write(folder, "four", text_of(folder).replace("study: one", "study: four"))
    live.look(10.0 + QUIET)  # changed again: the quiet begins anew
    live.look(10.0 + 1.5 * QUIET)
    assert (made, live.standing.old) == ([2], False)
    live.look(10.0 + 2 * QUIET)
    assert live.standing.old
    live.look(10.1 + 2 * QUIET)
    assert (made, live.standing.version, live.standing.old) == ([2, 4], 2, False)
    (folder / "studies" / "four.yaml").unlink()
    look_until_quiet(live, 20.0)
    assert made == [2, 4, 3]


def test_a_report_that_nobody_looks_at_is_made_anew_when_somebody_does(folder: Path) -> None:
    made, make = counted_pages()
    live = looked(folder, make)
    live.viewers = 0
    write(folder, "two", text_of(folder, "two").replace("0.90", "0.20"))
    look_until_quiet(live, 10.0)
    assert (made, live.standing.findings, live.standing.old) == ([2], (), True)
    live.viewers = 1
    look_until_quiet(live, 20.0)
    assert (made, live.standing.old) == ([2, 2], False)


def test_a_record_that_cannot_be_read_leaves_the_last_report_and_is_a_finding(folder: Path) -> None:
    live = looked(folder)
    good = text_of(folder, "two")
    write(folder, "two", "study: {two")
    look_until_quiet(live, 10.0)
    assert b"one, two" in (live.standing.page or b"")
    assert (live.standing.version, live.standing.old) == (1, True)
    assert live.standing.says == "two.yaml cannot be read: this is the report as it was before"
    assert [(each.file, each.severity) for each in live.standing.findings] == [("studies/two.yaml", "error")]
    write(folder, "two", good)
    look_until_quiet(live, 20.0)
    assert (live.standing.version, live.standing.old, live.standing.says) == (2, False, "")


def test_a_review_that_begins_with_a_broken_record_is_shown_without_it(folder: Path) -> None:
    write(folder, "two", "study: {two")
    live = looked(folder)
    assert b"<main>one</main>" in (live.standing.page or b"")
    assert live.standing.says == "two.yaml cannot be read: this report is without it"


def test_a_report_that_cannot_be_made_says_why_and_leaves_the_last_one(folder: Path) -> None:
    whole = (folder / "review.yaml").read_text()
    (folder / "review.yaml").write_text("schema: [")
    live = looked(folder, report_of)
    assert live.standing.page is None
    assert live.standing.says.startswith("No report can be made: review.yaml: not valid YAML")
    assert (live.standing.busy, live.standing.old) == (False, True)
    (folder / "review.yaml").write_text(whole)
    live = looked(folder)

    def fail(loaded: LoadedReview) -> bytes:
        raise ZeroDivisionError("by zero")

    live._make = fail
    write(folder, "two", text_of(folder, "two").replace("0.90", "0.20"))
    look_until_quiet(live, 10.0)
    assert live.standing.says == "The report has failed: ZeroDivisionError: by zero"
    assert (live.standing.busy, live.standing.old, live.standing.version) == (False, True, 1)


def test_a_check_that_fails_is_told_and_the_watch_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = looked(folder)

    def fail(folder: Path) -> LoadedReview:
        raise RuntimeError("of this program")

    monkeypatch.setattr("synthesis.serving.live_review.load_review", fail)
    write(folder, "three", text_of(folder))
    look_until_quiet(live, 10.0)
    assert live.standing.says == "The check has failed: RuntimeError: of this program"
    assert (live.standing.busy, live.standing.old, live.standing.version) == (False, True, 1)
    monkeypatch.undo()
    (folder / "studies" / "three.yaml").unlink()
    look_until_quiet(live, 20.0)
    assert (live.standing.says, len(live.standing.findings)) == ("", 1)


def test_without_a_record_there_is_no_report_and_the_reason_is_said(folder: Path) -> None:
    for path in (folder / "studies").iterdir():
        path.unlink()
    with pytest.raises(UnmadeError, match=r"^there is no record yet$"):
        report_of(load_review(folder))


def test_files_that_a_report_depends_on_are_watched_and_others_are_not(folder: Path, tmp_path: Path) -> None:
    for name in ("literature/screening/ana.tsv", "second-readings/one.yaml", "papers/a.pdf", "drafts/d.yaml",
                 "releases/1/inputs/a.yaml", "imports/a.yaml"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    seen = {str(Path(path).relative_to(folder)) for path, _ in times_of(folder)}
    assert seen == {
        "review.yaml", "studies/one.yaml", "studies/two.yaml", "literature/screening/ana.tsv",
        "second-readings/one.yaml", "papers/a.pdf", "drafts/d.yaml", "releases/1/inputs/a.yaml",
        "imports/a.yaml",
    }  # fmt: skip
    for name in (".git/a", "output/a.png", "studies/.a.tmp", "studies/a/b/c/d/e/f/g"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / "papers" / "out").symlink_to(tmp_path)
    (folder / "papers" / "gone").symlink_to(tmp_path / "nothing")
    assert {str(Path(path).relative_to(folder)) for path, _ in times_of(folder)} == seen
    (folder / "studies" / "a" / "b" / "x.yaml").write_text("x")
    (folder / "studies" / "a" / "b" / "c" / "d" / "e" / "x.yaml").write_text("x")
    assert len(dict(times_of(folder))) == len(seen) + 2


def test_a_file_that_is_replaced_within_a_tick_of_the_clock_is_another_file(folder: Path) -> None:
    path = folder / "studies" / "one.yaml"
    before, held = dict(times_of(folder)), path.read_text()
    status = path.stat()
    other = folder / "studies" / ".other"
    other.write_text(held.replace("0.10", "0.11"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    after = dict(times_of(folder))
    assert after[str(path)][:2] == before[str(path)][:2]
    assert after != before


def test_the_thread_looks_by_itself_and_ends_when_it_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthesis.serving.live_review.LOOK_EVERY", 0.005)
    monkeypatch.setattr("synthesis.serving.live_review.QUIET", 0.01)
    live = LiveReview(folder, fast_page)
    live.start()
    until = time.monotonic() + 20
    while live.standing.page is None and time.monotonic() < until:
        time.sleep(0.005)
    assert live.standing.version == 1
    assert not live.ended
    live.end()
    assert live.ended
    live._thread.join(5)
    assert not live._thread.is_alive()


@pytest.mark.long
def test_the_report_of_a_live_review_is_the_one_that_report_writes(folder: Path) -> None:
    live = looked(folder, report_of)
    assert live.standing.page is not None
    assert b"<h1>Made for a test</h1>" in live.standing.page
    assert live.standing.count("error") == 1


def test_while_something_is_made_the_page_is_told_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy: list[bool] = []

    def make(loaded: LoadedReview) -> bytes:
        busy.append(live.standing.busy)
        return fast_page(loaded)

    def read(folder: Path) -> LoadedReview:
        busy.append(live.standing.busy)
        return load_review(folder)

    monkeypatch.setattr("synthesis.serving.live_review.load_review", read)
    live = LiveReview(folder, make)
    live.viewers = 1
    look_until_quiet(live)
    write(folder, "two", text_of(folder, "two").replace("0.90", "0.20"))
    look_until_quiet(live, 10.0)
    assert busy == [True, True, True, True]
    assert live.standing.busy is False
