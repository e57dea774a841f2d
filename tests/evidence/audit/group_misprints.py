"""Misprints of comparisons of two groups: one thing wrong with one of them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from evidence.records.effect import Group
from evidence.records.printed import Printed, PrintedCount
from evidence.wording import all_digits, format_like
from tests.evidence.audit.legitimate_groups import Comparison

Misprint = Callable[[Comparison, random.Random], Comparison | None]
"""None where a comparison has nothing that could be misprinted so."""


def _with(comparison: Comparison, **changes: Any) -> Comparison:
    return replace(comparison, effect=comparison.effect.model_copy(update=changes))


def _groups(comparison: Comparison) -> tuple[Group, Group]:
    assert comparison.effect.groups is not None
    return comparison.effect.groups


def _with_group(comparison: Comparison, place: int, **changes: Any) -> Comparison:
    groups = list(_groups(comparison))
    groups[place] = groups[place].model_copy(update=changes)
    return _with(comparison, groups=tuple(groups))


def _exchanged(comparison: Comparison, draw: random.Random) -> Comparison | None:
    return _with(comparison, groups=_groups(comparison)[::-1])


def _of_the_others(comparison: Comparison, draw: random.Random) -> Comparison | None:
    """Those without the event, in both groups."""
    found = comparison
    for place, group in enumerate(_groups(comparison)):
        if group.events is None or group.n is None:
            return None
        found = _with_group(found, place, events=PrintedCount(group.n - group.events))
    return found


def _as_error(group: Group) -> Printed:
    """An SD as standard error, with two digits more than it has decimals."""
    assert group.sd is not None
    assert group.n is not None
    return Printed.parse(format_like(float(group.sd) / math.sqrt(group.n), group.sd.value.scaleb(-1)))


def _se_for_sds(comparison: Comparison, draw: random.Random) -> Comparison | None:
    found = comparison
    for place, group in enumerate(_groups(comparison)):
        if group.sd is None:
            return None
        found = _with_group(found, place, sd=_as_error(group))
    return found


def _se_for_one_sd(comparison: Comparison, draw: random.Random) -> Comparison | None:
    place = draw.randint(0, 1)
    group = _groups(comparison)[place]
    return None if group.sd is None else _with_group(comparison, place, sd=_as_error(group))


def _sd_for_se(comparison: Comparison, draw: random.Random) -> Comparison | None:
    """A group's SD as the standard error of the difference, which has no interval."""
    sd = _groups(comparison)[draw.randint(0, 1)].sd
    if sd is None or comparison.effect.measure != "MD":
        return None
    return _with(comparison, se=sd, ci=None, t=None, p=None)


def _one_sigma(comparison: Comparison, draw: random.Random) -> Comparison | None:
    """Limits of one standard error to either side, as if they were of 95 %."""
    effect = comparison.effect
    if effect.ci is None or effect.estimate is None or effect.measure in ("SMD", "RD"):
        return None
    is_ratio = effect.measure != "MD"
    forward, back = (math.log, math.exp) if is_ratio else (float, float)
    values = [float(number) for number in (effect.estimate, *effect.ci)]
    if is_ratio and min(values) <= 0:
        return None
    middle, *limits = (forward(value) for value in values)
    ci = tuple(
        Printed.parse(format_like(back(middle + (limit - middle) / 1.96), number.value))
        for limit, number in zip(limits, effect.ci, strict=True)
    )
    return _with(comparison, ci=ci, se=None, t=None, p=None)


def other_digit(text: str, draw: random.Random) -> str:
    """One digit changed, and none that makes a number begin with zero."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    place = draw.choice(places)
    first = place == places[0] and len(places) > 1 and "." not in text
    options = "123456789" if first else "0123456789"
    return text[:place] + draw.choice(options.replace(text[place], "")) + text[place + 1 :]


def _digit_of(what: str) -> Misprint:
    def misprint(comparison: Comparison, draw: random.Random) -> Comparison | None:
        place = draw.randint(0, 1)
        number = getattr(_groups(comparison)[place], what)
        if number is None:
            return None
        text = str(int(number)) if isinstance(number, int) else all_digits(number.value)
        changed = other_digit(text, draw)
        reader = PrintedCount if isinstance(number, int) else Printed
        return _with_group(comparison, place, **{what: reader.parse(changed)})

    return misprint


def _digit_of_estimate(comparison: Comparison, draw: random.Random) -> Comparison | None:
    """With nothing beside it but the groups."""
    printed = comparison.effect.estimate
    if printed is None:
        return None
    changed = other_digit(all_digits(printed.value), draw)
    return _with(comparison, estimate=Printed.parse(changed), ci=None, se=None, t=None, p=None)


def _digit_of_total(comparison: Comparison, draw: random.Random) -> Comparison | None:
    if comparison.n is None:
        return None
    changed = other_digit(str(comparison.n), draw)
    return replace(comparison, n=int(changed))


MISPRINTS: dict[str, Misprint] = {
    "groups exchanged": _exchanged,
    "events of those without": _of_the_others,
    "SEs for both SDs": _se_for_sds,
    "SE for one SD": _se_for_one_sd,
    "SD for the SE": _sd_for_se,
    "limits of one SE": _one_sigma,
    "digit of n of a group": _digit_of("n"),
    "digit of events": _digit_of("events"),
    "digit of a mean": _digit_of("mean"),
    "digit of an SD": _digit_of("sd"),
    "digit of the estimate": _digit_of_estimate,
    "digit of n of all": _digit_of_total,
}
