"""Units in the names of columns, e.g. Mean Hb (g/dL), and in rows of a head that hold only units."""

from __future__ import annotations

import re

from evidence.sources.column_words import MEASURES

_UNIT = re.compile(
    r"[(\[]?\s*(?:%|(?:10\^?-?\d\s*)?(?:[munµμ]?g|kg|[munpµμ]?mol|mmhg|[mdcµμ]?l|[mck]?m|iu|u|kcal|kj|"
    r"points?|score|yrs?|y|years?|months?|mo|weeks?|wks?|days?|d|hours?|hrs?|h|min(?:utes)?|s|sec(?:onds)?|"
    r"persons?|person[- ]?years)(?:[\d²³]|\^\d)?(?:\s*(?:/|per)\s*[\w²³^ ]+)?)\s*[)\]]?",
    re.IGNORECASE,
)
_LAST_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")


def is_unit(text: str) -> bool:
    """Whether a text is a unit and nothing else, in brackets or not."""
    return _UNIT.fullmatch(text) is not None


def unit_apart(name: str) -> tuple[str, str | None]:
    """A column's name without the unit in brackets at its end, and the unit; None where there is none.

    A single letter is no unit there, as in Hedges (g) and Cohen (d), nor is a measure, as in log (HR).
    """
    found = _LAST_BRACKETS.search(name)
    said = found[1].strip() if found is not None else ""
    is_measure = len(said) < 2 or said.casefold() in MEASURES
    if found is None or is_measure or not is_unit(said) or not name[: found.start()].strip():
        return name, None
    return name[: found.start()], said
