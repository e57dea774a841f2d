"""Judgements that are older than the data they were made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evidence.audit.auditing import contradicted_estimates
from evidence.records.provenance import Judgement
from evidence.records.review import LoadedReview
from evidence.records.schema import Record
from evidence.records.trust import counts, fingerprint
from evidence.selection.entered import stale_certainty
from evidence.wording import counted
from synthesis.living.changes import Changes


def outdated(records: Iterable[Record], changes: Changes) -> list[str]:
    """A sentence for each judgement of the new version whose data have changed since.

    Acknowledgements carry a hash of their data. Judgements of risk of bias do not: they are told where the
    numbers changed between the versions and the judgement did not.
    """
    found = [says for record in records for says in _acknowledgements(record)]
    for change in changes.records:
        if change.old is not None and change.new is not None:
            found += _risk_of_bias(change.old, change.new)
    return found


def outdated_certainty(loaded: LoadedReview) -> list[str]:
    """A sentence for each judgement of the certainty of a result whose data have changed since."""
    model = loaded.document.model
    if model is None or not any(each.certainty for each in model.analyses):
        return []
    return list(stale_certainty(loaded, contradicted_estimates(loaded.records)))


def _acknowledgements(record: Record) -> Iterator[str]:
    for each in record.acknowledged:
        if each.data is not None and not counts(record, each):
            yield (
                f"{record.study}: the acknowledgement of {each.finding} in '{each.of}' "
                f"({each.by}, {each.on}) is older than its data"
            )


def _risk_of_bias(old: Record, new: Record) -> Iterator[str]:
    changed = {
        estimate.id: estimate.where.report
        for _, estimate in new.placed_estimates
        if fingerprint(old, estimate.id) not in (None, fingerprint(new, estimate.id))
    }
    kept = [each for each in new.risk_of_bias if each in old.risk_of_bias]
    about = [each for each in kept if _is_about(each, changed)]
    if about:
        tools = ", ".join(dict.fromkeys(each.tool for each in about))
        yield (
            f"{new.study}: {counted(len(about), 'judgement')} of risk of bias ({tools}) "
            f"{'is' if len(about) == 1 else 'are'} older than the numbers of {', '.join(changed)}"
        )


def _is_about(judgement: Judgement, changed: dict[str, str]) -> bool:
    if judgement.estimate is not None:
        return judgement.estimate in changed
    return bool(changed) and judgement.report in (None, *changed.values())
