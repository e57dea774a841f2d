"""Numbers and p-values in sentences."""

from __future__ import annotations

import math
from decimal import Decimal

from evidence.audit.arithmetic import Interval
from evidence.records.printed import Printed

LEAST_SHOWN_P = 1e-7


def format_p(p: float) -> str:
    """Two significant digits, never in exponents: 0.35, 0.0054, < 0.0000001."""
    if p < LEAST_SHOWN_P:
        return "< 0.0000001"
    if p > 0.995:
        return "1.0"
    return f"{p:.{max(2, 1 - math.floor(math.log10(p)))}f}"


def p_equals(p: float) -> str:
    """`p = 0.35` or `p < 0.0000001`."""
    shown = format_p(p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def p_range(allowed: Interval) -> str:
    """`p = 0.35`, or `p from 0.0053 to 0.0079` where the two ends are printed differently."""
    low, high = format_p(allowed.low), format_p(allowed.high)
    if low == high:
        return p_equals(allowed.low)
    if low.startswith("<"):
        return f"p below {high}" if not high.startswith("<") else p_equals(allowed.low)
    return f"p from {low} to {high}"


def format_like(value: float, model: Printed) -> str:
    """A computed number with as many decimals as a printed one."""
    exponent = model.value.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{value:.{decimals}f}"


def significant(value: float, digits: int = 3) -> str:
    """A computed number with a few significant digits, without exponents."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def plain(value: Decimal) -> str:
    """Every digit of a decimal number, without exponent."""
    return format(value, "f")


def enumerate_words(words: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
