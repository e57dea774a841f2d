"""To which day was searched: the oldest of the last complete searches, and how it is said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from evidence.literature.flow.searched_days import SearchedDays, searched_days, searched_to
from evidence.literature.searches.search_log import SearchRun, SourceKind


def run(
    source: str,
    day: str,
    search: str = "",
    complete: bool = True,
    kind: SourceKind = "database",
    dated: bool = True,
    file: str = "",
) -> SearchRun:
    return SearchRun(
        id=f"{source}{day}{search}",
        run=datetime(2026, 11, 30, tzinfo=UTC),
        searched=date.fromisoformat(day),
        source=source,
        kind=kind,
        search=search,
        complete=complete,
        dated=dated,
        file=file,
    )


def says(*runs: SearchRun, stated: str = "") -> str:
    return searched_days(runs, date.fromisoformat(stated) if stated else None).sentence


def test_databases_of_one_day_are_named_together_in_the_order_of_the_alphabet() -> None:
    runs = run("Scopus", "2026-11-28"), run("Embase", "2026-11-28"), run("PubMed", "2026-11-28")
    assert says(*runs) == "Searched to 28 November 2026 (Embase, PubMed, Scopus)."
    found = searched_days(runs, None)
    assert found.in_text == "The literature was searched to 28 November 2026 (Embase, PubMed, Scopus)."
    assert found.day == date(2026, 11, 28)


def test_the_oldest_day_comes_first_and_is_the_day_of_the_review() -> None:
    runs = run("PubMed", "2026-11-28"), run("Embase", "2026-10-01"), run("Scopus", "2026-11-03")
    told = "Searched to 1 October 2026 (Embase), 3 November 2026 (Scopus) and 28 November 2026 (PubMed)."
    assert says(*runs) == told
    assert searched_days(runs, None).day == date(2026, 10, 1)


def test_the_last_complete_search_of_a_database_counts() -> None:
    runs = run("PubMed", "2026-03-01"), run("PubMed", "2026-05-01"), run("PubMed", "2026-02-01")
    assert says(*runs) == "Searched to 1 May 2026 (PubMed)."
    assert says(*runs, run("PubMed", "2026-06-01", complete=False)) == "Searched to 1 May 2026 (PubMed)."
    assert says(run("PubMed", "2026-06-01", complete=False)) == ""


def test_of_several_saved_searches_of_a_database_the_oldest_counts_and_goes_before_files() -> None:
    runs = run("PubMed", "2026-05-01", "bone"), run("PubMed", "2026-04-01", "tea")
    assert says(*runs) == "Searched to 1 April 2026 (PubMed)."
    assert says(*runs, run("PubMed", "2026-01-01")) == "Searched to 1 April 2026 (PubMed)."
    assert says(*runs, run("PubMed", "2026-09-01")) == "Searched to 1 April 2026 (PubMed)."


def test_a_day_that_nobody_said_is_missing_and_not_that_of_the_import() -> None:
    pubmed = run("PubMed", "2026-11-28")
    unsaid = run("Scopus", "2026-11-30", dated=False)
    unnamed = run("", "2026-11-30", dated=False, file="a.ris")
    told = "Searched to 28 November 2026 (PubMed); when Scopus and a.ris was searched is not stated."
    assert says(pubmed, unsaid, unnamed) == told.replace("was", "were")
    assert says(unsaid) == "When Scopus was searched is not stated."
    assert searched_days([pubmed, unsaid], None).day is None
    assert says(pubmed, unsaid, stated="2026-11-01") == "Searched to 1 November 2026."
    assert says(pubmed, unsaid, run("Scopus", "2026-12-01")) == (
        "Searched to 28 November 2026 (PubMed) and 1 December 2026 (Scopus)."
    )
    saved = run("PubMed", "2026-11-28", "bone"), run("PubMed", "2026-11-29", dated=False)
    assert says(*saved) == "Searched to 28 November 2026 (PubMed)."
    assert searched_days([unsaid], None).in_text == "When Scopus was searched is not stated."


def test_registers_are_searched_to_a_day_and_websites_are_not() -> None:
    assert says(run("WHO ICTRP", "2026-05-01", kind="register")) == "Searched to 1 May 2026 (WHO ICTRP)."
    assert (
        says(run("WHO", "2026-05-01", kind="website"), run("x", "2026-04-01", kind="citation searching"))
        == ""
    )


def test_a_database_without_a_name_is_not_named() -> None:
    assert says(run("", "2026-05-01")) == "Searched to 1 May 2026."
    assert says(run("", "2026-05-01"), run("PubMed", "2026-05-01")) == "Searched to 1 May 2026 (PubMed)."


def test_what_the_review_states_goes_before_and_names_databases_only_of_that_day() -> None:
    assert says(stated="2026-12-31") == "Searched to 31 December 2026."
    assert says(run("PubMed", "2026-05-01"), stated="2026-04-01") == "Searched to 1 April 2026."
    assert says(run("PubMed", "2026-05-01"), stated="2026-05-01") == "Searched to 1 May 2026 (PubMed)."
    found = searched_days([run("PubMed", "2026-05-01")], date(2026, 4, 1))
    assert found.day == date(2026, 4, 1)


def test_without_a_search_nothing_is_said(tmp_path: Path) -> None:
    assert searched_to(tmp_path, None) == SearchedDays(())
    assert (SearchedDays(()).day, SearchedDays(()).sentence, SearchedDays(()).in_text) == (None, "", "")


def test_a_log_that_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "literature").mkdir()
    (tmp_path / "literature/searches.jsonl").write_text("{\n")
    found = searched_to(tmp_path, None)
    assert found.day is None
    assert found.sentence.startswith("The day of the last search is not known: '")
    assert "searches.jsonl', line 1: " in found.sentence
    assert searched_to(tmp_path, date(2026, 5, 1)).sentence == "Searched to 1 May 2026."


def test_every_month_has_its_name() -> None:
    names = [says(run("", f"2026-{month:02}-09")).split()[3] for month in range(1, 13)]
    assert names == [date(2026, month, 1).strftime("%B") for month in range(1, 13)]
