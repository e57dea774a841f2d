"""A review's analysis, its rows in order and pooled: the one object that text, figure and files come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from evidence.records.review import EACH, Analysis, LoadedReview, Method, Review, TargetScale
from evidence.selection.selection import (
    NONE_CONTRADICTED,
    Candidate,
    Chosen,
    Contradicted,
    Selection,
    select,
    share_reference,
)
from evidence.selection.unread import unread_of
from synthesis.pooled import pool
from synthesis.review.order import Order, in_order

if TYPE_CHECKING:
    from synthesis.pooled import Pooled


@dataclass(frozen=True)
class GroupResult:
    """Rows under one heading and their own summary; the only group of an analysis has no name."""

    name: str | None
    chosen: tuple[Chosen, ...]
    silent: tuple[Candidate, ...]
    pooled: Pooled | None


@dataclass(frozen=True)
class AnalysisResult:
    """What entered, what came out, and on which scale; numbers are computed here and nowhere else."""

    review: Review
    analysis: Analysis
    scale: TargetScale
    method: Method
    selection: Selection
    groups: tuple[GroupResult, ...]
    unread: tuple[str, ...] = ()
    """Files of records that cannot be read and may hold an estimate of it."""

    @property
    def k(self) -> int:
        """How many estimates enter."""
        return sum(len(group.chosen) for group in self.groups)

    @property
    def grouped(self) -> bool:
        """Whether rows stand in groups of dependent outcomes, without a common summary."""
        return self.analysis.group_by is not None

    def label(self, found: Candidate) -> str:
        """The study's name, with the stratum where the analysis shows one row for each."""
        wanted = self.analysis.stratum
        each = [
            getattr(found.stratum, name)
            for name in ("sex", "ancestry", "age", "group")
            if getattr(wanted, name) == EACH
        ]
        return ", ".join([found.label, *each, *([found.arm] if found.arm else [])])


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
    groups = (
        _grouped(selection, method)
        if analysis.group_by
        else (_group(None, selection.chosen, selection.silent, method),)
    )
    scale, unread = review.scale_of(analysis), unread_of(loaded, analysis)
    return AnalysisResult(review, analysis, scale, method, selection, groups, unread)


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


def _grouped(selection: Selection, method: Method) -> tuple[GroupResult, ...]:
    """One group a site, in the order of the rows; sites examined without a number come last."""
    sites = [each.candidate.site for each in selection.chosen] + [found.site for found in selection.silent]
    ordered = sorted(dict.fromkeys(sites), key=lambda site: _position(site, selection.analysis.outcome.sites))
    return tuple(
        _group(
            site,
            [each for each in selection.chosen if each.candidate.site == site],
            [found for found in selection.silent if found.site == site],
            method,
        )
        for site in ordered
    )


def _position(site: str, order: Sequence[str]) -> int:
    return order.index(site) if site in order else len(order)


def arms_apart(chosen: Sequence[Chosen]) -> bool:
    """Whether rows are arms of one study, compared with the same persons: they are not pooled."""
    return any(share_reference(a.candidate, b.candidate) for a, b in combinations(chosen, 2))


def _group(
    name: str | None, chosen: Sequence[Chosen], silent: Sequence[Candidate], method: Method
) -> GroupResult:
    pooled = (
        pool(
            yi=[each.effect.yi for each in chosen],
            sei=[each.effect.sei for each in chosen],
            slab=[each.candidate.name for each in chosen],
            method=method.estimator,
            test=method.test,
            level=method.level.fraction,
            # a review's kind of prediction is for its random effects; equal effects have none
            prediction=None if method.estimator == "EE" else method.prediction,
        )
        if chosen and not arms_apart(chosen)
        else None
    )
    return GroupResult(name, tuple(chosen), tuple(silent), pooled)
