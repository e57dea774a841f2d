"""Units as papers print them, and the factor from one to another."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from evidence.records.printed import Printed, PrintedError, shorten
from evidence.records.vocabulary import NOT_STATED

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FACTOR = re.compile(
    r"^(?:[x×]\s*)?(?P<number>[+-]?(?:\d[\d.,]*)?(?:\s*[x×*]?\s*10(?:\^[+-]?|[+-])\d+)?)\s+(?P<unit>\S.*)$"
)
_POWER = re.compile(r"^(?:(?P<mantissa>[\d.,]+)\s*[x×*]\s*)?10(?:\^|(?=[+-]))(?P<exponent>[+-]?\d+)$")
_RAISED = re.compile(r"(?<=10)(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])")
"""Where the raised exponent of ten begins: 10² is a hundred, 102 is not."""

_SAME_WORD = {
    "sd": "SD",
    "gm": "g",
    "gr": "g",
    "yr": "year",
    "years": "year",
    "kgs": "kg",
    "unit": "1",
    "units": "1",
}


_FOLD = re.compile(r"^(?P<number>\d+(?:\.\d+)?)[- ]?fold(?: increase| change)?$")
_LOGARITHMS = {"doubling": 2.0, "log2 unit": 2.0, "ln unit": math.e, "log10 unit": 10.0}
"""Steps of a logarithm, each with its base; a 'log unit' alone may be any of them."""


class UnitError(ValueError):
    """Two units that cannot be converted into each other, or one that is unknown."""


@dataclass(frozen=True)
class Quantity:
    """A number of units, e.g. the 1.1 g/dL of 'per 1.1 g/dL' or the 10^-2 g/cm2 of a column head."""

    number: Decimal
    unit: str


@lru_cache(4_096)  # a review spells a few units, of thousands of estimates
def parse_quantity(text: str) -> Quantity:
    """Read '1.1 g/dL', '10^-2 g/cm2' or 'g/cm2' (one of it); raises UnitError for 'not stated'."""
    cleaned = " ".join(_on_the_line(text).replace("−", "-").split())
    if cleaned.lower() == NOT_STATED or not cleaned:
        raise UnitError("the unit is not stated")
    fold = _FOLD.match(cleaned.lower())
    if fold is not None and float(fold["number"]) > 1:
        return Quantity(Decimal(math.log2(float(fold["number"]))), "doubling")
    match = _FACTOR.match(cleaned)
    if match is None or not match["number"]:
        return _in_doublings(Decimal(1), normal_unit(cleaned))
    try:
        number = _number(match["number"].strip())
    except PrintedError as error:
        raise UnitError(str(error)) from None
    if normal_unit(match["unit"]).lower() == NOT_STATED:
        raise UnitError("the unit is not stated")
    return _in_doublings(number, normal_unit(match["unit"]))


def _in_doublings(number: Decimal, unit: str) -> Quantity:
    """Steps of any logarithm as doublings, so that they can be compared; other units as they are."""
    word = re.sub(r"[- ]units?$", " unit", unit.lower()).replace("doublings", "doubling")
    base = _LOGARITHMS.get(word)
    if base is None:
        return Quantity(number, unit)
    return Quantity(number * Decimal(math.log2(base)), "doubling")


def _number(text: str) -> Decimal:
    power = _POWER.match(text)
    if power is None:
        return Printed.parse(text).value
    mantissa = Printed.parse(power["mantissa"]).value if power["mantissa"] else Decimal(1)
    return mantissa.scaleb(int(power["exponent"]))


def _on_the_line(text: str) -> str:
    return _RAISED.sub("^", text).translate(_SUPERSCRIPTS)


@lru_cache(4_096)
def normal_unit(text: str) -> str:
    """One spelling for the same unit: 'g/cm²', 'g/cm^2' and 'g / cm2' are 'g/cm2'."""
    unit = re.sub(r"(?<=[A-Za-z])\^", "", _on_the_line(text)).replace("µ", "u").replace("μ", "u")
    unit = re.sub(r"\s*/\s*", "/", unit.strip())
    unit = re.sub(r"(?<=[a-z])/dl\b", "/dL", re.sub(r"(?<=[a-z])/l\b", "/L", unit))
    return _SAME_WORD.get(unit.lower(), unit)


def conversion_factor(source: str, target: str) -> float:
    """What a number in `source` is multiplied by to be in `target`; raises UnitError.

    Units that have no common dimension (g/dL and SD) are refused: nothing is guessed.
    """
    from_unit, to_unit = normal_unit(source), normal_unit(target)
    if from_unit == to_unit:
        return 1.0
    if "SD" in (from_unit, to_unit):  # no unit has its dimension; pint would say so, once it is loaded
        raise _no_conversion(from_unit, to_unit)
    return _pint_factor(from_unit, to_unit)


def _no_conversion(source: str, target: str) -> UnitError:
    return UnitError(f"'{shorten(source)}' cannot be converted to '{shorten(target)}'")


@cache
def _pint_factor(source: str, target: str) -> float:
    quantity = _registry()
    try:
        return float((quantity(_pint_spelling(source)) / quantity(_pint_spelling(target))).to("").magnitude)
    except Exception as error:  # pint raises tokenizer, attribute and dimension errors alike
        raise _no_conversion(source, target) from error


@cache
def _registry() -> Callable[[str], Any]:
    """pint's quantity, loaded only when two spellings really differ: it costs a third of a second."""
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("international_unit = [biological_activity] = IU")
    quantity: Callable[[str], Any] = registry.Quantity
    return quantity


def _pint_spelling(unit: str) -> str:
    return re.sub(r"([A-Za-z])(-?\d+)", r"\1**\2", unit).replace("^", "**")


def quantity_fault(text: str | None) -> str:
    """Why a step or a unit cannot be; empty where it can, or where there is none."""
    if text is None:
        return ""
    try:
        quantity = parse_quantity(text)
    except UnitError as error:
        return f"cannot be read: {error}"
    if quantity.number <= 0:
        return "is not above zero: it would turn or erase every effect"
    return "" if any(map(str.isalpha, quantity.unit)) or "%" in quantity.unit else "has no unit"
