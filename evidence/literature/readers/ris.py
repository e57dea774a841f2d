"""RIS, in the dialects of databases and reference managers.

Tags: https://en.wikipedia.org/wiki/RIS_(file_format), and what exports of Scopus, Embase, Ovid, ProQuest,
EBSCO, Web of Science, Zotero, EndNote and Citavi have in practice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import Gathered, RawRecord

TAG = re.compile(r"^\s{0,3}([A-Z][A-Z0-9]) {1,2}-(?: ?(.*)|$)", re.DOTALL)
NAMES = {
    **dict.fromkeys(("TY", "M3", "PT"), "kind"),
    **dict.fromkeys(("TI", "T1", "CT"), "title"),
    "ST": "short_title",
    **dict.fromkeys(("TT", "OP"), "other_title"),
    **dict.fromkeys(("AU", "A1"), "author"),
    **dict.fromkeys(("PY", "Y1", "DA"), "year"),
    **dict.fromkeys(("JF", "T2", "JO", "JT", "SO"), "journal"),
    **dict.fromkeys(("JA", "J1", "J2", "JI", "TA"), "short_journal"),
    **dict.fromkeys(("BT", "T3"), "book"),
    **dict.fromkeys(("SN", "BN"), "issn"),
    **dict.fromkeys(("VL", "VI"), "volume"),
    **dict.fromkeys(("IS", "IP", "CP"), "issue"),
    **dict.fromkeys(("SP", "BP"), "first_page"),
    "EP": "last_page",
    "PG": "pages",
    **dict.fromkeys(("C7", "AR"), "article_number"),
    **dict.fromkeys(("DO", "DI", "L3"), "doi"),
    "PM": "pmid",
    "C2": "pmcid",
    **dict.fromkeys(("AN", "ID", "U2"), "accession"),
    **dict.fromkeys(("AB", "N2"), "abstract"),
    "LA": "language",
    **dict.fromkeys(("KW", "DE"), "keyword"),
    **dict.fromkeys(("UR", "L1", "L2", "LK"), "url"),
    **dict.fromkeys(("N1", "M1"), "note"),
    "DB": "database",
    "DP": "provider",
    "CN": "registry",
}
_BY_LINE = {"keyword", "url"}
"""Fields whose lines without a tag are values of their own."""


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """Records between TY and ER; a missing ER or TY loses none."""
    now = Gathered(NAMES)
    begun = False
    for number, line in lines:
        found = TAG.match(line)
        if found is None:
            now.further(line.strip(), apart=now.open_name in _BY_LINE)
            continue
        tag, value = found[1], found[2] or ""
        if tag == "TY":
            if begun or now.has("title"):
                yield now.record(_without_end(number))
            now, begun = Gathered(NAMES), True
        elif tag == "ER":
            if begun or now.tags:
                yield now.record()
            now, begun = Gathered(NAMES), False
            continue
        _add(now, tag, value, number)
    if begun or now.has("title"):
        yield now.record("the file ends before the record does")


def _without_end(number: int) -> str:
    return f"its end (ER) is missing: the next record begins on line {number:,}"


def _add(now: Gathered, tag: str, value: str, number: int) -> None:
    # C2 is PubMed Central's number with EndNote, and anything else elsewhere
    if tag == "C2" and not value.strip().upper().startswith("PMC"):
        tag = ""
    now.add(tag, value, number)
