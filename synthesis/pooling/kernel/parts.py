"""A batch in parts, so that what is held at a time stays moderate however large the batch is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthesis.pooling.kernel.effects import Rows

_WIDER = 1.15  # times the smallest of a part, which the largest may be: so much is filled up at most


def parts_of(count: int, numbers: int, at_once: int = 1_000_000) -> list[slice]:
    """Slices that cover 0 to `count` in order.

    numbers: what one data set takes. A part takes `at_once` numbers at most, unless one data set takes more.
    """
    size = max(at_once // max(numbers, 1), 1)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def parts_by_size(sizes: Rows, at_once: int) -> Iterator[Rows]:
    """Numbers of data sets, of these sizes, in parts of about one size, the small ones first.

    A part takes `at_once` numbers at most, filled up to its largest, unless one data set takes more.
    """
    order = np.argsort(sizes, kind="stable")
    ascending, start = sizes[order], 0
    while start < order.size:
        largest = int(ascending[start] * _WIDER)
        end = start + int(np.searchsorted(ascending[start:], largest, side="right"))
        for part in parts_of(end - start, int(ascending[end - 1]), at_once):
            yield order[start:end][part]
        start = end
