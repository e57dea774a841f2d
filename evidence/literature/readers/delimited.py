"""Tables with a citation a row: PubMed, Scopus, Web of Science, Embase, IEEE, Rayyan, Covidence, SyRF.

Columns are recognised by their names, whatever their order; separators are commas, semicolons, tabs or bars.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from evidence.literature.raw_record import ExportError, RawRecord, Said
from evidence.literature.readers import web_of_science

DELIMITERS = (",", "\t", ";", "|")
LONGEST_CELL = 8_000_000
_LOOKED_AT = 30

_NAMES = {
    "kind": "type, item type, publication type, document type, reference type, type of reference, category",
    "title": "title, article title, document title, primary title, paper title, ti, reference title",
    "short_title": "short title",
    "other_title": "original title, translated title, alternate title, alternate title1, alternate title2",
    "author": "author, authors, author names, author s, first authors, author full names",
    "year": "year, publication year, published year, pubyear, date, publication date, date published, py",
    "journal": "journal, journal book, journal title, publication title, publication name, publicationname, "
    "source title, publication, secondary title, containertitle",
    "short_journal": "journal abbreviation, abbreviated source title, alternate name, alternatename",
    "issn": "issn, issns, isbn issn",
    "volume": "volume, vol",
    "issue": "issue, number, issue number",
    "pages": "pages, pagination, page, page range",
    "first_page": "page start, start page, first page, startpage",
    "last_page": "page end, end page, last page, endpage",
    "article_number": "art no, article number",
    "doi": "doi, digital object identifier, doi link",
    "pmid": "pmid, pubmed id, medline pmid, entrezuid, pubmedid, pubmed",
    "pmcid": "pmcid, pmc id, pubmed central id, pmc",
    "registry": "clinical trial numbers, trial registry number, registration number, trial number",
    "language": "language, article language, language of original document",
    "keyword": "keywords, keyword, author keywords, index keywords, emtree drug index terms, ieee terms, "
    "emtree medical index terms, manual tags, mesh terms",
    "abstract": "abstract, abstract note, abstracts, notes abstract",
    "database": "database, db, database name, searchsource, source database",
    "accession": "accession number, key, id, record id, studyid, eid, lens id, publication id, openalex id, "
    "embase accession id, pui, covidence, systematicsearchid, ut unique wos id",
    "url": "url, link, article link, articleurl, pdf link, open url link, urls, external url",
    "note": "notes, note, properties",
    "printed": "citation, details",
    "identifiers": "identifiers",
    "source": "source",
}
NAMES = {word.strip(): name for name, words in _NAMES.items() for word in words.split(",")}
_KNOWN_BY = {"title", "doi", "pmid", "pmcid"}


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record a row below the names of the columns. Raises ExportError where no row names them."""
    delimiter, names, waiting = _head(lines)
    width = len(names)
    for line, cells, remark in _rows(waiting, delimiter, width):
        if any(cell.strip() for cell in cells):
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                remark = remark or f"it has {len(cells)} cells below {width} names of columns"
            yield RawRecord(line, _said(names, cells), remark)


def _head(lines: Iterator[tuple[int, str]]) -> tuple[str, list[str], Iterator[tuple[int, str]]]:
    """The delimiter, a common name a column ('' for others), and the lines below."""
    seen = []
    for number, line in lines:
        for delimiter in DELIMITERS:
            cells = _cells(line, delimiter) or []
            names = _columns(cells)
            told = {name for name in names if name}
            if told & _KNOWN_BY and (len(told) > 1 or len(cells) == 1):
                return delimiter, names, lines
        if line.strip():
            seen.append(number)
        if len(seen) == _LOOKED_AT:
            break
    at = f"the first {len(seen)} lines" if seen else "the file"
    raise ExportError(
        f"expected an export of citations, or a table with a column named title, DOI or PMID; {at} have none"
        if seen
        else "expected an export of citations; the file is empty"
    )


def _columns(cells: list[str]) -> list[str]:
    tags = [cell.strip() for cell in cells]
    if {"AU", "TI", "SO"} <= set(tags):
        return [web_of_science.NAMES.get(tag, "") for tag in tags]
    names = dict(NAMES)
    if "EntrezUID" in tags:  # PubMed's table of before 2020
        names.update({"description": "author", "type": ""})
    return [names.get(_plain(cell), "") for cell in cells]


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.casefold()).split())


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; one that goes over several lines must keep the rules strictly."""
    usual = csv.field_size_limit(LONGEST_CELL)  # of the whole process: other readers rely on theirs
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict="\n" in text), [])
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(usual)


def _rows(
    lines: Iterator[tuple[int, str]], delimiter: str, width: int
) -> Iterator[tuple[int, list[str], str]]:
    """Rows with their line; a quotation mark that is never closed costs the row it stands in, no more."""
    waiting = _Waiting(lines)
    damaged = 0
    while (first := waiting.take()) is not None:
        number, line = first
        if delimiter == "\t" and line.count("\t") >= width - 1:
            yield number, [_unquoted(cell) for cell in line.split("\t")], ""
            continue
        taken, quoted = [first], _inside(line, delimiter, False)
        # where rows are damaged again and again, looking far ahead for each would take for ever
        most = _MOST_LINES if damaged < _FEW else _FEW
        while quoted and len(taken) < most and (more := waiting.take()) is not None:
            taken.append(more)
            quoted = _inside(more[1], delimiter, True)
        cells = None if quoted else _cells("\n".join(text for _, text in taken), delimiter)
        if len(taken) > 1 and cells is not None and not _fits(cells, width):
            cells = None
        if cells is None:
            damaged += 1
            waiting.give_back(taken[1:])
            yield number, line.replace('"', "").split(delimiter), "a quotation mark in it is never closed"
        else:
            yield number, cells, ""


_MOST_LINES, _FEW = 3_000, 20


class _Waiting:
    """Lines that can be given back."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._back: list[tuple[int, str]] = []

    def take(self) -> tuple[int, str] | None:
        return self._back.pop() if self._back else next(self._lines, None)

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._back += reversed(lines)


def _fits(cells: list[str], width: int) -> bool:
    """Whether a row over several lines has as many cells as there are columns, or an empty one more."""
    return len(cells) == width or (len(cells) == width + 1 and not cells[-1].strip())


def _inside(line: str, delimiter: str, quoted: bool) -> bool:
    """Whether the end of a line is inside quotation marks; only those around a cell count."""
    if '"' not in line:
        return quoted
    at = 0
    while True:
        if not quoted:
            # the beginning of a cell: it is quoted, or goes to the next delimiter
            if line.startswith('"', at):
                quoted, at = True, at + 1
                continue
            following = line.find(delimiter, at)
            if following < 0:
                return False
            at = following + 1
        else:
            end = line.find('"', at)
            if end < 0:
                return True
            if line.startswith('""', end):
                at = end + 2
                continue
            following = line.find(delimiter, end + 1)
            if following < 0:
                return False
            quoted, at = False, following + 1


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"')
    return cell


def _said(names: list[str], cells: list[str]) -> Said:
    said: Said = {}
    for name, cell in zip(names, cells, strict=False):
        if name and cell.strip():
            said.setdefault(name, []).append(cell)
    # "source" is a database with Scopus, and where a work is printed with Embase
    for source in said.pop("source", ()):
        said.setdefault("printed" if re.search(r"\(\d{4}\)", source) else "database", []).append(source)
    for both in said.pop("identifiers", ()):
        said.setdefault("pmid", []).append(both)
        if "PMCID" in both:
            said.setdefault("pmcid", []).append(both.rpartition("PMCID:")[2])
    return said
