"""A paper's text, line by line, as plain characters: what a recorded number is looked for in.

A line of a table is one row, its cells apart by tabs; a cell that spans rows stands in each of them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

CELL = "\t"
"""Between the cells of a table's row."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_POINTS = dict.fromkeys(map(ord, "\u00b7\u2219\u22c5\u02d9"), ".")
_SIGNS = {ord("\u2a7d"): "\u2264", ord("\u2a7e"): "\u2265", ord("\u2272"): "\u2264", ord("\u2273"): "\u2265"}
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"), None)
_PLAIN = {**_DASHES, **_POINTS, **_SIGNS, **_INVISIBLE}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
# A character that a PDF does not name: before a number its minus, between two decimal numbers a dash.
_UNMAPPED_DASH = re.compile(r"(\d\.\d+)\(cid:\d{1,5}\)(?=\d+\.\d)")
_UNMAPPED_SIGN = re.compile(r"(?<![\w.])\(cid:\d{1,5}\)(?=\d)")
_BLANKS = re.compile(r"[^\S\t]+")
_TABLE = re.compile(
    r"^\s*(?:(?:supplement(?:ary|al)|appendix|online)\s+|e)?(table|figure|fig)\.?\s*(s?\d+[a-z]?|[ivx]+)\b",
    re.IGNORECASE,
)
# A line that begins with a table's name is its caption, unless it goes on as a sentence about it.
_CAPTION = re.compile(r"\s*(?:$|[.:|])|[\s)-]*[A-ZÀ-Þ\d]")
_NAMED_TABLE = re.compile(r"\b(table|figure|fig)\.?\s*(s?\d+[a-z]?|[ivx]+)\b", re.IGNORECASE)


def plain(text: str) -> str:
    """The text with one minus, one decimal point, no ligatures, and raised figures after a `^`.

    A raised figure is no digit of the number before it: 0.84² is 0.84 with a footnote, 10⁻⁵ a power of ten.
    """
    text = _RAISED_RUN.sub(lambda run: "^" + run[0].translate(_RAISED), text.translate(_PLAIN))
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    text = _UNMAPPED_SIGN.sub("-", _UNMAPPED_DASH.sub(r"\1-", text)) if "(cid:" in text else text
    return _BLANKS.sub(" ", text)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a paper: its plain text, its number counted from 1, and its page where there are pages."""

    text: str
    number: int
    page: int | None = None

    def __str__(self) -> str:
        return f"line {self.number}" if self.page is None else f"page {self.page}, line {self.number}"


@dataclass(frozen=True)
class PaperText:
    """The lines of a paper, also as one text in which a position tells the line."""

    lines: tuple[TextLine, ...]

    @classmethod
    def of(cls, lines: Iterable[str], page: int | None = None) -> PaperText:
        """The text whose lines are these, all on one page or without pages."""
        return cls(tuple(TextLine(plain(line), number, page) for number, line in enumerate(lines, 1)))

    @cached_property
    def whole(self) -> str:
        """Every line, each ended by a newline."""
        return "".join(line.text + "\n" for line in self.lines)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line.text) + 1
        return starts

    @cached_property
    def _in_one_line(self) -> str:
        return _run_together(self.whole)

    def says(self, words: str) -> bool:
        """Whether the words stand in the text; blanks, line breaks, hyphens and case make no difference."""
        return _run_together(plain(words)) in self._in_one_line

    def start_of(self, index: int) -> int:
        """Where the line with this index, counted from 0, begins in the whole text."""
        return self._starts[index]

    def line_at(self, position: int) -> TextLine:
        """The line that holds a position of the whole text."""
        return self.lines[self.index_at(position)]

    def index_at(self, position: int) -> int:
        """The index of that line, counted from 0."""
        return max(0, bisect_right(self._starts, position) - 1)

    @cached_property
    def captions(self) -> tuple[tuple[int, str], ...]:
        """Where each table or figure begins, and its name as `table_name` writes it."""
        found = []
        for index, line in enumerate(self.lines):
            match = _TABLE.match(line.text)
            if match and _CAPTION.match(line.text, match.end()):
                found.append((self._starts[index], _name(match)))
        return tuple(found)

    def table_at(self, position: int) -> tuple[int, str] | None:
        """The last caption before a position: where it begins and its name."""
        starts = [start for start, _ in self.captions]
        index = bisect_right(starts, position)
        return self.captions[index - 1] if index else None


def _run_together(text: str) -> str:
    joined = "".join(re.sub(r"(?<=\w)-\s*\n\s*", "", text).split()).casefold()
    return re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", "", joined)


def table_name(words: str) -> str | None:
    """The table or figure that a text names, in one spelling: `table 4`; None where it names none."""
    match = _NAMED_TABLE.search(plain(words))
    return None if match is None else _name(match)


def _name(match: re.Match[str]) -> str:
    kind = "table" if match[1].lower() == "table" else "figure"
    return f"{kind} {match[2].lower()}"
