"""What moved, in words: the lines that `diff`, `add`, the changelog and pull requests share."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.wording import (
    MINUS,
    NOTHING,
    counted,
    fixed,
    format_number,
    format_ratio,
    significant,
)
from synthesis.living.causes import Cause
from synthesis.living.changes import Changes, Happened, PlanChange, RecordChange
from synthesis.living.movement import MovedResult, Movement
from synthesis.living.summaries import DIRECTIONS, Summary
from synthesis.review.curve_parts import SHAPE

MOST_WEIGHTS = 3
LEAST_WEIGHT = 0.5
"""Percent by which a weight changes that is told."""
MOST_CAUSES = 4
HARDLY = "(hardly the estimate)"
"""Of a change whose shift is nothing as shown: it moves the interval, or the number of estimates."""


def result_columns(moved: MovedResult) -> tuple[str, str, str]:
    """Title, the old result, and '→ the new one (k 3 → 4)'."""
    title, before, after = results_shown(moved)
    return title, before, f"→  {after}   (k {moved.before.k} → {moved.after.k})"


def results_shown(moved: MovedResult) -> tuple[str, str, str]:
    """Title, the old result and the new one; of directions, and of what a curve rests on, what differs."""
    old, new = moved.before, moved.after
    decimals = max(old.decimals, new.decimals)
    before, after = old.shown(decimals), new.shown(decimals)
    if old.kind == new.kind and old.kind in (DIRECTIONS, SHAPE):
        before, after = _differing(before, after, whole=old.kind == DIRECTIONS)
    return moved.title, before, after


def _differing(before: str, after: str, whole: bool) -> tuple[str, str]:
    """Of lists of parts those that the other has not; whole: all of them where one list has no such part."""
    old, new = before.split("; "), after.split("; ")
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if whole and not (gone and come):
        return before, after
    return "; ".join(gone) or NOTHING, "; ".join(come) or NOTHING


def because(moved: MovedResult) -> str:
    """'because of lee-2019 +0.0005, kim-2020 −0.0001; together +0.0002 more'; empty if not known."""
    if moved.why:
        return moved.why
    told = [_cause(cause, moved) for cause in _largest_first(moved)]
    if not told:
        return "no change does it alone, all together do" if moved.before.k and moved.after.k else ""
    more = len(told) - MOST_CAUSES
    words = ", ".join(told[:MOST_CAUSES]) + (f", and {counted(more, 'other change')}" if more > 0 else "")
    joint = _joint(moved)
    return f"because of {words}" + (f"; together {joint} more" if joint else "")


def _largest_first(moved: MovedResult) -> list[Cause]:
    def size(cause: Cause) -> float:
        shift = cause.shift(moved.before)
        if shift is None:
            return float("inf")
        return _steady(abs(shift - 1) if moved.before.log else abs(shift))

    return sorted(moved.causes, key=size, reverse=True)


def _steady(size: float) -> float:
    """To nine digits: what is equal but for the order of a sum keeps its place, on every machine."""
    return float(f"{size:.9g}")


def _cause(cause: Cause, moved: MovedResult) -> str:
    if cause.refused:
        return f"{cause.name} (alone refused)"
    shift = cause.shift(moved.before)
    if shift is None:
        return cause.name
    text = shift_text(shift, moved)
    return f"{cause.name} {HARDLY}" if text == _no_shift(moved) else f"{cause.name} {text}"


def shift_text(shift: float, moved: MovedResult) -> str:
    """'+0.0005', or '×1.04' on a log scale; with the decimals of the result and one more."""
    decimals = max(moved.before.decimals, moved.after.decimals) + 1
    if moved.before.log:
        return f"×{format_ratio(shift, decimals)}"
    text = format_number(shift, decimals)
    return text if text.startswith(MINUS) else f"+{text}"


def _joint(moved: MovedResult) -> str:
    """What the changes do together beyond each alone, where one can see it."""
    if moved.joint is None:
        return ""
    text = shift_text(moved.joint, moved)
    return "" if text == _no_shift(moved) else text


def _no_shift(moved: MovedResult) -> str:
    return shift_text(1.0 if moved.before.log else 0.0, moved)


def details(moved: MovedResult) -> str:
    """Heterogeneity and the weights that changed most: 'τ² 0.0001 → 0.0002; I² 12 % → 60 %; weights ...'."""
    before, after = moved.before.inference, moved.after.inference
    parts = []
    if before is not None and after is not None and after.k > 1:
        parts.append(f"τ² {_tau2(moved.before)} → {_tau2(moved.after)}")
        shares = _i2(moved.before), _i2(moved.after)
        parts += [] if shares == (NOTHING, NOTHING) else [f"I² {' → '.join(shares)}"]
    parts += _weights(moved.before, moved.after)
    return "; ".join(parts)


def _tau2(summary: Summary) -> str:
    return NOTHING if summary.inference is None else significant(summary.inference.tau2, 2)


def _i2(summary: Summary) -> str:
    number = NOTHING if summary.inference is None else fixed(summary.inference.I2, 0)
    return number if number == NOTHING else f"{number} %"


def weights_of(summary: Summary) -> dict[str, float]:
    """The weight of each estimate in percent, by study and estimate."""
    found = summary.pooled if summary.model is None else summary.model.fit
    return {} if found is None else dict(zip(found.labels, found.weights.tolist(), strict=True))


def _weights(before: Summary, after: Summary) -> Iterator[str]:
    old, new = weights_of(before), weights_of(after)
    if len(old) < 2 and len(new) < 2:
        return
    shifts = {name: new.get(name, 0.0) - old.get(name, 0.0) for name in dict.fromkeys([*new, *old])}
    changed = [name for name in shifts if abs(shifts[name]) >= LEAST_WEIGHT]
    largest = sorted(changed, key=lambda name: _steady(abs(shifts[name])), reverse=True)
    if largest:
        told = [
            f"{name} {_percent(old.get(name))} → {_percent(new.get(name))}" for name in largest[:MOST_WEIGHTS]
        ]
        yield f"weights {', '.join(told)}"


def _percent(weight: float | None) -> str:
    return NOTHING if weight is None else f"{fixed(weight, 0)} %"


# Records.

_TITLES = {
    Happened.ADDED: "added",
    Happened.RETRACTED: "retracted",
    Happened.SUPERSEDED: "superseded",
    Happened.CORRECTED: "corrected",
    Happened.CHANGED: "changed",
    Happened.RENAMED: "renamed",
    Happened.REMOVED: "removed",
}


def record_counts(changes: Changes) -> str:
    """'1 added  lee-2019 · 2 changed  kim-2020, ho-2022'; says so where there is nothing."""
    parts = []
    for happened, word in _TITLES.items():
        names = [_named(each) for each in changes.records if each.happened is happened]
        if names:
            shown = ", ".join(names[:6]) + (f" and {len(names) - 6:,} more" if len(names) > 6 else "")
            parts.append(f"{len(names):,} {word}: {shown}")
    return "; ".join(parts) or "no record changed"


def _named(change: RecordChange) -> str:
    return f"{change.was} as {change.study}" if change.happened is Happened.RENAMED else change.study


def heading(change: RecordChange | PlanChange) -> str:
    """The name under which fields of a change are listed."""
    if isinstance(change, PlanChange):
        return "review.yaml, how effects are pooled" if change.name == "method" else "review.yaml"
    was = f", before: {change.was}" if change.was and change.happened is not Happened.RENAMED else ""
    return f"{change.study} ({change.happened}{was})"


def is_still(movement: Movement) -> bool:
    """Whether nothing at all happened."""
    changes = movement.changes
    return not (changes.records or changes.plan or changes.words or movement.moved or movement.refused)


def rest_words(movement: Movement) -> str:
    """How many analyses stay as they were; nothing where there is no other."""
    if not movement.moved and not movement.refused:
        return "no pooled result changed"
    count = movement.unchanged
    return f"{counted(count, 'other analysis')} unchanged" if count else ""
