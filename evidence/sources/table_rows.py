"""Rows of a table, read by a plan -> entries; and the rows that could not be read, with the cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias, get_args

from evidence.records.vocabulary import Measure
from evidence.sources.cells import SheetError
from evidence.sources.column_roles import measure_in
from evidence.sources.entries import ImportedRow, Skipped, year_in
from evidence.sources.mapping import Plan, sign_of
from evidence.sources.row_cells import TableRow, UnreadError
from evidence.sources.row_numbers import arm_of, effect_of, total
from evidence.sources.sheets import Sheet

_Words: TypeAlias = Mapping[str, tuple[str, ...]]

_SEXES: _Words = {
    "men": ("m", "male", "males", "men", "man", "boys"),
    "women": ("f", "female", "females", "women", "woman", "girls"),
    "": ("both", "all", "mixed", "any"),
}
_ADJUSTMENTS: _Words = {
    "none": ("none", "no", "unadjusted", "crude", "univariable", "univariate", "false", "0"),
    "minimal": ("minimal", "minimally adjusted", "age-adjusted", "age and sex", "age, sex", "partial"),
    "full": ("full", "fully adjusted", "yes", "adjusted", "multivariable", "multivariate", "true", "1"),
    "not stated": ("not stated", "unclear"),
}
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
    for row in sheet.rows:
        if not all(plan.takes(name, row.cell(at[name])) for name in plan.only):
            continue
        where = f"{place}, row {row.number}"
        try:
            if row.number in sheet.uneven:
                named = sum(map(bool, sheet.header))
                filled = f"{len(row.cells)} cell{'s' * (len(row.cells) != 1)}"
                raise UnreadError(f"it has {filled}, and the header has {named}")
            entries.append(_entry(TableRow(row, plan, at, sign), where))
        except UnreadError as reason:
            skipped.append(Skipped(where, str(reason)))
    return entries, skipped


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


def _entry(row: TableRow, where: str) -> ImportedRow:
    study, year = _study(row)
    facts = {role: text for role in _FACTS if (text := row.text(role))}
    facts |= _said(row, "sex", _SEXES) | _said(row, "adjustment", _ADJUSTMENTS)
    facts["measure"] = _measure(row)
    facts |= _identifiers(facts)
    at = "; ".join(filter(None, (row.text("at"), f"{where}, {row.names}".rstrip(", "))))
    quote = row.text("quote") or None
    if row.is_arm:
        return ImportedRow(study, year, at, facts, arm=arm_of(row), quote=quote)
    effect, said = effect_of(row, facts["measure"])
    return ImportedRow(
        study, year, at, facts, effect=effect, said=said, n=row.count("n") or total(effect), quote=quote
    )


_IDENTIFIERS = {
    "doi": re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE),
    "pmid": re.compile(r"(?:pmid:?\s*)?(\d+)(?:\.0)?", re.IGNORECASE),
}


def _identifiers(facts: Mapping[str, str]) -> dict[str, str]:
    """DOI and PMID without what stands before them."""
    found = {}
    for role, form in _IDENTIFIERS.items():
        match = form.fullmatch(facts.get(role, ""))
        if match is not None:
            found[role] = match[1]
        elif role in facts:
            raise UnreadError(f"'{facts[role]}' is no {role.upper()}")
    return found


def _study(row: TableRow) -> tuple[str, int]:
    """The study's name and its year, which the name or the citation may hold."""
    author, named = row.text("author"), row.text("study")
    texts = (row.text("year"), named, row.text("citation"))
    year = next((found for text in texts if (found := year_in(text)) is not None), None)
    if not named and not author:
        raise UnreadError("no study is named")
    if year is None:
        raise UnreadError(f"no year is stated for '{named or author}'; year=YYYY states it for such rows")
    name = named or f"{author} {year}"
    if author and re.fullmatch(r"[A-Za-z]{0,3}[-_ ]?\d{1,5}", name):
        name = f"{author} {year} ({name})"  # an id of the table, e.g. R01
    return name.replace("_", " "), year


def _measure(row: TableRow) -> str:
    said = row.text("measure")
    found = measure_in(said) or (said if said in get_args(Measure) else None)
    if found is None:
        raise UnreadError(f"'{said}' is no measure; expected e.g. OR, MD, SMD or beta")
    return found


def _said(row: TableRow, role: str, words: _Words) -> dict[str, str]:
    """The word of a record for what the row says of a role, where several words mean the same."""
    said = row.raw(role) if row.raw(role).casefold() == "none" else row.text(role)
    if not said:
        return {}
    found = next((word for word, same in words.items() if said.casefold() in same), None)
    if found is None:
        expected = ", ".join(word or "both" for word in words)
        raise UnreadError(f"'{said}' is no {role}; expected {expected}")
    return {role: found} if found else {}
