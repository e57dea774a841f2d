"""The record that answers make, where it is to stand, and what the review knows of it already."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evidence.records.reading import Document, record_from_text
from evidence.records.review import LoadedReview
from evidence.records.review_folder import STUDIES
from evidence.records.schema import Record
from evidence.records.writing import record_to_yaml
from synthesis.adding.answers import Answers, compose, contradictions, normal_doi, refusal
from synthesis.adding.fields import FIELDS


class NotAddedError(Exception):
    """Answers that make no record; `reasons` has every one of them."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Draft:
    """A valid record, its text, and where it is to stand."""

    record: Record
    text: str
    path: Path
    waited: Path | None = None
    """Its file among the review's drafts, which goes once the record is written."""
    seen: str | None = None
    """The hash of the file that it makes longer; None for one that is not there."""


def draft_of_answers(loaded: LoadedReview, study: Answers, estimates: Sequence[Answers]) -> Draft:
    """The record of a study, extracted today unless the answers have another day. Raises NotAddedError."""
    today = datetime.date.today()
    plain = compose({"on": today.isoformat(), **study}, estimates)
    try:
        record = Record.model_validate(plain)
    except ValidationError as error:
        raise NotAddedError(*map(where_and_what, error.errors())) from None
    path = place_of(loaded, record.study)
    text = record_to_yaml(record, _comment(record))
    document = record_from_text(text, path)
    if document.model is None:
        raise NotAddedError(*(problem.says for problem in document.problems))
    return Draft(record, text, path)


def objections(given: Mapping[str, str]) -> list[str]:
    """What is wrong with answers by themselves, and together."""
    wrong = [f"--{name}: {says}" for name, text in given.items() if (says := refusal(FIELDS[name], text))]
    return wrong + contradictions(given)


def where_and_what(issue: Any) -> str:
    """One complaint of the schema as a line."""
    where = " ".join(str(key) for key in issue["loc"])
    return f"{where}: {issue.get('ctx', {}).get('error', issue['msg'])}".removeprefix(": ")


def _comment(record: Record) -> str:
    report = next(iter(record.reports.values()))
    return f"Numbers are spelled as printed; each says where it stands. Extracted from: {report.read}."


def place_of(loaded: LoadedReview, study: str) -> Path:
    """Where a study stands: in the file that has it already, or in one of its name."""
    return _holder(loaded, study) or loaded.folder / STUDIES / f"{study}.yaml"


def taken_place(loaded: LoadedReview, study: str) -> Path | None:
    """The file that has the study, or its name, already."""
    path = place_of(loaded, study)
    return path if _holder(loaded, study) is not None or path.exists() else None


def holder_of_doi(loaded: LoadedReview, dois: set[str], study: str) -> tuple[Path, str] | None:
    """The file of another study that has one of these DOIs, and the DOI as it is spelled there."""
    wanted = {doi.casefold() for doi in dois}
    for document in loaded.documents:
        for doi in _dois(document):
            if doi.casefold() in wanted and _plain(document).get("study") != study:
                return document.path, doi
    return None


def dois_of(record: Record) -> set[str]:
    """The DOIs of a record's reports."""
    return {report.doi for report in record.reports.values() if report.doi}


def _holder(loaded: LoadedReview, study: str) -> Path | None:
    return next((each.path for each in loaded.documents if _plain(each).get("study") == study), None)


def _dois(document: Document[Record]) -> Iterator[str]:
    """The DOIs of a file, even of one that has errors elsewhere."""
    reports = _plain(document).get("reports")
    for report in reports.values() if isinstance(reports, dict) else ():
        if isinstance(report, dict) and isinstance(report.get("doi"), str):
            yield normal_doi(report["doi"])


def _plain(document: Document[Record]) -> dict[str, Any]:
    plain = document.tree.root.plain() if document.tree else {}
    return plain if isinstance(plain, dict) else {}
