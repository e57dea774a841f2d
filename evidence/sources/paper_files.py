"""Files of papers -> their text: PDF, HTML, JATS XML, plain text.

Nothing in a file is run or fetched: no entity is expanded, no link followed, and what is read is bounded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.sources.text import CELL, PaperText, TextLine, plain

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_BYTES = 50_000_000
MOST_CHARACTERS = 20_000_000
_MOST_PAGES = 2_000
_MOST_CELLS = 1_000

KINDS = {
    ".pdf": "PDF",
    ".xml": "XML",
    ".nxml": "XML",
    ".html": "HTML",
    ".htm": "HTML",
    ".xhtml": "HTML",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
}
"""The endings of files that can be read."""


class SourceError(ValueError):
    """A paper's file that cannot be read; the words say why, the hint what helps."""

    def __init__(self, says: str, hint: str | None = None) -> None:
        super().__init__(says)
        self.hint = hint


@dataclass(frozen=True)
class PaperFile:
    """A paper's file as read: its text, and the sha256 of its bytes."""

    path: Path
    text: PaperText
    sha256: str


def read_paper(path: Path) -> PaperFile:
    """Read a paper's file by its ending; raises SourceError for one that is missing, too large or broken."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(KINDS)
        raise SourceError(f"'{path.name}' is of no kind that can be read", f"Expected one of {known}.")
    content = _content(path)
    readers = {"PDF": _of_pdf, "XML": _of_xml, "HTML": _of_html, "text": _of_plain}
    text = readers[kind](content, path)
    if not any(character.isdigit() for character in text.whole):
        hint = "A scanned paper has pictures of its pages: run it through text recognition first."
        raise SourceError(f"'{path.name}' has no text with a number in it", hint)
    return PaperFile(path, text, hashlib.sha256(content).hexdigest())


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise SourceError(f"there is no file '{path.name}'", f"Expected it in {path.parent.as_posix()}.")
        if path.stat().st_size > MOST_BYTES:
            raise SourceError(f"'{path.name}' is larger than {MOST_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"'{path.name}' cannot be read: {error.strerror}") from error


def _of_plain(content: bytes, path: Path) -> PaperText:
    return PaperText.of(_bounded(decoded(content), path).splitlines())


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8 and UTF-16 by their marks, UTF-8 without, else Windows' Latin letters."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _bounded(text: str, path: Path) -> str:
    if len(text) > MOST_CHARACTERS:
        raise SourceError(f"'{path.name}' holds more than {MOST_CHARACTERS // 1_000_000} million characters")
    return text


def _of_pdf(content: bytes, path: Path) -> PaperText:
    import io
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what it mends
    lines: list[TextLine] = []
    characters = 0
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"'{path.name}' is locked by a password", "Save a copy without one.")
        if len(reader.pages) > _MOST_PAGES:
            raise SourceError(f"'{path.name}' has more than {_MOST_PAGES} pages")
        for number, page in enumerate(reader.pages, 1):
            text = page.extract_text()
            characters += len(text)
            if characters > MOST_CHARACTERS:
                raise SourceError(f"'{path.name}' holds more than {MOST_CHARACTERS} characters")
            lines += [TextLine(plain(line), at, number) for at, line in enumerate(text.splitlines(), 1)]
    except SourceError:
        raise
    except Exception as error:  # a broken file raises anything at all in a PDF library
        raise SourceError(f"'{path.name}' is not a PDF that can be read: {type(error).__name__}") from error
    return PaperText(tuple(lines))


def _of_xml(content: bytes, path: Path) -> PaperText:
    from lxml import etree

    # Neither files of this machine nor the network are asked for, and nothing is expanded.
    parser = etree.XMLParser(resolve_entities=False, recover=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"'{path.name}' is not XML that can be read: {error}") from error
    if root is None:
        raise SourceError(f"'{path.name}' is not XML that can be read")
    return PaperText.of(_bounded("\n".join(_lines(root)), path).split("\n"))


def _of_html(content: bytes, path: Path) -> PaperText:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8")
    try:
        root = html.fromstring(decoded(content).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"'{path.name}' is not HTML that can be read: {error}") from error
    return PaperText.of(_bounded("\n".join(_lines(root)), path).split("\n"))


# Elements -> lines. The words of JATS and of HTML differ little where text is concerned.

_UNSEEN = {
    "script",
    "style",
    "template",
    "ref-list",
    "object-id",
    "tex-math",
    "annotation",
    "alternatives-graphic",
}
_IN_LINE = {
    *("a", "abbr", "b", "bold", "em", "ext-link", "font", "i", "italic", "named-content", "sc", "small"),
    *(
        "span",
        "strong",
        "styled-content",
        "sub",
        "sup",
        "u",
        "underline",
        "xref",
        "mark",
        "q",
        "email",
        "uri",
    ),
    *(
        "inline-formula",
        "monospace",
        "roman",
        "sans-serif",
        "strike",
        "tt",
        "code",
        "inline-graphic",
        "break",
    ),
}


def _tag(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _lines(element: _Element) -> Iterator[str]:
    """The lines of an element: one a paragraph, a heading or a table's row."""
    if _tag(element) in _UNSEEN or not isinstance(element.tag, str):
        return
    if _tag(element) == "table":
        yield from _rows(element)
        return
    if _tag(element) in ("table-wrap", "fig"):
        yield from _captioned(element)
        return
    line = [element.text or ""]
    for child in element:
        tag = _tag(child)
        if not tag or tag in _IN_LINE or tag in _UNSEEN:
            line.append(_words(child))
        elif tag == "br":
            yield from _told(line)
            line = []
        else:
            yield from _told(line)
            line = []
            yield from _lines(child)
        line.append(child.tail or "")
    yield from _told(line)


