"""Where a curve over a dose turns: doses at which its slope is zero, and those at which it may be.

The interval of a turning point holds the doses about it at which a slope of zero is not rejected; of a
parabola that is Fieller's (1954).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import brentq

from evidence.wording import counted, interval, number, percent
from synthesis.curves.curve_summary import CurveSummary
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import quantile_t
from synthesis.regression.tabular import Cells, Tabular

_GRID = 2001


@dataclass(frozen=True, eq=False, repr=False)
class TurningPoints(Tabular):
    """m doses, (m,) each: dose, whether it is a "lowest" or "highest" point, and its interval.

    low, high: -inf or inf where no slope up to the end of the doses studied can be told from zero. span: the
    lowest and highest dose studied, in between which a turn is looked for.
    """

    dose: Array
    kind: tuple[str, ...]
    low: Array
    high: Array
    span: tuple[float, float]
    level: float

    def _title(self) -> str:
        within = f"between {number(self.span[0])} and {number(self.span[1])}"
        if not self.dose.size:
            return f"The curve does not turn {within}"
        return f"{counted(self.dose.size, 'turning point')} {within}"

    def _header(self) -> Cells:
        return ("", "dose", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [
            (kind, number(self.dose[i]), interval((self.low[i], self.high[i])))
            for i, kind in enumerate(self.kind)
        ]

    def _columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("kind", "dose", "low", "high")}


def turning_points(result: CurveSummary, level: float) -> TurningPoints:
    """Every turn of the curve within the doses studied."""
    low, high = result.span
    grid = np.linspace(low, high, _GRID)
    quantile = float(quantile_t(result.df[:1], level)[0])

    def slope(dose: Array) -> Array:
        return np.asarray(result.basis.slope(dose) @ result.estimate)

    def unsure(dose: Array) -> Array:
        """Below zero where a slope of zero is not rejected."""
        rows = result.basis.slope(dose)
        variance = np.einsum("mi,ij,mj->m", rows, result.covariance, rows)
        return np.asarray(slope(dose) ** 2 - quantile**2 * variance)

    values = slope(grid)
    steep = np.flatnonzero(values)
    turns = [(i, j) for i, j in pairwise(steep) if np.sign(values[i]) != np.sign(values[j])]
    at = np.array([_root(slope, grid[i], grid[j]) for i, j in turns])
    kind = tuple("lowest" if values[i] < 0 else "highest" for i, _ in turns)
    ends = [_around(unsure, grid, float(dose)) for dose in at]
    lows, highs = np.array(ends).reshape(-1, 2).T
    return TurningPoints(at, kind, lows, highs, (low, high), level)


def _around(unsure: Any, grid: Array, dose: float) -> tuple[float, float]:
    """The doses next to a turn beyond which a slope of zero is rejected."""
    found = []
    for endless, places in ((-np.inf, grid[grid < dose][::-1]), (np.inf, grid[grid > dose])):
        sure = np.flatnonzero(unsure(places) > 0) if places.size else np.array([], dtype=int)
        if not sure.size:
            found.append(endless)
            continue
        jumps = unsure(np.array([dose]))[0] > 0  # of a linear spline, whose slope is sure on either side
        found.append(dose if jumps else _root(unsure, dose, float(places[sure[0]])))
    return found[0], found[1]


def _root(function: Any, first: float, second: float) -> float:
    return float(brentq(lambda dose: float(function(np.array([dose]))[0]), first, second, xtol=1e-14))
