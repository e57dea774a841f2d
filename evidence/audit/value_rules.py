"""Rules about means and SDs of whole numbers, and means beyond the bounds of their outcome."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.audit.rule import ESTIMATE_RULES, WARNING, Finding
from evidence.audit.sd_rules import bounds_are_possible
from evidence.audit.whole_numbers import WholeNumbers, mean_is_possible, sd_is_possible, totals
from evidence.records.effect import Estimate, Group
from evidence.records.parsing import KeyPath
from evidence.records.possible import faults_of_effect
from evidence.records.printed import Printed
from evidence.records.schema import Record
from evidence.wording import enumerate_words, format_like

PrintedMean = tuple[KeyPath, str, Printed, Printed | None, int]
"""Where a mean stands, of whom, the mean, its SD and the number of persons."""

LEAST_N = 2


def printed_means(record: Record, estimate: Estimate) -> Iterator[PrintedMean]:
    """The means of both groups, and an unadjusted estimate that is a mean."""
    effect = estimate.effect
    if effect is None or next(faults_of_effect(effect, estimate.n), None) is not None:
        return
    placed: list[tuple[KeyPath, Group]] = [
        (("effect", "groups", place), group) for place, group in enumerate(effect.groups or ())
    ]
    placed += [(("effect", "group"), effect.group)] if effect.group is not None else []
    for at, group in placed:
        if group.mean is not None and group.n is not None and group.n >= LEAST_N:
            yield at, f"'{group.name}'", group.mean, group.sd, int(group.n)
    is_plain = effect.measure == "mean" and record.model_of(estimate).adjustment == "none"
    if is_plain and effect.estimate is not None and estimate.n is not None and estimate.n >= LEAST_N:
        yield ("effect", "estimate"), "the estimate", effect.estimate, None, estimate.n


def whole_numbers(record: Record, estimate: Estimate, n: int) -> WholeNumbers | None:
    """What n persons' values are made of, without bounds for changes; None where they may be any number."""
    outcome = record.outcome_of(estimate)
    if not outcome.whole_numbers and outcome.items == 1:
        return None
    if not bounds_are_possible(outcome) or _is_change(estimate):
        return WholeNumbers(n, outcome.items)
    assert outcome.bounds is not None
    low, high = outcome.bounds
    return WholeNumbers(n, outcome.items, math.ceil(low.value), math.floor(high.value))


@ESTIMATE_RULES.rule("mean-of-whole-numbers", WARNING)
def mean_of_whole_numbers(record: Record, estimate: Estimate) -> Finding | None:
    """The mean of n whole numbers is a whole number divided by n (GRIM)."""
    for at, whose, mean, _, n in printed_means(record, estimate):
        of = whole_numbers(record, estimate, n)
        if of is None or _is_beyond(record, estimate, mean) or mean_is_possible(mean, of):
            continue
        count = n * of.items
        below = math.floor(mean.value * count)
        nearest = [
            f"{total}/{count} = {format_like(total / count, mean.value)}" for total in (below, below + 1)
        ]
        what = "persons" if of.items == 1 else f"persons times {of.items} items"
        return Finding(
            at if "estimate" in at else (*at, "mean"),
            f"no whole numbers of {n} {what} have the mean {mean} of {whose}: {enumerate_words(nearest)}",
            "Are fewer persons in the mean, or is a digit wrong?",
        )
    return None


@ESTIMATE_RULES.rule("sd-of-whole-numbers", WARNING)
def sd_of_whole_numbers(record: Record, estimate: Estimate) -> Finding | None:
    """Mean and SD of n whole numbers come from one total and one sum of squares (GRIMMER, DEBIT)."""
    for at, whose, mean, sd, n in printed_means(record, estimate):
        of = whole_numbers(record, estimate, n)
        if of is None or sd is None or sd_is_possible(mean, sd, of):
            continue
        sums = enumerate_words([str(total) for total in list(totals(mean, n * of.items))[:MOST_SHOWN]], "or")
        return Finding(
            (*at, "sd"),
            f"no {n} whole numbers with the mean {mean} of {whose} have the SD {sd}",
            f"Their total would be {sums}. Are fewer persons in the SD, or is it a standard error?",
        )
    return None


MOST_SHOWN = 3


@ESTIMATE_RULES.rule("mean-outside-bounds", WARNING)
def mean_outside_bounds(record: Record, estimate: Estimate) -> Finding | None:
    """A mean lies between the lowest and the highest value that a person can have."""
    for at, whose, mean, *_ in printed_means(record, estimate):
        if _is_beyond(record, estimate, mean):
            bounds = record.outcome_of(estimate).bounds
            assert bounds is not None
            return Finding(
                at if "estimate" in at else (*at, "mean"),
                f"the mean {mean} of {whose} lies outside {bounds[0]} to {bounds[1]}",
                "Is it a change, or a sum? Then it belongs to an outcome with bounds of its own.",
            )
    return None


def _is_change(estimate: Estimate) -> bool:
    return estimate.effect is not None and estimate.effect.change


def _is_beyond(record: Record, estimate: Estimate, mean: Printed) -> bool:
    outcome = record.outcome_of(estimate)
    if not bounds_are_possible(outcome) or _is_change(estimate):
        return False
    assert outcome.bounds is not None
    low, high = outcome.bounds
    return mean.highest < float(low) or mean.lowest > float(high)
