"""Which columns let coefficients run away, on tables small enough to be seen through."""

from __future__ import annotations

import numpy as np
import pytest

from studies.survey.separation import SeparationError, separating

ONE = np.ones(8)
CLASS = np.array([0.0, 0, 0, 0, 0, 1, 1, 1])
OTHER = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])
LINE = np.arange(8.0)


def columns(
    *given: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.stack([ONE, *given], axis=1)


@pytest.mark.parametrize(
    ("x", "y", "logistic", "poisson"),
    [
        # Nobody of a class has the event, though others have: both run away, to minus infinity.
        (columns(CLASS, OTHER), [0, 1, 1, 0, 1, 0, 0, 0], [1], [1]),
        # Everybody of a class has it: the odds run away, the proportion is one.
        (columns(CLASS, OTHER), [0, 1, 1, 0, 1, 1, 1, 1], [1], []),
        # Nobody but those of a class has it: so does the intercept, and the class from it.
        (columns(CLASS), [0, 0, 0, 0, 0, 1, 0, 1], [0, 1], [0, 1]),
        # Some of each: there is an optimum.
        (columns(CLASS, OTHER), [0, 1, 1, 0, 0, 1, 0, 1], [], []),
        # From the sixth person on everybody: one straight line tells them apart.
        (columns(LINE), CLASS, [0, 1], []),
        # Up to the fourth nobody, and the fifth both ways: they touch and do not overlap.
        (columns(np.array([0.0, 1, 2, 3, 4, 4, 5, 6])), [0, 0, 0, 0, 0, 1, 1, 1], [0, 1], []),
        # One person on the wrong side.
        (columns(LINE), [0, 0, 0, 1, 0, 1, 1, 1], [], []),
        # Nobody with both has the event, and everybody with the first alone: two directions, found in turn.
        (columns(CLASS, OTHER, CLASS * OTHER), [1, 0, 0, 1, 1, 0, 1, 0], [1, 3], [3]),
        # Sizes play no part.
        (columns(1e6 * CLASS, 1e-6 * OTHER), [0, 1, 1, 0, 1, 0, 0, 0], [1], [1]),
        (columns(1e6 * OTHER, 1e-6 * CLASS), [0, 1, 1, 0, 1, 0, 0, 0], [2], [2]),
    ],
)
def test_columns_that_separate_are_found(
    x: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    y: list[int],
    logistic: list[int],
    poisson: list[int],
) -> None:
    assert separating(x, np.array(y, dtype=float), only_zeros=False) == logistic
    assert separating(x, np.array(y, dtype=float), only_zeros=True) == poisson


def test_two_classes_without_events_are_both_named() -> None:
    classes = np.arange(8) // 2
    x = columns(*(np.where(classes == k, 1.0, 0.0) for k in (1, 2, 3)))
    y = np.array([0.0, 1, 0, 0, 1, 0, 0, 0])
    assert separating(x, y, only_zeros=False) == [1, 3]
    assert separating(x, y, only_zeros=True) == [1, 3]


def test_the_intercept_is_named_where_it_stands_alone() -> None:
    assert SeparationError(["(Intercept)", "x"]).columns == ("x",)
    assert SeparationError(["(Intercept)"]).columns == ("(Intercept)",)
