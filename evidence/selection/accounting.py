"""Nothing falls through, and persons count once: what of the records is in no analysis, and who is in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.records.measures import harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.selection.selection import Candidate, Chosen, LeftOut, Selection, candidates


def persons_of(arms: Sequence[Chosen]) -> int | None:
    """Persons in arms of one comparison, those of the reference once; None where a number is not known."""
    sizes = [each.candidate.estimate.n for each in arms]
    known = [int(size) for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    first, *others = arms
    if not others:
        return sum(known)
    comparison = first.candidate.shared_reference
    assert comparison is not None
    assert comparison.reference.n is not None
    return sum(known) - len(others) * int(comparison.reference.n)


def in_no_analysis(
    review: Review, records: Iterable[Record], selections: Iterable[Selection]
) -> list[LeftOut]:
    """The estimates that no analysis names, neither as a row nor as left out, and why."""
    seen = {
        f"{found.record.study}/{name}"
        for selection in selections
        for found in _named_in(selection)
        for name in (found.estimate.id, *found.stands_for)
    }
    return [
        LeftOut(found, _reason(found, review))
        for found in candidates(review, records)
        if found.name not in seen
    ]


def _named_in(selection: Selection) -> Iterable[Candidate]:
    yield from (each.candidate for each in selection.chosen)
    yield from selection.silent
    yield from (each.candidate for each in (*selection.left_out, *selection.other_models))


def _reason(found: Candidate, review: Review) -> str:
    outcome = found.record.outcome_of(found.estimate)
    if found.estimate.not_reported is not None:
        return f"{outcome.name}: examined, not reported"
    try:
        harmonise(found.record, found.estimate, review.scale, same=review.same)
    except NotPoolableError as reason:
        return f"{outcome.name}: {reason}"
    return f"no analysis asks for {outcome.name}, {found.site}, {found.stratum.describe()}"
