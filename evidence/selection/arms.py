"""Arms and classes that share a reference -> the estimates that enter an analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from evidence.records.effect import Estimate, Group
from evidence.records.printed import Printed, PrintedCount
from evidence.records.raw_numbers import sd_of
from evidence.records.review import ArmsWord
from evidence.records.shared_reference import Arm, SharedReference
from evidence.records.units import Quantity, UnitError, conversion_factor, parse_quantity

AND = " and "
ADJUSTED = (
    "its arms have adjusted effects, and combined counts would give a crude one; "
    "'arms: correlated' pools them as they are"
)


def arms_chosen(
    comparison: SharedReference, arms: Sequence[Arm], word: ArmsWord | None, is_adjusted: bool
) -> list[tuple[Estimate, tuple[str, ...]]]:
    """The estimates of some of a comparison's arms, each with the ids of the arms it stands for.

    arms: those that answer the question, without the reference. Without a word, and for `each` and
    `correlated`, one an arm. What cannot be combined or ordered is an estimate that says why it must not be
    pooled, as are arms whose own effects are adjusted: counts would put a crude effect in their place.
    """
    by_id = {estimate.id: estimate for estimate in comparison.estimates}
    ids = tuple(f"{comparison.id}.{arm.id}" for arm in arms)
    single: list[tuple[Estimate, tuple[str, ...]]] = [(by_id[each], (each,)) for each in ids]
    if len(arms) < 2 or word in (None, "each", "correlated"):
        return single
    if word == "combine":
        whole = combined(comparison, arms)
        if is_adjusted and whole.not_poolable is None and any(arm.effect is not None for arm in arms):
            return [(_refused(whole, comparison.id, ADJUSTED), ids)]
        return [(whole, ids)]
    doses = _doses(arms)
    if isinstance(doses, str):
        (first, _), *_ = single
        return [(_refused(first, comparison.id, f"{doses}; 'arms: {word}' needs them"), ids)]
    chosen = (max if word == "highest" else min)(range(len(arms)), key=doses.__getitem__)
    return [(single[chosen][0], ids)]


def combined(comparison: SharedReference, arms: Sequence[Arm]) -> Estimate:
    """One estimate of several arms as if they were one group (Cochrane Handbook 6.5, table 6.5.a)."""
    name = AND.join(arm.name for arm in arms)
    groups = [arm.raw for arm in arms]
    known = [group for group in groups if group is not None]
    reference = comparison.reference.raw
    kinds = {group.kind for group in known} | ({reference.kind} if reference is not None else set())
    if len(known) < len(groups) or reference is None or len(kinds) != 1 or kinds == {"medians"}:
        says = "arms can be combined only where counts, rates, or means and SDs of all of them are printed"
        first, *_ = arms
        whole = comparison.estimate_of("combined", name, first.raw, first.effect)
        return _refused(whole, comparison.id, says)
    found = comparison.estimate_of("combined", name, as_one_group(name, known), None)
    return found.model_copy(update={"id": comparison.id})


def _refused(estimate: Estimate, name: str, says: str) -> Estimate:
    return estimate.model_copy(update={"id": name, "not_poolable": says})


def as_one_group(name: str, groups: Sequence[Group]) -> Group:
    """Several groups of one form (counts, rates, or means) as one.

    The SD is that of all persons about their common mean: with n, mean and SD of each group,
    (N - 1) SD2 = sum (n - 1) sd2 + sum n (mean - M)2, which for two groups is the formula of table 6.5.a.
    """
    sizes = [int(group.n) for group in groups if group.n is not None]
    n = PrintedCount.parse(str(sum(sizes))) if len(sizes) == len(groups) else None
    if {group.kind for group in groups} <= {"counts", "rates"}:
        events = sum(int(group.events) for group in groups if group.events is not None)
        times = [group.person_time.value for group in groups if group.person_time is not None]
        time = _printed(sum(times, Decimal(0))) if times else None
        return Group(name=name, n=n, events=PrintedCount.parse(str(events)), person_time=time)
    parts = [_size_mean_and_sd(group) for group in groups]
    persons = sum(size for size, _, _ in parts)
    mean = math.fsum(size * each for size, each, _ in parts) / persons
    squares = [(size - 1) * sd**2 + size * (each - mean) ** 2 for size, each, sd in parts]
    sd = math.sqrt(math.fsum(squares) / (persons - 1))
    return Group(name=name, n=n, mean=_printed(Decimal(repr(mean))), sd=_printed(Decimal(repr(sd))))


def _size_mean_and_sd(group: Group) -> tuple[int, float, float]:
    assert group.n is not None  # of means both are known
    assert group.mean is not None
    return int(group.n), float(group.mean), float(sd_of(group, float))


def _printed(value: Decimal) -> Printed:
    return Printed(str(value), value)


def _doses(arms: Sequence[Arm]) -> list[float] | str:
    """The doses in the first one's unit, or the order of classes; a sentence where neither is known."""
    stated = [arm.dose for arm in arms]
    if all(dose is None for dose in stated) and all(arm.limits is not None for arm in arms):
        return [float(position) for position in range(len(arms))]
    quantities: list[Quantity] = []
    for arm in arms:
        if arm.dose is None:
            return f"the dose of '{arm.name}' is not stated"
        try:
            quantities.append(parse_quantity(arm.dose))
            factor = conversion_factor(quantities[-1].unit, quantities[0].unit)
        except UnitError as error:
            return f"the dose of '{arm.name}' cannot be compared: {error}"
        quantities[-1] = Quantity(quantities[-1].number * Decimal(repr(factor)), quantities[0].unit)
    return [float(each.number) for each in quantities]
