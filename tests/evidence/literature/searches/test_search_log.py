"""The log of a review's searches."""

from __future__ import annotations

import datetime
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.citation_store import StoreError, read_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.importing_exports import import_exports
from evidence.literature.searches.search_log import SearchRun, append_run, read_runs
from tests.evidence.literature.test_importing_exports import DOUBT, ONE, OTHER, SAME, written

DAY = datetime.date(2026, 11, 28)
RUN = SearchRun(
    id="abc",
    run=datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC),
    searched=DAY,
    source="Größe",
    kind="citation searching",
    file="a.ris",
    digest="ab" * 32,
    search="iron",
    query="bone AND iron",
    since=datetime.date(2026, 1, 31),
    found=7,
    read=6,
    unreadable=1,
    complete=False,
)


def log_of(review: Path) -> Path:
    return review / "literature" / "searches.jsonl"


def test_a_run_is_one_line_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "literature").mkdir()
    assert read_runs(tmp_path) == ()
    append_run(tmp_path, RUN)
    (line,) = log_of(tmp_path).read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "id": "abc",
        "run": "2026-11-30T12:00:00Z",
        "searched": "2026-11-28",
        "source": "Größe",
        "kind": "citation searching",
        "file": "a.ris",
        "digest": "ab" * 32,
        "search": "iron",
        "query": "bone AND iron",
        "since": "2026-01-31",
        "found": 7,
        "read": 6,
        "unreadable": 1,
        "complete": False,
    }
    assert "Größe" in line
    assert read_runs(tmp_path) == (RUN,)


def test_what_a_line_does_not_say_is_as_usual(tmp_path: Path) -> None:
    (tmp_path / "literature").mkdir()
    said = {"id": "x", "run": "2026-11-30T12:00:00Z", "searched": "2026-02-03"}
    log_of(tmp_path).write_text(json.dumps(said))
    (run,) = read_runs(tmp_path)
    assert (run.source, run.kind, run.file, run.digest, run.search) == ("", "database", "", "", "")
    assert (run.query, run.since, run.found, run.read, run.known, run.unreadable) == ("", None, None, 0, 0, 0)
    assert (run.complete, run.dated) == (True, True)
    log_of(tmp_path).write_text(json.dumps(said | {"known": 0, "read": 1, "complete": False}))
    append_run(tmp_path, replace(run, id="y"))
    kept = [json.loads(line) for line in log_of(tmp_path).read_text().splitlines()]
    assert kept == [said | {"read": 1, "complete": False}, said | {"id": "y"}]


def test_runs_are_in_order_and_the_first_of_an_id_stays(tmp_path: Path) -> None:
    (tmp_path / "literature").mkdir()
    runs = [
        replace(RUN, id=name, searched=DAY + datetime.timedelta(days))
        for name, days in (("c", 0), ("a", 1), ("b", 0))
    ]
    for each in runs:
        append_run(tmp_path, each)
    before = log_of(tmp_path).read_bytes()
    append_run(tmp_path, replace(runs[0], read=99))
    assert log_of(tmp_path).read_bytes() == before
    assert [each.id for each in read_runs(tmp_path)] == ["b", "c", "a"]
    lines = before.decode().splitlines()
    later = json.dumps({**json.loads(lines[0]), "run": "2026-12-01T12:00:00Z"})
    for order in ([later, *lines], [*lines, later]):
        log_of(tmp_path).write_text("<<<<<<< HEAD\n" + "\n".join(order) + "\n>>>>>>> b\n\n")
        assert [(each.id, each.run.day) for each in read_runs(tmp_path)] == [("b", 30), ("c", 30), ("a", 30)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "invalid JSON"),
        ("[]", "input should be"),
        ('{"id": "x", "run": "2026-11-30T12:00:00Z"}', "'searched': field required"),
        ('{"id": "x", "run": "2026-11-30T12:00:00Z", "searched": "2026-02-30"}', "'searched': input should"),
        ('{"id": 5, "run": "2026-11-30T12:00:00Z", "searched": "2026-02-03"}', "'id': input should"),
        (
            '{"id": "x", "run": "2026-11-30T12:00:00Z", "searched": "2026-02-03", "kind": "shop"}',
            "'kind': input should be 'database', 'register'",
        ),
        (
            '{"id": "x", "run": "2026-11-30T12:00:00Z", "searched": "2026-02-03", "read": "5"}',
            "'read': input should be a valid integer",
        ),
        (
            '{"id": "x", "run": "2026-11-30T12:00:00Z", "searched": "2026-02-03", "day": 1}',
            "'day': unexpected",
        ),
    ],
)
def test_a_line_that_is_no_run_is_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "literature").mkdir()
    log_of(tmp_path).write_text(f"\n{line}\n")
    with pytest.raises(StoreError) as caught:
        read_runs(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"'{log_of(tmp_path)}', line 2: {says}")
    assert told.endswith("; git has the line as it was")
    assert "\n" not in told


def test_an_import_is_logged_and_its_records_say_in_which_run_they_were_found(tmp_path: Path) -> None:
    a, b = written(
        tmp_path, a=ONE.replace("DO  -", "DB  - Scopus\nDO  -") + OTHER + "TY  - JOUR\nER  -\n", b=SAME
    )
    import_exports(tmp_path, [a], searched=DAY)
    import_exports(tmp_path, [b], via="register")
    one, other = read_runs(tmp_path)
    assert (one.searched, one.source, one.kind, one.file) == (DAY, "Scopus", "database", "a.ris")
    assert (one.read, one.unreadable, one.found, one.complete, one.search) == (2, 1, None, True, "")
    assert (other.kind, other.source, other.read, other.unreadable) == ("register", "", 1, 0)
    today = datetime.datetime.now(datetime.UTC)
    assert today - other.run < datetime.timedelta(minutes=5)
    assert (one.dated, other.dated, other.searched) == (True, False, other.run.date())
    assert (len(one.digest), len(one.id)) == (64, 12)
    assert one.digest.startswith(one.id)
    places = {
        (source.file, source.search)
        for each in read_citations(tmp_path, NOTHING_DECIDED)
        for source in each.sources
    }
    assert places == {("a.ris", one.id), ("b.ris", other.id)}


