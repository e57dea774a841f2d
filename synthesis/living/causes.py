"""What moved a result: each change applied alone to the old version, then all of them together.

A changed record can only move rows of studies that share persons with it, directly or through others: these
are selected anew, the other rows stay. All changed data sets of a result are pooled as one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from evidence.records.names import name_key
from evidence.records.review import CORRELATED, Analysis, LoadedReview, Review
from evidence.records.schema import Cohort, Record
from evidence.selection.grouping import grouped
from evidence.selection.overlap import Neighbours
from evidence.selection.selection import Chosen, LeftOut, Selection, candidates, matches, select
from synthesis.living.beside_alone import beside_alone
from synthesis.living.changes import Change, Changes, PlanChange, RecordChange
from synthesis.living.replaced_rows import Replaced, keeps_groups, pooled_alone
from synthesis.living.summaries import NOTHING_POOLED, Contradictions, Summary, summaries_of
from synthesis.review.analysis import analyse, as_curve, pool_selection
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.chosen_method import chosen_method
from synthesis.review.directions import is_asked
from synthesis.review.pooled_units import units_of

_Row = TypeVar("_Row", Chosen, LeftOut)
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

    An estimate of a part of the persons asked for tells a direction.

    analyses: the analysis in the old version and in the new one.
    """
    if isinstance(change, PlanChange):
        return change.general or len({each.model_dump_json(exclude=_WORDING) for each in analyses}) > 1
    records = [record for record in (change.old, change.new) if record is not None]
    return any(
        matches(found, analysis, review.same) or is_asked(found, review, analysis)
        for analysis in analyses
        for review in reviews
        for found in candidates(review, records, analysis)
    )


def _cause_of(name: str, alone: Summary | str) -> Cause:
    return Cause(name, None, alone) if isinstance(alone, str) else Cause(name, alone)


def _merged(before: Selection, gone: frozenset[str], anew: Selection) -> Selection:
    """An old selection in which some studies are selected anew."""

    def kept(rows: Sequence[_Row]) -> tuple[_Row, ...]:
        return tuple(each for each in rows if each.candidate.record.study not in gone)

    return replace(
        before,
        chosen=(*kept(before.chosen), *anew.chosen),
        silent=(*(each for each in before.silent if each.record.study not in gone), *anew.silent),
        left_out=(*kept(before.left_out), *anew.left_out),
        other_models=(*kept(before.other_models), *anew.other_models),
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

    def causes(
        self, before: AnalysisResult, summaries: Mapping[str, Summary], after: Analysis
    ) -> dict[str, list[Cause]]:
        """Of each group of the old result what every change does that touches it; those that do nothing too.

        summaries: of the old result. after: the same analysis as the new version has it.
        """
        found: dict[str, list[Cause]] = {group: [] for group in summaries}
        replaced: dict[str, Replaced] = {}
        shared = before.is_modelled or any(group.mean is not None for group in before.groups)
        curve = before.dose is not None
        for change in self._changes:
            if not touches(change, (before.analysis, after), (self._old.review,)):
                continue
            try:
                if isinstance(change, RecordChange) and not curve:
                    new = self._replaced(change, before)
                    if not shared or keeps_groups(before, new):
                        replaced[change.study] = new
                        continue
                whole = dict.fromkeys(summaries, NOTHING_POOLED) | self._whole(change, before, after)
                for group, alone in whole.items():
                    found.setdefault(group, []).append(Cause(change.name, alone))
            except (ValueError, ArithmeticError) as reason:
                for causes in found.values():
                    causes.append(Cause(change.name, None, str(reason)))
        if replaced:
            self._alone(before, summaries, replaced, found)
        return found

    def _alone(
        self,
        before: AnalysisResult,
        summaries: Mapping[str, Summary],
        replaced: Mapping[str, Replaced],
        found: dict[str, list[Cause]],
    ) -> None:
        """Add to the causes found what changes by name do alone, all of them as one batch."""
        several = list(replaced.values())
        for group, each in pooled_alone(before, summaries, several).items():
            found[group] += map(Cause, replaced, each)
        for name, others in beside_alone(before, several).items():
            found.setdefault(name, []).extend(map(_cause_of, replaced, others))

    def _whole(self, change: Change, before: AnalysisResult, after: Analysis) -> dict[str, Summary]:
        """The whole analysis with one change: of the plan, of a curve, or where groups share no tau2 now."""
        if isinstance(change, PlanChange):
            result = self._planned(change, before, after)
        else:
            result = self._changed(change, before)
        result = result.telling_as(before)
        return summaries_of(result, decimals=0)  # of what one change does alone the shift is shown

    def _planned(self, change: PlanChange, before: AnalysisResult, after: Analysis) -> AnalysisResult:
        """All is selected anew by the new plan."""
        loaded = replace(self._old, document=replace(self._old.document, model=change.review))
        analysis = before.analysis if change.name == "method" else after
        reasons = self._contradicted.of(loaded.records)
        return analyse(loaded, analysis, chosen_method(loaded.review), contradicted=reasons)

    def _changed(self, change: RecordChange, before: AnalysisResult) -> AnalysisResult:
        """The rows of the changed record, and of those that share persons with it, are selected anew."""
        if before.dose is not None:
            records = self._with(change)
            reasons = self._contradicted.of(records)
            return as_curve(self._old, records, before.analysis, before.method, reasons)
        gone, found = self._anew(change, before)
        result = pool_selection(self._old, _merged(before.selection, gone, found), before.method)
        return replace(result, records=self._with(change))

    def _with(self, change: RecordChange) -> tuple[Record, ...]:
        """The old records with one changed, gone or new."""
        old = change.old.study if change.old is not None else None
        kept = [record for study, record in self._records.items() if study != old]
        return (*kept, *([change.new] if change.new is not None else []))

    def _replaced(self, change: RecordChange, before: AnalysisResult) -> Replaced:
        """The rows that one changed record takes away and those that come in their place."""
        gone, anew = self._anew(change, before)
        rows, whole = anew.chosen, _merged(before.selection, gone, anew)
        records = self._with(change)
        correlated = self._old.review.arms_of(before.analysis) == CORRELATED
        if not before.grouped:
            return Replaced(gone, {"": units_of(rows, correlated)}, whole, records)
        selection = replace(before.selection, chosen=rows, silent=())
        found = grouped(selection, self._old.review, self._records.values())
        known = {name_key(name): name for group in before.groups if (name := group.name)}
        groups = {
            known.get(name_key(name), name): units_of(group.chosen, correlated)
            for group in found.groups
            if (name := group.name)
        }
        everything = tuple(unit for units in groups.values() for unit in units)
        return Replaced(gone, {**groups, "": everything}, whole, records, not found.sharing)

    def _anew(self, change: RecordChange, before: AnalysisResult) -> tuple[frozenset[str], Selection]:
        """The studies that are selected anew with one record changed, and what is selected of them."""
        old = change.old.study if change.old is not None else None
        around = self._around([record for record in (change.old, change.new) if record is not None])
        records = [self._records[study] for study in around if study != old]
        records += [change.new] if change.new is not None else []
        found = select(self._old.review, before.analysis, records, self._contradicted.of(records))
        return frozenset(around), found

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
