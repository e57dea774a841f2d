"""Intervals and p-values of small studies by the methods that papers use without saying so.

They are written from their definitions: Woolf 1955, Cornfield 1956, Katz 1978, Newcombe 1998 (method 10),
Miettinen & Nurminen 1985, Clopper & Pearson 1934, Wilson 1927, Agresti & Coull 1998, Agresti & Caffo 2000,
Cox 1972.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import bdtr, bdtrc, betaincinv, gammaln, ndtr, ndtri

Z = float(ndtri(0.975))
LIKELIHOOD_DROP = Z * Z
WIDEST = 12.0
"""Logarithms of ratios beyond which a limit is not printed."""

Limits = tuple[float, float]
Array = npt.NDArray[np.float64]


class UndefinedError(ValueError):
    """These data have no such interval or p-value."""


def normal_p(z: float) -> float:
    """Two-sided p of a normal deviate."""
    return float(2 * ndtr(-abs(z)))


def chi_square_p(x: float) -> float:
    """p of a chi-square statistic with one degree of freedom."""
    return normal_p(math.sqrt(max(x, 0.0)))


def where(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function is zero between two points; UndefinedError when it does not change its sign there."""
    try:
        return float(brentq(function, low, high, xtol=1e-9))
    except ValueError:
        raise UndefinedError from None


@dataclass(frozen=True)
class Table:
    """Events a of n1 exposed and c of n2 others."""

    a: int
    n1: int
    c: int
    n2: int

    @property
    def b(self) -> int:
        """Exposed without the event."""
        return self.n1 - self.a

    @property
    def d(self) -> int:
        """Others without the event."""
        return self.n2 - self.c

    @property
    def rates(self) -> tuple[float, float]:
        """Both risks."""
        return self.a / self.n1, self.c / self.n2

    @property
    def log_or(self) -> float:
        """Logarithm of the sample odds ratio."""
        return math.log(self.a * self.d / (self.b * self.c))

    @property
    def log_rr(self) -> float:
        """Logarithm of the risk ratio."""
        return math.log(self.rates[0] / self.rates[1])

    @property
    def se_or(self) -> float:
        """Woolf's standard error."""
        return math.sqrt(1 / self.a + 1 / self.b + 1 / self.c + 1 / self.d)

    @property
    def se_rr(self) -> float:
        """Katz's standard error."""
        return math.sqrt(1 / self.a - 1 / self.n1 + 1 / self.c - 1 / self.n2)

    @property
    def se_rd(self) -> float:
        """Wald's standard error of the risk difference."""
        p, q = self.rates
        return math.sqrt(p * (1 - p) / self.n1 + q * (1 - q) / self.n2)


def wald(estimate: float, se: float, quantile: float = Z) -> Limits:
    """Estimate and a multiple of its standard error on both sides."""
    return estimate - quantile * se, estimate + quantile * se


# Tests of a table.


def pearson(t: Table, correction: float = 0.0) -> float:
    """p of the chi-square test; correction: n / 2 for Yates."""
    n = t.n1 + t.n2
    numerator = max(0.0, abs(t.a * t.d - t.b * t.c) - correction) ** 2 * n
    return chi_square_p(numerator / (t.n1 * t.n2 * (t.a + t.c) * (t.b + t.d)))


def yates(t: Table) -> float:
    """p of the chi-square test with continuity correction."""
    return pearson(t, (t.n1 + t.n2) / 2)


def likelihood_ratio(t: Table) -> float:
    """p of the likelihood ratio test."""
    n, events = t.n1 + t.n2, t.a + t.c
    cells = (
        (t.a, t.n1 * events),
        (t.b, t.n1 * (n - events)),
        (t.c, t.n2 * events),
        (t.d, t.n2 * (n - events)),
    )
    return chi_square_p(2 * sum(o * math.log(o * n / e) for o, e in cells if o))


