"""BibTeX, as Zotero, Scopus, JabRef and web sites write it: names with blanks, keys and fields twice.

The language: http://www.bibtex.org/Format/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.literature.plain_words import without_latex
from evidence.literature.raw_record import RawRecord, Said

BEGINS = re.compile(r"^\s{0,8}@\s{0,4}([A-Za-z]+)\s{0,4}[{(]")
_NAME = r"[A-Za-z][\w .:+\-]{0,60}?\s{0,8}="
_FIELD = re.compile(rf"[\s,]*({_NAME})\s*", re.ASCII)
_NEXT_FIELD = re.compile(rf"\n[ \t]{{0,80}}(?={_NAME}\s{{0,8}}[{{\"\w])", re.ASCII)
_BRACKET = re.compile(r"\\.|[{}\"]", re.DOTALL)
LONGEST_ENTRY = 4_000_000

NAMES = {
    **dict.fromkeys(("type", "document_type", "entrysubtype"), "kind"),
    "title": "title",
    "shorttitle": "short_title",
    "author": "author",
    **dict.fromkeys(("year", "date"), "year"),
    **dict.fromkeys(("journal", "journaltitle"), "journal"),
    **dict.fromkeys(("abbrev_source_title", "shortjournal", "journal-iso"), "short_journal"),
    **dict.fromkeys(("booktitle", "series", "howpublished"), "book"),
    "issn": "issn",
    "volume": "volume",
    **dict.fromkeys(("number", "issue"), "issue"),
    "pages": "pages",
    **dict.fromkeys(("art_number", "article-number", "eid"), "article_number"),
    "doi": "doi",
    "pmid": "pmid",
    "pmcid": "pmcid",
    **dict.fromkeys(("unique-id", "accession"), "accession"),
    "abstract": "abstract",
    **dict.fromkeys(("language", "langid"), "language"),
    **dict.fromkeys(("keywords", "key words", "author_keywords", "keywords-plus"), "keyword"),
    **dict.fromkeys(("url", "link"), "url"),
    "note": "note",
    **dict.fromkeys(("source", "database"), "database"),
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NO_ENTRY = ("comment", "preamble", "string")


def records(lines: Iterator[tuple[int, str]]) -> Iterator[RawRecord]:
    """Entries with balanced braces; one that is never closed ends where a line begins the next."""
    macros = {month: month for month in _MONTHS}
    for line, kind, text, remark in _entries(lines):
        if kind == "string":
            macros.update((name.casefold(), value) for name, value in _pairs(text, macros, False))
        if kind not in _NO_ENTRY:
            yield RawRecord(line, _said(kind, text, macros, bool(remark)), remark)


def _entries(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, str, str]]:
    """Line, type, what stands between the outer braces, and a remark."""
    begun, kind = 0, ""
    parts: list[str] = []
    for number, line in lines:
        found = BEGINS.match(line)
        if begun and found is not None:
            yield (
                begun,
                kind,
                "\n".join(parts),
                f"it is never closed: the next entry begins on line {number:,}",
            )
            begun = 0
        if not begun:
            if found is None:
                continue
            begun, kind, depth, size, parts = number, found[1].casefold(), 1, 0, []
            line = line[found.end() :]
        depth, end = _closed(line, depth)
        size += len(line)
        if end is not None or size > LONGEST_ENTRY:
            parts.append(line[:end])
            yield begun, kind, "\n".join(parts), "" if end is not None else "it is never closed"
            begun = 0
        else:
            parts.append(line)
    if begun:
        yield begun, kind, "\n".join(parts), "the file ends before the entry does"


def _closed(line: str, depth: int) -> tuple[int, int | None]:
    """How deep the braces are after a line, and where in it the entry closed."""
    if "{" not in line and "}" not in line:
        return (0, line.rindex(")")) if depth == 1 and line.strip() == ")" else (depth, None)
    for found in re.finditer(r"\\.|[{}]", line):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return depth, found.start()
    return depth, None


def _said(kind: str, text: str, macros: dict[str, str], damaged: bool) -> Said:
    said: Said = {"kind": [kind]}
    key, _, fields = text.partition(",")
    if "=" in key:
        fields, key = text, ""
    for field, value in _pairs(fields, macros, damaged):
        name = NAMES.get(field.casefold())
        value = value if name in ("doi", "url") else without_latex(value)
        if name and (value := value.strip()):
            said.setdefault(name, []).append(value)
    said.setdefault("accession", [key.strip()])
    return said


def _pairs(text: str, macros: dict[str, str], damaged: bool) -> Iterator[tuple[str, str]]:
    """Names and values; where a value cannot be followed, the next line that begins one.

    damaged: a bracket is missing, so that no value goes over a line that begins a field.
    """
    at = 0
    while (found := _FIELD.match(text, at)) is not None:
        value, at = _value(text, found.end(), macros, damaged)
        yield found[1][:-1].rstrip(), value
        if _FIELD.match(text, at) is None and text[at:].strip(" \n\t,"):
            following = _NEXT_FIELD.search(text, at)
            at = following.end() if following else len(text)


_PIECE = re.compile(r"\s*(?:#\s*)?(?:([{\"])|([\w.:/+\-]+))")


def _value(text: str, at: int, macros: dict[str, str], damaged: bool) -> tuple[str, int]:
    """A value of pieces that # joins, and where it ends."""
    pieces: list[str] = []
    while (found := _PIECE.match(text, at)) is not None:
        if pieces and "#" not in found[0]:
            break
        if found[1]:
            piece, at = _delimited(text, found.end(), '"' if found[1] == '"' else "}", damaged)
        else:
            piece, at = macros.get(found[2].casefold(), found[2]), found.end()
        pieces.append(piece)
    return "".join(pieces), at


def _delimited(text: str, at: int, end: str, damaged: bool) -> tuple[str, int]:
    """Up to the end at depth 0; without one, up to the next line that looks like a field."""
    depth = 0
    following = _NEXT_FIELD.search(text, at) if damaged else None
    for found in _BRACKET.finditer(text, at, following.start() if following else len(text)):
        sign = found[0]
        if sign == end and depth == 0:
            return text[at : found.start()], found.end()
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return text[at : found.start()], found.end()
    following = following or _NEXT_FIELD.search(text, at)
    stop = following.start() if following else len(text)
    return text[at:stop].rstrip(" ,\n\t"), stop
