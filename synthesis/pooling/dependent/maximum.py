"""The parameters with the largest likelihood: Newton's method from several starts, safeguarded, as a batch.

Every start of every data set is one row of the batch. A step uses the exact Hessian with its eigenvalues
turned negative, so that it always climbs; it is halved until the likelihood does not fall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from synthesis.pooling.dependent.block_likelihood import (
    DependentData,
    DependentFit,
    Slopes,
    evaluate,
    slopes,
)
from synthesis.pooling.dependent.blocks import Blocks
from synthesis.pooling.dependent.structures import unstructured_roots
from synthesis.pooling.kernel.effects import Array, Mask, Rows

_STEPS = 100
_SMALL_STEP = 1e-11  # of a parameter, in units of its size: below it nothing moves any more
_LONGEST = (
    0.7  # radians of an angle, and this factor of a root's size: beyond, the model of a step is no guide
)
_SCATTERED = 32
_FACTOR_LEVELS, _NEAR_ONE = 4, 0.98  # of unstructured covariances that one factor makes
_HILLS = 26  # starts that are climbed from, of few effects
_SHORT = 10  # steps, after which
_LAST = 7  # of them are climbed further
_SHORT_SIMPLE, _LAST_SIMPLE = 2, 2  # the same of variances alone, whose likelihoods have fewer hills
_LAST_OF_EDGES = 3  # points on edges that are climbed further
_ONE_CORRELATION = ("HCS", "HAR")  # structures of several variances and a single correlation
_EDGE = 1e-12  # of an angle's cosine
_FLAT = 1e-9  # an eigenvalue smaller than this share of the largest is a direction in which nothing changes
_FEW = 400  # effects: all starts are climbed from
_MANY = 20_000  # effects: one start is, whatever the structure
_SADDLE = 1e-6  # of a standard error: the likelihood is level in a root that is zero, even if it rises beyond
_GROUND = 1e-10  # of a standard error: a root with a floor is on it
_NUDGE = 0.1  # of a standard error, away from there
_HALVINGS = 40  # of a step: then it stays where it is
_MET = 1e-2  # two starts of a data set that are this near, in these units, climb the same hill
_ROUNDING = 1e-13  # of a log-likelihood: two that differ less are equal


@dataclass(frozen=True, eq=False)
class LikelihoodMaximum:
    """The best of all starts for each of B data sets.

    theta: (B, q); fit: there; flat: (B,), whether some direction leaves the likelihood as it is.
    """

    theta: Array
    fit: DependentFit
    flat: Mask


def maximise_blocks(data: DependentData, starts: Array, restricted: bool) -> LikelihoodMaximum:
    """Climb from starts, shape (S, q), and keep the best of each data set.

    Of many effects only the best starts are climbed from: their likelihood has one hill.
    """
    b, (s, q) = len(data.y), starts.shape
    theta = np.broadcast_to(starts, (b, s, q))
    if _climbing(data, s) < s:
        at = _each(data, theta)
        theta = _highest(theta, evaluate(at.data, at.theta, restricted).loglik, _climbing(data, s))
    simple = bool(_variances(data.blocks).all())
    steps, last = (_SHORT_SIMPLE, _LAST_SIMPLE) if simple else (_SHORT, _LAST)
    if theta.shape[1] > last:
        at = _each(data, theta)
        higher, loglik = climb(at.data, at.theta, restricted, family=at.family, steps=steps)
        theta = _highest(higher.reshape(theta.shape), loglik, last)
    theta = np.concatenate([theta, _highest_of_edges(data, restricted)], axis=1)
    at = _each(data, theta)
    top, loglik = climb(at.data, at.theta, restricted, family=at.family)
    s = theta.shape[1]
    chosen = np.arange(b) * s + np.argmax(loglik.reshape(b, s), axis=1)
    found = _settled(data, top[chosen], restricted)
    fit = evaluate(data, found, restricted)
    return LikelihoodMaximum(found, fit, _flat(data, found, fit, restricted))


def _highest_of_edges(data: DependentData, restricted: bool) -> Array:
    """Points with a perfect correlation that climbing along that edge leads to, shape (B, n, q).

    Where all levels follow one factor the likelihood may have a ridge so narrow that no path leads there.
    """
    alike = any(term.structure.name in _ONE_CORRELATION for term in data.blocks.terms)
    if data.blocks.k > _FEW or not alike:
        return np.zeros((len(data.y), 0, data.blocks.q))
    starts = np.array(list(_on_edges(data.blocks, _beyond_errors(data))))
    theta = np.broadcast_to(starts, (len(data.y), *starts.shape))
    at = _each(data, theta)
    held = np.abs(np.cos(at.theta)) < _EDGE
    held &= ~_variances(data.blocks)
    higher, loglik = climb(at.data, at.theta, restricted, held, at.family, _SHORT)
    return _highest(higher.reshape(theta.shape), loglik, _LAST_OF_EDGES)


def _on_edges(blocks: Blocks, h: float) -> Iterator[Array]:
    """Starts with the largest or smallest correlation: levels alike, and each of them large or small."""
    for n, term in enumerate(blocks.terms):
        s = term.structure
        if s.name not in _ONE_CORRELATION:
            continue
        other = [t.structure.roots(0.02 * h, 0.3) for t in blocks.terms]
        one = np.eye(s.levels)
        for factors in np.vstack([np.ones(s.levels), 0.3 + 2.7 * one, 3.0 - 2.7 * one]):
            for angle in (0.5 * np.pi, -0.5 * np.pi):
                roots = np.array([*(np.sqrt(h) * factors), angle])
                yield np.concatenate([*other[:n], roots, *other[n + 1 :]])


@dataclass(frozen=True, eq=False)
class _Points:
    """Several points of every data set as a batch: data and theta, and of which data set each is."""

    data: DependentData
    theta: Array
    family: Rows


def _each(data: DependentData, theta: Array) -> _Points:
    """theta: shape (B, S, q)."""
    b, s, q = theta.shape
    family = np.repeat(np.arange(b), s)
    return _Points(data.take(family), theta.reshape(b * s, q), family)


def _highest(theta: Array, loglik: Array, n: int) -> Array:
    """The n points of each data set with the largest likelihood, shape (B, n, q), of theta (B, S, q)."""
    best = np.argsort(-loglik.reshape(theta.shape[:2]))[:, :n]
    return np.take_along_axis(theta, best[..., None], axis=1)


def _climbing(data: DependentData, starts: int) -> int:
    """From how many starts to climb: all for few effects."""
    k = data.blocks.k
    if k <= _FEW:
        return min(starts, _HILLS)
    simple = _variances(data.blocks).all()
    return min(starts, 1 if simple or k > _MANY else 2)


def climb(
    data: DependentData,
    theta: Array,
    restricted: bool,
    fixed: Mask | None = None,
    family: Rows | None = None,
    steps: int = _STEPS,
    least_gain: float | None = None,
) -> tuple[Array, Array]:
    """From theta, shape (B, q), to local maxima: theta, and the log-likelihood there, (B,).

    fixed: shape (B, q), parameters that stay where they are. family: shape (B,), rows of one data set, of
    which one alone goes on when they meet. least_gain: a row whose log-likelihood rises less in a step stops,
    where the height of a hill is asked and not its top.
    """
    theta = theta.copy()
    fit = evaluate(data, theta, restricted)
    loglik = fit.loglik.copy()
    if not theta.shape[1]:
        return theta, loglik
    fixed = np.zeros(theta.shape, dtype=bool) if fixed is None else fixed
    variance, floored = _variances(data.blocks), _floored(data.blocks)
    unit = np.where(variance, _size(data), 1.0)
    open_ = np.arange(len(theta))
    for _ in range(steps):
        part, here = data.take(open_), theta[open_]
        at = slopes(part, here, fit, restricted)
        size = np.maximum(np.abs(here), unit)
        full = _climbing_step(here, at, fixed[open_], variance, floored, unit)
        moved, fit = _climbed(part, here, full, loglik[open_], restricted)
        theta[open_] += moved
        gained = fit.loglik - loglik[open_]
        loglik[open_] = np.maximum(loglik[open_], fit.loglik)
        going = (np.abs(moved) > _SMALL_STEP * size).any(axis=1)
        if least_gain is not None:
            going &= gained > least_gain
        if family is not None and going.any():
            going &= ~_met(family[open_], theta[open_], loglik[open_], unit)
        if not going.any():
            break
        if not going.all():
            kept = np.flatnonzero(going)
            open_, fit = open_[kept], fit.take(kept)
    return theta, loglik


def _met(family: Rows, theta: Array, loglik: Array, unit: Array) -> Mask:
    """Rows that are next to a row of their family with a likelihood at least as large, of which one stays."""
    order = np.lexsort((-loglik, family))
    first = np.r_[True, np.diff(family[order]) != 0]
    leader = order[np.flatnonzero(first)[np.cumsum(first) - 1]]
    near = (np.abs(theta[order] - theta[leader]) < _MET * unit).all(axis=1)
    met = np.zeros(family.size, dtype=bool)
    met[order] = near & ~first
    return met


def _climbing_step(
    theta: Array, at: Slopes, fixed: Mask, variance: Mask, floored: Mask, unit: Array
) -> Array:
    """Newton's step, never below a floor, and off edges on which the likelihood is level but rises beyond."""
    size = np.where(variance, np.maximum(np.abs(theta), unit), 1.0)
    gradient, hessian = at.gradient * size, at.hessian * size[:, :, None] * size[:, None, :]
    rising = np.diagonal(hessian, axis1=1, axis2=2) > 0
    grounded = floored & (theta <= _GROUND * unit)
    held = fixed | (grounded & (gradient < 0))
    step = _step(*_without(gradient, hessian, held))
    sinking = grounded & ~held & (step < 0)
    if sinking.any():
        held = held | sinking
        step = _step(*_without(gradient, hessian, held))
    step = np.where(~held & rising & _level_there(theta, variance, unit), _NUDGE, step) * size
    reach = _LONGEST * np.maximum(np.abs(theta), unit)
    reach = np.where(floored & (step < 0), np.minimum(reach, theta), reach)
    long = np.abs(step) > reach
    share = np.divide(reach, np.abs(step), out=np.ones_like(step), where=long & ~grounded)
    step = step * share.min(axis=1)[:, None]
    return np.asarray(np.where(floored, np.maximum(step, -theta), step))


