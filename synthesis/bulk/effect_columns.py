"""Columns of a table as effects: which they are, what they hold, and which numbers cannot be."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from synthesis.bulk.arrow_parts import numbers_of
from synthesis.bulk.bulk_choices import OWN_COLUMNS
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import normal_quantile

Form = Literal["variance", "error", "interval", "z"]
"""What stands beside an effect, or in its place: a variance, a standard error, an interval, z with n."""

PARTS: dict[Form, tuple[str, ...]] = {
    "variance": ("yi", "vi"),
    "error": ("yi", "sei"),
    "interval": ("ci_low", "ci_high"),
    "z": ("zi", "ni"),
}


@dataclass(frozen=True)
class WrongNumbers:
    """Numbers that cannot be: where, in which column they are, their values, and what was expected.

    reason: the fault for counts, without the number. stops: whether it may stop a run; an effect whose
    variance is missing never does.
    """

    wrong: Mask
    part: str
    values: Array
    expected: str
    reason: str
    stops: bool = True

    def says(self, at: Any) -> str:
        """The fault at a position, without the place."""
        return f"{self.part} is {self.values[at]:g}; expected {self.expected}"


@dataclass(frozen=True)
class FoundEffects:
    """Effects y with variances v, of one shape; nan where a study is missing or its numbers cannot be."""

    y: Array
    v: Array
    wrong: tuple[WrongNumbers, ...]


def form_of(given: dict[str, Any]) -> Form:
    """Which form the arguments that are given are. Raises ValueError for too many, too few, or a mixture."""
    names = {name for name, value in given.items() if value is not None}
    for form, parts in PARTS.items():
        allowed = {*parts, "yi"} if form == "interval" else set(parts)
        if set(parts) <= names <= allowed:
            return form
    raise ValueError(
        f"given are {', '.join(sorted(names)) or 'no columns'}; expected yi with vi or sei, ci_low with "
        "ci_high (and yi or not), or zi with ni"
    )


def wrong_numbers(wrong: Mask, part: str, values: Array, expected: str) -> tuple[WrongNumbers, ...]:
    """What is wrong with a column where some of its numbers are; nothing where none is."""
    found = WrongNumbers(wrong, part, values, expected, f"{part} is not {expected}")
    return (found,) if wrong.any() else ()


def effects_of(form: Form, parts: dict[str, Array], level: float, ratio: bool) -> FoundEffects:
    """y and v of columns of any one shape.

    interval: y is the column yi or else the middle, v = ((high - low) / (2 z))^2 for the z of `level`. z:
    with n persons y = z / sqrt(n) and v = 1 / n, under which the mean of equal effects, over its standard
    error, is sum(sqrt(n) z) / sqrt(sum n): the scheme by sample size of Willer, Li & Abecasis 2010. ratio: yi
    and limits are ratios, whose logarithms are pooled.
    """
    wrong: list[WrongNumbers] = []

    def refuse(at: Mask, part: str, expected: str) -> None:
        wrong.extend(wrong_numbers(at, part, parts[part], expected))

    for part, values in parts.items():
        if np.isinf(extremes(values)).any():
            refuse(np.isinf(values), part, "a finite number")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if ratio:
            for part in sorted(set(parts) & {"yi", "ci_low", "ci_high"}):
                refuse(parts[part] <= 0, part, "a ratio above zero")
            logs = {p: np.log(a) if p in ("yi", "ci_low", "ci_high") else a for p, a in parts.items()}
        else:
            logs = parts
        y, v = _Y_AND_V[form](logs, level)
    low, least = _POSITIVE[form]
    refuse(least(parts), low, _EXPECTED[form])
    missing = np.isnan(y) | np.isnan(v)
    lacking = _lacking(form, parts, missing) if missing.any() else ()
    for each in wrong:
        missing |= each.wrong
    if missing.any():
        y, v = np.where(missing, np.nan, y), np.where(missing, np.nan, v)
    return FoundEffects(y, v, (*wrong, *lacking))


def _lacking(form: Form, parts: dict[str, Array], missing: Mask) -> tuple[WrongNumbers, ...]:
    """Effects that are there, and without what has to stand beside them; they are left out and counted."""
    found = []
    first, beside = ("ci_low", "ci_high") if form == "interval" else PARTS[form]
    for part, other in ((first, beside), (beside, first)) if form == "interval" else ((first, beside),):
        alone = missing & ~np.isnan(parts[part]) & np.isnan(parts[other])
        if alone.any():
            says = f"{part} without {other}"
            found.append(WrongNumbers(alone, part, parts[part], f"{other} beside it", says, False))
    return tuple(found)


def _of_interval(parts: dict[str, Array], level: float) -> tuple[Array, Array]:
    low, high = parts["ci_low"], parts["ci_high"]
    se = (high - low) / (2.0 * normal_quantile(level))
    return parts["yi"] if "yi" in parts else 0.5 * (low + high), se * se


_Y_AND_V: dict[Form, Callable[[dict[str, Array], float], tuple[Array, Array]]] = {
    "variance": lambda parts, level: (parts["yi"], parts["vi"]),
    "error": lambda parts, level: (parts["yi"], parts["sei"] * parts["sei"]),
    "interval": _of_interval,
    "z": lambda parts, level: (parts["zi"] / np.sqrt(parts["ni"]), 1.0 / parts["ni"]),
}
_POSITIVE: dict[Form, tuple[str, Callable[[dict[str, Array]], Mask]]] = {
    "variance": ("vi", lambda parts: parts["vi"] <= 0),
    "error": ("sei", lambda parts: parts["sei"] <= 0),
    "interval": ("ci_high", lambda parts: parts["ci_high"] <= parts["ci_low"]),
    "z": ("ni", lambda parts: parts["ni"] <= 0),
}
_EXPECTED: dict[Form, str] = {
    "variance": "a number above zero",
    "error": "a number above zero",
    "interval": "a number above ci_low",
    "z": "a number above zero",
}


# Names of columns.


def present_column(name: Any, known: Sequence[str], part: str, shown: str) -> str:
    """A column that is there. Raises ValueError, with the closest name, where it is not."""
    if not isinstance(name, str):
        raise ValueError(f"{part} is {name!r}; expected the name of a column")
    if name in known:
        return name
    close = difflib.get_close_matches(name, known)
    hint = f"; did you mean '{close[0]}'?" if close else "."
    some = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    raise ValueError(f"{shown}, row 1: {part}: there is no column '{name}'{hint} It has: {some}")


def check_columns(keys: Sequence[str], numbers: Sequence[str]) -> None:
    """Raise ValueError for a key that stands twice, or is one of the numbers too."""
    for name in keys:
        if keys.count(name) > 1:
            raise ValueError(f"key names column '{name}' twice; expected each once")
        if name in numbers:
            raise ValueError(f"column '{name}' is a key and a number; expected one of them")


def key_column(name: Any, known: Sequence[str], part: str, shown: str) -> str:
    """A column whose values stand beside results. Raises ValueError for one named like a result, too."""
    found = present_column(name, known, part, shown)
    if found in OWN_COLUMNS:
        raise ValueError(f"{shown}, row 1: {part} '{found}' is the name of a result; expected another name")
    return found


def wide_columns(
    given: dict[str, Any], known: Sequence[str], shown: str
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Studies, and for each part of an effect the column of each study.

    given: by part, a pattern with one * for the study's name, such as "beta_*", or a list of columns. Raises
    ValueError where a study lacks a column, and where lists differ in length.
    """
    if all(isinstance(value, str) and value.count("*") == 1 for value in given.values()):
        return _by_pattern(given, known, shown)
    columns: dict[str, tuple[str, ...]] = {}
    for part, value in given.items():
        if isinstance(value, str) and "*" in value:
            raise ValueError(
                f"{part} is {value!r}; expected one * in each pattern, or lists of columns for all"
            )
        listed = [value] if isinstance(value, str) else list(value)
        columns[part] = tuple(present_column(name, known, part, shown) for name in listed)
    first = next(iter(columns))
    for part, names in columns.items():
        if len(names) != len(columns[first]):
            raise ValueError(
                f"{part} has {len(names)} columns and {first} {len(columns[first])}; expected one a study"
            )
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{part} names column '{twice}' twice; expected each study once")
    return columns[first], columns


