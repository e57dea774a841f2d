"""The search for a root of the score, or of Cochran's Q, one data set at a time.

What is computed at a point is written once, for numbers and for arrays: `likelihood` walks through all data
sets of a batch at once by numpy, `search_loop` through one after the other where numba compiles it. Then no
number but the answer leaves the processor's inner cache.

At the ends of an interval [a, b] of tau2 stand f, g, A and B as `likelihood` names them, which tells what
they prove.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from synthesis.pooling.kernel.compiling import compiled
from synthesis.pooling.kernel.effects import Array, Mask

SurveyLoop: TypeAlias = Callable[[Array, Array, Mask, Array], None]
SumLoop: TypeAlias = Callable[[Array, Array, Mask, Array, Array, Array], None]
SearchLoop: TypeAlias = Callable[[Array, Array, Mask, Array, int, Array, Array], None]

Q, FULL, RESTRICTED = 0, 1, 2  # what a search is about: Q at a target, or either likelihood

NARROW = 1.0 + 2.0**-10
MARGIN = 1.01
PAST_ESTIMATE = 1.3  # beyond a first estimate by this factor the score is mostly negative
SHORT_OF_ROOT = 0.95  # a split here, short of the expected root, leaves a positive score on its left
TINY = 1e-300  # squares of residuals that underflow mean a negative score

STEPS = 200
LAST_STEP = 1e-7
ROUNDING = 1e-15
_NEARER = 0.25  # of the value at the point before, beyond which interpolation is no better than Newton's step
_LOSS = 20.0  # factor by which plain sums may lose digits to one dominating study
_FAR = 64.0  # distance of effects from zero, in standard errors, at which residuals lose as much
_MODERATE = 1e50  # variances whose fourth power, and that of its inverse, is far from overflow

_ROOM = 60  # intervals that wait: one of each split, which leaves three quarters on a log scale at most

ORIGIN, SHRINK, V_MIN, V_MAX, K, TOP = range(6)  # what `survey_loop` finds of a data set


def where(condition: Any, this: Any, other: Any) -> Any:
    """`this` where the condition holds, else the other; compiled, it is a choice between numbers."""
    return np.where(condition, this, other)


def sums_at(own: Any, size: Any, tau2: Any, top: Any) -> Any:
    """Sums at w = 1 / (v + tau2), which is filled in, of the first `size` numbers of y, v, w = own, (3, k).

    In order: sum w, sum w^2, sum w^3, the mean m with `top`, the weight of a study at zero that is kept
    apart, and with r = y - m: sum w r^2, sum w^2 r^2, sum w^3 r^2, sum w^2 r.
    """
    s1 = s2 = s3 = taken = 0.0
    for i in range(size):
        w = 1.0 / (own[1, i] + tau2)
        own[2, i] = w
        s1 += w
        s2 += w * w
        s3 += w * w * w
        taken += w * own[0, i]
    mean = taken / (top + s1)
    squares = twice = cubes = across = 0.0
    for i in range(size):
        r = own[0, i] - mean
        u = own[2, i] * r
        squares += u * r
        twice += u * u
        cubes += own[2, i] * u * u
        across += own[2, i] * u
    return s1, s2, s3, mean, squares, twice, cubes, across


# y'Py and its like from these sums, exact also where `top` is larger than all else by any factor.


def trace_p_of(top: Any, s1: Any, s2: Any, once: Any) -> Any:
    """tr(P); once: 1 / (top + s1)."""
    return (2.0 * top * s1 + (s1 * s1 - s2)) * once


def trace_pp_of(top: Any, s1: Any, s2: Any, s3: Any, once: Any) -> Any:
    """tr(PP)."""
    share = top * once
    return share * share * (s1 * s1 + 2.0 * s2) + (s2 - 2.0 * s3 * once + (s2 * once) ** 2)


def ypppy_of(top: Any, s1: Any, mean: Any, cubes: Any, across: Any, once: Any) -> Any:
    """y'PPPy."""
    of_top = -top * mean
    return cubes + (top * of_top * (of_top * s1 - 2.0 * across) - across * across) * once


