"""What users hand to `pool`, checked and turned into arrays; every refusal names the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal

import numpy as np

from evidence.choices import named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column, label_of, numbers, side_by_side
from synthesis.pooling.kernel.effects import Array, Mask

Missing = Literal["refuse", "drop"]
"""Whether a study that lacks a number is refused or left out."""

_LARGEST_EFFECT = 1e150
_VARIANCES = (1e-290, 1e290)
_LARGEST_RATIO = 1e100  # of two variances
_DISTANCES = (1e-140, 1e50)  # between effects, in standard errors: squares and their squares must exist
_LEAST = 0.5  # level: what is below is a slip, such as 0.05 for 0.95


@dataclass(frozen=True)
class Studies:
    """Checked studies: yi, vi of shape (k,), their labels, and how many were left out as missing.

    kept: which of the n studies given these are, one truth value for each of those. beside: further columns
    of the n studies, in their order.
    """

    yi: Array
    vi: Array
    labels: tuple[str, ...]
    dropped: int
    kept: Mask
    beside: Mapping[str, Any] = field(default_factory=dict)


def as_level(level: Any) -> float:
    """A confidence level as a fraction: 0.95, or 95 for 95 percent. Raises ValueError otherwise.

    Levels below one half are refused: 0.05 is a slip for 0.95, and 1.95 no level of 1.95 percent.
    """
    known = isinstance(level, Real) and not isinstance(level, bool)
    fraction = float(level) if known else float("nan")
    if fraction >= 100.0 * _LEAST:
        fraction /= 100.0
    if not _LEAST <= fraction < 1.0:
        hint = f"did you mean {1.0 - fraction:g}? Expected" if 0.0 < fraction < _LEAST else "expected"
        raise ValueError(f"level is {level!r}; {hint} a fraction such as 0.95 or a percentage such as 95")
    return fraction


def read_studies(
    yi: Any,
    vi: Any,
    sei: Any,
    data: Any,
    slab: Any,
    missing: str,
    beside: Mapping[str, Any] | None = None,
) -> Studies:
    """Effects with variances from lists, arrays, series, or names of columns of `data`; or from `escalc`.

    yi: what `escalc` returned brings its variances and labels. beside: further columns of the studies, whose
    rows are brought into the order of yi as `side_by_side` says; they are not otherwise looked at.
    Raises ValueError, naming the study and what was expected, for anything that cannot be pooled.
    """
    missing = named(missing, ("refuse", "drop"), "missing")
    reasons: Sequence[str] = ()
    if isinstance(yi, EffectSizes):
        reasons = yi.notes
        yi, vi, slab = of_escalc(yi, vi, sei, slab, data)
    if (vi is None) == (sei is None):
        raise ValueError("expected either the variances vi or the standard errors sei, and not both")
    given, name = (vi, "vi") if sei is None else (sei, "sei")
    columns = {"yi": column(yi, data, "yi"), name: column(given, data, name)}
    found = side_by_side(columns | {"slab": column(slab, data, "slab")} | dict(beside or {}))
    names = labels_of(found["slab"])
    effects, spread = numbers(found["yi"], "yi", names), numbers(found[name], name, names)
    if effects.size != spread.size:
        raise ValueError(
            f"yi has {effects.size} values and {name} {spread.size}; expected one of each per study"
        )
    if not effects.size:
        raise ValueError("there are no studies; expected at least one effect with its variance")
    check_labels(names, effects.size)
    labels = tuple(label_of(names, i) for i in range(effects.size))
    known = ~(np.isnan(effects) | np.isnan(spread))
    if not known.all() and missing == "refuse":
        first = int(np.flatnonzero(~known)[0])
        part = "yi" if np.isnan(effects[first]) else name
        why = f" ({reasons[first]})" if reasons else ""
        raise ValueError(
            f"{labels[first]}: {part} is missing{why}; "
            "expected a number (missing='drop' leaves such studies out)"
        )
    if not known.any():
        raise ValueError("every study lacks its effect or its variance; expected at least one with both")
    kept = tuple(labels[i] for i in np.flatnonzero(known).tolist())
    effects, spread = effects[known], spread[known]
    _check_size(effects, spread, kept, name)
    variances = spread if name == "vi" else spread * spread
    _check_scale(effects, variances, kept)
    others = {other: found[other] for other in beside or {}}
    return Studies(effects, variances, kept, int(np.sum(~known)), known, others)


def of_escalc(sizes: EffectSizes, vi: Any, sei: Any, slab: Any, data: Any) -> tuple[Array, Array, Any]:
    """yi, vi and labels of what `escalc` returned; refuses others beside them."""
    for given, name in ((vi, "vi"), (sei, "sei")):
        if given is not None:
            raise ValueError(f"yi comes from escalc with its variances; expected no {name} beside it")
    if slab is None:
        return sizes.yi, sizes.vi, sizes.labels or None
    given_labels = labels_of(column(slab, data, "slab"))
    if sizes.labels and given_labels != sizes.labels:
        raise ValueError("yi comes from escalc with other labels than slab; expected no slab beside it")
    return sizes.yi, sizes.vi, slab


def labels_of(slab: Any) -> tuple[str, ...] | None:
    """Labels as text, none for none. Raises ValueError for what is not one label a study."""
    if slab is None:
        return None
    if isinstance(slab, str) or not np.iterable(slab):
        raise ValueError(f"slab is {slab!r}; expected a label for each study, or a column of `data`")
    return tuple(str(label) for label in slab)


def check_labels(names: Sequence[str] | None, k: int) -> None:
    """Raise ValueError unless there is one label per study, or none at all."""
    if names is not None and len(names) != k:
        raise ValueError(f"slab has {len(names)} labels for {k} studies; expected one per study")


def repeated_note(labels: Sequence[str]) -> str:
    """That labels repeat, which says that one study gave several estimates; empty where none does."""
    if all(times == 1 for times in Counter(labels).values()):
        return ""
    return "labels repeat: these estimates are not independent"


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
