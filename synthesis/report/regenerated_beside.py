"""Published estimates beside those that were computed again from the same survey's own files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.records.measures import Harmonised, harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import LoadedReview, Review
from evidence.records.scales import analysis_scale
from evidence.selection.selection import Candidate, candidates
from evidence.wording import MINUS, counted, fixed, format_number, format_ratio
from synthesis.report.anchors import entry_anchor
from synthesis.report.page_parts import ShownTable, TableCell
from synthesis.review.captions import effect_header, is_log

REGENERATED = "re-analysis"
_DECIMALS = 4
_HEADS = ("Report", "Outcome", "Persons", "Adjusted", "Printed", "Regenerated", "Distance")


@dataclass(frozen=True)
class _Pair:
    printed: Candidate
    again: Candidate
    first: Harmonised
    second: Harmonised

    @property
    def distance(self) -> float:
        """From the printed estimate to the regenerated one, in standard errors of the former."""
        return (self.second.yi - self.first.yi) / self.first.sei


def regenerated_table(loaded: LoadedReview) -> ShownTable | None:
    """A row for each printed estimate of which the records have one of the same persons, outcome and model.

    Both on the review's scale. None where no record was regenerated, or nothing has its like.
    """
    pairs = list(_pairs(loaded))
    if not pairs:
        return None
    places = _places(pairs, loaded.review)
    scale = analysis_scale(loaded.review.scale.measure)

    write = format_ratio if is_log(scale) else format_number

    def told(found: Candidate, effect: Harmonised) -> TableCell:
        low, high = write(effect.low, places), write(effect.high, places)
        return TableCell(f"{write(scale.back(effect.yi), places)} ({low} to {high})", entry_anchor(found))

    rows = tuple(
        (
            TableCell(pair.printed.report.label or pair.printed.label),
            TableCell(f"{pair.printed.record.outcome_of(pair.printed.estimate).name}, {pair.printed.site}"),
            TableCell(pair.printed.stratum.describe()),
            TableCell(pair.printed.record.model_of(pair.printed.estimate).adjustment),
            told(pair.printed, pair.first),
            told(pair.again, pair.second),
            TableCell(f"{fixed(pair.distance, 2)} SE".replace("-", MINUS)),
        )
        for pair in pairs
    )
    near = sum(abs(pair.distance) < 1 for pair in pairs)
    notes = (
        f"{effect_header(loaded.review.scale, 'outcome')}. Distance: regenerated less printed, in standard "
        f"errors of the printed estimate. Within one: {near} of {counted(len(pairs), 'estimate')}.",
    )
    numeric = (False, False, False, False, True, True, True)
    return ShownTable("regenerated", "Printed and regenerated estimates", _HEADS, numeric, rows, notes)


def _places(pairs: Sequence[_Pair], review: Review) -> int:
    """Decimals of the printed estimates, as far as they were not converted."""
    printed = [
        -exponent
        for pair in pairs
        if (effect := pair.printed.estimate.effect) is not None
        and effect.estimate is not None
        and isinstance(exponent := effect.estimate.value.as_tuple().exponent, int)
        and pair.first.factor == 1
    ]
    return max(printed, default=_DECIMALS)


def _pairs(loaded: LoadedReview) -> Iterator[_Pair]:
    review = loaded.review
    again: dict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    every = candidates(review, loaded.records)
    for found in every:
        if found.standing == REGENERATED and found.estimate.effect is not None:
            again[_asked(found, review)].append(found)
    for found in every:
        if found.standing == REGENERATED or found.estimate.effect is None:
            continue
        for other in again.get(_asked(found, review), ())[:1]:
            try:
                first, second = (
                    harmonise(each.record, each.estimate, review.scale, same=review.same)
                    for each in (found, other)
                )
            except NotPoolableError:
                continue
            yield _Pair(found, other, first, second)


def _asked(found: Candidate, review: Review) -> tuple[object, ...]:
    """What has to be the same in both: persons, exposure, outcome and place, adjustment, measure."""
    record, estimate = found.record, found.estimate
    assert estimate.effect is not None  # only estimates with a number are compared
    return (
        found.cohort.name.casefold(),
        found.cohort.spans,
        found.stratum,
        found.site.casefold(),
        review.same.name("outcomes", record.outcome_of(estimate).name),
        review.same.name("exposures", record.exposure_of(estimate).name),
        record.model_of(estimate).adjustment,
        estimate.effect.measure,
    )
