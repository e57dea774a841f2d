"""Limits and choices that all plots share."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from synthesis.plots.words import effect_axis, in_symbols, outstanding, radii, room
from tests.synthesis.plots.subjects import invented


def test_whole_powers_and_squares_are_raised_and_names_stay() -> None:
    assert in_symbols("dose^2, dose^-1 and tau2") == "dose², dose⁻¹ and τ²"
    assert in_symbols("dose^0.5, dose^12, CR2, stau2") == "dose^0.5, dose¹², CR2, stau2"


def test_room_is_white_on_both_sides_even_where_nothing_varies() -> None:
    assert room(np.array([0.0, 10.0, nan, inf])) == pytest.approx((-0.6, 10.6))
    assert room(np.array([4.0, 4.0])) == (2.0, 6.0)
    assert room(np.array([0.0])) == (-1.0, 1.0)
    assert room(np.array([nan])) == (0.0, 1.0)


def test_an_effect_axis_has_equal_white_on_the_scale_of_the_analysis() -> None:
    values = np.array([-2.0, 1.0])
    ratio, difference = (effect_axis(invented(2, log), values, 0.1) for log in (True, False))
    assert np.log([ratio.low, ratio.high]) == pytest.approx([-2.3, 1.3])
    assert (difference.low, difference.high) == pytest.approx((-2.3, 1.3))
    assert (ratio.scale, difference.scale) == ("log", "linear")


def test_the_farthest_are_named_and_unknown_distances_last() -> None:
    assert outstanding(np.arange(12.0)).all()
    distance = np.array([nan, *np.arange(20.0)])
    assert np.flatnonzero(outstanding(distance)).tolist() == list(range(9, 21))
    assert np.flatnonzero(outstanding(distance, most=2)).tolist() == [19, 20]


def test_areas_are_proportional_and_never_invisible() -> None:
    assert radii(np.array([100.0, 25.0, 0.0, nan])) == pytest.approx([5.0, 2.5, 1.3, 1.3])
    assert radii(np.zeros(2)) == pytest.approx([1.3, 1.3])
    assert radii(np.array([])).size == 0
