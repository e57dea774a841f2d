"""Citations as text in the review."""

from __future__ import annotations

import json
import locale
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.citation_store import (
    StoreError,
    read_citations,
    write_citations,
    writing_alone,
)
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED, deduplicate
from tests.evidence.literature.exports import cited


def works(*numbers: int, file: str = "a.ris") -> list[Citation]:
    made = [
        cited(
            f"Study number {n} of bones and blood", pmid=str(n + 1), pages=f"{n}-{n + 9}",
            abstract=f"Abstract {n}",
            sources=(CitationSource(file, n),),
        )
        for n in numbers
    ]  # fmt: skip
    return list(deduplicate(made).citations)


def stored(review: Path, citations: list[Citation]) -> list[Citation]:
    with writing_alone(review):
        write_citations(review, citations)
    return read_citations(review, NOTHING_DECIDED)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = deduplicate(
        [
            cited(doi="10.1000/a", abstract="one"),
            cited(pmid="5", abstract="another", sources=(CitationSource("b.ris", 1),)),
            cited("Iron in men of Göttingen", abstract="", pages="9"),
            cited("Zinc in men of Göttingen", abstract="one", pages="19", doi="10.1000/a"),
        ]
    ).citations
    assert len(found) == 3
    assert stored(tmp_path, list(reversed(found))) == list(found)
    lines = (tmp_path / "literature" / "citations.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each.id for each in found]
    assert "Göttingen" in "".join(lines)
    assert "another" not in "".join(lines)
    abstracts = (tmp_path / "literature" / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [sorted(json.loads(line)) for line in abstracts] == [["abstract", "id", "of"]] * 3
    assert (
        tmp_path / "literature" / ".gitattributes"
    ).read_text() == "*.jsonl merge=union\n*.tsv merge=union\n"
    assert (tmp_path / "literature" / ".gitignore").read_text() == ".lock\n"


def test_a_review_without_citations_has_none(tmp_path: Path) -> None:
    assert read_citations(tmp_path, NOTHING_DECIDED) == []
    assert stored(tmp_path, []) == []


def test_an_abstract_that_joined_records_share_stands_once(tmp_path: Path) -> None:
    one = cited(doi="10.1000/a", abstract="the same")
    (joined,) = deduplicate([one, replace(one, pmid="5")]).citations
    assert stored(tmp_path, [joined]) == [joined]
    (line,) = (tmp_path / "literature" / "abstracts.jsonl").read_text().splitlines()
    assert len(json.loads(line)["of"]) == 2


def test_abstracts_of_one_work_stand_in_the_order_of_the_marks_of_their_records(tmp_path: Path) -> None:
    one = cited(doi="10.1000/a")
    texts = [f"{letter} text" for letter in "abcdef"]
    (joined,) = deduplicate([replace(one, abstract=text, kind=text) for text in texts]).citations
    assert stored(tmp_path, [joined]) == [joined]
    lines = (tmp_path / "literature" / "abstracts.jsonl").read_text().splitlines()
    marks, found = (
        [json.loads(line)["of"] for line in lines],
        [json.loads(line)["abstract"] for line in lines],
    )
    assert marks == sorted(marks)
    assert sorted(found) == texts != found


def test_nothing_is_written_where_nothing_changes(tmp_path: Path) -> None:
    stored(tmp_path, works(1, 2))
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "literature").iterdir()}
    (tmp_path / "literature" / ".gitattributes").write_text("mine\n")
    stored(tmp_path, works(1, 2))
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "literature").iterdir()}
    assert {name for name in after if after[name] != before[name]} == {".gitattributes"}
    assert (tmp_path / "literature" / ".gitattributes").read_text() == "mine\n"


