"""The figure of Tables 2 to 4: each printed slope above the regenerated one."""

from __future__ import annotations

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from studies.nhanes.comparison.compare import Comparison
from studies.nhanes.comparison.rows import CHANGED, FittedSlope, estimate_row
from studies.nhanes.comparison.slopes import ComparedSlope, is_two_lines
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
_PITCH = 0.215  # inches a row
_HEAD, _FOOT = 0.74, 0.78
_LEFT, _RIGHT, _BETWEEN = 1.98, 0.12, 0.22
_OFFSET = 0.17
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
    for compared in slopes:
        printed = compared.printed
        y = lines.index((printed.subgroup, printed.adjustment))
        low, high = (float(limit) for limit in printed.ci)
        published = FittedSlope(float(printed.estimate), low, high, float("nan"))
        _interval(axes, published, y - _OFFSET, SECOND, "o")
        _interval(axes, compared.regenerated, y + _OFFSET, CURVE, "s")
        axes.plot(compared.diagnosed.estimate, y - _OFFSET, "|", color=INK, markersize=6.5)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=6)
    axes.spines["left"].set_visible(False)
    axes.set_title(outcome.replace("-", " ").capitalize(), fontsize=BODY, fontweight="bold", pad=5)
    axes.set_xlabel("slope, g/cm² per 1 g/dL\n← lower BMD   |   higher BMD →")


def _interval(axes: Axes, fitted: FittedSlope, y: float, colour: str, marker: str) -> None:
    axes.plot([fitted.ci_low, fitted.ci_high], [y, y], color=colour, linewidth=1.1)
    axes.plot(fitted.estimate, y, marker, color=colour, markersize=3.4, markeredgewidth=0)


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
        Line2D([], [], color=SECOND, marker="o", markersize=3.6, linewidth=1.1),
        Line2D([], [], color=CURVE, marker="s", markersize=3.6, linewidth=1.1),
        Line2D([], [], color=INK, marker="|", markersize=6.5, linewidth=0),
    ]
    labels = ["published, 95% CI", "regenerated, design-based 95% CI", "race and weights as diagnosed"]
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
