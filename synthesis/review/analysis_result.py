"""What an analysis of a review gives: the one object that text, figure and files come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from evidence.literature.flow.searched_days import NEVER_SEARCHED, SearchedDays
from evidence.records.review import EACH, Analysis, Method, Review, TargetScale
from evidence.records.schema import Record
from evidence.selection.selection import (
    Candidate,
    Chosen,
    Selection,
)
from synthesis.review.dose_pool import DosePool
from synthesis.review.modelled import Modelled, ModelSummary, Moderated, moderated
from synthesis.review.pooled_units import Unit
from synthesis.review.silent_pool import SilentPool

if TYPE_CHECKING:
    from synthesis.pooled import Pooled
    from synthesis.posterior.bayesian import Bayesian
    from synthesis.posterior.group_posteriors import GroupPosterior
    from synthesis.regression.subgroup_result import Subgroup, Subgroups


@dataclass(frozen=True, eq=False)
class GroupResult:
    """Rows under one heading and their own summary; the only group of an analysis has no name.

    units: what is pooled, in the order of the summary's arrays: the rows, or several arms as one.
    pooled: the rows pooled by themselves; None where nothing is. mean: of a group that shares its tau2 with
    the others, in place of pooled. model: of rows that may share persons, in place of both; units are in the
    order of its rows. unreported: the pool in which results without a number count, where the review asks.
    bayesian: beside pooled or mean, where the review asks for it; without_bayes: why there is none, where it
    has no posterior.
    """

    name: str | None
    units: tuple[Unit, ...]
    silent: tuple[Candidate, ...]
    pooled: Pooled | None
    mean: Subgroup | None = None
    model: Modelled | None = None
    unreported: SilentPool | None = None
    bayesian: Bayesian | GroupPosterior | None = None
    without_bayes: str = ""

    @property
    def summary(self) -> Pooled | Subgroup | ModelSummary | None:
        """What stands below the rows; None where nothing is pooled."""
        if self.model is not None:
            return self.model.summary
        return self.mean or self.pooled

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The rows, arms of one study together."""
        return tuple(row for unit in self.units for row in unit.rows)

    @cached_property
    def means(self) -> tuple[Unit, ...]:
        """Rows that stand together, as one: arms, or under a model the estimates of a cluster."""
        return self.units if self.model is None else self.model.studies

    @property
    def of_arms(self) -> bool:
        """Whether correlated arms are among what is pooled."""
        return any(unit.of_arms for unit in self.units)


@dataclass(frozen=True)
class AnalysisResult:
    """What entered, what came out, and on which scale; numbers are computed here and nowhere else.

    overall: all rows of the groups pooled together, where they are groups and no person stands in two of
    them. difference: the test that groups differ; untested: why there is none, as a sentence. within: of two
    groups the second less the first, pooled over the studies that have both. sharing: rows of different
    groups that share persons, by their labels. dose: of a dose-response analysis its curve; it has no groups.
    """

    review: Review
    analysis: Analysis
    scale: TargetScale
    method: Method
    selection: Selection
    groups: tuple[GroupResult, ...]
    overall: GroupResult | None = None
    difference: Subgroups | None = None
    within: Pooled | None = None
    untested: str = ""
    sharing: tuple[tuple[str, str], ...] = ()
    records: tuple[Record, ...] = ()
    """Those that it was selected from."""
    unread: tuple[str, ...] = ()
    """Files of records that cannot be read and may hold an estimate of it."""
    dose: DosePool | None = None
    searched: SearchedDays = NEVER_SEARCHED
    """To which day its records were searched for."""

    def telling_as(self, other: AnalysisResult) -> AnalysisResult:
        """Of a curve the effects of those doses that another version of it tells; else the same."""
        return self if self.dose is None else replace(self, dose=self.dose.telling_as(other.dose))

    @property
    def summarised(self) -> tuple[GroupResult, ...]:
        """The groups, and all of them together where they have an overall summary."""
        return self.groups if self.overall is None else (*self.groups, self.overall)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All that enters or is silent, group by group; of a curve in the order of its rows."""
        if self.dose is not None:
            return (*(each.candidate for each in self.selection.chosen), *self.selection.silent)
        return tuple(
            found
            for group in self.groups
            for found in (*(each.candidate for each in group.chosen), *group.silent)
        )

    @property
    def k(self) -> int:
        """How many estimates enter."""
        if self.dose is not None:
            return len(self.selection.chosen)
        return sum(len(group.chosen) for group in self.groups)

    def weights_of(self, group: GroupResult) -> list[float]:
        """Percent of the overall summary where there is one, else of the group's own; one a unit."""
        whole = self.overall or group
        weights: Sequence[float] | None = None
        if whole.model is not None and whole.model.summary is not None:
            weights = whole.model.summary.fit.weights.tolist()
        elif whole.pooled is not None:
            weights = whole.pooled.weights.tolist()
        if weights is None:
            return [math.nan] * len(group.units)
        known = {unit.name: weights[place] for place, unit in enumerate(whole.units)}
        return [known[unit.name] for unit in group.units]

    @cached_property
    def moderated(self) -> Moderated | None:
        """With a model, whether effects differ by its groups and moderators; None where nothing is asked."""
        filled = [group for group in self.groups if group.chosen]
        by = self.analysis.group_by
        names = [*([by] if by is not None and len(filled) > 1 else []), *self.analysis.moderators]
        whole = self.overall or next(iter(filled), None)
        if not names or whole is None or whole.model is None or whole.model.summary is None:
            return None
        return moderated(whole.model, list(dict.fromkeys(names)))

    @property
    def sides(self) -> tuple[str, str]:
        """What lies below and above no effect in the reader's words; empty where neither place says it."""
        direction = self.analysis.direction or self.review.direction
        return (direction.lower, direction.higher) if direction else ("", "")

    @property
    def is_modelled(self) -> bool:
        """Whether its rows stand under a model of dependent effects."""
        return any(group.model is not None for group in self.groups)

    @property
    def grouped(self) -> bool:
        """Whether rows stand in groups."""
        return self.analysis.group_by is not None

    def label(self, found: Candidate) -> str:
        """The study's name, with the stratum where the analysis shows one row for each, and the arm."""
        return ", ".join([self.study_label(found), *([found.arm] if found.arm else [])])

    def unit_label(self, unit: Unit) -> str:
        """The name of what is pooled: of several arms that of their study."""
        if unit.label:
            return unit.label
        return self.study_label(unit.first) if unit.of_arms else self.label(unit.first)

    def study_label(self, found: Candidate) -> str:
        """The study's name, with the stratum where the analysis shows one row for each."""
        wanted = self.analysis.stratum
        each = [
            getattr(found.stratum, name)
            for name in ("sex", "ancestry", "age", "group")
            if getattr(wanted, name) == EACH and name != self.analysis.group_by
        ]
        return ", ".join([found.label, *self._site(found), *each])

    def part_label(self, found: Candidate, of_one_study: bool) -> str:
        """The name of an estimate below its cluster: what tells it from the others there."""
        words = self.label(found)
        return words.removeprefix(f"{found.label}, ") if of_one_study else words

    def _site(self, found: Candidate) -> list[str]:
        """The site, where a model has several of them in one group."""
        if not self.is_modelled or self.analysis.group_by == "site":
            return []
        several = {each.candidate.site for each in self.selection.chosen} | {
            each.site for each in self.selection.silent
        }
        return [found.site] if len(several) > 1 else []
