"""The figure of Tables 2 to 4: each printed slope, the one as diagnosed, and the regenerated one."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from studies.nhanes.comparison.compare import Comparison
from studies.nhanes.comparison.rows import CHANGED, FittedSlope, estimate_row
from studies.nhanes.comparison.slopes import ComparedSlope, is_two_lines
from studies.nhanes.covariates import Array
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import (
    BODY,
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

_MODELS = {"none": "Model 1", "minimal": "Model 2", "full": "Model 3"}
_PITCH = 0.25  # inches a row
_HEAD, _FOOT = 0.74, 0.78
_LEFT, _RIGHT, _BETWEEN = 1.98, 0.12, 0.22
_LANES = {"published": -0.27, "diagnosed": 0.0, "regenerated": 0.27}
"""Where the three slopes of a row stand: none hides another."""
_HOLLOW: dict[str, Any] = {"markersize": 3.4, "markerfacecolor": "white", "markeredgewidth": 0.9}
_TICK: dict[str, Any] = {"markersize": 4.6, "markeredgewidth": 1.1}
_KEY = "Model 1: unadjusted; Model 2: age, sex, race; Model 3: all covariates of Table 1"
_TITLE = "Published and regenerated slopes of bone mineral density per 1 g/dL of hemoglobin"


def comparison_figure(comparison: Comparison) -> DescribedFigure:
    """One row a subgroup and model, one panel an outcome; published, design-based, and as diagnosed."""
    straight = [compared for compared in comparison.slopes if not is_two_lines(compared)]
    outcomes = tuple(dict.fromkeys(compared.printed.outcome for compared in straight))
    lines = tuple(
        dict.fromkeys((compared.printed.subgroup, compared.printed.adjustment) for compared in straight)
    )
    height = _HEAD + _FOOT + _PITCH * (len(lines) + 0.6)
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(INCHES_WIDE, height))
        width = (INCHES_WIDE - _LEFT - _RIGHT - _BETWEEN * (len(outcomes) - 1)) / len(outcomes)
        for index, outcome in enumerate(outcomes):
            left = (_LEFT + index * (width + _BETWEEN)) / INCHES_WIDE
            box = (left, _FOOT / height, width / INCHES_WIDE, 1 - (_HEAD + _FOOT) / height)
            axes = figure.add_axes(box, sharex=figure.axes[0] if index else None)
            _draw_panel(
                axes, outcome, lines, [slope for slope in straight if slope.printed.outcome == outcome]
            )
            if index == 0:
                _name_lines(axes, lines)
        figure.text(0.012, 1 - 0.2 / height, _TITLE, fontsize=HEADING, fontweight="bold", va="center")
        figure.text(0.012, 1 - 0.37 / height, _KEY, fontsize=SMALL, color=MUTED, va="center")
        _add_legend(figure, height)
    figure.name, figure.title, figure.description = "comparison", _TITLE, _describe(straight)
    return figure


def _draw_panel(
    axes: Axes, outcome: str, lines: tuple[tuple[str, str], ...], slopes: list[ComparedSlope]
) -> None:
    for y in range(3, len(lines), 3):
        axes.axhline(y - 0.5, color=FAINT, linewidth=0.5)
    axes.axvline(0, color=MUTED, linewidth=0.6)
    rows = np.array([lines.index((found.printed.subgroup, found.printed.adjustment)) for found in slopes])
    published = [_as_printed(found) for found in slopes]
    _intervals(axes, published, rows + _LANES["published"], SECOND, "o")
    _intervals(axes, [found.regenerated for found in slopes], rows + _LANES["regenerated"], CURVE, "s")
    places = [found.diagnosed.estimate for found in slopes]
    axes.plot(places, rows + _LANES["diagnosed"], color=INK, marker="|", linestyle="none", **_TICK)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=6)
    axes.spines["left"].set_visible(False)
    axes.set_title(outcome.replace("-", " ").capitalize(), fontsize=BODY, fontweight="bold", pad=5)
    axes.set_xlabel("slope, g/cm² per 1 g/dL\n← lower BMD   |   higher BMD →")


def _as_printed(compared: ComparedSlope) -> FittedSlope:
    low, high = (float(limit) for limit in compared.printed.ci)
    return FittedSlope(float(compared.printed.estimate), low, high, float("nan"))


def _intervals(axes: Axes, fitted: list[FittedSlope], y: Array, colour: str, marker: str) -> None:
    """Intervals with hollow markers, so that the line is seen where an interval is no wider than a marker."""
    axes.hlines(y, [each.ci_low for each in fitted], [each.ci_high for each in fitted], colour, linewidth=1.1)
    axes.plot([each.estimate for each in fitted], y, color=colour, marker=marker, linestyle="none", **_HOLLOW)


def _name_lines(axes: Axes, lines: tuple[tuple[str, str], ...]) -> None:
    """Subgroups once, models at every row, in inches left of the first panel."""
    to_axes = axes.get_yaxis_transform()
    width = axes.get_position().width * INCHES_WIDE
    seen: set[str] = set()
    for y, (subgroup, adjustment) in enumerate(lines):
        axes.text(
            -0.1 / width, y, _MODELS[adjustment], transform=to_axes, ha="right", va="center", fontsize=SMALL
        )
        if subgroup not in seen:
            name = {"all": "All participants", "men": "Men", "women": "Women"}.get(subgroup, subgroup)
            words = name.replace(" and Not recorded", "\nand Not recorded")
            axes.text(
                -(_LEFT - 0.08) / width, y + 0.1 * words.count("\n") * 5, words, transform=to_axes,
                va="center", fontsize=SMALL, fontweight="bold", linespacing=1.3,
            )  # fmt: skip
            seen.add(subgroup)


def _add_legend(figure: Figure, height: float) -> None:
    handles = [
        Line2D([], [], color=SECOND, marker="o", linewidth=1.1, **_HOLLOW),
        Line2D([], [], color=INK, marker="|", linewidth=0, **_TICK),
        Line2D([], [], color=CURVE, marker="s", linewidth=1.1, **_HOLLOW),
    ]
    labels = ["published, 95% CI", "race and weights as diagnosed", "regenerated, design-based 95% CI"]
    figure.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0.005, 0.0), ncols=3, frameon=False,
        fontsize=SMALL, handlelength=1.6, columnspacing=1.6, borderaxespad=0.25,
    )  # fmt: skip


def _describe(slopes: list[ComparedSlope]) -> str:
    rows = [estimate_row(slope.printed, slope.regenerated, slope.diagnosed) for slope in slopes]
    inside = sum(bool(row.regenerated_inside) for row in rows)
    changed = sum(row.conclusion == CHANGED for row in rows)
    return (
        f"{len(rows)} slopes of bone mineral density on hemoglobin, by outcome, subgroup and model. The"
        f" regenerated slope rounds to the published one in {sum(row.agrees for row in rows)}, lies inside"
        f" the published interval in {inside}, and the conclusion is changed in {changed}. With race and"
        f" weights as diagnosed, {sum(bool(row.diagnosed_agrees) for row in rows)} round to the published"
        " ones."
    )
