"""Limits of the classes of a numeric variable, as labels state them, and the doses in their middle."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_BEYOND = 1.2
_NUMBER = r"\$?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"^\s*{_NUMBER}\s*(?:to|-|–|—)\s*{_NUMBER}\D*$")
_ABOVE = re.compile(
    rf"^\s*(?:(?:>|≥|>=|over|above)\s*{_NUMBER}|{_NUMBER}\s*(?:and|or)\s*(?:over|more|above))\D*$", re.I
)
_BELOW = re.compile(rf"^\s*(?:<|≤|<=|under|below|less than)\s*{_NUMBER}\D*$", re.I)


@dataclass(frozen=True)
class Class:
    """A class of a numeric variable, as its label says."""

    label: str
    low: float
    high: float

    @property
    def is_open(self) -> bool:
        """Whether it has no limit on one side."""
        return math.isinf(self.low) or math.isinf(self.high)


def parse_class(label: str) -> Class | None:
    """'$5,000 to $9,999', '>1.569', 'Under $20,000' as limits; None for any other label."""
    if match := _RANGE.match(label):
        low, high = (_value(text) for text in match.groups())
        return Class(label, low, high) if low <= high else None
    if match := _ABOVE.match(label):
        return Class(label, _value(next(filter(None, match.groups()))), math.inf)
    if match := _BELOW.match(label):
        return Class(label, -math.inf, _value(match[1]))
    return None


def _value(text: str) -> float:
    return float(text.replace(",", ""))


def midpoints(classes: Sequence[Class], open_classes: str = "as wide") -> list[float]:
    """The middle of every class; an open one is taken to be as wide as its neighbour, and not below zero.

    classes: from low to high. open_classes: "1.2 times" takes 1.2 times the limit of the highest class and
    half that of the lowest instead. Raises ValueError for an open class without a closed neighbour, which
    has no width, and for one that is open between others.
    """
    last = len(classes) - 1
    found = []
    for place, each in enumerate(classes):
        low, high = each.low, each.high
        if each.is_open:
            outermost = place == 0 if math.isinf(low) else place == last
            if open_classes == "1.2 times" and outermost:
                found.append(0.5 * high if math.isinf(low) else _BEYOND * low)
                continue
            neighbour = classes[1 if place == 0 else place - 1] if last else each
            if neighbour.is_open or not outermost:
                raise ValueError(f"the open class '{each.label}' has no neighbour that tells its width")
            width = neighbour.high - neighbour.low
            low, high = (max(0.0, high - width), high) if math.isinf(low) else (low, low + width)
        found.append((low + high) / 2)
    return found
