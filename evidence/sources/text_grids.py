"""Tables of a text as rows of cells under heads: those whose cells are apart, and those of PDF text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from evidence.sources.measure_words import INTERVAL, role_of
from evidence.sources.text import CELL, PaperText, TextLine

_FIGURE = r"[<>≤≥]?[^\S\n]?-?(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:[eE]-?\d{1,3})?[^\S\n]?%?"
_NUMERIC = re.compile(rf"\s*(?:[pP]\s*=?\s*)?[(\[]?\s*{_FIGURE}(?!\d)[^\n]*")
_WORDY = re.compile(r"[^\W\d_]{3,}")
_NOTHING = re.compile(
    r"\s*(?:[-x×.*]+|n\.?\s?[ars]\.?|(?:1(?:\.0+)?\s*)?[(\[]?ref(?:\.|erent|erence)?[)\]]?|nan)?\s*",
    re.IGNORECASE,
)
_LONGEST_CELL = 60
_LONGEST_NOTE = 300
_NOTES = 8
_FARTHEST_CAPTION = 12


@dataclass(frozen=True)
class GridCell:
    """A cell's words and where they begin in the whole text."""

    words: str
    start: int

    @property
    def end(self) -> int:
        """Where they end."""
        return self.start + len(self.words)

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.words.strip()

    @cached_property
    def is_nothing(self) -> bool:
        """Whether it is blank or has a sign that there is nothing, such as a dash."""
        return _NOTHING.fullmatch(self.words) is not None

    @cached_property
    def is_numeric(self) -> bool:
        """Whether it holds numbers rather than words: '0.84 (0.63, 1.12)', not '50% radius'."""
        if len(self.words) > _LONGEST_CELL or _NUMERIC.fullmatch(self.words) is None:
            return False
        if role_of(self.words) is not None:
            return False  # the head '95% CI'
        return _WORDY.search(re.sub(INTERVAL, "", self.words, flags=re.IGNORECASE)) is None


@dataclass(frozen=True)
class GridRow:
    """A row of a table: the words that say what it is about, its cells, and what stands above them."""

    line: TextLine
    labels: tuple[str, ...]
    cells: tuple[GridCell, ...]
    heads: tuple[tuple[str, ...], ...]
    """Of each cell, the words above it from the top."""
    roles: tuple[str | None, ...]
    """Of each cell, what its column holds."""


@dataclass(frozen=True)
class TextGrid:
    """A table of a text; `notes` are its caption and the lines below that explain it."""

    rows: tuple[GridRow, ...]
    name: str | None
    notes: str


def grids_of(text: PaperText) -> Iterator[TextGrid]:
    """The tables whose cells the text keeps apart, and those that a line of known heads begins."""
    at, lines = 0, text.lines
    captions = {start for start, _ in text.captions}
    while at < len(lines):
        end = at
        while end < len(lines) and CELL in lines[end].text:
            end += 1
        if end > at:
            yield _apart(text, at, end)
        else:
            heads = () if text.start_of(at) in captions else _heads_in(lines[at].text)
            if heads:
                yield _headed(text, at, heads)
        at = max(end, at + 1)


# Tables whose cells are apart.


