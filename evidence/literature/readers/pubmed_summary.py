"""PubMed's "Summary (text)": numbered references as one would print them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.raw_record import RawRecord, Said

BEGINS = re.compile(r"^\s{0,3}(\d{1,6}): (\S.*)")
# authors, title, journal, date: the journal is what stands between a full stop and ". 2022 Apr 11;"
_PARTS = re.compile(
    r"^(?:(?P<author>(?:[^\s.]+ ){1,6}[A-Z]{1,4}(?:, .{0,20000}?)?|[^.]{1,200})\.\s+)?"
    r"(?P<title>.{3,2000}?[.?!\]])\s+(?P<printed>[A-Z][^.;:?!]{0,150}(?:\([^)]{1,80}\))?\.\s+(?:1[89]|20)\d\d.*)$"
)


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record a number at the beginning of a line."""
    number, text = 0, ""
    for at, line in lines:
        found = BEGINS.match(line)
        if found is not None:
            if text:
                yield _record(number, text)
            number, text = at, found[2]
        elif text and line.strip() and len(text) < 20_000:
            # words that the end of a line cuts keep their hyphen: "Non-erythropoiesis-", "stimulating agent"
            text += line.strip() if text.endswith("-") else f" {line.strip()}"
    if text:
        yield _record(number, text)


def _record(line: int, text: str) -> RawRecord:
    found = _PARTS.match(text)
    said: Said = {"database": ["PubMed"]}
    if found is None:
        said["title"], said["printed"] = [text.partition(" doi:")[0]], [text]
        return RawRecord(line, said, "its parts are not told apart: the whole reference is kept as its title")
    for name, value in found.groupdict().items():
        if value:
            said[name] = [value.rstrip(".") if name == "title" else value]
    said.setdefault("url", []).append(text)
    return RawRecord(line, said)
