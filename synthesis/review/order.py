"""The order of rows in tables and figures; imports nothing heavy, so that the command line can name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evidence.selection.selection import Chosen


class Order(StrEnum):
    """`review` is the order of review.yaml: site, stratum, year."""

    REVIEW = "review"
    YEAR = "year"
    EFFECT = "effect"
    WEIGHT = "weight"
    NAME = "name"


_KEYS: dict[Order, Callable[[Chosen], Any]] = {
    Order.YEAR: lambda each: each.candidate.report.order,
    Order.EFFECT: lambda each: each.effect.yi,
    # weights fall as standard errors rise, whatever the between-study variance
    Order.WEIGHT: lambda each: each.effect.sei,
    Order.NAME: lambda each: each.candidate.label.casefold(),
}


def in_order(chosen: Sequence[Chosen], order: Order) -> tuple[Chosen, ...]:
    """The rows sorted; equal ones keep their place."""
    return tuple(sorted(chosen, key=_KEYS[order])) if order in _KEYS else tuple(chosen)
