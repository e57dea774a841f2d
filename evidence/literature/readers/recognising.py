"""Which format a file has, by what stands in it: names of files say little (.txt is five formats)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from evidence.literature.raw_record import ExportError, RawRecord
from evidence.literature.readers import (
    bibtex,
    csl_json,
    delimited,
    endnote_tagged,
    endnote_xml,
    medline,
    pubmed_summary,
    pubmed_xml,
    ris,
    web_of_science,
)

Reader = Callable[[Iterator[tuple[int, str]]], Iterator[RawRecord]]
LOOKED_AT = 400
"""Lines of which the format is told."""

_FOREIGN = (
    ("PK\x03\x04", "a ZIP archive or an office file: save its table as CSV, or unpack it"),
    ("%PDF", "a PDF: export the citations as RIS or .nbib"),
    ("\xd0\xcf\x11\xe0", "an old office file: save its table as CSV"),
    ("ÐÏ\x11à", "an old office file: save its table as CSV"),
    ("\x1f‹", "a compressed file: unpack it"),
    ("{\\rtf", "a rich text document: export as RIS"),
)
_WOS_LINE = re.compile(r"^(?:FN|VR|PT|ER|EF)(?: |$)")
_MEDLINE_LINE = re.compile(r"^(?:PMID|OWN |STAT|DCOM|PHST|FAU ) ?- ")
_RIS_LINE = re.compile(r"^\s{0,3}(?:TY|ER) {1,2}-")


def reader_of(head: list[str]) -> tuple[str, Reader]:
    """The format's name and its reader, from the first lines of a file.

    Raises ExportError for what is no text, or XML and HTML of another kind.
    """
    first = next((line.strip(" \t") for line in head if line.strip()), "")
    for mark, what in _FOREIGN:
        if first.startswith(mark):
            raise ExportError(f"it is {what}")
    if first.startswith("<"):
        return _of_xml(head)
    for name, reader, test in _TAGGED:
        if _count(head, test):
            return name, reader
    if first[:1] in "[{" and first:
        return "CSL JSON", csl_json.records
    if _count(head, ris.TAG) > 3:
        return "RIS", ris.records
    if _count(head, pubmed_summary.BEGINS) and any("PMID: " in line or " doi: " in line for line in head):
        return "PubMed summary", pubmed_summary.records
    return "table", delimited.records


_TAGGED: tuple[tuple[str, Reader, re.Pattern[str]], ...] = (
    ("MEDLINE", medline.records, _MEDLINE_LINE),
    ("RIS", ris.records, _RIS_LINE),
    ("BibTeX", bibtex.records, bibtex.BEGINS),
    ("Web of Science", web_of_science.records, _WOS_LINE),
    ("EndNote", endnote_tagged.records, endnote_tagged.TAG),
)


def _of_xml(head: list[str]) -> tuple[str, Reader]:
    text = "\n".join(head)[:200_000]
    if "<Pubmed" in text:
        return "PubMed XML", pubmed_xml.records
    if re.search(r"<records?[\s>]", text):
        return "EndNote XML", endnote_xml.records
    found = re.search(r"<([A-Za-z][\w:.-]{0,40})", text)
    what = f"<{found[1]}>" if found else "another kind"
    raise ExportError(
        f"expected the XML of PubMed (<PubmedArticleSet>) or EndNote (<xml><records>); found {what}"
    )


def _count(lines: Iterable[str], test: re.Pattern[str]) -> int:
    return sum(test.match(line) is not None for line in lines)
