"""A group's results without a number that the review lets count, pooled beside those that have one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evidence.records.measures import harmonise
from evidence.records.printed import Printed
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import Analysis, Method, Review
from evidence.records.unreported import Unreported
from evidence.selection.accounting import persons_of
from evidence.selection.selection import Candidate
from synthesis.review.pooled_units import Unit
from synthesis.unprinted.unreported_api import UnreportedPooled, pool_unreported


@dataclass(frozen=True, eq=False)
class SilentPool:
    """The pool with what is said, and whose results that is: candidates in the order of its `silent`."""

    pooled: UnreportedPooled
    silent: tuple[Candidate, ...]

    def ranges_of(self, found: Candidate) -> tuple[tuple[float, float], ...] | None:
        """Effects that are not ruled out for a result, on the analysis scale; None if it does not count."""
        names = [each.name for each in self.silent]
        return self.pooled.ranges[names.index(found.name)] if found.name in names else None


def silent_pool(
    review: Review, analysis: Analysis, method: Method, units: Sequence[Unit], silent: Sequence[Candidate]
) -> SilentPool | None:
    """The pool of a group with what its analysis takes results without a number for; None without any.

    Raises ValueError, naming the result, where its standard error cannot be known.
    """
    spoken = [(found, each) for found in silent if (each := entry_of(analysis, found)) is not None]
    if not spoken or not units:
        return None
    errors = [_error(found, each, review, analysis) for found, each in spoken]
    pooled = pool_unreported(
        [*(unit.yi for unit in units), *(None for _ in spoken)],
        sei=[*(unit.sei for unit in units), *errors],
        said=[*(None for _ in units), *(each.said for _, each in spoken)],
        ni=[*(persons_of(unit.rows) for unit in units), *(_persons(*each) for each in spoken)],
        probability=[*(None for _ in units), *(_number(each.probability) for _, each in spoken)],
        alpha=[*(None for _ in units), *(_number(each.alpha) for _, each in spoken)],
        slab=[*(unit.first.label for unit in units), *(found.label for found, _ in spoken)],
        method="EE" if method.estimator == "EE" else "ML",
        level=method.level.fraction,
    )
    return SilentPool(pooled, tuple(found for found, _ in spoken))


def entry_of(analysis: Analysis, found: Candidate) -> Unreported | None:
    """What the analysis takes a result for: by study and estimate, or by the study alone."""
    return analysis.unreported.get(found.name) or analysis.unreported.get(found.record.study)


def passed_over(analysis: Analysis, silent: Sequence[Candidate]) -> Iterator[str]:
    """Names under `unreported` that no result without a number of the analysis has."""
    known = {name for found in silent for name in (found.name, found.record.study)}
    yield from (name for name in analysis.unreported if name not in known)


def _number(given: Printed | None) -> float | None:
    return None if given is None else float(given.value)


def _persons(found: Candidate, each: Unreported) -> float | None:
    if each.n is not None:
        return float(each.n.value)
    return None if found.estimate.n is None else float(found.estimate.n)


def _error(found: Candidate, each: Unreported, review: Review, analysis: Analysis) -> float | None:
    """Its standard error where the review tells it, by a number or by another result of the same study."""
    if each.se is not None:
        return float(each.se.value)
    if each.like is None:
        return None
    record = found.record
    other = next((one for one in record.estimates if one.id == each.like.estimate), None)
    if other is None or other.effect is None:
        raise ValueError(
            f"unreported {found.name}: 'like' names {each.like.estimate}, which is no result with a number "
            f"of {record.study}"
        )
    try:
        sei = harmonise(record, other, review.scale_of(analysis), same=review.same).sei
    except NotPoolableError as reason:
        raise ValueError(f"unreported {found.name}: {each.like.estimate} cannot tell it: {reason}") from None
    persons, n = _persons(found, each), each.like.n
    others = float(n.value) if n is not None else None if other.n is None else float(other.n)
    if persons is None or others is None:
        lacks = found.name if persons is None else each.like.estimate
        raise ValueError(
            f"unreported {found.name}: the persons of {lacks} are not known; write 'n', as its standard "
            "error is that of the other times the root of their ratio"
        )
    return float(sei * np.sqrt(others / persons))
