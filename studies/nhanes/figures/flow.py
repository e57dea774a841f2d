"""Figure 1: from everybody sampled to the cohort, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from studies.nhanes.cohort import Cohort, Step, cancer_answers
from studies.nhanes.records import periods
from synthesis.drawing.canvas import DescribedFigure, draw
from synthesis.drawing.flow_diagram import (
    FlowBox,
    FlowDiagram,
    FlowLine,
    FlowStream,
    StreamStep,
    flow_alternative,
)
from synthesis.drawing.flow_layout import lay_out_flow

_WIDTH = 440.0  # points


def flow_of_persons(cohort: Cohort) -> FlowDiagram:
    """The boxes from top to bottom: sampled, and by step who is excluded and who is left."""
    years = periods(cohort.protocol.cycles).replace("-", "–")
    sampled = FlowBox((FlowLine(f"{len(cohort.persons):,} participants"), FlowLine(f"of NHANES {years}")))
    steps = [StreamStep(sampled)]
    for step in cohort.steps:
        steps.append(StreamStep(None, (FlowBox(tuple(_excluded(cohort, step)), "leaving"),)))
        steps.append(StreamStep(FlowBox((FlowLine(f"{step.n_left:,} left"),))))
    steps[-1] = StreamStep(FlowBox(tuple(map(FlowLine, _analysed(cohort))), "last"))
    return FlowDiagram("", (FlowStream("", tuple(steps), end=None),))


def flow_figure(cohort: Cohort) -> DescribedFigure:
    """The flow diagram of a cohort; the counts are the cohort's own."""
    flow = flow_of_persons(cohort)
    title = f"Figure 1. Who is analysed: {cohort.protocol.title}"
    figure = draw(lay_out_flow(flow, _WIDTH), title, flow_alternative(flow))
    figure.name = "figure-1"
    return figure


def _excluded(cohort: Cohort, step: Step) -> Iterator[FlowLine]:
    if cohort.protocol.step(step.name).exclude_cancer == "not no":
        # The step's usual name, "with cancer", would hide that most of these were never asked.
        yield FlowLine(f"{step.excluded:,} without a “no” to cancer or malignancy:")
        yield from (FlowLine(answer, 1) for answer in _answers(cohort, step))
    else:
        yield FlowLine(f"{step.excluded:,} {step.name}")


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
