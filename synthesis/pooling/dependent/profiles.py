"""Profile-likelihood intervals of variances and correlations: where the likelihood fell by chi-square / 2.

Each end is the root of the drop of the profile likelihood, whose slope is the likelihood's own at the
constrained maximum, so that Newton's method needs no differences. All ends of all parameters are one batch.
Venzon & Moolgavkar 1988; Hardy & Thompson 1996.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import special

from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate, slopes
from synthesis.pooling.dependent.blocks import Blocks, RandomTerm, reordered
from synthesis.pooling.dependent.maximum import climb, starting_points
from synthesis.pooling.dependent.structures import unstructured_roots
from synthesis.pooling.kernel.effects import Array, Mask, Rows

_ROOT = 1e-13
_TRIES = 80
_BETTER = 1e-9  # of a log-likelihood
_LEVEL = 1e-11  # of a log-likelihood: a step that gains less does not change on which side of the level it is
_FEW = 400  # effects: other starts are tried


@dataclass(frozen=True, eq=False)
class ComponentBounds:
    """Bounds of q variances and correlations, each of shape (q,).

    low_is_bound, high_is_bound: where no value that far is too unlikely, so that the parameter itself ends.
    """

    low: Array
    high: Array
    low_is_bound: Mask
    high_is_bound: Mask


def profile_intervals(data: DependentData, theta: Array, restricted: bool, level: float) -> ComponentBounds:
    """Intervals of every parameter of one fitted model, theta of shape (q,), in the order of the names."""
    cut = 0.5 * float(special.chdtri(1, 1.0 - level))
    parts = zip(data.blocks.terms, data.blocks.split(theta[None]), strict=True)
    theta = np.concatenate([term.structure.canonical(part[0]) for term, part in parts])
    rows = [_rooted(data, theta, restricted, cut)]
    found = {n: tuple(part[n] for part in rows[0]) for n in range(theta.size)}
    for n, model, start, at in _turned(data.blocks, theta):
        turned = DependentData(model, data.y, data.kept, data.v)
        ends = _rooted(turned, start, restricted, cut, only=at)
        found[n] = tuple(part[0] for part in ends)
    low, high, low_is, high_is = (np.array([found[n][i] for n in range(theta.size)]) for i in range(4))
    return ComponentBounds(low, high, low_is.astype(bool), high_is.astype(bool))


def _rooted(
    data: DependentData, theta: Array, restricted: bool, cut: float, only: int | None = None
) -> tuple[Array, Array, Mask, Mask]:
    """Ends in natural units, and whether they are bounds of the parameters."""
    parameters = np.arange(theta.size) if only is None else np.array([only])
    top = float(evaluate(data, theta[None], restricted).loglik[0])
    variance, unit = _kinds(data.blocks), _units(data.blocks, theta)
    centre = np.where(variance, np.abs(theta), theta)[parameters]
    q = parameters.size
    rows = np.tile(parameters, 2)
    up = np.repeat([False, True], q)
    limit = np.where(variance, 0.0, _lowest(data.blocks))[parameters]
    far = np.where(variance[parameters], centre + unit[parameters], np.pi / 2)
    ends = np.concatenate([limit, far])
    start = np.tile(theta, (2 * q, 1))
    starts = starting_points(data) if data.blocks.k <= _FEW else theta[None]
    search = _Search(data, restricted, top - cut, rows, start, starts)
    search.surpassed(ends, np.arange(rows.size))
    drop, _ = search.at(ends, least_gain=_LEVEL)
    growing = up & variance[rows] & (drop < 0)
    for _ in range(_TRIES):
        if not growing.any():
            break
        ends[growing] = np.tile(centre, 2)[growing] + 2.0 * (ends - np.tile(centre, 2))[growing]
        drop, _ = search.at(ends, least_gain=_LEVEL)
        growing = up & variance[rows] & (drop < 0)
    bound = drop <= 0
    inner, outer = np.tile(centre, 2), ends.copy()
    x = np.where(bound, ends, 0.5 * (inner + outer))
    x = search.solve(x, inner, outer, ~bound)
    natural = np.array([_natural(data.blocks, int(n), float(x[i])) for i, n in enumerate(rows)])
    return natural[:q], natural[q:], bound[:q], bound[q:]


@dataclass(eq=False)
class _Search:
    """The drop of the profile likelihood below a level, one parameter a row.

    theta: where a row starts from, the last point inside its interval: beyond it another hill may be higher.
    """

    data: DependentData
    restricted: bool
    least: float
    parameter: Rows
    theta: Array
    starts: Array

    def at(
        self, values: Array, rows: Rows | None = None, least_gain: float | None = None
    ) -> tuple[Array, Array]:
        """least - profile likelihood, and its slope by the parameter, for some of the rows."""
        rows = np.arange(self.theta.shape[0]) if rows is None else rows
        theta = self.theta[rows].copy()
        held = np.zeros(theta.shape, dtype=bool)
        each = np.arange(rows.size)
        theta[each, self.parameter[rows]] = values[rows]
        held[each, self.parameter[rows]] = True
        batch = self.data.take(np.zeros(rows.size, dtype=np.intp))
        theta, loglik = climb(batch, theta, self.restricted, held, least_gain=least_gain)
        inside = loglik >= self.least
        self.theta[rows[inside]] = theta[inside]
        slope = slopes(batch, theta, evaluate(batch, theta, self.restricted), self.restricted).gradient
        return self.least - loglik, -slope[each, self.parameter[rows]]

    def surpassed(self, values: Array, rows: Rows) -> Rows:
        """Rows that are inside their interval after all, from another start, which they then have."""
        if not rows.size:
            return rows
        before = self.at(values, rows, _LEVEL)[0]
        n, parameter = len(self.starts), np.repeat(self.parameter[rows], len(self.starts))
        theta = np.tile(self.starts, (rows.size, 1))
        each = np.arange(len(theta))
        theta[each, parameter] = np.repeat(values[rows], n)
        held = np.zeros(theta.shape, dtype=bool)
        held[each, parameter] = True
        batch = self.data.take(np.zeros(len(theta), dtype=np.intp))
        family = np.repeat(np.arange(rows.size), n)
        theta, loglik = climb(batch, theta, self.restricted, held, family, least_gain=_LEVEL)
        best = np.arange(rows.size) * n + np.argmax(loglik.reshape(rows.size, n), axis=1)
        after = self.least - loglik[best]
        better = (after < before - _BETTER) & (after < 0)
        self.theta[rows[better]] = theta[best[better]]
        found: Rows = rows[better]
        return found

    def solve(self, x: Array, inner: Array, outer: Array, open_: Mask) -> Array:
        """Roots between inner, where the drop is negative, and outer, where it is positive."""
        sought, near, far = open_, inner, outer
        x, inner, outer, open_ = x.copy(), inner.copy(), outer.copy(), open_.copy()
        for _ in range(_TRIES):
            rows = np.flatnonzero(open_)
            if not rows.size:
                rows = self.surpassed(x, np.flatnonzero(sought))
                if not rows.size:
                    break
                open_[rows], outer[rows], inner[rows] = True, far[rows], near[rows]
            drop, slope = self.at(x, rows)
            above = drop > 0
            outer[rows[above]] = x[rows[above]]
            inner[rows[~above]] = x[rows[~above]]
            with np.errstate(divide="ignore", invalid="ignore"):
                step = x[rows] - drop / slope
            low, high = np.minimum(inner, outer)[rows], np.maximum(inner, outer)[rows]
            step = np.where((step > low) & (step < high), step, 0.5 * (low + high))
            done = np.abs(step - x[rows]) <= _ROOT * np.maximum(np.abs(x[rows]), 1e-3 * np.abs(high))
            x[rows] = step
            open_[rows[done]] = False
        return x


def _kinds(blocks: Blocks) -> Mask:
    found: Mask = np.concatenate([np.arange(t.structure.q) < t.structure.variances for t in blocks.terms])
    return found


def _lowest(blocks: Blocks) -> Array:
    """The smallest angle of each parameter that is one."""
    return np.concatenate([np.full(t.structure.q, t.structure.scale.lowest) for t in blocks.terms])


def _units(blocks: Blocks, theta: Array) -> Array:
    size = np.sqrt(
        np.median(np.concatenate([np.diagonal(s.v, axis1=1, axis2=2)[s.real] for s in blocks.stacks]))
    )
    found: Array = np.maximum(np.abs(theta), size)
    return found


def _natural(blocks: Blocks, parameter: int, value: float) -> float:
    """A root as the variance or correlation that is reported."""
    start = 0
    for term in blocks.terms:
        here = parameter - start
        if here < term.structure.q:
            if here < term.structure.variances:
                return value**2
            return float(term.structure.scale.rho(np.array(value)))
        start += term.structure.q
    raise AssertionError


def _turned(blocks: Blocks, theta: Array) -> list[tuple[int, Blocks, Array, int]]:
    """For each correlation of an unstructured term without the first level: the model with its levels turned.

    Random slopes (GEN) have no such correlation: they are two, the intercept's and the slope's.
    Returned are the parameter, the turned model, its parameters, and which of these it is there.
    """
    found = []
    start = 0
    for n, term in enumerate(blocks.terms):
        s = term.structure
        pairs = combinations(range(s.levels), 2) if s.name == "UN" else ()
        for m, (i, j) in enumerate(pairs):
            if i == 0:
                continue
            order = [i, j, *(x for x in range(s.levels) if x not in (i, j))]
            gamma = s.covariance(theta[None, start : start + s.q])[0][np.ix_(order, order)]
            roots = theta.copy()
            roots[start : start + s.q] = unstructured_roots(gamma)
            terms = (*blocks.terms[:n], _with_order(term, order), *blocks.terms[n + 1 :])
            found.append((start + s.variances + m, reordered(blocks, terms), roots, start + s.variances))
        start += s.q
    return found


def _with_order(term: RandomTerm, order: list[int]) -> RandomTerm:
    assert term.level is not None
    return replace(term, level=np.argsort(order)[term.level])