@lru_cache(maxsize=512)
def conditional(t: Table) -> tuple[Array, Array, int]:
    """Possible values of the first cell, their log weights at odds ratio 1, and the position observed."""
    events = t.a + t.c
    values = np.arange(max(0, events - t.n2), min(t.n1, events) + 1, dtype=float)
    weights = -(
        gammaln(values + 1)
        + gammaln(t.n1 - values + 1)
        + gammaln(events - values + 1)
        + gammaln(t.n2 - events + values + 1)
    )
    return values, weights, int(t.a - values[0])


def probabilities(t: Table, log_or: float) -> Array:
    """Of each possible value of the first cell, margins given."""
    values, weights, _ = conditional(t)
    logs = weights + values * log_or
    found: Array = np.exp(logs - logs.max())
    shares: Array = found / found.sum()
    return shares


def fisher(t: Table, mid: bool = False) -> float:
    """p of Fisher's test; mid: with half the probability of tables as likely as the one observed."""
    p = probabilities(t, 0.0)
    here = p[conditional(t)[2]]
    as_likely = np.abs(p - here) <= 1e-7 * here
    total = float(p[(p < here) & ~as_likely].sum() + p[as_likely].sum() * (0.5 if mid else 1.0))
    return min(1.0, total)


# Intervals of the odds ratio, as logarithms.


def conditional_estimate(t: Table) -> float:
    """The conditional maximum likelihood estimate of the log odds ratio."""
    values, _, _ = conditional(t)
    return where(lambda x: float(probabilities(t, x) @ values) - t.a, -WIDEST, WIDEST)


def conditional_limits(t: Table, share: float) -> Limits:
    """Exact (share 1) or mid-p (share 0.5) limits."""
    at = conditional(t)[2]

    def upper_tail(x: float) -> float:
        p = probabilities(t, x)
        return float(p[at + 1 :].sum() + share * p[at]) - 0.025

    def lower_tail(x: float) -> float:
        p = probabilities(t, x)
        return float(p[:at].sum() + share * p[at]) - 0.025

    return where(upper_tail, -WIDEST, WIDEST), where(lower_tail, -WIDEST, WIDEST)


def cornfield(t: Table, correction: float) -> Limits:
    """Cornfield's limits: where the chi-square test of the fitted table is at its 5 % point."""
    events = t.a + t.c

    def fitted(log_or: float) -> float:
        odds = math.exp(log_or)
        low, high = max(0, events - t.n2), min(t.n1, events)
        return where(
            lambda a: a * (t.n2 - events + a) - odds * (t.n1 - a) * (events - a), low + 1e-9, high - 1e-9
        )

    def distance(log_or: float, sign: float) -> float:
        a = fitted(log_or)
        variance = 1 / sum(1 / cell for cell in (a, t.n1 - a, events - a, t.n2 - events + a))
        return sign * (t.a - a) - correction - Z * math.sqrt(variance)

    centre = t.log_or
    return (
        where(lambda x: distance(x, 1.0), centre - WIDEST, centre),
        where(lambda x: distance(x, -1.0), centre, centre + WIDEST),
    )


def profile_or(t: Table) -> Limits:
    """Profile likelihood limits of the log odds ratio."""

    def loglik(p: float, q: float) -> float:
        return t.a * math.log(p) + t.b * math.log1p(-p) + t.c * math.log(q) + t.d * math.log1p(-q)

    best = loglik(*t.rates)

    def fallen(log_or: float) -> float:
        odds = math.exp(log_or)

        def total(q: float) -> float:
            return t.n1 * odds * q / (1 - q + odds * q) + t.n2 * q - t.a - t.c

        q = where(total, 1e-12, 1 - 1e-12)
        return 2 * (best - loglik(odds * q / (1 - q + odds * q), q)) - LIKELIHOOD_DROP

    centre = t.log_or
    return where(fallen, centre - WIDEST, centre), where(fallen, centre, centre + WIDEST)


# Intervals of the risk difference and the risk ratio.


