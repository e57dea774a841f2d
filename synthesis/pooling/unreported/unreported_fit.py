"""The maximum of the likelihood with unprinted results, and intervals from its profile.

Given tau2 the likelihood of every statement that is sure is log-concave in mu, that of others and of tau2
need not be. So nothing is left to a start: a grid that reaches beyond where the likelihood can be high is
laid over both, and Newton's method climbs from each of its hills.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.climbing import Box, Point, climb
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.unreported.likelihood import Unprinted, UnreportedLikelihood

_FINE = 1.0 / 64.0  # of the smallest standard error: the first tau of the grid above zero
_TAUS = 40
_MOST = 160  # places about studies in a grid of mu
_ABOUT = np.linspace(-3.0, 3.0, 9)  # in standard errors about each study
_STARTS = 12


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
            reach = np.where(np.isfinite(ends), np.abs(ends), 0.0).max(axis=1) * given.sei
            far = far + reach.sum() + given.sei.size * np.abs(mu)
        ratio = (far / (_FINE * self.smallest))[:, None]
        taus = _FINE * self.smallest * ratio ** np.linspace(0.0, 1.0, _TAUS)
        return np.column_stack([np.zeros(mu.size), taus * taus])

    def surface(self, mu: Array, tau2: Array) -> Array:
        """Log-likelihoods at tau2, (n, t), of each mu, (n,)."""
        n, t = tau2.shape
        k = self.likelihood.y.size + self.likelihood.unprinted.low.size
        found = [
            self.likelihood.values(np.repeat(mu[rows], t), tau2[rows].ravel()) for rows in parts_of(n, t * k)
        ]
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
            terms = self.likelihood.terms(mu[at], t)
            return -terms.t, -terms.tt

        found = increasing_root(falls, low, high, start, np.full(mu.size, self.smallest**2))
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
    mus = _places(likelihood)
    tau2 = task.taus2(mus)
    surface = task.surface(mus, tau2)
    starts = [np.array([mus[i], tau2[i, j]]) for i, j in _hills(surface)]
    best = _highest(task, starts)
    low, high = _ends(task, best, mus, surface.max(axis=1), best.value - 0.5 * chi2)
    at_zero = float(task.profile(np.zeros(1))[0][0])
    se, se_tau2 = _errors(best)
    slopes = best.gradient[: 1 + (best.at[1] > 0.0)]
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
        starts=len(starts),
    )


def _places(likelihood: UnreportedLikelihood) -> Array:
    """Ascending mu about each study and each limit of a statement, thinned where they are very many."""
    given = likelihood.unprinted
    centres, widths = [likelihood.y], [np.sqrt(likelihood.v)]
    for ends in (given.low, given.high):
        known = np.isfinite(ends)
        centres.append((ends * given.sei[:, None])[known])
        widths.append(np.broadcast_to(given.sei[:, None], ends.shape)[known])
    about = np.concatenate(centres)[:, None] + np.concatenate(widths)[:, None] * _ABOUT
    places = np.unique(np.append(about.ravel(), 0.0))
    return places[:: math.ceil(places.size / _MOST)]


def _highest(task: _Task, starts: list[Array]) -> Point:
    """The highest point to which Newton's method rises."""
    box = Box(np.array([-np.inf, 0.0]), np.array([np.inf, np.inf if task.heterogeneity else 0.0]))
    return max((climb(task.likelihood, start, box) for start in starts), key=lambda point: point.value)


def _hills(surface: Array) -> list[tuple[int, int]]:
    """Points of a grid that none beside them exceeds, the highest first, at most _STARTS."""
    padded = np.pad(surface, 1, constant_values=-np.inf)
    around = [
        padded[1 + i : 1 + i + surface.shape[0], 1 + j : 1 + j + surface.shape[1]]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    ]
    rows, columns = np.nonzero(surface >= np.max(around, axis=0))
    order = np.argsort(-surface[rows, columns])[:_STARTS]
    return [(int(rows[i]), int(columns[i])) for i in order]


def _errors(best: Point) -> tuple[float, float]:
    """Standard errors of mu and tau2; of mu as if tau2 were known where that is at zero."""
    information = -best.hessian
    if best.at[1] > 0.0:
        determinant = float(np.linalg.det(information))
        variances = np.array([information[1, 1], information[0, 0]]) / determinant
    else:
        variances = np.array([1.0 / information[0, 0], np.nan])
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variances)
    return float(se[0]), float(se[1])


def _ends(task: _Task, best: Point, mus: Array, values: Array, aim: float) -> tuple[float, float]:
    """The outermost mu, on both sides of the maximum, at which the profile falls below `aim`.

    values: the highest of the grid at each of mus, at most the profile there.
    """
    top, outer = float(best.at[0]), np.concatenate(_beyond(task, aim))
    mus, values = np.append(mus, outer), np.append(values, np.full(outer.size, -np.inf))
    unsure = values < aim
    values[unsure] = task.profile(mus[unsure])[0]
    side = np.array([-1.0, 1.0])
    inner, after = np.transpose([_bracket(each * (mus - top), values >= aim) for each in side])

    def lost(t: Array, at: Rows) -> tuple[Array, Array]:
        mu = top + side[at] * (inner[at] + t)
        value, tau2 = task.profile(mu)
        return aim - value, -side[at] * task.likelihood.terms(mu, tau2).m

    width, unit = after - inner, np.full_like(after, abs(top) + task.smallest)
    found = top + side * (inner + increasing_root(lost, np.zeros_like(width), width, width, unit))
    return float(found[0]), float(found[1])


def _bracket(distance: Array, above: Mask) -> tuple[float, float]:
    """The largest distance from the maximum of a place that is above, and the next after it."""
    inner = float(distance[above & (distance >= 0.0)].max(initial=0.0))
    return inner, float(distance[~above & (distance > inner)].min())


def _beyond(task: _Task, aim: float) -> list[Array]:
    """Ever farther mu on each side, to one beyond which no profile is above `aim`.

    No probability exceeds one, so that results with numbers alone have more likelihood than all; at most
    that of each at a tau2 of its own, where its variance is its squared distance. This falls on all the way
    outside their range.
    """
    y, v = task.likelihood.y, task.likelihood.v

    def ceiling(mu: float) -> float:
        square = (y - mu) ** 2
        variance = np.maximum(v, square) if task.heterogeneity else v
        return -0.5 * float((np.log(2.0 * np.pi * variance) + square / variance).sum())

    found = []
    for end, step in ((float(y.min()), -task.smallest), (float(y.max()), task.smallest)):
        places = [end + step]
        while ceiling(places[-1]) >= aim:
            step *= 2.0
            places.append(end + step)
        found.append(np.array(places))
    return found
