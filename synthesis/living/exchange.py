"""What moved as plain data for other programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from synthesis.living.causes import Cause
from synthesis.living.changed_fields import FieldChange
from synthesis.living.changes import PlanChange, RecordChange
from synthesis.living.movement import MovedResult, Refused
from synthesis.living.sentences import weights_of
from synthesis.living.signals import is_significant
from synthesis.living.summaries import Summary
from synthesis.living.what_moved import WhatMoved
from synthesis.living.without_doubted import WithoutDoubted
from synthesis.pooling.as_data import plain


def as_data(found: WhatMoved) -> dict[str, Any]:
    """Versions, records field by field, results before and after with their causes, signals.

    Estimates are as shown (ratios, not their logarithms), tau2 on the scale of pooling, weights in percent.
    """
    movement = found.movement
    folder = found.new.loaded.folder
    return {
        "review": found.new.loaded.review.review,
        "old": {"name": found.old.name, "says": found.old.says},
        "new": {"name": found.new.name, "says": found.new.says},
        "records": [_record(each, folder) for each in movement.changes.records],
        "plan": [_plan(each, folder) for each in movement.changes.plan],
        "wording": [_field(each, folder) for each in movement.changes.words],
        "moved": [_moved(each) for each in movement.moved],
        "refused": _refused(movement.refused),
        "unchanged": movement.unchanged,
        "signals": [dataclasses.asdict(each) for each in found.signals],
        "stale_judgements": list(found.stale),
        "unread": list(found.unread),
        "without": None if found.without is None else _without(found.without),
    }


def _without(found: WithoutDoubted) -> dict[str, Any]:
    """The reports in doubt, and every result that is another without them."""
    return {
        "reports": [dataclasses.asdict(each) for each in found.reports],
        "moved": [_moved(each) for each in found.movement.moved],
        "refused": _refused(found.movement.refused),
    }


def _refused(refused: Iterable[Refused]) -> list[dict[str, Any]]:
    return [{"analysis": each.analysis.id, "reason": each.reason, "still": each.still} for each in refused]


def _record(change: RecordChange, folder: Path) -> dict[str, Any]:
    return {
        "study": change.study,
        "happened": change.happened.value,
        "was": change.was,
        "fields": [_field(each, folder) for each in change.fields],
    }


def _plan(change: PlanChange, folder: Path) -> dict[str, Any]:
    return {"what": change.name, "fields": [_field(each, folder) for each in change.fields]}


def _field(change: FieldChange, folder: Path) -> dict[str, Any]:
    return {
        "file": change.where(folder).rpartition(":")[0],
        "line": change.place.line,
        "of": change.of,
        "key": change.key,
        "before": change.before,
        "after": change.after,
    }


def _moved(moved: MovedResult) -> dict[str, Any]:
    return {
        "analysis": moved.analysis.id,
        "title": moved.title,
        "kind": moved.after.kind or moved.before.kind or "pooled",
        "before": _summary(moved.before),
        "after": _summary(moved.after),
        "shift_is": "ratio" if moved.before.log or moved.after.log else "difference",
        "causes": [_cause(each, moved) for each in moved.causes],
        "joint": plain(moved.joint),
        "why": moved.why or None,
    }


def _cause(cause: Cause, moved: MovedResult) -> dict[str, Any]:
    return {
        "change": cause.name,
        "shift": plain(cause.shift(moved.before)),
        "alone": None if cause.alone is None else _numbers(cause.alone),
        "refused": cause.refused or None,
    }


def _numbers(summary: Summary) -> dict[str, Any]:
    estimate, low, high = summary.numbers or (None, None, None)
    return {
        "k": summary.k,
        "estimate": plain(estimate),
        "ci": plain([low, high]),
        **({} if summary.primary is None else {"primary": summary.primary}),
        **({"says": summary.says} if summary.says else {}),
    }


def _summary(summary: Summary) -> dict[str, Any]:
    found = summary.inference
    if found is None:
        return _numbers(summary)
    more = {
        "p_value": found.p_value,
        "significant": is_significant(summary),
        "tau2": found.tau2,
        "I2": found.I2,
        "weights": weights_of(summary),
        "method": summary.method_sentence,
    }
    return {**_numbers(summary), **plain(more)}