def test_the_same_bytes_under_another_name_change_nothing(tmp_path: Path) -> None:
    a, b = written(tmp_path, a=ONE + OTHER, b=ONE + OTHER)
    import_exports(tmp_path, [a], searched=DAY)
    folder = tmp_path / "literature"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = import_exports(tmp_path, [b], searched=datetime.date(2026, 12, 1))
    assert (done.new, done.joined, done.known) == (0, 0, 2)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    both = tmp_path / "both"
    both.mkdir()
    done = import_exports(both, [a, b], searched=DAY)
    assert (done.new, done.joined, done.known) == (2, 0, 2)
    assert (both / "literature" / "citations.jsonl").read_bytes() == first["citations.jsonl"]
    assert len(read_runs(both)) == 1


def test_a_day_that_was_not_said_can_be_said_later_and_not_changed(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a=ONE)
    assert import_exports(tmp_path, [a]).undated == ["a.ris"]
    assert [each.dated for each in read_runs(tmp_path)] == [False]
    before = log_of(tmp_path).read_text()
    assert import_exports(tmp_path, [a], searched=DAY).undated == []
    assert [(each.dated, each.searched) for each in read_runs(tmp_path)] == [(True, DAY)]
    import_exports(tmp_path, [a], searched=datetime.date(2026, 12, 1))
    assert [each.searched for each in read_runs(tmp_path)] == [DAY]
    # as git leaves them, where one of two branches said the day
    log_of(tmp_path).write_text(before + log_of(tmp_path).read_text())
    assert [(each.dated, each.searched) for each in read_runs(tmp_path)] == [(True, DAY)]


def test_databases_have_the_names_that_a_flow_diagram_shows(tmp_path: Path) -> None:
    a, b = written(tmp_path, a=ONE.replace("DO  -", "DB  - psyh\nDO  -"), b=OTHER)
    import_exports(tmp_path, [a], searched=DAY)
    import_exports(tmp_path, [b], searched=DAY, source="Web of Science")
    assert {each.source for each in read_runs(tmp_path)} == {"APA PsycInfo", "Web of Science"}


def test_another_export_of_the_same_name_is_another_run(tmp_path: Path) -> None:
    import_exports(tmp_path, written(tmp_path, a=ONE))
    done = import_exports(tmp_path, written(tmp_path, a=ONE + DOUBT))
    assert (done.new, done.joined, done.known) == (1, 1, 0)
    assert len(read_runs(tmp_path)) == 2
    found = {each.doi: len(each.sources) for each in read_citations(tmp_path, NOTHING_DECIDED)}
    assert found == {"10.1000/a": 2, "10.1000/b": 1}


def test_a_store_from_before_the_log_is_read_and_learns_of_it(tmp_path: Path) -> None:
    (a,) = written(tmp_path, a=ONE + SAME + OTHER)
    import_exports(tmp_path, [a], searched=DAY)
    folder = tmp_path / "literature"
    now = (folder / "citations.jsonl").read_bytes()
    (run,) = read_runs(tmp_path)
    old = now.replace(f', "search": "{run.id}"'.encode(), b"")
    assert b"search" not in old
    (folder / "citations.jsonl").write_bytes(old)
    log_of(tmp_path).unlink()
    assert {s.search for each in read_citations(tmp_path, NOTHING_DECIDED) for s in each.sources} == {""}
    done = import_exports(tmp_path, [a], searched=DAY)
    assert (done.new, done.joined, done.known) == (0, 0, 3)
    assert (folder / "citations.jsonl").read_bytes() == now
    assert [each.id for each in read_runs(tmp_path)] == [run.id]


def test_the_day_of_the_export_is_the_one_that_the_file_states(tmp_path: Path) -> None:
    said = ONE.replace("ER  -", "N1  - Export Date: {}\nER  -")
    for name, words, day in (
        ("a", "12 May 2022", datetime.date(2022, 5, 12)),
        ("b", "3 Sep 2021", datetime.date(2021, 9, 3)),
        ("c", "31 February 2021", None),
    ):
        review = tmp_path / name
        review.mkdir()
        import_exports(review, written(tmp_path, **{name: said.format(words)}))
        (run,) = read_runs(review)
        assert run.searched == (day or run.run.date())


def test_two_branches_that_import_merge_to_one_log(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    files = written(tmp_path, a=ONE, b=SAME, c=OTHER)
    git("init", "-b", "main")
    import_exports(tmp_path, [files[0]])
    git("add", "-A")
    git("commit", "-m", "0")
    for branch, new in (("one", files[1]), ("two", files[2])):
        git("checkout", "-b", branch, "main")
        import_exports(tmp_path, [new])
        git("commit", "-am", branch)
    git("merge", "one")
    assert {each.file for each in read_runs(tmp_path)} == {"a.ris", "b.ris", "c.ris"}
    import_exports(tmp_path, files)
    assert {s.file for each in read_citations(tmp_path, NOTHING_DECIDED) for s in each.sources} == {
        "a.ris",
        "b.ris",
        "c.ris",
    }
