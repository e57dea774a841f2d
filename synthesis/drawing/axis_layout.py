"""What stands under a figure's panel: the axis line, ticks, the words for its two directions, its label."""

from dataclasses import dataclass

from synthesis.drawing.axis import AxisMap, choose_ticks
from synthesis.drawing.fonts import plain
from synthesis.drawing.forest_table import Axis
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import PlacedText, Segment
from synthesis.drawing.style import INK

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
