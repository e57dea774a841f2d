"""PubMed's XML: articles and book chapters, as E-utilities and the site give them.

Elements: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from evidence.literature.raw_record import RawRecord
from evidence.literature.readers.xml_elements import each_text, elements, words

ELEMENTS = ("PubmedArticle", "PubmedBookArticle")


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record an article or a chapter."""
    for line, element, remark in elements(lines, ELEMENTS):
        yield RawRecord(line, {}) if element is None else _record(line, element, remark)


_PATHS = {
    "kind": (".//PublicationType",),
    "title": (".//ArticleTitle", ".//Book/BookTitle"),
    "other_title": (".//VernacularTitle",),
    "year": (".//PubDate/Year", ".//PubDate/MedlineDate", ".//ArticleDate/Year"),
    "journal": (".//Journal/Title", ".//Book/BookTitle"),
    "short_journal": (".//ISOAbbreviation", ".//MedlineTA"),
    "issn": (".//ISSN", ".//ISSNLinking"),
    "volume": (".//JournalIssue/Volume",),
    "issue": (".//JournalIssue/Issue",),
    "pages": (".//MedlinePgn",),
    "pmid": ("./MedlineCitation/PMID", "./BookDocument/PMID"),
    "language": (".//Language",),
    "keyword": (".//MeshHeading/DescriptorName", ".//Keyword"),
    "registry": (".//DataBank/AccessionNumberList/AccessionNumber",),
}


def _record(line: int, element: etree._Element, remark: str) -> RawRecord:
    said = {name: found for name, paths in _PATHS.items() if (found := each_text(element, *paths))}
    said["title"] = said.get("title", [])[:1]
    for author in element.iterfind(".//AuthorList[1]/Author"):
        last, initials = words(author.find("LastName")), words(author.find("Initials"))
        if name := f"{last} {initials}".strip() or words(author.find("CollectiveName")):
            said.setdefault("author", []).append(name)
    # identifiers of the article itself: its list of references has the same elements
    for each in element.iterfind("./*/ArticleIdList/ArticleId"):
        kind = {"doi": "doi", "pmc": "pmcid", "pubmed": "pmid"}.get(each.get("IdType", ""))
        if kind:
            said.setdefault(kind, []).append(words(each))
    for each in element.iterfind(".//Article/ELocationID[@EIdType='doi']"):
        said.setdefault("doi", []).append(words(each))
    if texts := [_section(each) for each in element.iterfind(".//Abstract/AbstractText")]:
        said["abstract"] = [" ".join(texts)]
    said["database"] = ["PubMed"]
    said.setdefault("accession", said.get("pmid", []))
    return RawRecord(line, said, remark)


def _section(element: etree._Element) -> str:
    label = element.get("Label", "")
    return f"{label}: {words(element)}" if label else words(element)
