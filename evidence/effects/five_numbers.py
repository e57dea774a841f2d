"""Mean and SD from minimum, quartiles, median and maximum, and a test that the data look skewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evidence.effects.columns import columns
from evidence.effects.conditions import too_few
from evidence.effects.means import Column
from evidence.effects.result import Array, Mask, first_note

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
        highest_so_far = np.fmax.accumulate(rows, axis=0)
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
    sound = np.array([not text for text in problems], dtype=bool)
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
