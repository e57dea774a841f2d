"""Nothing falls through: every recorded estimate is in an analysis or listed with the reason."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.records.harmonise import harmonise
from evidence.records.measures import NotPoolableError
from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.selection.selection import Candidate, LeftOut, Selection, candidates


def in_no_analysis(
    review: Review, records: Iterable[Record], selections: Iterable[Selection]
) -> list[LeftOut]:
    """The estimates that no analysis names, neither as a row nor as left out, and why."""
    seen = {found.name for selection in selections for found in _named_in(selection)}
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
        harmonise(found.record, found.estimate, review.scale)
    except NotPoolableError as reason:
        return f"{outcome.name}: {reason}"
    return f"no analysis asks for {outcome.name}, {found.site}, {found.stratum.describe()}"
