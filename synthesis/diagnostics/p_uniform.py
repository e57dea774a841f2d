"""p-uniform*: the mean and heterogeneity of effects when significance decided which studies are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import special

from evidence.choices import named
from synthesis.diagnostics.selection_models.likelihood import mills
from synthesis.diagnostics.selection_models.result import RatioTest, beyond_the_data, ratio_test
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.climbing import Box, Point, climb
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.result import PooledSummary

_SAYS = (
    "Conditions each study on being significant or not in the stated direction, as if that alone decided "
    "what is seen. Imprecise with few studies, and shaky where all are alike in this; p-hacking and other "
    "causes of small-study effects are not told apart from it. Its model is its own, by maximum "
    "likelihood; of the pooled result it takes the level."
)
ALPHA = 0.025
_LOG_2PI = float(np.log(2.0 * np.pi))
_FAR = 30.0  # distances of the effects from a mean to which mean and tau may run


@dataclass(frozen=True)
class PUniform(AsData):
    """Maximum likelihood estimates with profile likelihood intervals.

    estimate, tau2: nan where the likelihood has no maximum. A bound is infinite where the likelihood does not
    fall enough on that side; tau2_low is zero where zero is inside. no_effect, no_heterogeneity: likelihood
    ratio tests; the latter is cautious, zero being the end of tau2's range. significant: studies significant
    in the stated direction, of k. warnings: what is not defined, and why.
    """

    k: int
    significant: int
    estimate: float
    ci_low: float
    ci_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    loglik: float
    no_effect: RatioTest
    no_heterogeneity: RatioTest
    alpha: float
    level: float
    warnings: tuple[str, ...]
    says: str = _SAYS


@dataclass(frozen=True)
class Truncated:
    """The likelihood: every effect normal about mu, with v + tau2, on its own side of z se.

    y, v: shape (k,), favoured effects positive. limit: the effect from which a study is significant, (k,).
    A point is mu, tau2.
    """

    y: Array
    v: Array
    limit: Array

    @property
    def above(self) -> Mask:
        """Which studies are significant."""
        return self.y >= self.limit

    def __call__(self, at: Array) -> Point:
        mu, precision = at[0], 1.0 / (self.v + at[1])
        root = np.sqrt(precision)
        u, sign = (self.y - mu) * root, np.where(self.above, 1.0, -1.0)
        a = sign * (mu - self.limit) * root  # log of the chance of this side is log Phi(a)
        slope = mills(a)
        bend = -slope * (a + slope)
        value = float(np.sum(0.5 * np.log(precision) - 0.5 * _LOG_2PI - 0.5 * u * u - special.log_ndtr(a)))
        da, dt = sign * root, -0.5 * a * precision
        across = -u * root * precision - (bend * da * dt + slope * -0.5 * da * precision)
        by_tau2 = (0.5 - u * u) * precision**2 - (bend * dt * dt + slope * 0.75 * a * precision**2)
        gradient = np.array(
            [np.sum(u * root - slope * da), np.sum(0.5 * (u * u - 1.0) * precision - slope * dt)]
        )
        mixed = np.sum(across)
        hessian = np.array([[np.sum(-precision - bend * da * da), mixed], [mixed, np.sum(by_tau2)]])
        return Point(at, value, gradient, hessian)


def p_uniform_star(pooled: PooledSummary, alternative: str = "greater") -> PUniform:
    """van Aert & van Assen 2018, for the k >= 2 studies of a result, of which it uses the level.

    A study is significant where its one-sided p in the direction of `alternative` (greater or less) is at
    most ALPHA. Its effect then has a normal density truncated to the significant effects; that of any other
    study one truncated to the rest. Raises ValueError for another alternative, for fewer than two studies,
    and for equal effects.
    """
    alternative = named(alternative, ("greater", "less"), "alternative")
    yi, vi, level = pooled.yi, pooled.vi, pooled.level
    if yi.size < 2:
        raise ValueError("p-uniform* needs at least two studies; expected yi and vi of two or more")
    if pooled.method == "EE":
        raise ValueError("p-uniform* estimates tau2, which method 'EE' rules out; pool with another method")
    sign = 1.0 if alternative == "greater" else -1.0
    scale = np.exp2(np.round(np.log2(np.sqrt(np.median(vi)))))
    y, v = sign * yi / scale, vi / (scale * scale)
    likelihood = Truncated(y, v, -special.ndtri(ALPHA) * np.sqrt(v))
    box, starts = _box(y, v, float(y.mean())), _starts(y, v)
    best = _highest(likelihood, starts, box)
    # effects far from zero make tau2 large where their mean is held there
    tau2_high = _box(y, v, 0.0).high[1]
    at_zero = _highest(likelihood, starts, Box(np.array([0.0, 0.0]), np.array([0.0, tau2_high])))
    no_tau2 = _highest(likelihood, starts, Box(box.low, np.array([box.high[0], 0.0])))
    exists = not np.any(_ran_away(best, box))
    warnings = _warnings(likelihood, best, box)
    if exists:
        warnings += beyond_the_data(yi, sign * float(best.at[0]) * scale)
    fall = best.value - 0.5 * float(special.chdtri(1.0, 1.0 - level))
    bounds = [
        _bound(likelihood, best, box, fall, axis, side) if exists else np.nan
        for axis, side in product((0, 1), (-1.0, 1.0))
    ]
    low, high = sorted(sign * bound for bound in bounds[:2])
    return PUniform(
        k=yi.size,
        significant=int(likelihood.above.sum()),
        estimate=float(sign * best.at[0] * scale) if exists else np.nan,
        ci_low=float(low * scale),
        ci_high=float(high * scale),
        tau2=float(best.at[1]) * scale**2 if exists else np.nan,
        tau2_low=float(bounds[2]) * scale**2,
        tau2_high=float(bounds[3]) * scale**2,
        loglik=best.value - yi.size * float(np.log(scale)),
        no_effect=ratio_test(best.value, at_zero.value, 1),
        no_heterogeneity=ratio_test(best.value, no_tau2.value, 1),
        alpha=ALPHA,
        level=level,
        warnings=warnings,
    )


def _box(y: Array, v: Array, middle: float) -> Box:
    reach = _FAR * float(np.abs(y - middle).max() + np.sqrt(v.max()))
    return Box(np.array([middle - reach, 0.0]), np.array([middle + reach, reach * reach]))


def _starts(y: Array, v: Array) -> list[Array]:
    fit = pool_batch(Effects(y, v), "ML", "z")
    mean, tau2 = float(fit.beta[0, 0]), float(fit.tau2[0])
    spread = np.sqrt(tau2 + float(np.median(v)))
    means = np.linspace(mean - spread, mean + spread, 3)
    return [np.array(start) for start in product(means, (tau2, spread * spread))]


def _highest(function: Callable[[Array], Point], starts: list[Array], box: Box) -> Point:
    return max((climb(function, start, box) for start in starts), key=lambda point: point.value)


def _ran_away(best: Point, box: Box) -> Mask:
    """Mean at either wall, tau2 at its upper one."""
    return np.array([best.at[0] <= box.low[0], best.at[0] >= box.high[0], best.at[1] >= box.high[1]])


def _warnings(likelihood: Truncated, best: Point, box: Box) -> tuple[str, ...]:
    found = []
    significant = int(likelihood.above.sum())
    if significant in (0, likelihood.y.size):
        which = "No study is" if significant == 0 else "All studies are"
        found.append(
            f"{which} significant in the stated direction: the estimates hang on the normal model alone."
        )
    if np.any(_ran_away(best, box)):
        found.append(
            "The likelihood rises without end as the mean effect or tau2 runs away: no estimate exists."
        )
    elif best.at[1] <= 0.0:
        found.append("tau2 is estimated at 0, the end of its range.")
    return tuple(found)


def _bound(likelihood: Truncated, best: Point, box: Box, fall: float, axis: int, side: float) -> float:
    """Where the profile likelihood of one parameter has fallen to `fall`; infinite where it does not.

    Every step is one maximum of the other parameter.
    """

    def profile(value: float, start: Array) -> Point:
        low, high, at = box.low.copy(), box.high.copy(), start.copy()
        low[axis] = high[axis] = at[axis] = value
        return climb(likelihood, at, Box(low, high))

    from scipy.optimize import brentq  # deferred: nothing else here needs an optimiser

    inside, outside, step = best, None, side
    while outside is None:
        value = float(np.clip(inside.at[axis] + step, box.low[axis], box.high[axis]))
        tried = profile(value, inside.at)
        if tried.value < fall:
            outside = tried
        elif value == inside.at[axis]:  # at the end of the range: only that of tau2 is zero
            return 0.0 if value == 0.0 else side * np.inf
        else:
            inside, step = tried, 2.0 * step
    ends = float(inside.at[axis]), float(outside.at[axis])
    return float(brentq(lambda value: profile(value, inside.at).value - fall, *ends))
