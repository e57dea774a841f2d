"""The normal-normal model given tau: everything is normal then, and in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.tau_priors import Scales
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.parts import parts_of

LOG_2PI = math.log(2.0 * math.pi)
LOG_ZERO = -400.0
"""The log tau that stands for tau = 0: its square is below every variance."""

_NODES = 16
_PRECISION_TAIL = 40.0  # in logarithms of the density of the precision, beyond which it is nothing


@dataclass(frozen=True)
class InUnits:
    """n data sets in units of about their s0, measured from the most precise study of each.

    y, v: (n, k), zero and one where absent; present: one or zero; unit, origin, k: (n,).
    y = origin + unit * y_internal.
    """

    y: Array
    v: Array
    present: Array
    unit: Array
    origin: Array
    k: Array

    @cached_property
    def scales(self) -> Scales:
        """What a prior of tau may know."""
        precise = np.log(np.sum(self.present / self.v, axis=1)) - np.log(self.k)
        log_unit = np.log(self.unit)
        return Scales(log_unit - 0.5 * precise, log_unit, self.v, self.present)


def prepared(effects: Effects) -> InUnits:
    """Effects in internal units; powers of two, so that nothing is rounded.

    Raises ValueError for a data set without a study.
    """
    present = effects.present
    if not present.any(axis=1).all():
        raise ValueError("a data set has no study; expected at least one in each")
    rows = np.arange(effects.batch)
    v = np.where(present, effects.v, np.inf)
    top = v.argmin(axis=1)
    with np.errstate(over="ignore"):
        smallest = v[rows, top]
        relative = np.where(present, smallest[:, None] / v, 0.0).sum(axis=1)
    k = present.sum(axis=1).astype(float)
    s0 = np.sqrt(smallest) * np.sqrt(k / relative)
    unit = np.ldexp(1.0, np.frexp(s0)[1] - 1)
    origin = effects.y[rows, top]
    y = np.where(present, (effects.y - origin[:, None]) / unit[:, None], 0.0)
    own = np.where(present, effects.v / unit[:, None] / unit[:, None], 1.0)
    return InUnits(y, own, present.astype(float), unit, origin, k)


@dataclass(frozen=True)
class Components:
    """Of nodes of tau, (..., j): shares of the j normals that mu is a mixture of, their means and sds."""

    share: Array
    mean: Array
    sd: Array


@dataclass(frozen=True)
class GivenTau:
    """The likelihood of tau with mu integrated out, and mu given tau, for n data sets and one prior of mu.

    precision: of the j normal priors that the prior of mu is a mixture of, in internal units, (n, j), zero
    where flat; log_weight: of their shares, (j,) ; centre: their common mean, internal, (n,).
    Roever 2020, section 2.
    """

    data: InUnits
    prior: MeanPrior
    precision: Array
    log_weight: Array
    centre: Array

    def log_likelihood(self, rows: Rows, x: Array) -> tuple[Array, Array]:
        """At log tau = x, (m, q), of data sets `rows`, (m,): the log likelihood, and r' W^2 r tau^2.

        In internal units. r are the residuals and W the inverse variances; the root of the second bounds by
        how many of its standard deviations the mean of mu moves while log tau grows by one half.
        """
        found, moves = np.empty_like(x), np.empty_like(x)
        for part in parts_of(len(x), self.data.y.shape[1] * x.shape[1] * self.log_weight.size):
            sums = _Sums.of(self.data, rows[part], x[part])
            found[part], moves[part] = self._mixed(rows[part], sums), sums.moves(x[part])
        return found, moves

    def components(self, rows: Rows, x: Array) -> Components:
        """mu given tau at log tau = x, (m, q): arrays (m, q, j)."""
        sums = _Sums.of(self.data, rows, x)
        if isinstance(self.prior, KnownMean):
            mean = np.broadcast_to(self.centre[rows][:, None, None], (*x.shape, 1)).copy()
            return Components(np.ones_like(mean), mean, np.zeros_like(mean))
        precision = self.precision[rows][:, None, :]
        centre = self.centre[rows][:, None, None]
        total = sums.weight[..., None] + precision
        mean = (sums.weighted[..., None] + precision * centre) / total
        terms = self._terms(rows, sums)
        share = np.exp(terms - _log_sum(terms)[..., None])
        return Components(share, mean, 1.0 / np.sqrt(total))

    def _mixed(self, rows: Rows, sums: _Sums) -> Array:
        return _log_sum(self._terms(rows, sums))

    def _terms(self, rows: Rows, sums: _Sums) -> Array:
        """Log likelihoods under each of the j priors, with their shares: (m, q, j)."""
        fixed = -0.5 * (self.data.k[rows][:, None] * LOG_2PI + sums.log_variances + sums.squares)
        if isinstance(self.prior, KnownMean):
            away = self.centre[rows][:, None] - sums.mean
            known: Array = (fixed - 0.5 * sums.weight * away * away)[..., None]
            return known
        if isinstance(self.prior, FlatMean):
            flat: Array = (fixed + 0.5 * (LOG_2PI - np.log(sums.weight)))[..., None]
            return flat
        precision = self.precision[rows][:, None, :]
        weight = sums.weight[..., None]
        away = (sums.mean - self.centre[rows][:, None])[..., None]
        shrunk = precision / (weight + precision)
        terms: Array = fixed[..., None] + self.log_weight + 0.5 * (np.log(shrunk) - shrunk * weight * away**2)
        return terms


@dataclass(frozen=True)
class _Sums:
    """Sums over studies, (m, q): weights, weighted effects, log variances, squared residuals, and more."""

    weight: Array
    weighted: Array
    mean: Array
    log_variances: Array
    squares: Array
    squared_scores: Array

    @classmethod
    def of(cls, data: InUnits, rows: Rows, x: Array) -> _Sums:
        tau2 = np.exp(2.0 * x)
        y, present = data.y[rows].T[:, :, None], data.present[rows].T[:, :, None]
        variance = data.v[rows].T[:, :, None] + tau2
        w = present / variance
        weight = w.sum(axis=0)
        weighted = np.einsum("kmq,km->mq", w, y[:, :, 0])
        mean = weighted / weight
        residual = y - mean
        score = w * residual
        squares = np.einsum("kmq,kmq->mq", score, residual)
        squared_scores = np.einsum("kmq,kmq->mq", score, score)
        log_variances = np.einsum("kmq,km->mq", np.log(variance), present[:, :, 0])
        return cls(weight, weighted, mean, log_variances, squares, squared_scores)

    def moves(self, x: Array) -> Array:
        return self.squared_scores * np.exp(2.0 * x)


def _log_sum(terms: Array) -> Array:
    """Log of the sum of exponentials along the last axis."""
    if terms.shape[-1] == 1:
        return terms[..., 0]
    highest = terms.max(axis=-1, keepdims=True)
    total: Array = highest[..., 0] + np.log(np.exp(terms - highest).sum(axis=-1))
    return total


def given_tau(data: InUnits, prior: MeanPrior) -> GivenTau:
    """The model given tau under a prior of mu."""
    none, one = np.zeros((data.unit.size, 1)), np.zeros(1)  # precisions, and the log share of one prior
    if isinstance(prior, FlatMean):
        return GivenTau(data, prior, none, one, np.zeros_like(data.unit))
    if isinstance(prior, KnownMean):
        return GivenTau(data, prior, none, one, (prior.value - data.origin) / data.unit)
    centre = (prior.mean - data.origin) / data.unit
    if isinstance(prior, NormalMean):
        return GivenTau(data, prior, (data.unit / prior.sd)[:, None] ** 2, one, centre)
    return _with_t_prior(data, prior, centre)


def _with_t_prior(data: InUnits, prior: TMean, centre: Array) -> GivenTau:
    """t(df) as normals of precision lambda / scale^2, lambda ~ gamma(df / 2, df / 2), on panels of log
    lambda.

    Given mu at a distance of d scales lambda is gamma((df + 1) / 2, (df + d^2) / 2): its mode shrinks where
    the data lie far from the prior's centre. With u = log(lambda / mode) the log density of a gamma(a)
    falls from its mode by a (e^u - 1 - u), which exceeds a x from u = log(1 + x + sqrt(2 x)) on, and from
    u = -x - min(1, sqrt(2 x)) downwards.
    """
    half = 0.5 * prior.df
    fall = _PRECISION_TAIL / half
    farthest = np.abs(data.y - centre[:, None]).max() * (data.unit / prior.scale).max()
    width = min(2.0, 4.0 * math.sqrt(2.0 / (prior.df + 1.0)))
    low = math.log((prior.df + 1.0) / (prior.df + farthest * farthest)) - min(1.0, math.sqrt(2.0 * fall))
    high = math.log1p(fall + math.sqrt(2.0 * fall))
    count = math.ceil((high - low) / width)
    left = low - np.array([1.0, 0.6, 0.3, 0.1]) * fall
    edges = np.concatenate([left, np.linspace(low, high, count + 1)])
    nodes, weights = gauss_legendre()
    u = (edges[:-1, None] + np.diff(edges)[:, None] * nodes).ravel()
    step = (np.diff(edges)[:, None] * weights).ravel()
    log_weight = half * math.log(half) - math.lgamma(half) + half * u - half * np.exp(u) + np.log(step)
    precision = np.exp(u) * (data.unit / prior.scale)[:, None] ** 2
    return GivenTau(data, prior, precision, log_weight, centre)


@cache
def gauss_legendre() -> tuple[Array, Array]:
    """Nodes and weights on (0, 1), (16,) each."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights


LogDensity = Callable[[Rows, Array], tuple[Array, Array]]
"""Log density of log tau up to a constant and the square of half the speed of mu, both (m, q)."""
