"""What the raw counts or means of two groups give, for an effect printed beside them."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.audit.arithmetic import Interval
from evidence.audit.printed_effect import printed_effect
from evidence.audit.rule import RECORD_RULES, WARNING, Finding
from evidence.audit.wording import significant
from evidence.records.schema import Effect, Group, Measure, Record

SLACK = 1e-9


@RECORD_RULES.rule("effect-against-groups", WARNING)
def effect_against_groups(record: Record) -> Iterator[Finding]:
    """An unadjusted estimate is the one that the counts or means of its groups give."""
    for index, estimate in enumerate(record.estimates):
        view = printed_effect(estimate)
        if view is None or estimate.effect is None or record.model_of(estimate).adjustment != "none":
            continue
        computed = _from_groups(estimate.effect)
        printed = Interval(view.estimate.lowest, view.estimate.highest)
        if computed is None or printed.meets(computed.widened(SLACK * abs(computed.high))):
            continue
        low, high = significant(computed.low), significant(computed.high)
        gives = low if low == high else f"{low} to {high}"
        yield Finding(
            ("estimates", index, "effect", "estimate"),
            f"{view.measure} {view.estimate} does not follow from its groups, which give {gives}",
            "Are the groups exchanged, or is the estimate an adjusted one?",
        )


def _from_groups(effect: Effect) -> Interval | None:
    if effect.groups is None:
        return None
    exposed, reference = effect.groups
    if effect.measure == "MD" and exposed.mean is not None and reference.mean is not None:
        return Interval(
            exposed.mean.lowest - reference.mean.highest, exposed.mean.highest - reference.mean.lowest
        )
    if exposed.events is None or reference.events is None:
        return None
    value = _of_counts(effect.measure, exposed, reference)
    return None if value is None else Interval(value, value)


def _of_counts(measure: Measure, exposed: Group, reference: Group) -> float | None:
    a, c = exposed.events or 0, reference.events or 0
    b, d = exposed.n - a, reference.n - c
    if min(a, b, c, d) == 0:
        return None
    values = {"OR": a * d / (b * c), "RR": (a / exposed.n) / (c / reference.n)}
    return values.get(measure)
