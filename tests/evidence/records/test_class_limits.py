"""Doses in the middle of classes: open classes are as wide as their neighbours."""

from __future__ import annotations

import pytest

from evidence.records.class_limits import Class, midpoints, parse_class


def classes(*labels: str) -> list[Class]:
    found = [parse_class(label) for label in labels]
    assert None not in found
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("labels", "middles"),
    [
        (("< 11.5", "11.5-12.5", "> 12.5"), [11.0, 12.0, 13.0]),
        (("0 to 2", "3 to 5"), [1.0, 4.0]),
        (("< 1", "1-5", "5-7", "≥ 7"), [0.5, 3.0, 6.0, 8.0]),  # 1 - 4 is below zero: from 0 to 1
        (("1-5",), [3.0]),
    ],
)
def test_a_class_has_its_middle_and_an_open_one_the_width_of_its_neighbour(
    labels: tuple[str, ...], middles: list[float]
) -> None:
    assert midpoints(classes(*labels)) == middles


@pytest.mark.parametrize("labels", [("< 11", "> 11"), ("> 11",), ("1-5", "> 5", "6-7"), ("1-5", "< 1")])
def test_an_open_class_without_a_closed_neighbour_on_its_inner_side_has_no_middle(
    labels: tuple[str, ...],
) -> None:
    with pytest.raises(ValueError, match="no neighbour that tells its width"):
        midpoints(classes(*labels))


def test_an_open_class_may_have_a_multiple_of_its_limit() -> None:
    assert midpoints(classes("< 10", "10-20", "> 20"), "1.2 times") == [5.0, 15.0, 24.0]
    assert midpoints(classes("< 10", "> 10"), "1.2 times") == [5.0, 12.0]
    with pytest.raises(ValueError, match="no neighbour that tells its width"):
        midpoints(classes("1-5", "> 5", "6-7"), "1.2 times")
