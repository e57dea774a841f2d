"""The smallest changes after which everything printed about an effect agrees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from evidence.audit.arithmetic import SLACK, Interval, two_sided_p, z_of
from evidence.audit.consistency import P_SOURCES, agrees
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.slips import (
    Slip,
    decimal_point,
    lost_digit,
    minus_sign,
    one_digit,
    spelled,
    two_digits_transposed,
)
from evidence.audit.wording import format_like, p_equals
from evidence.printed import Printed, PValue

SHOWN_REPAIRS = 3
COARSEST = 10
"""How many times coarser than the number itself a variant may be rounded: the point moved right."""

EVERYWHERE = Interval(-math.inf, math.inf)
LARGEST_LOG = 700.0
SHOWN_VALUES = 3
HALF = Decimal("0.5")
LARGEST_BOUND = Decimal("0.1")
ROUND_DIGITS = ((1,), (5,))
EXCEEDED_BOUNDS = (Decimal("0.01"), Decimal("0.05"), Decimal("0.1"))

NUMBERS = {
    "estimate": "an estimate",
    "lower": "a lower limit",
    "upper": "an upper limit",
    "se": "a standard error",
    "t": "a test statistic",
}
SLIPS: tuple[tuple[str, Slip], ...] = (
    ("a wrong sign", minus_sign),
    ("a shifted decimal point", decimal_point),
    ("two digits transposed", two_digits_transposed),
    ("one digit wrong", one_digit),
    ("a digit lost", lost_digit),
)


@dataclass(frozen=True)
class Repair:
    """One slip that would explain a contradiction, and the values that would mend it, best first."""

    slip: str
    what: str
    values: tuple[str, ...]
    effect: PrintedEffect
    misfit: float

    def __str__(self) -> str:
        shown = " or ".join(self.values[:SHOWN_VALUES]) + (" ..." if len(self.values) > SHOWN_VALUES else "")
        gives = "" if self.what.startswith("p") else _resulting_p(self.effect)
        return f"{self.what} {shown}".strip() + f"{gives}: {self.slip}?"


@lru_cache(maxsize=64)
def nearest_consistent(effect: PrintedEffect) -> str:
    """A hint: the slips that would explain the contradiction, or the numbers that would mend it."""
    found = repairs(effect)
    if not found:
        return _needed(effect)
    shown = [str(repair) for repair in found[:SHOWN_REPAIRS]]
    if len(found) == 1:
        only = shown[0][0].upper() + shown[0][1:] if shown[0].startswith("a") else shown[0]
        return f"{only} It is the only single slip that makes all agree."
    more = f" And {len(found) - SHOWN_REPAIRS} more." if len(found) > SHOWN_REPAIRS else ""
    return f"Several single slips would each explain it: {' '.join(shown)}{more} Check the full text."


def repairs(effect: PrintedEffect) -> list[Repair]:
    """Every single slip after which all printed numbers agree; the simplest kind first."""
    p_is_alone = effect.p is not None and agrees(replace(effect, p=None))
    return [
        *_one_number(effect, SLIPS[:1]),
        *_exchanged(effect),
        *_other_level(effect),
        *(_of_p(effect) if p_is_alone else ()),
        *_one_number(effect, SLIPS[1:]),
    ]


def _one_number(effect: PrintedEffect, slips: tuple[tuple[str, Slip], ...]) -> Iterator[Repair]:
    for slip, variants in slips:
        of_this_kind = (_best_values(effect, slip, name, variants) for name in NUMBERS)
        yield from sorted((r for r in of_this_kind if r is not None), key=lambda repair: repair.misfit)


def _best_values(effect: PrintedEffect, slip: str, name: str, variants: Slip) -> Repair | None:
    printed: Printed | None = getattr(effect, name)
    if printed is None:
        return None
    room = _room(effect, name).widened(COARSEST * printed.half_unit)
    candidates = [
        _with_number(effect, name, spelled(variant))
        for variant in variants(printed.value)
        if room.low <= variant <= room.high
    ]
    mended = sorted((candidate for candidate in candidates if agrees(candidate)), key=_misfit)
    if not mended:
        return None
    values = tuple(dict.fromkeys(getattr(candidate, name).text for candidate in mended))
    return Repair(slip, f"{NUMBERS[name]} of", values, mended[0], _misfit(mended[0]))


def _room(effect: PrintedEffect, name: str) -> Interval:
    """Where, on the printed scale, a number must be for the interval to be centred on the estimate.

    Saves a full check of most variants; everywhere for numbers that are not part of an interval.
    """
    bounds = [effect.on_scale(n) for n in (effect.estimate, effect.lower, effect.upper) if n is not None]
    if name not in ("estimate", "lower", "upper") or not effect.is_symmetric or effect.measure == "r":
        return EVERYWHERE
    if len(bounds) < 3 or any(bound is None for bound in bounds):
        return EVERYWHERE
    centre, lower, upper = (bound for bound in bounds if bound is not None)
    if name == "estimate":
        room = Interval((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
    else:
        other = upper if name == "lower" else lower
        room = Interval(2 * centre.low - other.high, 2 * centre.high - other.low)
    room = room.widened(SLACK * max(map(abs, room)))
    if effect.scale.name == "log" and room.high > LARGEST_LOG:
        return EVERYWHERE
    return Interval(*map(effect.scale.back, room))


def _with_number(effect: PrintedEffect, name: str, number: Printed) -> PrintedEffect:
    changes: dict[str, Any] = {name: number}
    return replace(effect, **changes)


def _exchanged(effect: PrintedEffect) -> Iterator[Repair]:
    if effect.lower is None or effect.upper is None:
        return
    estimate, lower, upper = effect.estimate, effect.lower, effect.upper
    exchanges = (
        ("limits exchanged", estimate, upper, lower),
        ("estimate and lower limit exchanged", lower, estimate, upper),
        ("estimate and upper limit exchanged", upper, lower, estimate),
        ("the minus signs of both limits lost or added", estimate, _negative(upper), _negative(lower)),
        ("the minus signs of both limits lost or added", estimate, _negative(lower), _negative(upper)),
    )
    for slip, middle, low, high in exchanges:
        candidate = replace(effect, estimate=middle, lower=low, upper=high)
        if agrees(candidate):
            text = f"{middle.text.strip()} [{low.text.strip()}, {high.text.strip()}]"
            yield Repair(slip, text, (), candidate, _misfit(candidate))


def _negative(number: Printed) -> Printed:
    return spelled(-number.value)


def _other_level(effect: PrintedEffect) -> Iterator[Repair]:
    if effect.lower is None:
        return
    for level in (0.95, 0.90, 0.99):
        candidate = replace(effect, level=level)
        if not math.isclose(level, effect.level) and agrees(candidate):
            yield Repair("an interval of another level", f"A {100 * level:g} % interval", (), candidate, 0.0)


def _of_p(effect: PrintedEffect) -> Iterator[Repair]:
    """Slips of the p-value, asked only when everything else agrees."""
    assert effect.p is not None
    assert effect.p.number is not None
    for relation in _other_relations(effect.p.relation, effect.p.number.value):
        slip = "'<' or '>' lost" if effect.p.relation == "=" else f"'{effect.p.relation}' for '{relation}'"
        yield from _if_it_agrees(effect, relation, [effect.p.number], slip)
    yield from _one_sided(effect)
    for slip, variants in SLIPS[1:4] if effect.p.relation == "=" else SLIPS[1:2]:
        in_range = [spelled(number) for number in variants(effect.p.number.value) if 0 <= number <= 1]
        yield from _if_it_agrees(effect, effect.p.relation, in_range, slip)
    exact = nominal_p(effect)
    if exact is not None:
        yield Repair("the p-value alone wrong", p_equals(exact), (), replace(effect, p=None), 0.0)


def _other_relations(relation: str, number: Decimal) -> tuple[str, ...]:
    """What may have stood before a p-value: bounds are round, and nobody writes p > 0.001."""
    others = ["="]
    if 0 < number <= LARGEST_BOUND and number.normalize().as_tuple().digits in ROUND_DIGITS:
        others.append("<")
    if number in EXCEEDED_BOUNDS:
        others.append(">")
    return tuple(other for other in others if other != relation)


def _if_it_agrees(
    effect: PrintedEffect, relation: str, numbers: list[Printed], slip: str
) -> Iterator[Repair]:
    candidates = [
        replace(effect, p=PValue(f"{relation} {number.text.strip()}", relation, number)) for number in numbers
    ]
    mended = sorted((candidate for candidate in candidates if agrees(candidate)), key=_misfit)
    if mended:
        values = tuple(dict.fromkeys(str(candidate.p) for candidate in mended))
        yield Repair(slip, "p", values, mended[0], _misfit(mended[0]))


def _one_sided(effect: PrintedEffect) -> Iterator[Repair]:
    """A one-sided p is half of the two-sided one."""
    p = effect.p
    if p is None or p.number is None or p.relation != "=" or not 0 < p.number.value < HALF:
        return
    doubled = 2 * p.number.value
    number = spelled(doubled)
    wider = PValue(p.text, "=", number)
    allowed = [source(effect) for source in P_SOURCES]
    if all(a is None or (2 * p.lowest <= a.high and a.low <= 2 * p.highest) for a in allowed):
        yield Repair("a one-sided test", f"Two-sided, p = {number}", (), replace(effect, p=wider), 0.0)


def _misfit(effect: PrintedEffect) -> float:
    """How far the printed numbers themselves, unrounded, are from agreeing."""
    misfit = 0.0
    if effect.centre is not None and effect.limits is not None:
        lower, upper = (sum(limit) / 2 for limit in effect.limits)
        half = (upper - lower) / 2
        if half > 0:
            misfit += abs(sum(effect.centre) / 2 - (lower + upper) / 2) / half
    exact = nominal_p(effect)
    if (
        exact is not None
        and effect.p is not None
        and effect.p.relation == "="
        and effect.p.number is not None
    ):
        misfit += min(10.0, abs(z_of(float(effect.p.number)) - z_of(exact)))
    return misfit


def nominal_p(effect: PrintedEffect) -> float | None:
    """The p-value of the printed numbers taken at face value; None when they give none."""
    if effect.centre is None or not effect.tests_null or not effect.conventions:
        return None
    convention = effect.conventions[0]
    estimate = sum(effect.centre) / 2
    if effect.limits is not None and effect.is_symmetric:
        lower, upper = (sum(limit) / 2 for limit in effect.limits)
        return convention.p_value(2 * abs(estimate) / (upper - lower)) if upper > lower else None
    if effect.se is not None and float(effect.se) > 0:
        return two_sided_p(estimate / float(effect.se), convention.df)
    return two_sided_p(float(effect.t), convention.df) if effect.t is not None else None


def _resulting_p(effect: PrintedEffect) -> str:
    """Which p a repair leads to, where one is printed to compare it with."""
    exact = nominal_p(effect)
    if effect.p is None or exact is None or not any(source(effect) for source in P_SOURCES):
        return ""
    return f" gives {p_equals(exact)}"


def _needed(effect: PrintedEffect) -> str:
    """What each number would have to be if it alone were wrong."""
    if effect.limits is None or effect.centre is None or not effect.is_symmetric:
        return "No single slip explains it. Check the full text."
    back = effect.scale.back
    (lower, upper), estimate = (sum(limit) / 2 for limit in effect.limits), sum(effect.centre) / 2
    rest = replace(effect, estimate=_like(back((lower + upper) / 2), effect.estimate))
    assert effect.lower is not None
    assert effect.upper is not None
    needed = [
        ("estimate", "an estimate", rest),
        ("lower", "a lower limit", replace(effect, lower=_like(back(2 * estimate - upper), effect.lower))),
        ("upper", "an upper limit", replace(effect, upper=_like(back(2 * estimate - lower), effect.upper))),
    ]
    options = [f"{what} of {getattr(new, name).text}" for name, what, new in needed if agrees(new)]
    centre = f"The interval's centre is {rest.estimate.text}"
    if not options:
        return f"{centre}; no change of one number alone makes all agree. Check the full text."
    return f"{centre}; {' or '.join(options)} would be consistent. Check the full text."


def _like(value: float, model: Printed) -> Printed:
    return Printed.parse(format_like(value, model))
