"""A curve with its band, and small print: what the figures of smooths have in common."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from studies.survey import Curve
from synthesis.drawing.fonts import Fonts
from synthesis.drawing.style import BAND_OPACITY, CURVE_WIDTH, MUTED, SMALL

_MARGIN, _LINE = 6.0, 10.0  # points


def draw_curve(axes: Axes, curve: Curve, colour: str) -> None:
    """The band below its line."""
    axes.fill_between(
        curve.at, curve.low, curve.high, color=colour, alpha=BAND_OPACITY, linewidth=0, zorder=2
    )
    axes.plot(curve.at, curve.estimate, color=colour, linewidth=CURVE_WIDTH, zorder=3)


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Places as near as they can be to those wanted, in the same order, and so far apart at least.

    Least squares: those that would touch share a block about the mean of what they want (pool adjacent
    violators, Barlow et al. 1972).
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    blocks: list[list[float]] = []
    for rank, index in enumerate(order):
        block = [wanted[index] - apart * rank]
        while blocks and fmean(blocks[-1]) > fmean(block):
            block = blocks.pop() + block
        blocks.append(block)
    levels = [fmean(block) for block in blocks for _ in block]
    found = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        found[index] = levels[rank] + apart * rank
    return found


def write_notes(figure: Figure, notes: str) -> None:
    """Small print at the foot, as wide as the figure."""
    across, up = (72 * inches for inches in figure.get_size_inches())
    lines, room = [""], across - 2 * _MARGIN
    for word in notes.split():
        longer = f"{lines[-1]} {word}".strip()
        if Fonts().width(longer, "regular", SMALL) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    for index, line in enumerate(reversed(lines)):
        at = _MARGIN / across, (_MARGIN + _LINE * index) / up
        figure.text(*at, line, size=SMALL, color=MUTED)
