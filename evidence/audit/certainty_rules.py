"""The rule about `certainty` of review.yaml: what it is rated by, and what was judged, can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.audit.rule import ERROR, PLAN_RULES, Finding
from evidence.records.certainty_choice import certainty_faults
from evidence.records.review import Review
from evidence.records.schema import Record


@PLAN_RULES.rule("certainty-choice", ERROR)
def certainty_choice(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Certainty is rated by thresholds, risks and a contrast that can be, and judged in words of GRADE."""
    for index, analysis in enumerate(review.analyses):
        if analysis.certainty is None:
            continue
        if analysis.dose_response is not None:
            says = "'certainty' is of one effect, and 'dose_response' is a curve over doses"
            yield Finding(("analyses", index, "certainty"), says, "Leave 'certainty' out of this analysis.")
            continue
        scale = review.scale_of(analysis)
        faults = certainty_faults(analysis.certainty, ("analyses", index), scale.measure, scale.per)
        yield from (Finding(at, says, hint or None) for at, says, hint in faults)
