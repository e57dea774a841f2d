"""Quantiles of a domain with intervals from the distribution function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.survey.describe import mean
from studies.survey.design import SurveyDesign
from studies.survey.domain import choose
from studies.survey.errors import SurveyError
from studies.survey.estimates import quantile_t
from studies.survey.values import Array, numbers


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
    at = np.asarray(probabilities, dtype=float)
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
