"""What each changed record does alone to what stands beside an old result: Bayesian, silent, directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from synthesis.living.replaced_rows import Replaced
from synthesis.living.summaries import (
    BAYESIAN,
    BESIDE,
    DIRECTIONS,
    NOTHING_POOLED,
    UNREPORTED,
    Summary,
    asks_for_bayes,
    beside,
    beside_name,
    directions_of,
)
from synthesis.review.analysis import arms_apart
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_summary import bayesian_intervals
from synthesis.review.pooled_units import Unit
from synthesis.review.silent_pool import silent_pool

Alone = Summary | str
"""A result with one change, or why it is refused."""


def beside_alone(before: AnalysisResult, replaced: Sequence[Replaced]) -> dict[str, list[Alone]]:
    """Of each summary beside the groups of a result what every change does alone, in the order of changes."""
    found: dict[str, list[Alone]] = {}
    for change in replaced:
        for name, alone in _with(before, change).items():
            found.setdefault(name, []).append(alone)
    return found


def _with(before: AnalysisResult, change: Replaced) -> Mapping[str, Alone]:
    found: dict[str, Alone] = {}
    if asks_for_bayes(before) is not None:
        found |= _bayesian(before, change)
    if before.analysis.unreported:
        found[beside_name("", UNREPORTED)] = _unreported(before, change)
    directions = directions_of(replace(before, selection=change.selection, records=change.records))
    return found | {BESIDE[DIRECTIONS]: directions.get(BESIDE[DIRECTIONS], NOTHING_POOLED)}


def _bayesian(before: AnalysisResult, change: Replaced) -> dict[str, Alone]:
    """Groups that share their tau as one model, the others and all together each by itself."""
    choice = asks_for_bayes(before)
    assert choice is not None  # asked by the caller
    units = {group.name or "": _units(before, group, change) for group in before.summarised}
    shared = {group.name or "" for group in before.groups if group.mean is not None}
    intervals: dict[str, tuple[float, float, float] | None] = {}
    for together in (True, False):
        some = {name: each for name, each in units.items() if (name in shared) is together}
        intervals |= bayesian_intervals(some, choice, before.scale, before.method, shared=together)
    return {
        beside_name(name, BAYESIAN): beside(before, BAYESIAN, len(units[name]), numbers)
        for name, numbers in intervals.items()
    }


def _units(before: AnalysisResult, group: GroupResult, change: Replaced) -> tuple[Unit, ...]:
    """The units of a group with one change; none where they would not be pooled."""
    name = group.name or ""
    new = change.of(name)
    apart = arms_apart([unit.rows[0] for unit in new])
    if apart or (group is before.overall and not change.together):
        return ()
    return (*(unit for unit in group.units if unit.first.record.study not in change.gone), *new)


def _unreported(before: AnalysisResult, change: Replaced) -> Alone:
    """The pool with what is said of results without a number, in the only group of an analysis."""
    (group,) = before.groups
    units = _units(before, group, change)
    try:
        found = silent_pool(before.review, before.analysis, before.method, units, change.selection.silent)
    except ValueError as reason:
        return str(reason)
    pooled = None if found is None else found.pooled
    numbers = None if pooled is None else (pooled.estimate, pooled.ci_low, pooled.ci_high)
    return beside(before, UNREPORTED, len(units), numbers)
