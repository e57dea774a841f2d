"""Reports of a review that were retracted, put under concern or corrected: what `check` says of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from evidence.audit.acknowledging import noted
from evidence.literature.notice_files import RETRACTION_WATCH, NoticesError
from evidence.literature.published_notices import (
    NOTICES_FILE,
    Notice,
    NoticeIndex,
    NoticesFile,
    paper,
    same_once,
    standing,
)
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import Document, read_model
from evidence.records.review_folder import LITERATURE
from evidence.records.schema import Record, Report
from evidence.records.writing.files import write_atomically


def notices_path(review: Path) -> Path:
    """Where a review keeps the notices about its papers."""
    return review / LITERATURE / NOTICES_FILE


def noticed_reports(review: Path, documents: Iterable[Document[Record]]) -> list[Problem]:
    """What the notices kept with a review say of its reports; nothing where it keeps none."""
    path = notices_path(review)
    if not path.is_file():
        return []
    document = read_model(path, NoticesFile)
    if document.model is None:
        return list(document.problems)
    index = NoticeIndex(document.model.notices)
    return [problem for one in documents for problem in _of_record(one, index)]


@dataclass(frozen=True)
class DoubtedReport:
    """A report that was retracted, or is under an expression of concern, whatever its status says.

    label: the study, and of several reports which. acted_on: nobody has to do anything about it.
    """

    study: str
    report: str
    label: str
    retracted: bool
    acted_on: bool

    @property
    def says(self) -> str:
        """'cole-2018 (retracted)'."""
        return f"{self.label} ({'retracted' if self.retracted else 'under concern'})"


def doubted_reports(review: Path, documents: Iterable[Document[Record]]) -> tuple[DoubtedReport, ...]:
    """The reports of a review's records that were retracted or are under concern, by notice or by status.

    Notices that cannot be read say nothing here; `check` names what is wrong with them.
    """
    path = notices_path(review)
    kept = read_model(path, NoticesFile).model if path.is_file() else None
    index = NoticeIndex(() if kept is None else kept.notices)
    records = (document.model for document in documents if document.model is not None)
    return tuple(found for record in records for found in _doubted(record, index))


def _doubted(record: Record, index: NoticeIndex) -> Iterator[DoubtedReport]:
    for name, report in record.reports.items():
        holds = standing(index.about(report.doi, report.pmid))
        which = f": {report.label or report.dated(name)}" if len(record.reports) > 1 else ""
        label = f"{record.study}{which}"
        if report.status == "retracted" or holds.retraction is not None:
            yield DoubtedReport(record.study, name, label, True, report.status == "retracted")
        elif holds.concern is not None:
            found = (("reports", name, "status"), Severity.ERROR, "notice-of-concern", "", None)
            looked_at = noted(record, found)[1] is Severity.NOTE
            yield DoubtedReport(record.study, name, label, False, looked_at)


def notices_about(records: Iterable[Record], notices: Iterable[Notice]) -> Iterator[Notice]:
    """Those of many notices that are about a report of these records."""
    papers = [
        paper(report.doi or "", str(report.pmid or ""))
        for record in records
        for report in record.reports.values()
    ]
    dois = {doi for doi, _ in papers if doi is not None}
    pmids = {pmid for _, pmid in papers if pmid is not None}
    yield from (notice for notice in notices if notice.doi in dois or notice.pmid in pmids)


def _of_record(document: Document[Record], index: NoticeIndex) -> Iterator[Problem]:
    record, tree = document.model, document.tree
    if record is None or tree is None:
        return
    for name, report in record.reports.items():
        for severity, rule, says, hint in _of_report(report, report.label or name, index):
            yield tree.problem(*noted(record, (("reports", name, "status"), severity, rule, says, hint)))


def _of_report(report: Report, shown: str, index: NoticeIndex) -> Iterator[tuple[Severity, str, str, str]]:
    """Severity, rule, words and hint of what holds of a report and is not in its status."""
    found = standing(index.about(report.doi, report.pmid))
    if found.retraction is not None and report.status != "retracted":
        yield (
            Severity.ERROR,
            "notice-of-retraction",
            f"{shown} was retracted{_told(found.retraction)}, and its status is '{report.status}'",
            "Write 'status: retracted': no pool takes it then, and `diff` tells what changes.",
        )
    elif found.concern is not None and found.retraction is None:
        yield (
            Severity.ERROR,
            "notice-of-concern",
            f"an expression of concern was published about {shown}{_told(found.concern)}",
            "Read it. Leave the report out under 'reports:' in review.yaml, or acknowledge it and say why.",
        )
    told = found.retraction is not None or report.status in ("corrected", "retracted")
    for correction in () if told else found.corrections:
        yield (
            Severity.WARNING,
            "notice-of-correction",
            f"a correction of {shown} was published{_told(correction)}",
            "Compare the recorded numbers with it, then write 'status: corrected'.",
        )
    if found.retraction is None and found.reinstatement is not None and report.status == "retracted":
        yield (
            Severity.WARNING,
            "notice-of-reinstatement",
            f"{shown} was reinstated{_told(found.reinstatement)}, and its status is 'retracted'",
            "Read both notices; the report may be evidence again.",
        )


def _told(notice: Notice) -> str:
    """When and where, and why as far as it was said."""
    when = f" on {notice.on}" if notice.on else ""
    where = f" (https://doi.org/{notice.notice})" if notice.notice else ""
    why = f": {'; '.join(notice.reasons[:3]).lower()}" if notice.reasons else ""
    return f"{when}{where}{why}"


def kept_notices(
    about: Iterable[Notice], searched: Iterable[str], as_of: datetime.date, before: NoticesFile | None
) -> NoticesFile:
    """The file of a review after a search: new notices beside those that were kept before, each once.

    searched: the sources of the notices that were read; as_of: their day. The table of Retraction Watch is
    whole, so that what was kept of it before is replaced; what is of other sources is added.
    """
    days = dict.fromkeys(searched, as_of)
    old = () if before is None else before.notices
    stay = (one for one in old if not (one.source == RETRACTION_WATCH and RETRACTION_WATCH in days))
    return NoticesFile(
        schema=1,
        searched={**({} if before is None else before.searched), **days},
        notices=tuple(same_once((*stay, *about))),
    )


def read_kept(path: Path) -> NoticesFile | None:
    """The notices that a review keeps; None where it keeps none.

    Raises NoticesError, where the file cannot be read, for nothing is to be written over it then.
    """
    if not path.is_file():
        return None
    document = read_model(path, NoticesFile)
    if document.model is None:
        first = document.problems[0]
        raise NoticesError(f"{first.place}: {first.says}; mend or delete the file")
    return document.model


def write_notices(path: Path, kept: NoticesFile) -> None:
    """Write the notices of a review, in place of older ones; raises WritingError."""
    text = StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda data: True
    plain = kept.model_dump(exclude_defaults=True)
    yaml.dump(_as_lists({"schema": 1, **plain}), text)
    head = "# What publishers said of the papers later. Written by `literature notices`, read by `check`.\n"
    write_atomically(path, head + text.getvalue(), overwrite=True)


def _as_lists(plain: Any) -> Any:
    """The same with lists for tuples, which YAML has not."""
    if isinstance(plain, dict):
        return {key: _as_lists(value) for key, value in plain.items()}
    return [_as_lists(one) for one in plain] if isinstance(plain, tuple | list) else plain
