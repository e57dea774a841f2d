"""Rows of a table that hold no numbers: names over the rows below them, heads once more, notes at its end."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from evidence.sources.cells import SheetRow
from evidence.sources.entries import year_in
from evidence.sources.heads import is_number_like

HEADING = "(heading)"
"""The name of the column that headings inside a table become."""


@dataclass(frozen=True)
class Body:
    """The rows below a head.

    rows: with numbers, or filled like such. headings: of each row the name above it, empty where there is
    none. headed: the rows that are these names. notes: lines below the last numbers. repeated: rows that are
    the head once more.
    """

    rows: tuple[SheetRow, ...]
    headings: tuple[str, ...]
    headed: tuple[SheetRow, ...]
    notes: tuple[SheetRow, ...]
    repeated: tuple[SheetRow, ...]


def body_of(rows: Sequence[SheetRow], head: Sequence[SheetRow], fuller: Container[int] = ()) -> Body:
    """Sort the rows below a head; nothing is dropped.

    fuller: numbers of rows that hold more than their texts, such as formulas without a saved value.
    A row with one cell of words, and no year in it, is the heading of the rows with numbers that follow it;
    without such rows it is a note. A table without numbers keeps every row.
    """
    heads = {tuple(text.casefold() for text in _trimmed(row)) for row in head}
    kept: list[SheetRow] = []
    named: list[str] = []
    headed: list[SheetRow] = []
    notes: list[SheetRow] = []
    repeated: list[SheetRow] = []
    heading = ""
    with_numbers = [at for at, row in enumerate(rows) if _has_numbers(row)]
    for at, row in enumerate(rows):
        if tuple(text.casefold() for text in _trimmed(row)) in heads:
            repeated.append(row)
        elif not with_numbers or row.number in fuller or not _is_alone(row):
            kept.append(row)
            named.append(heading)
        elif at > with_numbers[-1]:
            notes.append(row)
        else:
            heading = _words(row)
            headed.append(row)
    return Body(tuple(kept), tuple(named), tuple(headed), tuple(notes), tuple(repeated))


def _trimmed(row: SheetRow) -> tuple[str, ...]:
    end = max(at for at, text in enumerate(row.cells, 1) if text)
    return row.cells[:end]


def _has_numbers(row: SheetRow) -> bool:
    return any(is_number_like(text) for text in row.cells[1:])


def _words(row: SheetRow) -> str:
    return next(" ".join(text.split()).rstrip(":") for text in row.cells if text)


def _is_alone(row: SheetRow) -> bool:
    """Whether one cell is filled, one of the first two, with words that name no study."""
    filled = [(at, text) for at, text in enumerate(row.cells) if text]
    ((place, text), *others) = filled
    return not others and place < 2 and not is_number_like(text) and year_in(text) is None
