"""The horizontal axis of a figure: limits, the way from values to points, and what stands under a panel."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, copysign, exp, floor, inf, isfinite, log, log10
from statistics import median

from evidence.wording import written
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    IntervalRow,
    Scale,
    StudyRow,
    SummaryRow,
    estimate_of,
    extents,
    limits_of,
)
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import PlacedText, Segment
from synthesis.drawing.style import INK

PADDING = 0.04
ARROW_PADDING = 0.1
MOST_TICKS = 7
FEWEST_TICKS = 3
MOST_GROWTH = 1.5  # of an axis that reaches for round numbers
MOST_WIDENED = 1.25  # an axis that would otherwise cut an interval
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
    half-widths, whichever is more. A longer one is cut where the others end, and drawn with an arrow. Where a
    summary is cut at both ends, the axis reaches as far to either side of it, so that it does not look
    lopsided. No arrow is drawn for little: where the axis would hold everything, or every summary, by growing
    by no more than a quarter, it does.
    """
    scale = table.axis.scale
    pairs = [pair for pair in map(limits_of, table.intervals()) if pair is not None]
    ends = _ends([*pairs, *extents(table)], scale)
    summaries = _ends([pair for pair in map(limits_of, _summaries(table)) if pair is not None], scale)
    low, high = _without_long_ends(table, ends)
    limits = _padded(*_balanced(table, low, high), scale, ends)
    for held in (ends, summaries):
        every = [end for pair in held for end in pair]
        whole = _padded(min([low, *every]), max([high, *every]), scale, ends)
        if all(map(isfinite, every)) and whole[1] - whole[0] <= MOST_WIDENED * (limits[1] - limits[0]):
            limits = whole
            break
    return (exp(limits[0]), exp(limits[1])) if scale == "log" else limits


Ends = Sequence[tuple[float, float]]


def _ends(pairs: Ends, scale: Scale) -> Ends:
    """Both limits of every pair on the axis's own scale."""
    return [(to_axis(low, scale), to_axis(high, scale)) for low, high in pairs]


def _summaries(table: ForestTable) -> list[IntervalRow]:
    """The rows that are no study: summaries and prediction intervals."""
    return [row for row in table.intervals() if not isinstance(row, StudyRow)]


def _without_long_ends(table: ForestTable, ends: Ends) -> tuple[float, float]:
    """Limits that hold every point, the null and the ends that do not lie too far beyond these."""
    scale = table.axis.scale
    points = [to_axis(p, scale) for p in map(estimate_of, table.intervals()) if p is not None]
    if table.axis.null is not None:
        points.append(to_axis(table.axis.null, scale))
    finite = [end for pair in ends for end in pair if isfinite(end)]
    inner_low, inner_high = min(points or finite or [0.0]), max(points or finite or [1.0])
    reach = max(inner_high - inner_low, 2.5 * _typical_half_width(table))
    low = min([end for end in finite if end >= inner_low - reach] + [inner_low])
    high = max([end for end in finite if end <= inner_high + reach] + [inner_high])
    return low, high


def _balanced(table: ForestTable, low: float, high: float) -> tuple[float, float]:
    """As far to either side of the summaries that are cut at both ends."""
    middles = list(_middles_of_cut(table, low, high))
    if not middles:
        return low, high
    middle, most = median(middles), to_axis(HUGE, table.axis.scale)
    half = max(high - middle, middle - low)
    return max(middle - half, -most), min(middle + half, most)


def _middles_of_cut(table: ForestTable, low: float, high: float) -> Iterator[float]:
    """Where summaries and prediction intervals stand that reach beyond both limits."""
    for row in _summaries(table):
        pair = limits_of(row)
        if pair is None:
            continue
        left, right = (to_axis(limit, table.axis.scale) for limit in pair)
        estimate = estimate_of(row)
        middle = (left + right) / 2 if estimate is None else to_axis(estimate, table.axis.scale)
        if left < low and right > high and isfinite(middle):
            yield middle


def _typical_half_width(table: ForestTable) -> float:
    scale = table.axis.scale
    rows = [row for row in table.intervals() if not isinstance(row, SummaryRow)]
    pairs = [pair for pair in map(limits_of, rows) if pair is not None]
    widths = [(to_axis(high, scale) - to_axis(low, scale)) / 2 for low, high in pairs]
    return median([width for width in widths if isfinite(width)] or [0.0])


