"""Fitting a selection model by maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from evidence.choices import named
from synthesis.diagnostics.selection_models.likelihood import Likelihood
from synthesis.diagnostics.selection_models.result import (
    RatioTest,
    Selected,
    beyond_the_data,
    checked_steps,
    intervals,
    ratio_test,
)
from synthesis.diagnostics.selection_models.weights import (
    DIRECTIONS,
    Beta,
    HalfNormal,
    Logistic,
    NegativeExponential,
    Power,
    WeightFunction,
)
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.climbing import Box, Point, climb
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.inference import quantile_t, two_sided_p
from synthesis.pooling.result import PooledSummary

_SMOOTH = {
    "half-normal": HalfNormal,
    "negative exponential": NegativeExponential,
    "logistic": Logistic,
    "power": Power,
}
MODELS = ("step", "beta", *_SMOOTH)
_FLAT = 1e-9  # smallest curvature beside the largest, parameters in units of their own curvature
_FAR = 30.0  # ranges of the effects to which mean and tau may run


@dataclass(frozen=True)
class _Task:
    """The problem in units of a typical standard error, and the unselected fit in them."""

    likelihood: Likelihood
    box: Box
    mean: float
    tau2: float
    loglik: float


@dataclass(frozen=True)
class _Errors:
    """Standard errors of all parameters, (m,), nan where fixed at an end of the range; and sentences."""

    se: Array
    warnings: tuple[str, ...]


def selection_model(
    pooled: PooledSummary,
    model: str = "step",
    alternative: str = "greater",
    steps: Sequence[float] = (0.025,),
    null: float = 0.0,
) -> Selected:
    """Fit one selection model to the studies of a result, at its level, with tau2 = 0 for equal effects.

    model: one of MODELS; "step" with one step is the three-parameter model (Vevea & Hedges 1995).
    alternative: which effects are favoured: p is one-sided in that direction, of no effect at yi = null, or
    two-sided. steps: upper ends of the intervals of p, for "step" alone. estimate is on the scale of yi.
    The maximum is the highest that Newton's method reaches from several starts, among them the unselected
    fit, so that loglik is never below loglik_unselected.
    Raises ValueError for an unknown model or alternative, steps outside (0, 1), a two-sided beta function,
    and fewer studies than parameters.
    """
    model, alternative = (
        named(model, MODELS, "selection model"),
        named(alternative, DIRECTIONS, "alternative"),
    )
    if model == "beta" and alternative == "two-sided":
        raise ValueError("the beta function is not defined here for two-sided p; expected greater or less")
    yi, vi, level = pooled.yi - null, pooled.vi, pooled.level
    heterogeneity = pooled.method != "EE"
    z = _sign(alternative) * yi / np.sqrt(vi)
    two_sided = alternative == "two-sided"
    found = intervals(z, checked_steps(steps), two_sided) if model == "step" else None
    function = found.function if found else _smooth(model, two_sided)
    parameters = 1 + int(heterogeneity) + function.null.size
    if yi.size < parameters:
        raise ValueError(f"{yi.size} studies for {parameters} parameters; expected at least as many studies")
    scale = np.exp2(np.round(np.log2(np.sqrt(np.median(vi)))))
    y, v = _sign(alternative) * yi / scale, vi / (scale * scale)
    task = _task(y, v, function, heterogeneity)
    starts = _starts(task)
    best = _highest(task, starts)
    errors = _errors(task, best, heterogeneity)
    exists = np.nan if _ran_away(task, best, heterogeneity) else 1.0
    m = function.delta_slope(best.at[2:])
    delta, se_delta = exists * function.delta(best.at[2:]), errors.se[2:] * m
    if found:
        delta, se_delta = found.delta(delta, se_delta)
    effect, se = exists * float(_sign(alternative) * best.at[0] * scale), float(errors.se[0] * scale)
    estimate = effect + null
    half = float(quantile_t(np.array(np.inf), level)) * se
    constant = yi.size * np.log(scale)
    return Selected(
        model=model,
        alternative=alternative,
        steps=found.function.steps if found else (),
        k=yi.size,
        level=level,
        estimate=estimate,
        se=se,
        p_value=float(two_sided_p(np.array(effect / se), np.array(np.inf))),
        ci_low=estimate - half,
        ci_high=estimate + half,
        tau2=exists * float(best.at[1]) * scale**2,
        se_tau2=float(errors.se[1]) * scale**2,
        delta=delta,
        se_delta=se_delta,
        loglik=best.value - constant,
        loglik_unselected=task.loglik - constant,
        selection=ratio_test(best.value, task.loglik, delta.size),
        heterogeneity=_no_heterogeneity(y, v, function, best) if heterogeneity else None,
        counts=found.counts if found else (),
        gradient=float(np.where(task.box.held(best), 0.0, np.abs(best.gradient)).max()),
        starts=len(starts),
        warnings=(
            *(found.warnings if found else ()),
            *errors.warnings,
            *beyond_the_data(pooled.yi, estimate),
        ),
        function=function,
        parameters=best.at[2:],
    )


def _sign(alternative: str) -> float:
    return -1.0 if alternative == "less" else 1.0


def _smooth(model: str, two_sided: bool) -> WeightFunction:
    return Beta() if model == "beta" else _SMOOTH[model](two_sided)


def _task(y: Array, v: Array, function: WeightFunction, heterogeneity: bool) -> _Task:
    fit = pool_batch(Effects(y, v), "ML" if heterogeneity else "EE", "z")
    reach = _FAR * (float(np.ptp(y)) + float(np.sqrt(v.max())))
    middle = float(fit.beta[0, 0])
    box = Box(
        np.concatenate([[middle - reach, 0.0], function.low]),
        np.concatenate([[middle + reach, reach * reach if heterogeneity else 0.0], function.high]),
    )
    return _Task(Likelihood(y, v, function), box, middle, float(fit.tau2[0]), float(fit.loglik_ml[0]))


def _starts(task: _Task) -> list[Array]:
    """The unselected fit, and the best of a few means and tau2 for each start of the weight function."""
    spread = np.sqrt(task.tau2 + np.median(task.likelihood.v))
    means = task.mean - spread * np.arange(4)  # selection makes effects larger than they are
    tau2s = np.minimum((task.tau2, spread * spread), task.box.high[1])
    starts = [np.array([task.mean, task.tau2, *task.likelihood.weight.null])]
    for parameters in task.likelihood.weight.starts:
        points = [np.array([mean, tau2, *parameters]) for mean, tau2 in product(means, tau2s)]
        starts.append(max(points, key=task.likelihood.value))
    return starts


def _highest(task: _Task, starts: list[Array]) -> Point:
    return max((climb(task.likelihood, start, task.box) for start in starts), key=lambda point: point.value)


def _errors(task: _Task, best: Point, heterogeneity: bool) -> _Errors:
    """From the observed information of the parameters that are not at an end of their range."""
    at_end = (best.at <= task.box.low) | (best.at >= task.box.high)
    warnings = _at_ends(task, best, heterogeneity)
    se = np.full(best.at.size, np.nan)
    free = np.flatnonzero(~at_end)
    information = -best.hessian[np.ix_(free, free)]
    size = np.sqrt(np.abs(np.diag(information)))
    scaled = information / np.outer(size, size) if np.all(size > 0.0) else np.zeros_like(information)
    lowest = float(np.linalg.eigvalsh(scaled).min(initial=np.inf))
    stopped = np.any(best.at[2:] >= task.box.high[2:])
    unbounded = bool(stopped) or _ran_away(task, best, heterogeneity)
    if lowest > _FLAT and not unbounded:
        se[free] = np.sqrt(np.diag(np.linalg.inv(scaled))) / size
    elif not unbounded:
        warnings = (
            *warnings,
            "The likelihood is flat at its maximum: these studies do not tell the effect from the selection, "
            "and standard errors do not exist.",
        )
    return _Errors(se, warnings)


def _at_ends(task: _Task, best: Point, heterogeneity: bool) -> tuple[str, ...]:
    low, high, at = task.box.low, task.box.high, best.at
    weight = at[2:]
    found = []
    if heterogeneity and at[1] <= 0.0:
        found.append("tau2 is estimated at 0, the end of its range; standard errors take it as known.")
    if np.any((weight <= low[2:]) | (weight >= high[2:])):
        if np.array_equal(weight, task.likelihood.weight.null):
            found.append(
                "No selection of this form fits best: delta is at 0, the end of its range, and standard "
                "errors take it as known."
            )
        else:
            found.append(
                "The likelihood still rises where delta was stopped on its way to infinity or zero: the "
                "estimates depend on that stop, and standard errors do not exist."
            )
    if _ran_away(task, best, heterogeneity):
        found.append(
            "The likelihood still rises as the mean effect or tau2 runs away: these studies cannot tell the "
            "effect from the selection, and no estimate exists."
        )
    return tuple(found)


def _ran_away(task: _Task, best: Point, heterogeneity: bool) -> bool:
    """Whether the mean, or tau2 above, was stopped at an end of the range searched."""
    low, high, at = task.box.low, task.box.high, best.at
    return bool(at[0] <= low[0] or at[0] >= high[0] or (heterogeneity and at[1] >= high[1]))


def _no_heterogeneity(y: Array, v: Array, function: WeightFunction, best: Point) -> RatioTest:
    """tau2 = 0, from the unselected fit and from the maximum itself."""
    task = _task(y, v, function, False)
    without = _highest(task, [np.array([task.mean, task.tau2, *function.null]), best.at])
    return ratio_test(best.value, without.value, 1)
