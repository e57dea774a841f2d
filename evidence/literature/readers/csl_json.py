"""CSL JSON, as Zotero, Mendeley and pandoc write it: an array of items, or an object that holds one.

Variables: https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from evidence.literature.raw_record import RawRecord, Said

LONGEST_ITEM = 2_000_000
NAMES = {
    "type": "kind",
    "title": "title",
    "title-short": "short_title",
    "container-title": "journal",
    "container-title-short": "short_journal",
    "collection-title": "book",
    "ISSN": "issn",
    "volume": "volume",
    "issue": "issue",
    "page": "pages",
    "number": "article_number",
    "DOI": "doi",
    "PMID": "pmid",
    "PMCID": "pmcid",
    "abstract": "abstract",
    "language": "language",
    "keyword": "keyword",
    "URL": "url",
    "note": "note",
    "source": "database",
    "id": "accession",
}
_SIGN = re.compile(r'\\.|["{}\[\]]')
_WRAPPED = re.compile(r'"(?:items|references|records)"\s*:\s*$')


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """One record an item; one that is no JSON has no fields."""
    found = _Items()
    for number, line in lines:
        for begun, text in found.of_line(number, line):
            yield RawRecord(begun, said_of_item(_parsed(text)))
    if found.begun:
        yield RawRecord(found.begun, {})


class _Items:
    """Objects that stand in an array, found by their brackets: the array is never in memory as a whole."""

    # of the item that has begun
    _inside: int
    _indent: int
    _parts: list[str]
    _size: int

    def __init__(self) -> None:
        self.begun = 0
        self._open: list[str] = []

    def of_line(self, number: int, line: str) -> Iterator[tuple[int, str]]:
        """The items that end on a line, each with the line on which it began.

        No string of JSON goes over a line: a missing quotation mark or bracket costs one item, where each
        begins on a line of its own.
        """
        indent = len(line) - len(line.lstrip())
        if self.begun and line.lstrip().startswith("{") and indent == self._indent:
            yield self.begun, ""
            self.begun, self._open = 0, self._open[: self._inside]
        start, quoted = 0, False
        for found in _SIGN.finditer(line):
            sign = found[0]
            if sign == '"':
                quoted = not quoted
            elif quoted or sign.startswith("\\"):
                continue
            elif sign in "{[":
                start = self._opened(number, line, found.start(), indent) or start
            elif self._closed():
                self._parts.append(line[start : found.end()])
                yield self.begun, "\n".join(self._parts)
                self.begun = 0
        if self.begun and self._size < LONGEST_ITEM:
            self._parts.append(line[start:])
            self._size += len(line)

    def _opened(self, number: int, line: str, at: int, indent: int) -> int:
        """Where in the line an item begins, 0 where none does."""
        sign = line[at]
        if self._open == ["{"] and sign == "[" and _WRAPPED.search(line[:at]):
            sign, self.begun = "in", 0  # the object around the array is no item
        begins = sign == "{" and not self.begun and self._open in ([], ["["], ["{", "in"])
        self._open.append(sign)
        if not begins:
            return 0
        self.begun, self._inside, self._parts, self._size = number, len(self._open) - 1, [], 0
        self._indent = indent if not line[:at].strip() else -1
        return at

    def _closed(self) -> bool:
        """Whether a closing bracket ends the item."""
        if self._open:
            self._open.pop()
        return bool(self.begun) and len(self._open) == self._inside


def _parsed(text: str) -> dict[str, Any]:
    try:
        item = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return {}
    return item if isinstance(item, dict) else {}


def said_of_item(item: dict[str, Any]) -> Said:
    """The fields of an item under their common names."""
    said: Said = {}
    for key, value in item.items():
        name = NAMES.get(key)
        texts = value if isinstance(value, list) else [value]
        if name:
            said[name] = [str(each) for each in texts if isinstance(each, str | int | float) and str(each)]
    authors = item.get("author")
    said["author"] = [n for each in authors if (n := _name(each))] if isinstance(authors, list) else []
    said["year"] = [str(item[key]) for key in ("issued", "published", "created") if item.get(key)]
    return {name: values for name, values in said.items() if values}


def _name(author: Any) -> str:
    if not isinstance(author, dict):
        return str(author) if isinstance(author, str) else ""
    family = " ".join(str(author[key]) for key in ("non-dropping-particle", "family") if author.get(key))
    return ", ".join(str(each) for each in (family, author.get("given")) if each) or str(
        author.get("literal", "")
    )
