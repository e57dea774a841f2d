"""Columns that a caller wants in a forest plot: of the table that the effects came from, or lists."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from numbers import Integral, Real
from typing import Any

from evidence.effects.input_columns import is_missing, names_of
from evidence.wording import NOTHING, written
from synthesis.plots.given import Given

WEIGHTS = "weights"
EVENTS, MEANS = "events", "means"
_EVENTS = (("Events/N", "{ai}/{n1i}"), ("Events/N (control)", "{ci}/{n2i}"))
_MEANS = (("Mean (SD)", "{m1i} ({sd1i})"), ("Mean (SD) (control)", "{m2i} ({sd2i})"))
_SIZES = {"n1i": ("ai", "bi"), "n2i": ("ci", "di")}
LIGHT_WORDS = {
    "low": "low",
    "low risk": "low",
    "+": "low",
    "some concerns": "some concerns",
    "some": "some concerns",
    "moderate": "some concerns",
    "moderate risk": "some concerns",
    "high": "high",
    "high risk": "high",
    "serious": "high",
    "critical": "high",
    "-": "high",
    "−": "high",
    "unclear": "unclear",
    "unclear risk": "unclear",
    "no information": "unclear",
    "?": "unclear",
    "": "",
}
"""The judgements of the known tools, in small letters, as words that a light has."""


@dataclass(frozen=True)
class ExtraColumns:
    """Headers, one row of texts a study, which headers stand above lights, and whether weights are shown."""

    headers: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    lights: tuple[str, ...] = ()
    weights: bool = True

    def of(self, study: int) -> tuple[str, ...]:
        """The texts of a study."""
        return self.cells[study] if self.headers else ()


def extra_columns(columns: Any, risk_of_bias: Any, given: Given, labels: Sequence[str]) -> ExtraColumns:
    """Columns as people write them.

    columns: names of columns of `data`; or a dictionary from headers to names, to lists with a value for each
    study, or to texts with names in braces, such as {"Vaccinated": "{tpos}/{n}"}. Among the names "weights",
    "events" (from ai, n1i or bi, ci, n2i or di) and "means" (m1i, sd1i, m2i, sd2i) are known. Weights are
    shown where no columns are named. risk_of_bias: the same, of judgements: low, some concerns, high or
    unclear.
    Raises ValueError for what is none of these, naming what was expected.
    """
    wanted = _wanted(columns, "columns")
    weights = columns is None or any(source == WEIGHTS for _, source in wanted)
    wanted = [each for pair in wanted if pair[1] != WEIGHTS for each in _known_sets(pair, given)]
    judged = _wanted(risk_of_bias, "risk_of_bias")
    found = [_texts(source, given, labels, f"column '{header}'") for header, source in wanted]
    found += [_judgements(source, given, labels, header) for header, source in judged]
    headers = tuple(header for header, _ in (*wanted, *judged))
    repeated = next((name for name in headers if headers.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"the column '{repeated}' is named twice; expected each once")
    cells = tuple(zip(*found, strict=True)) if found else ()
    return ExtraColumns(headers, cells, tuple(header for header, _ in judged), weights)


def _wanted(columns: Any, what: str) -> list[tuple[str, Any]]:
    """Headers with what stands below them."""
    if columns is None:
        return []
    if isinstance(columns, Mapping):
        return [(str(header), source) for header, source in columns.items()]
    if isinstance(columns, str):
        return [(_header(columns), columns)]
    if not isinstance(columns, Sequence) or not all(isinstance(name, str) for name in columns):
        raise ValueError(
            f"{what} is {columns!r}; expected names of columns of `data`, or a dictionary by headers"
        )
    return [(_header(name), name) for name in columns]


def _header(name: str) -> str:
    """A column's name as a header, or a text with names: 'Risk of bias' of 'risk_of_bias', 'Age/sex'."""
    known = next((header for header, template in (*_EVENTS, *_MEANS) if template == name), None)
    if known is not None:
        return known
    shown = re.sub(r"[{}]", "", name).replace("_", " ").strip() or name
    return shown[:1].upper() + shown[1:] if shown.islower() and len(shown) > 1 else shown


def _known_sets(pair: tuple[str, Any], given: Given) -> list[tuple[str, Any]]:
    header, source = pair
    own = source in (EVENTS, MEANS) and (given.data is None or source not in names_of(given.data))
    if not own:
        return [(header, source)]
    return list(_EVENTS if source == EVENTS else _MEANS)


def _texts(source: Any, given: Given, labels: Sequence[str], what: str) -> list[str]:
    if isinstance(source, str) and "{" in source:
        return _filled(source, given, labels, what)
    return [_shown(value) for value in given.values(source, labels, what)]


def _filled(template: str, given: Given, labels: Sequence[str], what: str) -> list[str]:
    """The template with each study's values in the place of the names in braces."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as reason:
        raise ValueError(f"{what}: '{template}' is no text with names in braces: {reason}") from None
    names = list(dict.fromkeys(name for _, name, _, _ in parts if name is not None))
    columns = {name: _named(name, given, labels, what) for name in names}
    rows = []
    for study in range(len(labels)):
        texts = {name: _shown(values[study]) for name, values in columns.items()}
        empty = all(text == NOTHING for text in texts.values())
        filled = "".join(text + (texts[name] if name is not None else "") for text, name, _, _ in parts)
        rows.append(NOTHING if empty else filled)
    return rows


def _named(name: str, given: Given, labels: Sequence[str], what: str) -> list[Any]:
    """A column by its name; group sizes also from events and non-events."""
    if name in _SIZES and given.data is not None and name not in names_of(given.data):
        return list(map(_together, *(given.values(part, labels, what) for part in _SIZES[name])))
    return given.values(name, labels, what)


def _together(events: Any, others: Any) -> Any:
    return None if _absent(events) or _absent(others) else events + others


def _shown(value: Any) -> str:
    """Whole numbers and text as they are, other numbers with four significant digits."""
    if _absent(value):
        return NOTHING
    if isinstance(value, Integral) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else written(number, digits=4)


def _absent(value: Any) -> bool:
    return is_missing(value) or (isinstance(value, float) and isnan(value))


def _judgements(source: Any, given: Given, labels: Sequence[str], header: str) -> list[str]:
    found = []
    for label, value in zip(labels, given.values(source, labels, header), strict=True):
        word = "" if _absent(value) else str(value).strip().lower()
        if word not in LIGHT_WORDS:
            raise ValueError(f"{label}: {header} is '{value}'; expected low, some concerns, high or unclear")
        found.append(LIGHT_WORDS[word])
    return found
