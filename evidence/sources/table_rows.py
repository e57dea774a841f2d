"""Rows of a table, read by a plan -> entries; and the rows that could not be read, with the cell."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from evidence.records.scales import RATIOS
from evidence.sources.cells import SheetError, SheetRow
from evidence.sources.entries import ImportedRow, Plain, Skipped, year_in
from evidence.sources.mapping import RAW, Plan, sign_of
from evidence.sources.printed_cells import (
    CellError,
    DecimalSign,
    PrintedCell,
    as_count,
    is_missing,
    read_cell,
)
from evidence.sources.sheets import Sheet

_REFERENCE_ROW = re.compile(
    r"(?:1(?:\.0+)?\s*)?(?:\*|\(?ref(?:erence|\.)?\)?|\(?reference\)?)", re.IGNORECASE
)
_SEXES = {"m": "men", "male": "men", "males": "men", "men": "men", "man": "men", "boys": "men"}
_SEXES |= {
    "f": "women",
    "female": "women",
    "females": "women",
    "women": "women",
    "woman": "women",
    "girls": "women",
}
_ADJUSTMENTS = {"full", "minimal", "none", "not stated"}
_CRUDE = {"no", "unadjusted", "crude", "none", "false", "0"}


class _UnreadError(Exception):
    """A row that gives no entry, with the reason."""


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
        if any(
            row.cell(at[name]).strip().casefold() != text.strip().casefold()
            for name, text in plan.only.items()
        ):
            continue
        where = f"{place}, row {row.number}"
        try:
            entries.append(_entry(_Row(row, plan, at, sign), where))
        except (_UnreadError, CellError) as reason:
            skipped.append(Skipped(where, str(reason)))
    return entries, skipped


def _positions(sheet: Sheet, plan: Plan, file: str) -> dict[str, int]:
    found = {name: position for position, name in reversed(list(enumerate(sheet.header)))}
    for name in (*plan.columns, *plan.only):
        if name not in found:
            from pathlib import Path

            says = f"there is no column '{name}'"
            raise SheetError(
                Path(file), says, f"It has: {', '.join(filter(None, sheet.header[:40]))}.", sheet=sheet.name
            )
    return found


class _Row:
    """One row, asked by role."""

    def __init__(self, row: SheetRow, plan: Plan, at: Mapping[str, int], sign: DecimalSign | None) -> None:
        self._cells = {role: (name, row.cell(at[name]).strip()) for name, role in plan.columns.items()}
        self._values = plan.values
        self.sign = sign

    def text(self, role: str) -> str:
        """The text of a role's cell, else what holds for every row; empty where there is none."""
        _, found = self._cells.get(role, ("", ""))
        return self._values.get(role, "") if is_missing(found) and found.casefold() != "none" else found

    def printed(self, role: str, read: Callable[..., Any] = read_cell) -> Any:
        """The numbers of a role's cell; None where it is empty or there is no such column."""
        name, found = self._cells.get(role, ("", ""))
        if is_missing(found):
            return None
        try:
            return read(found, self.sign)
        except CellError as error:
            raise CellError(f"column '{name}': {error}") from None

    def number(self, role: str) -> str | None:
        """The one number of a cell; None where it is empty."""
        cell: PrintedCell | None = self.printed(role)
        if cell is None:
            return None
        if cell.alone is None:
            name, found = self._cells[role]
            raise CellError(f"column '{name}': '{found}' has more than one number")
        return cell.alone

    def raw(self, role: str) -> str:
        """What stands in a role's cell, missing or not."""
        return self._cells.get(role, ("", ""))[1]

    @property
    def names(self) -> str:
        """The columns with numbers, for the locator."""
        return ", ".join(name for role, (name, text) in self._cells.items() if role in _NUMBERS and text)


_NUMBERS = {"estimate", "ci", "ci_low", "ci_high", "se", "variance", "t", "p"}
_NUMBERS |= {f"{role}{arm}" for role in RAW for arm in ("", "1", "2")}
_FACTS = (
    *(
        "citation",
        "doi",
        "pmid",
        "title",
        "design",
        "country",
        "cohort",
        "outcome",
        "site",
        "unit",
        "exposure",
    ),
    *(
        "ancestry",
        "age",
        "group",
        "model",
        "covariates",
        "note",
        "dose",
        "type",
        "reference",
        "measure",
        "change",
    ),
)


def _entry(row: _Row, where: str) -> ImportedRow:
    study, year = _study(row)
    facts = {role: " ".join(row.text(role).split()) for role in _FACTS if row.text(role)}
    facts |= _sex(row) | _adjustment(row)
    if "doi" in facts:
        facts["doi"] = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", facts["doi"], flags=re.IGNORECASE)
    if not re.fullmatch(r"\d+", facts.get("pmid", "1")):
        del facts["pmid"]
    at = "; ".join(filter(None, (row.text("at"), f"{where}, {row.names}".rstrip(", "))))
    quote = row.text("quote") or None
    n = row.printed("n", as_count)
    if row.text("arm") and not row.raw("estimate"):
        return ImportedRow(study, year, at, facts, arm=_arm(row), quote=quote)
    effect, said = _effect(row, facts)
    if effect is not None and effect.get("groups") and n is None:
        sizes = [group.get("n") for group in effect["groups"]]
        n = None if None in sizes else str(sum(map(int, sizes)))
    return ImportedRow(study, year, at, facts, effect=effect, said=said, n=n, quote=quote)


