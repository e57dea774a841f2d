"""A review's analysis, its rows in order and pooled: the one object that text, figure and files come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from evidence.records.review import CORRELATED, EACH, Analysis, LoadedReview, Method, Review, TargetScale
from evidence.selection.selection import (
    NONE_CONTRADICTED,
    Candidate,
    Chosen,
    Contradicted,
    Selection,
    select,
    share_reference,
)
from synthesis.pooled import pool
from synthesis.review.order import Order, in_order
from synthesis.review.pooled_units import Unit, units_of

if TYPE_CHECKING:
    from synthesis.pooled import Pooled


@dataclass(frozen=True)
class GroupResult:
    """Rows under one heading and their own summary; the only group of an analysis has no name.

    units: what is pooled, in the order of the summary's arrays: the rows, or several arms as one.
    """

    name: str | None
    units: tuple[Unit, ...]
    silent: tuple[Candidate, ...]
    pooled: Pooled | None

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The rows, arms of one study together."""
        return tuple(row for unit in self.units for row in unit.rows)

    @property
    def of_arms(self) -> bool:
        """Whether correlated arms are among what is pooled."""
        return any(unit.of_arms for unit in self.units)


@dataclass(frozen=True)
class AnalysisResult:
    """What entered, what came out, and on which scale; numbers are computed here and nowhere else."""

    review: Review
    analysis: Analysis
    scale: TargetScale
    method: Method
    selection: Selection
    groups: tuple[GroupResult, ...]

    @property
    def k(self) -> int:
        """How many estimates enter."""
        return sum(len(group.chosen) for group in self.groups)

    @property
    def grouped(self) -> bool:
        """Whether rows stand in groups of dependent outcomes, without a common summary."""
        return self.analysis.group_by is not None

    def label(self, found: Candidate) -> str:
        """The study's name, with the stratum where the analysis shows one row for each, and the arm."""
        return ", ".join([self.study_label(found), *([found.arm] if found.arm else [])])

    def unit_label(self, unit: Unit) -> str:
        """The name of what is pooled: of several arms that of their study."""
        return self.study_label(unit.first) if unit.of_arms else self.label(unit.first)

    def study_label(self, found: Candidate) -> str:
        """The study's name, with the stratum where the analysis shows one row for each."""
        wanted = self.analysis.stratum
        each = [
            getattr(found.stratum, name)
            for name in ("sex", "ancestry", "age", "group")
            if getattr(wanted, name) == EACH
        ]
        return ", ".join([found.label, *each])


def analyse(
    loaded: LoadedReview,
    analysis: Analysis,
    method: Method,
    order: Order = Order.REVIEW,
    contradicted: Contradicted = NONE_CONTRADICTED,
) -> AnalysisResult:
    """Select and pool one analysis of a review.

    Raises evidence.selection.selection.DoubleCountError where persons would be counted twice.
    """
    review = loaded.review
    found = select(review, analysis, loaded.records, contradicted)
    selection = replace(found, chosen=in_order(found.chosen, order))
    correlated = review.arms_of(analysis) == CORRELATED
    groups = tuple(
        GroupResult(name, units, silent, _pooled(units, method))
        for name, chosen, silent in (_parts(selection) if analysis.group_by else [_whole(selection)])
        for units in [units_of(chosen, correlated, order)]
    )
    return AnalysisResult(review, analysis, review.scale_of(analysis), method, selection, groups)


Made = TypeVar("Made")


def of_each(
    analyses: Iterable[Analysis], make: Callable[[Analysis], Made]
) -> tuple[dict[str, Made], dict[str, str]]:
    """What is made of every analysis, by its id, and by id why nothing can be made of the others.

    Persons counted twice, a method and a test that do not go together, or numbers beyond all reason stop the
    one analysis; the others go on.
    """
    made: dict[str, Made] = {}
    refusals: dict[str, str] = {}
    for analysis in analyses:
        try:
            made[analysis.id] = make(analysis)
        except (ValueError, ArithmeticError) as reason:
            refusals[analysis.id] = str(reason) or type(reason).__name__
    return made, refusals


Part: TypeAlias = tuple[str | None, Sequence[Chosen], tuple[Candidate, ...]]
"""The name of a group, its rows, and what was examined in it without a number."""


def _whole(selection: Selection) -> Part:
    return None, selection.chosen, selection.silent


def _parts(selection: Selection) -> list[Part]:
    """One part a site, in the order of the rows; sites examined without a number come last."""
    sites = [each.candidate.site for each in selection.chosen] + [found.site for found in selection.silent]
    ordered = sorted(dict.fromkeys(sites), key=lambda site: _position(site, selection.analysis.outcome.sites))
    return [
        (
            site,
            [each for each in selection.chosen if each.candidate.site == site],
            tuple(found for found in selection.silent if found.site == site),
        )
        for site in ordered
    ]


def _position(site: str, order: Sequence[str]) -> int:
    return order.index(site) if site in order else len(order)


def arms_apart(chosen: Sequence[Chosen]) -> bool:
    """Whether rows are arms of one study, compared with the same persons: they are not pooled."""
    return any(share_reference(a.candidate, b.candidate) for a, b in combinations(chosen, 2))


def _pooled(units: Sequence[Unit], method: Method) -> Pooled | None:
    if not units or arms_apart([unit.rows[0] for unit in units]):
        return None
    return pool(
        yi=[unit.yi for unit in units],
        sei=[unit.sei for unit in units],
        slab=[unit.name for unit in units],
        method=method.estimator,
        test=method.test,
        level=method.level.fraction,
        # a review's kind of prediction is for its random effects; equal effects have none
        prediction=None if method.estimator == "EE" else method.prediction,
    )
