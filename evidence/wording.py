"""Numbers, p-values, intervals and counts in words: their one home.

Texts for terminals and messages (`number`, `fixed`, `significant`) have a hyphen for a minus, so that they
can be copied; those for figures and tables (`format_number`, `format_ratio`, `written`) a true minus sign
and powers of ten. None prints a negative zero, and what is not a number is a dash.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import floor, inf, isfinite, isnan, log10

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands in a table where there is no number."""

LEAST_P = 1e-4
"""Smaller p-values are printed as "< 0.0001"."""

SIGNIFICANCE = 0.05
LARGEST_PLAIN = 1e6
SMALLEST_PLAIN = 1e-6
SMALLEST_RATIO = 1e-4
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MOST_DIGITS = 9  # of a p-value: closer to the level of significance than that is on it


# Words.


def counted(n: int, singular: str = "study", plural: str | None = None) -> str:
    """'1 study', '1,200 studies', '2 analyses', '3 errors'."""
    return f"{n:,} {singular if n == 1 else plural or _plural(singular)}"


def _plural(word: str) -> str:
    if word.endswith("sis"):
        return f"{word.removesuffix('is')}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word.removesuffix('y')}ies"
    return f"{word}s"


def enumerate_words(words: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


# P-values and intervals.


def p_number(p: float, least: float = LEAST_P) -> str:
    """'0.35', '0.0054', '< 0.0001'; a dash where there is no test.

    Two significant digits, and more where they would print 0.05 for what is not 0.05; never an exponent.
    """
    if isnan(p):
        return NOTHING
    if p < least:
        return f"< {all_digits(Decimal(str(least)))}"
    texts = (_with_digits(p, digits) for digits in range(2, _MOST_DIGITS))
    return next((text for text in texts if float(text) != SIGNIFICANCE), _with_digits(p, 2))


def p_text(p: float, least: float = LEAST_P) -> str:
    """'p = 0.35', 'p < 0.0001', or 'p not defined'."""
    shown = p_number(p, least)
    return "p not defined" if isnan(p) else f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def percent(share: float) -> str:
    """A fraction as a percentage: '95%', '99.9%'."""
    return f"{number(100.0 * share)}%"


def interval(bounds: Sequence[float], decimals: int | None = None) -> str:
    """Two bounds, '[0.12, 0.4]', with four significant digits or fixed decimals; a dash for nan."""
    if all(isnan(bound) for bound in bounds):
        return NOTHING
    low, high = (number(bound) if decimals is None else fixed(bound, decimals) for bound in bounds)
    return f"[{low}, {high}]"


def ci(bounds: Sequence[float], level: float, decimals: int | None = None) -> str:
    """'95% CI [0.12, 0.4]'."""
    return f"{percent(level)} CI {interval(bounds, decimals)}"


# Numbers for terminals and messages.


def number(value: float, digits: int = 4) -> str:
    """At most four significant digits: '0.1235', '12', '1.5e-07', 'inf'; a dash for nan."""
    return NOTHING if isnan(value) else f"{value or 0.0:.{digits}g}"


def fixed(value: float, decimals: int) -> str:
    """Fixed decimals with a hyphen for a minus; a dash for nan."""
    return NOTHING if isnan(value) else _unsigned_zero(f"{value:.{decimals}f}")


def significant(value: float, digits: int = 3) -> str:
    """As many significant digits, without exponents from 0.000001 to 1,000,000: '0.0120', '6.7×10⁻⁸'."""
    if isnan(value):
        return NOTHING
    if value == 0 or not isfinite(value):
        return format_number(value, 0).replace(MINUS, "-")
    if abs(value) >= LARGEST_PLAIN or abs(value) < SMALLEST_PLAIN:
        return _power_of_ten(value, digits, strip=False).replace(MINUS, "-")
    return _with_digits(value, digits)


def all_digits(value: Decimal) -> str:
    """Every digit of a decimal number, without an exponent."""
    return format(value, "f")


def format_like(value: float, model: Decimal) -> str:
    """A computed number with as many decimals as a printed one."""
    return fixed(value, max(0, -int(model.as_tuple().exponent)))


# Numbers for figures and tables.


def format_number(value: float, decimals: int) -> str:
    """Fixed decimals, or a power of ten if it is huge: '−0.12', '2×10⁷', '∞'; a dash for nan."""
    if isnan(value):
        return NOTHING
    if not isfinite(value):
        return "∞" if value == inf else f"{MINUS}∞"
    if abs(value) >= LARGEST_PLAIN:
        return _power_of_ten(value)
    return fixed(value, decimals).replace("-", MINUS)


def format_ratio(value: float, decimals: int) -> str:
    """As format_number, but a positive ratio gets more decimals rather than be printed as zero."""
    if 0 < value < SMALLEST_RATIO:
        return _power_of_ten(value)
    return format_number(value, nonzero_decimals(value, decimals) if value > 0 else decimals)


def nonzero_decimals(value: float, decimals: int) -> int:
    """The decimals, or as many as show one digit of a value that is not zero."""
    return max(decimals, places(value, 1)) if value and isfinite(value) else decimals


def written(value: float, digits: int = 3) -> str:
    """As few digits as it needs, at most so many: 0.05, 1230, −0.5, 2×10⁻⁹; 'not defined' for nan."""
    if isnan(value):
        return "not defined"
    if value == 0 or not isfinite(value):
        return format_number(value, 0)
    value = float(f"{value:.{digits - 1}e}")
    if abs(value) >= LARGEST_PLAIN or abs(value) < SMALLEST_PLAIN:
        return _power_of_ten(value, digits)
    shown = f"{value:.{max(0, places(value, digits))}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace("-", MINUS)


def places(value: float, digits: int) -> int:
    """Decimals that leave so many significant digits of a value that is not zero; negative for large ones."""
    return digits - 1 - floor(log10(abs(value)))


def _with_digits(value: float, digits: int) -> str:
    """So many significant digits after rounding, which can carry: 0.0996 becomes 0.10."""
    return fixed(value, max(0, places(float(f"{value:.{digits - 1}e}"), digits)))


def _unsigned_zero(text: str) -> str:
    return text.removeprefix("-") if text.strip("-0.") == "" else text


def _power_of_ten(value: float, digits: int = 2, strip: bool = True) -> str:
    """'10⁷' or '2.5×10⁶', with so many digits before the power, or stripped of zeros at the end."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if strip and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    head = {"1": "", "-1": MINUS}.get(mantissa, f"{mantissa.replace('-', MINUS)}×")
    return f"{head}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
