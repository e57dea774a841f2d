"""What status says of drafts, records, second readings and notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.record_status import record_status
from synthesis.living.status_line import StatusLine
from tests.synthesis.living.reviews import study, write
from tests.synthesis.living.test_without_doubted import noticed, tea, with_doi

MARK = "<to-be-confirmed>"


def lines(folder: Path, topic: str = "") -> list[StatusLine]:
    return [each for each in record_status(load_review(folder)) if topic in ("", each.topic)]


def says(folder: Path, topic: str) -> list[tuple[str, str, str]]:
    return [(each.says, each.state, each.command) for each in lines(folder, topic)]


def calm(folder: Path) -> Path:
    """A review in which there is nothing to do: a study for each of its two analyses."""
    return write(folder, abel=study("abel", "0.50"), dahl=study("dahl", "0.20", site="spine"))


def test_a_review_with_nothing_to_do_has_no_line_that_waits(tmp_path: Path) -> None:
    folder = calm(tmp_path)
    assert [(each.topic, each.says, each.state) for each in lines(folder)] == [
        ("check", "2 records without an error, 0 warnings", "told"),
        ("second readings", "none of 2 records was read a second time", "told"),
    ]
    assert [each.command for each in lines(folder)] == ["", "compare-readings --help"]
    assert [each.data for each in lines(folder)] == [
        {"errors": 0, "warnings": 0, "records": 2},
        {"lacking": ["abel", "dahl"], "records": 2},
    ]


def test_drafts_wait_for_their_values_or_to_be_added(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.50"))
    (folder / "drafts").mkdir()
    for name, text in (
        ("a", f"study: {MARK}\n"),
        ("b", "["),
        ("c", study("c", "0.1")),
        ("d", study("d", "0.1")),
    ):
        (folder / "drafts" / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert says(folder, "drafts") == [
        ("2 drafts are incomplete: a, b", "waits", "check drafts/a.yaml"),
        ("2 drafts are complete and in no pool yet: c, d", "waits", "add --from drafts/c.yaml"),
    ]
    assert [each.data for each in lines(folder, "drafts")] == [
        {"incomplete": ["a", "b"]},
        {"complete": ["c", "d"]},
    ]
    for name in "bcd":
        (folder / "drafts" / f"{name}.yaml").unlink()
    assert says(folder, "drafts") == [("1 draft is incomplete: a", "waits", "check drafts/a.yaml")]


def test_more_than_five_names_are_counted(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.50"))
    (folder / "drafts").mkdir()
    for name in "abcdefg":
        (folder / "drafts" / f"{name}.yaml").write_text(f"study: {MARK}\n", encoding="utf-8")
    assert lines(folder, "drafts")[0].says == "7 drafts are incomplete: a, b, c, d, e and 2 more"
    (folder / "drafts" / "g.yaml").unlink()
    (folder / "drafts" / "f.yaml").unlink()
    assert lines(folder, "drafts")[0].says == "5 drafts are incomplete: a, b, c, d, e"


def test_errors_wait_beside_warnings(tmp_path: Path) -> None:
    folder = calm(tmp_path)
    write(folder, berg=study("berg", "0.30").replace("se: 0.10", "se: 0.10, p: 0.9"))
    (line,) = lines(folder, "check")
    assert (line.says, line.state, line.command) == (
        "1 error in berg.yaml",
        "waits",
        "check --severity error",
    )
    assert line.data == {"errors": 1, "warnings": 0, "records": 3}
    (folder / "studies" / "dahl.yaml").unlink()  # an analysis without a study is a warning
    assert lines(folder, "check")[0].data == {"errors": 1, "warnings": 1, "records": 2}


def test_a_warning_is_told_with_its_command(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.50"))
    assert says(folder, "check") == [("1 record without an error, 1 warning", "told", "check")]


def test_a_record_that_cannot_be_read_is_not_looked_at(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.50"), berg="[", cole="study: cole\n")
    (line,) = lines(folder, "records")
    assert (line.says, line.state, line.command) == (
        "2 records cannot be read and are in no pool: berg, cole",
        "unseen",
        "check",
    )
    assert line.data == {"unread": ["berg", "cole"]}
    (folder / "studies" / "cole.yaml").unlink()
    assert lines(folder, "records")[0].says == "1 record cannot be read and is in no pool: berg"


def without_estimates(name: str) -> str:
    head, _, _ = study(name, "0.50").partition("estimates:")
    return head + "extraction: {by: me, on: 2026-06-01}\n"


def test_a_record_without_an_estimate_waits(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=without_estimates("abel"), berg=study("berg", "0.30"))
    assert says(folder, "records") == [("1 record has no estimate: abel", "waits", "add --to abel")]
    assert lines(folder, "records")[0].data == {"empty": ["abel"]}
    write(folder, cole=without_estimates("cole"))
    assert lines(folder, "records")[0].says == "2 records have no estimate: abel, cole"


# Second readings.

SECOND = "second_reading: {by: you, on: 2026-06-02, estimates: {main: {n: 100}}}\n"


def test_second_readings_are_missing_where_some_have_one(tmp_path: Path) -> None:
    twice = study("abel", "0.50").replace("extraction:", SECOND + "extraction:")
    folder = write(tmp_path, abel=twice, berg=study("berg", "0.30"), cole=study("cole", "0.40"))
    assert says(folder, "second readings") == [
        ("2 of 3 records not read a second time: berg, cole", "waits", "compare-readings --help")
    ]
    assert lines(folder, "second readings")[0].data == {"lacking": ["berg", "cole"], "records": 3}
    (folder / "second-readings").mkdir()
    (folder / "second-readings" / "berg.yaml").write_text(
        "study: berg\nby: you\non: 2026-06-02\nestimates: {main: {n: 100}}\n", encoding="utf-8"
    )
    second = "extraction: {second: {by: you, on: 2026-06-02}, "
    write(folder, cole=study("cole", "0.40").replace("extraction: {", second))
    assert says(folder, "second readings") == [("3 records, each read a second time", "told", "")]
    assert lines(folder, "second readings")[0].data == {"lacking": [], "records": 3}


def test_differences_of_two_readings_wait_to_be_settled(tmp_path: Path) -> None:
    other = SECOND.replace("n: 100", "n: 110")
    folder = write(tmp_path, abel=study("abel", "0.50").replace("extraction:", other + "extraction:"))
    assert says(folder, "second readings")[0] == (
        "1 difference of two readings to be settled in abel",
        "waits",
        "compare-readings",
    )
    assert lines(folder, "second readings")[0].data == {"unsettled": 1}


def test_what_a_program_wrote_needs_no_second_reader(tmp_path: Path) -> None:
    made = "generated: {protocol: p, inputs: {}, software: {}}\n"
    folder = write(tmp_path, abel=study("abel", "0.50") + made)
    assert lines(folder, "second readings") == []


# Notices.


def test_a_review_with_identifiers_was_never_searched_for_retractions(tmp_path: Path) -> None:
    (line,) = lines(tea(tmp_path), "notices")
    assert (line.says, line.state) == ("retractions and corrections were never looked for", "told")
    assert (line.command, line.data) == ("literature notices FILE --as-of DAY", {"searched": {}})


def test_notices_that_nobody_acted_upon_wait_and_results_without_them_are_told(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path), abel="retraction", berg="correction", cole="expression of concern")
    found = lines(folder, "notices")
    assert [(each.says, each.state, each.command) for each in found] == [
        ("3 notices about reports not acted upon", "waits", "check"),
        ("looked for in Retraction Watch 2026-11-30", "told", "literature notices FILE --as-of DAY"),
        ("without abel (retracted), cole (under concern) 1 result would move", "told", "diff"),
    ]
    assert found[0].details == (
        "abel.yaml:8: paper was retracted, and its status is 'published'",
        "berg.yaml:8: a correction of paper was published",
        "cole.yaml:8: an expression of concern was published about paper",
    )
    assert found[0].data == {"notices": ["retraction", "correction", "concern"]}
    assert found[1].data == {"searched": {"Retraction Watch": "2026-11-30"}}
    (row,) = found[2].details
    assert row.startswith("Hip: 0.40 [")
    assert row.endswith("(k 3 → 1)")


def test_notices_acted_upon_wait_for_nobody(tmp_path: Path) -> None:
    folder = tea(tmp_path, abel=with_doi("abel", "0.50", status="retracted"))
    assert [each.state for each in lines(noticed(folder, abel="retraction"), "notices")] == ["told"]


@pytest.mark.parametrize("text", ["[", "schema: 1\n", "searched: {}\n"])
def test_notices_that_cannot_be_read_are_not_looked_at(text: str, tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path), abel="retraction")
    (folder / "literature" / "notices.yaml").write_text(text, encoding="utf-8")
    (line,) = lines(folder, "notices")
    assert (line.state, line.command) == ("unseen", "check")
    assert line.says.startswith("could not be looked at: notices.yaml:")


def test_with_a_damaged_review_the_records_are_told(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path), abel="retraction")
    (folder / "review.yaml").write_text("[", encoding="utf-8")
    found = lines(folder)
    assert {each.topic for each in found} == {"check", "second readings", "notices"}
    assert [each.says for each in found if each.topic == "check"] == ["1 error in review.yaml"]
