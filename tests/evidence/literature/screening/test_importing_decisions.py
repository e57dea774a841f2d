"""Decisions that were made with Rayyan or ASReview."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from evidence.literature.citation import CitationSource
from evidence.literature.citation_store import write_citations, writing_alone
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.decision_files import ScreeningError, read_decisions_of
from evidence.literature.screening.importing_decisions import import_decisions
from tests.evidence.literature.exports import cited, whole_export
from tests.evidence.literature.screening.screened import say

SHARED = Path(__file__).parents[5] / "shared" / "imports"
WORKS = deduplicate(
    [cited(f"On {word}", pmid=str(n)) for n, word in enumerate(("ice", "sea", "sky", "sun"), 1)]
)
RAYYAN = """key,title,pubmed_id,notes
rayyan-11,On ice,1,"RAYYAN-INCLUSION: {""Ana L."" => ""Included"", ""Bo""=>""Excluded""} | RAYYAN-EXCLUSION-REASONS: wrong outcome, foreign language | RAYYAN-LABELS: x"
rayyan-12,On sea,2,"old note | RAYYAN-INCLUSION: {""Bo""=>""Maybe"",""Cem""=>""Undecided""}"
rayyan-13,On sky,3,nothing said
rayyan-19,On nothing,99,"RAYYAN-INCLUSION: {""Bo""=>""Included""}"
"""  # noqa: E501


def made(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def said(review: Path, who: str) -> list[tuple[str, str, str]]:
    return [(each.id, each.verdict, each.reason) for each in read_decisions_of(review, who)]


def test_notes_of_rayyan_are_the_decisions_of_each_of_its_reviewers(tmp_path: Path) -> None:
    say(tmp_path, "bo", "pmid:2", "include")
    path = made(tmp_path, "articles.csv", RAYYAN)
    done = import_decisions(tmp_path, WORKS.citations, path, "title", "dora")
    assert (done.added, done.known, done.unknown) == (Counter({"ana-l": 1, "bo": 1}), 1, 1)
    assert said(tmp_path, "ana-l") == [("pmid:1", "include", "")]
    assert said(tmp_path, "bo") == [
        ("pmid:2", "include", ""), ("pmid:1", "exclude", "wrong outcome; foreign language"),
    ]  # fmt: skip
    again = import_decisions(tmp_path, WORKS.citations, path, "title", "dora")
    assert (again.added, again.known, again.unknown) == (Counter(), 3, 1)
    later = import_decisions(tmp_path, WORKS.citations, path, "full text", "dora")
    assert (later.added, later.known) == (Counter({"bo": 2, "ana-l": 1}), 0)


def test_notes_of_asreview_are_decisions_of_the_reviewer_who_imports_them(tmp_path: Path) -> None:
    text = "".join(
        f"TY  - JOUR\nTI  - On {word}\nPM  - {n}\nN1  - {note}\nER  -\n"
        for n, word, note in (
            (1, "ice", "Mine. ASReview_relevant."), (2, "sea", "ASReview_irrelevant\nN1  - ASReview_prior"),
            (3, "sky", "ASReview_not_seen"),
        )
    )  # fmt: skip
    done = import_decisions(tmp_path, WORKS.citations, made(tmp_path, "a.ris", text), "title", "Dora M")
    assert (done.added, done.known, done.unknown) == (Counter({"dora-m": 2}), 0, 0)
    assert said(tmp_path, "dora-m") == [("pmid:1", "include", ""), ("pmid:2", "exclude", "")]


def test_the_log_of_rayyan_holds_the_last_decision_of_each_person(tmp_path: Path) -> None:
    sources = {901: "1", 902: "2", 903: "3"}
    works = [
        cited(f"On {n}", pmid=pmid, sources=(CitationSource("a.csv", n, "", f"rayyan-{n}"),))
        for n, pmid in sources.items()
    ]
    rows = [
        ("01", "ana@x.org", "901", "included", "1"),
        ("04", "ana@x.org", "902", "included", "-1"),
        ("02", "ana@x.org", "902", "included", "1"),
        ("03", "ana@x.org", "902", '"__EXR__wrong dose"', "1"),
        ("05", "ana@x.org", "902", '"__EXR__wrong outcome"', "1"),
        ("06", "ana@x.org", "902", '"__EXR__wrong dose"', "0"),
        ("07", "bo@x.org", "902", "included", "0"),
        ("08", "bo@x.org", "901", "included", "-1"),
        ("09", "bo@x.org", "901", "included", "deleted"),
        ("10", "bo@x.org", "999", "included", "1"),
        ("11", "bo@x.org", "903", '"very relevant"', "1"),
        ("12", "bo@x.org", "903", '"__EXR__wrong dose"', "1"),
    ]
    path = tmp_path / "customizations_log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["created_at", "user_id", "user_email", "article_id", "key", "value"])
        writer.writerows((f"2023-09-04T17:22:{when}.000Z", "7", *rest) for when, *rest in rows)
    done = import_decisions(tmp_path, works, path, "title", "dora")
    assert (done.added, done.known, done.unknown) == (Counter({"ana": 2, "bo": 1}), 0, 1)
    assert said(tmp_path, "ana") == [("pmid:1", "include", ""), ("pmid:2", "exclude", "wrong outcome")]
    assert said(tmp_path, "bo") == [("pmid:2", "unsure", "")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("TY  - JOUR\nTI  - On ice\nER  -\n", "holds no decisions; expected notes of Rayyan or ASReview"),
        ("created_at,user_id,user_email,article_id,key,value\n", "holds no decisions"),
        ("nothing\n", "expected an export of citations"),
        ("", "the file is empty"),
        (None, "no such file or directory"),
    ],
)
def test_a_file_without_decisions_is_refused_in_one_line(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "x.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ScreeningError, match=rf"'.*x.txt'.*{says}"):
        import_decisions(tmp_path, WORKS.citations, path, "title", "dora")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared exports are not here")
def test_real_exports_give_the_decisions_that_they_hold(tmp_path: Path) -> None:
    rayyan = SHARED / "rayyan" / "articles_60.csv"
    works = deduplicate(whole_export(rayyan).citations).citations
    with writing_alone(tmp_path):
        write_citations(tmp_path, works)
    done = import_decisions(tmp_path, works, rayyan, "title", "dora")
    assert (done.added, done.unknown) == (Counter({"reviewer1": 60}), 0)
    verdicts = Counter(each.verdict for each in read_decisions_of(tmp_path, "reviewer1"))
    assert verdicts == {"include": 51, "unsure": 9}
    with pytest.raises(ScreeningError, match="holds no decisions"):  # its hundred events are labels
        import_decisions(tmp_path, works, SHARED / "rayyan" / "customizations_log_100.csv", "title", "dora")
    notes = SHARED / "ris" / "screened_notes_labels_32.ris"
    five = deduplicate(whole_export(notes).citations).citations
    done = import_decisions(tmp_path, five, notes, "title", "dora")
    assert (done.added, done.unknown) == (Counter({"dora": 2}), 0)
    assert sorted(each.verdict for each in read_decisions_of(tmp_path, "dora")) == ["exclude", "include"]
