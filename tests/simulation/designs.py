"""Simulated meta-analyses: normal effects with known sampling variances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Effects

SEED = 20140218
KS = (2, 3, 5, 10, 20)
I2S = (0, 25, 50, 75, 90)
_LOWEST, _HIGHEST = 0.009, 0.6


@dataclass(frozen=True)
class Setting:
    """sizes: a key of SIZES. k: studies. i2: percent; None where tau is drawn from DuMouchel's prior."""

    sizes: str
    k: int
    i2: int | None

    def __str__(self) -> str:
        heterogeneity = "tau from its prior" if self.i2 is None else f"I² {self.i2} %"
        return f"{self.sizes}, k {self.k}, {heterogeneity}"


@dataclass(frozen=True)
class Simulated:
    """Data sets whose mean is zero, with their tau2 and their typical sampling variance, (B,)."""

    effects: Effects
    tau2: Array
    typical: Array

    def first(self, n: int) -> Simulated:
        """The first n data sets: what a slow method sees of those that all methods share."""
        return Simulated(self.effects.rows(slice(0, n)), self.tau2[:n], self.typical[:n])


def _equal(rng: np.random.Generator, n: int, k: int) -> Array:
    return np.ones((n, k))


def _unequal(rng: np.random.Generator, n: int, k: int) -> Array:
    """One study in four, and at least one, is ten times as large. IntHout, Ioannidis & Borm 2014."""
    v = np.ones((n, k))
    v[:, : max(k // 4, 1)] = 0.1
    return v


def _brockwell_gordon(rng: np.random.Generator, n: int, k: int) -> Array:
    """A quarter of chi2(1), truncated to [0.009, 0.6]; new in every data set. Brockwell & Gordon 2001."""
    low, high = special.chdtrc(1.0, np.array([4.0 * _LOWEST, 4.0 * _HIGHEST]))
    return np.asarray(0.25 * special.chdtri(1.0, rng.uniform(high, low, (n, k))))


SIZES: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "equal": _equal,
    "unequal": _unequal,
    "Brockwell-Gordon": _brockwell_gordon,
}


def all_settings() -> list[Setting]:
    """Every combination of sizes, number of studies and heterogeneity; most studies first."""
    return [Setting(sizes, k, i2) for k in KS[::-1] for i2 in I2S for sizes in SIZES]


def simulate(setting: Setting, n: int) -> Simulated:
    """n data sets; the same ones, whatever else is simulated before or after."""
    code = 1000 if setting.i2 is None else setting.i2
    rng = np.random.default_rng([SEED, list(SIZES).index(setting.sizes), setting.k, code])
    v = SIZES[setting.sizes](rng, n, setting.k)
    typical = _typical_variance(v)
    tau2 = _tau2_of_prior(rng, v) if setting.i2 is None else typical * setting.i2 / (100.0 - setting.i2)
    y = rng.standard_normal(v.shape) * np.sqrt(v + tau2[:, None])
    return Simulated(Effects(y, v), tau2, typical)


def _typical_variance(v: Array) -> Array:
    """(k - 1) sum(w) / (sum(w)^2 - sum(w^2)). Higgins & Thompson 2002."""
    w = 1.0 / v
    total: Array = w.sum(axis=1)
    typical: Array = (v.shape[1] - 1) * total / (total**2 - (w * w).sum(axis=1))
    return typical


def _tau2_of_prior(rng: np.random.Generator, v: Array) -> Array:
    """tau from s0 / (s0 + tau)^2, s0^2 the harmonic mean of v. DuMouchel & Normand 2000."""
    u = rng.uniform(size=len(v))
    tau2: Array = (u / (1.0 - u)) ** 2 * v.shape[1] / (1.0 / v).sum(axis=1)
    return tau2
