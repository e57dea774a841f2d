"""Mean and SD from five numbers of data that need not be normal: the quantile estimation method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from evidence.effects.five_numbers import FiveNumbers
from evidence.effects.result import Array

_SPREADS = np.geomspace(1e-5, 30.0, 150)
"""Coefficients of variation from which the fit of a scale family starts; it ends between two neighbours."""

_LOG_BETA_LIMITS = (-7.0, 20.0)

BEYOND = "the mean of the best-fitting distribution lies outside the reported minimum and maximum"


@dataclass(frozen=True)
class Family:
    """Positive distributions with a shape and a scale.

    shape: about the shape that has a coefficient of variation. quantiles(shape, p) and moments(shape), which
    are mean and SD, are those with scale 1.
    """

    name: str
    shape: Callable[[Array], Array]
    quantiles: Callable[[float, Array], Array]
    moments: Callable[[float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class QuantileEstimate:
    """Means and SDs of the best-fitting distributions, shape (k,), nan where undefined.

    distribution: k names, "" where there is none. residual: root of the sum of squared differences between
    reported and fitted quantiles. notes: k texts, the reason where undefined, or a warning.
    """

    mean: Array
    sd: Array
    residual: Array
    distribution: tuple[str, ...]
    notes: tuple[str, ...]


def quantile_estimation(summary: FiveNumbers) -> QuantileEstimate:
    """The QE method of McGrath et al. 2020.

    Normal, log-normal, gamma, Weibull and (for data inside 0 to 1) beta distributions are each fitted by
    least squares to the reported quantiles, minimum and maximum standing at 1/n and 1 - 1/n. Mean and SD are
    those of the distribution with the smallest sum of squares. Where a number is not above zero only the
    normal is fitted. The mean of a long tail can lie beyond the reported maximum; the note says so.
    """
    problems = summary.problems()
    fits = [
        Fit(np.nan, np.nan, np.nan, "") if text else _best_fit(summary, i) for i, text in enumerate(problems)
    ]
    mean, sd, residual = (
        np.array([getattr(fit, name) for fit in fits]) for name in ("mean", "sd", "residual")
    )
    with np.errstate(invalid="ignore"):
        beyond = (mean < summary.minimum) | (mean > summary.maximum)
    notes = tuple(text or (BEYOND if beyond[i] else "") for i, text in enumerate(problems))
    return QuantileEstimate(mean, sd, residual, tuple(fit.distribution for fit in fits), notes)


@dataclass(frozen=True)
class Fit:
    """One distribution fitted to one sample's quantiles."""

    mean: float
    sd: float
    residual: float
    distribution: str


def _best_fit(s: FiveNumbers, row: int) -> Fit:
    values, probabilities = _reported(s, row)
    fits = [_fit_normal(values, probabilities)]
    if values[0] > 0:
        fits += [_fit_scale_family(family, values, probabilities) for family in FAMILIES]
        fits += [_fit_beta(values, probabilities)] if values[-1] < 1 else []
    return min(fits, key=lambda fit: fit.residual)


def _reported(s: FiveNumbers, row: int) -> tuple[Array, Array]:
    """The quantiles that are reported, in order, and their probabilities."""
    first = 1.0 / s.n[row]
    extremes, quartiles = s.has_range[row], s.has_quartiles[row]
    wanted = np.array([extremes, quartiles, True, quartiles, extremes])
    values = np.array([column[row] for column in (s.minimum, s.q1, s.median, s.q3, s.maximum)])
    return values[wanted], np.array([first, 0.25, 0.5, 0.75, 1.0 - first])[wanted]


def _fit_normal(values: Array, probabilities: Array) -> Fit:
    """Least squares of the values on normal quantiles is a straight line."""
    z = special.ndtri(probabilities)
    centred = z - z.mean()
    sd = float(centred @ (values - values.mean()) / (centred @ centred))
    mean = float(values.mean() - sd * z.mean())
    return Fit(mean, sd, float(np.linalg.norm(values - mean - sd * z)), "normal")