def wilson(events: int, n: int) -> Limits:
    """Wilson's score interval of a proportion."""
    p, z2 = events / n, Z * Z
    centre, half = p + z2 / (2 * n), Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)


def newcombe(t: Table) -> Limits:
    """Newcombe's hybrid of two Wilson intervals."""
    (p, q), (l1, u1), (l2, u2) = t.rates, wilson(t.a, t.n1), wilson(t.c, t.n2)
    return p - q - math.hypot(p - l1, u2 - q), p - q + math.hypot(u1 - p, q - l2)


def agresti_caffo(t: Table) -> Limits:
    """Wald's interval after one event and one other were added to each group."""
    p, q = (t.a + 1) / (t.n1 + 2), (t.c + 1) / (t.n2 + 2)
    return wald(p - q, math.sqrt(p * (1 - p) / (t.n1 + 2) + q * (1 - q) / (t.n2 + 2)))


def restricted(t: Table, other: Callable[[float], float], highest: float) -> float:
    """The risk of the others, at its maximum likelihood when that of the exposed is `other` of it."""

    def minus_loglik(q: float) -> float:
        p = min(1 - 1e-12, max(1e-12, other(q)))
        return -(t.a * math.log(p) + t.b * math.log1p(-p) + t.c * math.log(q) + t.d * math.log1p(-q))

    low, high, golden = 1e-12, highest - 1e-12, (math.sqrt(5) - 1) / 2
    if high <= low:
        raise UndefinedError
    for _ in range(60):
        x, y = high - golden * (high - low), low + golden * (high - low)
        if minus_loglik(x) < minus_loglik(y):
            high = y
        else:
            low = x
    return (low + high) / 2


def miettinen_nurminen(t: Table) -> Limits:
    """The score interval of the risk difference."""
    n = t.n1 + t.n2
    observed = t.rates[0] - t.rates[1]

    def z(delta: float) -> float:
        low = max(0.0, -delta)
        q = low + restricted_shifted(t, delta, low)
        p = q + delta
        variance = (p * (1 - p) / t.n1 + q * (1 - q) / t.n2) * n / (n - 1)
        return (observed - delta) / math.sqrt(max(variance, 1e-14))

    return (
        where(lambda x: z(x) - Z, -1 + 1e-6, observed),
        where(lambda x: z(x) + Z, observed, 1 - 1e-6),
    )


def restricted_shifted(t: Table, delta: float, low: float) -> float:
    """How far above `low` the risk of the others is when the difference is `delta`."""
    shifted = Table(t.a, t.n1, t.c, t.n2)
    width = min(1.0, 1 - delta) - low

    def minus_loglik(x: float) -> float:
        q = min(1 - 1e-12, max(1e-12, low + x))
        p = min(1 - 1e-12, max(1e-12, q + delta))
        s = shifted
        return -(s.a * math.log(p) + s.b * math.log1p(-p) + s.c * math.log(q) + s.d * math.log1p(-q))

    start, end, golden = 1e-12, width - 1e-12, (math.sqrt(5) - 1) / 2
    for _ in range(60):
        x, y = end - golden * (end - start), start + golden * (end - start)
        if minus_loglik(x) < minus_loglik(y):
            end = y
        else:
            start = x
    return (start + end) / 2


def koopman(t: Table) -> Limits:
    """The score interval of the risk ratio, as logarithms."""

    def z(log_rr: float) -> float:
        ratio = math.exp(log_rr)
        q = restricted(t, lambda q: ratio * q, min(1.0, 1 / ratio))
        p = min(ratio * q, 1 - 1e-12)
        variance = p * (1 - p) / t.n1 + ratio * ratio * q * (1 - q) / t.n2
        return (t.rates[0] - ratio * t.rates[1]) / math.sqrt(max(variance, 1e-14))

    centre = t.log_rr
    return where(lambda x: z(x) - Z, centre - 6, centre), where(lambda x: z(x) + Z, centre, centre + 6)


