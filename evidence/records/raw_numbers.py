"""Raw numbers of groups, as printed, to (yi, sei) on the analysis scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import stdtrit

from evidence.records.effect import Effect, Group
from evidence.records.printed import Printed

Value = Callable[[Printed], Any]

ESTIMATED = "medians"
"""Where sei comes from when mean and SD are estimated from a median with quartiles or range."""

_IN_ESCALC = {"r": "ZCOR", "proportion": "PLO", "mean": "MN"}
_WITHOUT_RAW = ("beta", "threshold")
_FIVE = {"med": "median", "q1": "q1", "q3": "q3", "min": "minimum", "max": "maximum"}
CORRECTED = ", 1/2 added where a count is zero"
"""How the source of a standard error ends that is of counts to which 1/2 was added."""
_OF_CONTRASTS = ("OR", "RR", "IRR", "YUQ", "YUY", "PBIT", "OR2DN", "OR2DL")
"""Measures whose value would be that of the addition alone, where both groups have no event."""


class NotPoolableError(ValueError):
    """Why a printed effect has no yi and sei; the message is the reason shown to the reader."""


def from_raw_numbers(effect: Effect, value: Value) -> tuple[Any, Any, str]:
    """yi, sei and the source of sei, which says where something was added to counts.

    As `escalc` does, 1/2 is added to the cells of a study with a zero, where its measure needs that. Two
    groups without an event, or with nothing but events, have no ratio and stay out (Cochrane Handbook 6,
    section 10.4.4.1). value: makes a number, or an array of draws, of a printed number. Raises
    NotPoolableError.
    """
    from evidence.effects.escalc import escalc

    measure = escalc_measure(effect)
    if measure in _WITHOUT_RAW:
        raise NotPoolableError(f"{effect.measure} cannot be computed from raw numbers")
    columns, source = escalc_columns(effect, value)
    try:
        found = escalc(measure, **columns)
    except ValueError as error:
        raise NotPoolableError(
            f"{effect.measure} cannot be computed from these raw numbers"
            + (f": {error}" if effect.columns is not None else "")
        ) from None
    if any("was added" in note for note in found.notes):
        source += CORRECTED
    if found.k > 1:
        return found.yi, found.sei, source
    if not found.defined[0]:
        raise NotPoolableError("; ".join(found.notes) or f"{measure} is not defined for these numbers")
    sei = float(found.sei[0])
    if not sei > 0:
        raise NotPoolableError("its standard error is zero")
    return float(found.yi[0]), sei, source


def escalc_measure(effect: Effect) -> str:
    """The name by which escalc knows the measure."""
    return _IN_ESCALC.get(effect.measure, effect.measure)


def escalc_columns(effect: Effect, value: Value) -> tuple[dict[str, Any], str]:
    """The raw numbers by the names of escalc's columns, and what they are in words."""
    if effect.columns is not None:
        return {name: value(number) for name, number in effect.columns.items()}, "raw numbers"
    groups = effect.groups or ((effect.group,) if effect.group is not None else ())
    kinds = {group.kind for group in groups}
    if len(kinds) != 1:
        raise NotPoolableError(f"{effect.measure} cannot be computed from these raw numbers")
    kind = kinds.pop()
    if kind in ("counts", "rates"):
        _refuse_without_contrast(effect, groups)
    make = {"counts": _counts, "rates": _rates, "means": _means, "medians": _medians}[str(kind)]
    return make(groups, value), {"means": "means and SDs", "medians": ESTIMATED}.get(str(kind), str(kind))


def _refuse_without_contrast(effect: Effect, groups: tuple[Group, ...]) -> None:
    if effect.measure not in _OF_CONTRASTS or len(groups) != 2:
        return
    if all(group.events == 0 for group in groups):
        raise NotPoolableError("no event in both groups")
    if all(group.person_time is None and group.events == group.n for group in groups):
        raise NotPoolableError("nothing but events in both groups")


def _counts(groups: tuple[Group, ...], value: Value) -> dict[str, Any]:
    if len(groups) == 1:
        return {"xi": groups[0].events, "ni": groups[0].n}
    first, second = groups
    return {"ai": first.events, "n1i": first.n, "ci": second.events, "n2i": second.n}


def _rates(groups: tuple[Group, ...], value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for suffix, group in _suffixed(groups):
        assert group.person_time is not None  # a rate has one
        found |= {f"x{suffix}i": group.events, f"t{suffix}i": value(group.person_time)}
    return found


def _means(groups: tuple[Group, ...], value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for suffix, group in _suffixed(groups):
        assert group.mean is not None  # 'means' have one
        found |= {
            f"m{suffix}i": value(group.mean),
            f"sd{suffix}i": sd_of(group, value),
            f"n{suffix}i": group.n,
        }
    return found


def sd_of(group: Group, value: Value) -> Any:
    """The SD as printed, or from the standard error or the 95 % interval of the mean.

    Cochrane Handbook 6.3, section 6.5.2.2: sqrt(n) times the standard error, which is the width of the
    interval over twice the 97.5 % point of t with n - 1 degrees of freedom.
    """
    assert group.n is not None  # 'means' have one
    if group.sd is not None:
        return value(group.sd)
    if group.se is not None:
        return value(group.se) * math.sqrt(group.n)
    assert group.ci is not None  # 'means' have one of the three
    if group.n < 2:
        raise NotPoolableError(f"the interval of one person's mean gives no SD ('{group.name}')")
    low, high = (value(limit) for limit in group.ci)
    return np.abs(high - low) / (2 * float(stdtrit(group.n - 1, 0.975))) * math.sqrt(group.n)


def _medians(groups: tuple[Group, ...], value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for suffix, group in _suffixed(groups):
        found[f"n{suffix}i"] = group.n
        for short, name in _FIVE.items():
            number: Printed | None = getattr(group, name)
            if number is not None:
                found[f"{short}{suffix}i"] = value(number)
    return found


def _suffixed(groups: tuple[Group, ...]) -> list[tuple[str, Group]]:
    """Groups with the number that their columns carry; a single group carries none."""
    return [("", groups[0])] if len(groups) == 1 else [("1", groups[0]), ("2", groups[1])]
