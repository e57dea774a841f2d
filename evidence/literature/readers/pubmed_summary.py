"""PubMed's "Summary (text)": numbered references as one would print them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import RawRecord, Said

BEGINS = re.compile(r"^\s{0,3}(\d{1,6}): (\S.*)")
# a journal and its date: what stands between a full stop and ". 2022 Apr 11;"
_PLACE = re.compile(r"(?<=[.?!\]]) ([A-Z][^.;:?!]{0,150}\. (?:1[89]|20)\d\d\b)")
_AUTHORS = re.compile(r"(?:[^\s.,]+ ){1,6}[A-Z]{1,4}(?: (?:Jr|Sr|2nd|3rd))?(?:, |\. |; )")
LONGEST_REFERENCE = 20_000


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record a number at the beginning of a line."""
    number, text = 0, ""
    for at, line in lines:
        found = BEGINS.match(line)
        if found is not None:
            if text:
                yield _record(number, text)
            number, text = at, found[2]
        elif text and line.strip() and len(text) < LONGEST_REFERENCE:
            # words that the end of a line cuts keep their hyphen: "Non-erythropoiesis-", "stimulating agent"
            text += line.strip() if text.endswith("-") else f" {line.strip()}"
    if text:
        yield _record(number, text)


def _record(line: int, text: str) -> RawRecord:
    said: Said = {"database": ["PubMed"], "url": [text]}
    place = _PLACE.search(text)
    if place is None:
        said["title"], said["printed"] = [text.partition(" doi:")[0]], [text]
        return RawRecord(line, said, "its parts are not told apart: the whole reference is kept as its title")
    said["printed"] = [text[place.start(1) :]]
    title = text[: place.start()]
    if _AUTHORS.match(title):
        authors, _, title = title.partition(". ")
        said["author"] = [authors]
    said["title"] = [title.rstrip(".")]
    return RawRecord(line, said)
