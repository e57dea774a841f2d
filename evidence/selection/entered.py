"""A short hash of what entered a pool, so that a judgement of its certainty knows when it is stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from evidence.records.certainty_choice import RISK_OF_BIAS, CertaintyJudgement
from evidence.records.review import Analysis, LoadedReview, Review
from evidence.records.trust import fingerprint
from evidence.selection.grouping import group_of
from evidence.selection.selection import Chosen, Contradicted, select

_HASH_LENGTH = 12
_DIGITS = 10  # of an effect: more may differ between machines


def entered_hash(review: Review, analysis: Analysis, chosen: Sequence[Chosen], domain: str) -> str:
    """Of effects and standard errors as they entered, what they are in, and how they are pooled.

    A judgement of the risk of bias is also about the judgements of the studies. Thresholds, other judgements
    and the order of the rows are no data.
    """
    scale, method, model = review.scale_of(analysis), review.method, review.model_of(analysis)
    data: dict[str, object] = {
        "scale": [scale.measure, scale.per, scale.unit],
        "method": [
            *(each.casefold() for each in (method.estimator, method.test, method.prediction)),
            method.level.fraction,
        ],
        "model": None if model is None else model.model_dump(mode="json", exclude_defaults=True),
        "rows": sorted(
            [each.candidate.name, f"{each.effect.yi:.{_DIGITS}g}", f"{each.effect.sei:.{_DIGITS}g}"]
            for each in chosen
        ),
    }
    if domain == RISK_OF_BIAS:
        records = {each.candidate.record.study: each.candidate.record for each in chosen}
        data["bias"] = {study: fingerprint(record, "risk_of_bias") for study, record in records.items()}
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def of_group(analysis: Analysis, chosen: Sequence[Chosen], group: str | None) -> list[Chosen]:
    """The rows of a group, all of them without one."""
    by = analysis.group_by
    if group is None or by is None:
        return list(chosen)
    return [each for each in chosen if group_of(each.candidate, by) == group]


def is_stale(
    review: Review, analysis: Analysis, chosen: Sequence[Chosen], judgement: CertaintyJudgement
) -> bool:
    """Whether a judgement names other data than those that enter now; one without data is not known to."""
    rows = of_group(analysis, chosen, judgement.group)
    return judgement.data is not None and judgement.data != entered_hash(
        review, analysis, rows, judgement.domain
    )


def stale_certainty(loaded: LoadedReview, contradicted: Contradicted) -> Iterator[str]:
    """A sentence for each judgement of certainty that is older than its data."""
    if loaded.document.model is None:
        return
    for analysis in loaded.review.analyses:
        judgements = () if analysis.certainty is None else analysis.certainty.judgements
        if not judgements or analysis.dose_response is not None:
            continue
        try:
            chosen = select(loaded.review, analysis, loaded.records, contradicted).chosen
        except ValueError:
            continue  # the analysis is refused, and whoever pools it says why
        for each in judgements:
            if is_stale(loaded.review, analysis, chosen, each):
                of = f"{analysis.id}, {each.group}" if each.group else analysis.id
                yield (
                    f"{of}: the judgement of {each.domain} ({each.judgement}; {each.by}, {each.on}) is older "
                    "than its data"
                )
