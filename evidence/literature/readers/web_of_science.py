"""Web of Science's tagged text: FN and VR at its head, PT to ER a record, EF at its end.

Tags: https://images.webofknowledge.com/images/help/WOS/hs_wos_fieldtags.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import Gathered, RawRecord

TAG = re.compile(r"^([A-Z][A-Z0-9])(?: (.*)|$)", re.DOTALL)
NAMES = {
    **dict.fromkeys(("PT", "DT"), "kind"),
    "TI": "title",
    "FT": "other_title",
    "AU": "author",
    "PY": "year",
    "SO": "journal",
    **dict.fromkeys(("J9", "JI"), "short_journal"),
    **dict.fromkeys(("SN", "EI"), "issn"),
    "VL": "volume",
    "IS": "issue",
    "BP": "first_page",
    "EP": "last_page",
    "AR": "article_number",
    "DI": "doi",
    "PM": "pmid",
    "AB": "abstract",
    "LA": "language",
    **dict.fromkeys(("DE", "ID"), "keyword"),
    "UT": "accession",
}
_KINDS = {"J": "journal", "B": "book", "S": "series", "P": "patent"}


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """Records from PT to ER."""
    now = Gathered(NAMES)
    for number, line in lines:
        found = TAG.match(line)
        if found is None:
            now.further(line.strip(), apart=now.open_name == "author")
            continue
        tag, value = found[1], (found[2] or "").strip()
        if tag in ("FN", "VR", "EF"):
            continue
        if (tag == "PT" and now.tags) or tag == "ER":
            remark = (
                "" if tag == "ER" else f"its end (ER) is missing: the next record begins on line {number:,}"
            )
            if now.tags:
                yield _record(now, remark)
            now = Gathered(NAMES)
        if tag != "ER":
            now.add(tag, _KINDS.get(value, value) if tag == "PT" else value, number)
    if now.tags:
        yield _record(now, "the file ends before the record does")


def _record(now: Gathered, remark: str) -> RawRecord:
    now.said["database"] = ["Web of Science"]
    return now.record(remark)
