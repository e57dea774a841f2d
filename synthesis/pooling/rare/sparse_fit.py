"""The maximum of a likelihood of counts, and intervals from its profile.

Given L the likelihood is log-concave in the coefficients, as a marginal of a log-concave function is (Prekopa
1973), so that other hills can differ in L alone. Of one random effect, and of dispersed probabilities, they
are excluded by proof; else a grid over L finds them. Newton's method climbs each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Protocol, runtime_checkable

import numpy as np

from synthesis.pooling.kernel.climbing import Box, Point, climb, newton_step
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.proven_spread import Profiled, proven_top

MOST_SPREAD = 20.0
"""Of an entry of L: no data tell larger ones, and a likelihood that still rises there has no end."""

_COARSE = 0.6  # of the points that full accuracy asks for: enough to find the way by
_COARSE_GAIN = 1e-4  # of the log-likelihood, beyond which they do not
_GRID = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # standard deviations of a single random effect
_GRID_OF_TWO = (0.2, 0.8, 2.5)
_CORRELATIONS = (-0.7, 0.7)
_STARTS = 3  # hills that are climbed to the top
_STRIDE = 0.5  # of an entry of L, beside its own size
_FLAT = 1e-6  # an entry of L below it is zero, where the likelihood is level
_FAR = 60.0  # standard errors, or units of a logarithm: an end beyond it is not there
_ENDS = 120  # steps towards an end
_CLOSE = 1e-2  # of the root of the likelihood ratio, from which on integrals are exact
_END_GAIN = 1e-12  # of a log-likelihood, which no end tells
_MET = 1e-10  # of the root of the likelihood ratio
_HIGHER = 1e-8  # of a log-likelihood, from which on another hill is one
_NEARLY = 0.01  # of a log-likelihood, which coarse steps have left to climb at most
_SAME = 1e-3  # of all parameters, where they have led back


class SparseLikelihood(Protocol):
    """A likelihood of coefficients, then of entries of L, as `RandomCounts` has it."""

    @property
    def entries(self) -> tuple[tuple[int, int], ...]: ...

    @property
    def p(self) -> int: ...

    def point(self, parameters: Array) -> Point: ...

    def beginnings(self, coefficients: Array) -> tuple[Array, ...]: ...

    def refined(self, fineness: float) -> SparseLikelihood: ...


@runtime_checkable
class Proven(Protocol):
    """A likelihood that finds and proves its own top, or None where it cannot."""

    def proven(
        self, held: Mask, climbed: Callable[[Array], Point], without: Point, most: float
    ) -> tuple[Point, float] | None: ...


@dataclass(frozen=True, eq=False)
class SparseFit:
    """The highest point; without: the highest one without random effects.

    covariance: of the coefficients, (p, p), from the observed information, L included where it is not zero.
    margin: how much higher than the top the likelihood can be anywhere; infinite where that is not proven.
    """

    top: Point
    without: Point
    covariance: Array
    covariance_of_spread: Array
    margin: float


def maximise_counts(model: SparseLikelihood, start: Array, random: bool, held: Mask) -> SparseFit:
    """The fit from coefficients `start`, (p,); random: or without random effects.

    held: (p,), coefficients that stay as they start.
    """
    m = model.p + len(model.entries)
    begin = np.concatenate([start, np.zeros(m - model.p)])
    box = _box(model, begin, np.append(held, np.full(m - model.p, True)))
    without = _climbed(model.refined(1.0), begin, box)
    top, margin = without, 0.0
    if random:
        free = _box(model, begin, np.append(held, np.full(m - model.p, False)))
        best, margin = _highest(model, without, free, held)
        top = max(without, _settled(model, best), key=lambda point: point.value)
        top = _upright(model, top)
    return SparseFit(top, without, *_covariances(top, model.p, held), margin)


def _highest(model: SparseLikelihood, without: Point, box: Box, held: Mask) -> tuple[Point, float]:
    """The highest point, and how much higher than it the likelihood can be; without: the highest at L = 0."""
    climbed = partial(_climbed, model.refined(1.0), box=box)
    found: tuple[Point, float] | None = None
    if isinstance(model, Profiled):
        found = proven_top(model, held, climbed, without, MOST_SPREAD)
    elif isinstance(model, Proven):
        found = model.proven(held, climbed, without, MOST_SPREAD)
    if found is not None and math.isfinite(found[1]):
        return found
    best = max(_hill_tops(model, without.at, box), key=lambda point: point.value)
    return climbed(best.at), math.inf


def _approached(model: SparseLikelihood, start: Array, box: Box) -> Point:
    """Near a maximum, as far as coarse integrals lead."""
    return _climbed(model.refined(_COARSE), start, box, _COARSE_GAIN)


def _climbed(model: SparseLikelihood, start: Array, box: Box, least_gain: float = -math.inf) -> Point:
    """The maximum above a start, by strides of L about its own size: integrals far out are dear."""
    at, spread = start, np.arange(start.size) >= model.p
    while True:
        reach = np.where(spread, _STRIDE + np.abs(at), np.inf)
        near = Box(np.maximum(box.low, at - reach), np.minimum(box.high, at + reach))
        found = climb(model.point, at, near, least_gain)
        walls = (found.at <= near.low) & (near.low > box.low) | (found.at >= near.high) & (
            near.high < box.high
        )
        if not walls.any():
            return found
        at = found.at


def _box(model: SparseLikelihood, at: Array, held: Mask) -> Box:
    """All values of what is not held; entries of L up to where a likelihood still rises without end."""
    most = np.where(np.arange(at.size) < model.p, np.inf, MOST_SPREAD)
    return Box(np.where(held, at, -most), np.where(held, at, most))


def _grid(entries: Sequence[tuple[int, int]]) -> list[Array]:
    """Values of the entries of L all over what is plausible."""
    diagonal = [n for n, (row, column) in enumerate(entries) if row == column]
    if len(diagonal) == 1:
        return [np.full(1, sd) for sd in _GRID]
    found = []
    for sds in product(_GRID_OF_TWO, repeat=len(diagonal)):
        for rho in (0.0, *(_CORRELATIONS if len(entries) > len(diagonal) else ())):
            values = np.zeros(len(entries))
            values[diagonal] = sds
            if rho:
                values[1], values[2] = rho * sds[1], math.sqrt(1.0 - rho * rho) * sds[1]
            found.append(values)
    return found


def _hill_tops(model: SparseLikelihood, at: Array, box: Box) -> list[Point]:
    """Near the tops of the hills that a grid of L shows; a start beyond the domain is left for the grid's."""
    tops = []
    for promising, of_grid in _hills(model.refined(_COARSE), at, box):
        found = _approached(model, promising, box)
        tops.append(found if found.exists else _approached(model, of_grid, box))
    return tops