def harmless(far: Any, k: Any, v_min: Any, v_max: Any) -> Any:
    """Whether plain sums over data sets lose no digits that matter, whatever tau2.

    far: the sum of squares of effects. In units of the largest weight the others sum to s >= (k - 1) / R,
    with R = v_max / v_min. tr(P) and tr(PP) lose digits by a factor of at most 4 max(1, 1 / s)^2, the square
    of a bound of tr(W)^2 / (tr(W)^2 - tr(WW)), and s only grows with tau2. Residuals lose digits by |y| in
    standard errors. With both limited, results stay within 1e-12 (of the standard error for beta, of
    tau2 + v_min for tau2) of those with the most precise study kept apart.
    """
    near = far <= _FAR**2 * k * v_min
    alike = v_max <= v_min * _LOSS * np.maximum(k - 1.0, 1.0)
    return near & alike & (v_min > 1.0 / _MODERATE) & (v_max < _MODERATE)


# What is known of an interval from its ends.


def negative_beyond(at: Any, largest: Any) -> Any:
    """Whether the score is negative at some tau2 and proven to stay so; largest is v_max + tau2.

    At tau2 + s, f has fallen to f L^2 / (L + s)^2 at most, as eigenvalues of P are 1 / (L + s) at least, and
    g to g B / (B + s) at least. The quotient of the two bounds is largest at s = L - 2 B, or at zero.
    """
    share = np.minimum(at[3] / largest, 0.5)
    return at[0] < at[1] * (4.0 * share * (1.0 - share))


def narrow(at_a: Any, a: Any, b: Any, v_min: Any) -> Any:
    """Whether an interval is too narrow to matter, or has squares beyond the largest number."""
    finite = np.isfinite(at_a[0]) & np.isfinite(at_a[1]) & np.isfinite(at_a[2]) & np.isfinite(at_a[3])
    return np.logical_not((b + v_min > NARROW * (a + v_min)) & finite)


def one_at_most(at_a: Any, at_b: Any, width: Any) -> Any:
    """Whether the score is proven positive up to some point of an interval, and A < 2 B from there on.

    With f falling to f A^2 / (A + t)^2 at least and g to g B / (B + t) at most, t from the left end. The
    quotient of these rises first and falls then, if it rises at all: what is positive at both ends is so
    between them. Or whether A > 2 B throughout, where the score can but rise through zero.
    """
    late = np.maximum(at_b[2] - width - 2.0 * at_a[3], 0.0)
    b = np.maximum(at_b[3] - width, at_a[3])
    lost = np.maximum((1.0 + late / at_a[2]) ** 2 / (1.0 + late / b), 1.0)
    return (late == 0.0) | (at_a[0] > at_a[1] * lost) | (at_a[2] + width > 2.0 * at_b[3])


def stays_negative(at_a: Any, at_b: Any, width: Any) -> Any:
    """Whether the end tangents of log g, which is convex and falls, meet above the chord of log f."""
    bend = 1.0 / at_a[3] - 1.0 / at_b[3]
    f_a, g_a, f_b, g_b = np.log(at_a[0]), np.log(at_a[1]), np.log(at_b[0]), np.log(at_b[1])
    from_a = where(bend > 0.0, (g_a - g_b - width / at_b[3]) / bend, 0.0)
    chord = f_a + (f_b - f_a) * (from_a / width)
    return (g_a > f_a) & (g_b > f_b) & (g_a - from_a / at_a[3] > chord)


def turns(at_a: Any, at_b: Any) -> Any:
    """Whether the score is positive at a and not at b."""
    return (at_a[0] > at_a[1]) & (at_b[0] <= at_b[1])


def expected_root(at_a: Any, at_b: Any, a: Any, b: Any) -> Any:
    """Inverse cubic interpolation of tau2 at g / f = 1, or linear where that leaves the interval."""
    h_a, h_b = at_a[1] / at_a[0], at_b[1] / at_b[0]
    width, rise = b - a, h_b - h_a
    x = (1.0 - h_a) / rise
    from_a = rise / (h_a * (2.0 / at_a[2] - 1.0 / at_a[3]))
    from_b = rise / (h_b * (2.0 / at_b[2] - 1.0 / at_b[3]))
    share = x * x * (3.0 - 2.0 * x) + x * (1.0 - x) * ((1.0 - x) * from_a - x * from_b) / width
    return a + width * where((share > 0.0) & (share < 1.0), share, x)


