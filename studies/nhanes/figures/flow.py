"""Figure 1: from everybody sampled to the cohort, step by step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from studies.nhanes.cohort import Cohort, Step, cancer_answers
from studies.nhanes.records import periods
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import BODY, BOX_FILL, INK, MUTED, SETTINGS

# In points. The main column runs down the left; who is excluded stands to its right.
_WIDTH = 440.0
_MARGIN = 8.0
_MAIN, _SIDE = 160.0, 232.0
_LINE = 12.0
_PADDING = 7.0
_GAP = 9.0
_LETTERS = 44
_INDENT = "   "


@dataclass(frozen=True)
class FlowBox:
    """One box: its lines, and whether it stands aside because these persons are not analysed."""

    lines: tuple[str, ...]
    aside: bool

    @property
    def height(self) -> float:
        return _LINE * len(self.lines) + 2 * _PADDING


def flow_boxes(cohort: Cohort) -> list[FlowBox]:
    """The boxes from top to bottom: sampled, and by step who is excluded and who is left."""
    years = periods(cohort.protocol.cycles).replace("-", "–")
    boxes = [FlowBox((f"{len(cohort.persons):,} participants", f"of NHANES {years}"), aside=False)]
    for step in cohort.steps:
        boxes.append(FlowBox(_excluded(cohort, step), aside=True))
        boxes.append(FlowBox((f"{step.n_left:,} left",), aside=False))
    boxes[-1] = FlowBox(tuple(_analysed(cohort)), aside=False)
    return boxes


def flow_figure(cohort: Cohort) -> DescribedFigure:
    """The flow diagram of a cohort; the counts are the cohort's own."""
    boxes = flow_boxes(cohort)
    height = sum(box.height for box in boxes) + _GAP * (len(boxes) - 1) + 2 * _MARGIN
    with matplotlib.rc_context(SETTINGS):
        figure = DescribedFigure(figsize=(_WIDTH / 72, height / 72))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
        axes.axis("off")
        _draw(axes, boxes)
    sentences = [f"{'Excluded: ' if box.aside else ''}{_spoken(box)}." for box in boxes[1:]]
    figure.name = "figure-1"
    figure.title = f"Figure 1. Who is analysed: {cohort.protocol.title}"
    figure.description = " ".join([f"Flow diagram. {_spoken(boxes[0])}.", *sentences])
    return figure


def _spoken(box: FlowBox) -> str:
    """The lines of a box as one phrase; details follow each other with commas."""
    text = " ".join(
        f",{line[len(_INDENT) - 1 :]}" if line.startswith(_INDENT) else line for line in box.lines
    )
    return text.replace(" ,", ",").replace(":,", ":")


def _excluded(cohort: Cohort, step: Step) -> tuple[str, ...]:
    if cohort.protocol.step(step.name).exclude_cancer == "not no":
        # The step's usual name, "with cancer", would hide that most of these were never asked.
        answers = (f"{_INDENT}{answer}" for answer in _answers(cohort, step))
        return (f"{step.excluded:,} without a “no” to cancer or malignancy:", *answers)
    return tuple(textwrap.wrap(f"{step.excluded:,} {step.name}", _LETTERS))


def _answers(cohort: Cohort, step: Step) -> Iterator[str]:
    """What those answered who did not say no."""
    answers = cancer_answers(cohort.excluded_at(step.name))
    for answer, row in answers.iterrows():
        number = "all" if row["under_20"] == row["n"] else f"{row['under_20']:,}"
        young = f" ({number} under 20)" if row["under_20"] else ""
        yield f"{row['n']:,} {'said yes' if answer == 'yes' else answer}{young}"


def _analysed(cohort: Cohort) -> Iterator[str]:
    yield f"{cohort.n:,} analysed"
    measured = cohort.measured
    numbers = {label: measured.in_class("sex", label) & cohort.included for label in measured.labels("sex")}
    counts = (f"{who.sum():,} {label}" for label, who in numbers.items())
    yield f"({', '.join(counts)})"


def _draw(axes: Axes, boxes: list[FlowBox]) -> None:
    middle = _MARGIN + _MAIN / 2
    top, above = _MARGIN, 0.0
    for index, box in enumerate(boxes):
        if box.aside:
            left = _WIDTH - _MARGIN - _SIDE
            _arrow(axes, (middle, top + box.height / 2), (left, top + box.height / 2))
            _write(axes, box, left, top, _SIDE)
        else:
            if index:
                _arrow(axes, (middle, above), (middle, top))
            _write(axes, box, _MARGIN, top, _MAIN, last=index == len(boxes) - 1)
            above = top + box.height
        top += box.height + _GAP


def _write(axes: Axes, box: FlowBox, left: float, top: float, width: float, last: bool = False) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, top),
            width,
            box.height,
            boxstyle="round,pad=0,rounding_size=3",
            facecolor="white" if box.aside else BOX_FILL,
            edgecolor=MUTED if box.aside else INK,
            linewidth=1.4 if last else 0.7,
        )
    )
    x, place = (left + _PADDING, "left") if box.aside else (left + width / 2, "center")
    for index, line in enumerate(box.lines):
        # 0.36 em is half the height of a capital: the baseline that centres a line in its place.
        baseline = top + _PADDING + (index + 0.5) * _LINE + 0.36 * BODY
        weight = "bold" if index == 0 and not box.aside else "normal"
        detail = box.aside and line.startswith(_INDENT)
        axes.text(x, baseline, line, ha=place, weight=weight, color=MUTED if detail else INK)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>,head_length=4,head_width=2",
            linewidth=0.8,
            color=MUTED,
            shrinkA=0,
            shrinkB=0,
        )
    )
