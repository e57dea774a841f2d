"""Rows of a table, read by a plan -> entries; and the rows that could not be read, with the cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from evidence.records.vocabulary import Measure
from evidence.sources.cells import SheetError, SheetRow
from evidence.sources.column_roles import measure_in
from evidence.sources.column_sets import NUMERIC
from evidence.sources.entries import ImportedRow, Skipped, year_in
from evidence.sources.mapping import Plan, sign_of
from evidence.sources.row_cells import TableRow, UnreadError
from evidence.sources.row_numbers import arm_of, effect_of, total
from evidence.sources.sheets import Sheet
from evidence.sources.table_words import ADJUSTMENTS, Words, sexes_in

_FACTS = (
    *("citation", "doi", "pmid", "title", "design", "country", "cohort", "outcome", "site", "unit"),
    *("exposure", "ancestry", "age", "group", "model", "covariates", "note", "dose", "type", "reference"),
    "change",
)


def entries_of(sheet: Sheet, plan: Plan, file: str) -> tuple[list[ImportedRow], list[Skipped]]:
    """Every row as an entry, or the reason why it is none; rows that `only` leaves out are neither.

    file: the table's name, for locators. Raises SheetError where the plan names a column that is not there.
    """
    at = _positions(sheet, plan, file)
    sign = sign_of(plan, sheet)
    place = f"{file}, {sheet.name}" if sheet.name and sheet.name != file else file
    entries: list[ImportedRow] = []
    skipped: list[Skipped] = []
    said_above = SaidAbove(sheet, plan)
    sexes = sexes_in(
        row.cell(at[name]) for name in at if plan.columns.get(name) == "sex" for row in sheet.rows
    )
    for printed in sheet.rows:
        row = said_above.filled(printed)
        if not all(plan.takes(name, row.cell(at[name])) for name in plan.only):
            continue
        where = f"{place}, row {row.number}"
        try:
            if row.number in sheet.uneven:
                named = sum(map(bool, sheet.header))
                filled = f"{len(printed.cells)} cell{'s' * (len(printed.cells) != 1)}"
                raise UnreadError(f"it has {filled}, and the header has {named}")
            entries.append(_entry(TableRow(row, plan, at, sign), where, plan, sexes))
        except UnreadError as reason:
            skipped.append(Skipped(where, str(reason)))
    return entries, skipped


class SaidAbove:
    """The study, author and year that stand once over several rows: blank cells below are filled."""

    def __init__(self, sheet: Sheet, plan: Plan) -> None:
        wanted = ("study", "author", "year")
        self._columns = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in wanted]
        self._numbers = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in NUMERIC]
        self._width = len(sheet.header)
        self._above: SheetRow | None = None

    def filled(self, row: SheetRow) -> SheetRow:
        """The row with what is said above it, where it names no study itself and has a number."""
        names = any(row.cell(at) for at in self._columns)
        if names:
            self._above = row
        if names or self._above is None or not any(row.cell(at) for at in self._numbers):
            return row
        return SheetRow(
            row.number,
            tuple((self._above if at in self._columns else row).cell(at) for at in range(self._width)),
        )


def _positions(sheet: Sheet, plan: Plan, file: str) -> dict[str, int]:
    found = {name: position for position, name in reversed(list(enumerate(sheet.header)))}
    for name in (*plan.columns, *plan.only):
        wrong = "there is no column" if name not in found else "there are several columns"
        if sheet.header.count(name) != 1:
            hint = f"It has: {', '.join(filter(None, sheet.header[:40]))}."
            raise SheetError(
                Path(file), f"{wrong} '{name}'", hint, sheet=None if sheet.name == file else sheet.name
            )
    return found


def _entry(row: TableRow, where: str, plan: Plan, sexes: Words) -> ImportedRow:
    study, year = _study(row)
    if _TOTAL.fullmatch(study):
        raise UnreadError(f"'{study}' is a sum of other rows, and no study")
    facts = {role: text for role in _FACTS if (text := row.text(role))}
    facts |= {role: text for role in ("sex", "adjustment") if (text := _word_said(row, role))}
    facts["measure"] = _measure(row)
    facts, unknown = _known(facts, {"sex": sexes, "adjustment": ADJUSTMENTS})
    place = "; ".join(filter(None, (row.text("at"), where)))
    at = f"{place}, {row.names}".rstrip(", ")
    quote = row.text("quote") or None
    if row.is_arm:
        return ImportedRow(study, year, at, facts, arm=arm_of(row), quote=quote, place=place, unknown=unknown)
    effect, said = effect_of(row, facts["measure"], plan.is_of_one_group)
    n = row.count("n") or total(effect)
    return ImportedRow(
        study, year, at, facts, effect, None, said, n=n, quote=quote, place=place, unknown=unknown
    )


_TOTAL = re.compile(
    r"(?:sub-?|grand )?totals?\b.*|(?:overall|pooled|summary|combined)(?: (?:effect|estimate|result)s?)?|"
    r"(?:random|fixed|common)[- ]effects?(?: model)?|heterogeneity\b.*|test for .*",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid:?\s*)?(\d+)(?:\.0)?", re.IGNORECASE)


def _known(facts: Mapping[str, str], words: Mapping[str, Words]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Facts in the forms that a record takes, and those that it has no form for, which stand in the note.

    A DOI and a PMID lose what stands before them; words are the record's own for the same.
    """
    found = dict(facts)
    unknown: list[str] = []
    for role in ("doi", "pmid", *words):
        if role not in facts:
            continue
        taken = _as_word(facts[role], words[role]) if role in words else _as_id(facts[role], role)
        found.pop(role)
        if taken is None:
            unknown.append(f"{role.upper() if role not in words else role} in the table: {facts[role]}")
        elif taken:
            found[role] = taken
    if unknown:
        found["note"] = "; ".join(filter(None, (found.get("note"), *unknown)))
    return found, tuple(unknown)


def _as_id(text: str, role: str) -> str | None:
    match = {"doi": _DOI, "pmid": _PMID}[role].fullmatch(text)
    return None if match is None else match[1]


def _as_word(text: str, words: Words) -> str | None:
    """The word of a record for what is said; empty where it is none, None where it is not known."""
    return next((word for word, same in words.items() if text.casefold() in same), None)


def _word_said(row: TableRow, role: str) -> str:
    """What a row says of a role; `none` says something of an adjustment."""
    return row.raw(role) if row.raw(role).casefold() == "none" else row.text(role)


def _study(row: TableRow) -> tuple[str, int | None]:
    """The study's name and its year, which the name or the citation may hold; None where nothing tells it."""
    author, named = row.text("author"), row.text("study")
    texts = (row.text("year"), named, author, row.text("citation"))
    year = next((found for text in texts if (found := year_in(text)) is not None), None)
    if not named and not author:
        raise UnreadError("no study is named")
    if named.isdigit() and not author:
        named = f"Study {named}"  # a number alone would be no name in tables and figures
    dated = author if year is None or year_in(author) is not None else f"{author} {year}"
    name = named or dated
    if author and re.fullmatch(r"[A-Za-z]{0,3}[-_ ]?\d{1,5}", name):
        name = f"{dated} ({name})"  # an id of the table, e.g. R01
    return name.replace("_", " "), year


def _measure(row: TableRow) -> str:
    said = row.text("measure")
    found = measure_in(said) or (said if said in get_args(Measure) else None)
    if found is None:
        raise UnreadError(f"'{said}' is no measure; expected e.g. OR, MD, SMD or beta")
    return found
