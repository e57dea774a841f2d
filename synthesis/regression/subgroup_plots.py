"""The forest plot of subgroups: each with its studies and its subtotal, all of them, their difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from evidence.wording import counted
from synthesis.drawing.chart import Plot
from synthesis.drawing.forest_table import ForestTable, Row, SpacerRow, SummaryRow, TextRow, decimals_for
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.extra_columns import ExtraColumns
from synthesis.plots.kinds import FOREST, KINDS, settled
from synthesis.plots.results import plot_of, subject_of
from synthesis.plots.study_forest import NOTHING_POOLED, forest_frame, group_heading, study_rows, summary_rows
from synthesis.plots.subject import Subject
from synthesis.plots.summary_lines import heterogeneity_line
from synthesis.plots.words import in_symbols
from synthesis.pooled import Pooled
from synthesis.pooling.kernel.effects import Mask
from synthesis.regression.behind import Behind
from synthesis.regression.contrasts import WaldTest


class GroupShown(Protocol):
    """What the plot reads of a subgroup."""

    @property
    def name(self) -> str: ...
    @property
    def k(self) -> int: ...
    @property
    def estimate(self) -> float: ...
    @property
    def ci_low(self) -> float: ...
    @property
    def ci_high(self) -> float: ...
    @property
    def wald(self) -> tuple[float, float]: ...
    @property
    def pooled(self) -> Pooled | None: ...


class GroupsShown(Protocol):
    """What the plot reads of a subgroup analysis."""

    @property
    def by(self) -> str: ...
    @property
    def groups(self) -> Sequence[GroupShown]: ...
    @property
    def overall(self) -> Pooled: ...
    @property
    def between(self) -> WaldTest: ...
    @property
    def wald(self) -> WaldTest | None: ...
    @property
    def tau2(self) -> str: ...
    @property
    def test(self) -> str: ...
    @property
    def method_sentence(self) -> str: ...


def plot_subgroups(result: GroupsShown, behind: Behind, request: PlotRequest) -> Plot:
    """A forest plot by subgroup; any other kind of plot is that of all studies together."""
    request, given = (
        settled(request, (FOREST, *KINDS), "A subgroup analysis"),
        behind.given.beside(request.data),
    )
    if request.kind != FOREST or behind.members is None:
        return plot_of(result.overall, request, given)
    subject = subject_of(result.overall, given, request, f"{counted(result.overall.k)} by {result.by}")
    return _forest(result, behind.members, subject, request.extra(given, result.overall.labels))


def _forest(result: GroupsShown, members: Mask, subject: Subject, extra: ExtraColumns) -> ForestTable:
    overall = result.overall
    everyone = study_rows(subject, overall, overall.weights, extra)
    decimals = decimals_for(forest_frame(subject.words, overall.level, everyone, extra))
    rows: list[Row] = []
    for i, group in enumerate(result.groups):
        chosen = np.flatnonzero(members[i]).tolist()
        rows += [*([SpacerRow()] if rows else []), group_heading(group.name)]
        rows += [everyone[study] for study in chosen]
        weight = float(overall.weights[chosen].sum()) if extra.weights else None
        rows += _subtotal(group, result.test, subject, weight)
    rows.append(SpacerRow())
    rows += summary_rows(subject, overall, decimals, weight=100.0 if extra.weights else None)
    rows += [TextRow(in_symbols(f"Test of differences between subgroups: {result.between}"))]
    rows += (
        [TextRow(in_symbols(f"The same with Wald standard errors: {result.wald}"))]
        if result.wald is not None
        else []
    )
    notes = [in_symbols(result.method_sentence)]
    if extra.weights:
        notes.append("Weights are those of the overall result.")
    return forest_frame(subject.words, overall.level, rows, extra, notes)


def _subtotal(group: GroupShown, test: str, subject: Subject, weight: float | None) -> Iterator[Row]:
    """The diamond of a subgroup, or two where Hartung and Knapp's interval is narrower than Wald's."""
    if group.k == 1:
        yield TextRow(NOTHING_POOLED)
        return
    label = f"Subtotal ({group.k:,})"
    both = test == "HKSJ" and group.ci_high - group.ci_low < group.wald[1] - group.wald[0]
    intervals = [(label, (group.ci_low, group.ci_high))]
    if both:
        intervals = [(f"{label}, Hartung-Knapp", intervals[0][1]), (f"{label}, Wald", group.wald)]
    for name, (low, high) in intervals:
        estimate, left, right = subject.shown(np.array([group.estimate, low, high])).tolist()
        yield SummaryRow(name, estimate, left, right, weight, level="subgroup")
    if group.pooled is not None:
        yield TextRow(heterogeneity_line(group.pooled))
