"""The numbers of a record, looked for in the text of its reports: what is not as the paper prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidence.records.effect import Locator
from evidence.records.parsing import KeyPath, Severity
from evidence.records.printed import shorten
from evidence.records.schema import Record
from evidence.sources.matching import Numbers, Placement
from evidence.sources.places import TextTable
from evidence.sources.recorded import Together, Wanted, together
from evidence.sources.text import PaperText, table_name

_TABLE = re.compile(r"\s*(?:supplementary\s+)?(?:table|figure|fig)\b", re.IGNORECASE)


class Found(NamedTuple):
    """A number that is not as the text prints it; `rule` names the kind, as `check` prints it."""

    at: KeyPath
    severity: Severity
    rule: str
    says: str
    hint: str | None = None


@dataclass(frozen=True)
class Looked:
    """How many numbers were looked for, and what is not as printed."""

    numbers: int
    findings: tuple[Found, ...]


def look(record: Record, texts: Mapping[str, PaperText]) -> Looked:
    """Look for every recorded number in the texts of its reports, by the reports' keys.

    Numbers of reports without a text are not looked for; those without a report in all texts.
    """
    numbers = {key: Numbers(text) for key, text in texts.items()}
    groups = [
        group for group in together(record) if group.report in numbers or (group.report is None and numbers)
    ]
    findings: list[Found] = []
    for key, one in numbers.items():
        findings += _in_report(one, [group for group in groups if group.report == key])
        findings += _quotes(one.text, record, key)
    for group in groups:
        if group.report is None:
            findings += _anywhere(list(numbers.values()), group)
    return Looked(sum(group.count for group in groups), tuple(findings))


def _quotes(text: PaperText, record: Record, report: str) -> Iterator[Found]:
    """Quotes that are not the text's own words; line breaks and blanks make no difference."""
    located: list[tuple[KeyPath, Locator]] = [
        (("estimates", index), estimate.where) for index, estimate in enumerate(record.estimates)
    ]
    located += [(("comparisons", index), each.where) for index, each in enumerate(record.comparisons)]
    located += [(("baseline", index), table.where) for index, table in enumerate(record.baseline)]
    if record.flow is not None:
        located.append((("flow",), record.flow.where))
    for place, where in located:
        if where.report == report and where.quote and not text.says(where.quote):
            says = f"'{shorten(where.quote, 60)}' are not words of the text"
            yield Found((*place, "where", "quote"), Severity.WARNING, "source-not-found", says)


def _anywhere(texts: Sequence[Numbers], group: Together) -> Iterator[Found]:
    told = [list(_told(text, group, _best(text, group, None))) for text in texts]
    yield from min(told, key=lambda found: (len(found), [each.rule == "source-not-found" for each in found]))


def _in_report(numbers: Numbers, groups: Sequence[Together]) -> Iterator[Found]:
    for group, placed, name, table in located(numbers, groups):
        yield from _told(numbers, group, placed, name, table)


def located(
    numbers: Numbers, groups: Sequence[Together]
) -> Iterator[tuple[Together, Placement | None, str | None, TextTable | None]]:
    """Each group with the place that fits it best, the name of its table, and the table if that is there."""
    tables: dict[str | None, list[Together]] = {}
    for group in groups:
        tables.setdefault(_table_of(group), []).append(group)
    for name, members in tables.items():
        best = [(group, _best(numbers, group, name)) for group in members]
        placed = [
            (group, each) for group, each in best if each is not None and stands_in(numbers, each, name)
        ]
        table = TextTable(numbers, placed) if name is not None and placed else None
        for group, _ in best:
            yield group, _best(numbers, group, name, table), name, table


def _table_of(group: Together) -> str | None:
    """The table that the locator begins with; one that it names later is said beside a text."""
    first = (group.at or "").split(",")[0]
    return table_name(first) if _TABLE.match(first) else None


def stands_in(numbers: Numbers, placed: Placement, name: str | None) -> bool:
    """Whether numbers stand in the table of this name; without a name anywhere."""
    if name is None:
        return True
    table = numbers.text.table_at(numbers.all[placed.first].start)
    return table is not None and table[1] == name


def _best(
    numbers: Numbers, group: Together, name: str | None, table: TextTable | None = None
) -> Placement | None:
    """The placement that fits best: whole, in its table, under its words, with p beside it."""

    def rank(placed: Placement) -> tuple[bool, ...]:
        in_table = stands_in(numbers, placed, name)
        fits = table is None or (in_table and table.wrong_word(group, placed) is None)
        return (
            placed.is_whole and in_table,
            in_table and fits,
            placed.is_whole,
            all(numbers.beside(placed, each) for each in group.near),
        )

    return max(numbers.placements(group), key=rank, default=None)


def _told(
    numbers: Numbers,
    group: Together,
    placed: Placement | None,
    name: str | None = None,
    table: TextTable | None = None,
) -> Iterator[Found]:
    where = f" in {name}" if name else ""
    if placed is None:
        first = group.numbers[0]
        what = " ".join(each.text for each in group.numbers)
        says = f"'{shorten(what, 60)}' does not stand together in the text"
        yield Found(first.at, Severity.WARNING, "source-not-found", says, _nearest(numbers, first))
        return
    line = numbers.text.line_at(numbers.all[placed.first].start)
    quoted = f"{line}: '{shorten(line.text.strip(), 90)}'"
    if not placed.is_whole:
        wanted = group.numbers[placed.found.index(None)]
        assert placed.instead is not None  # a number is missing where another stands
        other = numbers.all[placed.instead]
        says = f"the text prints {other.relation}{other.signed} where the record has {wanted.text}"
        yield Found(wanted.at, Severity.ERROR, "source-differs", says, f"Read {quoted}")
        return
    wrong = None if table is None else table.wrong_word(group, placed)
    if not stands_in(numbers, placed, name):
        says = f"'{group.numbers[0].text}' stands elsewhere, not{where}"
        yield Found(group.numbers[0].at, Severity.WARNING, "source-elsewhere", says, f"Read {quoted}")
    elif wrong is not None:
        says = f"'{group.numbers[0].text}' stands under '{wrong[1]}'{where}, not under '{wrong[0]}'"
        yield Found(group.numbers[0].at, Severity.WARNING, "source-elsewhere", says, f"Read {quoted}")
    missing = [each for each in group.near if not numbers.beside(placed, each)]
    for each in (*missing, *(each for each in group.anywhere if not numbers.like(each))):
        says = f"{each.text} does not stand beside {group.numbers[0].text}"
        yield Found(each.at, Severity.ERROR, "source-differs", says, f"Read {quoted}")


def _nearest(numbers: Numbers, wanted: Wanted) -> str | None:
    """The places where the first of them stands alone, or that it stands nowhere."""
    places = [numbers.text.line_at(numbers.all[index].start) for index in numbers.like(wanted)]
    if not places:
        return f"{wanted.text} stands nowhere in it."
    return f"{wanted.text} alone stands in {', '.join(str(line) for line in places[:3])}."
