"""A record file against the texts that its reports name."""

from __future__ import annotations

from pathlib import Path

from evidence.audit.acknowledging import noted
from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.reading import Document
from evidence.records.review_folder import REVIEW_FILE
from evidence.records.schema import Record
from evidence.sources.finding import Found, look
from evidence.sources.paper_files import PaperFile, SourceError, read_paper
from evidence.sources.text import PaperText


def compare(document: Document[Record]) -> list[Problem]:
    """What is not in the record as its papers print it, sorted by place; nothing where no text is named.

    A text that is not there is a note: papers are kept beside a review and seldom published with it.
    """
    record, tree = document.model, document.tree
    if record is None or tree is None:
        return []
    texts: dict[str, PaperText] = {}
    found: list[Found] = []
    for key, report in record.reports.items():
        if report.text is None:
            continue
        at: KeyPath = ("reports", key, "text")
        path = text_path(document.path, report.text)
        if not path.is_file():
            says = f"the numbers of '{key}' are not compared: there is no '{report.text}' here"
            found.append(Found(at, Severity.NOTE, "source-unread", says, f"Expected it in {path.parent}."))
            continue
        try:
            source = read_paper(path)
        except SourceError as error:
            found.append(Found(at, Severity.ERROR, "source-unread", str(error), error.hint))
            continue
        texts[key] = source.text
        found += _changed(key, report.sha256, source)
    if texts:
        found += look(record, texts).findings
    placed = [noted(record, (each.at, each.severity, each.rule, each.says, each.hint)) for each in found]
    return sorted((tree.problem(*each) for each in placed), key=lambda problem: problem.sort_key)


def text_path(record: Path, text: str) -> Path:
    """Where a record's text is: beside the review.yaml that the record belongs to, else beside the record."""
    folders = [folder for folder in record.parents[:2] if (folder / REVIEW_FILE).is_file()]
    return (folders[0] if folders else record.parent) / text


def _changed(key: str, sha256: str | None, source: PaperFile) -> list[Found]:
    at: KeyPath = ("reports", key)
    if sha256 is None:
        says = f"the record does not say which file '{source.path.name}' is"
        return [
            Found((*at, "text"), Severity.NOTE, "source-changed", says, f"Add 'sha256: {source.sha256}'.")
        ]
    if sha256 != source.sha256:
        says = f"'{source.path.name}' is another file than the one that the record was checked against"
        hint = f"If it is the right one, write 'sha256: {source.sha256}'."
        return [Found((*at, "sha256"), Severity.WARNING, "source-changed", says, hint)]
    return []
