"""Which candidates of a text a review has already: the same numbers at the same place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.records.reading import Document
from evidence.records.schema import Record
from evidence.sources.comparing import text_path
from evidence.sources.finding import located, stands_in
from evidence.sources.matching import Numbers, Placement
from evidence.sources.paper_files import PaperFile
from evidence.sources.recorded import Together, together

_SURE = 3
"""So many numbers that stand together are hardly another paper's by chance."""


@dataclass(frozen=True)
class Already:
    """Where a review has numbers of a text: the study, the estimate or part of its record.

    here: at the place that the record names; else the text prints the same numbers a second time.
    """

    study: str
    what: str
    here: bool

    def __str__(self) -> str:
        return f"{self.study}, {self.what}" + ("" if self.here else ", from another place")


def already_recorded(
    paper: PaperFile, numbers: Numbers, documents: Iterable[Document[Record]]
) -> dict[int, Already]:
    """Where each recorded number begins in the text, and what has it.

    A report that does not name this file is taken for its paper when most of its estimates with an interval
    stand in the text, at the place that they name; a single one only with its p.
    """
    found: dict[int, Already] = {}
    for document in documents:
        record = document.model
        if record is None:
            continue
        for report in (*record.reports, None):
            groups = [group for group in together(record) if group.report == report]
            if report is None:
                groups = groups if any(each.study == record.study for each in found.values()) else []
            for position, already in _of_report(document, record, report, groups, paper, numbers):
                if position not in found or already.here > found[position].here:
                    found[position] = already
    return found


def _of_report(
    document: Document[Record],
    record: Record,
    report: str | None,
    groups: list[Together],
    paper: PaperFile,
    numbers: Numbers,
) -> Iterator[tuple[int, Already]]:
    placed = [
        (group, place)
        for group, place, name, table in located(numbers, groups)
        if place is not None
        and place.is_whole
        and stands_in(numbers, place, name)
        and (table is None or table.wrong_word(group, place) is None)
    ]
    if report is not None and not _names(document, record, report, paper):
        sure = [(group, place) for group, place in placed if len(group.numbers) >= _SURE]
        of_all = sum(len(group.numbers) >= _SURE for group in groups)
        with_p = any(group.near and numbers.beside(place, group.near[-1]) for group, place in sure)
        if 2 * len(sure) <= of_all or not (len(sure) > 1 or with_p):
            return
    for group, place in placed:
        what = _what(record, group)
        for position in _positions(numbers, place):
            yield position, Already(record.study, what, True)
        if len(group.numbers) < _SURE:
            continue
        for other in numbers.placements(group):
            if other.is_whole and other.found != place.found:
                for position in _positions(numbers, other):
                    yield position, Already(record.study, what, False)


def _positions(numbers: Numbers, place: Placement) -> Iterator[int]:
    return (numbers.all[index].start for index in place.found if index is not None)


def _names(document: Document[Record], record: Record, report: str, paper: PaperFile) -> bool:
    named = record.reports[report]
    if named.sha256 == paper.sha256:
        return True
    return named.text is not None and text_path(document.path, named.text).resolve() == paper.path.resolve()


def _what(record: Record, group: Together) -> str:
    at = group.numbers[0].at
    return record.estimates[int(at[1])].id if at[0] == "estimates" else str(at[0])
