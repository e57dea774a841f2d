"""Batches are worked on in parts, and a part holds no more than it may."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.pooling.kernel.parts import parts_by_size, parts_of


@pytest.mark.parametrize(
    ("count", "numbers", "at_once", "ends"),
    [
        (5, 3, 6, [2, 4, 5]),
        (4, 3, 6, [2, 4]),
        (4, 3, 8, [2, 4]),
        (3, 1, 2, [2, 3]),
        (2, 7, 6, [1, 2]),  # a data set larger than a part is a part
        (3, 0, 2, [2, 3]),  # without studies
        (1, 3, 6, [1]),
        (0, 3, 6, []),
    ],
)
def test_parts_follow_each_other_and_are_as_long_as_they_may_be(
    count: int, numbers: int, at_once: int, ends: list[int]
) -> None:
    parts = parts_of(count, numbers, at_once)
    assert [part.stop for part in parts] == ends
    assert [part.start for part in parts] == [0, *ends][: len(ends)]


def test_a_part_has_a_million_numbers_when_nothing_else_is_asked() -> None:
    assert parts_of(5, 500_000) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert parts_of(3, 500_001) == [slice(0, 1), slice(1, 2), slice(2, 3)]


def test_data_sets_of_one_size_keep_their_order() -> None:
    found = list(parts_by_size(np.tile([9, 2], 40), 10**6))
    assert np.concatenate(found).tolist() == [*range(1, 80, 2), *range(0, 80, 2)]
