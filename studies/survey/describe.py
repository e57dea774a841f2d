"""Means, totals, proportions, standard deviations and quantiles of a domain, with design-based variances.

Intervals of quantiles are carried over from the distribution function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from studies.survey.design import Array, SurveyDesign, SurveyError, is_missing, numbers
from studies.survey.domain import Domain, choose
from studies.survey.estimates import Estimates, quantile_t
from studies.survey.matrix import names_of


@dataclass(frozen=True, eq=False)
class Proportions(Estimates):
    """The share of each category; intervals stay between 0 and 1."""

    def ci(self, level: float = 0.95) -> Array:
        """logit(p) -/+ t(df) se / (p (1 - p)), taken back: (m, 2), as svyciprop; nan for a share of 1."""
        p = self.estimate
        with np.errstate(divide="ignore", invalid="ignore"):
            half = quantile_t(self.df, level) * self.se / (p * (1.0 - p))
        return np.asarray(special.expit(special.logit(p)[:, None] + np.stack([-half, half], axis=1)))


def mean(
    design: SurveyDesign,
    y: npt.ArrayLike,
    domain: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Estimates:
    """Weighted means of the columns of y, shape (n,) or (n, m), as svymean.

    A mean is a ratio of two estimated totals, linearised as w (y - mean) / sum w (Binder 1983).
    """
    chosen, columns, labels = _prepare(design, y, domain, names)
    estimate = chosen.weights @ columns / chosen.weights.sum()
    return Estimates(
        labels,
        estimate,
        _covariance_of_means(chosen, columns - estimate),
        chosen.df,
        chosen.n,
        chosen.missing,
    )


def total(
    design: SurveyDesign,
    y: npt.ArrayLike,
    domain: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Estimates:
    """Weighted totals of the columns of y, shape (n,) or (n, m), as svytotal; y = 1 counts the people."""
    chosen, columns, labels = _prepare(design, y, domain, names)
    weighted = chosen.weights[:, None] * columns
    return Estimates(
        labels, weighted.sum(axis=0), chosen.covariance(weighted), chosen.df, chosen.n, chosen.missing
    )


def standard_deviation(
    design: SurveyDesign,
    y: npt.ArrayLike,
    domain: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Estimates:
    """Weighted standard deviations of the columns of y, shape (n,) or (n, m): the root of svyvar.

    The variance is n / (n - 1) times the weighted mean square about the weighted mean; its SE is that of this
    mean, carried to the root by the delta method.
    """
    chosen, columns, labels = _prepare(design, y, domain, names)
    if chosen.n < 2:
        raise SurveyError("a standard deviation needs two people; the domain has one")
    w = chosen.weights
    columns = columns - columns[0]  # so that a constant has no spread left from rounding
    square = (columns - w @ columns / w.sum()) ** 2 * (chosen.n / (chosen.n - 1))
    variance = w @ square / w.sum()
    root = np.sqrt(variance)
    slope = np.divide(0.5, root, out=np.full_like(root, np.nan), where=root > 0)
    covariance = _covariance_of_means(chosen, square - variance) * np.outer(slope, slope)
    return Estimates(labels, root, covariance, chosen.df, chosen.n, chosen.missing)


def proportion(
    design: SurveyDesign, category: npt.ArrayLike, domain: npt.ArrayLike | None = None
) -> Proportions:
    """The weighted share of each category that occurs in the domain, in sorted order, as svymean of a factor.

    category: labels or numbers, shape (n,); None or nan is missing.
    """
    codes, labels = categories(category)
    chosen = choose(design, domain, codes)
    present, place = np.unique(codes[chosen.rows].astype(int), return_inverse=True)
    indicator = np.eye(len(present))[place]
    estimate = chosen.weights @ indicator / chosen.weights.sum()
    return Proportions(
        tuple(labels[i] for i in present),
        estimate,
        _covariance_of_means(chosen, indicator - estimate),
        chosen.df,
        chosen.n,
        chosen.missing,
    )


def categories(values: npt.ArrayLike) -> tuple[Array, tuple[str, ...]]:
    """The number of each person's category, nan where missing, shape (n,), and the labels in sorted order."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise SurveyError(f"categories have shape {given.shape}; expected one a person, shape (n,)")
    missing = np.array([is_missing(value) for value in given.tolist()])
    levels, place = np.unique(given[~missing].astype(_comparable(given[~missing])), return_inverse=True)
    codes = np.full(len(given), np.nan)
    codes[~missing] = place
    return codes, tuple(_label(level) for level in levels.tolist())


