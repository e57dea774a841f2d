"""Which column names the study, its year, the persons and the question: by its name and what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from evidence.records.vocabulary import Measure
from evidence.sources.column_roles import Recognised, measure_in, normal_name
from evidence.sources.column_words import FACTS
from evidence.sources.entries import year_in
from evidence.sources.heads import is_number_like
from evidence.sources.printed_cells import is_missing
from evidence.sources.sheets import Sheet
from evidence.sources.table_words import ADJUSTMENTS, SEXES, Words

_LOOKED_AT = 200
_NAMES_STUDIES = re.compile(
    r"(?:.*_)?(?:acronym|source|label|name|papers?|articles?|short_title|full_citation|registration|"
    r"first_author|investigators?)(?:_.*)?"
)
_NUMBERS_STUDIES = re.compile(r"id|no|nr|num|number|(?:.*_)?id")
_LONGEST_NAME = 80


def _is_word_of(words: Words) -> Callable[[str], bool]:
    known = {each for same in words.values() for each in same}
    return lambda text: text.casefold() in known


_MUST_BE: Mapping[str, Callable[[str], bool]] = {
    "measure": lambda text: measure_in(text) is not None or text in get_args(Measure),
    "sex": _is_word_of(SEXES),
    "adjustment": _is_word_of(ADJUSTMENTS),
    "year": lambda text: year_in(text) is not None,
    "citation": lambda text: not is_number_like(text),
    "outcome": lambda text: not is_number_like(text),
    "author": lambda text: not is_number_like(text),
}
"""What most filled cells of a column must be to hold what its name says."""

_ELSE = {"measure": "outcome", "sex": "group"}
"""What a column holds whose cells are not of the words that its name announces."""


def facts_in(sheet: Sheet, known: Mapping[str, Recognised]) -> dict[str, str]:
    """The columns that hold facts, each with its role; each role once.

    Of several columns of studies one with names is taken before one with numbers. Where none is called so, it
    is the one whose cells look like names of studies, or their numbers.
    """
    cells = {name: _filled(sheet, at) for at, name in enumerate(sheet.header) if name}
    found: dict[str, str] = {}
    for name, each in known.items():
        if each.role in FACTS:
            role = _as_filled(each.role, cells[name])
            if role is not None and (role == each.role or role not in found.values()):
                found[name] = role
    return _with_a_study(_once_each(found, cells), sheet, known, cells)


def _filled(sheet: Sheet, at: int) -> list[str]:
    texts = (" ".join(row.cell(at).split()) for row in sheet.rows[:_LOOKED_AT])
    return [text for text in texts if not is_missing(text)]


def _as_filled(role: str, cells: Sequence[str]) -> str | None:
    """The role, or what such cells hold instead."""
    fits = _MUST_BE.get(role)
    if fits is None or 2 * sum(map(fits, cells)) >= len(cells):
        return role
    return _ELSE.get(role)


def _are_words(cells: Sequence[str]) -> bool:
    return bool(cells) and 2 * sum(map(is_number_like, cells)) < len(cells)


def _once_each(found: Mapping[str, str], cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Of columns of one role the first, of studies the first with words."""
    kept: dict[str, str] = {}
    for role in dict.fromkeys(found.values()):
        names = [name for name, each in found.items() if each == role]
        with_words = [name for name in names if _are_words(cells[name])] if role == "study" else []
        kept[(with_words or names)[0]] = role
    return {name: role for name, role in found.items() if name in kept}


def _with_a_study(
    found: dict[str, str],
    sheet: Sheet,
    known: Mapping[str, Recognised],
    cells: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """With the column that names the studies, where none is called so or it only numbers them."""
    by_role = {role: name for name, role in found.items()}
    if "author" in by_role or ("study" in by_role and _are_words(cells[by_role["study"]])):
        return found
    free = [name for name in cells if name not in known]
    names = [name for name in free if _could_name(cells[name])]
    called = [name for name in names if _NAMES_STUDIES.fullmatch(normal_name(name))]
    if "study" in by_role:
        return found | ({called[0]: "author"} if called else {})
    numbers = [name for name in free if _NUMBERS_STUDIES.fullmatch(normal_name(name))]
    chosen = next(iter([*called, *names, *numbers]), None)
    return ({chosen: "study"} if chosen is not None else {}) | found


def _could_name(cells: Sequence[str]) -> bool:
    """Whether cells are short words of which most differ."""
    short = all(len(text) <= _LONGEST_NAME for text in cells)
    return _are_words(cells) and short and 2 * len(set(cells)) > len(cells)
