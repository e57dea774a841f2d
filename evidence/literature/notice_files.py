"""Files of notices: the table of Retraction Watch, and works as Crossref's interface answers them."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.literature.published_notices import KINDS, Notice, NoticeKind, paper

RETRACTION_WATCH = "Retraction Watch"
SHORT_TABLE = "Retraction Watch (short table)"
CROSSREF = "Crossref"
_NEEDED = ("RetractionDate", "OriginalPaperDOI", "OriginalPaperPubMedID", "RetractionNature")
_SHORT = ("doi", "retractionwatch")
_DAY = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})\b")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})\b")
# How publishers name them at Crossref: https://www.crossref.org/documentation/crossmark/version-control-corrections-and-retractions/
_CROSSREF_KINDS: dict[str, NoticeKind] = {
    "retraction": "retraction",
    "removal": "retraction",
    "withdrawal": "retraction",
    "partial_retraction": "retraction",
    "expression_of_concern": "expression of concern",
    "correction": "correction",
    "corrigendum": "correction",
    "erratum": "correction",
    "reinstatement": "reinstatement",
}


class NoticesError(Exception):
    """A file that holds no notices; the message says what was expected."""


@dataclass(frozen=True)
class UnreadNotice:
    """A row that is no notice, with the line it begins on and why."""

    path: Path
    line: int
    why: str


def read_notices(path: Path) -> Iterator[Notice | UnreadNotice]:
    """Every notice of a file, one at a time, and each row that is none.

    A table of Retraction Watch (CSV: UTF-8, or Windows-1252 where a line is not) or JSON of Crossref: a work,
    its answer, or a list of works. Raises NoticesError, OSError.
    """
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    yield from _from_crossref(path) if start[:1] in (b"{", b"[") else _from_table(path)


def _from_table(path: Path) -> Iterator[Notice | UnreadNotice]:
    rows = csv.DictReader(_lines(path))
    try:
        names = {name.strip().lstrip("\ufeff"): name for name in rows.fieldnames or () if name}
        if set(_SHORT) <= set(names):
            yield from _short(path, rows)
            return
        absent = [name for name in _NEEDED if name not in names]
        if absent:
            raise NoticesError(
                f"'{path}' has no column {', '.join(absent)}; expected the CSV of Retraction Watch, which"
                f" has {', '.join(_NEEDED)} and others, or JSON of Crossref"
            )
        line = rows.line_num
        for row in rows:
            begins, line = line + 1, rows.line_num
            cells = {name: (row.get(given) or "").strip() for name, given in names.items()}
            if any(cells.values()):
                yield _of_row(path, begins, cells)
    except csv.Error as error:
        raise NoticesError(f"'{path}' is no table after line {rows.line_num}: {error}") from error


def _short(path: Path, rows: csv.DictReader[str]) -> Iterator[Notice | UnreadNotice]:
    """The short table: a DOI, and the kinds of all notices about it with semicolons between."""
    for row in rows:
        doi, _ = paper(row[_SHORT[0]] or "", "")
        for nature in (row[_SHORT[1]] or "").split(";"):
            kind = next((kind for kind in KINDS if kind == nature.strip().casefold()), None)
            if doi is None or kind is None:
                why = f"it holds '{row[_SHORT[0]]}' and '{nature}'; expected a DOI and {', '.join(KINDS)}"
                yield UnreadNotice(path, rows.line_num, why)
            else:
                yield Notice(kind=kind, doi=doi, source=SHORT_TABLE)


def _of_row(path: Path, line: int, cells: Mapping[str, str]) -> Notice | UnreadNotice:
    nature = cells["RetractionNature"].casefold()
    kind = next((kind for kind in KINDS if kind == nature), None)
    if kind is None:
        expected = ", ".join(KINDS)
        return UnreadNotice(path, line, f"its nature is '{cells['RetractionNature']}'; expected {expected}")
    doi, pmid = paper(cells["OriginalPaperDOI"], cells["OriginalPaperPubMedID"])
    if doi is None and pmid is None:
        return UnreadNotice(path, line, "it names no paper: neither a DOI nor a PubMed number")
    notice, _ = paper(cells.get("RetractionDOI", ""), "")
    day = _day(cells["RetractionDate"])
    if day is None and cells["RetractionDate"]:
        return UnreadNotice(path, line, f"its day is '{cells['RetractionDate']}'; expected e.g. 8/16/2023")
    reasons = (reason.strip().lstrip("+") for reason in cells.get("Reason", "").split(";"))
    return Notice(
        kind=kind,
        doi=doi,
        pmid=pmid,
        on=day,
        notice=notice,
        reasons=tuple(reason for reason in reasons if reason),
        source=RETRACTION_WATCH,
        id=cells.get("Record ID") or None,
    )


def _lines(path: Path) -> Iterator[str]:
    """Lines of text, each as UTF-8 where it is, else as Windows-1252: the table has been both."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            raw = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                text = raw.decode("cp1252", errors="replace")
            yield text.replace("\0", "")


def _day(text: str) -> datetime.date | None:
    """Month, day and year as the table has them, or year, month and day."""
    try:
        if match := _DAY.match(text):
            return datetime.date(int(match[3]), int(match[1]), int(match[2]))
        if match := _ISO.match(text):
            return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return None


def _from_crossref(path: Path) -> Iterator[Notice | UnreadNotice]:
    try:
        answer = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise NoticesError(f"'{path}' is no JSON: {error}") from error
    if next(_works(answer), None) is None:
        raise NoticesError(
            f"'{path}' holds no work of Crossref; expected a 'message' with a 'DOI' or 'items'"
        )
    yield from notices_in(answer)


def notices_in(answer: Any) -> Iterator[Notice]:
    """The notices in an answer of Crossref: about its works, and those that its works are."""
    for work in _works(answer):
        yield from _of_work(work)


def _works(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, list):
        for each in answer:
            yield from _works(each)
    elif isinstance(answer, dict) and isinstance(answer.get("message"), dict):
        yield from _works(answer["message"])
    elif isinstance(answer, dict) and isinstance(answer.get("items"), list):
        yield from _works(answer["items"])
    elif isinstance(answer, dict) and isinstance(answer.get("DOI"), str):
        yield answer


def _of_work(work: Mapping[str, Any]) -> Iterator[Notice]:
    """A work is updated by notices, or is one that updates others."""
    own, _ = paper(work["DOI"], "")
    for key, turned in (("updated-by", False), ("update-to", True)):
        updates = work.get(key)
        for update in updates if isinstance(updates, list) else ():
            if not isinstance(update, dict):
                continue
            kind = _CROSSREF_KINDS.get(
                str(update.get("type", "")).casefold().replace("-", "_").replace(" ", "_")
            )
            other, _ = paper(str(update.get("DOI", "")), "")
            about, notice = (other, own) if turned else (own, other)
            if kind is not None and about is not None:
                source = str(update.get("source") or "publisher")
                yield Notice(
                    kind=kind,
                    doi=about,
                    on=_day_of_parts(update.get("updated")),
                    notice=notice,
                    source=f"{CROSSREF} ({source})",
                    id=str(update["record-id"]) if update.get("record-id") else None,
                )


def _day_of_parts(updated: Any) -> datetime.date | None:
    """The day of Crossref's parts; the first of the month or year where no more is said."""
    try:
        year, month, day = ([int(part) for part in updated["date-parts"][0]] + [1, 1])[:3]
        return datetime.date(year, month, day)
    except (TypeError, KeyError, IndexError, ValueError):
        return None