@pytest.fixture
def plain_locale() -> Iterator[None]:
    """A computer whose texts are ASCII unless a program says otherwise."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


@pytest.mark.usefixtures("plain_locale")
def test_words_of_any_language_stand_as_they_are_whatever_the_computer_speaks(tmp_path: Path) -> None:
    work = cited("Eisen und Knöchel", abstract="Für 50 Männer: β", sources=(CitationSource("a.ris", 1),))
    (found,) = stored(tmp_path, list(deduplicate([work]).citations))
    assert (found.title, found.abstract) == ("Eisen und Knöchel", "Für 50 Männer: β")
    files = {path: path.stat() for path in (tmp_path / "literature").glob("*.jsonl")}
    assert "Für 50 Männer: β" in "".join(path.read_text(encoding="utf-8") for path in files)
    stored(tmp_path, [found])
    assert [path.stat().st_ino for path in files] == [before.st_ino for before in files.values()]


def test_two_branches_merge_without_conflict(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        named = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *named, *words], cwd=tmp_path, check=True, capture_output=True, env=quiet)

    git("init", "-b", "main")
    stored(tmp_path, works(1, 5))
    git("add", ".")
    git("commit", "-m", "start")
    git("checkout", "-b", "other")
    stored(tmp_path, works(1, 2, 3, 5))
    git("commit", "-am", "two more")
    git("checkout", "main")
    stored(tmp_path, works(1, 3, 4, 5, file="b.ris"))
    git("commit", "-am", "two more")
    git("merge", "other", "-m", "merged")
    found = read_citations(tmp_path, NOTHING_DECIDED)
    assert [each.pmid for each in found] == ["2", "3", "4", "5", "6"]
    assert {source.file for each in found for source in each.sources} == {"a.ris", "b.ris"}
    assert [each.abstract for each in found] == [f"Abstract {n}" for n in range(1, 6)]
    assert stored(tmp_path, found) == found


def test_lines_out_of_order_twice_and_between_marks_of_a_conflict_are_all_read(tmp_path: Path) -> None:
    expected = stored(tmp_path, works(1, 2, 3))
    path = tmp_path / "literature" / "citations.jsonl"
    one, two, three = path.read_text().splitlines()
    path.write_text(
        f"\ufeff<<<<<<< ours\r\n{three}\r\n||||||| base\n=======\n{one}\n\n{two}\n{one}\n>>>>>>> theirs\n",
        newline="",
    )
    assert read_citations(tmp_path, NOTHING_DECIDED) == expected


@pytest.mark.parametrize("name", ["citations.jsonl", "abstracts.jsonl"])
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    stored(tmp_path, works(1, 2))
    path = tmp_path / "literature" / name
    whole = path.read_text()
    for damage in (
        "{\n",
        '{"of": 5, "abstract": "x", "title": 5}\n',
        '{"of": ["x"], "abstract": 5}\n',
        "[]\n",
        "5\n",
    ):
        path.write_text(whole + damage)
        with pytest.raises(StoreError, match=rf"'.*{name}', line 3: .*; git has the line as it was"):
            read_citations(tmp_path, NOTHING_DECIDED)
        assert path.read_text() == whole + damage
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match=rf"'.*{name}' is no text in UTF-8"):
        read_citations(tmp_path, NOTHING_DECIDED)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="is a directory"):
        read_citations(tmp_path, NOTHING_DECIDED)
    with pytest.raises(StoreError, match="was not written"):
        stored(tmp_path, works(3))


def test_the_longest_abstract_of_a_record_counts(tmp_path: Path) -> None:
    stored(tmp_path, works(1))
    path = tmp_path / "literature" / "abstracts.jsonl"
    line = json.loads(path.read_text())
    path.write_text(
        path.read_text() + json.dumps({**line, "abstract": "A longer abstract"}) + "\n" + path.read_text()
    )
    assert read_citations(tmp_path, NOTHING_DECIDED)[0].abstract == "A longer abstract"


def test_two_commands_do_not_write_at_once(tmp_path: Path) -> None:
    refused = pytest.raises(StoreError, match="is being written by another command; try again")
    with writing_alone(tmp_path), refused, writing_alone(tmp_path, patience=0.1):
        raise AssertionError
    with writing_alone(tmp_path, patience=0):
        pass


def test_a_command_waits_half_a_minute_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    refused = pytest.raises(StoreError, match="is being written by another command")
    with writing_alone(tmp_path), refused, writing_alone(tmp_path):
        raise AssertionError
    assert 30 < clock[0] < 30.1


def test_no_folder_can_be_made_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "literature").write_text("x")
    with pytest.raises(StoreError, match=r"'.*literature': "), writing_alone(tmp_path):
        raise AssertionError


def _add_one(review: Path, number: int) -> None:
    with writing_alone(review):
        found = read_citations(review, NOTHING_DECIDED)
        time.sleep(0.02)
        write_citations(review, deduplicate([*found, *works(number)]).citations)


def test_writers_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add_one, args=(tmp_path, n)) for n in range(1, 7)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert [each.exitcode for each in writers] == [0] * 6
    assert [each.pmid for each in read_citations(tmp_path, NOTHING_DECIDED)] == [
        str(n + 1) for n in range(1, 7)
    ]


def _add_for_ever(review: Path) -> None:
    for number in range(1, 10_000):
        _add_one(review, number)


@pytest.mark.parametrize("times", [4, pytest.param(200, marks=pytest.mark.long)])
def test_a_command_that_is_killed_loses_nothing(tmp_path: Path, times: int) -> None:
    context = multiprocessing.get_context("fork")
    before = 0
    for at in range(times):
        writer = context.Process(target=_add_for_ever, args=(tmp_path,))
        writer.start()
        time.sleep(0.05 + 0.001 * (at * 37 % 60))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        found = read_citations(tmp_path, NOTHING_DECIDED)
        assert [each.pmid for each in found] == sorted(
            (str(n + 2) for n in range(len(found))), key=lambda x: f"pmid:{x}"
        )
        assert all(each.abstract for each in found)
        assert len(found) >= before
        before = len(found)
        with writing_alone(tmp_path, patience=0):
            pass
    assert before > 0
