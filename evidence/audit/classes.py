"""Rules about the classes of a categorical variable: their limits, and one that sticks out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from evidence.audit.rule import NOTE, RECORD_RULES, WARNING, Finding
from evidence.records.schema import BaselineRow, Record

STICKS_OUT = 1.4
"""How many times the larger of its neighbours a class must be, in every column."""

LEAST_CLASSES = 5
_MISSING = re.compile(r"\s*(not recorded|missing|unknown|not stated|no answer|refused)", re.IGNORECASE)
_NUMBER = r"\$?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"^\s*{_NUMBER}\s*(?:to|-|–|—)\s*{_NUMBER}\D*$")
_ABOVE = re.compile(
    rf"^\s*(?:(?P<sign>>|≥|>=|over|above)\s*{_NUMBER}|{_NUMBER}\s*(?:and|or)\s*(?:over|more|above))\D*$", re.I
)
_BELOW = re.compile(rf"^\s*(?P<sign><|≤|<=|under|below|less than)\s*{_NUMBER}\D*$", re.I)


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
        return Class(label, _value(next(g for g in match.groups()[1:] if g)), math.inf)
    if match := _BELOW.match(label):
        return Class(label, -math.inf, _value(match.groups()[1]))
    return None


def _value(text: str) -> float:
    return float(text.replace(",", ""))


@RECORD_RULES.rule("classes-overlap", NOTE)
def classes_overlap(record: Record) -> Iterator[Finding]:
    """The limits of classes, as their labels state them, do not overlap."""
    for table_index, table in enumerate(record.baseline):
        for row_index, row in enumerate(table.rows):
            at = ("baseline", table_index, "rows", row_index, "percent")
            parsed = [found for label in row.percent or {} if (found := parse_class(label)) is not None]
            for a, b in _overlapping(parsed):
                yield Finding(
                    (*at, b.label), f"the classes '{a.label}' and '{b.label}' of '{row.variable}' overlap"
                )


def _overlapping(classes: list[Class]) -> Iterator[tuple[Class, Class]]:
    """Neighbours that overlap, and open classes that hold a whole other class."""
    closed = [found for found in classes if not found.is_open]
    for a, b in pairwise(closed):
        if a.low < b.high and b.low < a.high:
            yield a, b
    for wide in classes:
        inside = [
            other for other in closed if wide.is_open and wide.low <= other.low and other.high <= wide.high
        ]
        if inside:
            yield inside[0], wide


@RECORD_RULES.rule("class-sticks-out", WARNING)
def class_sticks_out(record: Record) -> Iterator[Finding]:
    """Missing values that were replaced by the mean code swell one middle class of an ordered variable."""
    for table_index, table in enumerate(record.baseline):
        elsewhere = [row.variable for row in table.rows if row.percent and _has_missing_class(row)]
        if not elsewhere:
            continue
        for row_index, row in enumerate(table.rows):
            if not row.ordered or not row.percent or _has_missing_class(row):
                continue
            for label, share in _peaks(row):
                yield Finding(
                    ("baseline", table_index, "rows", row_index, "percent", label),
                    f"'{label}' ({share} %) of '{row.variable}' sticks out from its neighbours in every "
                    f"column, and there is no class for missing values, as '{elsewhere[0]}' has one",
                    "It looks as if missing values were put into a middle class, e.g. by replacing a missing "
                    "code with the mean code.",
                )


def _has_missing_class(row: BaselineRow) -> bool:
    return any(_MISSING.match(label) for label in row.percent or {})


def _peaks(row: BaselineRow) -> Iterator[tuple[str, str]]:
    """Inner classes that exceed both neighbours in every column, per unit of width where labels tell it."""
    lines = list((row.percent or {}).items())
    if len(lines) < LEAST_CLASSES or not lines[0][1]:
        return
    for before, here, after in zip(lines, lines[1:], lines[2:], strict=False):
        widths = _relative_widths(before[0], here[0], after[0])
        columns = zip(before[1], here[1], after[1], strict=True)
        if all(
            float(middle) / widths[1] > STICKS_OUT * max(float(left) / widths[0], float(right) / widths[2])
            for left, middle, right in columns
        ):
            yield here[0], str(here[1][0])


def _relative_widths(*labels: str) -> list[float]:
    """Widths of closed numeric classes; all 1 where a label tells no width."""
    classes = [parse_class(label) for label in labels]
    widths = [found.high - found.low for found in classes if found is not None]
    if len(widths) < len(labels) or any(math.isinf(width) or width <= 0 for width in widths):
        return [1.0] * len(labels)
    return widths
