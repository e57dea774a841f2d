"""What was measured, looked up by quantity, method and setting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tests.simulation.designs import Setting
from tests.simulation.measuring import Measured

NONE = "–"


class Found:
    """Settings where a method does not exist are left out."""

    def __init__(self, found: Iterable[Measured]) -> None:
        self._all = {(m.quantity, m.method, m.setting): m for m in found if not math.isnan(m.value)}

    def value(self, quantity: str, method: str, setting: Setting) -> float | None:
        measured = self._all.get((quantity, method, setting))
        return None if measured is None else measured.value

    def sorted(self, quantity: str, method: str, where: Callable[[Setting], bool]) -> list[Measured]:
        """Lowest first."""
        chosen = (m for (q, name, s), m in self._all.items() if (q, name) == (quantity, method) and where(s))
        return sorted(chosen, key=lambda m: m.value)

    def largest_se(self, quantity: str, method: str) -> float:
        return max(m.se for (q, name, _), m in self._all.items() if (q, name) == (quantity, method))

    def range(self, quantity: str, method: str, where: Callable[[Setting], bool]) -> str:
        """Lowest and highest, in percent."""
        rows = self.sorted(quantity, method, where)
        if not rows:
            return NONE
        low, high = (f"{100 * row.value:.1f}" for row in (rows[0], rows[-1]))
        return low if low == high else f"{low} to {high}"
