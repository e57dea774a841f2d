"""The smallest changes after which everything printed about an effect agrees."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from evidence.audit.arithmetic import LEAST_SHOWN_P, SLACK, Interval, two_sided_p, z_of
from evidence.audit.consistency import P_SOURCES, agrees
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.printed import Printed, PrintedError, PValue
from evidence.wording import all_digits, format_like, p_text, percent

# Slips of pen and print: what a printed number may have been before one thing went wrong with it.


def minus_sign(number: Decimal) -> Iterator[Decimal]:
    """The same digits with the other sign."""
    if number != 0:
        yield -number


def decimal_point(number: Decimal) -> Iterator[Decimal]:
    """The same digits, the point one place to the left or right."""
    if number != 0:
        for shift in (-1, 1):
            yield number.scaleb(shift)


def two_digits_transposed(number: Decimal) -> Iterator[Decimal]:
    """Two neighbouring digits in the other order; the point stays."""
    text = all_digits(number)
    places = [place for place, character in enumerate(text) if character.isdigit()]
    for first, second in pairwise(places):
        if text[first] != text[second]:
            characters = list(text)
            characters[first], characters[second] = characters[second], characters[first]
            yield Decimal("".join(characters))


def one_digit(number: Decimal) -> Iterator[Decimal]:
    """Every number that differs in one digit."""
    text = all_digits(number)
    for place, character in enumerate(text):
        if character.isdigit():
            for other in "0123456789":
                if other != character:
                    yield Decimal(text[:place] + other + text[place + 1 :])


def lost_digit(number: Decimal) -> Iterator[Decimal]:
    """Every number with one digit more after the point."""
    text = all_digits(number)
    whole, point, decimals = text.partition(".")
    if point:
        for place in range(len(decimals)):
            for digit in "0123456789":
                yield Decimal(f"{whole}.{decimals[:place]}{digit}{decimals[place:]}")


Slip = Callable[[Decimal], Iterator[Decimal]]


def differs_by_a_slip(printed: int, meant: int) -> bool:
    """Whether two whole numbers are one digit, or one transposition of neighbours, apart."""
    a, b = str(printed), str(meant)
    if len(a) != len(b):
        return False
    apart = [place for place in range(len(a)) if a[place] != b[place]]
    if len(apart) == 1:
        return True
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and a[apart[0]] == b[apart[1]]
        and a[apart[1]] == b[apart[0]]
    )


def spelled(value: Decimal) -> Printed:
    """A number as it would be printed."""
    return Printed(all_digits(value), value)


SHOWN_REPAIRS = 3
EVERYWHERE = Interval(-math.inf, math.inf)
SHOWN_VALUES = 3
LONGEST = 25
"""Characters of a number in whose digits slips are sought; no paper prints more."""

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

    @property
    def misfit(self) -> float:
        """How far the mended numbers, unrounded, are from agreeing."""
        return _misfit(self.effect)

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
    found = [
        *_one_number(effect, SLIPS[:1]),
        *_exchanged(effect),
        *_other_level(effect),
        *(_of_p(effect) if p_is_alone else ()),
        *_one_number(effect, SLIPS[1:]),
    ]
    # two kinds of slip may mend the same number in the same way: the simpler one says it
    simplest: dict[tuple[str, tuple[str, ...]], Repair] = {}
    for repair in found:
        simplest.setdefault((repair.what, repair.values), repair)
    return list(simplest.values())


def _one_number(effect: PrintedEffect, slips: tuple[tuple[str, Slip], ...]) -> Iterator[Repair]:
    for slip, variants in slips:
        of_this_kind = (_best_values(effect, slip, name, variants) for name in NUMBERS)
        yield from sorted((r for r in of_this_kind if r is not None), key=lambda repair: repair.misfit)


def _best_values(effect: PrintedEffect, slip: str, name: str, variants: Slip) -> Repair | None:
    printed: Printed | None = getattr(effect, name)
    if printed is None or len(all_digits(printed.value)) > LONGEST:
        return None
    room = _room(effect, name)
    candidates = [
        _with_number(effect, name, number)
        for number in map(spelled, variants(printed.value))
        if room.low <= number.highest and number.lowest <= room.high
    ]
    mended = sorted((candidate for candidate in candidates if agrees(candidate)), key=_misfit)
    if not mended:
        return None
    values = tuple(dict.fromkeys(getattr(candidate, name).text for candidate in mended))
    return Repair(slip, f"{NUMBERS[name]} of", values, mended[0])


def _room(effect: PrintedEffect, name: str) -> Interval:
    """Where, on the printed scale, a number must be for the interval to be centred on the estimate.

    Saves a full check of most variants; everywhere for numbers that are not part of an interval.
    """
    numbers = (effect.estimate, effect.lower, effect.upper)
    bounds = [bound for n in numbers if n is not None and (bound := effect.on_scale(n)) is not None]
    if name not in ("estimate", "lower", "upper") or not effect.is_symmetric or effect.measure == "r":
        return EVERYWHERE
    if len(bounds) < len(numbers):
        return EVERYWHERE
    centre, lower, upper = bounds
    if name == "estimate":
        room = Interval((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
    else:
        other = upper if name == "lower" else lower
        room = Interval(2 * centre.low - other.high, 2 * centre.high - other.low)
    room = room.widened(SLACK * max(map(abs, room)))
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
            yield Repair(slip, text, (), candidate)


def _negative(number: Printed) -> Printed:
    return spelled(-number.value)


def _other_level(effect: PrintedEffect) -> Iterator[Repair]:
    if effect.lower is None and effect.upper is None:
        return
    for level in (0.95, 0.90, 0.99):
        candidate = replace(effect, level=level)
        if not math.isclose(level, effect.level) and agrees(candidate):
            yield Repair("an interval of another level", f"A {percent(level)} interval", (), candidate)


def _of_p(effect: PrintedEffect) -> Iterator[Repair]:
    """Slips of the p-value, asked only when everything else agrees."""
    assert effect.p is not None
    assert effect.p.number is not None
    for relation in _other_relations(effect.p.relation, effect.p.number.value):
        slip = "'<' or '>' lost" if effect.p.relation == "=" else f"'{effect.p.relation}' for '{relation}'"
        yield from _if_it_agrees(effect, relation, [effect.p.number], slip)
    yield from _one_sided(effect)
    number = effect.p.number
    slips = SLIPS[1:4] if effect.p.relation == "=" else SLIPS[1:2]
    for slip, variants in slips if len(all_digits(number.value)) <= LONGEST else ():
        probabilities = [spelled(variant) for variant in variants(number.value) if variant <= 1]
        yield from _if_it_agrees(effect, effect.p.relation, probabilities, slip)
    exact = nominal_p(effect)
    if exact is not None:
        yield Repair("the p-value alone wrong", p_text(exact, LEAST_SHOWN_P), (), replace(effect, p=None))


def _other_relations(relation: str, number: Decimal) -> tuple[str, ...]:
    """What may have stood before a p-value: bounds are round, and nobody writes p > 0.001."""
    others = ["="]
    if number <= LARGEST_BOUND and number.normalize().as_tuple().digits in ROUND_DIGITS:
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
        yield Repair(slip, "p", values, mended[0])


def _one_sided(effect: PrintedEffect) -> Iterator[Repair]:
    """A one-sided p is half of the two-sided one."""
    p = effect.p
    assert p is not None
    assert p.number is not None
    if p.relation != "=" or not 0 < p.number.value < HALF:
        return
    doubled = 2 * p.number.value
    number = spelled(doubled)
    wider = PValue(p.text, "=", number)
    allowed = [source(effect) for source in P_SOURCES]
    if all(a is None or (2 * p.lowest <= a.high and a.low <= 2 * p.highest) for a in allowed):
        yield Repair("a one-sided test", f"Two-sided, p = {number}", (), replace(effect, p=wider))


def _misfit(effect: PrintedEffect) -> float:
    """How far the printed numbers themselves, unrounded, are from agreeing."""
    misfit = 0.0
    estimate, limits = effect.at_face_value(effect.estimate), effect.limits_at_face_value
    if estimate is not None and limits is not None:
        misfit += abs(2 * estimate - sum(limits)) / (limits[1] - limits[0])
    exact = nominal_p(effect)
    if exact is not None and effect.p is not None and effect.p.relation == "=":
        middle = (effect.p.lowest + effect.p.highest) / 2  # of 0.00 it is no zero
        misfit += abs(z_of(middle) - z_of(exact))
    return misfit


def nominal_p(effect: PrintedEffect) -> float | None:
    """The p-value of the printed numbers taken at face value; None when they give none."""
    estimate = effect.at_face_value(effect.estimate)
    if estimate is None or not effect.tests_null or not effect.conventions:
        return None
    convention = effect.conventions[0]
    if effect.half_width is not None:
        return convention.p_value(abs(estimate) / effect.half_width)
    if effect.se is not None and effect.se.value > 0:
        return two_sided_p(estimate / float(effect.se), convention.df)
    return two_sided_p(float(effect.t), convention.df) if effect.t is not None else None


def _resulting_p(effect: PrintedEffect) -> str:
    """Which p a repair leads to, where one is printed to compare it with."""
    exact = nominal_p(effect)
    return "" if effect.p is None or exact is None else f" gives {p_text(exact, LEAST_SHOWN_P)}"


def _needed(effect: PrintedEffect) -> str:
    """What each number would have to be if it alone were wrong."""
    estimate, limits = effect.at_face_value(effect.estimate), effect.limits_at_face_value
    if estimate is None or limits is None:
        return "No single slip explains it. Check the full text."
    lower, upper = limits
    centre = _with_value(effect, "estimate", (lower + upper) / 2)
    needed = {
        "estimate": centre,
        "lower": _with_value(effect, "lower", 2 * estimate - upper),
        "upper": _with_value(effect, "upper", 2 * estimate - lower),
    }
    options = [
        f"{NUMBERS[name]} of {getattr(mended, name).text}"
        for name, mended in needed.items()
        if mended is not None and agrees(mended)
    ]
    where = "" if centre is None else f" The interval's centre is {centre.estimate.text}."
    if options:
        says = " or ".join(options)
        return f"{says[0].upper()}{says[1:]} would be consistent.{where} Check the full text."
    return f"No change of one number alone makes all agree.{where} Check the full text."


def _with_value(effect: PrintedEffect, name: str, on_scale: float) -> PrintedEffect | None:
    """The effect with one number computed and spelled like the printed one; None where it cannot be."""
    try:
        text = format_like(effect.scale.back(on_scale), getattr(effect, name).value)
        return _with_number(effect, name, Printed.parse(text))
    except (OverflowError, PrintedError):
        return None
