"""An old result pooled again with the rows of one record replaced: all such changes at once, as one batch.

Columns are the units of the old result, then as many as any change puts in; what a change takes away is not
present in its row of the batch. So thousands of rows are laid out once, and not for every change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.records.scales import AnalysisScale, analysis_scale
from evidence.records.schema import Record
from evidence.selection.selection import Selection
from synthesis.living.summaries import Summary, shown_numbers
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.repeating import pool_again
from synthesis.review.analysis import arms_apart
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.pooled_units import Unit


@dataclass(frozen=True)
class Replaced:
    """What one changed record takes from an old result and puts in.

    gone: the studies whose rows are selected anew. new: their rows by the name of their group; by '' all of
    them. together: whether nobody stands in two groups with this change. selection, records: all of both
    with this change.
    """

    gone: frozenset[str]
    new: Mapping[str, tuple[Unit, ...]]
    selection: Selection
    records: tuple[Record, ...]
    together: bool = True

    def of(self, group: str) -> tuple[Unit, ...]:
        """The rows that come into a group."""
        return self.new.get(group, ())


def pooled_alone(
    before: AnalysisResult, summaries: Mapping[str, Summary], replaced: Sequence[Replaced]
) -> dict[str, list[Summary]]:
    """What each change does alone to every group of a result, in the order of the changes.

    Groups that share their tau2 are fitted as one model; `keeps_groups` says of which changes that is so.
    """
    scale = analysis_scale(before.scale.measure)
    found: dict[str, list[Summary]] = {}
    for group in before.summarised:
        name = group.name or ""
        if group.mean is None:
            found[name] = _by_itself(group, summaries[name], replaced, scale)
    shared = [group for group in before.groups if group.mean is not None]
    return {**found, **(_of_one_model(before, shared, summaries, replaced, scale) if shared else {})}


def keeps_groups(before: AnalysisResult, change: Replaced) -> bool:
    """Whether groups of a common tau2 are compared as before: the same ones, each with rows, no arms apart.

    Where each has one study left no common tau2 can be estimated.
    """
    left = {group.name: _left(group, change) for group in before.groups if group.chosen}
    same = all(left.values()) and {name for name in change.new if name} <= left.keys()
    several = any(left[group.name] > 1 for group in before.groups if group.mean is not None)
    return same and several and change.together and not _apart(change.of(""))


def _left(group: GroupResult, change: Replaced) -> int:
    """How many rows a group has with one change."""
    stay = sum(unit.first.record.study not in change.gone for unit in group.units)
    return stay + len(change.of(group.name or ""))


def _apart(units: Sequence[Unit]) -> bool:
    return arms_apart([unit.rows[0] for unit in units])


def _by_itself(
    group: GroupResult, summary: Summary, replaced: Sequence[Replaced], scale: AnalysisScale
) -> list[Summary]:
    """A group by itself, or all rows together: none where persons or arms would be counted twice."""
    name = group.name or ""
    effects = _effects(group, replaced)
    pooled = [not _apart(each.of(name)) and (each.together or name != "") for each in replaced]
    effects = effects.where(np.array(pooled)[:, None])
    fits = pool_again(group.pooled, effects) if group.pooled is not None and effects.present.any() else None
    return _summaries(summary, effects, scale, fits)


def _of_one_model(
    before: AnalysisResult,
    groups: Sequence[GroupResult],
    summaries: Mapping[str, Summary],
    replaced: Sequence[Replaced],
    scale: AnalysisScale,
) -> dict[str, list[Summary]]:
    """Groups with a mean each and a common tau2, as `subgroups` fits them."""
    assert before.difference is not None  # it gave the groups their means
    blocks = [_effects(group, replaced) for group in groups]
    whole = Effects(*(np.hstack([getattr(each, part) for each in blocks]) for part in ("y", "v", "present")))
    widths = [each.k for each in blocks]
    design = np.repeat(np.eye(len(groups)), widths, axis=0)
    made = before.difference
    fits = pool_batch(whole, made.method, made.test, made.level, design=design)
    return {
        group.name or "": _summaries(summaries[group.name or ""], blocks[column], scale, fits, column)
        for column, group in enumerate(groups)
    }


def _effects(group: GroupResult, replaced: Sequence[Replaced]) -> Effects:
    """The rows of a group with each change: (changes, units and as many as the most that come)."""
    new = [each.of(group.name or "") for each in replaced]
    k, rows = len(group.units), len(replaced)
    width = k + max(map(len, new))
    y, v = np.zeros((rows, width)), np.ones((rows, width))
    present = np.zeros((rows, width), dtype=bool)
    y[:, :k], v[:, :k] = _numbers(group.units)
    places: dict[str, list[int]] = {}
    for place, unit in enumerate(group.units):
        places.setdefault(unit.first.record.study, []).append(place)
    for row, change in enumerate(replaced):
        units = new[row]
        present[row, :k] = True
        for study in change.gone:
            present[row, places.get(study, [])] = False
        come = slice(k, k + len(units))
        y[row, come], v[row, come] = _numbers(units)
        present[row, come] = True
    return Effects(y, v, present)


def _numbers(units: Sequence[Unit]) -> tuple[Array, Array]:
    return np.array([unit.yi for unit in units]), np.array([unit.sei for unit in units]) ** 2


def _summaries(
    summary: Summary, effects: Effects, scale: AnalysisScale, fits: PooledBatch | None, column: int = 0
) -> list[Summary]:
    """One of each data set; of one without rows there are no numbers."""
    found = []
    for row, k in enumerate(effects.present.sum(axis=1).tolist()):
        numbers = None
        if k and fits is not None:
            ends = (fits.beta, fits.ci_low, fits.ci_high)
            estimate, low, high = (float(each[row, column]) for each in ends)
            numbers = shown_numbers(scale, estimate, low, high)
        found.append(replace(summary, k=k if numbers else 0, numbers=numbers, pooled=None, mean=None))
    return found