def _variances(blocks: Blocks) -> Mask:
    """Which parameters are roots of variances, shape (q,)."""
    every = (t.structure for t in blocks.terms)
    return np.array([n < s.variances for s in every for n in range(s.q)], bool)


def _floored(blocks: Blocks) -> Mask:
    """Which parameters may not be negative, shape (q,)."""
    every = (t.structure for t in blocks.terms)
    return np.array([s.floored and n < s.variances for s in every for n in range(s.q)], bool)


def _without(gradient: Array, hessian: Array, held: Mask) -> tuple[Array, Array]:
    """The same with parameters held where they are."""
    if not held.any():
        return gradient, hessian
    loose = ~held
    kept = hessian * (loose[:, :, None] & loose[:, None, :])
    return gradient * loose, kept - held[:, :, None] * np.eye(held.shape[1])


def _size(data: DependentData) -> float:
    """A standard error that is typical: the unit of roots."""
    variances = np.concatenate([np.diagonal(s.v, axis1=1, axis2=2)[s.real] for s in data.blocks.stacks])
    return float(np.sqrt(np.median(variances)))


def _level_there(theta: Array, variance: Mask, unit: Array) -> Mask:
    """Where the likelihood is level in a parameter whatever the data: roots and angles at their edges."""
    edge = np.where(variance, theta / unit, np.sin(2.0 * theta))
    found: Mask = np.abs(edge) < _SADDLE
    return found


