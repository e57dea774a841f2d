"""What status says of searches, citations and screening."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.citation_store import write_citations, writing_alone
from evidence.literature.searches.search_log import SearchRun, append_run
from evidence.records.review import load_review
from synthesis.living.literature_status import literature_status, unfinished_searches
from synthesis.living.status_line import StatusLine
from tests.synthesis.living.reviews import study, write

TODAY = datetime.date(2026, 11, 30)


def run(name: str, day: str, complete: bool = True, **more: object) -> SearchRun:
    said: dict[str, object] = {"source": name, "file": f"{name}.ris", **more}
    searched = datetime.date.fromisoformat(day)
    return SearchRun(
        f"{name} {day} {complete}",
        datetime.datetime.combine(searched, datetime.time(12), datetime.UTC),
        searched,
        complete=complete,
        **said,  # type: ignore[arg-type]
    )


def works(*names: str) -> list[Citation]:
    return [
        Citation(
            title=f"Tea and the {name} of bones in women",
            doi=f"10.1000/{name}",
            authors=(f"{name.title()}, A.",),
            year=2020,
            sources=(CitationSource("a.ris", 1),),
        )
        for name in names
    ]


def review(folder: Path, citations: Sequence[Citation] = (), runs: Sequence[SearchRun] = ()) -> Path:
    write(folder, abel=study("abel", "0.50"))
    if citations or runs:
        with writing_alone(folder):
            write_citations(folder, citations)
            for each in runs:
                append_run(folder, each)
    return folder


def decide(folder: Path, who: str, *lines: str) -> None:
    """Lines of a reviewer: 'title NAME include', or with a reason behind."""
    place = folder / "literature" / "screening"
    place.mkdir(exist_ok=True)
    with (place / f"{who}.tsv").open("a", encoding="utf-8") as file:
        for line in lines:
            stage, name, verdict, *reason = line.split(" ", 3)
            stage = {"title": "title", "text": "full text"}[stage]
            file.write(f"2026-11-30T12:00:00Z\t{stage}\tdoi:10.1000/{name}\t{verdict}\t{''.join(reason)}\n")


def lines(folder: Path, topic: str = "") -> list[StatusLine]:
    return [each for each in literature_status(load_review(folder), TODAY) if topic in ("", each.topic)]


def says(folder: Path, topic: str) -> list[tuple[str, str, str]]:
    return [(each.says, each.state, each.command) for each in lines(folder, topic)]


def test_a_review_without_literature_has_one_line(tmp_path: Path) -> None:
    (line,) = lines(review(tmp_path))
    assert (line.topic, line.says, line.state) == ("searched", "to no day that is recorded", "told")
    assert (line.command, line.data) == ("literature import FILE...", {"to": None})


def test_the_day_of_review_yaml_counts_where_it_has_one(tmp_path: Path) -> None:
    folder = review(tmp_path)
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    (folder / "review.yaml").write_text(text + "searched_to: 2026-11-01\n", encoding="utf-8")
    assert says(folder, "searched") == [("to 2026-11-01 (29 days ago)", "told", "literature import FILE...")]


def test_a_day_that_nobody_said_waits_for_a_person(tmp_path: Path) -> None:
    unsaid = dataclasses.replace(run("Scopus", "2026-11-20"), dated=False)
    folder = review(tmp_path, runs=(unsaid, run("PubMed", "2026-11-29")))
    asked = ("the day is not stated of Scopus", "waits", "literature import FILE... --searched DATE")
    assert says(folder, "searched") == [asked]


def test_the_oldest_search_is_the_day_searched_to_and_each_is_told(tmp_path: Path) -> None:
    runs = (run("Scopus", "2026-10-01"), run("PubMed", "2026-08-01"), run("PubMed", "2026-11-29"))
    (line,) = lines(review(tmp_path, runs=runs), "searched")
    assert line.says == "to 2026-10-01 (60 days ago): 2026-10-01 Scopus; 2026-11-29 PubMed"
    assert line.data == {
        "to": "2026-10-01",
        "days": {"2026-10-01": ["Scopus"], "2026-11-29": ["PubMed"]},
        "days_ago": 60,
    }


@pytest.mark.parametrize(
    ("day", "ago"),
    [("2026-11-30", "today"), ("2026-11-29", "1 day ago"), ("2026-12-02", "a day to come")],
)
def test_how_long_ago_is_said_in_words(day: str, ago: str, tmp_path: Path) -> None:
    (line,) = lines(review(tmp_path, runs=(run("", day),)), "searched")
    assert line.says == f"to {day} ({ago}): {day} no database named; files that name no database: .ris"


def test_saved_searches_are_run_again_by_update(tmp_path: Path) -> None:
    (line,) = lines(review(tmp_path, runs=(run("PubMed", "2026-11-29", search="main"),)), "searched")
    assert line.command == "literature update"


def test_files_that_name_no_database_are_told_beside_those_that_do(tmp_path: Path) -> None:
    runs = [run("PubMed", "2026-11-29"), run("", "2026-11-28", complete=False, file="half.ris")]
    runs += [run("", f"2026-11-2{number}", file=f"{number}.ris") for number in range(7)]
    (line,) = lines(review(tmp_path, runs=runs), "searched")
    assert line.says.endswith("; files that name no database: 0.ris, 1.ris, 2.ris, 3.ris, 4.ris and 2 more")
    folder = review(tmp_path / "b", runs=runs[:1] + runs[2:7])
    (line,) = lines(folder, "searched")
    assert line.says.endswith("; files that name no database: 0.ris, 1.ris, 2.ris, 3.ris, 4.ris")


def test_before_anybody_has_begun_nobody_is_named(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one", "two"))
    assert [each.says for each in lines(folder, "screening")] == [
        "2 citations to be screened at their titles"
    ]
    assert lines(folder, "screening")[0].data["for"] == {"another reviewer": 2}


def test_saved_searches_that_were_never_run_wait(tmp_path: Path) -> None:
    folder = review(tmp_path)
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    saved = [f"{{name: {name}, service: PubMed, query: tea}}" for name in ("main", "more")]
    (folder / "review.yaml").write_text(f"{text}searches: [{', '.join(saved)}]\n", encoding="utf-8")
    assert says(folder, "searches") == [
        ("the saved searches main, more were never run", "waits", "literature update")
    ]
    assert [each.command for each in lines(folder, "searched")] == ["literature update"]
    review(folder, runs=(run("PubMed", "2026-11-29", search="main"),))
    assert says(folder, "searches") == [("the saved search more was never run", "waits", "literature update")]
    assert lines(folder, "searches")[0].data == {"never": ["more"]}


def test_a_search_that_is_not_whole_waits_until_a_later_one_is(tmp_path: Path) -> None:
    half = run("PubMed", "2026-11-01", complete=False, search="main", found=1_200, read=800)
    part = run("Scopus", "2026-11-02", complete=False, read=5)
    folder = review(tmp_path, runs=(half, part))
    assert says(folder, "searches") == [
        (
            "the search of main on 2026-11-01 is incomplete: 800 of 1,200 records came",
            "waits",
            "literature update",
        ),
        (
            "the search of Scopus on 2026-11-02 is incomplete: 5 records came",
            "waits",
            "literature import Scopus.ris",
        ),
    ]
    assert lines(folder, "searches")[0].data == {"run": half.id}
    with writing_alone(folder):
        append_run(folder, run("PubMed", "2026-11-03", search="main"))
    assert [each.data["run"] for each in lines(folder, "searches")] == [part.id]


def test_of_runs_on_one_day_the_later_counts_and_of_one_time_the_whole_one() -> None:
    early = run("A", "2026-11-01", complete=False)
    late = SearchRun("x", early.run + datetime.timedelta(hours=1), early.searched, "A")
    assert unfinished_searches([early, late]) == []
    assert unfinished_searches([late, early]) == []
    same = SearchRun("y", early.run, early.searched, "A")
    assert unfinished_searches([early, same]) == unfinished_searches([same, early]) == []
    older = SearchRun("z", early.run - datetime.timedelta(hours=1), early.searched, "A")
    assert unfinished_searches([early, older]) == unfinished_searches([older, early]) == [early]
    assert unfinished_searches([SearchRun("b", early.run, early.searched, file="f", complete=False)]) != []


def test_doubtful_pairs_wait(tmp_path: Path) -> None:
    one, other = works("abc", "abd")
    same = replace(one, doi="10.1000/second")
    folder = review(tmp_path, [one, same, other])
    ((words, state, command),) = says(folder, "duplicates")
    assert (words, state) == ("1 pair of 3 citations may be one work", "waits")
    assert command == "literature duplicates"
    assert lines(folder, "duplicates")[0].data == {"citations": 3, "doubtful": 1}
    assert lines(folder, "citations") == []


def registered(*names: str) -> list[Citation]:
    return [replace(each, registry=("NCT01234567",)) for each in works(*names)]


def test_without_a_doubt_the_citations_are_counted(tmp_path: Path) -> None:
    folder = review(tmp_path, works("abc", "xyz"))
    assert says(folder, "citations") == [("2 citations, no pair is doubtful", "told", "")]
    assert lines(folder, "citations")[0].data == {"citations": 2, "doubtful": 0}


def test_what_waits_is_told_by_stage_and_for_whom(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one", "two", "three", "four", "five", "six"))
    text = (folder / "review.yaml").read_text(encoding="utf-8")
    (folder / "review.yaml").write_text(text + "screening: {reviewers: 2}\n", encoding="utf-8")
    decide(folder, "ana", *(f"title {name} include" for name in ("one", "two", "three", "four")))
    decide(folder, "ben", "title one include", "title two exclude", "title three include")
    decide(folder, "ben", "title five unsure")
    decide(folder, "ana", "title five unsure", "text three include")
    assert says(folder, "screening") == [
        ("2 citations to be screened at their titles (ana 1, ben 2)", "waits", "screen"),
        ("1 citation in conflict at their titles", "waits", "screen --conflicts"),
        ("1 citation unsure at their titles", "waits", "screen"),
        (
            "2 citations to be screened at their full texts (ana 1, ben 2)",
            "waits",
            "screen --stage full-text",
        ),
    ]
    assert lines(folder, "screening")[0].data == {
        "stage": "title",
        "verdict": "waiting",
        "count": 2,
        "for": {"ana": 1, "ben": 2},
    }


def test_when_all_is_screened_it_says_with_what_result(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one", "two", "three", "four"))
    decide(folder, "ana", "title one exclude")
    decide(folder, "ana", *(f"title {name} include" for name in ("two", "three", "four")))
    decide(folder, "ana", "text two exclude wrong outcome", "text three include", "text four include")
    assert says(folder, "screening") == [("nothing waits: 2 included, 2 excluded", "told", "")]
    assert lines(folder, "screening")[0].data == {"included": 2, "excluded": 2}
    with (folder / "literature/screening/ana.tsv").open("a", encoding="utf-8") as file:
        file.write("2026-11-30T12:00:01Z\tfull text\tdoi:10.1000/four\tnot retrieved\t\n")
    assert says(folder, "screening") == [
        ("nothing waits: 1 included, 2 excluded, 1 not retrieved", "told", "")
    ]


def test_included_citations_without_a_record_wait_with_what_they_may_be(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one", "two"))
    path = folder / "studies" / "abel.yaml"
    text = path.read_text(encoding="utf-8")
    for name in ("one", "two"):
        decide(folder, "ana", f"title {name} include", f"text {name} include")
    (line,) = lines(folder, "drafts")
    assert (line.says, line.state, line.command) == (
        "2 included citations in no record and no draft",
        "waits",
        "literature draft",
    )
    assert line.data == {"included": 2, "undrafted": ["doi:10.1000/one", "doi:10.1000/two"]}
    assert line.details == ()
    path.write_text(text.replace("title: Study abel", "title: NCT01234567"), encoding="utf-8")
    with writing_alone(folder):
        write_citations(folder, registered("one", "two"))
    (line,) = lines(folder, "drafts")
    assert line.details == (
        "doi:10.1000/one may be another report of abel: the same registry number NCT01234567",
        "doi:10.1000/two may be another report of abel: the same registry number NCT01234567",
    )
    path.write_text(text.replace("year: 2020", "year: 2020, doi: 10.1000/one"), encoding="utf-8")
    (line,) = lines(folder, "drafts")
    assert line.says == "1 included citation in no record and no draft"
    (folder / "drafts").mkdir()
    (folder / "drafts" / "two.yaml").write_text("reports: {a: {doi: 10.1000/two}}\n", encoding="utf-8")
    assert lines(folder, "drafts") == []


def test_more_than_five_that_may_be_known_are_counted(tmp_path: Path) -> None:
    names = ("one", "two", "three", "four", "five", "six", "seven")
    folder = review(tmp_path, registered(*names))
    path = folder / "studies" / "abel.yaml"
    text = path.read_text(encoding="utf-8").replace("title: Study abel", "title: NCT01234567")
    path.write_text(text, encoding="utf-8")
    for name in names:
        decide(folder, "ana", f"title {name} include", f"text {name} include")
    (line,) = lines(folder, "drafts")
    assert (len(line.details), line.details[-1]) == (6, "and 2 more")


def test_what_contradicts_the_flow_is_told_with_its_place(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one"))
    decide(folder, "ana", "title none exclude")
    (line,) = lines(folder, "flow")
    assert (line.says, line.state, line.command) == (
        "the flow diagram is refused for 1 contradiction",
        "waits",
        "flow",
    )
    assert line.details == (
        "ana.tsv:1: 'doi:10.1000/none' was decided about, and no citation, or more than one, has this id",
    )
    assert line.data == {"errors": 1}
    for number in range(6):
        decide(folder, "ana", f"title none{number} exclude")
    (line,) = lines(folder, "flow")
    assert (line.data, len(line.details), line.details[-1]) == ({"errors": 7}, 6, "and 2 more")


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("literature/searches.jsonl", {"searched", "flow"}),
        ("literature/citations.jsonl", {"duplicates", "screening", "flow"}),
        ("literature/duplicates.tsv", {"duplicates", "screening", "flow"}),
        ("literature/screening/ana.tsv", {"screening", "flow"}),
    ],
)
def test_a_damaged_file_hides_its_own_topics_alone(name: str, topics: set[str], tmp_path: Path) -> None:
    folder = review(tmp_path, works("one"), (run("PubMed", "2026-11-29"),))
    decide(folder, "ana", "title one include")
    whole = {each.topic for each in lines(folder)}
    (folder / name).write_text("{ this is damaged\n", encoding="utf-8")
    found = lines(folder)
    unseen = [each for each in found if each.state == "unseen"]
    assert {each.topic for each in unseen} == topics
    assert all(each.says.startswith("could not be looked at: ") for each in unseen)
    assert {each.topic for each in found} >= whole - {"citations"}


def test_with_a_damaged_review_the_searches_are_told(tmp_path: Path) -> None:
    folder = review(tmp_path, works("one"), (run("PubMed", "2026-11-29"),))
    (folder / "review.yaml").write_text("[", encoding="utf-8")
    found = {each.topic: each.state for each in lines(folder)}
    assert found == {"searched": "told", "citations": "told", "screening": "unseen"}
