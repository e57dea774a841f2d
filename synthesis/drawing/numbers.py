"""How numbers are printed in figures: a true minus sign, equal decimals, no misleading zero."""

from collections.abc import Iterable
from math import ceil, floor, inf, isfinite, log10
from statistics import median

from synthesis.drawing.forest_table import ForestTable, estimate_of, limits_of

MINUS = "\N{MINUS SIGN}"
LARGEST_PLAIN = 1e6
SMALLEST_PLAIN = 1e-4
RATIO_DECIMALS = 2
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def format_number(value: float, decimals: int) -> str:
    """The value with fixed decimals, or a power of ten if it is huge.

    A negative number that rounds to zero keeps its sign: it says on which side of zero the value lies.
    """
    if not isfinite(value):
        return "∞" if value == inf else f"{MINUS}∞"
    if value == 0:
        return f"{0:.{decimals}f}"
    if abs(value) >= LARGEST_PLAIN:
        return _power_of_ten(value)
    return f"{value:.{decimals}f}".replace("-", MINUS)


def format_ratio(value: float, decimals: int) -> str:
    """As format_number, but a positive ratio gets more decimals rather than be printed as zero."""
    if 0 < value < SMALLEST_PLAIN:
        return _power_of_ten(value)
    return format_number(value, max(decimals, _places(value, digits=1)) if value > 0 else decimals)


def plain_number(value: float) -> str:
    """The value with as few digits as it needs, as on an axis: 0, 0.05, 1, 20, 1000."""
    if value == 0:
        return "0"
    exponent = floor(log10(abs(value)))
    if exponent >= 6 or exponent < -6:
        return _power_of_ten(value)
    return f"{value:.{max(0, 10 - exponent)}f}".rstrip("0").rstrip(".").replace("-", MINUS)


def decimals_for(table: ForestTable) -> int:
    """Two decimals for ratios; otherwise as many as show two digits of the middle interval's half-width."""
    if table.decimals is not None:
        return table.decimals
    if table.axis.scale == "log":
        return RATIO_DECIMALS
    points = [abs(point) for point in map(estimate_of, table.intervals()) if point]
    return max(0, min(8, _places(median(_half_widths(table) or points or [1.0]), digits=2)))


def _half_widths(table: ForestTable) -> list[float]:
    pairs = [limits_of(row) for row in table.intervals()]
    widths = [(pair[1] - pair[0]) / 2 for pair in pairs if pair is not None]
    return [width for width in widths if isfinite(width) and width > 0]


def _places(value: float, digits: int) -> int:
    """Decimals that leave ``digits`` significant digits of a positive value."""
    return digits - 1 - floor(log10(value))


def _power_of_ten(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    head = "" if mantissa == "1.0" else mantissa.removesuffix(".0").replace("-", MINUS) + "×"
    return f"{head}10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def nice_steps(span: float, most: int) -> Iterable[float]:
    """Steps 1, 2, 2.5 or 5 times a power of ten, from the finest that gives ``most`` ticks upwards."""
    start = floor(log10(span / most))
    for exponent in range(start, ceil(log10(span)) + 2):
        for factor in (1.0, 2.0, 2.5, 5.0):
            if span / (factor * 10.0**exponent) <= most:
                yield factor * 10.0**exponent
