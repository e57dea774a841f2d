"""Directions as users hand them over: words, or numbers whose sign tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column, is_missing, label_of, side_by_side
from synthesis.pooling.inputs import check_labels, labels_of, of_escalc

POSITIVE, NEGATIVE, NONE, MIXED, NOT_TOLD = "positive", "negative", "none", "mixed", "not told"
DIRECTIONS = (POSITIVE, NEGATIVE, NONE, MIXED)
"""What a result may be said to be; `none` where there was no effect at all, `mixed` where both were seen."""


@dataclass(frozen=True, eq=False)
class ToldDirections:
    """A direction for each of k results, words of DIRECTIONS or `not told`, with further columns.

    beside: in the order of the results, absent ones None.
    """

    labels: tuple[str, ...]
    directions: tuple[str, ...]
    beside: Mapping[str, Any]


def read_directions(direction: Any, data: Any, slab: Any, beside: Mapping[str, Any]) -> ToldDirections:
    """Directions from a list, a series or a column of `data`, and the columns that stand beside them.

    Raises ValueError, naming the study and what was expected.
    """
    if isinstance(direction, EffectSizes):
        if direction.scale.null is None:
            raise ValueError(f"{direction.measure} has no value that means no effect, so that it has no sign")
        direction, _, slab = of_escalc(direction, None, None, slab, data)
    if not (data is not None and isinstance(direction, str)) and (
        isinstance(direction, str) or not np.iterable(direction)
    ):
        raise ValueError(
            f"direction is {direction!r}; expected one of each study, {', '.join(DIRECTIONS)} or an effect "
            "whose sign tells, and None where it is not told; or a column of `data`"
        )
    columns = {"direction": column(direction, data, "direction"), "slab": column(slab, data, "slab")}
    columns |= {name: column(values, data, name) for name, values in beside.items()}
    found = side_by_side(columns)
    given = list(found["direction"])
    names = labels_of(found["slab"])
    check_labels(names, len(given))
    labels = tuple(label_of(names, i) for i in range(len(given)))
    if not labels:
        raise ValueError("direction has no study; expected at least one")
    words = tuple(direction_of(item, labels[i]) for i, item in enumerate(given))
    return ToldDirections(labels, words, {name: found[name] for name in beside})


def direction_of(item: Any, label: str) -> str:
    """The direction that a word or the sign of a number tells. Raises ValueError, naming the study."""
    if is_missing(item) or (isinstance(item, str) and not item.strip()):
        return NOT_TOLD
    if isinstance(item, str):
        try:
            return named(item, (*DIRECTIONS, NOT_TOLD), "direction")
        except ValueError as error:
            raise ValueError(f"{label}: {error}") from None
    if not isinstance(item, Real) or isinstance(item, bool | np.bool_):
        raise ValueError(f"{label}: direction is {item!r}; expected one of {', '.join(DIRECTIONS)}")
    value = float(item)
    if np.isnan(value):
        return NOT_TOLD
    return POSITIVE if value > 0.0 else NEGATIVE if value < 0.0 else NONE


def of_one_study(directions: Sequence[str]) -> str:
    """The direction of several results of one study: theirs where they agree, else `mixed`.

    What is not told is passed over, and so is `none` beside a direction.
    """
    told = {each for each in directions if each != NOT_TOLD}
    if not told:
        return NOT_TOLD
    moving = told - {NONE} or told
    return next(iter(moving)) if len(moving) == 1 else MIXED
