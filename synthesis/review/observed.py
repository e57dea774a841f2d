"""The effects of an analysis that has some without a standard error, side by side, without pooling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evidence.records.measures import effect_alone, harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import analysis_scale
from evidence.selection.grouping import group_of
from evidence.selection.overlap import Neighbours
from evidence.selection.selection import CANNOT_BE_TRUE, Candidate, share_persons
from evidence.wording import enumerate_words, number
from synthesis.drawing.chart import Chart
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.review.captions import effect_header, is_log
from synthesis.without_pooling.box_chart import box_chart
from synthesis.without_pooling.observed_effects import ObservedEffects

if TYPE_CHECKING:
    from synthesis.review.analysis_result import AnalysisResult


@dataclass(frozen=True)
class ObservedEffect:
    """One effect on the analysis scale, of a group of the analysis; alone: without a standard error."""

    label: str
    group: str
    yi: float
    alone: bool


def observed_effects(result: AnalysisResult) -> tuple[ObservedEffect, ...]:
    """What is pooled, and the effects on its scale that nothing gives a standard error; nobody twice."""
    chosen = result.selection.chosen
    near: Neighbours[Candidate] = Neighbours()
    for each in chosen:
        near.put(each.candidate, each.candidate.record.study, each.candidate.cohort)
    found = [_observed(result, each.candidate, each.effect.yi, alone=False) for each in chosen]
    for candidate, yi in _without_error(result):
        around = near.near(candidate.record.study, candidate.cohort)
        if any(one.site == candidate.site and share_persons(one, candidate) for one in around):
            continue
        near.put(candidate, candidate.record.study, candidate.cohort)
        found.append(_observed(result, candidate, yi, alone=True))
    return tuple(found)


def _observed(result: AnalysisResult, found: Candidate, yi: float, *, alone: bool) -> ObservedEffect:
    """Its group is that of the analysis, and under a model of dependent effects its site beside it."""
    by = result.analysis.group_by
    parts = [found.site] if result.is_modelled and by != "site" else []
    parts += [] if by is None else [group_of(found, by)]
    return ObservedEffect(result.label(found), ", ".join(parts), yi, alone)


def _without_error(result: AnalysisResult) -> Iterator[tuple[Candidate, float]]:
    """Candidates that were left out for their standard error alone, the preferred model and report first."""
    review, analysis, scale = result.review, result.analysis, result.scale
    reports, models = analysis.reports or review.reports, analysis.adjustment or review.adjustment
    level = review.method.level.fraction
    found: list[tuple[tuple[int, int], Candidate, float]] = []
    for out in result.selection.left_out:
        each, asked = out.candidate, (out.candidate.record, out.candidate.estimate)
        adjustment = each.record.model_of(each.estimate).adjustment
        wrong = out.reason.startswith(CANNOT_BE_TRUE) or each.estimate.not_reported is not None
        if wrong or each.standing not in reports or adjustment not in models:
            continue
        try:
            yi = effect_alone(*asked, scale, review.same, analysis.accept)
        except NotPoolableError:
            continue
        try:
            harmonise(*asked, scale, level, review.same, analysis.accept)
        except NotPoolableError:
            found.append(((models.index(adjustment), reports.index(each.standing)), each, yi))
    return ((each, yi) for _, each, yi in sorted(found, key=lambda one: one[0]))


def observed_parts(
    result: AnalysisResult, found: Sequence[ObservedEffect]
) -> list[tuple[ObservedEffects, Mask]]:
    """Each group of effects on the scale that readers see, and which of them have no standard error."""
    back = analysis_scale(result.scale.measure).back
    parts = []
    for group in dict.fromkeys(each.group for each in found):
        rows = [each for each in found if each.group == group]
        yi = np.array([each.yi for each in rows])
        level = result.method.level.fraction
        of = ObservedEffects.of(group, tuple(each.label for each in rows), yi, level)
        parts.append((of.on_scale(_each(back)), np.array([each.alone for each in rows])))
    return parts


def _each(back: Callable[[float], float]) -> Callable[[Array], Array]:
    return lambda values: np.array([back(value) for value in values.tolist()])


def observed_notes(result: AnalysisResult) -> Iterator[str]:
    """Where some effects have no standard error: which, and median, quartiles and range with them."""
    found = observed_effects(result)
    for part, alone in observed_parts(result, found):
        if not alone.any():
            continue
        names = [f"{part.labels[i]} ({number(part.yi[i])})" for i in np.flatnonzero(alone)]
        where = f" ({part.name})" if part.name else ""
        yield (
            f"Without a standard error, and not in the pool{where}: {enumerate_words(names)}. Effects "
            f"without pooling, each counting the same: {part.told}."
        )


def observed_plot(result: AnalysisResult) -> Chart:
    """The box-and-dot plot of an analysis, effects without a standard error hollow.

    Raises NotDefinedError where it has no effect on its scale.
    """
    found = observed_effects(result)
    if not found:
        raise NotDefinedError("No record of this analysis has an effect on its scale.")
    parts = observed_parts(result, found)
    direction = result.analysis.direction or result.review.direction
    shape = analysis_scale(result.scale.measure)
    words = Words(
        f"{result.analysis.title}: observed effects",
        effect_header(result.scale, result.analysis.outcome.name),
        is_log(shape),
        shape.null,
        direction.lower if direction else "",
        direction.higher if direction else "",
    )
    return box_chart(words, [part for part, _ in parts], [alone for _, alone in parts])
