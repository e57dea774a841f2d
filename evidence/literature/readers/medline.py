"""MEDLINE tags: PubMed's .nbib and "PubMed format" text; ERIC and others write the same.

Tags: https://www.nlm.nih.gov/bsd/mms/medlineelements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import Gathered, RawRecord

TAG = re.compile(r"^([A-Z]{2,4}) {0,2}- ?(.*)", re.DOTALL)
NAMES = {
    "PT": "kind",
    **dict.fromkeys(("TI", "BTI"), "title"),
    "TT": "other_title",
    "AU": "author",
    "CN": "author",
    "FAU": "full_author",
    "DP": "year",
    **dict.fromkeys(("JT", "T2"), "journal"),
    "TA": "short_journal",
    **dict.fromkeys(("IS", "ISSN"), "issn"),
    "VI": "volume",
    "IP": "issue",
    "PG": "pages",
    "PMID": "pmid",
    "PMC": "pmcid",
    **dict.fromkeys(("AID", "LID"), "location"),
    "SI": "registry",
    "AB": "abstract",
    "LA": "language",
    **dict.fromkeys(("MH", "OT"), "keyword"),
    "OID": "accession",
    "OWN": "owner",
    "SO": "printed",
}


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """Records that begin with PMID, or after a blank line where no record has one."""
    now = Gathered(NAMES)
    blank = numbered = False
    for number, line in lines:
        if not line.strip():
            blank = True
            continue
        found = TAG.match(line)
        if found is None:
            if line[:1].isspace() or not blank:
                now.further(line.strip())
            continue
        tag, value = found[1], found[2]
        begins = tag == "PMID" or (blank and not numbered)
        if begins and now.tags:
            yield _record(now)
            now = Gathered(NAMES)
        numbered = numbered or tag == "PMID"
        blank = False
        now.add(tag, value, number)
    if now.tags:
        cut = numbered and not now.has("printed")
        yield _record(now, "the file ends before the record does" if cut else "")


def _record(now: Gathered, remark: str = "") -> RawRecord:
    """With identifiers told by their own suffix: `10.1000/xyz [doi]`, `S0021 [pii]`."""
    said = now.record().said
    for each in said.pop("location", ()):
        if "[pii]" not in each and "[pmid]" not in each:
            said.setdefault("doi" if "[doi]" in each else "url", []).append(each.replace("[doi]", ""))
    full = said.pop("full_author", [])
    said.setdefault("author", full)
    owner = " ".join(said.pop("owner", ()))
    said["database"] = ["PubMed" if "pmid" in said else owner]
    said.setdefault("accession", said.get("pmid", []))
    return now.record(remark)