def _padded(low: float, high: float, scale: Scale, ends: Ends) -> tuple[float, float]:
    """The limits with some room beyond them, and more where an arrow must not touch the last point."""
    cut = (any(pair[0] < low for pair in ends), any(pair[1] > high for pair in ends))
    if high - low <= SAME * max(1.0 if scale == "log" else 0.0, abs(low), abs(high)):
        width, room = (log(2.0) if scale == "log" else abs(low) / 2 or 1.0), (1.0, 1.0)
    else:
        width, room = high - low, (ARROW_PADDING if cut[0] else PADDING, ARROW_PADDING if cut[1] else PADDING)
    return low - room[0] * width, high + room[1] * width


def choose_ticks(
    axis: AxisMap, width_of: Callable[[str], float], gap: float
) -> tuple[tuple[float, str], ...]:
    """The finest round ticks, with their labels, that stand at least ``gap`` points apart.

    Three or more where any round numbers do, as two do not tell a linear axis from a logarithmic one.
    """
    candidates = _log_ticks(axis) if axis.scale == "log" else _linear_ticks(axis)
    best: tuple[tuple[float, str], ...] = ()
    for values in candidates:
        ticks = tuple((value, written(value, digits=11)) for value in values)
        if len(ticks) <= MOST_TICKS and _apart(ticks, axis, width_of, gap):
            if len(ticks) >= FEWEST_TICKS:
                return ticks
            best = max(best, ticks, key=len)
    return best


def with_room_for_ticks(axis: AxisMap, width_of: Callable[[str], float], gap: float) -> AxisMap:
    """The axis, or one that reaches to the next round numbers where fewer than three ticks stand on it.

    It grows by no more than a half.
    """
    if len(choose_ticks(axis, width_of, gap)) >= FEWEST_TICKS:
        return axis
    log_axis = axis.scale == "log"
    low, high = (log10(end) if log_axis else end for end in (axis.low, axis.high))
    for step in _nice_steps(high - low, MOST_TICKS):
        ends = step * floor(low / step + SAME), step * ceil(high / step - SAME)
        if ends[1] - ends[0] > MOST_GROWTH * (high - low):
            break
        # a hair beyond, so that rounding does not leave the last tick outside
        room = SAME * (ends[1] - ends[0])
        grown_low, grown_high = ends[0] - room, ends[1] + room
        if log_axis:
            grown_low, grown_high = 10.0**grown_low, 10.0**grown_high
        grown = replace(axis, low=grown_low, high=grown_high)
        if len(choose_ticks(grown, width_of, gap)) >= FEWEST_TICKS:
            return grown
    return axis


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

    def decades(*factors: int) -> list[float]:
        return inside([float(f"{factor}e{exponent}") for exponent in exponents for factor in factors])

    fine = decades(1, 2, 5)
    if len(fine) < FEWEST_TICKS:
        yield from _linear_ticks(axis)
    yield fine
    yield inside(sorted({0.5, 2.0} | {float(f"1e{exponent}") for exponent in exponents}))
    yield decades(1, 3)
    for every in range(1, 1 + last - first):
        yield inside([float(f"1e{exponent}") for exponent in exponents if exponent % every == 0])
    yield from _linear_ticks(axis)


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


def forest_axis(
    scale: Scale, limits: tuple[float, float], ends: tuple[float, float], press: Press
) -> AxisMap:
    """The axis of a panel between these ends in points, with room for three ticks."""
    size = press.sizes.small
    axis = AxisMap(scale, *limits, *ends)
    return with_room_for_ticks(axis, lambda text: press.width(text, "regular", size), 0.8 * size)


def place_axis(axis: Axis, panel: AxisMap, top: float, page_width: float, press: Press) -> AxisParts:
    """The axis under a panel whose rows end at the height ``top``."""
    segments, texts = _ticks(panel, top, page_width - press.sizes.margin, press)
    bottom = top + TICK + 1.6 * press.sizes.small
    words, bottom = _directions(axis, panel, bottom, press)
    label, bottom = _label(axis, panel, bottom, press)
    texts = (*texts, *words, *label)
    return AxisParts(texts, segments, min([panel.left, *(text.x for text in texts)]), bottom)


