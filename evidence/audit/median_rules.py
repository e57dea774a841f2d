"""A rule about a printed difference and the medians of its two groups."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import ndtri

from evidence.audit.arithmetic import Interval
from evidence.audit.from_groups import reach
from evidence.audit.grouped import Grouped
from evidence.audit.rule import ESTIMATE_RULES, WARNING, Finding
from evidence.records.effect import Effect, Estimate, Group
from evidence.records.schema import Record
from evidence.wording import significant

QUARTILES = 2 * float(ndtri(0.75))
"""SDs between the quartiles of a normal sample."""

OF_MEDIAN = math.sqrt(math.pi / 2)
"""Standard error of the median of a normal sample, over that of its mean."""

SKEWED = 0.2
"""Distance of a median from the middle of its quartiles, over half of their distance."""

CLEAR = 3.0
SHIFT = 0.75
"""Standard errors, and SDs, by which a difference of means may be off that of the medians."""


class Middle(NamedTuple):
    """A printed median, about the SD of a sample with such quartiles or range, and n."""

    median: Interval
    sd: float
    n: int
    is_symmetric: bool
    """Whether there are quartiles, and the median is about in their middle."""


def medians(effect: Effect) -> tuple[Middle, Middle] | None:
    """Of both groups; None where one of them has none."""
    found = [_middle(group) for group in effect.groups or () if group.kind == "medians"]
    return (found[0], found[1]) if len(found) == 2 else None


def _middle(group: Group) -> Middle:
    assert group.median is not None  # 'medians' have one, and n
    assert group.n is not None
    if group.q1 is not None and group.q3 is not None:
        low, high = float(group.q1), float(group.q3)
        is_symmetric = abs(low + high - 2 * float(group.median)) <= SKEWED * (high - low)
        return Middle(reach(group.median), (high - low) / QUARTILES, int(group.n), is_symmetric)
    assert group.minimum is not None
    assert group.maximum is not None
    ends = 2 * float(ndtri((group.n - 0.375) / (group.n + 0.25)))  # Blom 1958
    spread = float(group.maximum) - float(group.minimum)
    return Middle(reach(group.median), spread / max(ends, 1.0), int(group.n), False)


@ESTIMATE_RULES.rule("effect-against-medians", WARNING)
def effect_against_medians(record: Record, estimate: Estimate) -> Finding | None:
    """An unadjusted difference is on the side of that of its groups' medians, and not far from it."""
    found = Grouped.of(record, estimate)
    pair = None if found is None else medians(found.effect)
    if found is None or pair is None or found.view.measure != "MD" or not found.is_crude:
        return None
    first, second = pair
    difference = Interval(first.median.low - second.median.high, first.median.high - second.median.low)
    if found.reach.meets(difference):
        return None
    error = math.hypot(*(OF_MEDIAN * each.sd / math.sqrt(each.n) for each in pair))
    middle = sum(difference) / 2
    says = (
        f"MD {found.view.estimate} is not near the difference of its groups' medians, {significant(middle)}"
    )
    if found.reach.meets(Interval(-difference.high, -difference.low)) and abs(middle) > CLEAR * error:
        hint = "It is that difference when the groups are exchanged: is the reference group the first one?"
        return Finding(("effect", "estimate"), says, hint)
    off = max(difference.low - found.reach.high, found.reach.low - difference.high)
    may_differ = CLEAR * error + SHIFT * max(first.sd, second.sd)
    if not (first.is_symmetric and second.is_symmetric) or off <= may_differ:
        return None
    return Finding(
        ("effect", "estimate"), says, "A sign or decimal point, or the groups of another comparison?"
    )
