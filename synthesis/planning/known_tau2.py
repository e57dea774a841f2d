"""What more studies bring where tau2 is known and the test is z: closed forms, and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array

_ROUNDING = 1e-12  # widths closer than this, relative, are equal
_LISTED = 1_000  # numbers of studies looked at one by one
_BEYOND = 10**15  # studies, of which no number above is told from infinitely many


@dataclass(frozen=True)
class KnownTau2:
    """k studies as one: their inverse-variance mean at a known tau2, and its information, 1 / se^2."""

    mean: float
    information: float
    tau2: float
    level: float

    @classmethod
    def of(cls, yi: Array, vi: Array, tau2: float, level: float) -> KnownTau2:
        """From effects and sampling variances, shape (k,)."""
        weights = 1.0 / (vi + tau2)
        information = float(weights.sum())
        return cls(float(weights @ yi) / information, information, tau2, level)

    @property
    def z(self) -> float:
        """The critical value of the two-sided test."""
        return float(special.ndtri(0.5 + 0.5 * self.level))

    def added(self, sei: float, more: Array) -> Array:
        """Information of so many new studies with standard error sei, shape of `more`."""
        return np.asarray(more / (sei * sei + self.tau2))

    def width(self, sei: float, more: Array) -> Array:
        """Of the interval of the mean with `more` new studies: 2 z / sqrt(information)."""
        return np.asarray(2.0 * self.z / np.sqrt(self.information + self.added(sei, more)))

    def least_width(self, more: Array) -> Array:
        """What the width cannot fall below with so many new studies, however large each is."""
        if self.tau2 == 0.0:
            return np.where(np.asarray(more) > 0, 0.0, self.width(1.0, np.zeros_like(more)))
        return self.width(0.0, more)

    def power(self, sei: float, more: Array, effect: float, null: float) -> Array:
        """That the mean is then significantly on the effect's side of the null, given the studies there are.

        Conditional power, Roloff, Higgins & Sutton 2013: the k studies stay as they are, and the mean of the
        new ones is normal about `effect`. Without new studies it is 0 or 1.
        """
        side = math.copysign(1.0, effect - null)
        new = self.added(sei, np.asarray(more, dtype=float))
        needed = self.z * np.sqrt(self.information + new)
        shortfall = needed - side * (self.information * (self.mean - null) + new * (effect - null))
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = special.ndtr(-shortfall / np.sqrt(new))
        return np.where(new > 0, chance, (shortfall < 0).astype(float))

    def number_for_width(self, sei: float, width: float) -> float:
        """The fewest new studies that bring the interval of the mean to a width; a whole number."""
        lacking = (2.0 * self.z / width) ** 2 * (1.0 - _ROUNDING) - self.information
        if lacking <= 0.0:
            return 0.0
        each = sei * sei + self.tau2
        number = max(1.0, float(np.ceil(lacking * each)))
        return number if number <= _BEYOND else math.inf

    def least_prediction_width(self) -> float:
        """What a prediction interval approaches as studies become many: 2 z tau."""
        return 2.0 * self.z * math.sqrt(self.tau2)

    def number_for_power(self, sei: float, power: float, effect: float, null: float) -> float:
        """The fewest new studies with which `power` has reached a level; a whole number."""
        if self.power(1.0, np.zeros(1), effect, null)[0] >= power:
            return 0.0
        if sei == 0.0 and self.tau2 == 0.0:
            return 1.0
        few = np.arange(1.0, _LISTED + 1.0)  # one by one: power may fall before it rises
        met = self.power(sei, few, effect, null) >= power
        if met.any():
            return float(few[met.argmax()])
        high = _LISTED
        while self.power(sei, np.array([high]), effect, null)[0] < power:
            high *= 2
            if high > _BEYOND:
                return math.inf
        return bisected(_LISTED, high, lambda m: self.power(sei, np.array([m]), effect, null)[0] >= power)


def bisected(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least whole number above `low` at which `holds`, which it does at `high` and not at `low`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
