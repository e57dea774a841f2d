"""Estimates with their covariance: standard errors, tests, intervals by Student's t, bootstrap weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import special

from studies.survey.design import Array, SurveyDesign, SurveyError


@dataclass(frozen=True)
class Coefficient:
    """One estimate; p and the interval are nan where `reason` says why they cannot be given."""

    name: str
    estimate: float
    se: float
    df: float
    t: float
    p: float
    ci_low: float
    ci_high: float
    reason: str = ""


@dataclass(frozen=True)
class WaldTest:
    """The test that several estimates are all zero: F on (df1, df2) degrees of freedom."""

    F: float
    df1: int
    df2: float
    p: float


@dataclass(frozen=True, eq=False)
class NamedEstimates:
    """m estimates: names (m,), estimate (m,), their covariance cov (m, m)."""

    names: tuple[str, ...]
    estimate: Array
    cov: Array

    @property
    def se(self) -> Array:
        """Standard errors, shape (m,)."""
        return np.sqrt(np.diag(self.cov))

    @property
    def t(self) -> Array:
        """Estimates over their standard errors, shape (m,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.estimate / self.se

    def position(self, name: str) -> int:
        """Where a name stands among the estimates. Raises SurveyError when it does not."""
        if name not in self.names:
            raise SurveyError(f"there is no {name!r} among the estimates: {', '.join(self.names)}")
        return self.names.index(name)

    def _positions(self, names: Sequence[str]) -> list[int]:
        """Those of the names of a joint test. Raises SurveyError when there is none, or one stands twice."""
        if not names or len(set(names)) != len(names):
            raise SurveyError(f"a joint test of {list(names)}; expected names of coefficients, each once")
        return [self.position(name) for name in names]


@dataclass(frozen=True, eq=False)
class Estimates(NamedEstimates):
    """m estimates from n people.

    names (m,), estimate (m,), cov (m, m); df: degrees of freedom of p and intervals; missing: people of the
    domain left out for a missing value.
    """

    df: float
    n: int
    missing: int

    @property
    def p(self) -> Array:
        """Two-sided, of zero, shape (m,); nan when df <= 0."""
        if self.reason:
            return np.full(len(self.names), np.nan)
        return np.asarray(2.0 * special.stdtr(self.df, -np.abs(self.t)))

    @property
    def reason(self) -> str:
        """Why there is neither p nor interval; empty when there are."""
        if self.df > 0:
            return ""
        return f"no interval: {self.df:g} degrees of freedom are left in this domain"

    def ci(self, level: float = 0.95) -> Array:
        """Estimate -/+ t(df) se, shape (m, 2); nan when df <= 0."""
        half = quantile_t(self.df, level) * self.se
        return np.stack([self.estimate - half, self.estimate + half], axis=1)

    def coefficient(self, name: str, level: float = 0.95) -> Coefficient:
        """One of the estimates by its name. Raises SurveyError when there is none of that name."""
        i = self.position(name)
        low, high = self.ci(level)[i]
        return Coefficient(
            name,
            float(self.estimate[i]),
            float(self.se[i]),
            self.df,
            float(self.t[i]),
            float(self.p[i]),
            float(low),
            float(high),
            self.reason,
        )

    def with_df(self, df: float) -> Self:
        """The same estimates with other degrees of freedom for p values and intervals."""
        return replace(self, df=df)

    def contrast(self, names: Sequence[str], rows: Array) -> Estimates:
        """Linear combinations of the estimates: rows (q, m) of factors, named; df stays.

        With rows that are zero but for 1 at a slope and at its interaction with sex: the slope in women.
        """
        return Estimates(
            tuple(names), rows @ self.estimate, rows @ self.cov @ rows.T, self.df, self.n, self.missing
        )

    def test(self, names: Sequence[str]) -> WaldTest:
        """That the q named estimates are all zero: F = b' cov^-1 b / q on (q, df).

        As survey::regTermTest (Wald). nan when the design has too few PSUs for them (their covariance is
        singular), or df <= 0.
        """
        at = self._positions(names)
        b = self.estimate[at]
        q, cov = len(at), self.cov[np.ix_(at, at)]
        with np.errstate(invalid="ignore"):
            correlation = cov / np.outer(self.se[at], self.se[at])
        if not np.isfinite(correlation).all() or np.linalg.matrix_rank(correlation) < q:
            return f_test(math.nan, q, self.df)
        return f_test(float(b @ np.linalg.solve(cov, b)) / q, q, self.df)


def f_test(f: float, df1: int, df2: float) -> WaldTest:
    """F with its p; nan when df2 <= 0, by chi-squared when it is infinite."""
    if math.isinf(df2):
        return WaldTest(f, df1, df2, float(special.chdtrc(df1, df1 * f)))
    return WaldTest(f, df1, df2, float(special.fdtrc(df1, df2, f)) if df2 > 0 else math.nan)


def quantile_t(df: float, level: float) -> float:
    """The point that t(df) exceeds with probability (1 - level) / 2; nan when df <= 0."""
    tail = tail_of(level)
    if not df > 0:
        return math.nan
    return -float(special.ndtri(tail) if math.isinf(df) else special.stdtrit(df, tail))


def tail_of(level: float) -> float:
    """The probability beyond each end of an interval. Raises SurveyError for a level not between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise SurveyError(f"the level of an interval is {level}; expected one between 0 and 1, e.g. 0.95")
    return 0.5 * (1.0 - level)


def rao_wu(design: SurveyDesign, replicates: int, seed: int) -> Array:
    """Factors on the weights of each PSU in each replicate: (replicates, PSUs).

    In a stratum of n PSUs, n - 1 are drawn with replacement, and a PSU drawn r times counts n / (n - 1) r
    times, which makes the variance of a total over replicates the linearised one. Rao & Wu 1988;
    Rao, Wu & Yue 1992. The PSU of a lonely stratum always counts once, which is lonely='certainty'.

    Raises SurveyError for lonely strata under another choice: there is no draw that would show it.
    """
    if design.lonely_strata.any() and design.lonely != "certainty":
        raise SurveyError(
            f"the bootstrap of strata with one PSU knows lonely='certainty' only, not {design.lonely!r}"
        )
    generator = np.random.default_rng(seed)
    factors = np.ones((replicates, len(design.stratum_of_psu)))
    for stratum, size in enumerate(design.psus_in_stratum):
        if size > 1:
            drawn = generator.multinomial(size - 1, np.full(size, 1.0 / size), size=replicates)
            factors[:, design.stratum_of_psu == stratum] = drawn * (size / (size - 1))
    return factors
