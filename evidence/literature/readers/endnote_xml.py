"""EndNote's XML, which Covidence and others also write."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from evidence.literature.raw_record import RawRecord
from evidence.literature.readers.xml_elements import each_text, elements

_PATHS = {
    "title": ("titles/title",),
    "short_title": ("titles/short-title",),
    "other_title": ("titles/translated-title",),
    "author": ("contributors/authors/author",),
    "year": ("dates/year", "dates/pub-dates/date"),
    "journal": ("periodical/full-title", "titles/secondary-title"),
    "short_journal": ("periodical/abbr-1", "titles/alt-title"),
    "book": ("titles/tertiary-title",),
    "issn": ("isbn",),
    "volume": ("volume",),
    "issue": ("number",),
    "pages": ("pages",),
    "doi": ("electronic-resource-num",),
    "pmcid": ("custom2",),
    "accession": ("accession-num",),
    "database": ("remote-database-name",),
    "provider": ("remote-database-provider",),
    "language": ("language",),
    "keyword": ("keywords/keyword",),
    "abstract": ("abstract",),
    "url": ("urls//url",),
    "note": ("notes",),
    "kind": ("work-type",),
}


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record each `record`."""
    for line, element, remark in elements(lines, ("record",)):
        yield RawRecord(line, {}) if element is None else _record(line, element, remark)


def _record(line: int, element: etree._Element, remark: str) -> RawRecord:
    said = {name: found for name, paths in _PATHS.items() if (found := each_text(element, *paths))}
    kinds = [each.get("name") or "" for each in element.iterfind("ref-type")]
    said["kind"] = [each for each in (*kinds, *said.get("kind", ())) if each]
    said["pmcid"] = [each for each in said.get("pmcid", ()) if each.upper().startswith("PMC")]
    return RawRecord(line, said, remark)
