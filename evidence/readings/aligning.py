"""Which entry of one reading is which of the other, where two persons chose the names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from evidence.readings.leaves import Entry
from evidence.readings.values import most_alike, plain

_REFERS = {"outcome": "outcomes", "exposure": "exposures", "model": "models", "where.report": "reports"}
_WHICH = ("outcome", "exposure", "model", "effect.per", "effect.within", "effect.measure")
Entries = Mapping[str, Entry]
Names = Mapping[str, Mapping[str, str]]
"""Of each section, the first reader's name for the second's."""


def pairs_of(first: Entries, second: Entries) -> dict[str, str]:
    """The second's name for each of the first's: the same name, or the only one that either has left."""
    found = {name: name for name in first if name in second}
    left = [name for name in first if name not in found]
    others = [name for name in second if name not in found]
    if len(left) == len(others) == 1:
        found[left[0]] = others[0]
    return found


def translated(entry: Entry, names: Names) -> Entry:
    """An estimate of the second reader that calls its outcome, model and report as the first does."""
    cells = dict(entry.cells)
    for key, section in _REFERS.items():
        if key in cells:
            name = str(cells[key].text)
            cells[key] = replace(cells[key], text=names[section].get(name, name))
    return replace(entry, cells=cells)


def estimate_pairs(first: Entries, second: Entries) -> dict[str, str]:
    """The second's id for each of the first's: the same id, or else the only ones about the same thing."""
    found = {name: name for name in first if name in second}
    about = {name: _about(entry) for name, entry in first.items() if name not in found}
    theirs = {name: _about(entry) for name, entry in second.items() if name not in found}
    once, once_there = Counter(about.values()), Counter(theirs.values())
    by_content = {content: name for name, content in theirs.items() if once_there[content] == 1}
    for name, content in about.items():
        if once[content] == 1 and content in by_content:
            found[name] = by_content[content]
    return found


def _about(entry: Entry) -> tuple[str, ...]:
    """What an estimate is about: outcome, model, stratum, step; not what was read of it."""
    keys = sorted({*_WHICH, *(key for key in entry.cells if key.startswith(("stratum.", "effect.versus.")))})
    return tuple(f"{key}={plain(entry.cells[key].says or '')}" for key in keys if key in entry.cells)


def near(name: str, known: Entries, of_what: str) -> str | None:
    """A hint to the name that was perhaps meant."""
    close = most_alike(name, known)
    return f"Is it the {of_what} '{close}' of the other?" if close else None
