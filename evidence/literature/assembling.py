"""A record's fields as a citation: identifiers found wherever they stand, authors apart, a year, pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.identifiers import (
    dois_in,
    issn_numbers,
    normal_doi,
    normal_pmcid,
    normal_pmid,
    registry_numbers,
)
from evidence.literature.plain_words import one_line
from evidence.literature.printed_reference import printed_parts, split_authors
from evidence.literature.raw_record import RawRecord, Said

_YEAR = re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d|2100)(?!\d)")
UNTITLED = "(no title) "
"""What stands for a missing title; the first words of the abstract follow, or the address."""
_NOTHING = {
    "na",
    "n/a",
    "none",
    "null",
    "nan",
    "unknown",
    "undefined",
    "[no title available]",
    "-",
    "no title",
}
_OF_PUBMED = re.compile(r"pubmed|medline|\bnlm\b", re.IGNORECASE)
MOST_KEYWORDS = 200
MOST_AUTHORS = 5_000


def citation_of(raw: RawRecord, file: str, database: str = "") -> Citation | None:
    """The citation that a record tells, or None where it says nothing by which a work could be known.

    database: what the file as a whole is from, for records that do not say it.
    """
    said = {name: texts for name, values in raw.said.items() if (texts := _meant(values))}
    for name, value in printed_parts(_first(said, "printed")).items():
        said.setdefault(name, [value])
    database = one_line(_first(said, "database", "provider")) or database
    title, others = _titles(said)
    citation = Citation(
        kind="; ".join(dict.fromkeys(one_line(each).casefold() for each in said.get("kind", ()))),
        title=title,
        other_titles=others,
        authors=tuple(_authors(said))[:MOST_AUTHORS],
        year=_year(said.get("year", ())),
        journal=one_line(_first(said, "journal", "book", "short_journal")).rstrip("."),
        issn=tuple(sorted({n for each in said.get("issn", ()) for n in issn_numbers(each)})),
        volume=_without_word(_first(said, "volume")),
        issue=_without_word(_first(said, "issue")),
        pages=_pages(said),
        doi=_doi(said),
        pmid=_pmid(said, database),
        pmcid=next((c for each in said.get("pmcid", ()) if (c := normal_pmcid(each))), ""),
        registry=tuple(
            sorted({n for each in (*said.get("registry", ()), title) for n in registry_numbers(each)})
        ),
        language=one_line(_first(said, "language")).casefold(),
        keywords=tuple(dict.fromkeys(_keywords(said)))[:MOST_KEYWORDS],
        abstract=_abstract(said),
        sources=(CitationSource(file, raw.line, database, one_line(_first(said, "accession"))),),
    )
    known = (citation.title, citation.doi, citation.pmid, citation.pmcid, citation.registry, citation.authors)
    return citation if any(known) else None


def _meant(values: Iterable[str]) -> list[str]:
    return [value for value in values if value and value.strip().casefold() not in _NOTHING]


def _first(said: Said, *names: str) -> str:
    return next((said[name][0] for name in names if said.get(name)), "")


def _titles(said: Said) -> tuple[str, tuple[str, ...]]:
    """The title and its others; PubMed prints a translated one in brackets."""
    titles = [
        one_line(each) for name in ("title", "short_title", "other_title") for each in said.get(name, ())
    ]
    titles = [each for each in dict.fromkeys(titles) if each]
    if not titles:
        words = (_abstract(said) or one_line(_first(said, "book", "journal", "url"))).split()[:12]
        return (UNTITLED + " ".join(words) if words else ""), ()
    first, *others = titles
    return first, tuple(sorted({each for each in others if not first.startswith(each)}))


def _authors(said: Said) -> Iterable[str]:
    values = said.get("author", ())
    for value in values:
        for name in split_authors(value) if len(values) == 1 else [value]:
            if cleaned := one_line(name).strip(" ,;"):
                yield cleaned


def _year(values: Iterable[str]) -> int | None:
    """The first year that any of the values holds."""
    return next((int(found[0]) for each in values if (found := _YEAR.search(each))), None)


def _without_word(text: str) -> str:
    return re.sub(r"^(?:v|vol|volume|no|iss|issue)\.?\s+", "", one_line(text), flags=re.IGNORECASE)


def _pages(said: Said) -> str:
    pages = one_line(_first(said, "pages"))
    if not pages:
        first, last = one_line(_first(said, "first_page")), one_line(_first(said, "last_page"))
        if (first, last) == ("No", "Specified"):  # Ovid's "No Pagination Specified", cut at its blank
            first = last = ""
        pages = first if not last or last == first or "-" in first else f"{first}-{last}"
    pages = re.sub(r"\s*(?:-{1,3}|[‐-―−])\s*", "-", pages).removesuffix("+")
    return pages or one_line(_first(said, "article_number"))


def _doi(said: Said) -> str:
    own = (doi for each in said.get("doi", ()) if (doi := normal_doi(each)))
    hidden = (doi for name in ("url", "printed") for each in said.get(name, ()) for doi in dois_in(each))
    noted = (doi for each in said.get("note", ()) if "doi" in each.casefold()[:40] for doi in dois_in(each))
    return next(own, "") or next(hidden, "") or next(noted, "")


def _pmid(said: Said, database: str) -> str:
    own = (number for each in said.get("pmid", ()) if (number := normal_pmid(each)))
    linked = (
        n for each in said.get("url", ()) if "pubmed" in each.casefold() for n in [normal_pmid(each)] if n
    )
    found = next(own, "") or next(linked, "")
    if found or not _OF_PUBMED.search(database):
        return found
    return next((number for each in said.get("accession", ()) if (number := normal_pmid(each))), "")


def _keywords(said: Said) -> Iterable[str]:
    for value in said.get("keyword", ()):
        for each in re.split(r"[;\n|]", value) if len(value) < 20_000 else ():
            if word := one_line(each):
                yield word


def _abstract(said: Said) -> str:
    return max((one_line(each) for each in said.get("abstract", ())), key=len, default="")