class _Heads:
    """The rows of heads above the rows of a table, as far as it is read."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._next: list[list[str]] = []

    def add(self, cells: Sequence[GridCell]) -> None:
        """One more row of heads; the first after rows of numbers begins anew."""
        self._next.append([" ".join(cell.words.split()) for cell in cells])
        self._rows = self._next

    def close(self) -> None:
        """Rows of numbers follow."""
        self._next = []

    def words(self, width: int) -> tuple[tuple[str, ...], ...]:
        """Of each column the words above it; a head spans the blank ones to its right."""
        spread = []
        for row in self._rows:
            filled, last = [], ""
            for words in (*row, *[""] * (width - len(row))):
                last = words or last
                filled.append(last)
            spread.append(filled)
        return tuple(tuple(dict.fromkeys(row[at] for row in spread if row[at])) for at in range(width))

    def roles(self, width: int) -> tuple[str | None, ...]:
        """Of each column what its own heads say it holds, the lowest first."""
        return tuple(
            next(
                (role for row in reversed(self._rows) if at < len(row) and (role := role_of(row[at]))),
                None,
            )
            for at in range(width)
        )


def _apart(text: PaperText, first: int, end: int) -> TextGrid:
    heads, rows, section = _Heads(), list[GridRow](), ""
    above: dict[int, str] = {}
    for index in range(first, end):
        cells = _cells(text, index)
        if not any(cell.is_numeric for cell in cells):
            filled = [place for place, cell in enumerate(cells) if not cell.is_nothing]
            blank = sum(cell.is_blank for cell in cells)
            if filled == [0] and blank == len(cells) - 1:
                section, above = " ".join(cells[0].words.split()), {}
            elif filled and filled != [0] and (not rows or any(role_of(cell.words) for cell in cells[1:])):
                heads.add(cells)
            continue
        heads.close()
        roles = heads.roles(len(cells))
        labels = _labels(cells, roles, above)
        rows.append(
            GridRow(
                text.lines[index],
                (section, *labels) if section else labels,
                cells,
                heads.words(len(cells)),
                roles,
            )
        )
    return TextGrid(tuple(rows), _name(text, first), _notes(text, first, end))


def _cells(text: PaperText, index: int) -> tuple[GridCell, ...]:
    cells, at = [], text.start_of(index)
    for words in text.lines[index].text.split(CELL):
        cells.append(GridCell(words, at))
        at += len(words) + 1
    return tuple(cells)


def _labels(cells: Sequence[GridCell], roles: Sequence[str | None], above: dict[int, str]) -> tuple[str, ...]:
    """The words of a row; those left blank at its beginning are the ones of the row above."""
    found, leading = [], True
    for place, cell in enumerate(cells):
        is_label = not cell.is_numeric or (place == 0 and roles[0] is None)
        leading = leading and cell.is_blank
        if leading and place in above:
            found.append(above[place])
        elif is_label and not cell.is_nothing:
            above[place] = " ".join(cell.words.split())
            found.append(above[place])
        elif not leading:
            above.pop(place, None)
    return tuple(found)


def _name(text: PaperText, index: int) -> str | None:
    caption = text.table_at(text.start_of(index))
    if caption is None or text.line_at(caption[0]).number < text.lines[index].number - _FARTHEST_CAPTION:
        return None
    return caption[1]


def _notes(text: PaperText, first: int, end: int) -> str:
    """The caption and what explains the table below it."""
    caption = text.table_at(text.start_of(first)) if _name(text, first) else None
    begins = text.start_of(first) if caption is None else caption[0]
    told = [text.whole[begins : text.start_of(first)]]
    captions = {start for start, _ in text.captions}
    for index in range(end, min(end + _NOTES, len(text.lines))):
        words = text.lines[index].text
        if text.start_of(index) in captions or len(words) > _LONGEST_NOTE or CELL in words:
            break
        told.append(words)
    return "\n".join(told)


# Tables of PDF text: a line of heads that are known, then rows that end in as many cells.

_HEAD = re.compile(
    rf"(?:[(\[]?(?:9\d\s?%\s?)?{INTERVAL}(?:[._](?:lb|ub))?(?:\s?\([^()]*\))?[)\]]?"
    r"|(?:std\.?|standard) err(?:or|\.)?"
    r"|(?:odds|hazard|risk|rate) ratios?(?:\s?\([^()]*\))?|relative risks?|mean differences?"
    r"|[pzt][- ]values?|pr\([^)]*\)|person[- ]years|standard deviations?|\S+)",
    re.IGNORECASE,
)
_MOST_HEADS = 16
_LONGEST_HEAD_LINE = 160
_MOST_ROWS = 80
_MOST_OTHER_LINES = 4
_PLACEHOLDER = r"(?:[-x×]|NA|NR|NS|n\.s\.|Ref\.?|NaN)"
# A dash between a blank and a digit is a sign: '0.002 -0.005' are two cells.
_PAIR = rf"[(\[]?{_FIGURE}\s?(?:,|;|to|(?<!\s)-|-(?=\s))\s?{_FIGURE}[)\]]?"
_PDF_CELL = rf"{_FIGURE}(?:\s?±\s?{_FIGURE})?(?:\s?[(\[][^()\[\]]{{1,40}}[)\]])?[*†‡§]*|{_PLACEHOLDER}"
_ROW_CELLS = {
    False: re.compile(rf"(?<!\S)(?:{_PDF_CELL})(?!\S)"),
    True: re.compile(rf"(?<!\S)(?:{_PAIR}|{_PDF_CELL})(?!\S)"),
}


def _heads_in(line: str) -> tuple[tuple[str, str | None], ...]:
    """The heads of a line of heads from the first that is known, each with its role; else nothing."""
    if len(line) > _LONGEST_HEAD_LINE:
        return ()
    heads = _split_heads(line)
    if heads and heads[-1][1] is None and heads[-1][0].endswith((".", ";", ",")):
        return ()
    known = [place for place, (_, role) in enumerate(heads) if role is not None]
    if len(known) < 2 or len(heads) > _MOST_HEADS:
        return ()
    kept = tuple(heads[known[0] :])
    roles = {role for _, role in kept}
    if not roles & {"estimate", "events"} or len(roles - {None}) < 2:
        return ()
    return kept if 2 * len(known) >= len(kept) else ()


def _split_heads(line: str) -> list[tuple[str, str | None]]:
    """The heads of a line with their roles; an interval in brackets belongs to the head before it."""
    heads: list[tuple[str, str | None]] = []
    for match in _HEAD.finditer(line):
        role = role_of(match[0])
        if role == "ci" and match[0].startswith(("(", "[")) and heads and heads[-1][1] == "estimate":
            heads[-1] = (f"{heads[-1][0]} {match[0]}", "estimate")
        else:
            heads.append((match[0], role))
    return heads


def _headed(text: PaperText, at: int, heads: Sequence[tuple[str, str | None]]) -> TextGrid:
    rows, other, last = [], 0, at + 1
    before = len(_split_heads(text.lines[at].text)) - len(heads)
    above, roles = tuple((words,) for words, _ in heads), tuple(role for _, role in heads)
    for index in range(at + 1, min(at + 1 + _MOST_ROWS, len(text.lines))):
        line = text.lines[index]
        if _heads_in(line.text):
            break
        cells = _last_cells(line.text, text.start_of(index), len(heads), "ci" in roles)
        if cells is not None:
            words = line.text[: cells[0].start - text.start_of(index)].split()
            if len(words) > before and not _WORDY.search(" ".join(words)):
                continue  # a row of more numbers than there are heads
            label = " ".join(words)
            rows.append(GridRow(line, (label,) if label else (), cells, above, roles))
            other, last = 0, index + 1
        elif line.text.strip():
            other += 1
        if other > _MOST_OTHER_LINES:
            break
    return TextGrid(tuple(rows), _name(text, at), _notes(text, at, last))


def _last_cells(line: str, start: int, count: int, with_pairs: bool) -> tuple[GridCell, ...] | None:
    """The cells at the end of a line, if it ends in so many and not in more words."""
    row = line.rstrip().rstrip("*").rstrip()
    if len(row) > _LONGEST_HEAD_LINE + _LONGEST_CELL:
        return None
    found = [match for match in _ROW_CELLS[with_pairs].finditer(row)][-count:]
    if len(found) < count or found[-1].end() != len(row):
        return None
    if any(row[one.end() : two.start()].strip() for one, two in pairwise(found)):
        return None
    return tuple(GridCell(match[0], start + match.start()) for match in found)
