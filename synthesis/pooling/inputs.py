"""What users hand to `pool`, checked and turned into arrays; every refusal names the study."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from evidence.choices import named
from synthesis.pooling.kernel.effects import Array, Mask

_LARGEST_EFFECT = 1e150
_VARIANCES = (1e-290, 1e290)
_LARGEST_RATIO = 1e100  # of two variances
_DISTANCES = (1e-140, 1e50)  # between effects, in standard errors: squares and their squares must exist
_LEAST = 0.5  # level: what is below is a slip, such as 0.05 for 0.95


@dataclass(frozen=True)
class Studies:
    """Checked studies: yi, vi of shape (k,), their labels, and how many were left out as missing.

    kept: which of the studies given these are, one truth value for each of those.
    """

    yi: Array
    vi: Array
    labels: tuple[str, ...]
    dropped: int
    kept: Mask


def as_level(level: Any) -> float:
    """A confidence level as a fraction: 0.95, or 95 for 95 percent. Raises ValueError otherwise.

    Levels below one half are refused: 0.05 is a slip for 0.95, and 1.95 no level of 1.95 percent.
    """
    known = isinstance(level, Real) and not isinstance(level, bool)
    fraction = float(level) if known else float("nan")
    if 100.0 * _LEAST <= fraction < 100.0:
        fraction /= 100.0
    if not _LEAST <= fraction < 1.0:
        hint = f"did you mean {1.0 - fraction:g}? Expected" if 0.0 < fraction < _LEAST else "expected"
        raise ValueError(f"level is {level!r}; {hint} a fraction such as 0.95 or a percentage such as 95")
    return fraction


def read_studies(yi: Any, vi: Any, sei: Any, data: Any, slab: Any, missing: str) -> Studies:
    """Effects with variances from lists, arrays, series, or names of columns of `data`.

    Raises ValueError, naming the study and what was expected, for anything that cannot be pooled.
    """
    if (vi is None) == (sei is None):
        raise ValueError("expected either the variances vi or the standard errors sei, and not both")
    missing = named(missing, ("refuse", "drop"), "value of missing")
    given, name = (vi, "vi") if sei is None else (sei, "sei")
    names = _names(column_of(slab, data, "slab"))
    effects = _numbers(column_of(yi, data, "yi"), "yi", names)
    spread = _numbers(column_of(given, data, name), name, names)
    if effects.size != spread.size:
        raise ValueError(
            f"yi has {effects.size} values and {name} {spread.size}; expected one of each per study"
        )
    if not effects.size:
        raise ValueError("there are no studies; expected at least one effect with its variance")
    if names is not None and len(names) != effects.size:
        raise ValueError(f"slab has {len(names)} labels for {effects.size} studies; expected one per study")
    labels = tuple(_label(names, i) for i in range(effects.size))
    known = ~(np.isnan(effects) | np.isnan(spread))
    if not known.all() and missing == "refuse":
        first = int(np.flatnonzero(~known)[0])
        part = "yi" if np.isnan(effects[first]) else name
        raise ValueError(
            f"{labels[first]}: {part} is missing; expected a number (missing='drop' leaves such studies out)"
        )
    if not known.any():
        raise ValueError("every study lacks its effect or its variance; expected at least one with both")
    kept = tuple(label for label, keep in zip(labels, known, strict=True) if keep)
    effects, spread = effects[known], spread[known]
    _check_size(effects, spread, kept, name)
    variances = spread if name == "vi" else spread * spread
    _check_scale(effects, variances, kept)
    return Studies(effects, variances, kept, int(np.sum(~known)), known)


def column_of(values: Any, data: Any, name: str) -> Any:
    """The values, or the column of `data` that they name."""
    if not isinstance(values, str):
        return values
    if data is None:
        raise ValueError(
            f"{name} is the text '{values}'; expected numbers, or `data` with a column of that name"
        )
    columns = [str(column) for column in (data.keys() if isinstance(data, Mapping) else data.columns)]
    if values not in columns:
        close = difflib.get_close_matches(values, columns, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else "."
        raise ValueError(f"data has no column '{values}'{hint} It has: {', '.join(columns)}")
    return data[values]


def _names(slab: Any) -> tuple[str, ...] | None:
    return None if slab is None else tuple(str(label) for label in slab)


def _label(names: tuple[str, ...] | None, position: int) -> str:
    return names[position] if names is not None and position < len(names) else f"study {position + 1}"


def _numbers(values: Any, name: str, names: tuple[str, ...] | None) -> Array:
    """A one-dimensional float array; None and masked values become nan."""
    if isinstance(values, Set | Mapping):
        kind = type(values).__name__
        raise ValueError(
            f"{name} is a {kind}; expected a list or an array, whose order is that of the studies"
        )
    items = list(values) if isinstance(values, Iterator) else values
    if isinstance(items, np.ma.MaskedArray):
        items = np.ma.getdata(items).astype(object)
        items[np.ma.getmaskarray(values)] = None
    array = _as_array(items, name)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; expected one number per study")
    mixed = isinstance(items, list | tuple) and any(isinstance(item, bool) for item in items)
    if array.dtype.kind in "fiu" and not mixed:  # numpy takes a truth value among numbers for one of them
        return array.astype(float)
    listed = items if np.iterable(items) else [items]
    return np.array([_number(item, name, _label(names, i)) for i, item in enumerate(listed)], dtype=float)


def _as_array(items: Any, name: str) -> npt.NDArray[Any]:
    try:
        return np.atleast_1d(np.asarray(items))
    except ValueError as error:
        raise ValueError(
            f"{name} is a list of lists of different lengths; expected one number per study"
        ) from error


def _number(item: Any, name: str, label: str) -> float:
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return float("nan")
    if isinstance(item, bool) or not isinstance(item, Real | Decimal):
        raise ValueError(f"{label}: {name} is {str(item)!r}; expected a number")
    try:
        return float(item)
    except (OverflowError, ValueError) as error:  # an integer beyond 1e308; a Decimal's signalling NaN
        raise ValueError(
            f"{label}: {name} cannot be held in double precision; rescale the outcome"
        ) from error


def _check_size(effects: Array, spread: Array, labels: tuple[str, ...], name: str) -> None:
    _refuse(~np.isfinite(effects), effects, labels, "yi is {}; expected a finite number")
    _refuse(~np.isfinite(spread), spread, labels, name + " is {}; expected a finite number")
    _refuse(spread <= 0, spread, labels, name + " is {}; expected a number above zero")


def _check_scale(effects: Array, variances: Array, labels: tuple[str, ...]) -> None:
    """Refuse what squares and ratios could not hold in double precision, rather than pool it wrongly."""
    rescale = "; rescale the outcome, as this is beyond double precision"
    _refuse(np.abs(effects) > _LARGEST_EFFECT, effects, labels, "yi is {}" + rescale)
    outside = (variances < _VARIANCES[0]) | (variances > _VARIANCES[1])
    _refuse(outside, variances, labels, "the variance is {}" + rescale)
    with np.errstate(over="ignore"):
        ratio = variances / variances.min()
    _refuse(
        ratio > _LARGEST_RATIO,
        ratio,
        labels,
        "its variance is {} times the smallest, beside which the study says nothing; check the units",
    )
    apart = np.abs(effects - effects[variances.argmin()])
    distance = apart / np.sqrt(variances.min())
    _refuse(
        distance > _DISTANCES[1],
        distance,
        labels,
        "its effect lies {} standard errors from that of the most precise study; check the units of both",
    )
    own = apart / np.sqrt(variances)
    _refuse(
        (own > 0) & (own.max() < _DISTANCES[0]),
        own,
        labels,
        "its effect lies only {} standard errors from that of the most precise study; check both units",
    )


def _refuse(wrong: Mask, values: Array, labels: tuple[str, ...], says: str) -> None:
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"{labels[first]}: {says.format(f'{values[first]:g}')}")
