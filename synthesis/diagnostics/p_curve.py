"""p-curve: whether the significant p-values of studies look like those of a true effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.result import PooledSummary

_SAYS = (
    "Tests whether the significant results as a set hold more than chance and selection. It says nothing of "
    "the size of effects where they differ, is misled by heterogeneous power, and ignores all studies that "
    "are not significant. Its tests are its own, at 5%, whatever the choices of the pooled result."
)
ALPHA = 0.05
HALF = 0.025
FLAT_POWER = 1.0 / 3.0
LEAST_POWER, MOST_POWER = ALPHA, 0.99
_BINS = 5
_ENDS = np.arange(1.0, _BINS + 1.0) * (ALPHA / _BINS)  # the last p-value of each bin


@dataclass(frozen=True)
class Stouffer(AsData):
    """z: the sum of k probits over the root of k, with the p-value that z is this low; nan for k = 0."""

    z: float
    p_value: float
    k: int


@dataclass(frozen=True, eq=False)
class PCurve(AsData):
    """The p-curve of the two-sided p-values below 0.05 of k studies.

    p: those p-values, (m,). shares: of them in (0, .01], ... (.04, .05], and expected at 33% power and at
    `power`. right_skew_full, right_skew_half: tests of no effect (half: of p below .025 alone). flat_full,
    flat_half: tests that the power is 33%, rejected by curves flatter than that. binomial_skew,
    binomial_flat: exact tests of the number below .025. power with a 90%
    interval, between 5% and 99%, nan without
    significant studies. opposite: significant studies on the smaller side of zero.
    """

    k: int
    p: Array
    shares: Array
    expected_33: Array
    expected_at_power: Array
    right_skew_full: Stouffer
    right_skew_half: Stouffer
    flat_full: Stouffer
    flat_half: Stouffer
    binomial_skew: float
    binomial_flat: float
    power: float
    power_low: float
    power_high: float
    opposite: int
    says: str = _SAYS

    @property
    def evidential(self) -> bool:
        """Half curve right-skewed at p < .05, or both curves at p < .1. Simonsohn, Simmons & Nelson 2015."""
        full, half = self.right_skew_full.p_value, self.right_skew_half.p_value
        return bool(half < 0.05 or (full < 0.1 and half < 0.1))

    @property
    def inadequate(self) -> bool:
        """Full curve flatter than 33% power at p < .05, or half curve and binomial test both at p < .1."""
        return bool(
            self.flat_full.p_value < 0.05 or (self.flat_half.p_value < 0.1 and self.binomial_flat < 0.1)
        )


def p_curve(pooled: PooledSummary, null: float = 0.0) -> PCurve:
    """Simonsohn, Nelson & Simmons 2014; combined by Stouffer's method as in Simonsohn et al. 2015.

    Every study is a test of z = (yi - null) / sqrt(vi); no choice of the result has a part in it. Probits are
    kept to the last digit where p-values round to zero.
    """
    signed = (pooled.yi - null) / np.sqrt(pooled.vi)
    least = _critical(ALPHA)
    z = np.abs(signed[np.abs(signed) > least])
    p = 2.0 * special.ndtr(-z)
    strong = z > _critical(HALF)
    at_33 = shift(FLAT_POWER)
    power, low, high = (_power(z, wanted) for wanted in special.ndtri([0.5, 0.95, 0.05]))
    half = int(strong.sum())
    chance_33 = _exceeds(_critical(HALF), at_33) / FLAT_POWER
    return PCurve(
        k=pooled.k,
        p=p,
        shares=_shares(p),
        expected_33=_expected(at_33),
        expected_at_power=_expected(shift(power)),
        right_skew_full=_stouffer(-_probits(z, ALPHA, 0.0)),
        right_skew_half=_stouffer(-_probits(z[strong], HALF, 0.0)),
        flat_full=_stouffer(_probits(z, ALPHA, at_33)),
        flat_half=_stouffer(_probits(z[strong], HALF, at_33)),
        binomial_skew=_at_least(half, z.size, 0.5),
        binomial_flat=_at_least(z.size - half, z.size, 1.0 - chance_33),
        power=power,
        power_low=low,
        power_high=high,
        opposite=int(min((signed > least).sum(), (signed < -least).sum())),
    )


def _critical(alpha: float) -> float:
    return float(-special.ndtri(0.5 * alpha))


@overload
def _exceeds(z: float, at: float) -> float: ...
@overload
def _exceeds(z: Array, at: float) -> Array: ...
def _exceeds(z: Array | float, at: float) -> Array | float:
    """P(|Z| > z) for Z normal about `at`, of variance one."""
    return special.ndtr(at - z) + special.ndtr(-at - z)


def shift(power: float) -> float:
    """The mean of Z at which |Z| is significant at 0.05 with this chance, at least 0.05; nan for nan."""
    critical = _critical(ALPHA)
    if np.isnan(power):
        return power
    return _zero(lambda t: _exceeds(critical, t) - power) if power > _exceeds(critical, 0.0) else 0.0


def _zero(function: Callable[[float], float]) -> float:
    """The mean of Z, from zero to far more than any power needs, at which a function crosses zero."""
    from scipy.optimize import brentq  # deferred: nothing else here needs an optimiser

    return float(brentq(function, 0.0, 40.0))


def _probits(z: Array, alpha: float, at: float) -> Array:
    """Probit of the chance, at this mean, of a smaller |Z| among those significant at alpha."""
    critical = _critical(alpha)
    log_tail = np.logaddexp(special.log_ndtr(at - z), special.log_ndtr(-at - z))
    log_all = np.logaddexp(special.log_ndtr(at - critical), special.log_ndtr(-at - critical))
    return np.asarray(-special.ndtri_exp(np.minimum(log_tail - log_all, 0.0)))


def _stouffer(probits: Array) -> Stouffer:
    if not probits.size:
        return Stouffer(np.nan, np.nan, 0)
    z = float(probits.sum() / np.sqrt(probits.size))
    return Stouffer(z, float(special.ndtr(z)), probits.size)


def _power(z: Array, wanted: float) -> float:
    """The power at which Stouffer's z of the curve is `wanted`, kept between 5% and 99%."""
    if not z.size:
        return np.nan

    def falls(t: float) -> float:
        return _stouffer(_probits(z, ALPHA, t)).z - wanted

    if falls(0.0) <= 0.0:
        return LEAST_POWER
    if falls(shift(MOST_POWER)) >= 0.0:
        return MOST_POWER
    return _exceeds(_critical(ALPHA), _zero(falls))


def _shares(p: Array) -> Array:
    if not p.size:
        return np.full(_BINS, np.nan)
    return np.bincount(np.searchsorted(_ENDS[:-1], p), minlength=_BINS) / p.size


def _expected(at: float) -> Array:
    """Shares of the significant p-values in each bin, for Z normal about `at`."""
    tails = _exceeds(-special.ndtri(0.5 * _ENDS), at)
    return np.asarray(np.diff(tails, prepend=0.0) / tails[-1])


def _at_least(count: int, n: int, chance: float) -> float:
    """P(count or more of n), binomial; nan for n = 0."""
    if n == 0:
        return np.nan
    return 1.0 if count == 0 else float(special.betainc(count, n - count + 1.0, chance))
