"""The steps of the root finder: exact where the inverse is a cubic, never beyond the ends of the bracket."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import Seen, halfway, increasing_root


def place(value: float) -> float:
    """Where the function has this value: 1 + f + 0.3 f^2 + 0.1 f^3, whose root is at 1."""
    return 1.0 + value + 0.3 * value**2 + 0.1 * value**3


def seen(value: float) -> Seen:
    slope = 1.0 / (1.0 + 0.6 * value + 0.3 * value**2)
    return Seen(np.array([place(value)]), np.array([value]), np.array([slope]))


def second_step(start: float, before: float | None, low: float = -2.0, high: float = 4.0) -> float:
    """Where the search goes from the value `start`, having seen the value `before`."""
    asked: list[float] = []

    def equation(t: Array, rows: Rows) -> tuple[Array, Array]:
        asked.append(float(t[0]))
        roots = np.roots([0.1, 0.3, 1.0, 1.0 - t[0]])
        at = seen(float(roots[np.abs(roots.imag).argmin()].real))
        return at.value, at.slope

    ends, first = np.array([low]), seen(start)
    unit = np.array([1e-3])
    root = increasing_root(
        equation, ends, np.array([high]), first.t, unit, None if before is None else seen(before)
    )
    assert root[0] == pytest.approx(1.0, rel=1e-13)
    return [*asked, float(root[0])][1]


@pytest.mark.parametrize(("start", "before"), [(0.1, -0.8), (0.2, 1.2), (-0.15, -0.9), (0.24, -0.76)])
def test_a_function_whose_inverse_is_a_cubic_is_solved_by_two_points(start: float, before: float) -> None:
    assert second_step(start, before) == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize(("start", "before"), [(0.3, -0.7), (0.1, None), (-0.3, -0.9)])
def test_without_a_nearer_point_the_step_is_newtons(start: float, before: float | None) -> None:
    assert second_step(start, before) == pytest.approx(place(start) - start / seen(start).slope[0], rel=1e-14)


def test_a_step_out_of_the_bracket_is_half_of_it() -> None:
    """From 5, where the value is 2, Newton's step leads to -1.8, beyond an end at -1."""
    assert place(2.0) == pytest.approx(5.0)
    assert second_step(2.0, None, low=-1.0, high=6.0) == pytest.approx(2.0, rel=1e-14)


@pytest.mark.parametrize("slow", [1, 3, 29, 30])
def test_functions_that_are_done_leave_the_others_to_go_on(slow: int) -> None:
    """t^3 - c^3 takes several steps from afar, t - c two: of 30 functions few, nearly all or all are slow."""
    power = np.where(np.arange(30) < slow, 3.0, 1.0)[np.random.default_rng(1).permutation(30)]
    root = np.linspace(1.0, 2.0, 30)
    taken: list[int] = []

    def equation(t: Array, rows: Rows) -> tuple[Array, Array]:
        taken.append(rows.size)
        return t ** power[rows] - root[rows] ** power[rows], power[rows] * t ** (power[rows] - 1.0)

    low, high, start, unit = np.zeros(30), np.full(30, 9.0), np.full(30, 4.0), np.full(30, 1e-3)
    found = increasing_root(equation, low, high, start, unit)
    assert found == pytest.approx(root, rel=1e-14)
    assert np.array_equal(start, np.full(30, 4.0)), "what was given is not written to"
    assert taken[:2] == [30, 30]
    assert taken[2] == (slow if slow < 27 else 30), "of which a tenth is done, is not worth a copy"


def test_halfway_is_the_geometric_mean_counted_from_minus_the_unit() -> None:
    ends = np.array([1.0, 0.0]), np.array([7.0, 0.0])
    assert halfway(*ends, np.array([1.0, 3.0])).tolist() == [3.0, 0.0], "of 2 and 8 it is 4"
