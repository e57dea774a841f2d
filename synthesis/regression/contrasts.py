"""Linear combinations of coefficients: written as weights or as text, estimated and tested together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import interval, number
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients
from synthesis.regression.combining import Estimates
from synthesis.regression.naming import spellings, squeezed, unknown
from synthesis.regression.tables import Cells, Tabular, p_cell
from synthesis.regression.wald import WaldTest

_NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
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
        return ("", "estimate", "se", "df", "statistic", "p", f"{100 * self.level:g}% CI")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.estimate[i]),
                number(self.se[i]),
                f"{self.df[i]:.4g}",
                f"{self.statistic[i]:.3f}",
                p_cell(self.p_value[i]),
                interval((self.ci_low[i], self.ci_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "se", "df", "statistic", "p_value", "ci_low", "ci_high")
        return {"contrast": self.names} | {name: getattr(self, name) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        return [("all zero", str(self.joint))] if len(self.names) > 1 else []


def contrasts(estimates: Estimates, level: float, matrix: Array, names: tuple[str, ...]) -> Contrasts:
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
            row.strip() if isinstance(row, str) else written(w, columns)
            for row, w in zip(given, rows, strict=True)
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
    for row, name in zip(rows, names, strict=True):
        if not row.any():
            raise ValueError(f"the contrast '{name}' has no weight that is not zero")
    return rows, tuple(names)


def written(weights: Array, columns: Sequence[str]) -> str:
    """A contrast in words, such as 'a - 0.5 b'."""
    text = ""
    for weight, name in zip(weights.tolist(), columns, strict=True):
        if weight:
            sign = ("-" if weight < 0 else "") if not text else (" - " if weight < 0 else " + ")
            size = "" if abs(weight) == 1 else f"{abs(weight):g} "
            text += f"{sign}{size}{name}"
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
        self.known = dict(sorted(spellings(columns).items(), key=lambda item: -len(item[0])))

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
        for spelling, name in self.known.items():
            if self._take(spelling):
                value[self.columns.index(name)] = 1.0
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
