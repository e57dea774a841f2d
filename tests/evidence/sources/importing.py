"""What several tests of imports use: a table read and recognised as `import` does it."""

from __future__ import annotations

import datetime
from pathlib import Path

from evidence.records.effect import Effect
from evidence.records.schema import Record
from evidence.sources.entries import ImportedRow, Skipped
from evidence.sources.mapping import Plan, guessed
from evidence.sources.record_making import records_from
from evidence.sources.revman.opening import is_revman, read_revman
from evidence.sources.sheets import Sheet, read_sheets, sheets_of
from evidence.sources.table_rows import entries_of

DAY = datetime.date(2026, 3, 14)


def table(text: str) -> Sheet:
    (only,) = sheets_of(Path("t.csv"), text.encode())
    return only


def with_plan(text: str, **given: object) -> tuple[list[ImportedRow], list[Skipped]]:
    """The entries of a table, its columns as stated."""
    return entries_of(table(text), Plan.model_validate(given), "t.csv")


def as_recognised(text: str, **values: str) -> tuple[list[ImportedRow], list[Skipped]]:
    """The entries of a table, its columns as recognised."""
    sheet = table(text)
    plan = guessed(sheet).plan
    plan = plan.model_copy(update={"values": {**plan.values, **values}})
    assert plan.lacking is None
    return entries_of(sheet, plan, "t.csv")


def records_of(entries: list[ImportedRow]) -> list[Record]:
    made, skipped = records_from(entries, "AB", DAY)
    assert skipped == []
    return [Record.model_validate(each) for each in made]


def imported(path: Path, **values: str) -> tuple[list[Record], list[Skipped]]:
    """A file's records, whatever file it is, and the rows that are none."""
    sheets = () if path.suffix in (".rm5", ".zip") else read_sheets(path)
    if is_revman(path, sheets):
        found = read_revman(path, values.get("measure"))
        entries, skipped = list(found.entries), list(found.skipped)
    else:
        plan = guessed(sheets[0]).plan
        plan = plan.model_copy(update={"values": {**plan.values, **values}})
        if plan.lacking is not None:
            return [], [Skipped(path.name, plan.lacking)]
        entries, skipped = entries_of(sheets[0], plan, path.name)
    made, unfit = records_from(entries, "AB", DAY)
    return [Record.model_validate(each) for each in made], [*skipped, *unfit]


def first_effect(record: Record) -> Effect:
    """The effect of a record's first estimate, which must have one."""
    effect = record.estimates[0].effect
    assert effect is not None
    return effect