def _ticks(
    panel: AxisMap, top: float, page_right: float, press: Press
) -> tuple[tuple[Segment, ...], tuple[PlacedText, ...]]:
    size = press.sizes.small

    def width_of(text: str) -> float:
        return press.width(text, "regular", size)

    ticks = choose_ticks(panel, width_of, 0.8 * size)
    segments = [Segment((panel.left, top), (panel.right, top), LINE, INK, "axis")]
    texts = []
    for value, label in ticks:
        x = panel.position(value)
        segments.append(Segment((x, top), (x, top + TICK), LINE, INK, "axis"))
        start = min(x - width_of(label) / 2, page_right - width_of(label))
        texts.append(press.text(label, start, top + TICK + 1.1 * size, "regular", size))
    return tuple(segments), tuple(texts)


MOST_LINES = 3  # of the words for a direction, beside those for the other


def _directions(axis: Axis, panel: AxisMap, top: float, press: Press) -> tuple[list[PlacedText], float]:
    """The words for both directions, pointing outwards from the null, or from the middle without one.

    On one line where that has room; else broken between words on their sides, or below each other, the first
    at the left edge of the panel and the second at the right one.
    """
    words = plain(f"←\N{NO-BREAK SPACE}{axis.left}" if axis.left else ""), plain(_with_arrow(axis.right))
    outer = axis.null is None
    middle = (panel.left + panel.right) / 2 if axis.null is None else panel.position(axis.null)
    half = press.sizes.small / 2
    border = None if outer else _border(words, (panel.left, panel.right), middle, press)
    rooms = middle - half - panel.left, panel.right - middle - half
    sides = [_direction_lines(words[side], rooms[side], press) for side in (0, 1)]
    if border is not None:
        middle, sides = border, [(text,) if text else () for text in words]
    if any(lines is None for lines in sides):
        return _below_each_other(words, panel, top, press)
    left, right = (lines or () for lines in sides)
    placed = _set_lines(left, top, press, panel.left if outer else None, middle - half)
    placed += _set_lines(right, top, press, None if outer else middle + half, panel.right)
    return placed, top + 1.25 * press.sizes.small * max(len(left), len(right))


def _border(words: tuple[str, str], ends: tuple[float, float], null: float, press: Press) -> float | None:
    """The place nearest to the null where the words for both directions have room on one line, if any.

    They stay within the panel, and the middle of either on its side of the null.
    """
    size = press.sizes.small
    left, right = (press.width(text, "regular", size) for text in words)
    least, most = ends[0] + left + size / 2, ends[1] - right - size / 2
    border = min(max(null, least), most)
    fits = least <= most and null - (right + size) / 2 <= border <= null + (left + size) / 2
    return border if fits else None


def _with_arrow(text: str) -> str:
    """The words with an arrow that stays on the line of the last of them."""
    return f"{text}\N{NO-BREAK SPACE}→" if text else ""


def _direction_lines(text: str, room: float, press: Press) -> tuple[str, ...] | None:
    """The words broken between each other, None where that takes too many lines or a word has no room."""
    size = press.sizes.small
    if not text:
        return ()
    if any(press.width(word, "regular", size) > room for word in text.split(" ")):
        return None
    lines = press.wrap(text, room, "regular", size)
    return lines if len(lines) <= MOST_LINES else None


def _below_each_other(
    words: tuple[str, str], panel: AxisMap, top: float, press: Press
) -> tuple[list[PlacedText], float]:
    placed: list[PlacedText] = []
    for text, ends in ((words[0], (panel.left, None)), (words[1], (None, panel.right))):
        lines = press.wrap(text, panel.right - panel.left, "regular", press.sizes.small)
        lines = lines if text else ()
        placed += _set_lines(lines, top, press, *ends)
        top += 1.25 * press.sizes.small * len(lines)
    return placed, top


def _set_lines(
    lines: Sequence[str], top: float, press: Press, left: float | None, right: float | None
) -> list[PlacedText]:
    """Lines below each other that begin at `left`, or end at `right`."""
    size = press.sizes.small
    placed = []
    for index, line in enumerate(lines):
        x = left if left is not None else (right or 0.0) - press.width(line, "regular", size)
        placed.append(press.text(line, x, top + (1 + 1.25 * index) * size, "regular", size))
    return placed


def _label(axis: Axis, panel: AxisMap, top: float, press: Press) -> tuple[list[PlacedText], float]:
    """The axis label, centred under the panel and no wider."""
    if not axis.label:
        return [], top
    size = press.sizes.body
    lines = press.wrap(plain(axis.label), panel.right - panel.left, "regular", size)
    top += 0.35 * size
    return press.centred(lines, (panel.left + panel.right) / 2, top), top + 1.25 * size * len(lines)