def clopper_pearson(events: int, n: int) -> Limits:
    """The exact interval of a proportion."""
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, 0.025))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 0.975))
    return low, high


def agresti_coull(events: int, n: int) -> Limits:
    """Wald's interval after z squared persons were added, half of them with the event; cut at 0 and 1."""
    larger = n + Z * Z
    p = (events + Z * Z / 2) / larger
    low, high = wald(p, math.sqrt(p * (1 - p) / larger))
    return max(0.0, low), min(1.0, high)


# Models with one covariate, by Newton's method.


@dataclass(frozen=True)
class Fit:
    """A slope with all that software prints of it: standard error, profile limits and three p-values."""

    slope: float
    se: float
    profile: Limits
    p_wald: float
    p_ratio: float
    p_score: float


def fitted_model(loglik: Callable[[float], float]) -> Fit:
    """From the profile log-likelihood of a slope, by differences."""
    slope = 0.0
    for _ in range(60):
        first, second = derivatives(loglik, slope)
        if not second < 0:
            raise UndefinedError
        step = max(-1.0, min(1.0, first / second))
        slope -= step
        if abs(step) < 1e-8:
            break
    if abs(slope) > WIDEST / 2:
        raise UndefinedError
    se = 1 / math.sqrt(-derivatives(loglik, slope)[1])
    best = loglik(slope)

    def fallen(x: float) -> float:
        return 2 * (best - loglik(x)) - LIKELIHOOD_DROP

    reach = 6 * se
    profile = where(fallen, slope - reach, slope), where(fallen, slope, slope + reach)
    first, second = derivatives(loglik, 0.0)
    return Fit(
        slope,
        se,
        profile,
        normal_p(slope / se),
        chi_square_p(2 * (best - loglik(0.0))),
        chi_square_p(first * first / -second),
    )


def derivatives(function: Callable[[float], float], at: float) -> tuple[float, float]:
    """First and second, by central differences."""
    h = 1e-3
    low, here, high = function(at - h), function(at), function(at + h)
    return (high - low) / (2 * h), (high - 2 * here + low) / (h * h)


def logistic(x: Array, y: Array) -> Fit:
    """Logistic regression of y on x with an intercept."""
    events = y.sum()
    if not 2 <= events <= y.size - 2:
        raise UndefinedError

    def loglik(slope: float) -> float:
        intercept = math.log(events / (y.size - events))
        for _ in range(40):
            p = 1 / (1 + np.exp(-(intercept + slope * x)))
            step = (events - p.sum()) / (p * (1 - p)).sum()
            intercept += max(-2.0, min(2.0, step))
            if abs(step) < 1e-12:
                break
        eta = intercept + slope * x
        return float(y @ eta - np.logaddexp(0, eta).sum())

    return fitted_model(loglik)


def cox(x: Array, time: Array, event: Array) -> Fit:
    """Cox regression on x; times have no ties."""
    order = np.argsort(-time)
    x, event = x[order], event[order].astype(bool)
    if event.sum() < 5:
        raise UndefinedError

    def loglik(slope: float) -> float:
        eta = slope * x
        return float((eta - np.log(np.cumsum(np.exp(eta))))[event].sum())

    return fitted_model(loglik)


def rate_limits(a: int, t1: float, c: int, t2: float) -> Limits:
    """Exact limits of the log rate ratio: a binomial given the total."""
    low, high = clopper_pearson(a, a + c)
    if low <= 0 or high >= 1:
        raise UndefinedError
    return math.log(low / (1 - low) * t2 / t1), math.log(high / (1 - high) * t2 / t1)


def rate_p(a: int, t1: float, c: int, t2: float) -> float:
    """Twice the smaller tail of that binomial."""
    share = t1 / (t1 + t2)
    return min(1.0, 2 * min(float(bdtr(a, a + c, share)), float(bdtrc(a - 1, a + c, share)) if a else 1.0))
