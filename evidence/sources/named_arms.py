"""Groups that columns call by names of their own: Zinc events, Zinc total, Placebo events, Placebo total.

Two names of groups stand in the place of each other in names of columns that are else the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evidence.sources.column_roles import Recognised, normal_name
from evidence.sources.column_words import FILLING, NUMBERS, OF_ERRORS, UNCERTAINTY, UNITS_OF_TIME
from evidence.sources.head_units import unit_apart
from evidence.sources.reference_names import REFERENCE

_MOST_COLUMNS = 120
_NO_ARMS = {
    *(
        "baseline",
        "base",
        "bl",
        "pre",
        "post",
        "final",
        "end",
        "endpoint",
        "change",
        "followup",
        "follow",
        "up",
    ),
    *("week", "weeks", "wk", "month", "months", "mo", "day", "days", "year", "years", "y", "h", "hours"),
    *("age", "bmi", "male", "female", "men", "women", "death", "mortality", "pain", "response", "relapse"),
    *("bleeding", "stroke", "infection", "analysed", "analyzed", "randomised", "randomized", "t0", "t1"),
}
"""Words that tell numbers of one group from others of the same group."""

_TIME = re.compile(r"(?:t|w|wk|week|m|mo|month|d|day|y|yr|visit)\d+|\d+(?:w|wks?|m|mo|mths?|d|y|yrs?|h)")
_NEGATIONS = {"no", "non", "without"}
_Words = tuple[str, ...]


@dataclass(frozen=True)
class NamedArms:
    """Two groups by their names, the exposed one first, and what each of their columns holds."""

    names: tuple[str, str]
    columns: Mapping[str, Recognised]


def named_arms(
    raw: Mapping[str, Recognised], is_complete: Callable[[Mapping[str, str]], bool]
) -> NamedArms | None:
    """Two groups with names of their own; None where there are none, or more than two.

    raw: the columns of raw numbers. is_complete: whether columns with their roles give a group. The group
    that is called control, placebo or the like is the reference, else the second one.
    """
    whole = _whole_pairs(raw, is_complete)
    if len(whole) != 1:
        return None
    ((labels, (first, second)),) = whole
    names = (_label(first, labels[0]), _label(second, labels[1]))
    exposed_second = any(_kind(raw[name])[1] == "1" for name in second)
    if exposed_second or _is_reference(names[0], [raw[name] for name in first]):
        first, second, names = second, first, (names[1], names[0])
    columns: dict[str, Recognised] = {}
    for arm, own in (("1", first), ("2", second)):
        shared = {*labels[0], *labels[1]} | set.intersection(*(set(_words(name)) for name in own))
        for name in own:
            family = "_".join(word for word in raw[name].family.split("_") if word not in shared)
            columns[name] = Recognised(f"{_kind(raw[name])[0]}{arm}", family)
    return NamedArms(names, columns)


def several_arms(
    raw: Mapping[str, Recognised], is_complete: Callable[[Mapping[str, str]], bool]
) -> tuple[str, ...]:
    """The names of three or more groups of which every two stand in the place of each other; else none."""
    whole = _whole_pairs(raw, is_complete)
    names = dict.fromkeys(_label(pair[at], labels[at]) for labels, pair in whole for at in (0, 1))
    return tuple(names) if len(names) > 2 and 2 * len(whole) == len(names) * (len(names) - 1) else ()


_Pair = tuple[list[str], list[str]]


def _whole_pairs(
    raw: Mapping[str, Recognised], is_complete: Callable[[Mapping[str, str]], bool]
) -> list[tuple[tuple[_Words, _Words], _Pair]]:
    if len(raw) > _MOST_COLUMNS:
        return []
    return [
        (labels, columns)
        for labels, columns in _pairs(raw).items()
        if all(is_complete({name: _kind(raw[name])[0] for name in one}) for one in columns)
    ]


def _pairs(raw: Mapping[str, Recognised]) -> dict[tuple[_Words, _Words], _Pair]:
    """Names that stand in the place of each other, with the columns of both."""
    found: dict[tuple[_Words, _Words], _Pair] = {}
    for (one, first), (other, second) in combinations(raw.items(), 2):
        (kind, arm), (same, against) = _kind(first), _kind(second)
        labels = _difference(_words(one), _words(other))
        if kind != same or (arm and against) or labels is None:
            continue
        pair = (one, other)
        if labels not in found and labels[::-1] in found:
            labels, pair = labels[::-1], (other, one)
        columns = found.setdefault(labels, ([], []))
        columns[0].append(pair[0])
        columns[1].append(pair[1])
    return found


def _kind(column: Recognised) -> tuple[str, str]:
    """The kind of a raw number, and the group that a word for it tells: 1, 2 or none."""
    match = re.fullmatch(r"(q[13]|\D+)([12]?)", column.role)
    return (column.role, "") if match is None else (match[1], match[2])


def _words(name: str) -> _Words:
    return tuple(normal_name(unit_apart(name)[0]).split("_"))


def _difference(one: _Words, other: _Words) -> tuple[_Words, _Words] | None:
    """The words in which two names differ in one place; None where these are no names of groups."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    end = next((at for at in range(shorter - start) if one[-1 - at] != other[-1 - at]), shorter - start)
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    if not first and set(second) <= _NEGATIONS:
        first, second = one[start : start + 1], other[start : start + len(second) + 1]
        return (first, second) if second else None
    if not second and set(first) <= _NEGATIONS:
        swapped = _difference(other, one)
        return None if swapped is None else swapped[::-1]
    told = {*NUMBERS, *UNCERTAINTY, *_NO_ARMS, *OF_ERRORS} - {"p"}
    around = {word for word in one[max(start - 1, 0) : start] if len(word) > 2}  # the D of vitamin D 400
    around |= {*one[len(one) - end : len(one) - end + 1]}
    words = {*first, *second}
    is_time = any(map(_TIME.fullmatch, words)) or (around & UNITS_OF_TIME and all(map(str.isdigit, words)))
    are_names = first and second and not told & words and not set(first) & set(second) and not is_time
    return (first, second) if are_names else None


def _is_reference(name: str, columns: Sequence[Recognised]) -> bool:
    says_so = REFERENCE.search(name) is not None or name.split()[0].casefold() in _NEGATIONS
    return says_so or any(_kind(each)[1] == "2" for each in columns)


def _label(names: Sequence[str], differing: _Words) -> str:
    """The words that all columns of a group share, without those for kinds of numbers."""
    words = [re.split(r"[\W_]+", unit_apart(name)[0]) for name in names]
    told = {*NUMBERS, *OF_ERRORS, *FILLING - {"arm", "group"}}
    shared = [word for word in words[0] if all(word in each for each in words[1:])]
    shared = [
        word for word in shared if word and (word.casefold() not in told or word.casefold() in differing)
    ]
    return " ".join(shared) or " ".join(differing)
