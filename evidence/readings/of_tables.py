"""Two tables of the same studies -> their cells side by side: rows aligned by a key, columns by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from evidence.readings.side_by_side import Lone, Printing, ReadCell, SideBySide
from evidence.readings.values import most_alike, same_value
from evidence.records.parsing import Place
from evidence.sources.cells import SheetError, SheetRow
from evidence.sources.sheets import Sheet, read_sheets

STUDY_NAMES = (
    *("studyid", "study", "studyname", "studylabel", "trial", "trialid", "trialname", "authoryear"),
    *("authorsyear", "firstauthoryear", "recordid", "id", "covidenceid", "rowid", "key"),
)
"""Names of a column that says which study a row is about, the likeliest first; case and marks left out."""

_AUTHOR = ("firstauthor", "author", "authors")
_YEAR = ("year", "pubyear", "publicationyear", "yearofpublication")
_ALSO = ("pmid", "doi", "reference", "citation", "paper", "article", "name", "title")
_MOST_TO_PAIR = 30
_MOST_NAMED = 5
_MOST_HINTED = 50


@dataclass(frozen=True)
class KeyedTable:
    """A sheet with the columns that say which study a row is about."""

    path: Path
    sheet: Sheet
    columns: Mapping[str, int]
    key: tuple[int, ...]

    def key_of(self, row: SheetRow) -> str:
        """Which study a row is about, without what differs from writer to writer."""
        return " ".join(_words(row.cell(column)) for column in self.key).strip()

    def named(self, row: SheetRow) -> str:
        """Which study a row is about, as it stands there."""
        return " ".join(row.cell(column) for column in self.key).strip()

    @property
    def key_names(self) -> str:
        """The names of the columns that say so."""
        return " and ".join(f"'{self.sheet.header[column]}'" for column in self.key)


def compare_tables(first: Path, second: Path, by: Sequence[str] = ()) -> SideBySide:
    """Every cell of two tables, rows aligned by the key columns and columns by their names.

    by: names of the key columns, else they are recognised. Several rows of one study are paired so that the
    most cells agree. Raises SheetError for a file that is no table or has no key column.
    """
    sheets = {path: read_sheets(path) for path in (first, second)}
    a, b = _tables(first, _shown(sheets[first]), second, _shown(sheets[second]), by)
    columns = [name for name in a.columns if name in b.columns]
    lone = [_lone_column(a, b, name, True) for name in a.columns if name not in b.columns]
    lone += [_lone_column(b, a, name, False) for name in b.columns if name not in a.columns]
    pairs, left, left_there, notes = _aligned(a, b, columns)
    lone += _lone_rows(a, left, b, left_there, True)
    lone += _lone_rows(b, left_there, a, left, False)
    cells = tuple(cell for row, other in pairs for cell in _cells(a, b, row, other, columns))
    notes = [f"rows by {a.key_names} of the first and {b.key_names} of the second", *notes]
    notes += [
        f"of {path.name} the sheet '{_shown(found).name}' is compared, the others are not"
        for path, found in sheets.items()
        if sum(not sheet.hidden for sheet in found) > 1
    ]
    return SideBySide("", first.name, second.name, cells, tuple(lone), notes=tuple(notes))


def _shown(sheets: Sequence[Sheet]) -> Sheet:
    """The first sheet that a person sees."""
    return next((sheet for sheet in sheets if not sheet.hidden), sheets[0])


def _plain_name(name: str) -> str:
    """A column's name without case, blanks and underscores."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in letters if each.isalnum() or each in "%<>=+")


