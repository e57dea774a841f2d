"""EndNote's tagged text (.enw, refer): a per cent sign and a letter before each value.

Tags: https://en.wikipedia.org/wiki/EndNote#Tags_and_fields
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import Gathered, RawRecord

TAG = re.compile(r"^%([0-9A-Z@!?~#$^&*()+>|\[\]<_])(?:\s(.*)|$)", re.DOTALL)
NAMES = {
    "0": "kind",
    "9": "kind",
    "T": "title",
    "Q": "other_title",
    "A": "author",
    "D": "year",
    "8": "year",
    "J": "journal",
    "B": "book",
    "@": "issn",
    "V": "volume",
    "N": "issue",
    "P": "pages",
    "R": "doi",
    "M": "accession",
    "2": "pmcid",
    "X": "abstract",
    "G": "language",
    "K": "keyword",
    "U": "url",
    "Z": "note",
    "~": "database",
}


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """Records that blank lines part, or a second %0 or %T: paragraphs of an abstract are no records."""
    now = Gathered(NAMES)
    blank = False
    for number, line in lines:
        found = TAG.match(line)
        if found is None:
            blank = not line.strip()  # text behind it is one more paragraph
            now.further(line.strip(), apart=now.open_name == "keyword")
            continue
        tag = found[1]
        again = (tag == "0" and now.has("kind")) or (tag == "T" and now.has("title"))
        if now.tags and (blank or again):
            yield now.record()
            now = Gathered(NAMES)
        blank = False
        now.add(tag, found[2] or "", number)
    if now.tags:
        yield now.record()
