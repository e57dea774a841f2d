"""Mean and SD from minimum, quartiles, median and maximum, and a test that the data look skewed.

By the formulas for normal data, or, for data that need not be normal, by the distribution whose quantiles fit
best. `estimated` chooses between them; through it they are forms of the measures of `escalc`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.special import ndtri

from evidence.choices import named
from evidence.effects.columns import Array, Column, Mask, columns, first_note, too_few

LEAST_N = 5
"""The formulas approximate expected normal order statistics, which five numbers need at least."""

SKEWED = "the data look skewed (test of Shi et al. 2023), so that mean and SD of a normal sample mislead"


@dataclass(frozen=True, eq=False)
class FiveNumbers:
    """Summaries of k samples, each of shape (k,), nan where not reported; n: the sample sizes."""

    n: Array
    minimum: Array
    q1: Array
    median: Array
    q3: Array
    maximum: Array

    @classmethod
    def of(
        cls,
        n: Column,
        *,
        minimum: Column = np.nan,
        q1: Column = np.nan,
        median: Column = np.nan,
        q3: Column = np.nan,
        maximum: Column = np.nan,
    ) -> FiveNumbers:
        """From columns; raises ValueError when their lengths differ."""
        return cls(*columns(n=n, minimum=minimum, q1=q1, median=median, q3=q3, maximum=maximum))

    @property
    def has_range(self) -> Mask:
        """Minimum and maximum are reported, shape (k,)."""
        return np.isfinite(self.minimum) & np.isfinite(self.maximum)

    @property
    def has_quartiles(self) -> Mask:
        """Both quartiles are reported, shape (k,)."""
        return np.isfinite(self.q1) & np.isfinite(self.q3)

    def problems(self) -> tuple[str, ...]:
        """Why a sample's mean and SD cannot be estimated, or "", k texts."""
        rows = np.stack([self.minimum, self.q1, self.median, self.q3, self.maximum])
        # A number that is not reported must not break the order of its neighbours.
        highest_so_far = np.fmax.accumulate(rows)
        spread = np.where(self.has_range, self.maximum - self.minimum, self.q3 - self.q1)
        return first_note(
            (~(np.isfinite(self.n) & np.isfinite(self.median)), "the median or the sample size is missing"),
            (~(self.has_range | self.has_quartiles), "neither both quartiles nor both extremes are given"),
            too_few(self.n, LEAST_N),
            (
                np.asarray((rows < highest_so_far).any(axis=0)),
                "minimum, quartiles, median and maximum are out of order",
            ),
            (~(spread > 0), "the numbers do not differ"),
            (self.has_quartiles & ~(self.q3 > self.q1), "the quartiles do not differ"),
        )


@dataclass(frozen=True, eq=False)
class MeanSd:
    """Estimated means and SDs, shape (k,), nan where undefined; notes: k texts, the reason or a warning.

    statistic, critical: of the skewness test and its 5% critical value. skewed: where the first is larger.
    """

    mean: Array
    sd: Array
    notes: tuple[str, ...]
    statistic: Array
    critical: Array

    @property
    def skewed(self) -> Mask:
        """Where symmetry is rejected at the 5% level, shape (k,)."""
        return self.statistic > self.critical


def mean_and_sd(summary: FiveNumbers) -> MeanSd:
    """Mean and SD of each sample, as though the data were normal, from whatever is reported of it.

    S1 (minimum, median, maximum): mean by Luo et al. 2018, SD by Wan et al. 2014. S2 (quartiles and median):
    the same papers. S3 (all five): mean by Luo et al. 2018, SD by Shi et al. 2020. The skewness test of Shi
    et al. 2023 goes with it; where it rejects, the note says so and the estimate stands. A standard error
    made from such an SD takes mean and SD as if they were printed and is too small.
    """
    problems = summary.problems()
    sound = np.array([not text for text in problems])
    with np.errstate(all="ignore"):
        estimates = estimated_mean(summary), estimated_sd(summary), *skewness_test(summary)
    mean, sd, statistic, critical = (np.where(sound, values, np.nan) for values in estimates)
    skewed = statistic > critical
    notes = tuple(text or (SKEWED if skewed[i] else "") for i, text in enumerate(problems))
    return MeanSd(mean, sd, notes, statistic, critical)


