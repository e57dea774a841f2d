"""The horizontal axis of a figure: limits, the way from values to points, and what stands under a panel."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, copysign, exp, floor, inf, isfinite, log, log10
from statistics import median

from evidence.wording import written
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_table import Axis, ForestTable, Scale, SummaryRow, estimate_of, limits_of
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import PlacedText, Segment
from synthesis.drawing.style import INK

PADDING = 0.04
ARROW_PADDING = 0.1
MOST_TICKS = 7
HUGE = 1e150
SAME = 1e-9  # relative difference below which two ends are one place


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
        low, high = (log(end) if self.scale == "log" else end for end in (self.low, self.high))
        return self.left + (place - low) / (high - low) * (self.right - self.left)


def to_axis(value: float, scale: Scale) -> float:
    """The value on the axis's own scale: itself, or its logarithm (minus infinity for zero).

    Values too large or too small to be told apart in a drawing stand where HUGE and 1 / HUGE do.
    """
    if isfinite(value) and abs(value) > HUGE:
        value = copysign(HUGE, value)
    if scale == "linear":
        return 0.0 if abs(value) < 1 / HUGE else value
    return log(max(value, 1 / HUGE)) if value > 0 else -inf


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
    if high - low <= SAME * max(1.0 if scale == "log" else 0.0, abs(low), abs(high)):
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
        ticks = tuple((value, written(value, digits=11)) for value in values)
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


def _nice_steps(span: float, most: int) -> Iterable[float]:
    """Steps 1, 2, 2.5 or 5 times a power of ten, from the finest that gives ``most`` ticks upwards."""
    start = floor(log10(span / most))
    for exponent in range(start, ceil(log10(span)) + 2):
        for factor in (1.0, 2.0, 2.5, 5.0):
            if span / (factor * 10.0**exponent) <= most:
                yield factor * 10.0**exponent


def _linear_ticks(axis: AxisMap) -> Iterator[Sequence[float]]:
    for step in _nice_steps(axis.high - axis.low, MOST_TICKS):
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


# What stands under a figure's panel: the axis line, ticks, the words for its two directions, its label.


TICK = 3.0
LINE = 0.8


@dataclass(frozen=True)
class AxisParts:
    """The placed parts, how far left they reach, and where they end."""

    texts: tuple[PlacedText, ...]
    segments: tuple[Segment, ...]
    left: float
    bottom: float


def place_axis(axis: Axis, panel: AxisMap, top: float, page_width: float, press: Press) -> AxisParts:
    """The axis under a panel whose rows end at the height ``top``."""
    segments, texts = _ticks(panel, top, press)
    bottom = top + TICK + 1.6 * press.sizes.small
    right = page_width - press.sizes.margin
    words, bottom = _directions(axis, panel, bottom, right, press)
    label, bottom = _label(axis, panel, bottom, right, press)
    texts = (*texts, *words, *label)
    return AxisParts(texts, segments, min([panel.left, *(text.x for text in texts)]), bottom)


def _ticks(panel: AxisMap, top: float, press: Press) -> tuple[tuple[Segment, ...], tuple[PlacedText, ...]]:
    size = press.sizes.small

    def width_of(text: str) -> float:
        return press.width(text, "regular", size)

    ticks = choose_ticks(panel, width_of, 0.8 * size)
    segments = [Segment((panel.left, top), (panel.right, top), LINE, INK, "axis")]
    texts = []
    for value, label in ticks:
        x = panel.position(value)
        segments.append(Segment((x, top), (x, top + TICK), LINE, INK, "axis"))
        texts.append(press.text(label, x - width_of(label) / 2, top + TICK + 1.1 * size, "regular", size))
    return tuple(segments), tuple(texts)


def _directions(
    axis: Axis, panel: AxisMap, top: float, page_right: float, press: Press
) -> tuple[list[PlacedText], float]:
    """The words for both directions, pointing outwards from the null, or at the panel's ends without one."""
    size = press.sizes.small
    limit = (0.45 if axis.null is None else 0.75) * (panel.right - panel.left)
    left = press.wrap(plain(f"← {axis.left}"), limit, "regular", size) if axis.left else ()
    right = press.wrap(plain(f"{axis.right} →"), limit, "regular", size) if axis.right else ()
    left_width, right_width = (
        max((press.width(line, "regular", size) for line in lines), default=0.0) for lines in (left, right)
    )
    if axis.null is None:
        left_end, right_start = panel.left + left_width, panel.right - right_width
    else:
        # Where the page ends too soon for the words on the right, both move left.
        middle = min(panel.position(axis.null), page_right - right_width - size / 2)
        left_end, right_start = middle - size / 2, middle + size / 2
    placed = []
    for index, line in enumerate(left):
        x = left_end - press.width(line, "regular", size)
        placed.append(press.text(line, x, top + (1 + 1.25 * index) * size, "regular", size))
    for index, line in enumerate(right):
        placed.append(press.text(line, right_start, top + (1 + 1.25 * index) * size, "regular", size))
    return placed, top + 1.25 * size * max(len(left), len(right))


def _label(
    axis: Axis, panel: AxisMap, top: float, page_right: float, press: Press
) -> tuple[list[PlacedText], float]:
    """The axis label, centred under the panel."""
    if not axis.label:
        return [], top
    size = press.sizes.body
    centre = (panel.left + panel.right) / 2
    text = plain(axis.label)
    lines = press.wrap(text, 2 * (page_right - centre), "regular", size)
    top += 0.35 * size
    return press.centred(lines, centre, top), top + 1.25 * size * len(lines)
