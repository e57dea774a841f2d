"""Linear combinations of coefficients: written as weights or as text, estimated and tested together."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from evidence.wording import fixed, interval, number, p_number, p_text, percent
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.scaling import COLLINEAR
from synthesis.pooling.mean.inference import coefficients, omnibus
from synthesis.pooling.mean.tests import TESTS, KenwardRoger
from synthesis.regression.formula import spellings, squeezed, unknown
from synthesis.regression.tabular import Cells, Tabular

_SINGULAR = 1e-15  # below, rounding alone makes the smallest eigenvalue of a correlation matrix


@dataclass(frozen=True, repr=False)
class WaldTest(AsData):
    """Test that all of `tested` are zero: F on (df1, df2), or chi-squared on df1 where df2 is infinite.

    nan where there is no test, as the coefficients or their covariance do not exist.
    """

    statistic: float
    df1: int
    df2: float
    p_value: float
    tested: tuple[str, ...]

    def __str__(self) -> str:
        if math.isinf(self.df2):
            return f"chi2({self.df1}) = {number(self.statistic)}, {p_text(self.p_value)}"
        return f"F({self.df1}, {number(self.df2)}) = {number(self.statistic)}, {p_text(self.p_value)}"

    __repr__ = __str__


def wald_test(
    estimate: Array, covariance: Array, df: float, tested: tuple[str, ...], f_scale: float = 1.0
) -> WaldTest:
    """Test that m estimates (m,) with covariance (m, m) are all zero.

    df: infinite for chi-squared, otherwise the denominator of F (Knapp & Hartung 2003), scaled by f_scale.
    """
    m = estimate.size
    size = np.sqrt(np.diag(covariance))
    if not (np.isfinite(covariance).all() and np.isfinite(estimate).all() and (size > 0).all()):
        return WaldTest(math.nan, m, df, math.nan, tested)
    correlation = covariance / np.outer(size, size)
    if np.linalg.eigvalsh(correlation)[0] <= _SINGULAR:
        return WaldTest(math.nan, m, df, math.nan, tested)
    found = omnibus((estimate / size)[None], correlation[None], np.array([df]), f_scale)
    return WaldTest(found.statistic.item(), m, df, found.p_value.item(), tested)


def welch_test(estimate: Array, se: Array, df: Array, tested: tuple[str, ...]) -> WaldTest:
    """Welch's test that g independent estimates (g,) are equal, each with its standard error on df.

    Unlike chi-squared, it allows for standard errors that are themselves estimated. Welch 1951. nan where
    a standard error is zero or does not exist.
    """
    g = estimate.size
    if not (np.isfinite(estimate).all() and np.isfinite(se).all() and (se > 0).all()):
        return WaldTest(math.nan, g - 1, math.nan, math.nan, tested)
    w = 1.0 / se**2
    share = w / w.sum()
    q = float(np.sum(w * (estimate - np.sum(share * estimate)) ** 2))
    unsure = float(np.sum((1.0 - share) ** 2 / df))
    statistic = q / (g - 1) / (1.0 + 2.0 * (g - 2) / (g * g - 1) * unsure)
    if unsure == 0:
        return WaldTest(q, g - 1, math.inf, float(special.chdtrc(g - 1, q)), tested)
    df2 = (g * g - 1) / (3.0 * unsure)
    return WaldTest(statistic, g - 1, df2, float(special.fdtrc(g - 1, df2, statistic)), tested)


TESTS_OFFERED = tuple(name for name, test in TESTS.items() if test.designs)


@dataclass(frozen=True, eq=False)
class Combinations:
    """p coefficients: beta and df (p,), covariance (p, p) under the test.

    small_sample: what the Kenward-Roger test knows of them, from which the df of every combination follow;
    with the other tests these are the same for all.
    """

    beta: Array
    covariance: Array
    df: Array
    small_sample: KenwardRoger | None

    def rowwise(self, matrix: Array) -> tuple[Array, Array, Array]:
        """Estimate, standard error and df of each row of matrix (m, p) times beta."""
        df = np.full(len(matrix), self.df[0])
        if self.small_sample is not None:
            phi, drift = (_quadratic(matrix, a[0]) for a in (self.small_sample.phi, self.small_sample.drift))
            with np.errstate(divide="ignore", invalid="ignore"):
                df = 2.0 * (phi / drift) ** 2 / self.small_sample.variance[0]
        return matrix @ self.beta, np.sqrt(_quadratic(matrix, self.covariance)), df

    def test(self, matrix: Array, names: tuple[str, ...]) -> WaldTest:
        """The test that all rows of matrix (m, p) times beta are zero; df1 counts those no others imply."""
        chosen = independent(matrix)
        matrix, names = matrix[chosen], tuple(names[i] for i in chosen)
        estimate, covariance = matrix @ self.beta, matrix @ self.covariance @ matrix.T
        if self.small_sample is None or len(matrix) == 1:
            return wald_test(estimate, covariance, float(self.rowwise(matrix[:1])[2][0]), names)
        known = self.small_sample
        phi, drift = matrix @ known.phi @ matrix.T, matrix @ known.drift @ matrix.T
        scale, df = KenwardRoger(covariance[None], phi, drift, known.variance).f_test(slice(None))
        return wald_test(estimate, covariance, df.item(), names, scale.item())


def independent(matrix: Array) -> list[int]:
    """Rows, in order, that those before them do not determine."""
    chosen: list[int] = []
    basis = np.zeros((0, matrix.shape[1]))
    for i, row in enumerate(matrix):
        unit = row / np.linalg.norm(row)
        rest = unit - basis.T @ (basis @ unit)
        if np.linalg.norm(rest) > COLLINEAR:
            chosen.append(i)
            basis = np.vstack([basis, rest / np.linalg.norm(rest)])
    return chosen


def _quadratic(matrix: Array, a: Array) -> Array:
    """x'Ax for each row x, never below zero."""
    value: Array = np.einsum("mp,pq,mq->m", matrix, a, matrix)
    return np.maximum(value, 0.0)


_NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(Tabular):
    """m linear combinations L (m, p) of the coefficients; all arrays but L have shape (m,).

    joint: the test that all of them are zero.
    """

    names: tuple[str, ...]
    L: Array
    estimate: Array
    se: Array
    statistic: Array
    df: Array
    p_value: Array
    ci_low: Array
    ci_high: Array
    level: float
    joint: WaldTest

    def _title(self) -> str:
        return "Contrast" if len(self.names) == 1 else f"{len(self.names)} contrasts"

    def _header(self) -> Cells:
        return ("", "estimate", "se", "df", "statistic", "p", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.estimate[i]),
                number(self.se[i]),
                number(self.df[i]),
                fixed(self.statistic[i], 3),
                p_number(self.p_value[i]),
                interval((self.ci_low[i], self.ci_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "se", "df", "statistic", "p_value", "ci_low", "ci_high")
        return {"contrast": self.names} | {name: getattr(self, name) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        return [("all zero", str(self.joint))] if len(self.names) > 1 else []


def contrasts(estimates: Combinations, level: float, matrix: Array, names: tuple[str, ...]) -> Contrasts:
    """Every row of matrix (m, p) times the coefficients, with its test and interval."""
    estimate, se, df = estimates.rowwise(matrix)
    found = coefficients(estimate, se, df, level)
    joint = estimates.test(matrix, names)
    return Contrasts(
        names, matrix, estimate, se, found.statistic, df, found.p_value, found.low, found.high, level, joint
    )


def as_contrasts(given: Any, columns: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """L (m, p) and the names of its rows.

    given: an array (p,) or (m, p), {column: weight}, text, or a list of dictionaries and texts. Raises
    ValueError for an unknown column, a wrong shape, or text that is no linear combination.
    """
    if isinstance(given, str | Mapping):
        given = [given]
    if isinstance(given, Sequence) and given and all(isinstance(row, str | Mapping) for row in given):
        rows = np.array([_row(row, columns) for row in given])
        names = [
            row.strip() if isinstance(row, str) else written(rows[i], columns) for i, row in enumerate(given)
        ]
    else:
        try:
            rows = np.atleast_2d(np.asarray(given, dtype=float))
        except (TypeError, ValueError):
            raise ValueError(
                "the contrast is neither numbers, nor text, nor a dictionary, "
                "nor a list of texts or dictionaries"
            ) from None
        if rows.ndim != 2 or rows.shape[1] != len(columns) or not np.isfinite(rows).all():
            raise ValueError(
                f"the contrast has shape {np.shape(given)}; expected a finite weight for each of "
                f"{len(columns)} coefficients: {', '.join(columns)}"
            )
        names = [written(row, columns) for row in rows]
    for i, name in enumerate(names):
        if not rows[i].any():
            raise ValueError(f"the contrast '{name}' has no weight that is not zero")
    return rows, tuple(names)


def written(weights: Array, columns: Sequence[str]) -> str:
    """A contrast in words, such as 'a - 0.5 b'."""
    text = ""
    for i in np.flatnonzero(weights).tolist():
        plus, minus = (" + ", " - ") if text else ("", "-")
        size = "" if abs(weights[i]) == 1 else f"{abs(weights[i]):g} "
        text += f"{minus if weights[i] < 0 else plus}{size}{columns[i]}"
    return text


def _row(given: str | Mapping[str, float], columns: Sequence[str]) -> Array:
    if isinstance(given, str):
        return _Combination(given, columns).row()
    known, row = spellings(columns), np.zeros(len(columns))
    for name, weight in given.items():
        key = squeezed(name)
        if key not in known:
            raise unknown(name, columns)
        row[columns.index(known[key])] += float(weight)
    return row


class _Combination:
    """Reads a linear combination such as '(a + b) / 2 - c = 0'.

    A value is an array (p + 1,): the weights of the columns, then the constant. Names are found first, the
    longest before its beginnings, so that they may hold any sign.
    """

    def __init__(self, text: str, columns: Sequence[str]) -> None:
        self.text, self.columns = text, list(columns)
        self.left = squeezed(text)
        self.known = spellings(columns)

    def row(self) -> Array:
        value = self._sum()
        if self._take("="):
            value = value - self._sum()
        if self.left:
            raise self._refusal(f"'{self.left}' stands where a sign is expected")
        if value[-1]:
            raise self._refusal(f"the constant {value[-1]:g} is left over")
        return value[:-1]

    def _sum(self) -> Array:
        negative = self._take("-")
        value = self._product()
        value = -value if negative else value
        while True:
            if self._take("+"):
                value = value + self._product()
            elif self._take("-"):
                value = value - self._product()
            else:
                return value

    def _product(self) -> Array:
        value = self._factor()
        while True:
            if self._take("*"):
                value = self._times(value, self._factor())
            elif self._take("/"):
                divisor = self._factor()
                if divisor[:-1].any() or not divisor[-1]:
                    raise self._refusal("division is by a number other than zero only")
                value = value / divisor[-1]
            else:
                return value

    def _times(self, one: Array, other: Array) -> Array:
        if one[:-1].any() and other[:-1].any():
            raise self._refusal("two coefficients cannot be multiplied")
        product: Array = one * other[-1] if one[:-1].any() else other * one[-1]
        return product

    def _factor(self) -> Array:
        value = np.zeros(len(self.columns) + 1)
        longest = max((name for name in self.known if self.left.startswith(name)), key=len, default="")
        if longest and self._take(longest):
            value[self.columns.index(self.known[longest])] = 1.0
            return value
        number_found = _NUMBER.match(self.left)
        if number_found:
            self.left = self.left[number_found.end() :]
            value[-1] = float(number_found[0])
            follows_name = any(self.left.startswith(spelling) for spelling in self.known)
            return self._times(value, self._factor()) if follows_name else value
        if self._take("("):
            value = self._sum()
            if not self._take(")"):
                raise self._refusal("a bracket is not closed")
            return value
        name = re.split(r"[-+*/=()]", self.left)[0]
        raise unknown(name, self.columns) if name else self._refusal("something is missing")

    def _take(self, beginning: str) -> bool:
        found = self.left.startswith(beginning)
        self.left = self.left[len(beginning) :] if found else self.left
        return found

    def _refusal(self, reason: str) -> ValueError:
        return ValueError(
            f"the contrast '{self.text}' is not a linear combination of coefficients: {reason}; "
            f"expected such as '{self.columns[0]} - {self.columns[-1]}'"
        )
