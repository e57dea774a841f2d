"""A batch in parts, so that what is held at a time stays moderate however large the batch is."""

from __future__ import annotations


def parts_of(count: int, numbers: int, at_once: int = 1_000_000) -> list[slice]:
    """Slices that cover 0 to `count` in order.

    numbers: what one data set takes. A part takes `at_once` numbers at most, unless one data set takes more.
    """
    size = max(at_once // max(numbers, 1), 1)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
