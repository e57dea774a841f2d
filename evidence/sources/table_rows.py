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
from evidence.sources.table_words import ADJUSTMENTS, SEXES, Words

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
    for row in map(said_above.filled, sheet.rows):
        if not all(plan.takes(name, row.cell(at[name])) for name in plan.only):
            continue
        where = f"{place}, row {row.number}"
        try:
            if row.number in sheet.uneven:
                named = sum(map(bool, sheet.header))
                filled = f"{len(row.cells)} cell{'s' * (len(row.cells) != 1)}"
                raise UnreadError(f"it has {filled}, and the header has {named}")
            entries.append(_entry(TableRow(row, plan, at, sign), where, plan))
        except UnreadError as reason:
            skipped.append(Skipped(where, str(reason)))
    return entries, skipped


class SaidAbove:
    """The study, author and year that stand once over several rows: blank cells below are filled."""

    def __init__(self, sheet: Sheet, plan: Plan) -> None:
        wanted = ("study", "author", "year")
        self._columns = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in wanted]
        self._numbers = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in NUMERIC]
        self._above: SheetRow | None = None

    def filled(self, row: SheetRow) -> SheetRow:
        """The row with what is said above it, where it names no study itself and has a number."""
        names = any(row.cell(at) for at in self._columns)
        if names:
            self._above = row
        if names or self._above is None or not any(row.cell(at) for at in self._numbers):
            return row
        cells = list(row.cells) + [""] * (max(self._columns) + 1 - len(row.cells))
        for at in self._columns:
            cells[at] = self._above.cell(at)
        return SheetRow(row.number, tuple(cells))


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


def _entry(row: TableRow, where: str, plan: Plan) -> ImportedRow:
    study, year = _study(row)
    if _TOTAL.fullmatch(study):
        raise UnreadError(f"'{study}' is a sum of other rows, and no study")
    facts = {role: text for role in _FACTS if (text := row.text(role))}
    facts |= _said(row, "sex", SEXES) | _said(row, "adjustment", ADJUSTMENTS)
    facts["measure"] = _measure(row)
    facts = _identified(facts)
    place = "; ".join(filter(None, (row.text("at"), where)))
    at = f"{place}, {row.names}".rstrip(", ")
    quote = row.text("quote") or None
    if row.is_arm:
        return ImportedRow(study, year, at, facts, arm=arm_of(row), quote=quote, place=place)
    effect, said = effect_of(row, facts["measure"], plan.is_of_one_group)
    n = row.count("n") or total(effect)
    return ImportedRow(study, year, at, facts, effect=effect, said=said, n=n, quote=quote, place=place)


_TOTAL = re.compile(
    r"(?:sub-?|grand )?totals?\b.*|(?:overall|pooled|summary|combined)(?: (?:effect|estimate|result)s?)?|"
    r"(?:random|fixed|common)[- ]effects?(?: model)?|heterogeneity\b.*|test for .*",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid:?\s*)?(\d+)(?:\.0)?", re.IGNORECASE)


def _identified(facts: Mapping[str, str]) -> dict[str, str]:
    """DOI and PMID without what stands before them; what is none of them stands in the note."""
    found = dict(facts)
    for role, form in (("doi", _DOI), ("pmid", _PMID)):
        match = form.fullmatch(facts.get(role, ""))
        if match is not None:
            found[role] = match[1]
        elif role in facts:
            said = f"{role.upper()} in the table: {found.pop(role)}"
            found["note"] = "; ".join(filter(None, (found.get("note"), said)))
    return found


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


def _said(row: TableRow, role: str, words: Words) -> dict[str, str]:
    """The word of a record for what the row says of a role, where several words mean the same."""
    said = row.raw(role) if row.raw(role).casefold() == "none" else row.text(role)
    if not said:
        return {}
    found = next((word for word, same in words.items() if said.casefold() in same), None)
    if found is None:
        expected = ", ".join(word or "both" for word in words)
        raise UnreadError(f"'{said}' is no {role}; expected {expected}")
    return {role: found} if found else {}