def split_point(at_a: Any, at_b: Any, a: Any, b: Any, v_min: Any) -> Any:
    """Just short of the root that interpolation expects, or halfway on a log scale."""
    low, high = a + v_min, b + v_min
    quarter = np.sqrt(np.sqrt(high / low))
    near_root = a + SHORT_OF_ROOT * (expected_root(at_a, at_b, a, b) - a) + v_min
    near_root = np.minimum(np.maximum(near_root, low * quarter), high / quarter)
    return where(turns(at_a, at_b), near_root, low * quarter * quarter) - v_min


def next_step(now: Any, before: Any, lower: Any, upper: Any) -> Any:
    """Newton's step, with its correction where that can be trusted; and where that is.

    now, before: t, value and one over the slope at two points. A point corrects nothing by itself: with no
    rise between two points x is not finite.
    """
    newton = now[0] - now[1] * now[2]
    rise = before[1] - now[1]
    x = -now[1] / rise
    # Inverse cubic interpolation through both points, less Newton's step, which is its term in x.
    by_slopes = rise * ((2.0 - x) * now[2] + (1.0 - x) * before[2])
    after = newton + x * x * ((before[0] - now[0]) * (3.0 - 2.0 * x) - by_slopes)
    trusted = (np.abs(x) <= _NEARER) & (after >= lower) & (after <= upper)
    return where(trusted, after, newton), trusted


def near_enough(now: Any, before: Any, after: Any, inside: Any, corrected: Any, unit: Any) -> Any:
    """Whether the step after this one, which is `inside` its bracket or halves it, would be near rounding."""
    step = np.abs(after - now[0])
    product = step * np.abs(now[0] - before[0])
    return (
        (inside & (step <= LAST_STEP * after))
        | (step <= ROUNDING * (after + unit))
        | (corrected & (product <= LAST_STEP * after * after))
    )


# The same walk as `likelihood.maximise` and `newton.increasing_root` take, for one data set; slow unless
# compiled.
# own: effects, variances and room for weights, (3, k). one: how many these are without a study that is kept
# apart, v_min, v_max, one where there is such a study, and k.


def _sides(kind: Any, own: Any, one: Any, tau2: Any) -> Any:
    """f and g of the equation f = g at tau2, y'PPPy and -g'; y'Py, y'PPy and tr(P)."""
    size, v_min, _, apart, _ = one
    top = apart / (v_min + tau2) if apart > 0.0 else 0.0
    s1, s2, s3, mean, squares, twice, cubes, across = sums_at(own, size, tau2, top)
    ypy, yppy, once = squares + top * mean * mean, twice + (top * mean) ** 2, 1.0 / (top + s1)
    f, trace_p = max(yppy, TINY), trace_p_of(top, s1, s2, once)
    cubes = ypppy_of(top, s1, mean, cubes, across, once)
    if kind == FULL:
        return f, top + s1, cubes, top * top + s2, ypy, yppy, trace_p
    return f, trace_p, cubes, trace_pp_of(top, s1, s2, s3, once), ypy, yppy, trace_p


def _look(kind: Any, own: Any, one: Any, tau2: Any) -> Any:
    """f, g, A and B; y'Py; tr(P)."""
    f, g, cubes, slope, ypy, _, trace_p = _sides(kind, own, one, tau2)
    return (f, g, f / max(cubes, TINY), g / slope), ypy, trace_p


def _root_between(kind: Any, own: Any, one: Any, goal: Any, low: Any, high: Any, t: Any, before: Any) -> Any:
    """As `newton.increasing_root` finds it; before: what was seen earlier, nan if nothing was."""
    v_min = one[1]
    for _ in range(STEPS):
        f, g, cubes, slope, ypy, yppy, _ = _sides(kind, own, one, t)
        if kind == Q:
            now = (t, goal / ypy - 1.0, ypy * ypy / (goal * yppy))
        else:
            now = (t, g / f - 1.0, f * f / (2.0 * g * cubes - slope * f))
        if now[1] >= 0.0:
            high = t
        else:
            low = t
        after, corrected = next_step(now, before, low, high)
        inside = after >= low and after <= high
        if not inside:
            after = 0.5 * (low + high)
        if near_enough(now, before, after, inside, corrected, v_min):
            return after
        before, t = now, after
    return t


