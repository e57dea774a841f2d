"""Whether coefficients of a regression of events run away to infinity, and which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studies.survey.design import Array, Mask, SurveyError
from studies.survey.matrix import INTERCEPT

# Columns have size one; a person moved by less than UNMOVED is not moved, for programs are solved to EXACT.
UNMOVED, EXACT = 1e-5, 1e-10


class SeparationError(SurveyError):
    """Columns whose coefficients have no finite estimate; `columns` names them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(name for name in columns if name != INTERCEPT) or tuple(columns)
        super().__init__(
            f"no finite estimate in this domain for: {', '.join(self.columns)}; of some that they tell apart "
            "nobody has the outcome, or everybody (separation): join classes, or leave them out"
        )


def separating(x: Array, y: Array, only_zeros: bool) -> list[int]:
    """Positions of the columns of x (n, p) in whose direction the likelihood of y (n,) never falls.

    Such a direction moves nobody with an event down, nobody without one up, and somebody it moves. A linear
    program finds whom (Albert & Anderson 1984; Konis 2007), a second the shortest direction that moves them
    all; further ones are looked for among the others. only_zeros: the Poisson likelihood, which falls when
    somebody with an event is moved either way (Correia, Guimarães & Zylkin 2019).
    """
    event, scaled = y > 0, x / np.abs(x).max(axis=0)
    signed = np.where(event[:, None], scaled, -scaled)
    free, fixed = (signed[~event], signed[event]) if only_zeros else (signed, signed[:0])
    found: set[int] = set()
    while len(free):
        farthest = _program(-free.sum(axis=0), free, np.zeros(len(free)), fixed, (-1.0, 1.0))
        moved = free @ farthest > UNMOVED
        if not moved.any():
            break
        found |= _shortest(free, moved, fixed)
        free = free[~moved]
    return sorted(found)


def _shortest(free: Array, moved: Mask, fixed: Array) -> set[int]:
    """The columns of the shortest direction that moves them: a difference of two that are not negative."""
    both, still = np.hstack([free, -free]), np.hstack([fixed, -fixed])
    up, down = np.split(
        _program(np.ones(both.shape[1]), both, np.where(moved, UNMOVED, 0.0), still, (0.0, None)), 2
    )
    size = np.abs(up - down)
    return set(np.flatnonzero(size > 1e-3 * size.max()).tolist())


def _program(
    cost: Array, moves: Array, least: Array, fixed: Array, bounds: tuple[float, float | None]
) -> Array:
    """The direction of least cost that moves everybody by their least, and nobody who is fixed."""
    from scipy.optimize import linprog  # slow to import

    zeros = np.zeros(len(fixed))
    found = linprog(
        cost, -moves, -least, fixed, zeros, bounds, options={"primal_feasibility_tolerance": EXACT}
    )
    return np.asarray(found.x)