def _step(gradient: Array, hessian: Array) -> Array:
    """Newton's step for a maximum: every eigenvalue of the Hessian is taken as negative."""
    values, vectors = np.linalg.eigh(hessian)
    curve = np.abs(values)
    curve = np.maximum(curve, _FLAT * np.maximum(curve.max(axis=1, keepdims=True), 1e-300))
    along = (vectors.swapaxes(1, 2) @ gradient[..., None])[..., 0]
    step: Array = (vectors @ (along / curve)[..., None])[..., 0]
    return step


def _climbed(
    data: DependentData, theta: Array, step: Array, loglik: Array, restricted: bool
) -> tuple[Array, DependentFit]:
    """The step, halved where the likelihood would fall, and the fit after it."""
    step = step.copy()
    least = loglik - _ROUNDING * (1.0 + np.abs(loglik))
    fit = evaluate(data, theta + step, restricted)
    for n in range(_HALVINGS + 1):
        worse = np.flatnonzero(fit.loglik < least)
        if not worse.size:
            break
        step[worse] *= 0.5 if n < _HALVINGS else 0.0
        fit.put(worse, evaluate(data.take(worse), (theta + step)[worse], restricted))
    return step, fit


def _settled(data: DependentData, theta: Array, restricted: bool) -> Array:
    """Parameters next to an edge put on it where that does not lower the likelihood."""
    theta = theta.copy()
    variances, size = _variances(data.blocks), _size(data)
    loglik = evaluate(data, theta, restricted).loglik
    for i in range(theta.shape[1]):
        value = theta[:, i]
        if variances[i]:
            edge = np.zeros_like(value)
            near = np.abs(value) < 1e-4 * size
        else:
            edge = np.pi * (np.floor(value / np.pi) + 0.5)  # where its cosine is zero
            near = np.abs(value - edge) < 1e-4
        if not near.any():
            continue
        tried = theta.copy()
        tried[near, i] = edge[near]
        there = evaluate(data, tried, restricted).loglik
        better = near & (there >= loglik - _ROUNDING * (1.0 + np.abs(loglik)))
        theta[better], loglik = tried[better], np.where(better, there, loglik)
    return theta


