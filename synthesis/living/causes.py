"""What moved a result: each change applied alone to the old version, then all of them together.

A changed record can only move rows of studies that share persons with it, directly or through others: these
are selected anew, the other rows stay. All changed data sets of a result are pooled as one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.records.reading import Document
from evidence.records.review import CORRELATED, Analysis, LoadedReview, Review
from evidence.records.scales import analysis_scale
from evidence.records.schema import Cohort, Record
from evidence.selection.grouping import grouped
from evidence.selection.overlap import Neighbours
from evidence.selection.selection import Chosen, candidates, matches, select
from synthesis.living.changes import Change, Changes, PlanChange, RecordChange
from synthesis.living.summaries import Contradictions, Summary, shown_numbers, summaries_of
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.repeating import pool_again
from synthesis.review.analysis import AnalysisResult, analyse, arms_apart
from synthesis.review.chosen_method import chosen_method
from synthesis.review.pooled_units import Unit, units_of

_WORDING = {"title", "note", "direction", "id"}


@dataclass(frozen=True)
class Cause:
    """What one change does alone to the old result of a group.

    alone: the result with this change only; None where it is refused, with the reason in `refused`.
    """

    name: str
    alone: Summary | None
    refused: str = ""

    def shift(self, before: Summary) -> float | None:
        """By how much it moves the estimate as shown, on a log scale as a ratio; None if not known."""
        return shift_between(before, self.alone) if self.alone is not None else None


def shift_between(before: Summary, after: Summary) -> float | None:
    """Difference of two estimates as shown, or their ratio on a log scale; None where one is missing."""
    if before.numbers is None or after.numbers is None:
        return None
    a, b = before.numbers[0], after.numbers[0]
    if not before.log:
        return b - a
    return b / a if a else None


def joint_shift(before: Summary, after: Summary, causes: Sequence[Cause]) -> float | None:
    """What the changes do together beyond what each does alone; None where one alone is the whole.

    A change that alone does nothing may still have a part in it: a record that only the new plan asks for.
    """
    total = shift_between(before, after)
    shifts = [cause.shift(before) for cause in causes]
    if total is None or not causes or None in shifts:
        return None
    if len(causes) == 1 and causes[0].alone is not None and causes[0].alone.is_same(after):
        return None
    for shift in shifts:
        assert shift is not None
        if before.log:
            total /= shift
        else:
            total -= shift
    return total


def touches(change: Change, analyses: Iterable[Analysis], reviews: Iterable[Review]) -> bool:
    """Whether a change can move an analysis: an estimate answers it, before or after, or the plan changed.

    analyses: the analysis in the old version and in the new one.
    """
    if isinstance(change, PlanChange):
        return change.general or len({each.model_dump_json(exclude=_WORDING) for each in analyses}) > 1
    records = [record for record in (change.old, change.new) if record is not None]
    return any(
        matches(found, analysis, review.same)
        for analysis in analyses
        for review in reviews
        for found in candidates(review, records, analysis)
    )


class Alone:
    """Changes applied alone to one old version, for any of its analyses."""

    def __init__(self, old: LoadedReview, changes: Changes, contradicted: Contradictions) -> None:
        self._old = old
        self._changes: tuple[Change, ...] = (*changes.records, *changes.plan)
        self._contradicted = contradicted
        self._records = {record.study: record for record in old.records}
        self._cohorts = {study: self._cohort(record) for study, record in self._records.items()}
        self._near: Neighbours[str] = Neighbours()
        for study, cohort in self._cohorts.items():
            self._near.put(study, study, cohort)

    def _cohort(self, record: Record) -> Cohort:
        return self._old.review.cohort_as_meant(record.cohort)

    def causes(self, before: AnalysisResult, after: Analysis) -> dict[str, list[Cause]]:
        """Of each group of the old result what every change does that touches it; those that do nothing too.

        after: the same analysis as the new version has it.
        """
        summaries = summaries_of(before)
        found: dict[str, list[Cause]] = {group: [] for group in summaries}
        units: dict[str, Mapping[str, Sequence[Unit]]] = {}
        shared = before.is_modelled or any(group.mean is not None for group in before.groups)
        for change in self._changes:
            if not touches(change, (before.analysis, after), (self._old.review,)):
                continue
            if isinstance(change, PlanChange) or shared:
                for group, cause in self._anew(change, before, after).items():
                    found.setdefault(group, []).append(cause)
                continue
            try:
                units[change.study] = self._groups(change, before)
            except (ValueError, ArithmeticError) as reason:
                for causes in found.values():
                    causes.append(Cause(change.study, None, str(reason)))
        for group, summary in summaries.items():
            mine = {study: groups.get(group, ()) for study, groups in units.items()}
            found[group] += _pooled_alone(before, summary, mine)
        return found

    def _anew(self, change: Change, before: AnalysisResult, after: Analysis) -> Mapping[str, Cause]:
        """The whole analysis with one change: of the plan, or where groups share their tau2."""
        name, loaded, analysis = self._with(change, before.analysis, after)
        try:
            reasons = self._contradicted.of(loaded.records)
            result = analyse(loaded, analysis, chosen_method(loaded.review), contradicted=reasons)
        except (ValueError, ArithmeticError) as reason:
            return {group.name or "": Cause(name, None, str(reason)) for group in before.summarised}
        return {group: Cause(name, alone) for group, alone in summaries_of(result).items()}

    def _with(self, change: Change, before: Analysis, after: Analysis) -> tuple[str, LoadedReview, Analysis]:
        """Name of a change, the old version with it alone, and the analysis as it is then."""
        if isinstance(change, PlanChange):
            document = replace(self._old.document, model=change.review)
            analysis = before if change.name == "method" else after
            return change.name, replace(self._old, document=document), analysis
        kept = [each for each in self._old.documents if each.model is not change.old or each.model is None]
        new = [] if change.new is None else [Document(change.place.path, None, change.new, ())]
        return change.study, replace(self._old, documents=(*kept, *new)), before

    def _groups(self, change: RecordChange, before: AnalysisResult) -> Mapping[str, Sequence[Unit]]:
        """What is pooled in each group of the old analysis with one record changed; of all together by ''."""
        rows = tuple(self._rows(change, before))
        correlated = self._old.review.arms_of(before.analysis) == CORRELATED
        if not before.grouped:
            return {"": units_of(rows, correlated)}
        selection = replace(before.selection, chosen=rows)
        new = [] if change.new is None else [change.new]
        records = [*self._records.values(), *new]  # only asked what they can be grouped by
        found = grouped(selection, self._old.review, records)
        groups = {group.name or "": units_of(group.chosen, correlated) for group in found.groups}
        return (
            groups if found.sharing else {**groups, "": [unit for each in groups.values() for unit in each]}
        )

    def _rows(self, change: RecordChange, before: AnalysisResult) -> list[Chosen]:
        """The rows of the old analysis with one record changed."""
        old = change.old.study if change.old is not None else None
        around = self._around([record for record in (change.old, change.new) if record is not None])
        records = [self._records[study] for study in around if study != old]
        records += [change.new] if change.new is not None else []
        anew = select(self._old.review, before.analysis, records, self._contradicted.of(records)).chosen
        kept = [each for each in before.selection.chosen if each.candidate.record.study not in around]
        return [*kept, *anew]

    def _around(self, records: Sequence[Record]) -> set[str]:
        """The old studies that share persons with these records, or with one that does."""
        waiting = [(record.study, self._cohort(record)) for record in records]
        found = {record.study for record in records if record.study in self._records}
        while waiting:
            study, cohort = waiting.pop()
            for other in self._near.near(study, cohort):
                if other not in found:
                    found.add(other)
                    waiting.append((other, self._cohorts[other]))
        return found


def _pooled_alone(
    before: AnalysisResult, summary: Summary, mine: Mapping[str, Sequence[Unit]]
) -> list[Cause]:
    """Each set of rows pooled as the old result was, all at once."""
    empty = replace(summary, k=0, numbers=None, pooled=None)
    pooled = summary.pooled
    usable = {
        study: each for study, each in mine.items() if each and not arms_apart([one.rows[0] for one in each])
    }
    if pooled is None or not usable:
        return [Cause(study, empty) for study in mine if pooled is not None]
    width = max(map(len, usable.values()))
    y, v = np.zeros((len(usable), width)), np.ones((len(usable), width))
    present = np.zeros((len(usable), width), dtype=bool)
    for row, each in enumerate(usable.values()):
        y[row, : len(each)] = [one.yi for one in each]
        v[row, : len(each)] = [one.sei**2 for one in each]
        present[row, : len(each)] = True
    fits = pool_again(pooled, Effects(y, v, present))
    scale = analysis_scale(before.scale.measure)
    alone = dict.fromkeys(mine, empty)
    for row, (study, each) in enumerate(usable.items()):
        numbers = shown_numbers(
            scale, float(fits.beta[row, 0]), float(fits.ci_low[row, 0]), float(fits.ci_high[row, 0])
        )
        alone[study] = replace(empty, k=len(each), numbers=numbers)
    return [Cause(study, result) for study, result in alone.items()]


def _apart(units: Sequence[Unit]) -> bool:
    return arms_apart([unit.rows[0] for unit in units])