def estimated_mean(s: FiveNumbers) -> Array:
    """Weighted mid-range, mid-quartile range and median, shape (k,). Luo et al. 2018, eqs 7, 11 and 15."""
    mid_range, mid_quartiles = 0.5 * (s.minimum + s.maximum), 0.5 * (s.q1 + s.q3)
    w = 4.0 / (4.0 + s.n**0.75)
    from_range = w * mid_range + (1.0 - w) * s.median
    w = 0.7 + 0.39 / s.n
    from_quartiles = w * mid_quartiles + (1.0 - w) * s.median
    w1, w2 = 2.2 / (2.2 + s.n**0.75), 0.7 - 0.72 / s.n**0.55
    from_all = w1 * mid_range + w2 * mid_quartiles + (1.0 - w1 - w2) * s.median
    return _by_scenario(s, from_range, from_quartiles, from_all)


def estimated_sd(s: FiveNumbers) -> Array:
    """SD, shape (k,): the range, the interquartile range or both over their expectations in a normal sample.

    Wan et al. 2014, eqs 9 and 16; with all five numbers the two are weighted as in Shi et al. 2020, eq. 10.
    """
    from_range = (s.maximum - s.minimum) / (2.0 * ndtri((s.n - 0.375) / (s.n + 0.25)))
    from_quartiles = (s.q3 - s.q1) / (2.0 * ndtri((0.75 * s.n - 0.125) / (s.n + 0.25)))
    w = 1.0 / (1.0 + 0.07 * s.n**0.6)
    return _by_scenario(s, from_range, from_quartiles, w * from_range + (1.0 - w) * from_quartiles)


def skewness_test(s: FiveNumbers) -> tuple[Array, Array]:
    """Statistic and 5% critical value of the test of symmetry, each of shape (k,). Shi et al. 2023.

    Distance of the median from the middle of the extremes, or of the quartiles, in units of the range between
    them; with all five numbers the larger of the two, the first weighted. The critical values approximate
    those of normal samples.
    """
    root = np.sqrt(s.n)
    by_range = np.abs(s.minimum + s.maximum - 2.0 * s.median) / (s.maximum - s.minimum)
    by_quartiles = np.abs(s.q1 + s.q3 - 2.0 * s.median) / (s.q3 - s.q1)
    by_all = np.maximum(2.65 * np.log(0.6 * s.n) / root * by_range, by_quartiles)
    limits = 1.01 / np.log(s.n + 9.0) + 2.43 / (s.n + 1.0), 2.66 / root - 5.92 / s.n**2
    all_limit = 2.97 / root - 39.1 / s.n**3
    return _by_scenario(s, by_range, by_quartiles, by_all), _by_scenario(s, *limits, all_limit)


def _by_scenario(s: FiveNumbers, from_range: Array, from_quartiles: Array, from_all: Array) -> Array:
    both = s.has_range & s.has_quartiles
    return np.where(both, from_all, np.where(s.has_range, from_range, from_quartiles))


METHODS = ("normal", "QE")


def estimated(summary: FiveNumbers, how: str) -> tuple[Array, Array, tuple[str, ...]]:
    """Means, SDs and notes, k of each: by `mean_and_sd` for how="normal", `quantile_estimation` for "QE"."""
    if named(how, METHODS, "five_numbers") == "normal":
        normal = mean_and_sd(summary)
        return normal.mean, normal.sd, normal.notes
    fitted = quantile_estimation(summary)
    return fitted.mean, fitted.sd, fitted.notes


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
    sd = float(centred @ values / (centred @ centred))
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
    """Least squares in the logs of both shapes, from the flat distribution on."""

    def differences(logs: Array) -> Array:
        a, b = np.exp(logs)
        return np.asarray(special.betaincinv(a, b, probabilities) - values)

    low, high = _LOG_BETA_LIMITS
    (a, b), residual = _polished(differences, (0.0, 0.0), ([low, low], [high, high]))
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
