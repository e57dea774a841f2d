"""The head of a table: a row of names, or several rows of which the upper ones span the lower ones.

    Treatment        Control
    events   total   events  total      ->  Treatment events, Treatment total, Control events, Control total

In a file the cells that a heading spans are empty, whether they were merged or only left blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mode

from evidence.sources.cells import SheetRow
from evidence.sources.head_units import is_unit
from evidence.sources.printed_cells import CellError, is_missing, read_cell

MOST_HEAD_ROWS = 4
_LONGEST_SPAN = 40
_TITLE = re.compile(r"(?:e?table|tab\.|figure|fig\.|appendix|supplement)", re.IGNORECASE)
_PERCENTAGE = re.compile(r"[<>≤≥]?\s*\d+(?:[.,]\d+)?\s*%")


@dataclass(frozen=True)
class Head:
    """Where the head of a table is, and what it says.

    first, last: positions of its rows. names: of the columns. units: of columns, by name, where a row of the
    head says them.
    """

    first: int
    last: int
    names: tuple[str, ...]
    units: Mapping[str, str]


def head_of(rows: Sequence[SheetRow]) -> Head:
    """The head of a table whose rows have a filled cell each; above it may stand lines of a title."""
    at = _main_row(rows)
    first = last = at
    while last - first + 1 < MOST_HEAD_ROWS and _goes_on(rows[first], rows[last:]):
        last += 1
    while first > 0 and last - first + 1 < MOST_HEAD_ROWS and _spans(rows[first - 1], rows[first]):
        first -= 1
    return _joined(rows, first, last)


def is_number_like(text: str) -> bool:
    """Whether a cell holds numbers or says that one is missing; a year is a number, `95% CI` is none."""
    if not text:
        return False
    if is_missing(text) or _PERCENTAGE.fullmatch(text):
        return True
    try:
        read_cell(text, ".")
    except CellError:
        return re.fullmatch(r"[-+−]?\d+(?:[.,]\d+)*", text) is not None
    return True


def _main_row(rows: Sequence[SheetRow]) -> int:
    """The first row that is filled like the others: title lines above a table fill one cell or two.

    A table of a single column has its names where it begins.
    """
    filled = [sum(map(bool, row.cells)) for row in rows]
    if max(filled) == 1:
        return 0
    usual = mode(count for count in filled if count > 1)
    return next(at for at, count in enumerate(filled) if count >= max(2, usual / 2))


def _is_words(row: SheetRow) -> bool:
    return not any(map(is_number_like, row.cells))


def _goes_on(above: SheetRow, rows: Sequence[SheetRow]) -> bool:
    """Whether the second row is of the head as is the first: words only, under blanks or leaving some.

    Of the two first cells one is blank, where a name reaches down or stands lower; a name alone in the first
    cell is a heading of the rows below it. Numbers stand somewhere below.
    """
    if not all(map(_is_words, rows[:2])) or all(map(_is_words, rows[2:])):
        return False
    below = rows[1]
    under_blank = [at for at, text in enumerate(below.cells) if text and not above.cell(at)]
    if below.cell(0):
        return not above.cell(0) and len(under_blank) > 1
    return bool(under_blank) or bool(above.cell(0))


def _spans(above: SheetRow, below: SheetRow) -> bool:
    """Whether a row right above stands over names, and is no line of a title."""
    filled = [at for at, text in enumerate(above.cells) if text]
    if not _is_words(above) or not _is_words(below) or below.number - above.number > 1:
        return False
    words = above.cells[filled[0]]
    is_title = filled == [0] or _TITLE.match(words) is not None or len(words) > _LONGEST_SPAN
    return not is_title and all(below.cell(at) for at in filled)


def _joined(rows: Sequence[SheetRow], first: int, last: int) -> Head:
    width = max(len(row.cells) for row in rows[first : last + 1])
    lines = [[row.cell(at) for at in range(width)] for row in rows[first : last + 1]]
    units: list[str] = [""] * width
    while len(lines) > 1 and _are_units(lines[-1]):
        units = lines.pop()
    for at in range(len(lines) - 1):
        lines[at] = _spread(lines[at], lines[at + 1 :])
    names = tuple(
        " ".join(
            dict.fromkeys(
                " ".join(line[at].split()) if len(lines) > 1 else line[at] for line in lines if line[at]
            )
        )
        for at in range(width)
    )
    told = {name: units[at].strip("()[] ") for at, name in enumerate(names) if name and units[at]}
    return Head(first, last, names, told)


def _are_units(line: Sequence[str]) -> bool:
    """Whether most of the words of a row are units, e.g. (mg) and years."""
    filled = [text for text in line if text]
    return 2 * sum(is_unit(text) for text in filled) > len(filled)


def _spread(upper: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    """A spanning row with its words over each column that they span.

    Words span what is named below them and has no words of its own above. Of the last ones it is not seen
    where they end: where the names repeat those under the words before, they end with these.
    """
    named = [any(line[at] for line in below) for at in range(len(upper))]
    starts = [at for at, text in enumerate(upper) if text]
    found = list(upper)
    spans: list[list[str]] = []
    for start, stop in pairwise([*starts, len(upper)]):
        if not named[start]:
            continue
        end = start + 1
        while end < stop and named[end]:
            end += 1
        under = ["/".join(line[at] for line in below).casefold() for at in range(start, end)]
        before = spans[-1] if spans else []
        if before and under[: len(before)] == before:
            end = start + len(before)
        spans.append(under[: end - start])
        found[start:end] = [upper[start]] * (end - start)
    return found
