"""A citation: what search exports say of one work, and which exports said it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any


@dataclass(frozen=True, order=True)
class CitationSource:
    """Where a citation was read."""

    file: str
    """Name of the file, without its folder."""
    line: int
    """Line on which its record begins, from 1."""
    database: str = ""
    """Database that the record names, such as Scopus."""
    accession: str = ""
    """The record's own number there."""
    search: str = ""
    """Id of the run that found it, in the review's log of searches; '' from before there was one."""


@dataclass(frozen=True)
class Citation:
    """One work as one record of an export tells it, or as several told it (`parts`).

    Texts are one line without markup and '' where nothing is said; identifiers are in their normal form.
    """

    kind: str = ""
    """The record's own words for its type, in small letters: "journal article; review"."""
    title: str = ""
    other_titles: tuple[str, ...] = ()
    """In another language, or shortened."""
    authors: tuple[str, ...] = ()
    """As printed, in their order."""
    year: int | None = None
    journal: str = ""
    """Journal, book or conference."""
    issn: tuple[str, ...] = ()
    """Numbers of the journal, such as 0021-9681."""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    registry: tuple[str, ...] = ()
    """Numbers of trial registers that the record names."""
    language: str = ""
    keywords: tuple[str, ...] = ()
    abstract: str = ""
    sources: tuple[CitationSource, ...] = ()
    parts: tuple[Citation, ...] = ()
    """The records that were joined, () for one by itself."""
    apart: str = ""
    """A mark behind the id, where another work bears the same identifier."""

    @cached_property
    def id(self) -> str:
        """A name that the work has on every machine: its DOI, its PubMed number, or a hash of its words."""
        name = min(self.names, key=_rank)
        return f"{name}#{self.apart}" if self.apart else name

    @cached_property
    def names(self) -> frozenset[str]:
        """Every id that this or one of its parts would have."""
        if self.parts:
            return frozenset().union(*(part.names for part in self.parts))
        named = (("doi", self.doi), ("pmid", self.pmid), ("pmcid", self.pmcid))
        return frozenset(f"{kind}:{value}" for kind, value in named if value) or frozenset([self._words_id()])

    def _words_id(self) -> str:
        said = "\n".join(
            (self.title, *self.authors, str(self.year), self.journal, self.volume, self.pages)
        ).casefold()
        return f"words:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:16]}"

    def records(self) -> tuple[Citation, ...]:
        """The records that it was made of: its parts, or itself."""
        return self.parts or (self,)


_RANKS = ("doi", "pmid", "pmcid", "words")


def _rank(name: str) -> tuple[int, str]:
    return _RANKS.index(name.partition(":")[0]), name


_TEXTS = (
    "kind",
    "title",
    "journal",
    "volume",
    "issue",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "language",
    "abstract",
)
_NOT_SAID = ("sources", "parts", "abstract", "apart")
_SAID = tuple(each.name for each in fields(Citation) if each.name not in _NOT_SAID)
_LISTS = ("other_titles", "issn", "registry", "keywords")


def content(record: Citation) -> str:
    """What a record says, as one text, without where it was read and without its abstract.

    Two with the same content are one; the order of these texts is an order of records on every machine.
    """
    return json.dumps([getattr(record, name) for name in _SAID], ensure_ascii=True)


def record_mark(record: Citation) -> str:
    """A short name of what a record says."""
    return hashlib.sha256(content(record).encode("ascii")).hexdigest()[:16]


def one_of(citations: Iterable[Citation]) -> Citation:
    """Several citations of one work as one, whatever their order; every record is kept among its parts.

    A text is the longest that a record has, and of these the first in the alphabet; identifiers of several
    kinds come together.
    """
    together: dict[str, Citation] = {}
    for record in (record for each in citations for record in each.records()):
        key = content(record)
        same = together.get(key)
        sources = _each_once((*record.sources, *(same.sources if same else ())))
        abstract = _fullest((record.abstract, same.abstract if same else ""))
        together[key] = replace(record, sources=sources, abstract=abstract)
    parts = tuple(together[key] for key in sorted(together))
    if len(parts) == 1:
        return parts[0]
    chosen: dict[str, Any] = {name: _fullest(getattr(part, name) for part in parts) for name in _TEXTS}
    for name in _LISTS:
        chosen[name] = tuple(sorted({each for part in parts for each in getattr(part, name)}))
    titles = {part.title for part in parts} | set(chosen["other_titles"])
    chosen["other_titles"] = tuple(sorted(titles - {chosen["title"], ""}))
    years = sorted(part.year for part in parts if part.year is not None)
    return Citation(
        **chosen,
        authors=max((part.authors for part in parts), key=lambda names: (len(" ".join(names)), names)),
        year=years[-1] if years else None,
        sources=_each_once(source for part in parts for source in part.sources),
        parts=parts,
    )


def _each_once(sources: Iterable[CitationSource]) -> tuple[CitationSource, ...]:
    """In order; a place that was read before there was a log is the same place as one in the log."""
    every = set(sources)
    logged = {replace(each, search="") for each in every if each.search}
    return tuple(sorted(every - logged))


def _fullest(texts: Iterable[str]) -> str:
    return min(texts, key=lambda text: (-len(text), text))
