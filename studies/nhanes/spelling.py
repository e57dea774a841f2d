"""How names and units of variables are spelled where people read them."""

from __future__ import annotations

import re
import unicodedata

from studies.nhanes.variables.definition import Variable

_IN_WORDS = {
    "≤": " to ",
    "<=": " to ",
    "≥": " from ",
    ">=": " from ",
    "<": " below ",
    ">": " above ",
    "+": " up",
}
_SPELLINGS = {"m2": "m²", "umol": "µmol", "uL": "µL"}


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def spelled_unit(unit: str) -> str:
    """A unit with its superscript and its Greek letter: kg/m², µmol/L."""
    for plain, spelled in _SPELLINGS.items():
        unit = unit.replace(plain, spelled)
    return unit


def unit_of(variable: Variable) -> str:
    """The unit of a variable, spelled; empty for one without."""
    return spelled_unit(variable.unit or "")


def one_unit(unit: str | None, number: str = "1") -> str:
    """So many of a unit, where a slope is per it: 1 g/dL, 1 year, 0.5 units."""
    if unit in (None, "", "ratio", "dimensionless", "1"):
        unit = "unit" if number == "1" else "units"
    elif unit == "years" and number == "1":
        unit = "year"
    return f"{number} {spelled_unit(unit or '')}"


def in_unit(variable: Variable) -> str:
    """A variable with its unit where it has one: hemoglobin (g/dL)."""
    unit = unit_of(variable)
    return variable.label + (f" ({unit})" if unit else "")


def with_unit(variable: Variable) -> str:
    """A variable as an axis or a header names it: Hemoglobin (g/dL)."""
    return capital(in_unit(variable))


def slug(label: str) -> str:
    """A label as a part of an id: lower-case letters without accents and digits, comparisons in words."""
    for sign, words in _IN_WORDS.items():
        label = label.replace(sign, words)
    label = "".join(each for each in unicodedata.normalize("NFKD", label) if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
