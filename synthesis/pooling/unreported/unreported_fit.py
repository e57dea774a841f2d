"""The maximum of the likelihood with unprinted results, and intervals from its profile.

Given tau2 the likelihood of every statement that is sure is log-concave in mu, that of others and of tau2
need not be. So nothing is left to a start: a grid that reaches beyond where the likelihood can be high is
laid over both, and Newton's method climbs from each of its hills.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthesis.pooling.kernel.climbing import Box, Point, climb
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.unreported.likelihood import Unprinted, UnreportedLikelihood

_FINE = 1.0 / 64.0  # of the smallest standard error: the first tau of the grid above zero
_TAUS = 48
_MOST = 160  # places about studies in a grid of mu
_ABOUT = np.array([-3.0, -1.5, -0.75, 0.0, 0.75, 1.5, 3.0])  # in standard errors about each study
_BLOCK = 2_000_000  # numbers of a grid held at once
_STARTS = 12
_DOUBLINGS = 200


@dataclass(frozen=True)
class UnreportedFit:
    """The maximum of a likelihood; numbers of an estimate that is at an end of its range are nan.

    se, se_tau2: from the observed information. low, high: ends of the profile-likelihood interval of mu.
    statistic: twice the log-likelihood lost at mu = 0. loglik: with all constants. gradient: largest slope
    left, in units of the median standard error. starts: hills that were climbed.
    """

    mu: float
    tau2: float
    se: float
    se_tau2: float
    low: float
    high: float
    statistic: float
    loglik: float
    gradient: float
    starts: int


@dataclass(frozen=True)
class _Task:
    """The likelihood in units of a typical standard error; heterogeneity: whether tau2 is estimated."""

    likelihood: UnreportedLikelihood
    heterogeneity: bool

    @property
    def smallest(self) -> float:
        """The smallest standard error."""
        errors = [np.sqrt(self.likelihood.v), self.likelihood.unprinted.sei]
        return float(np.concatenate(errors).min())

    def taus2(self, mu: Array) -> Array:
        """A grid of tau2, (n, t), from zero to beyond where the likelihood at each mu can be highest.

        A result with a number takes tau2 up to its squared distance at most; a statement may pull further,
        with a strength that falls as its limits, and the distance of mu, over tau.
        """
        if not self.heterogeneity:
            return np.zeros((mu.size, 1))
        far = np.abs(self.likelihood.y - mu[:, None]).max(axis=1) + self.smallest
        given = self.likelihood.unprinted
        for ends in (given.low, given.high):
            reach = np.where(np.isfinite(ends), np.abs(ends), 0.0).max(axis=1, initial=0.0) * given.sei
            far = far + reach.sum() + given.sei.size * np.abs(mu)
        ratio = (far / (_FINE * self.smallest))[:, None]
        taus = _FINE * self.smallest * ratio ** np.linspace(0.0, 1.0, _TAUS)
        return np.column_stack([np.zeros(mu.size), taus * taus])

    def surface(self, mu: Array, tau2: Array) -> Array:
        """Log-likelihoods at tau2, (n, t), of each mu, (n,)."""
        n, t = tau2.shape
        k = self.likelihood.y.size + 2 * self.likelihood.unprinted.sei.size
        step = max(1, _BLOCK // (t * k))
        rows = [slice(start, start + step) for start in range(0, n, step)]
        found = [self.likelihood.values(np.repeat(mu[r], t), tau2[r].ravel()) for r in rows]
        return np.concatenate(found).reshape(n, t)

    def profile(self, mu: Array) -> tuple[Array, Array]:
        """The highest log-likelihood at each mu, and the tau2 where it is; both (n,)."""
        tau2 = self.taus2(mu)
        best = self.surface(mu, tau2).argmax(axis=1)
        rows = np.arange(mu.size)
        if not self.heterogeneity:
            return self.likelihood.values(mu, tau2[:, 0]), tau2[:, 0]
        start = tau2[rows, best]
        low = tau2[rows, np.maximum(best - 1, 0)]
        high = tau2[rows, np.minimum(best + 1, tau2.shape[1] - 1)]

        def falls(t: Array, at: Rows) -> tuple[Array, Array]:
            terms = self.likelihood.terms(mu[at], t + low[at])
            return -terms.t, -terms.tt

        unit = np.full(mu.size, self.smallest**2)
        found = low + increasing_root(falls, np.zeros_like(low), high - low, start - low, unit)
        found = np.where(self.likelihood.values(mu, found) >= self.likelihood.values(mu, start), found, start)
        return self.likelihood.values(mu, found), found


def maximise(y: Array, v: Array, unprinted: Unprinted, heterogeneity: bool, chi2: float) -> UnreportedFit:
    """The maximum and its interval; y, v: shape (k,), k >= 1. heterogeneity: or tau2 = 0.

    chi2: what twice the log-likelihood may lose within the interval, e.g. 3.84. Its ends are the outermost
    points where it does so.
    """
    errors = np.concatenate([np.sqrt(v), unprinted.sei])
    scale = float(2.0 ** np.round(np.log2(np.median(errors))))
    likelihood = UnreportedLikelihood(y / scale, v / (scale * scale), unprinted.scaled(scale))
    task = _Task(likelihood, heterogeneity)
    grid = _places(task)
    best, starts = _highest(task, grid)
    low, high = _ends(task, best, grid, 0.5 * chi2)
    at_zero = float(task.profile(np.zeros(1))[0][0])
    se, se_tau2 = _errors(best, heterogeneity)
    slopes = best.gradient[: 1 + (heterogeneity and best.at[1] > 0.0)]
    return UnreportedFit(
        mu=float(best.at[0]) * scale,
        tau2=float(best.at[1]) * scale**2,
        se=se * scale,
        se_tau2=se_tau2 * scale**2,
        low=low * scale,
        high=high * scale,
        statistic=max(2.0 * (best.value - at_zero), 0.0),
        loglik=best.value - float(y.size * np.log(scale)),
        gradient=float(np.abs(slopes).max()),
        starts=starts,
    )


def _places(task: _Task) -> Array:
    """Ascending mu about each study and each limit of a statement, thinned where they are very many."""
    given = task.likelihood.unprinted
    centres = [task.likelihood.y]
    widths = [np.sqrt(task.likelihood.v)]
    for ends in (given.low, given.high):
        known = np.isfinite(ends)
        centres.append((ends * given.sei[:, None])[known])
        widths.append(np.broadcast_to(given.sei[:, None], ends.shape)[known])
    about = np.concatenate(centres)[:, None] + np.concatenate(widths)[:, None] * _ABOUT
    places = np.unique(np.append(about.ravel(), 0.0))
    if places.size <= _MOST:
        return places
    return np.unique(np.quantile(places, np.linspace(0.0, 1.0, _MOST)))


def _highest(task: _Task, grid: Array) -> tuple[Point, int]:
    """The highest point to which the hills of the grid rise, and how many were climbed."""
    tau2 = task.taus2(grid)
    surface = task.surface(grid, tau2)
    top = np.array([np.inf, np.inf if task.heterogeneity else 0.0])
    box = Box(np.array([-np.inf, 0.0]), top)
    starts = [np.array([grid[i], tau2[i, j]]) for i, j in _hills(surface)]
    return max((climb(task.likelihood, start, box) for start in starts), key=lambda p: p.value), len(starts)


def _hills(surface: Array) -> list[tuple[int, int]]:
    """Points of a grid that none beside them exceeds, the highest first, at most _STARTS."""
    padded = np.pad(surface, 1, constant_values=-np.inf)
    around = [
        padded[1 + i : 1 + i + surface.shape[0], 1 + j : 1 + j + surface.shape[1]]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    ]
    rows, columns = np.nonzero(surface >= np.max(around, axis=0))
    order = np.argsort(-surface[rows, columns], kind="stable")[:_STARTS]
    return [(int(rows[i]), int(columns[i])) for i in order]


def _errors(best: Point, heterogeneity: bool) -> tuple[float, float]:
    """Standard errors of mu and tau2; of mu as if tau2 were known where that is at zero."""
    information = -best.hessian
    if heterogeneity and best.at[1] > 0.0:
        determinant = float(np.linalg.det(information))
        variances = np.array([information[1, 1], information[0, 0]]) / determinant
    else:
        variances = np.array([1.0 / information[0, 0], np.nan])
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variances)
    return float(se[0]), float(se[1])


def _ends(task: _Task, best: Point, grid: Array, loss: float) -> tuple[float, float]:
    """The outermost mu at which the profile is `loss` below the maximum, on both sides."""
    aim = best.value - loss
    brackets = [_bracket(task, float(best.at[0]), grid, aim, side) for side in (-1.0, 1.0)]
    inner = np.array([bracket[0] for bracket in brackets])
    outer = np.array([bracket[1] for bracket in brackets])
    side = np.array([-1.0, 1.0])

    def lost(t: Array, at: Rows) -> tuple[Array, Array]:
        mu = inner[at] + side[at] * t
        value, tau2 = task.profile(mu)
        return aim - value, -side[at] * task.likelihood.terms(mu, tau2).m

    width = np.abs(outer - inner)
    found = increasing_root(lost, np.zeros(2), width, 0.5 * width, np.abs(inner) + task.smallest)
    low, high = inner + side * found
    return float(low), float(high)


def _bracket(task: _Task, top: float, grid: Array, aim: float, side: float) -> tuple[float, float]:
    """The last place at or beyond the maximum where the profile is above `aim`, and one after it, below.

    The likelihood of printed results alone is above that of all, since no probability exceeds one; and it
    falls on all the way outside their range. Nothing lies beyond where it is below `aim`.
    """
    printed = replace(task, likelihood=replace(task.likelihood, unprinted=_none()))
    y = task.likelihood.y
    edge = float(y.max() if side > 0 else y.min())
    edge = side * max(side * edge, side * top)
    width = task.smallest
    for _ in range(_DOUBLINGS):
        far = edge + side * width
        if float(printed.profile(np.array([far]))[0][0]) < aim:
            break
        width *= 2.0
    steps = task.smallest * (width / task.smallest) ** np.linspace(0.0, 1.0, _TAUS)
    places = np.concatenate([grid, edge + side * steps, [far]])
    places = np.unique(side * places[(side * places > side * top) & (side * places <= side * far)])
    if places.size == 0:
        return top, far
    values = task.profile(side * places)[0]
    above = np.flatnonzero(values >= aim)
    if above.size == 0:
        return top, float(side * places[0])
    last = int(above[-1])
    after = places[min(last + 1, places.size - 1)]
    return float(side * places[last]), float(side * after)


def _none() -> Unprinted:
    return Unprinted(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))
