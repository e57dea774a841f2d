"""A short hash of what entered a pool, so that a judgement of its certainty knows when it is stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress

from evidence.records.certainty_choice import CERTAINTY, PUBLICATION_BIAS, RISK_OF_BIAS, CertaintyJudgement
from evidence.records.names import name_key
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import CORRELATED, Analysis, LoadedReview, Review
from evidence.records.schema import Record
from evidence.selection.grouping import group_of
from evidence.selection.selection import (
    Candidate,
    Chosen,
    Contradicted,
    Selection,
    covariance_of,
    of_one_comparison,
    select,
)

_HASH_LENGTH = 12
_DIGITS = 10  # of an effect: more may differ between machines
_DIGITS_OF_SEARCHES = 6  # of what is searched for step by step


def entered_hash(review: Review, selection: Selection, group: str | None, domain: str) -> str:
    """Of effects, standard errors and covariances as they entered, what they are in, and how they are pooled.

    group: of an analysis by groups, which; None for all of its rows. A judgement of the risk of bias is also
    about the judgements of the studies, one of publication bias about what was examined without a number, one
    of certainty as a whole about both. Thresholds, other judgements, words of support and the order of the
    rows are no data.
    """
    analysis = selection.analysis
    chosen = [each for each in selection.chosen if _in_group(each.candidate, analysis, group)]
    scale, method, model = review.scale_of(analysis), review.method, review.model_of(analysis)
    data: dict[str, object] = {
        "scale": [scale.measure, scale.per, scale.unit],
        "method": [
            *(each.casefold() for each in (method.estimator, method.test, method.prediction)),
            method.level.fraction,
        ],
        "model": None if model is None else model.model_dump(mode="json", exclude_defaults=True),
        "rows": _effects(chosen),
    }
    if model is not None or review.arms_of(analysis) == CORRELATED:
        data["arms"] = sorted(_covariances(chosen))
    if analysis.tau2 == "common":
        data["beside"] = _effects(selection.chosen)
    if domain in (RISK_OF_BIAS, CERTAINTY):
        records = {each.candidate.record.study: each.candidate.record for each in chosen}
        data["bias"] = {study: sorted(_judged(record)) for study, record in records.items()}
    if domain in (PUBLICATION_BIAS, CERTAINTY):
        silent = (each.name for each in selection.silent if _in_group(each, analysis, group))
        data["silent"] = sorted(silent)
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _in_group(found: Candidate, analysis: Analysis, group: str | None) -> bool:
    by = analysis.group_by
    return group is None or by is None or name_key(group_of(found, by)) == name_key(group)


def _effects(chosen: Sequence[Chosen]) -> list[list[str]]:
    return sorted(
        [each.candidate.name, f"{each.effect.yi:.{_DIGITS}g}", f"{each.effect.sei:.{_DIGITS}g}"]
        for each in chosen
    )


def _covariances(chosen: Sequence[Chosen]) -> Iterator[list[str]]:
    """Of arms that share a reference, where known: inputs of weights that no standard error tells."""
    for arms in of_one_comparison(chosen):
        if len(arms) > 1:
            names = sorted(each.candidate.name for each in arms)
            with suppress(NotPoolableError):
                matrix = covariance_of(arms)
                yield [*names, *sorted(f"{each:.{_DIGITS_OF_SEARCHES}g}" for row in matrix for each in row)]


def _judged(record: Record) -> Iterator[list[str]]:
    for each in record.risk_of_bias:
        words = (each.tool, each.version, each.domain, each.judgement, each.applicability, each.by)
        yield [
            *("" if word is None else word.casefold() for word in words),
            *(word or "" for word in (each.report, each.estimate)),
        ]


def is_stale(review: Review, selection: Selection, judgement: CertaintyJudgement) -> bool:
    """Whether a judgement names other data than those that enter now; one without data is not known to."""
    return judgement.data is not None and judgement.data != entered_hash(
        review, selection, judgement.group, judgement.domain
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
            selection = select(loaded.review, analysis, loaded.records, contradicted)
        except ValueError:
            continue  # the analysis is refused, and whoever pools it says why
        for each in judgements:
            if is_stale(loaded.review, selection, each):
                of = f"{analysis.id}, {each.group}" if each.group else analysis.id
                yield (
                    f"{of}: the judgement of {each.domain} ({each.judgement}; {each.by}, {each.on}) is older "
                    "than its data"
                )