def _label(level: object) -> str:
    """A whole number is written as one, for codes with missing values are read as floating-point numbers."""
    return str(int(level) if isinstance(level, float) and level.is_integer() else level)


def _comparable(values: npt.NDArray[np.generic]) -> npt.DTypeLike:
    """The type to sort as: an object column holds text or numbers, and not both."""
    if values.dtype.kind != "O":
        return values.dtype
    texts = [isinstance(value, str) for value in values.tolist()]
    if all(texts):
        return np.dtype(str)
    if any(texts):
        raise SurveyError("the categories mix text and numbers; expected one kind")
    return np.dtype(float)


def _prepare(
    design: SurveyDesign, y: npt.ArrayLike, domain: npt.ArrayLike | None, names: Sequence[str] | None
) -> tuple[Domain, Array, tuple[str, ...]]:
    values = numbers(y)
    columns = values[:, None] if values.ndim == 1 else values
    if columns.ndim != 2:
        raise SurveyError(f"y has shape {values.shape}; expected (n,) or (n, m)")
    chosen = choose(design, domain, columns)
    return chosen, columns[chosen.rows], names_of(names, columns.shape[1])


def _covariance_of_means(chosen: Domain, deviation: Array) -> Array:
    return chosen.covariance(deviation * (chosen.weights / chosen.weights.sum())[:, None])


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles at m probabilities: estimate, se and interval, shape (m,).

    An end of the interval is nan where the probability it belongs to is outside 0 to 1; `se` is then nan too.
    """

    probabilities: Array
    estimate: Array
    se: Array
    ci_low: Array
    ci_high: Array
    level: float
    df: float
    n: int
    missing: int


def quantile(
    design: SurveyDesign,
    y: npt.ArrayLike,
    probabilities: Sequence[float],
    domain: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Quantiles:
    """The smallest value with at least the given share of the weight at or below it (rule "math").

    The interval runs between the quantiles at F -/+ t(df) se, F being the share at or below the estimate
    (Woodruff 1952), and `se` is its width over 2 t(df); both as svyquantile of survey 4.1 by default.
    """
    at = np.asarray(probabilities)
    if at.ndim != 1 or not ((at > 0) & (at < 1)).all():
        raise SurveyError(f"probabilities are {list(probabilities)}; expected numbers between 0 and 1")
    values = numbers(y)
    chosen = choose(design, domain, values)
    distinct, place = np.unique(values[chosen.rows], return_inverse=True)
    share = np.cumsum(np.bincount(place, chosen.weights)) / chosen.weights.sum()
    estimate = _invert(distinct, share, at)
    below = np.where(np.isnan(values)[:, None], np.nan, values[:, None] <= estimate)
    t = quantile_t(chosen.df, level)
    reached = mean(design, below, domain)
    low, high = (_invert(distinct, share, reached.estimate + side * t * reached.se) for side in (-1, 1))
    return Quantiles(
        at, estimate, (high - low) / (2.0 * t), low, high, level, chosen.df, chosen.n, chosen.missing
    )


def _invert(distinct: Array, share: Array, at: Array) -> Array:
    """The first distinct value whose cumulative share reaches `at`; nan where that is not within 0 to 1."""
    # Shares are sums of many weights: half of them may come out just below one half.
    place = np.searchsorted(share, at - 1e-12)
    found = distinct[np.minimum(place, len(distinct) - 1)]
    return np.where((at >= 0) & (at <= 1), found, np.nan)
