"""How studies' own effects are distributed about their mean: normal, with t tails, or contaminated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array, Rows

_LOG_2PI = math.log(2.0 * math.pi)
_STEP = 0.21  # of log lambda: the trapezoidal rule is then exact to rounding
_LEFT_OUT = 40.0  # in logarithms
_UNDERFLOW = 1e-280
_ALIKE = 60.0  # steps of log tau


def log_normal(r: Array, variance: Array) -> Array:
    """Log density of N(0, variance) at r."""
    density: Array = -0.5 * (_LOG_2PI + np.log(variance) + r * r / variance)
    return density


@dataclass(frozen=True)
class NormalEffects:
    """theta_i ~ N(mu, tau^2)."""

    @property
    def label(self) -> str:
        return "normal"


@dataclass(frozen=True)
class MixtureEffects:
    """theta_i ~ N(mu, tau^2), and with a probability from N(mu, (factor tau)^2) instead.

    Outlying studies are those of the wider distribution (Beath 2014, with its probability and its factor
    stated and not estimated).
    """

    probability: float
    factor: float
    power: ClassVar[float] = math.inf

    def __post_init__(self) -> None:
        """Raises ValueError for a probability that is none, or a factor not above one."""
        if not (0.0 <= self.probability < 1.0):
            raise ValueError(
                f"the probability of an outlying study is {self.probability:g}; expected one below 1"
            )
        if not (1.0 <= self.factor <= 1e6):
            raise ValueError(f"the factor of the wider distribution is {self.factor:g}; expected 1 to 1e6")

    @property
    def label(self) -> str:
        return f"mixture({self.probability:g}, {self.factor:g})"

    @property
    def widest(self) -> float:
        """The largest standard deviation over tau."""
        return self.factor

    @property
    def variance(self) -> float:
        """Of an effect, over tau^2."""
        return 1.0 + self.probability * (self.factor**2 - 1.0)

    def log_density(self, r: Array, v: float, x: Array) -> Array:
        """Log density of an estimate with variance v at r from mu, (q,), at log tau = x, (m,): (m, q)."""
        inner, outer = self._terms(r, v, np.exp(2.0 * x)[:, None])
        return np.logaddexp(inner, outer)

    def own(self, r: Array, v: float, x: Array) -> tuple[Array, Array, Array]:
        """Of a study whose estimate lies r from mu: how far its effect does, its variance, P(outlying).

        As in `log_density`, (m, q) each.
        """
        tau2 = np.exp(2.0 * x)[:, None]
        inner, outer = self._terms(r, v, tau2)
        share = special.expit(outer - inner)
        wide2 = self.factor**2 * tau2
        kept, kept_wide = tau2 / (v + tau2), wide2 / (v + wide2)
        away = r * ((1.0 - share) * kept + share * kept_wide)
        between = share * (1.0 - share) * (r * (kept_wide - kept)) ** 2
        return away, v * ((1.0 - share) * kept + share * kept_wide) + between, share

    def below(self, d: Array) -> Array:
        """P(effect < mu + d tau)."""
        p = self.probability
        return np.asarray((1.0 - p) * special.ndtr(d) + p * special.ndtr(d / self.factor))

    def density(self, d: Array) -> Array:
        """Density at mu + d tau, times tau."""
        p, c = self.probability, self.factor
        inner, outer = (np.exp(-0.5 * (d / s) ** 2) / (s * math.sqrt(2.0 * math.pi)) for s in (1.0, c))
        return np.asarray((1.0 - p) * inner + p * outer)

    def _terms(self, r: Array, v: float, tau2: Array) -> tuple[Array, Array]:
        with np.errstate(divide="ignore"):
            share = np.log(self.probability)
        return (
            math.log1p(-self.probability) + log_normal(r, v + tau2),
            share + log_normal(r, v + self.factor**2 * tau2),
        )


@dataclass(frozen=True)
class TEffects:
    """theta_i ~ mu + tau t(df) (Baker & Jackson 2008; Lee & Thompson 2008), df infinite for normal ones.

    As normals of variance tau^2 / lambda, lambda ~ gamma(df / 2, df / 2), by the trapezoidal rule over log
    lambda.
    """

    df: float

    def __post_init__(self) -> None:
        """Raises ValueError for degrees of freedom below one."""
        if not self.df >= 1.0:
            raise ValueError(f"the degrees of freedom of effects are {self.df:g}; expected 1 or more")

    @property
    def label(self) -> str:
        return f"t({self.df:g})"

    @property
    def power(self) -> float:
        """The density falls like this power of the distance."""
        return self.df + 1.0

    @property
    def widest(self) -> float:
        """The largest standard deviation over tau of what has no power tail."""
        return 1.0

    @property
    def variance(self) -> float:
        """Of an effect, over tau^2; infinite where there is none."""
        if math.isinf(self.df):
            return 1.0
        return self.df / (self.df - 2.0) if self.df > 2.0 else math.inf

    def log_density(self, r: Array, v: float, x: Array) -> Array:
        """Log density of an estimate with variance v at r from mu, (q,), at log tau = x, (m,): (m, q)."""
        if math.isinf(self.df):
            return log_normal(r, v + np.exp(2.0 * x)[:, None])
        found = np.empty((x.size, r.size))
        for part in self._parts(x):
            log_share, variance = self._normals(r, v, x[part])
            with np.errstate(under="ignore", divide="ignore"):
                dense = np.exp(log_share) @ np.exp(log_normal(r[None, :], variance[:, None]))
                found[part] = np.log(dense)
            for row in part[(dense < _UNDERFLOW).any(axis=1)]:
                found[row] = special.logsumexp(self._terms(r, v, x[[row]])[0], axis=0)
        return found

    def own(self, r: Array, v: float, x: Array) -> tuple[Array, Array, Array]:
        """Of a study whose estimate lies r from mu: how far its effect does, its variance, and nan.

        As in `log_density`, (m, q) each.
        """
        lacking = np.full((x.size, r.size), np.nan)
        if math.isinf(self.df):
            tau2 = np.exp(2.0 * x)[:, None]
            kept = np.broadcast_to(tau2 / (v + tau2), lacking.shape)
            return r * kept, v * kept, lacking
        away, spread = np.empty_like(lacking), np.empty_like(lacking)
        for part in self._parts(x):
            log_share, variance = self._normals(r, v, x[part])
            logs = log_normal(r[None, :], variance[:, None])
            dense = np.exp(logs - logs.max(axis=0))
            kept = ((variance - v) / variance)[:, None]
            with np.errstate(under="ignore", divide="ignore", invalid="ignore"):
                share = np.exp(log_share)
                total = share @ dense
                first, second = (share @ (dense * kept**order) / total for order in (1, 2))
            for row in np.flatnonzero((total < _UNDERFLOW).any(axis=1)):
                terms, variance = self._terms(r, v, x[part[[row]]])
                mass, kept = special.softmax(terms, axis=0), (variance - v) / variance
                first[row], second[row] = kept @ mass, kept**2 @ mass
            away[part] = r * first
            spread[part] = v * first + r * r * np.maximum(second - first * first, 0.0)
        return away, spread, lacking

    def below(self, d: Array) -> Array:
        """P(effect < mu + d tau)."""
        return np.asarray(special.ndtr(d) if math.isinf(self.df) else special.stdtr(self.df, d))

    def density(self, d: Array) -> Array:
        """Density at mu + d tau, times tau."""
        if math.isinf(self.df):
            return np.asarray(np.exp(-0.5 * d * d) / math.sqrt(2.0 * math.pi))
        constant = special.gammaln(0.5 * (self.df + 1.0)) - special.gammaln(0.5 * self.df)
        constant -= 0.5 * math.log(self.df * math.pi)
        return np.asarray(np.exp(constant - 0.5 * (self.df + 1.0) * np.log1p(d * d / self.df)))

    def _parts(self, x: Array) -> Iterator[Rows]:
        """Rows of similar tau some at a time: those of many normals of their own are apart."""
        order = np.argsort(x)
        cells = np.floor((x[order] - x[order[0]]) / (_ALIKE * self._step))
        yield from np.split(order, np.flatnonzero(np.diff(cells)) + 1)

    @property
    def _step(self) -> float:
        return min(_STEP, 0.95 / math.sqrt(self.df))

    def _normals(self, r: Array, v: float, x: Array) -> tuple[Array, Array]:
        """Logs of shares (m, j), and variances (j,), of normals that are the same for all m of tau."""
        farthest = max(float((r * r).max()), v)
        bound = (0.5 * farthest / v + _LEFT_OUT + 0.5 * np.log1p(np.exp(2.0 * x.max()) / v)) / (0.5 * self.df)
        left = -(bound + math.sqrt(2.0 * bound))
        tail = 2.0 * _LEFT_OUT / (self.df + 1.0)
        by_tails = min(0.0, 2.0 * float(x.min()) - math.log(farthest)) - tail - math.sqrt(2.0 * tail)
        most = 2.0 * _LEFT_OUT / self.df
        right = min(math.log1p(most) + 1.0, 2.0 * math.sqrt(2.0 * most))
        step = self._step
        first = float(x.min()) - 0.5 * right
        last = float(x.max()) - 0.5 * max(left, by_tails)
        log_sd = first + 0.5 * step * np.arange(math.ceil(2.0 * (last - first) / step) + 1)
        u = 2.0 * (x[:, None] - log_sd)
        half = 0.5 * self.df
        log_share = half * (u - np.expm1(u)) + (math.log(step) + log_height(half))
        return log_share, v + np.exp(2.0 * log_sd)

    def _terms(self, r: Array, v: float, x: Array) -> tuple[Array, Array]:
        """Log densities at r of normals, shares included, (j, q), and variances, (j,), for one tau, (1,).

        For where shares or densities leave double precision.
        """
        log_share, variance = self._normals(r, v, x)
        return log_share[0][:, None] + log_normal(r[None, :], variance[:, None]), variance


def log_height(a: float) -> float:
    """Log density at zero of the logarithm of a gamma(a, a) variable: a log a - a - log gamma(a)."""
    if a < 50.0:
        return a * math.log(a) - a - math.lgamma(a)
    tail = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * a * a)) / (a * a)) / a
    return 0.5 * math.log(a / (2.0 * math.pi)) - tail


EffectDistribution: TypeAlias = NormalEffects | TEffects | MixtureEffects
