"""Where the records of a review stand: drafts, what `check` finds, second readings, retractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.checking import check_paths
from evidence.literature.noticed import doubted_reports, notices_path
from evidence.literature.published_notices import NoticesFile
from evidence.readings.second import second_readings
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import Document, read_model
from evidence.records.review import LoadedReview
from evidence.records.schema import Record
from evidence.records.waiting_drafts import read_drafts
from evidence.wording import counted
from synthesis.living.status_line import StatusLine, looked_at

_MOST_NAMED = 5
_NOTICE = "notice-"
_READINGS_DIFFER = "readings-differ"


def record_status(loaded: LoadedReview) -> Iterator[StatusLine]:
    """The lines about drafts and records of a review, each looked at by itself."""
    yield from looked_at("drafts", lambda: _drafts(loaded.folder))
    yield from looked_at("check", lambda: _checked(loaded))
    yield from looked_at("second readings", lambda: _second_readings(loaded.documents))
    yield from looked_at("notices", lambda: _notices(loaded))


def _names(of: Iterable[str]) -> str:
    names = list(of)
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _drafts(folder: Path) -> Iterator[StatusLine]:
    drafts = list(read_drafts(folder))
    done = [each for each in drafts if not each.missing and not each.unreadable]
    for those, says, command in (
        ([each for each in drafts if each not in done], "incomplete", "check"),
        (done, "complete and in no pool yet", "add --from"),
    ):
        if those:
            are = "is" if len(those) == 1 else "are"
            names = [each.path.stem for each in those]
            words = f"{counted(len(those), 'draft')} {are} {says}: {_names(names)}"
            first = f"{command} drafts/{those[0].path.name}"
            yield StatusLine("drafts", words, "waits", first, data={says.split()[0]: names})


def _checked(loaded: LoadedReview) -> Iterator[StatusLine]:
    """What `check` finds; readings that differ and notices about papers have lines of their own."""
    checked = check_paths([loaded.folder])
    own = [each for each in checked.problems if not each.rule.startswith(_NOTICE)]
    errors = [each for each in own if each.severity is Severity.ERROR]
    warnings = sum(each.severity is Severity.WARNING for each in own)
    data = {"errors": len(errors), "warnings": warnings, "records": len(loaded.records)}
    if errors:
        files = dict.fromkeys(each.place.path.name for each in errors)
        says = f"{counted(len(errors), 'error')} in {_names(files)}"
        yield StatusLine("check", says, "waits", "check --severity error", data=data)
    else:
        says = f"{counted(len(loaded.records), 'record')} without an error, {counted(warnings, 'warning')}"
        yield StatusLine("check", says, command="check" if warnings else "", data=data)
    if loaded.unread:
        names = [each.path.stem for each in loaded.unread]
        are = "is" if len(names) == 1 else "are"
        says = f"{counted(len(names), 'record')} cannot be read and {are} in no pool: {_names(names)}"
        yield StatusLine("records", says, "unseen", "check", data={"unread": names})
    empty = [each.study for each in loaded.records if not each.placed_estimates]
    if empty:
        has = "has" if len(empty) == 1 else "have"
        says = f"{counted(len(empty), 'record')} {has} no estimate: {_names(empty)}"
        yield StatusLine("records", says, "waits", f"add --to {empty[0]}", data={"empty": empty})
    differ = [each for each in own if each.rule == _READINGS_DIFFER]
    if differ:
        files = dict.fromkeys(each.place.path.stem for each in differ)
        says = f"{counted(len(differ), 'difference')} of two readings to be settled in {_names(files)}"
        yield StatusLine(
            "second readings", says, "waits", "compare-readings", data={"unsettled": len(differ)}
        )
    yield from _told_notices([each for each in checked.problems if each.rule.startswith(_NOTICE)])


def _told_notices(problems: list[Problem]) -> Iterator[StatusLine]:
    open_ones = [each for each in problems if each.severity is not Severity.NOTE]
    if open_ones:
        says = f"{counted(len(open_ones), 'notice')} about reports not acted upon"
        details = tuple(f"{each.place.path.name}:{each.place.line}: {each.says}" for each in open_ones)
        kinds = [each.rule.removeprefix("notice-of-") for each in open_ones]
        yield StatusLine("notices", says, "waits", "check", details, {"notices": kinds})


def _second_readings(documents: Iterable[Document[Record]]) -> Iterator[StatusLine]:
    """Of records that persons extracted: which lack a second reading, where the review has any."""
    by_hand = [each for each in documents if each.model is not None and each.model.generated is None]
    if not by_hand:
        return
    lacking = [each for each in by_hand if not _read_twice(each)]
    names = [each.path.stem for each in lacking]
    data = {"lacking": names, "records": len(by_hand)}
    if len(lacking) == len(by_hand):
        says = f"none of {counted(len(by_hand), 'record')} was read a second time"
        yield StatusLine("second readings", says, command="compare-readings --help", data=data)
    elif lacking:
        says = (
            f"{len(lacking):,} of {counted(len(by_hand), 'record')} not read a second time: {_names(names)}"
        )
        yield StatusLine("second readings", says, "waits", "compare-readings --help", data=data)
    else:
        says = f"{counted(len(by_hand), 'record')}, each read a second time"
        yield StatusLine("second readings", says, data=data)


def _read_twice(document: Document[Record]) -> bool:
    record = document.model
    assert record is not None
    return record.extraction.second is not None or next(second_readings(document), None) is not None


def _notices(loaded: LoadedReview) -> Iterator[StatusLine]:
    """When notices about papers were looked for, and what each result is without the reports in doubt."""
    path = notices_path(loaded.folder)
    kept = read_model(path, NoticesFile) if path.is_file() else None
    if kept is not None and kept.model is None:
        problem = kept.problems[0]
        raise ValueError(f"{path.name}:{problem.place.line}: {problem.says}")
    searching = "literature notices FILE --as-of DAY"
    if kept is not None and kept.model is not None:
        days = ", ".join(f"{name} {day}" for name, day in kept.model.searched.items())
        data = {"searched": {name: str(day) for name, day in kept.model.searched.items()}}
        yield StatusLine("notices", f"looked for in {days}", command=searching, data=data)
    elif any(report.doi or report.pmid for record in loaded.records for report in record.reports.values()):
        says = "retractions and corrections were never looked for"
        yield StatusLine("notices", says, command=searching, data={"searched": {}})
    if loaded.document.model is None or not doubted_reports(loaded.folder, loaded.documents):
        return
    # what pools is not loaded before a report is in doubt
    from synthesis.living.sentences import result_columns
    from synthesis.living.without_doubted import without_doubted

    without = without_doubted(loaded)
    if without is not None:
        rows = [result_columns(each) for each in without.movement.moved]
        told = tuple(f"{title}: {before} {after}" for title, before, after in rows)
        refused = tuple(
            f"{each.analysis.title} is refused: {each.reason}" for each in without.movement.refused
        )
        says = f"{without.words} {counted(len(rows), 'result')} would move"
        yield StatusLine("notices", says, command="diff", details=(*told, *refused))
