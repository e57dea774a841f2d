"""The figure of the alignment diagnosis: how near each arrangement comes to the printed slopes."""

from __future__ import annotations

from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from studies.nhanes.alignment import AS_FILED, STACKED, UNWEIGHTED, Match
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import (
    CURVE,
    FAINT,
    HEADING,
    INCHES_WIDE,
    INK,
    MUTED,
    SECOND,
    SETTINGS,
    SMALL,
)

_PITCH = 0.24  # inches a row
_HEAD, _FOOT = 0.72, 0.74
_LEFT, _PANEL = 2.98, 1.78
_COLUMNS = (5.42, 6.1, 6.85)  # inches: right ends of the text columns
_MARKER: dict[str, Any] = {"markersize": 4.2, "markeredgewidth": 0}
_TITLE = "Race and weights laid out otherwise: distance from the printed slopes"
_HEADINGS = ("to the last\ndigit", "inside\nprinted CI", "race shares\noff by (points)")


def alignment_figure(matches: tuple[Match, ...]) -> DescribedFigure:
    """One row an arrangement: root mean square difference, 5 % to 95 % of draws, and three columns."""
    height = _HEAD + _FOOT + _PITCH * len(matches)
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, height))
        box = (_LEFT / INCHES_WIDE, _FOOT / height, _PANEL / INCHES_WIDE, 1 - (_HEAD + _FOOT) / height)
        axes = figure.add_axes(box)
        for y, match in enumerate(matches):
            _draw_row(axes, y, match)
        _finish(axes, matches)
        figure.text(0.012, 1 - 0.2 / height, _TITLE, fontsize=HEADING, fontweight="bold", va="center")
        for column, heading in enumerate(_HEADINGS):
            at = _COLUMNS[column] / INCHES_WIDE, 1 - (_HEAD - 0.08) / height
            figure.text(*at, heading, fontsize=SMALL, ha="right", va="bottom", color=INK)
        _add_key(figure, matches)
    figure.name, figure.title, figure.description = "alignment", _TITLE, _describe(matches)
    return figure


def _add_key(figure: DescribedFigure, matches: tuple[Match, ...]) -> None:
    """What colours, bars and diamonds are, of those kinds that are drawn."""
    draws = max(match.draws for match in matches)
    kinds = {
        MUTED: ("D", 0.0, "no column moved"),
        CURVE: ("o", 1.4, f"drawn at random: mean, 5% to 95% of {draws:,} draws"),
        SECOND: ("D", 0.0, "stacked in another order"),
    }
    drawn = {_colour(match) for match in matches}
    shown = [(colour, *kind) for colour, kind in kinds.items() if colour in drawn]
    handles = [
        Line2D([], [], color=colour, marker=marker, linewidth=width, **_MARKER)
        for colour, marker, width, _ in shown
    ]
    figure.legend(
        handles,
        [words for *_, words in shown],
        loc="lower left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=len(shown),
        frameon=False,
        fontsize=SMALL,
        handlelength=1.8,
        columnspacing=2.0,
        borderaxespad=0.6,
    )


def _draw_row(axes: Axes, y: int, match: Match) -> None:
    colour = _colour(match)
    weight = "bold" if match.arrangement == STACKED else "normal"
    axes.plot([match.rms_low, match.rms_high], [y, y], color=colour, linewidth=1.4)
    axes.plot(match.rms, y, "o" if match.draws > 1 else "D", color=colour, **_MARKER)
    words = (f"{match.within_rounding:.{_places(match)}f}", f"{match.inside:.{_places(match)}f}")
    texts = (*(f"{word} of {match.slopes}" for word in words), f"{match.composition_gap:.2f}")
    to_axes = axes.get_yaxis_transform()
    axes.text(
        -(_LEFT - 0.08) / _PANEL, y, match.arrangement, transform=to_axes, va="center", fontsize=SMALL,
        fontweight=weight,
    )  # fmt: skip
    for column, text in enumerate(texts):
        at = (_COLUMNS[column] - _LEFT) / _PANEL
        axes.text(at, y, text, transform=to_axes, va="center", ha="right", fontsize=SMALL, fontweight=weight)


def _places(match: Match) -> int:
    """Means over draws have a decimal, counts of one arrangement have none."""
    return 1 if match.draws > 1 else 0


def _colour(match: Match) -> str:
    if match.arrangement in (AS_FILED, UNWEIGHTED):
        return MUTED
    return SECOND if match.arrangement.startswith(STACKED) else CURVE


def _finish(axes: Axes, matches: tuple[Match, ...]) -> None:
    axes.set_ylim(len(matches) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 1.03 * max(match.rms_high for match in matches))
    axes.grid(axis="x", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel("root mean square difference, printed standard errors")


def _describe(matches: tuple[Match, ...]) -> str:
    nearest = min(matches, key=lambda match: match.rms)
    filed = next(match for match in matches if match.arrangement == AS_FILED)
    return (
        f"{len(matches)} arrangements of race and weights, each with its distance from the {filed.slopes}"
        f" printed slopes of Models 1 and 2 in printed standard errors. As in the files: {filed.rms:.2f}."
        f" Nearest: {nearest.arrangement}, {nearest.rms:.2f}, with {nearest.within_rounding:.0f} slopes equal"
        " to print to the last digit."
    )
