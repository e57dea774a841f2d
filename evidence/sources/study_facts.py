"""What several rows say of one study: the first that is stated counts, and what differs from it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence.records.printed import shorten
from evidence.sources.entries import ImportedRow, year_in

_OF_THE_STUDY = ("citation", "doi", "pmid", "title", "design", "cohort", "country")


def told_apart(entries: Sequence[ImportedRow]) -> list[ImportedRow]:
    """Rows of one name and several years are several studies, Smith 1990 and Smith 1995.

    A name that says a year itself, such as that of a trial with several reports, stays one study.
    """
    years: dict[str, list[int]] = {}
    for entry in entries:
        stated = years.setdefault(entry.study, [])
        if entry.year is not None and entry.year not in stated:
            stated.append(entry.year)
    several = {name for name, stated in years.items() if len(stated) > 1 and year_in(name) is None}
    return [
        replace(entry, study=f"{entry.study} {entry.year or years[entry.study][0]}", named=entry.study)
        if entry.study in several
        else entry
        for entry in entries
    ]


def facts_of(entries: Sequence[ImportedRow]) -> dict[str, str]:
    """The facts of a study's rows, each from the first row that states it."""
    found: dict[str, str] = {}
    for entry in entries:
        found = {**entry.facts, **found}
    return found


def year_of(entries: Sequence[ImportedRow]) -> int | None:
    """The first year that a study's rows state."""
    return next((each.year for each in entries if each.year is not None), None)


def disagreements(entries: Sequence[ImportedRow]) -> list[str]:
    """What a study's rows say of it in several ways, each with both cells, in one line."""
    found = [] if not entries[0].named else [
        f"rows of '{entries[0].named}' state several years and are taken as a study each"
    ]  # fmt: skip
    for key in ("year", *_OF_THE_STUDY):
        said = list(_said(entries, key))
        other = next(((text, at) for text, at in said if text.casefold() != said[0][0].casefold()), None)
        if other is not None:
            (first, here), (second, there) = said[0], other
            found.append(
                f"{key} is '{shorten(first)}' ({here}) and '{shorten(second)}' ({there}); the first is taken"
            )
    return found


def _said(entries: Sequence[ImportedRow], key: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        text = (str(entry.year) if entry.year else "") if key == "year" else entry.facts.get(key)
        if text:
            yield text, entry.place or entry.at
