"""What `check` says of reports that notices are about, and the file that a review keeps."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.checking import check_paths
from evidence.literature.notice_files import NoticesError, read_notices
from evidence.literature.noticed import (
    doubted_reports,
    kept_notices,
    notices_about,
    notices_path,
    read_kept,
    write_notices,
)
from evidence.literature.published_notices import Notice, NoticesFile
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import read_record
from tests.evidence.records.samples import TEXT
from tests.evidence.records.test_review import REVIEW

DAY = datetime.date(2026, 11, 30)
DOI = "10.1000/lee"


def notice(kind: str, doi: str | None = DOI, source: str = "Retraction Watch", **more: Any) -> Notice:
    return Notice.model_validate({"kind": kind, "doi": doi, "source": source, **more})


def review(folder: Path, *about: Notice, status: str = "published", acknowledged: str = "") -> Path:
    """A review of one report, published unless said, with notices beside it."""
    (folder / "studies").mkdir(parents=True)
    (folder / "review.yaml").write_text(REVIEW, encoding="utf-8")
    text = TEXT.replace("status: published", f"status: {status}, doi: {DOI}, pmid: 7", 1)
    assert DOI in text
    (folder / "studies" / "lee-2019.yaml").write_text(text + acknowledged, encoding="utf-8")
    write_notices(notices_path(folder), kept_notices(about, ["Retraction Watch"], DAY, None))
    return folder


def said(folder: Path) -> list[Problem]:
    return [one for one in check_paths([folder]).problems if one.rule.startswith("notice-")]


def test_a_retraction_is_an_error_at_the_status_of_the_report(tmp_path: Path) -> None:
    about = notice("retraction", on="2020-02-01", notice="10.1000/n", reasons=["Error in Data", "Fraud"])
    (found,) = said(review(tmp_path, about, notice("correction"), notice("expression of concern")))
    assert (found.severity, found.rule) == (Severity.ERROR, "notice-of-retraction")
    lines = (tmp_path / "studies" / "lee-2019.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[found.place.line - 1][found.place.column - 1 :].startswith("published, doi")
    assert found.says.endswith(
        " was retracted on 2020-02-01 (https://doi.org/10.1000/n): error in data; fraud, and its status is"
        " 'published'"
    )
    assert found.hint is not None
    assert "`diff` tells what changes" in found.hint


@pytest.mark.parametrize(
    ("about", "status", "rules"),
    [
        ([notice("retraction")], "retracted", []),
        ([notice("retraction"), notice("correction")], "retracted", []),
        ([notice("expression of concern")], "published", ["notice-of-concern"]),
        ([notice("correction", on="2019-01-01")], "published", ["notice-of-correction"]),
        ([notice("correction")], "corrected", []),
        (
            [notice("correction"), notice("correction", on="2019-01-01")],
            "published",
            ["notice-of-correction"] * 2,
        ),
        (
            [notice("retraction", on="2019-01-01"), notice("reinstatement", on="2020-01-01")],
            "retracted",
            ["notice-of-reinstatement"],
        ),
        ([notice("retraction", on="2019-01-01"), notice("reinstatement", on="2020-01-01")], "published", []),
        ([notice("retraction", doi="10.1000/preprint")], "published", []),
        ([notice("retraction", doi=None, pmid=7)], "published", ["notice-of-retraction"]),
        ([], "published", []),
    ],
)
def test_what_is_said_depends_on_what_the_report_says_of_itself(
    tmp_path: Path, about: list[Notice], status: str, rules: list[str]
) -> None:
    found = said(review(tmp_path, *about, status=status))
    assert [one.rule for one in found] == rules
    for one in found:
        severe = one.rule in ("notice-of-retraction", "notice-of-concern")
        assert one.severity is (Severity.ERROR if severe else Severity.WARNING)


def test_a_concern_that_somebody_has_looked_at_is_a_note(tmp_path: Path) -> None:
    first = said(review(tmp_path / "a", notice("expression of concern")))
    assert first[0].severity is Severity.ERROR
    why = "finding: notice-of-concern, of: reports, by: A B, on: 2026-11-30, why: about a figure"
    looked = f"acknowledged:\n  - {{{why}}}\n"
    folder = review(tmp_path / "b", notice("expression of concern"), acknowledged=looked)
    asked = next(one for one in check_paths([folder]).problems if one.rule == "acknowledgement-open")
    assert asked.hint is not None
    data = asked.hint.split("'data: ")[1].split("'")[0]
    done = looked.replace("on: 2026-11-30", f"on: 2026-11-30, data: {data}")
    (found,) = said(review(tmp_path / "c", notice("expression of concern"), acknowledged=done))
    assert found.severity is Severity.NOTE
    assert found.says.endswith("acknowledged by A B on 2026-11-30: about a figure")


def doubted(folder: Path) -> list[tuple[str, bool, bool]]:
    records = [read_record(path) for path in sorted((folder / "studies").iterdir())]
    return [(one.says, one.retracted, one.acted_on) for one in doubted_reports(folder, records)]


def test_a_report_is_doubted_by_its_status_or_by_a_notice_until_somebody_acts(tmp_path: Path) -> None:
    gone, concern = notice("retraction"), notice("expression of concern")
    cases = {
        "a": (review(tmp_path / "a"), []),
        "b": (review(tmp_path / "b", gone), [("lee-2019 (retracted)", True, False)]),
        "c": (review(tmp_path / "c", gone, status="retracted"), [("lee-2019 (retracted)", True, True)]),
        "d": (review(tmp_path / "d", status="retracted"), [("lee-2019 (retracted)", True, True)]),
        "e": (review(tmp_path / "e", concern), [("lee-2019 (under concern)", False, False)]),
        "f": (review(tmp_path / "f", concern, gone), [("lee-2019 (retracted)", True, False)]),
        "g": (review(tmp_path / "g", notice("correction")), []),
    }
    for folder, expected in cases.values():
        assert doubted(folder) == expected
    looked = (
        "acknowledged:\n  - {finding: notice-of-concern, of: reports, by: A, on: 2026-11-30, why: seen}\n"
    )
    folder = review(tmp_path / "h", concern, acknowledged=looked)
    asked = next(one for one in check_paths([folder]).problems if one.rule == "acknowledgement-open")
    assert asked.hint is not None
    data = asked.hint.split("'data: ")[1].split("'")[0]
    path = folder / "studies" / "lee-2019.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("why: seen", f"data: {data}, why: seen"))
    assert doubted(folder) == [("lee-2019 (under concern)", False, True)]


def test_of_several_reports_the_doubted_one_is_told_and_unreadable_notices_doubt_nothing(
    tmp_path: Path,
) -> None:
    folder = review(tmp_path, notice("retraction"))
    path = folder / "studies" / "lee-2019.yaml"
    text = path.read_text(encoding="utf-8")
    more = "  other: {type: journal article, status: retracted, citation: Kim, year: 2020, read: abstract}\n"
    path.write_text(text.replace("population:", f"{more}population:", 1), encoding="utf-8")
    both = [
        ("lee-2019: lee-2019 2019 (retracted)", True, False),
        ("lee-2019: other 2020 (retracted)", True, True),
    ]
    assert doubted(folder) == both
    notices_path(folder).write_text("schema: 9\n", encoding="utf-8")
    assert doubted(folder) == both[1:]
    notices_path(folder).unlink()
    assert doubted(folder) == both[1:]


def test_the_file_of_notices_is_no_record_and_is_checked_itself(tmp_path: Path) -> None:
    folder = review(tmp_path, notice("retraction"))
    path = notices_path(folder)
    assert not [one for one in check_paths([folder]).problems if one.place.path == path]
    path.write_text("schema: 1\nsearched: {x: soon}\n", encoding="utf-8")
    found = [one for one in check_paths([folder]).problems if one.place.path == path]
    assert [(one.severity, one.place.line) for one in found] == [(Severity.ERROR, 2)]
    with pytest.raises(NoticesError, match=r"notices.yaml:2:\d+: .*; mend or delete the file"):
        read_kept(path)


def test_notices_that_are_kept_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "literature" / "notices.yaml"
    assert read_kept(path) is None
    about = [
        notice("retraction", on="2020-02-01", reasons=["a: b", "#c"], notice="10.1000/n", id="007"),
        notice("correction", doi=None, pmid=9),
    ]
    kept = kept_notices(about, ["Crossref (publisher)", "Retraction Watch"], DAY, None)
    write_notices(path, kept)
    assert read_kept(path) == kept
    assert kept.searched == {"Crossref (publisher)": DAY, "Retraction Watch": DAY}
    first = path.read_bytes()
    write_notices(path, kept)
    assert path.read_bytes() == first


def test_the_file_holds_what_was_said_and_nothing_empty(tmp_path: Path) -> None:
    path = tmp_path / "notices.yaml"
    kept = kept_notices([notice("retraction", on="2020-02-01", reasons=["A", "B"])], ["Crossref"], DAY, None)
    write_notices(path, kept)
    assert path.read_text(encoding="utf-8") == (
        "# What publishers said of the papers later. Written by `literature notices`, read by `check`.\n"
        "schema: 1\nsearched:\n  Crossref: 2026-11-30\nnotices:\n- kind: retraction\n  doi: 10.1000/lee\n"
        "  on: 2020-02-01\n  reasons:\n  - A\n  - B\n  source: Retraction Watch\n"
    )


def test_a_new_table_of_retraction_watch_replaces_what_the_old_one_held(tmp_path: Path) -> None:
    old, new = notice("retraction", on="2020-01-01"), notice("correction", on="2021-01-01")
    publisher = notice("correction", source="Crossref (publisher)")
    before = NoticesFile(schema=1, searched={"Crossref (publisher)": DAY}, notices=(old, publisher))
    later = DAY + datetime.timedelta(days=1)
    kept = kept_notices([new], ["Retraction Watch"], later, before)
    assert set(kept.notices) == {publisher, new}
    assert kept.searched == {"Crossref (publisher)": DAY, "Retraction Watch": later}
    added = kept_notices([new], ["Crossref (publisher)"], later, before)
    assert set(added.notices) == {old, publisher, new}


def test_only_notices_about_the_records_are_kept(tmp_path: Path) -> None:
    record = read_record(review(tmp_path) / "studies" / "lee-2019.yaml").model
    assert record is not None
    mine = [
        notice("retraction"),
        notice("correction", doi=None, pmid=7),
        notice("correction", "10.1000/x", pmid=7),
    ]
    others = [notice("retraction", doi="10.1000/other"), notice("correction", doi=None, pmid=8)]
    assert list(notices_about([record], [*mine, *others])) == mine


def test_the_shared_table_has_the_rows_that_were_counted(shared: Path) -> None:
    folder = shared / "imports"
    found = list(read_notices(folder / "retraction_watch" / "retraction_watch_3.csv"))
    assert sorted(one.kind for one in found if isinstance(one, Notice)) == [
        "correction",
        "retraction",
        "retraction",
    ]
    short = list(read_notices(folder / "retraction_watch" / "doi_nature.csv"))
    assert len({one.doi for one in short if isinstance(one, Notice)}) == 178
    work = folder / "api" / "crossref" / "retracted_work_updated-by.json"
    notice_of = folder / "api" / "crossref" / "retraction_notice_update-to.json"
    told = [one for one in read_notices(work) if isinstance(one, Notice)]
    again = [one for one in read_notices(notice_of) if isinstance(one, Notice)]
    assert [(one.kind, str(one.on)) for one in told] == [
        ("correction", "2004-03-06"),
        ("retraction", "2010-02-06"),
    ]
    assert again[0].key == told[1].key
    addendum = folder / "api" / "crossref" / "addendum_preprint.json"
    assert list(read_notices(addendum)) == []
