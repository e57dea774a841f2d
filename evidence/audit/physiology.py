"""Plausible ranges of what is measured in persons, kept as data in physiology.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evidence.audit.arithmetic import Interval
from evidence.records.parsing import parse_file
from evidence.records.units import UnitError, conversion_factor, normal_unit

DATA = Path(__file__).with_name("physiology.yaml")

_IN_PARENTHESES = re.compile(r"\([^()]*\)\s*$")
_MEDIUM = re.compile(r"^(?:(?:serum|plasma|blood|total|mean|baseline|s-|p-)\s*)+(?=\S)")


@dataclass(frozen=True)
class Quantity:
    """Something that is measured, and the means of groups that are plausible, by unit."""

    name: str
    plausible: dict[str, Interval]

    def range_in(self, unit: str) -> Interval | None:
        """The plausible means in a unit; None when it cannot be converted to a listed one."""
        listed = {_unit_key(known): known for known in self.plausible}
        exact = listed.get(_unit_key(unit))
        if exact is not None:
            return self.plausible[exact]
        for known, span in self.plausible.items():
            factor = _factor(known, unit)
            if factor is not None:
                return Interval(span.low * factor, span.high * factor)
        return None

    def units_that_fit(self, values: list[float]) -> list[str]:
        """The listed units in which all values are plausible."""
        return [
            unit
            for unit, span in self.plausible.items()
            if all(span.low <= value <= span.high for value in values)
        ]


def find_quantity(variable: str) -> Quantity | None:
    """The quantity that a table row or exposure is about, by its name; None for an unknown one."""
    name = " ".join(variable.lower().split())
    for spelling in (name, _IN_PARENTHESES.sub("", name).strip(" ,:")):
        found = _quantities().get(spelling) or _quantities().get(_MEDIUM.sub("", spelling))
        if found is not None:
            return found
    return None


@cache
def _quantities() -> dict[str, Quantity]:
    tree, problems = parse_file(DATA)
    assert not problems
    found: dict[str, Quantity] = {}
    for name, entry in tree.root.plain().items():
        plausible = {unit: Interval(*map(float, span)) for unit, span in entry["mean"].items()}
        for spelling in (name, *entry["also"]):
            assert spelling not in found, spelling
            found[spelling] = Quantity(name, plausible)
    return found


def _unit_key(unit: str) -> str:
    return normal_unit(unit).lower().replace(" ", "").replace("^", "")


@cache
def _factor(source: str, target: str) -> float | None:
    try:
        return conversion_factor(source, target)
    except UnitError:
        return None