def _hills(model: SparseLikelihood, at: Array, box: Box) -> list[tuple[Array, Array]]:
    """Starts and the points of the grid they are from, the most promising first.

    Of one random effect they are those that no neighbour exceeds. What a point promises is the top of its
    parabola over the coefficients.
    """
    p, promised, starts = model.p, [], []
    grid = {
        tuple(np.clip(values, box.low[p:], box.high[p:]).tolist()): None for values in _grid(model.entries)
    }
    for begin in model.beginnings(at[:p]):
        heights = np.empty(len(grid))
        for n, values in enumerate(grid):
            point = model.point(np.concatenate([begin, values]))
            step = newton_step(point, box.held(point) | (np.arange(at.size) >= p))
            heights[n] = point.value + 0.5 * float(step @ point.gradient)
            promising = np.concatenate([begin + np.clip(step[:p], -2.0, 2.0), values])
            starts.append((promising, point.at))
        if len(model.entries) == 1:
            around = np.pad(heights, 1, constant_values=-np.inf)
            heights = np.where(heights >= np.maximum(around[:-2], around[2:]), heights, -np.inf)
        promised += heights.tolist()
    order = np.argsort(-np.array(promised))[:_STARTS]
    return [starts[n] for n in order if np.isfinite(promised[n])]


def _settled(model: SparseLikelihood, best: Point) -> Point:
    """The same with entries of L next to zero put there."""
    near = np.abs(best.at) < _FLAT
    near[: model.p] = False
    near &= best.at != 0.0
    return model.refined(1.0).point(np.where(near, 0.0, best.at)) if near.any() else best


def _upright(model: SparseLikelihood, top: Point) -> Point:
    """The same with standard deviations that are not negative: columns of L may change their sign."""
    at = top.at.copy()
    for n, (row, column) in enumerate(model.entries):
        if row == column and at[model.p + n] < 0.0:
            for other, (_, beside) in enumerate(model.entries):
                if beside == column:
                    at[model.p + other] *= -1.0
    return top if np.array_equal(at, top.at) else model.refined(1.0).point(at)