def _told(parts: list[str]) -> Iterator[str]:
    line = " ".join("".join(parts).split())
    if line:
        yield line


def _words(element: Any) -> str:
    """The text of an element in one line; what is raised stands apart, so that it adds no digit."""
    if not isinstance(element.tag, str) or _tag(element) in _UNSEEN:
        return ""
    text = "".join(
        [element.text or "", *(part for child in element for part in (_words(child), child.tail or ""))]
    )
    return (
        f"^{text.strip()}" if _tag(element) == "sup" and text.strip() else " ".join(f"|{text}|".split())[1:-1]
    )


def _captioned(element: Any) -> Iterator[str]:
    """A table or figure: its label and caption in one line, then the rest."""
    head = [child for child in element if _tag(child) in ("label", "caption")]
    yield from _told([" ".join(_spaced(child) for child in head)])
    for child in element:
        if child not in head:
            yield from _lines(child)


def _spaced(element: Any) -> str:
    """The words of an element and of those below it, apart by blanks."""
    return " ".join(" ".join(part.split()) for part in element.itertext() if part.strip())


def _rows(table: Any) -> Iterator[str]:
    """The rows of a table, a cell that spans rows repeated in each of them."""
    spanning: dict[int, tuple[int, str]] = {}
    for row in table.iter():
        if _tag(row) == "caption":
            yield from _told([_spaced(row)])
        if _tag(row) != "tr":
            continue
        cells: list[str] = []
        for cell in row:
            if _tag(cell) not in ("td", "th"):
                continue
            _carry(cells, spanning)
            text = " ".join(_words(cell).split())
            for _ in range(_span(cell, "colspan")):
                if _span(cell, "rowspan") > 1:
                    spanning[len(cells)] = (_span(cell, "rowspan") - 1, text)
                cells.append(text)
                text = ""
        _carry(cells, spanning)
        if any(cells):
            yield CELL.join(cells)


def _carry(cells: list[str], spanning: dict[int, tuple[int, str]]) -> None:
    """Put the cells that reach down from rows above where they stand in this one."""
    while len(cells) in spanning:
        left, text = spanning.pop(len(cells))
        if left > 1:
            spanning[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell: Any, name: str) -> int:
    given = cell.get(name, "1").strip()
    return max(1, min(int(given), _MOST_CELLS)) if given.isdecimal() else 1
