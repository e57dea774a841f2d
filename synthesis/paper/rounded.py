"""A number as a table of a paper prints it, beside its unrounded value: the one rule of rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.wording import (
    LEAST_P,
    MINUS,
    fixed,
    format_number,
    format_ratio,
    p_number,
    significant,
)

RULE = (
    "Rounding: effects and their intervals have the decimals of the analysis's forest plot, small "
    "ratios as many "
    "as show one digit; τ² and p have two significant digits, p below 0.0001 is said to be so; test "
    "statistics "
    "and weights have two decimals, I² none, degrees of freedom three significant digits. Counts and "
    "what a paper "
    "prints are not rounded."
)
"""Said in the note of every table that holds rounded numbers."""

_MINUS_SIGN = str.maketrans({"-": MINUS})


@dataclass(frozen=True)
class Rounded:
    """A finite number, and how it is shown.

    value: unrounded. shown: as readers see it. number_format: with which a spreadsheet shows the same digits.
    """

    value: float
    shown: str
    number_format: str


Cell = str | Rounded | None
"""None where there is nothing to say."""


def effect(value: float, decimals: int, ratio: bool) -> Cell:
    """An estimate or a limit, as the analysis's forest plot shows it."""
    return _cell(value, (format_ratio if ratio else format_number)(value, decimals))


def p_value(value: float) -> Cell:
    """Two significant digits, and more where two would print 0.05 for what is not 0.05."""
    found = p_number(value)
    return Rounded(float(value), found, f'"{found}"') if value < LEAST_P else _cell(value, found)


def heterogeneity(value: float) -> Cell:
    """tau2 or a bound of it."""
    return _cell(value, significant(value, 2).translate(_MINUS_SIGN))


def share(value: float) -> Cell:
    """A percentage without decimals."""
    return _cell(value, fixed(value, 0))


def statistic(value: float) -> Cell:
    """A test statistic, or a weight in percent."""
    return _cell(value, format_number(value, 2))


def degrees_of_freedom(value: float) -> Cell:
    """Three significant digits; infinitely many are the normal or the chi-squared distribution."""
    return _cell(value, f"{value:.3g}" if math.isfinite(value) else format_number(value, 0))


def count(value: int | None) -> Cell:
    """A whole number."""
    return None if value is None else Rounded(value, f"{value:,}", "#,##0")


def year(value: int | None) -> Cell:
    """A year, which has no comma."""
    return None if value is None else Rounded(value, str(value), "0")


def as_printed(value: float, text: str) -> Cell:
    """A number with the digits that a paper prints."""
    return _cell(value, text.translate(_MINUS_SIGN))


def _cell(value: float, shown: str) -> Cell:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return shown
    return Rounded(float(value), shown, _format_of(shown))


def _format_of(shown: str) -> str:
    """The format of a spreadsheet that prints as many decimals, or a power of ten."""
    if any(sign in shown for sign in _POWERS):
        digits = len(shown.partition("×")[0].partition(".")[2]) if "×" in shown else 0
        return f"0.{'0' * digits}E+00" if digits else "0E+00"
    decimals = len(shown.partition(".")[2])
    return f"0.{'0' * decimals}" if decimals else "0"


_POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
