"""Rules about units and the values that stand beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evidence.audit.arithmetic import Interval
from evidence.audit.rule import NOTE, RECORD_RULES, WARNING, Finding
from evidence.records.parsing import KeyPath, parse_file
from evidence.records.printed import Printed
from evidence.records.schema import Exposure, Record
from evidence.records.units import UnitError, conversion_factor, normal_unit
from evidence.records.vocabulary import NOT_STATED
from evidence.wording import enumerate_words, written

# Plausible ranges of what is measured in persons, kept as data in physiology.yaml.


DATA = Path(__file__).with_name("physiology.yaml")

_IN_PARENTHESES = re.compile(r"\([^()]*\)\s*$")
_MEDIUM = re.compile(r"^(?:(?:serum|plasma|blood|total|mean|baseline|s-|p-)\s*)+(?=\S)")


@dataclass(frozen=True)
class StatedQuantity:
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


def find_quantity(variable: str) -> StatedQuantity | None:
    """The quantity that a table row or exposure is about, by its name; None for an unknown one."""
    name = " ".join(variable.lower().split())
    for spelling in (name, _IN_PARENTHESES.sub("", name).strip(" ,:")):
        found = _quantities().get(spelling) or _quantities().get(_MEDIUM.sub("", spelling))
        if found is not None:
            return found
    return None


@cache
def _quantities() -> dict[str, StatedQuantity]:
    tree, problems = parse_file(DATA)
    assert not problems
    found: dict[str, StatedQuantity] = {}
    for name, entry in tree.root.plain().items():
        plausible = {unit: Interval(*map(float, span)) for unit, span in entry["mean"].items()}
        for spelling in (name, *entry["also"]):
            assert spelling not in found, spelling
            found[spelling] = StatedQuantity(name, plausible)
    return found


def _unit_key(unit: str) -> str:
    return normal_unit(unit).lower().replace(" ", "").replace("^", "")


@cache
def _factor(source: str, target: str) -> float | None:
    try:
        return conversion_factor(source, target)
    except UnitError:
        return None


@dataclass(frozen=True)
class Measured:
    """Values of a known quantity with the unit printed for them, and where unit and values stand."""

    at_unit: KeyPath
    at_values: KeyPath
    name: str
    unit: str
    values: tuple[Printed, ...]
    quantity: StatedQuantity

    @property
    def listed(self) -> str:
        """The values as printed."""
        return enumerate_words([value.text.strip() for value in self.values])


def measured(record: Record) -> Iterator[Measured]:
    """Every mean of the baseline tables, and every threshold of an exposure, that has a known quantity."""
    for table_index, table in enumerate(record.baseline):
        for row_index, row in enumerate(table.rows):
            quantity = find_quantity(row.variable)
            if not row.mean_sd or row.unit is None or quantity is None:
                continue
            at: KeyPath = ("baseline", table_index, "rows", row_index)
            means = tuple(mean for mean, _ in row.mean_sd)
            yield Measured((*at, "unit"), (*at, "mean_sd"), row.variable, row.unit, means, quantity)
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is None or effect.estimate is None or effect.measure != "threshold":
            continue
        exposure = record.exposure_of(estimate)
        quantity = find_quantity(exposure.name)
        if quantity is not None and exposure.unit != NOT_STATED:
            place: KeyPath = ("estimates", index, "effect", "estimate")
            yield Measured(place, place, exposure.name, exposure.unit, (effect.estimate,), quantity)


@RECORD_RULES.rule("unit-against-value", WARNING)
def unit_against_value(record: Record) -> Iterator[Finding]:
    """Values that no group of persons can have in the stated unit, but has in another."""
    for found in measured(record):
        plausible = found.quantity.range_in(found.unit)
        values = [float(value) for value in found.values]
        if plausible is None or any(plausible.low <= value <= plausible.high for value in values):
            continue
        fitting = found.quantity.units_that_fit(values)
        if fitting:
            yield Finding(
                found.at_unit,
                f"{found.name} {found.listed} cannot be in {found.unit}: "
                f"a mean would be {written(plausible.low)} to {written(plausible.high)} {found.unit}",
                f"It is plausible in {enumerate_words(fitting, 'or')}.",
            )


@RECORD_RULES.rule("implausible-value", WARNING)
def implausible_value(record: Record) -> Iterator[Finding]:
    """A mean that no group of persons can have, in any unit of the quantity or beside its neighbours."""
    for found in measured(record):
        plausible = found.quantity.range_in(found.unit)
        if plausible is None:
            continue
        values = [float(value) for value in found.values]
        outside = [value for value in found.values if not plausible.low <= float(value) <= plausible.high]
        if not outside or (len(outside) == len(values) and found.quantity.units_that_fit(values)):
            continue
        listed = enumerate_words([value.text.strip() for value in outside])
        yield Finding(
            found.at_values,
            f"{found.name} {listed} {found.unit} is outside the plausible means of "
            f"{written(plausible.low)} to {written(plausible.high)}",
            "A shifted decimal point, or columns exchanged?",
        )


@RECORD_RULES.rule("unit-of-other-kind", NOTE)
def unit_of_other_kind(record: Record) -> Iterator[Finding]:
    """A unit in which the quantity is not measured."""
    for found in measured(record):
        if found.quantity.range_in(found.unit) is None:
            known = enumerate_words(list(found.quantity.plausible), "or")
            fitting = found.quantity.units_that_fit([float(value) for value in found.values])
            yield Finding(
                found.at_unit,
                f"'{found.unit}' is no unit of {found.name}; expected e.g. {known}",
                f"The values fit {enumerate_words(fitting, 'or')}." if fitting else None,
            )


@RECORD_RULES.rule("printed-unit-differs", WARNING)
def printed_unit_differs(record: Record) -> Iterator[Finding]:
    """A paper's unit that was not taken as printed is told, with the values that speak against it."""
    for name, exposure in record.exposures.items():
        printed = exposure.printed_unit
        if printed is None or normal_unit(printed).lower() == normal_unit(exposure.unit).lower():
            continue
        yield Finding(
            ("exposures", name, "printed_unit"),
            f"{exposure.name} is printed in {printed} and taken as {exposure.unit}",
            _values_against(record, exposure, printed),
        )


def _values_against(record: Record, exposure: Exposure, printed: str) -> str:
    quantity = find_quantity(exposure.name)
    for found in measured(record):
        if quantity is None or found.quantity.name != quantity.name:
            continue
        values = [float(value) for value in found.values]
        in_printed, in_taken = quantity.range_in(printed), quantity.range_in(exposure.unit)
        if in_printed is None or in_taken is None:
            continue
        fits_printed = all(in_printed.low <= value <= in_printed.high for value in values)
        fits_taken = all(in_taken.low <= value <= in_taken.high for value in values)
        if fits_taken and not fits_printed:
            return f"Its values {found.listed} are plausible in {exposure.unit}, not in {printed}."
        if fits_printed and not fits_taken:
            return f"Its values {found.listed} are plausible in {printed}, not in {exposure.unit}."
    return "No value of it is recorded that would decide; check the full text."
