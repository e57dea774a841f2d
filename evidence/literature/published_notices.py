"""Notices about published papers: retractions, concerns, corrections, and what took them back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from evidence.literature.identifiers import normal_doi, normal_pmid
from evidence.records.part import Part, Text
from evidence.records.vocabulary import SchemaVersion

NoticeKind = Literal["retraction", "expression of concern", "correction", "reinstatement"]
KINDS: tuple[NoticeKind, ...] = ("retraction", "expression of concern", "correction", "reinstatement")

NOTICES_FILE = "notices.yaml"


class Notice(Part):
    """What a publisher said of a paper after it was published.

    doi, pmid: of the paper that it is about; notice: the DOI of the notice itself. id: where the source has
    numbers. A notice about a preprint is not one about the article that came of it, and the other way round.
    """

    kind: NoticeKind
    doi: Text | None = None
    pmid: int | None = None
    on: datetime.date | None = None
    notice: Text | None = None
    reasons: tuple[Text, ...] = ()
    source: Text
    id: Text | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two notices one: the kind, the paper, the notice and the day."""
        return self.kind, self.doi or str(self.pmid or ""), self.notice or "", str(self.on or "")


class NoticesFile(Part):
    """The notices about the papers of a review, and by source the day of the data that were searched."""

    schema_version: SchemaVersion = Field(1, alias="schema")
    searched: dict[Text, datetime.date] = Field(min_length=1)
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What holds of a paper after all notices about it."""

    retraction: Notice | None = None
    concern: Notice | None = None
    corrections: tuple[Notice, ...] = ()
    reinstatement: Notice | None = None


def standing(notices: Iterable[Notice]) -> Standing:
    """What holds after these notices of one paper: the last retraction, concern or reinstatement counts.

    Those without a day come first. A reinstatement takes back what was before it, and of one day the worse
    holds.
    """
    kept = Standing()
    corrections = []
    for notice in sorted(notices, key=_by_day):
        if notice.kind == "correction":
            corrections.append(notice)
        elif notice.kind == "reinstatement":
            kept = Standing(reinstatement=notice)
        elif notice.kind == "retraction":
            kept = Standing(notice, kept.concern, (), kept.reinstatement)
        else:
            kept = Standing(kept.retraction, notice, (), kept.reinstatement)
    return Standing(kept.retraction, kept.concern, tuple(corrections), kept.reinstatement)


class NoticeIndex:
    """Notices by the paper they are about, found by its DOI or its PubMed number."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._by_doi: dict[str, list[Notice]] = {}
        self._by_pmid: dict[int, list[Notice]] = {}
        for notice in notices:
            if notice.doi is not None:
                self._by_doi.setdefault(notice.doi, []).append(notice)
            if notice.pmid is not None:
                self._by_pmid.setdefault(notice.pmid, []).append(notice)

    def about(self, doi: str | None, pmid: int | None) -> list[Notice]:
        """The notices about a paper, each once.

        One that names another DOI is about another paper, also where its PubMed number is the same.
        """
        wanted = normal_doi(doi) if doi else ""
        found = list(self._by_doi.get(wanted, ())) if wanted else []
        for notice in self._by_pmid.get(pmid, ()) if pmid is not None else ():
            if not (wanted and notice.doi and notice.doi != wanted):
                found.append(notice)
        return list({notice.key: notice for notice in found}.values())


def same_once(notices: Iterable[Notice]) -> Iterator[Notice]:
    """Each notice once, in the order of paper, day and kind; of two tellings the one with more reasons."""
    best: dict[tuple[str, str, str, str], Notice] = {}
    for notice in notices:
        there = best.get(notice.key)
        if there is None or len(notice.reasons) > len(there.reasons):
            best[notice.key] = notice
    yield from sorted(
        best.values(), key=lambda one: (one.doi or "", one.pmid or 0, *_by_day(one), one.source)
    )


def paper(doi: str, pmid: str) -> tuple[str | None, int | None]:
    """DOI and PubMed number of a paper from two cells; None for what is none, as 0 or unavailable."""
    number = normal_pmid(pmid)
    return normal_doi(doi) or None, int(number) if number else None


def _by_day(notice: Notice) -> tuple[datetime.date, int]:
    order = ("reinstatement", "correction", "expression of concern", "retraction")
    return notice.on or datetime.date.min, order.index(notice.kind)
