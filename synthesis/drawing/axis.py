"""The horizontal axis of a figure: robust limits, plain ticks, and the way from values to points."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, inf, isfinite, log, log10
from statistics import median

from synthesis.drawing.forest_table import ForestTable, Scale, SummaryRow, estimate_of, limits_of
from synthesis.drawing.numbers import nice_steps, plain_number

PADDING = 0.04
ARROW_PADDING = 0.1
MOST_TICKS = 7


@dataclass(frozen=True)
class AxisMap:
    """Values to horizontal positions in points, over the panel from ``left`` to ``right``."""

    scale: Scale
    low: float
    high: float
    left: float
    right: float

    def position(self, value: float) -> float:
        """Where a value stands; positions beyond the panel are returned as they are, infinities too."""
        place = to_axis(value, self.scale)
        if not isfinite(place):
            return place
        low, high = to_axis(self.low, self.scale), to_axis(self.high, self.scale)
        return self.left + (place - low) / (high - low) * (self.right - self.left)


def to_axis(value: float, scale: Scale) -> float:
    """The value on the axis's own scale: itself, or its logarithm (minus infinity for zero)."""
    if scale == "linear":
        return value
    return log(value) if value > 0 else -inf


def axis_limits(table: ForestTable) -> tuple[float, float]:
    """Limits that hold every point, the null and all intervals but those that would squash the rest.

    An interval may reach beyond the points by as much as these are spread, or by two and a half typical
    half-widths, whichever is more. A longer one is cut where the others end, and drawn with an arrow.
    """
    scale = table.axis.scale
    points = [to_axis(p, scale) for p in map(estimate_of, table.intervals()) if p is not None]
    if table.axis.null is not None:
        points.append(to_axis(table.axis.null, scale))
    pairs = [pair for pair in map(limits_of, table.intervals()) if pair is not None]
    ends = [(to_axis(low, scale), to_axis(high, scale)) for low, high in pairs]
    finite = [end for pair in ends for end in pair if isfinite(end)]
    inner_low, inner_high = min(points or finite or [0.0]), max(points or finite or [1.0])
    reach = max(inner_high - inner_low, 2.5 * _typical_half_width(table))
    low = min([end for end in finite if end >= inner_low - reach] + [inner_low])
    high = max([end for end in finite if end <= inner_high + reach] + [inner_high])
    cut = (any(pair[0] < low for pair in ends), any(pair[1] > high for pair in ends))
    return _padded(low, high, scale, cut)


def _typical_half_width(table: ForestTable) -> float:
    scale = table.axis.scale
    rows = [row for row in table.intervals() if not isinstance(row, SummaryRow)]
    pairs = [pair for pair in map(limits_of, rows) if pair is not None]
    widths = [(to_axis(high, scale) - to_axis(low, scale)) / 2 for low, high in pairs]
    return median([width for width in widths if isfinite(width)] or [0.0])


def _padded(low: float, high: float, scale: Scale, cut: tuple[bool, bool]) -> tuple[float, float]:
    """The limits with some room beyond them, and more where an arrow must not touch the last point."""
    if low == high:
        width, room = (log(2.0) if scale == "log" else abs(low) / 2 or 1.0), (1.0, 1.0)
    else:
        width, room = high - low, (ARROW_PADDING if cut[0] else PADDING, ARROW_PADDING if cut[1] else PADDING)
    low, high = low - room[0] * width, high + room[1] * width
    return (exp(low), exp(high)) if scale == "log" else (low, high)


def choose_ticks(
    axis: AxisMap, width_of: Callable[[str], float], gap: float
) -> tuple[tuple[float, str], ...]:
    """The finest round ticks, with their labels, that stand at least ``gap`` points apart."""
    candidates = _log_ticks(axis) if axis.scale == "log" else _linear_ticks(axis)
    ticks: tuple[tuple[float, str], ...] = ()
    for values in candidates:
        ticks = tuple((value, plain_number(value)) for value in values)
        if len(ticks) <= MOST_TICKS and _apart(ticks, axis, width_of, gap):
            return ticks
    return ticks


def _apart(
    ticks: tuple[tuple[float, str], ...], axis: AxisMap, width_of: Callable[[str], float], gap: float
) -> bool:
    return all(
        axis.position(right) - axis.position(left) >= (width_of(first) + width_of(second)) / 2 + gap
        for (left, first), (right, second) in pairwise(ticks)
    )


def _linear_ticks(axis: AxisMap) -> Iterator[Sequence[float]]:
    for step in nice_steps(axis.high - axis.low, MOST_TICKS):
        multiples = range(ceil(axis.low / step), floor(axis.high / step) + 1)
        yield [float(f"{multiple * step:.12g}") for multiple in multiples]


def _log_ticks(axis: AxisMap) -> Iterator[Sequence[float]]:
    first, last = floor(log10(axis.low)), ceil(log10(axis.high))
    exponents = range(first, last + 1)

    def inside(values: Sequence[float]) -> list[float]:
        return [value for value in values if axis.low <= value <= axis.high]

    fine = inside([float(f"{factor}e{exponent}") for exponent in exponents for factor in (1, 2, 5)])
    if len(fine) < 3:
        yield from _linear_ticks(axis)
    yield fine
    yield inside(sorted({0.5, 2.0} | {float(f"1e{exponent}") for exponent in exponents}))
    for every in range(1, 1 + last - first):
        yield inside([float(f"1e{exponent}") for exponent in exponents if exponent % every == 0])
