"""Which table of a text a number stands in, where its cells are not kept apart: by captions and lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, takewhile

from evidence.sources.candidates import LONGEST_QUOTE, PaperPlace, Scan, quoted
from evidence.sources.measure_words import SAYS_INTERVAL, Said, only_measure, without_homonyms
from evidence.sources.text import CELL, PaperText

_WORDS = re.compile(r"[^\W\d_]{2,}")
_UNIT = re.compile(r"[(\[][^()\[\]]*[)\]]")
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE = re.compile(r"\s*[A-ZÀ-Þ].*[^\W\d_]{2,}\.\s*")
_SENTENCE_WORDS = 4
_HEADING = re.compile(
    r"\s*(?:\d+\.?\s*)?(?:introduction|background|(?:materials? and )?methods?|results?|discussion"
    r"|conclusions?|references|acknowledge?ments?|abstract)\s*:?\s*",
    re.IGNORECASE,
)
_PROSE_WORDS = 10
_PROSE_LENGTH = 60
_CAPTION_LINES = 4
_NOTE_LINES = 5
_MOST_LINES = 400
_LABEL_LINES = 4
_LINES_ABOVE = 14
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class _Region:
    """The lines of a table, and what its caption, rows and notes say."""

    name: str
    start: int
    end: int
    words: str


class PrintedTables:
    """The tables and figures of a text by their captions."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._text = scan.text

    @cached_property
    def _regions(self) -> tuple[_Region, ...]:
        bounds = pairwise([*self._text.captions, (len(self._text.whole), "")])
        return tuple(_region(self._text, name, start, end) for (start, name), (end, _) in bounds)

    @cached_property
    def _starts(self) -> list[int]:
        return [region.start for region in self._regions]

    def _at(self, position: int) -> _Region | None:
        index = bisect_right(self._starts, position) - 1
        return self._regions[index] if index >= 0 and position < self._regions[index].end else None

    def measure(self, position: int) -> Said | None:
        """The one measure that the table around a number names."""
        region = self._at(position)
        said = None if region is None else only_measure(region.words)
        return said if said is not None and without_homonyms([said], self._scan.homonyms) else None

    def says_interval(self, position: int) -> bool:
        """Whether the table around a number says that it prints intervals."""
        region = self._at(position)
        return region is not None and SAYS_INTERVAL.search(region.words) is not None

    def words(self, position: int) -> str:
        """Caption, rows and notes of the table around a number; empty in running text."""
        region = self._at(position)
        return "" if region is None else region.words

    def spot(self, first: int, last: int) -> tuple[PaperPlace, str]:
        """Where numbers stand, from the first to the last, and the words of their lines."""
        line, index = self._text.line_at(first), self._text.index_at(first)
        region = self._at(first)
        begins = first - self._text.start_of(index)
        lines = self._text.lines[index : self._text.index_at(last) + 1]
        quote = quoted(" ".join(each.text for each in lines), begins)
        if region is None:
            return PaperPlace(line), quote
        label = self._label(first, region, begins)
        return PaperPlace(line, region.name, (label,) if label else ()), quote

    def _label(self, position: int, region: _Region, begins: int) -> str:
        """The words that a row begins with: on its line, else on the lines right above."""
        index = self._text.index_at(position)
        own = _leading_words(self._text.lines[index].text[max(0, begins - LONGEST_QUOTE) : begins])
        if own:
            return own
        above: list[str] = []
        for before in range(index - 1, self._text.index_at(region.start), -1)[:_LINES_ABOVE]:
            words = self._text.lines[before].text[:LONGEST_QUOTE].strip()
            if len(above) == _LABEL_LINES:
                break
            if re.search(r"\d\.\d|[)\]]\s*$", words) and not _leading_words(words):
                if above:
                    break
                continue
            if not words:
                if above and not _UNIT.fullmatch(above[-1]):
                    break
                continue
            leading = _leading_words(words)
            if leading != words and leading:
                above += [] if above else [leading]
                break
            above.append(words)
        label = " ".join(reversed(above))
        return label if len(label) <= _LONGEST_LABEL else ""


def _leading_words(words: str) -> str:
    """What stands before the first number of a line, if it is words."""
    before = re.split(r"(?<![\w-])[<>≤≥]?\s*-?\d+\.\d|\s[<>≤≥]?-?\d|^\W*\d+\.\d", words)[0].strip(" ,;:=\t")
    before = before.removesuffix("(").strip()
    return before if _WORDS.search(before) and len(before) <= _LONGEST_LABEL else ""


def _is_prose(words: str) -> bool:
    """Whether a line is running text or a heading rather than a row of a table."""
    if CELL in words:
        return False
    count = len(_WORDS.findall(words))
    if _SENTENCE.fullmatch(words) and count >= _SENTENCE_WORDS and count > len(_FIGURES.findall(words)):
        return True
    return _HEADING.fullmatch(words) is not None or (len(words) > _PROSE_LENGTH and count >= _PROSE_WORDS)


def _region(text: PaperText, name: str, start: int, limit: int) -> _Region:
    """From a caption to the first line of prose after rows of numbers; a figure is its caption."""
    first = text.index_at(start)
    last, rows = first, False
    for index in range(first + 1, min(first + _MOST_LINES, len(text.lines))):
        words = text.lines[index].text
        if text.start_of(index) >= limit:
            break
        if _is_prose(words):
            if rows or index - first > _CAPTION_LINES or name.startswith("figure"):
                break
        elif re.search(r"\d", words):
            if name.startswith("figure"):
                break
            rows = True
        last = index
    end = text.start_of(last) + len(text.lines[last].text) + 1
    following = (each.text for each in text.lines[last + 1 : last + 1 + _NOTE_LINES])
    notes = takewhile(lambda words: _HEADING.fullmatch(words) is None, following)
    told = "\n".join([text.whole[start:end], *notes])
    return _Region(name, start, end, told)