def _study(row: _Row) -> tuple[str, int]:
    """The study's name and its year, which the name or the citation may hold."""
    author, named = row.text("author"), row.text("study")
    texts = (row.text("year"), named, row.text("citation"))
    year = next((found for text in texts if (found := year_in(text)) is not None), None)
    if not named and not author:
        raise _UnreadError("no study is named")
    if year is None:
        raise _UnreadError(
            f"no year is stated for '{named or author}'; add a column, or 'year' to the plan's values"
        )
    name = " ".join((named or author).split())
    if author and re.fullmatch(r"[A-Za-z]{0,3}[-_ ]?\d{1,5}", name):
        name = f"{author} {year} ({name})"  # an id of the table, e.g. R01
    if author and not named:
        name = f"{author} {year}"
    return name.replace("_", " "), year


def _sex(row: _Row) -> dict[str, str]:
    said = row.text("sex").casefold()
    if not said or said in ("both", "all", "mixed", "any"):
        return {}
    if said not in _SEXES:
        raise _UnreadError(f"'{row.text('sex')}' is no sex; expected men, women or both")
    return {"sex": _SEXES[said]}


def _adjustment(row: _Row) -> dict[str, str]:
    said = row.text("adjustment").casefold()
    if not said:
        return {}
    return {"adjustment": said if said in _ADJUSTMENTS else "none" if said in _CRUDE else "full"}


def _raw_numbers(row: _Row, arm: str) -> Plain:
    """The raw numbers of one group; a cell such as 12/40 or 5.2 ± 1.1 may hold two of them."""
    found: Plain = {}
    for role in RAW:
        if role in ("n", "events"):
            continue
        number = row.printed(f"{role}{arm}")
        if number is None:
            continue
        if role == "mean" and number.spread is not None:
            found |= {"mean": number.number, "sd": number.spread}
        else:
            found[role] = row.number(f"{role}{arm}")
    cell: PrintedCell | None = row.printed(f"events{arm}")
    if cell is not None and cell.events is not None:
        found |= {"events": cell.events.replace(",", "")} | ({"n": cell.n.replace(",", "")} if cell.n else {})
    elif cell is not None:
        found["events"] = row.printed(f"events{arm}", as_count)
    n = row.printed(f"n{arm}", as_count)
    return found | ({"n": n} if n is not None else {})


def _arm(row: _Row) -> Plain:
    numbers = _raw_numbers(row, "")
    if not {"events", "mean", "median"} & set(numbers):
        raise _UnreadError("no number of events, mean or median")
    dose = row.text("dose")
    return {"name": row.text("arm"), **({"dose": dose} if dose else {}), **numbers}


def _effect(row: _Row, facts: Mapping[str, str]) -> tuple[Plain | None, str | None]:
    measure = facts.get("measure")
    groups = [_raw_numbers(row, arm) for arm in ("1", "2")]
    if not all({"events", "mean", "median"} & set(group) for group in groups):
        groups = []
    names = [row.text("exposed") or "exposed", row.text("reference") or "reference"]
    effect: Plain = _printed_effect(row, measure)
    if not effect and not groups:
        said = row.raw("estimate")
        if said and is_missing(said):
            return None, said
        raise _UnreadError("no number of an effect or of its groups")
    if measure is None:
        raise _UnreadError("which measure the numbers are of is not stated (beta, OR, MD, ...)")
    effect = {"measure": measure, **effect}
    if groups:
        effect["groups"] = [{"name": name, **group} for name, group in zip(names, groups, strict=True)]
    if row.text("per") and not groups:
        effect["per"] = row.text("per")
    elif groups or row.text("exposed"):
        effect["versus"] = {"exposed": names[0], "reference": names[1]}
    elif measure == "beta":
        effect["per"] = "not stated"
    if facts.get("change"):
        effect["change"] = True
    return effect, None


def _printed_effect(row: _Row, measure: str | None) -> Plain:
    """The estimate with everything that tells its uncertainty; empty where none is printed."""
    if _REFERENCE_ROW.fullmatch(row.raw("estimate")):
        raise _UnreadError("the reference class: nothing is estimated for it")
    cell: PrintedCell | None = row.printed("estimate")
    if cell is None:
        return {}
    if cell.number is None or cell.spread is not None or cell.relation:
        raise _UnreadError(f"'{row.raw('estimate')}' is no estimate, alone or with its interval")
    found: Plain = {"estimate": cell.number, **_interval(row, cell)}
    for role in ("se", "t", "df"):
        number = row.number(role)
        if number is not None:
            found[role] = number
    variance = row.number("variance")
    if variance is not None and "se" not in found:
        if float(variance) < 0:
            raise _UnreadError(f"the variance {variance} is below zero")
        found["se"] = repr(math.sqrt(float(variance)))
    own: PrintedCell | None = row.printed("ci")
    p = row.number("p") or cell.p or (own.p if own else None)
    if p is not None:
        found["p"] = p
    if row.text("log").casefold() in ("true", "yes") and measure in (*RATIOS, "ROM", "PETO"):
        found["log"] = True
    return found


def _interval(row: _Row, cell: PrintedCell) -> Plain:
    """The interval of two columns, of its own column, or of the estimate's cell; and its level."""
    own: PrintedCell | None = row.printed("ci")
    sources = [(row.number("ci_low"), row.number("ci_high")), (own.low, own.high) if own else (None, None)]
    sources.append((cell.low, cell.high))
    limits = next(([low, high] for low, high in sources if low is not None and high is not None), None)
    if limits is None:
        return {}
    level = row.text("level") or cell.level or (own.level if own else None) or "95 %"
    level = level if level.endswith("%") else f"{level} %"
    return {"ci": limits} | ({} if level.replace(" ", "") == "95%" else {"level": level})