def _bounds(kind: Any, own: Any, one: Any) -> Any:
    """The unweighted sum of squares, and a tau2 beyond which the score is negative."""
    size, _, v_max, apart, k = one
    total = 0.0
    for i in range(size):
        total += own[0, i]
    mean, squares = total / k, 0.0
    for i in range(size):
        squares += (own[0, i] - mean) ** 2
    squares += apart * mean * mean
    s = squares / (k if kind == FULL else k - 1.0)
    return squares, MARGIN * (s + np.sqrt(s * v_max))


def _first_pieces(kind: Any, own: Any, one: Any, upper: Any, room: Any) -> Any:
    """[0, m], and [m, upper] unless the score is proven negative from m on; how many these are."""
    v_max, k = one[2], one[4]
    at_zero, ypy, trace_p = _look(kind, own, one, 0.0)
    m = PAST_ESTIMATE * (ypy - (k - 1.0)) / trace_p
    if not (m > 0.0 and m < upper):
        m = upper
    at_m = _look(kind, own, one, m)[0]
    _put(room, 0, 0.0, m, at_zero, at_m)
    if m == upper or negative_beyond(at_m, v_max + m):
        return 1
    _put(room, 1, m, upper, at_m, _look(kind, own, one, upper)[0])
    return 2


def _put(room: Any, place: Any, a: Any, b: Any, at_a: Any, at_b: Any) -> None:
    room[place, 0], room[place, 1] = a, b
    room[place, 2], room[place, 3], room[place, 4], room[place, 5] = at_a
    room[place, 6], room[place, 7], room[place, 8], room[place, 9] = at_b


def _climbed(kind: Any, own: Any, one: Any, a: Any, b: Any, at_a: Any, at_b: Any) -> Any:
    """The maximum in an interval in which the score turns."""
    ratio = at_b[1] / at_b[0]
    seen = (b, ratio - 1.0, 1.0 / (ratio * (2.0 / at_b[2] - 1.0 / at_b[3])))
    return _root_between(kind, own, one, 0.0, a, b, expected_root(at_a, at_b, a, b), seen)


def _height(kind: Any, own: Any, one: Any, tau2: Any) -> Any:
    """Twice the log-likelihood, up to a constant."""
    size, v_min, _, apart, _ = one
    _, g, _, _, ypy, _, _ = _sides(FULL, own, one, tau2)
    height = -ypy - (np.log(g) if kind == RESTRICTED else 0.0) - apart * np.log(v_min + tau2)
    for i in range(size):
        height -= np.log(own[1, i] + tau2)
    return height


def _best_maximum(kind: Any, own: Any, one: Any, waiting: Any, room: Any) -> Any:
    """The highest maximum in the intervals that wait, or zero where the likelihood falls there."""
    v_min, best, maxima = one[1], 0.0, 1 if room[0, 2] <= room[0, 3] else 0
    while waiting:
        waiting -= 1
        a, b = room[waiting, 0], room[waiting, 1]
        at_a = room[waiting, 2], room[waiting, 3], room[waiting, 4], room[waiting, 5]
        at_b = room[waiting, 6], room[waiting, 7], room[waiting, 8], room[waiting, 9]
        if narrow(at_a, a, b, v_min) or one_at_most(at_a, at_b, b - a) or stays_negative(at_a, at_b, b - a):
            if turns(at_a, at_b):
                found = _climbed(kind, own, one, a, b, at_a, at_b)
                if maxima == 0 or _height(kind, own, one, found) > _height(kind, own, one, best):
                    best = found
                maxima += 1
        else:
            middle = split_point(at_a, at_b, a, b, v_min)
            at_middle = _look(kind, own, one, middle)[0]
            _put(room, waiting, a, middle, at_a, at_middle)
            _put(room, waiting + 1, middle, b, at_middle, at_b)
            waiting += 2
    return best


def _search(kind: Any, own: Any, one: Any, goal: Any, room: Any) -> Any:
    squares, upper = _bounds(kind, own, one)
    if kind == Q:
        return _root_between(kind, own, one, goal, 0.0, squares / goal, 0.0, (np.nan, np.nan, np.nan))
    if not upper > 0.0:
        return 0.0
    return _best_maximum(kind, own, one, _first_pieces(kind, own, one, upper, room), room)