def _covariances(top: Point, p: int, held: Mask) -> tuple[Array, Array]:
    """Of the coefficients, and of the entries of L, nan for those that are zero or held."""
    m = top.at.size
    free = np.append(~held, top.at[p:] != 0.0) & (np.diag(top.hessian) < 0.0)
    found = np.full((m, m), np.nan)
    found[np.ix_(free, free)] = np.linalg.inv(-top.hessian[np.ix_(free, free)])
    return found[:p, :p], found[p:, p:]


def profile_end(
    model: SparseLikelihood, top: Point, held: Mask, index: int, upwards: bool, drop: float, se: float
) -> float:
    """Where the profile log-likelihood of one parameter has fallen by `drop`; infinite where it never does.

    top: the maximum, with entries of L at or above zero, below which their ends are not looked for; held: of
    all parameters, those that stay as they are. The root of twice the loss is nearly linear in the parameter,
    so that Newton's steps on it find the end; they start the other parameters where their ridge points to.
    Where another hill is higher at that end, the end is beyond it and looked for from there.
    """
    sign, aim = 1.0 if upwards else -1.0, math.sqrt(2.0 * drop)
    unit = se if math.isfinite(se) and se > 0.0 else 0.5
    floor = float(top.at[index]) if index >= model.p and not upwards else math.inf
    fixed = held | (np.arange(held.size) == index)
    inner, outer, point = 0.0, math.inf, top
    step = min(aim * unit, floor)
    rough, exact = model.refined(_COARSE), model.refined(1.0)
    near = False
    for _ in range(_ENDS):
        value = float(top.at[index]) + sign * step
        found = _ridge_point(exact if near else rough, point, fixed, index, value, near)
        if not found.exists:
            step = 0.5 * (inner + step)
            continue
        point = found
        root = _root_of_loss(top, point)
        met = abs(root - aim) < (_MET if near else _CLOSE) or math.isclose(inner, outer, rel_tol=1e-14)
        if met and near:
            other = _highest_at(model, point, fixed)
            if other.value <= point.value + _HIGHER:
                break
            point, outer = other, math.inf
            root = _root_of_loss(top, point)
        if met and not near:
            near, inner, outer = True, 0.0, math.inf
        elif root < aim:
            inner = step
            if step >= floor:
                return 0.0
            if step > _FAR * max(unit, 1.0):
                return sign * math.inf
        else:
            outer = step
        fall = -sign * float(point.gradient[index])
        guess = step + (aim - root) * root / fall if fall > 0.0 else math.inf
        if not inner < guess < outer:
            guess = 3.0 * step if math.isinf(outer) else 0.5 * (inner + outer)
        step = min(guess, 3.0 * step, floor)
    return float(point.at[index])


def _root_of_loss(top: Point, point: Point) -> float:
    return math.sqrt(max(2.0 * (top.value - point.value), 0.0))


def _ridge_point(
    model: SparseLikelihood, point: Point, fixed: Mask, index: int, value: float, near: bool
) -> Point:
    """The highest point with one parameter at a value, from another point of the ridge; near: exactly."""
    start, others = point.at.copy(), ~fixed
    if others.any():
        curve, cross = point.hessian[np.ix_(others, others)], point.hessian[others, index]
        move = (value - point.at[index]) * np.linalg.lstsq(-curve, cross, rcond=1e-9)[0]
        start[others] += np.clip(move, -1.0, 1.0)
    start[index] = value
    return _climbed(model, start, _box(model, start, fixed), _END_GAIN if near else _COARSE_GAIN)


def _highest_at(model: SparseLikelihood, point: Point, fixed: Mask) -> Point:
    """The highest point of all hills, what is fixed staying as it is."""
    box = _box(model, point.at, fixed)
    if isinstance(model, Profiled):
        if fixed[-1]:
            return point  # given L there is one hill
        level = np.append(point.at[:-1], 0.0)
        without = _climbed(model, level, _box(model, level, fixed | (np.arange(fixed.size) == model.p)))
        return max(point, _highest(model, without, box, fixed[:-1])[0], key=lambda each: each.value)
    best = max(_hill_tops(model, point.at, box), key=lambda each: each.value, default=point)
    if best.value < point.value - _NEARLY or np.abs(best.at - point.at).max() < _SAME:
        return point
    return max(point, _climbed(model.refined(1.0), best.at, box), key=lambda each: each.value)