def _flat(data: DependentData, theta: Array, fit: DependentFit, restricted: bool) -> Mask:
    if not theta.shape[1]:
        return np.full(len(theta), False)
    size = np.where(_variances(data.blocks), np.maximum(np.abs(theta), _size(data)), 1.0)
    hessian = slopes(data, theta, fit, restricted).hessian * size[:, :, None] * size[:, None, :]
    values = np.linalg.eigvalsh(hessian)
    flat: Mask = np.abs(values).min(axis=1) < 1e-7 * np.maximum(np.abs(values).max(axis=1), 1.0)
    return flat


def starting_points(data: DependentData, scattered: bool = False) -> Array:
    """Starts, shape (S, q): shares of the heterogeneity beyond sampling errors, and several correlations.

    scattered: beside them points all over the parameters of structures whose likelihood may have many hills.
    """
    blocks = data.blocks
    if blocks.q == 0:
        return np.zeros((1, 0))
    h = _beyond_errors(data)
    found = []
    plans = [(1.0, 0.4), (0.05, 0.0), (3.0, -0.5)]
    for factor, rho in plans if _variances(blocks).all() else [*plans, (1.0, 0.95)]:
        found.append(_roots(blocks, [factor * h / len(blocks.terms)] * len(blocks.terms), rho))
    if len(blocks.terms) > 1:
        for n in range(len(blocks.terms)):
            shares = [0.9 * h if i == n else 0.02 * h for i in range(len(blocks.terms))]
            found.append(_roots(blocks, shares, 0.4))
    found.append(_roots(blocks, [1e-6 * h] * len(blocks.terms), 0.0))
    if scattered and any(term.structure.q > 1 for term in blocks.terms):
        found += [*_scattered(blocks, h), *_of_one_factor(blocks, h)]
    return np.array(found)


def _of_one_factor(blocks: Blocks, h: float) -> Iterator[Array]:
    """Covariances near their edge: all levels follow one factor, of unstructured ones some against it."""
    for n, term in enumerate(blocks.terms):
        levels, other = term.structure.levels, [t.structure.roots(0.02 * h, 0.0) for t in blocks.terms]
        if term.structure.name in _ONE_CORRELATION:
            for rho, steep in product((_NEAR_ONE, -0.9), (-1.0, 0.0, 1.0)):
                spread = np.sqrt(h) * 10.0 ** (steep * np.linspace(-0.5, 0.5, levels))
                roots = np.array([*(2.0 * spread), term.structure.scale.angle(rho)])
                yield np.concatenate([*other[:n], roots, *other[n + 1 :]])
        if term.structure.name not in ("UN", "GEN") or levels > _FACTOR_LEVELS:
            continue
        for signs, steep in product(product((1.0, -1.0), repeat=levels - 1), (-1.0, 0.0, 1.0)):
            loading = np.array([1.0, *signs])
            correlation = np.where(np.eye(levels) > 0, 1.0, _NEAR_ONE * np.outer(loading, loading))
            spread = np.sqrt(h) * 10.0 ** (steep * np.linspace(-0.5, 0.5, levels))
            roots = unstructured_roots(correlation * np.outer(spread, spread))
            yield np.concatenate([*other[:n], roots, *other[n + 1 :]])


def _scattered(blocks: Blocks, h: float) -> Array:
    """Points all over the parameters: variances by level and correlations make likelihoods of several hills.

    An additive recurrence with the roots of x^(q + 1) = x + 1, which leaves no gaps (Roberts 2018).
    """
    base = float(np.roots([1.0, *np.zeros(blocks.q - 1), -1.0, -1.0]).real.max())
    order = np.arange(1, _SCATTERED + 1)[:, None]
    at = np.mod(0.5 + order * base ** -np.arange(1.0, blocks.q + 1), 1.0)
    return np.where(_variances(blocks), np.sqrt(h) * 10.0 ** (2.0 * at - 1.5), 3.0 * at - 1.5)


def _roots(blocks: Blocks, variances: list[float], rho: float) -> Array:
    return np.concatenate([t.structure.roots(variances[n], rho) for n, t in enumerate(blocks.terms)])


def _beyond_errors(data: DependentData) -> float:
    """Mean square of unweighted residuals beyond the typical sampling variance, or a tenth of that."""
    x, y = data.blocks.x, data.y[:, : data.blocks.k]
    basis = np.linalg.qr(x).Q
    residual = y - (y @ basis) @ basis.T
    size = _size(data) ** 2
    return float(max(np.mean(residual**2) - size, 0.1 * size))