def _by_pattern(
    given: dict[str, str], known: Sequence[str], shown: str
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    studies: list[str] = []
    by_part: dict[str, dict[str, str]] = {}
    for part, pattern in given.items():
        before, after = pattern.split("*")
        least = len(before) + len(after)
        by_part[part] = {
            name[len(before) : len(name) - len(after)]: name
            for name in known
            if name.startswith(before) and name.endswith(after) and len(name) > least
        }
        if not by_part[part]:
            raise ValueError(
                f"{shown}, row 1: {part}: no column is like '{pattern}'. It has: {', '.join(known[:12])}"
            )
        studies += [study for study in by_part[part] if study not in studies]
    for part, columns in by_part.items():
        for study in studies:
            if study not in columns:
                lacking = given[part].replace("*", study)
                raise ValueError(
                    f"{shown}, row 1: {part}: study '{study}' has no column '{lacking}'; "
                    "expected every column of a study"
                )
    return tuple(studies), {part: tuple(by_part[part][s] for s in studies) for part in given}


def extremes(values: Array) -> Array:
    """The least and the largest of the numbers that are there, seen without temporary arrays; nan of none."""
    ends = (np.fmin.reduce, np.fmax.reduce)
    return np.array([end(values, axis=None, initial=np.nan) for end in ends])


_TILE = 2_048  # rows that are laid out at a time: they stay in the processor's cache until they are full


def side_by_side_numbers(table: Any, columns: Sequence[str]) -> Array:
    """Columns of an Arrow table as numbers (n, k), those of a row side by side in memory."""
    found = np.empty((table.num_rows, len(columns)))
    at = 0
    for batch in table.select(list(columns)).to_batches():
        arrays = [numbers_of(column) for column in batch.columns]
        for start in range(0, batch.num_rows, _TILE):
            stop = min(start + _TILE, batch.num_rows)
            for study, values in enumerate(arrays):
                found[at + start : at + stop, study] = values[start:stop]
        at += batch.num_rows
    return found