def _fit_scale_family(family: Family, values: Array, probabilities: Array) -> Fit:
    """Least squares in shape and scale, in units of the median.

    Given the shape the scale is a regression through the origin, so that a search over the shape alone finds
    where to start.
    """
    unit = float(values[values.size // 2])
    scaled = values / unit
    shapes = family.shape(_SPREADS)
    with np.errstate(all="ignore"):
        rows = np.stack([family.quantiles(float(shape), probabilities) for shape in shapes])
        scales = rows @ scaled / (rows**2).sum(axis=1)
        misfit = ((scales[:, None] * rows - scaled) ** 2).sum(axis=1)
    at = int(np.nanargmin(misfit))
    near = np.log(shapes[[max(at - 1, 0), min(at + 1, shapes.size - 1)]])
    log_scale = float(np.log(scales[at]))

    def differences(logs: Array) -> Array:
        shape, scale = np.exp(logs)
        return np.asarray(scale * family.quantiles(float(shape), probabilities) - scaled)

    limits = [near.min(), log_scale - 5.0], [near.max(), log_scale + 5.0]
    (shape, scale), residual = _polished(differences, (float(np.log(shapes[at])), log_scale), limits)
    mean, sd = family.moments(shape)
    return Fit(unit * scale * mean, unit * scale * sd, unit * residual, family.name)


def _fit_beta(values: Array, probabilities: Array) -> Fit:
    """Least squares in the logs of both shapes, from those with the moments of the fitted normal."""
    normal = _fit_normal(values, probabilities)
    mean = min(max(normal.mean, float(values[0])), float(values[-1]))
    size = max(mean * (1.0 - mean) / normal.sd**2 - 1.0, 0.1)

    def differences(logs: Array) -> Array:
        a, b = np.exp(logs)
        return np.asarray(special.betaincinv(a, b, probabilities) - values)

    start = np.clip(np.log([mean * size, (1.0 - mean) * size]), *_LOG_BETA_LIMITS)
    low, high = _LOG_BETA_LIMITS
    (a, b), residual = _polished(differences, (float(start[0]), float(start[1])), ([low, low], [high, high]))
    mean = a / (a + b)
    return Fit(mean, float(np.sqrt(mean * (b / (a + b)) / (a + b + 1.0))), residual, "beta")


def _polished(
    differences: Callable[[Array], Array],
    start: tuple[float, float],
    limits: tuple[list[float], list[float]],
) -> tuple[tuple[float, float], float]:
    """The two parameters that make the differences least, of their logs, and the norm that remains."""
    from scipy.optimize import least_squares  # deferred: no other effect size needs an optimiser

    with np.errstate(all="ignore"):
        found = least_squares(
            differences, start, jac="3-point", bounds=limits, xtol=1e-15, ftol=1e-15, gtol=1e-15
        )
    first, second = np.exp(found.x)
    return (float(first), float(second)), float(np.linalg.norm(found.fun))


def _lognormal_moments(shape: float) -> tuple[float, float]:
    mean = np.exp(0.5 * shape**2)
    return float(mean), float(mean * np.sqrt(np.expm1(shape**2)))


def _weibull_moments(shape: float) -> tuple[float, float]:
    first, second = special.gammaln(1.0 + np.array([1.0, 2.0]) / shape)
    return float(np.exp(first)), float(np.exp(first) * np.sqrt(np.expm1(second - 2.0 * first)))


def _gamma_quantiles(shape: float, p: Array) -> Array:
    return np.asarray(special.gammaincinv(np.full(p.shape, shape), p) / shape, dtype=np.float64)


FAMILIES = (
    Family(
        "log-normal",
        lambda cv: np.sqrt(np.log1p(cv**2)),
        lambda shape, p: np.exp(shape * special.ndtri(p)),
        _lognormal_moments,
    ),
    Family(
        "gamma",
        lambda cv: cv**-2.0,
        _gamma_quantiles,
        lambda shape: (1.0, shape**-0.5),
    ),
    Family(
        "Weibull",
        lambda cv: cv**-1.086,
        lambda shape, p: (-np.log1p(-p)) ** (1.0 / shape),
        _weibull_moments,
    ),
)
