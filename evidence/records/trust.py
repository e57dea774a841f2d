"""Which printed numbers count where they cannot all be true, and who has looked at them.

`use` of an effect names the number that gives its standard error. A misprint that a person has looked at is
acknowledged with the data it was made on: when these change, the judgement no longer counts.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from evidence.records.effect import Effect, Estimate
from evidence.records.provenance import Acknowledgement
from evidence.records.schema import Record
from evidence.records.vocabulary import Use

PARTS = (
    *("cohort", "reports", "population", "exposures", "outcomes", "models", "flow", "baseline"),
    "risk_of_bias",
)
"""The keys of a record that an acknowledgement may be about; else it names an estimate."""

_NOT_DATA = frozenset({"use", "note"})
_HASH_LENGTH = 12

WORDS: dict[Use, str] = {
    "ci": "the interval",
    "se": "the standard error",
    "t": "the test statistic",
    "f": "F",
    "chi2": "chi-square",
    "p": "the p-value",
    "n": "the number of persons",
    "groups": "the raw numbers of the groups",
    "group": "the raw numbers of the group",
    "columns": "the raw numbers",
}

RAW: tuple[Use, ...] = ("groups", "group", "columns")
"""The numbers that an estimate is made of."""

_SOURCES: tuple[Use, ...] = ("ci", "se", "t", "f", "chi2", "p", *RAW)


def estimate_called(record: Record, name: str) -> Estimate | None:
    """The estimate with this id."""
    return next((estimate for _, estimate in record.placed_estimates if estimate.id == name), None)


def fingerprint(record: Record, of: str) -> str | None:
    """A short hash of the numbers of an estimate or of a part of the record; None where there is none.

    Of an estimate it takes its effect and n. A key that is added to the schema later changes no hash as long
    as a record does not use it; notes and `use` are no data.
    """
    estimate = estimate_called(record, of)
    data: Any
    if estimate is not None:
        data = {"n": _plain(estimate.n), "effect": _plain(estimate.effect)}
    elif of in PARTS and getattr(record, of):
        data = _plain(getattr(record, of))
    else:
        return None
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _plain(part: Any) -> Any:
    """Dicts, lists and texts without what equals the schema's defaults."""
    if hasattr(part, "model_fields_set"):
        return {
            name: _plain(value)
            for name, field in type(part).model_fields.items()
            if name not in _NOT_DATA
            and (value := getattr(part, name)) != (None if field.is_required() else field.default)
        }
    if isinstance(part, dict):
        return {str(key): _plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    return None if part is None else str(part)


def counts(record: Record, acknowledgement: Acknowledgement) -> bool:
    """Whether an acknowledgement was made on the data that the record has now."""
    return acknowledgement.data is not None and acknowledgement.data == fingerprint(
        record, acknowledgement.of
    )


def chosen_use(record: Record, estimate: Estimate) -> Use | None:
    """The number to trust: of the effect itself, else of an acknowledgement that counts."""
    if estimate.effect is None or estimate.effect.use is not None:
        return None if estimate.effect is None else estimate.effect.use
    for each in record.acknowledged:
        use = each.use
        if each.of == estimate.id and use is not None and use != "nothing" and counts(record, each):
            return use
    return None


def trusted(record: Record, estimate: Estimate) -> Estimate:
    """The estimate with the numbers that count: all of them, or those that `use` leaves."""
    use = chosen_use(record, estimate)
    if use is None or estimate.effect is None or not is_printed(estimate.effect, use, estimate.n):
        return estimate
    return reduced(estimate, estimate.effect, use)


def reduced(estimate: Estimate, effect: Effect, use: Use) -> Estimate:
    """The estimate with the one number of its effect that gives the standard error."""
    changes = {"effect": only(effect, use), "n": estimate.n if use == "n" else None}
    return estimate.model_copy(update=changes)


def only(effect: Effect, use: Use) -> Effect:
    """The effect with its estimate and the one number that gives the standard error."""
    changes: dict[str, Any] = {key: None for key in _SOURCES if key != use}
    if use in RAW:
        changes["estimate"] = None
    if use != "ci":
        changes |= {"lower": None, "upper": None, "level": Effect.model_fields["level"].default}
    if use in ("se", "n", *RAW):
        changes["df"] = None
    return effect.model_copy(update={**changes, "use": use})


def is_printed(effect: Effect, use: Use, n: int | None) -> bool:
    """Whether the record has the number that is to be used, and the estimate that it belongs to."""
    if use == "n":
        return n is not None and effect.measure == "r" and effect.estimate is not None
    if use == "p" and (effect.p is None or effect.p.number is None):
        return False
    number = effect.limit if use == "ci" and effect.ci is None else getattr(effect, use)
    return number is not None and (use in RAW or effect.estimate is not None)
