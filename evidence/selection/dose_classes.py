"""The classes of one comparison as points of a curve: their doses, and what tells their covariance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from evidence.effects.adjusted_ratios import Denominator, reference_correlation
from evidence.effects.hamling import effective_counts
from evidence.records.class_limits import midpoints, parse_class
from evidence.records.dose_choice import DoseResponseChoice
from evidence.records.printed import Printed, PrintedError
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import RATIOS
from evidence.records.shared_reference import Arm, SharedReference
from evidence.records.units import UnitError, conversion_factor, parse_quantity
from evidence.records.vocabulary import Measure

Numbers = npt.NDArray[np.float64]
_LAST_DIGIT = re.compile(r"^.*\d\s*")
COUNTS_NEEDED = (
    "the covariance of its classes is not known: it needs the cases and persons (or person-time) of every "
    "class, or of means its persons; 'covariance: independent' leaves it out"
)


def doses_of(comparison: SharedReference, unit: str, choice: DoseResponseChoice) -> dict[str, float]:
    """The dose of every class by its id, in the unit of the curve.

    unit: of the record's exposure, which numbers without a unit have. Raises NotPoolableError with the
    reason for which the classes have none.
    """
    arms = comparison.arms
    if choice.doses == "midpoint" and any(arm.dose is None for arm in arms):
        middles = _middles(arms, unit, choice)
    else:
        middles = {}
    found = {arm.id: _stated(arm, unit, choice) if arm.dose else _from(arm, middles) for arm in arms}
    if len(set(found.values())) == 1:
        raise NotPoolableError("all its classes have the same dose")
    return found


def _stated(arm: Arm, unit: str, choice: DoseResponseChoice) -> float:
    assert arm.dose is not None
    try:
        number, its_unit = Printed.parse(arm.dose).value, unit
    except PrintedError:
        number, its_unit = Decimal(1), arm.dose
    try:
        return float(number) * _factor(its_unit, choice.unit)
    except UnitError as error:
        raise NotPoolableError(f"the dose of class '{arm.name}': {error}") from None


def _from(arm: Arm, middles: Mapping[str, float]) -> float:
    if arm.id in middles:
        return middles[arm.id]
    way = "" if arm.limits is None else "; 'doses: midpoint' would take the middle of its limits"
    raise NotPoolableError(f"no dose of class '{arm.name}' is stated{way}")


def _middles(arms: Sequence[Arm], unit: str, choice: DoseResponseChoice) -> dict[str, float]:
    classes = []
    for arm in arms:
        found = None if arm.limits is None else parse_class(arm.limits)
        if arm.limits is None or found is None:
            limits = "" if arm.limits is None else f" that can be read ('{arm.limits}')"
            raise NotPoolableError(f"class '{arm.name}' has neither a dose nor limits{limits}")
        classes.append(found)
    units = {_LAST_DIGIT.sub("", arm.limits).strip() for arm in arms if arm.limits is not None} - {""}
    if len(units) > 1:
        raise NotPoolableError(f"its classes have limits in different units ({', '.join(sorted(units))})")
    try:
        factor = _factor(units.pop() if units else unit, choice.unit)
        middles = midpoints(classes, choice.open_classes)
        return {arm.id: middle * factor for arm, middle in zip(arms, middles, strict=True)}
    except ValueError as error:  # a unit that cannot be converted, or a class without a width
        raise NotPoolableError(f"the limits of its classes: {error}") from None


def _factor(source: str, wanted: str) -> float:
    """What a number in one unit is multiplied by to be in another, which has no step; raises UnitError."""
    printed = parse_quantity(source)
    return float(printed.number) * conversion_factor(printed.unit, parse_quantity(wanted).unit)


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """Cases and persons (or person-time) of the reference and some classes, and what ratios are of.

    kind: odds, risks, rates, or means, which have no cases; shape (m + 1,), the reference first.
    """

    kind: str
    cases: Numbers | None
    sizes: Numbers

    @classmethod
    def of(cls, reference: Arm, classes: Sequence[Arm], measure: Measure) -> ClassCounts | None:
        """None where the covariance of the classes does not follow from what is printed."""
        arms = (reference, *classes)
        if measure not in RATIOS:
            if any(arm.n is None for arm in arms):
                return None
            return cls("means", None, np.array([float(arm.n) for arm in arms if arm.n is not None]))
        kinds = {arm.kind for arm in arms}
        if kinds not in ({"counts"}, {"rates"}):
            return None
        rates = kinds == {"rates"}
        sizes = [float(size) for arm in arms if (size := arm.person_time if rates else arm.n) is not None]
        cases = [float(arm.events) for arm in arms if arm.events is not None]
        kind = "rates" if rates else "odds" if measure == "OR" else "risks"
        return cls(kind, np.array(cases), np.array(sizes))

    def refuse_unsolved(self, yi: Numbers, vi: Numbers, covariance: str) -> None:
        """Raises NotPoolableError where no counts have these ratios."""
        if self.cases is None:
            return
        of: Denominator = "odds" if self.kind == "odds" else "risks" if self.kind == "risks" else "rates"
        try:
            if covariance == "Hamling":
                effective_counts(yi, vi, self.cases, self.sizes, of)
            else:
                reference_correlation(yi, self.cases, self.sizes, of)
        except ValueError as error:
            raise NotPoolableError(f"{error}: its counts and ratios cannot both be right") from None