def _words(text: str) -> str:
    """The name of a study without accents, case, marks and underscores."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


# Columns.


def _columns(sheet: Sheet) -> dict[str, int]:
    """Where each column stands, by its plain name; a repeated name is counted, a missing one is a number."""
    columns: dict[str, int] = {}
    for at, name in enumerate(sheet.header):
        plain = _plain_name(name) or f"column{at + 1}"
        counted = (f"{plain}{count}" for count, _ in enumerate(sheet.header, start=2))
        columns[next(each for each in chain([plain], counted) if each not in columns)] = at
    return columns


def _tables(
    first: Path, ours: Sheet, second: Path, theirs: Sheet, by: Sequence[str]
) -> tuple[KeyedTable, KeyedTable]:
    a, b = _columns(ours), _columns(theirs)
    keys = _stated(first, ours, second, theirs, by) if by else _recognised(a, b)
    if keys is None:
        says = "no column of both tables says which study a row is about"
        hint = f"Name it: --by COLUMN. Columns: {_listed(ours.header)}."
        raise SheetError(first, says, hint, row=ours.header_row)
    return _with_key(first, ours, a, keys[0]), _with_key(second, theirs, b, keys[1])


def _with_key(path: Path, sheet: Sheet, columns: Mapping[str, int], key: tuple[str, ...]) -> KeyedTable:
    rest = {name: at for name, at in columns.items() if name not in key}
    return KeyedTable(path, sheet, rest, tuple(columns[name] for name in key))


_Keys = tuple[tuple[str, ...], tuple[str, ...]]


def _recognised(a: Mapping[str, int], b: Mapping[str, int]) -> _Keys | None:
    """The key columns of both: one that names the study, author and year, or another that both have."""
    both = [name for name in (*STUDY_NAMES, *_ALSO) if name in a and name in b]
    ours, theirs = _study_column(a), _study_column(b)
    if both and both[0] in STUDY_NAMES:
        return (both[0],), (both[0],)
    if ours and theirs:
        return (ours,), (theirs,)
    authors = [(_one_of(_AUTHOR, each), _one_of(_YEAR, each)) for each in (a, b)]
    named = [(author, year) for author, year in authors if author and year]
    if len(named) == 2:
        return named[0], named[1]
    return ((both[0],), (both[0],)) if both else None


def _study_column(columns: Mapping[str, int]) -> str | None:
    return _one_of(STUDY_NAMES, columns)


def _one_of(names: Sequence[str], columns: Mapping[str, int]) -> str | None:
    return next((name for name in names if name in columns), None)


def _stated(first: Path, ours: Sheet, second: Path, theirs: Sheet, by: Sequence[str]) -> _Keys:
    """The stated key columns; a single one may be called otherwise in one of the tables."""
    wanted = tuple(_plain_name(name) for name in by)
    found: list[tuple[str, ...]] = []
    for path, sheet in ((first, ours), (second, theirs)):
        columns = _columns(sheet)
        missing = [name for name in by if _plain_name(name) not in columns]
        usual = _study_column(columns)
        other = theirs if sheet is ours else ours
        if missing and len(by) == 1 and usual and wanted[0] in _columns(other):
            found.append((usual,))
        elif missing:
            says = f"has no column '{missing[0]}'"
            raise SheetError(path, says, f"Its columns: {_listed(sheet.header)}.", row=sheet.header_row)
        else:
            found.append(wanted)
    return found[0], found[1]


def _listed(names: Sequence[str]) -> str:
    shown = [name for name in names if name]
    return ", ".join(shown[:30]) + (", ..." if len(shown) > 30 else "")


def _lone_column(table: KeyedTable, other: KeyedTable, name: str, first_has_it: bool) -> Lone:
    header = table.sheet.header[table.columns[name]]
    left = [each for each in other.columns if each not in table.columns]
    close = most_alike(name, left)
    hint = f"Is it '{other.sheet.header[other.columns[close]]}' of the other?" if close else None
    place = Place(table.path, table.sheet.header_row, table.columns[name] + 1)
    return Lone("column", header, header, "column", place, first_has_it, hint)


# Rows.


_Pairs = list[tuple[SheetRow, SheetRow]]


def _aligned(
    a: KeyedTable, b: KeyedTable, columns: Sequence[str]
) -> tuple[_Pairs, list[SheetRow], list[SheetRow], list[str]]:
    """Pairs of rows, the rows that only one has, and what to know of the pairing."""
    ours, theirs = _by_key(a), _by_key(b)
    pairs: _Pairs = []
    left, left_there = [], []
    several = []
    for key in {**ours, **theirs}:
        rows, others = ours.get(key, []), theirs.get(key, [])
        if max(len(rows), len(others)) > 1 and rows and others:
            several.append(a.named(rows[0]))
        paired = _alike(a, b, rows, others, columns)
        pairs += paired
        left += [row for row in rows if all(row is not each for each, _ in paired)]
        left_there += [row for row in others if all(row is not each for _, each in paired)]
    notes = []
    if several:
        names = ", ".join(several[:_MOST_NAMED]) + (" ..." if len(several) > _MOST_NAMED else "")
        notes.append(f"several rows of one study are paired by likeness ({names}); --by can add a column")
    return sorted(pairs, key=lambda pair: pair[0].number), left, left_there, notes


def _by_key(table: KeyedTable) -> dict[str, list[SheetRow]]:
    found: dict[str, list[SheetRow]] = {}
    for row in table.sheet.rows:
        found.setdefault(table.key_of(row), []).append(row)
    return found


def _alike(
    a: KeyedTable, b: KeyedTable, rows: list[SheetRow], others: list[SheetRow], columns: Sequence[str]
) -> _Pairs:
    """Each row with the most alike of the other table, the most alike pairs first; of very many in order."""
    if not 1 < max(len(rows), len(others)) <= _MOST_TO_PAIR:
        return [(row, others[at]) for at, row in enumerate(rows[: len(others)])]
    scored = sorted(
        (
            (-_agreeing(a, b, row, other, columns), i, j)
            for i, row in enumerate(rows)
            for j, other in enumerate(others)
        )
    )
    taken: dict[int, int] = {}
    for _, i, j in scored:
        if i not in taken and j not in taken.values():
            taken[i] = j
    return [(rows[i], others[j]) for i, j in sorted(taken.items())]


def _agreeing(a: KeyedTable, b: KeyedTable, row: SheetRow, other: SheetRow, columns: Sequence[str]) -> int:
    pairs = ((row.cell(a.columns[name]), other.cell(b.columns[name])) for name in columns)
    return sum(bool(first) and same_value(first, second) for first, second in pairs)


def _lone_rows(
    table: KeyedTable,
    rows: Sequence[SheetRow],
    other: KeyedTable,
    others: Sequence[SheetRow],
    first_has_it: bool,
) -> list[Lone]:
    """Rows that only one table has; the first with the row of the other that may be meant."""
    known = {other.key_of(each): other.named(each) for each in others}
    found = []
    for index, row in enumerate(rows):
        name, place = table.named(row), Place(table.path, row.number)
        close = most_alike(table.key_of(row), known) if index < _MOST_HINTED else None
        hint = f"Is it '{known[close]}' of the other?" if close else None
        found.append(Lone("row", name or "without a name", name, "id", place, first_has_it, hint))
    return found


def _cells(
    a: KeyedTable, b: KeyedTable, row: SheetRow, other: SheetRow, columns: Sequence[str]
) -> list[ReadCell]:
    """The cells of two rows that at least one reader filled."""
    found = []
    for name in columns:
        at, there = a.columns[name], b.columns[name]
        first, second = row.cell(at) or None, other.cell(there) or None
        if first is not None or second is not None:
            key = a.sheet.header[at]
            ours = Printing(Place(a.path, row.number, at + 1), first)
            theirs = Printing(Place(b.path, other.number, there + 1), second)
            found.append(ReadCell(a.named(row), key, key, ours, theirs))
    return found