def survey_loop(y: Array, v: Array, present: Mask, facts: Array) -> None:
    """Fill in how the numbers of each data set are to be read, (6, n), from y and v, (n, studies).

    present: (n, studies), or empty where all are. In order: the effect from which others are measured, a
    power of two by which they are multiplied, v_min and v_max in that unit, k, and which study is kept apart,
    -1 for none: as `laid_out` and `prepared` choose them for a batch, here for every data set of its own.
    """
    n, size = y.shape
    for j in range(n):
        k, first, top, v_min, v_max, far = 0, 0.0, -1, np.inf, 0.0, 0.0
        for i in range(size):
            if present.size == 0 or present[j, i]:
                if k == 0:
                    first = y[j, i]
                k += 1
                far += (y[j, i] - first) ** 2
                v_max = max(v_max, v[j, i])
                if v[j, i] < v_min:
                    v_min, top = v[j, i], i
        shrink = 1.0
        if k == 0:
            v_min = v_max = 1.0
        if harmless(far, k, v_min, v_max):
            top = -1
        else:
            first = y[j, top]
            shrink = math.ldexp(1.0, -((math.frexp(v_min)[1] - 1) // 2))
        facts[ORIGIN, j], facts[SHRINK, j], facts[K, j], facts[TOP, j] = first, shrink, k, top
        facts[V_MIN, j], facts[V_MAX, j] = v_min * (shrink * shrink), v_max * (shrink * shrink)


def _read(y: Any, v: Any, present: Any, facts: Any, j: Any, own: Any) -> Any:
    """Fill in the numbers of data set j, but for a study that is kept apart; how many they are."""
    origin, shrink, top, size = facts[ORIGIN, j], facts[SHRINK, j], int(facts[TOP, j]), 0
    if present.size == 0 and top < 0:
        for i in range(y.shape[1]):
            own[0, i], own[1, i] = y[j, i] - origin, v[j, i]
        return y.shape[1]
    for i in range(y.shape[1]):
        if i != top and (present.size == 0 or present[j, i]):
            own[0, size], own[1, size] = (y[j, i] - origin) * shrink, v[j, i] * (shrink * shrink)
            size += 1
    return size


def search_loop(y: Array, v: Array, present: Mask, facts: Array, kind: int, goal: Array, tau2: Array) -> None:
    """Fill in tau2, (n,), of data sets y and v, (n, studies), of which `facts` are known.

    kind: Q, whose value is to be `goal`, or FULL or RESTRICTED, to be maximised.
    """
    n, k = y.shape
    own, room = np.empty((3, k)), np.empty((_ROOM, 10))
    for j in range(n):
        size = _read(y, v, present, facts, j, own)
        apart = 1.0 if facts[TOP, j] >= 0.0 else 0.0
        one = size, facts[V_MIN, j], facts[V_MAX, j], apart, facts[K, j]
        tau2[j] = _search(kind, own, one, goal[j], room)


def sum_loop(y: Array, v: Array, present: Mask, facts: Array, tau2: Array, sums: Array) -> None:
    """Fill in what `sums_at` gives, (8, n), at tau2, (n,), of data sets as `search_loop` takes them."""
    n, k = y.shape
    own = np.empty((3, k))
    for j in range(n):
        size = _read(y, v, present, facts, j, own)
        apart = 1.0 if facts[TOP, j] >= 0.0 else 0.0
        found = sums_at(own, size, tau2[j], apart / (facts[V_MIN, j] + tau2[j]))
        for i in range(8):
            sums[i, j] = found[i]


@dataclass(frozen=True)
class Loops:
    """The three loops as machine code, for arrays whose rows lie in order in memory."""

    survey: SurveyLoop
    search: SearchLoop
    sums: SumLoop


@cache
def compiled_loops() -> Loops | None:
    """None where numba does not compile them."""
    data = "data, data, mask"
    survey = compiled(survey_loop, f"void({data}, out2)")
    search = survey and compiled(search_loop, f"void({data}, data, int, data1, out1)")
    sums = search and compiled(sum_loop, f"void({data}, data, data1, out2)")
    return Loops(survey, search, sums) if sums else None
