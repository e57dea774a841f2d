"""Thousands of consistent effects must pass in silence, and misprinted ones must be found.

The consistent ones are made forwards, from a true estimate and standard error by a normal or t method,
and only then rounded; the rules under test work backwards from the rounded numbers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evidence.audit.auditing import EFFECT_RULES, Finding
from evidence.audit.explanations import SHOWN_REPAIRS, SHOWN_VALUES, Repair, repairs
from evidence.audit.printed_effect import PrintedEffect
from evidence.records.parsing import Severity
from evidence.records.printed import Printed, PValue
from evidence.records.vocabulary import Measure

MEASURES: tuple[Measure, ...] = ("beta", "MD", "SMD", "RD", "OR", "RR", "HR", "IRR", "r")


def findings(effect: PrintedEffect) -> list[Finding]:
    """Errors and warnings of every rule."""
    found = []
    for rule in EFFECT_RULES.rules:
        finding = rule.question(effect)
        if finding is not None and (finding.severity or rule.severity) is not Severity.NOTE:
            found.append(finding)
    return found


def consistent_effects(count: int, seed: int) -> Iterator[PrintedEffect]:
    """Effects of every measure as a careful paper prints them."""
    draw = random.Random(seed)
    while count:
        effect = _consistent_effect(draw)
        if effect is not None:
            count -= 1
            yield effect


def _consistent_effect(draw: random.Random) -> PrintedEffect | None:
    measure = draw.choice(MEASURES)
    n = round(10 ** draw.uniform(math.log10(30), 5))
    z = draw.gauss(0, 2.5)
    se = 1 / math.sqrt(n - 3) if measure == "r" else 10 ** draw.uniform(-3, 0)
    theta = z * se
    exact_t = draw.random() < 0.5
    normal_interval = draw.random() < 0.2  # some papers pair 1.96 SE with the p of a t-test
    df = n - 2 - (draw.randint(0, 12) if draw.random() < 0.3 and n > 50 else 0)
    quantile_level = draw.choice([0.95, 0.95, 0.95, 0.9, 0.99])
    tail = 0.5 + quantile_level / 2
    if measure == "r":
        quantile = float(ndtri(tail))
        r = math.tanh(theta)
        p = _two_sided(r * math.sqrt((n - 2) / (1 - r * r)), n - 2) if exact_t else _two_sided(z, math.inf)
    else:
        quantile = float(stdtrit(df, tail)) if exact_t and not normal_interval else float(ndtri(tail))
        p = _two_sided(z, df if exact_t else math.inf)
    back: Callable[[float], float] = {"r": math.tanh}.get(measure, math.exp if measure in _RATIOS else float)
    values = [back(theta + sign * quantile * se) for sign in (0, -1, 1)]
    if not all(1e-4 < abs(value) < 1e4 for value in values):
        return None
    estimate, lower, upper = _rounded(values, draw)
    if measure in _RATIOS and float(lower) == 0:
        return None
    return PrintedEffect(
        measure,
        estimate,
        lower,
        upper,
        quantile_level,
        se=_significant(se, draw) if measure != "r" and draw.random() < 0.3 else None,
        t=_significant(z, draw) if measure != "r" and draw.random() < 0.2 else None,
        p=_printed_p(p, draw),
        df=float(df) if exact_t and not normal_interval and measure != "r" and draw.random() < 0.2 else None,
        n=n if draw.random() < 0.5 else None,
    )


_RATIOS = {"OR", "RR", "HR", "IRR"}


def _two_sided(t: float, df: float) -> float:
    return float(2 * (ndtr(-abs(t)) if math.isinf(df) else stdtr(df, -abs(t))))


def _rounded(values: list[float], draw: random.Random) -> list[Printed]:
    """All three to the same place, so that the estimate or the nearer limit has 2 to 4 digits."""
    size = max(abs(values[0]), abs(values[2] - values[1]) / 4)
    decimals = max(0, draw.randint(1, 3) - math.floor(math.log10(size)))
    return [Printed.parse(f"{value:.{decimals}f}") for value in values]


def _significant(value: float, draw: random.Random) -> Printed:
    """Two to four digits."""
    decimals = max(0, draw.randint(1, 3) - math.floor(math.log10(abs(value) or 1)))
    return Printed.parse(f"{value:.{decimals}f}")


def _printed_p(p: float, draw: random.Random) -> PValue:
    for bound in ("0.000001", "0.0001", "0.001"):
        if p < float(bound) and draw.random() < 0.6:
            return PValue.parse(f"< {bound}")
    if draw.random() < 0.05:
        return PValue.parse("< 0.05" if p < 0.05 else "> 0.05")
    return PValue.parse(f"{p:.{draw.randint(1, 6)}f}")


def _never_alarmed(count: int, seed: int) -> None:
    tried = 0
    for effect in consistent_effects(count, seed):
        tried += 1
        assert not findings(effect), effect
        assert not findings(replace(effect, lower=None, upper=None)), effect
    assert tried == count


def test_consistent_effects_raise_no_alarm() -> None:
    _never_alarmed(1_000, seed=1)


@pytest.mark.long
def test_twenty_thousand_consistent_effects_raise_no_alarm() -> None:
    _never_alarmed(20_000, seed=2)


Misprint = Callable[[PrintedEffect, random.Random], PrintedEffect | None]


def _with(effect: PrintedEffect, name: str, text: str) -> PrintedEffect | None:
    printed: Printed = getattr(effect, name)
    changed = Printed.parse(text)
    if changed.value == printed.value:
        return None
    changes: dict[str, Any] = {name: changed}
    return replace(effect, **changes)


def _minus(name: str) -> Misprint:
    def misprint(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
        text = getattr(effect, name).text
        return _with(effect, name, text[1:] if text.startswith("-") else "-" + text)

    return misprint


def _digit(name: str) -> Misprint:
    def misprint(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
        text = getattr(effect, name).text
        place = draw.choice([i for i, c in enumerate(text) if c.isdigit()])
        other = draw.choice("0123456789".replace(text[place], ""))
        return _with(effect, name, text[:place] + other + text[place + 1 :])

    return misprint


def _transposed(name: str) -> Misprint:
    def misprint(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
        text = getattr(effect, name).text
        places = [i for i, c in enumerate(text) if c.isdigit()]
        first = draw.randrange(len(places) - 1) if len(places) > 1 else 0
        if len(places) < 2:
            return None
        a, b = places[first], places[first + 1]
        swapped = list(text)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        return _with(effect, name, "".join(swapped))

    return misprint


def _point(name: str) -> Misprint:
    def misprint(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
        printed: Printed = getattr(effect, name)
        return _with(effect, name, format(printed.value.scaleb(draw.choice([-1, 1])), "f"))

    return misprint


def _limits_exchanged(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
    return replace(effect, lower=effect.upper, upper=effect.lower)


def _estimate_and_limit(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
    assert effect.upper is not None
    return replace(effect, estimate=effect.upper, upper=effect.estimate)


def _level(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
    return replace(effect, level=0.95) if effect.level != 0.95 else None


def _p_digit(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
    if effect.p is None or effect.p.relation != "=" or effect.p.number is None:
        return None
    text = effect.p.number.text
    place = draw.choice([i for i, c in enumerate(text) if c.isdigit() and i > 0] or [0])
    changed = text[:place] + draw.choice("0123456789".replace(text[place], "")) + text[place + 1 :]
    return replace(effect, p=PValue.parse(changed)) if 0 <= float(changed) <= 1 else None


def _p_point(effect: PrintedEffect, draw: random.Random) -> PrintedEffect | None:
    if effect.p is None or effect.p.relation != "=" or effect.p.number is None or effect.p.number.value == 0:
        return None
    return replace(effect, p=PValue.parse(format(effect.p.number.value.scaleb(-1), "f")))


MISPRINTS: dict[str, Misprint] = {
    "sign of the estimate": _minus("estimate"),
    "sign of the lower limit": _minus("lower"),
    "sign of the upper limit": _minus("upper"),
    "digit of the estimate": _digit("estimate"),
    "digit of the lower limit": _digit("lower"),
    "digit of the upper limit": _digit("upper"),
    "transposition in the estimate": _transposed("estimate"),
    "transposition in the lower limit": _transposed("lower"),
    "transposition in the upper limit": _transposed("upper"),
    "point of the estimate": _point("estimate"),
    "point of the lower limit": _point("lower"),
    "point of the upper limit": _point("upper"),
    "limits exchanged": _limits_exchanged,
    "estimate and upper limit exchanged": _estimate_and_limit,
    "level": _level,
    "digit of p": _p_digit,
    "point of p": _p_point,
}


@dataclass
class Rate:
    """How many misprints of one kind were made, found, and explained by what was really meant."""

    made: int = 0
    found: int = 0
    explained: int = 0
    shown: int = 0


def rates(count: int, seed: int) -> dict[str, Rate]:
    """By kind of misprint; `shown` counts what the hint tells: three slips, three values of each."""
    by_kind = {kind: Rate() for kind in MISPRINTS}
    draw = random.Random(seed)
    for meant in consistent_effects(count, seed):
        for kind, misprint in MISPRINTS.items():
            printed = misprint(meant, draw)
            if printed is None:
                continue
            rate = by_kind[kind]
            rate.made += 1
            if findings(printed):
                rate.found += 1
                all_repairs = repairs(printed)
                told = [replace(r, values=r.values[:SHOWN_VALUES]) for r in all_repairs[:SHOWN_REPAIRS]]
                rate.explained += any(_restores(repair, printed, meant) for repair in all_repairs)
                rate.shown += any(_restores(repair, printed, meant) for repair in told)
    return by_kind


def _restores(repair: Repair, printed: PrintedEffect, meant: PrintedEffect) -> bool:
    """Whether a repair names the number, or the arrangement, that was meant."""
    wrong = [
        name
        for name in ("estimate", "lower", "upper")
        if getattr(printed, name).value != getattr(meant, name).value
    ]
    if len(wrong) == 1:
        changed = getattr(repair.effect, wrong[0]).value != getattr(printed, wrong[0]).value
        return changed and getattr(meant, wrong[0]).text in repair.values
    if wrong or printed.level != meant.level:
        return (repair.effect.level, *_numbers(repair.effect)) == (meant.level, *_numbers(meant))
    assert meant.p is not None
    assert meant.p.number is not None
    return repair.slip == "the p-value alone wrong" or any(
        value.endswith(meant.p.number.text) for value in repair.values
    )


def _numbers(effect: PrintedEffect) -> list[Decimal | None]:
    return [None if x is None else x.value for x in (effect.estimate, effect.lower, effect.upper)]


# Shares of misprints found, a little below what seed 3 gives. None can reach 1: a wrong last digit often
# lies within rounding, and a misprint of a number near zero may change nothing.
LEAST_FOUND = {
    "sign of the estimate": 0.93,
    "sign of the lower limit": 0.93,
    "sign of the upper limit": 0.93,
    "digit of the estimate": 0.70,
    "digit of the lower limit": 0.65,
    "digit of the upper limit": 0.65,
    "transposition in the estimate": 0.75,
    "transposition in the lower limit": 0.75,
    "transposition in the upper limit": 0.70,
    "point of the estimate": 0.93,
    "point of the lower limit": 0.93,
    "point of the upper limit": 0.93,
    "limits exchanged": 0.93,
    "estimate and upper limit exchanged": 0.93,
    "level": 0.45,
    "digit of p": 0.40,
    "point of p": 0.70,
}


def _found_and_explained(count: int, seed: int) -> None:
    for kind, rate in rates(count, seed).items():
        assert rate.made >= count / 4, kind
        assert rate.found >= LEAST_FOUND[kind] * rate.made, (kind, rate)
        assert rate.explained >= 0.97 * rate.found, (kind, rate)
        assert rate.shown >= 0.90 * rate.found, (kind, rate)


@pytest.mark.long
def test_misprints_are_found_and_explained() -> None:
    _found_and_explained(30, seed=3)


@pytest.mark.long
def test_six_thousand_misprints_are_found_and_explained() -> None:
    _found_and_explained(400, seed=4)
