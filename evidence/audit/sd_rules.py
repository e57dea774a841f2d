"""Rules about standard deviations: standard errors in their place, and what their range allows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from evidence.audit.arithmetic import SLACK, Interval
from evidence.audit.from_groups import MeanAndSd, PrintedMean, estimates, means, reach
from evidence.audit.group_errors import errors_of_means
from evidence.audit.grouped import Grouped, shown
from evidence.audit.rule import ERROR, ESTIMATE_RULES, RECORD_RULES, REVIEW_RULES, WARNING, Finding
from evidence.records.effect import Effect, Estimate, Group
from evidence.records.parsing import KeyPath
from evidence.records.possible import faults_of_effect, is_a_count, is_in_range
from evidence.records.printed import Printed
from evidence.records.schema import Age, Outcome, Record
from evidence.records.vocabulary import NOT_STATED
from evidence.wording import significant

AT_GROUPS: KeyPath = ("effect", "groups")

LEAST_N = 9
"""Persons in a group from which SD and SE are three times apart."""

APART = 2.0
"""Factor that clustering of persons, of which nothing is said, does not put between two standard errors."""

EXPLAINED = 0.4
"""Share of a standard error that adjusting for the value before (with a correlation of 0.9) leaves."""

NEAR = 0.15
"""Relative distance within which a standard error is taken for that of a mean: some persons are missing."""


@ESTIMATE_RULES.rule("se-in-place-of-sd", ERROR)
def se_in_place_of_sd(record: Record, estimate: Estimate) -> Finding | None:
    """An SD with which the groups fit their estimate only if it is a standard error, or the reverse."""
    found = Grouped.of(record, estimate)
    looks = None if found is None else sd_that_is_se(found)
    if found is None or looks is None:
        return None
    at, says, hint = looks
    return Finding(at, says, hint, None if found.is_crude else WARNING)


def sd_that_is_se(found: Grouped) -> tuple[KeyPath, str, str] | None:
    """Where SD and SE are exchanged, what shows it, and what is meant; None where nothing does."""
    pair = means(found.effect)
    if pair is None or min(group.n for group in pair) < LEAST_N:
        return None
    if found.view.measure == "SMD":
        return _of_standardised(found, pair)
    printed = found.printed_errors  # not of a p alone, which may be that of a rank test
    if found.view.measure != "MD" or printed is None or (found.is_crude and not found.follows):
        return None
    both = MeanAndSd.of(pair[0]), MeanAndSd.of(pair[1])
    usual, as_errors = errors_of_means(*both), errors_of_means(*both, as_errors=True)
    if printed.low <= APART * usual.high:
        return None
    sds = f"SDs {pair[0].sd} and {pair[1].sd}"
    least = (1 - NEAR) * (1.0 if found.is_crude else EXPLAINED)
    if printed.meets(Interval(as_errors.low * least, as_errors.high * (1 + NEAR))):
        says = f"the {sds} give a difference with a standard error of {shown(usual)}, not {shown(printed)}"
        return AT_GROUPS, says, _as_sds(pair)
    se = found.view.se
    if se is not None and any(reach(se).meets(reach(group.sd)) for group in pair):
        return (
            ("effect", "se"),
            f"SE {se} is the SD of a group; the {sds} give a standard error of {shown(usual)}",
            "A standard deviation stands where the standard error belongs.",
        )
    return None


def _of_standardised(
    found: Grouped, pair: tuple[PrintedMean, PrintedMean]
) -> tuple[KeyPath, str, str] | None:
    """An SMD that is smaller than its groups say by the square root of n."""
    if found.follows:
        return None
    ways = estimates(found.effect)
    n = sum(group.n for group in pair) / 2
    scaled = sorted(end / math.sqrt(n) * factor for end in ways[0] for factor in (1 - NEAR, 1 + NEAR))
    if not found.reach.meets(Interval(scaled[0], scaled[-1])):
        return None
    says = (
        f"SMD {found.view.estimate} does not follow from its groups, which give {shown(ways[0])}: about the "
        f"square root of {n:g} times as much"
    )
    return AT_GROUPS, says, _as_sds(pair)


def _as_sds(pair: tuple[PrintedMean, PrintedMean]) -> str:
    """A hint: what two standard errors are as SDs, and how to record them."""
    first, second = (significant(float(group.sd) * math.sqrt(group.n), 2) for group in pair)
    return (
        f"They fit as standard errors: as SDs they would be about {first} and {second}. "
        "If they are, write 'se' instead of 'sd'."
    )


@ESTIMATE_RULES.rule("sds-far-apart", WARNING)
def sds_far_apart(record: Record, estimate: Estimate) -> Finding | None:
    """Of two SDs that differ by the square root of n, though the means do not, one is a standard error."""
    effect = estimate.effect
    pair = None if effect is None or next(faults_of_effect(effect), None) is not None else means(effect)
    if effect is None or effect.groups is None or pair is None:
        return None
    names = [group.name for group in effect.groups]
    for small, large in ((0, 1), (1, 0)):
        if _is_se_beside_sd(pair[small], pair[large]):
            return Finding(
                AT_GROUPS,
                f"SD {pair[small].sd} of '{names[small]}' is smaller than SD {pair[large].sd} of "
                f"'{names[large]}' by about the square root of its {pair[small].n} persons",
                "Is the smaller one a standard error?",
            )
    return None


def _is_se_beside_sd(small: PrintedMean, large: PrintedMean) -> bool:
    if small.n < MANY_ENOUGH or small.sd.lowest <= 0:
        return False
    root = math.sqrt(small.n)
    ratio = Interval(large.sd.lowest / small.sd.highest / root, large.sd.highest / small.sd.lowest / root)
    sizes = sorted((abs(float(small.mean)), abs(float(large.mean))))
    is_skewed = float(large.sd) > abs(float(large.mean))
    return ratio.meets(Interval(1 / ALIKE, ALIKE)) and sizes[1] <= ALIKE * sizes[0] and not is_skewed


MANY_ENOUGH = 16
ALIKE = 1.5
"""Factor between the SDs, or the means, of two groups that are compared."""


# What the lowest and the highest value allow.


@ESTIMATE_RULES.rule("sd-above-bounds", ERROR)
def sd_above_bounds(record: Record, estimate: Estimate) -> Finding | None:
    """An SD is not larger than the lowest and highest possible value allow."""
    effect, outcome = estimate.effect, record.outcome_of(estimate)
    if effect is None or effect.change or not bounds_are_possible(outcome):
        return None
    assert outcome.bounds is not None
    low, high = map(float, outcome.bounds)
    for at, group in groups_with_sd(effect):
        assert group.mean is not None
        assert group.sd is not None
        most = largest_sd(group.mean, low, high, group.n)
        if most is not None and group.sd.lowest > most:
            return Finding(
                (*at, "sd"),
                f"SD {group.sd} of '{group.name}' is impossible: values from {outcome.bounds[0]} to "
                f"{outcome.bounds[1]} with the mean {group.mean} allow at most {significant(most)}",
                TOO_LARGE,
            )
    return None


TOO_LARGE = "A shifted decimal point, a range or a variance?"


def groups_with_sd(effect: Effect) -> Iterator[tuple[KeyPath, Group]]:
    """Key path from the estimate and group, of groups with mean and SD of which no number is impossible."""
    if next(faults_of_effect(effect), None) is not None:
        return
    placed: list[tuple[KeyPath, Group]] = [
        ((*AT_GROUPS, place), group) for place, group in enumerate(effect.groups or ())
    ]
    placed += [(("effect", "group"), effect.group)] if effect.group is not None else []
    yield from ((at, group) for at, group in placed if group.mean is not None and group.sd is not None)


@ESTIMATE_RULES.rule("sd-against-range", ERROR)
def sd_against_range(record: Record, estimate: Estimate) -> Finding | None:
    """An SD is one that the printed lowest and highest value of the group allow."""
    if estimate.effect is None:
        return None
    for at, group in groups_with_sd(estimate.effect):
        if group.minimum is None or group.maximum is None or group.n is None or group.n < 2:
            continue
        assert group.mean is not None
        assert group.sd is not None
        least = least_sd(group.minimum, group.maximum, group.n)
        most = largest_sd(group.mean, group.minimum.lowest, group.maximum.highest, group.n)
        if most is None or (least <= group.sd.highest and group.sd.lowest <= most):
            continue
        hint = TOO_LARGE
        if group.sd.highest < least:
            meant = significant(float(group.sd) * math.sqrt(group.n), 2)
            hint = f"Is it a standard error? The SD would be {meant}."
        return Finding(
            (*at, "sd"),
            f"SD {group.sd} of '{group.name}' is impossible: {group.n} values from {group.minimum} to "
            f"{group.maximum} have one of {significant(least)} to {significant(most)}",
            hint,
        )
    return None


def least_sd(minimum: Printed, maximum: Printed, n: int) -> float:
    """One value at each end and all others in the middle: range / sqrt(2 (n - 1)), or by n."""
    return max(0.0, maximum.lowest - minimum.highest) / math.sqrt(2 * n) * (1 - SLACK)


def bounds_are_possible(outcome: Outcome) -> bool:
    """Whether an outcome has bounds that can be computed with."""
    bounds = outcome.bounds
    return bounds is not None and all(map(is_in_range, bounds)) and bounds[0].value < bounds[1].value


def largest_sd(mean: Printed, low: float, high: float, n: int | None) -> float | None:
    """The SD of n values at the two bounds only, with denominator n - 1 (Bhatia & Davis 2000).

    n None: of two persons, whose SD is largest. None where the mean lies beyond the bounds.
    """
    if mean.highest < low or mean.lowest > high or (n is not None and n < 2):
        return None
    middle = min(max((low + high) / 2, mean.lowest), mean.highest)
    middle = min(max(middle, low), high)
    count = 2 if n is None else n
    return math.sqrt((middle - low) * (high - middle) * count / (count - 1)) * (1 + SLACK)


@RECORD_RULES.rule("sd-of-age", ERROR)
def sd_of_age(record: Record) -> Iterator[Finding]:
    """The SD of age is one that the lowest and highest age allow, and no standard error."""
    age, n = record.population.age, record.population.n
    if age is None or age.sd is None or age.mean is None:
        return
    if not all(map(is_in_range, (age.sd, age.mean))) or age.sd.value < 0:
        return
    persons = n if n is not None and is_a_count(n, 2) else None
    if age.minimum is None or age.maximum is None:
        if persons is not None and _is_se_of_adults(age, persons):
            yield _too_small(age, persons, "adults")
        return
    if not all(map(is_in_range, (age.minimum, age.maximum))):
        return
    # An age of 75 in completed years may be 75.9.
    low, high = age.minimum.lowest, float(age.maximum) + 1
    most = largest_sd(age.mean, low, high, persons)
    if most is not None and age.sd.lowest > most:
        yield Finding(
            ("population", "age", "sd"),
            f"SD {age.sd} of age is impossible: ages from {age.minimum} to {age.maximum} with the mean "
            f"{age.mean} allow at most {significant(most)}",
            TOO_LARGE,
        )
    elif most is not None and persons is not None and _is_se_of_age(age, most, persons):
        yield _too_small(age, persons, f"persons aged {age.minimum} to {age.maximum}")


def _too_small(age: Age, n: int, whom: str) -> Finding:
    assert age.sd is not None
    meant = significant(float(age.sd) * math.sqrt(n), 2)
    return Finding(
        ("population", "age", "sd"),
        f"SD {age.sd} is too small for {n} {whom}",
        f"Is it a standard error? The SD would be {meant}.",
        WARNING,
    )


ADULT = 18.0
NARROWEST = 0.75
"""SD of age, in years, of adults who are not all born in one year."""

USUAL_SDS = (3.0, 25.0)


def _is_se_of_adults(age: Age, n: int) -> bool:
    assert age.sd is not None
    assert age.mean is not None
    low, high = USUAL_SDS
    as_sd = float(age.sd) * math.sqrt(n)
    return float(age.mean) >= ADULT and age.sd.highest < NARROWEST and low < as_sd < high


def _is_se_of_age(age: Age, most: float, n: int) -> bool:
    assert age.sd is not None
    assert age.minimum is not None
    assert age.maximum is not None
    least = least_sd(age.minimum, age.maximum, n)
    return n >= LEAST_N and age.sd.highest < least and least < age.sd.highest * math.sqrt(n) < most


# SDs of one outcome in several studies.


LEAST_STUDIES = 4
"""Studies with an outcome before one of them is judged by the others."""

OUT_OF_LINE = 3.0
"""How many times smaller than any other study's an SD must be."""


@REVIEW_RULES.rule("sd-across-studies", WARNING)
def sd_across_studies(records: Sequence[Record]) -> Iterator[tuple[int, Finding]]:
    """SDs far below those of all other studies, that would be like them as standard errors, are such."""
    for studies in _sds_by_outcome(records).values():
        if len(studies) < LEAST_STUDIES:
            continue
        for index, (at, pairs) in studies.items():
            others = [sd for other, (_, found) in studies.items() if other != index for sd, _ in found]
            as_sds = [sd * math.sqrt(n) for sd, n in pairs]
            below = max(sd for sd, _ in pairs) * OUT_OF_LINE < min(others)
            if below and min(others) / 2 < min(as_sds) and max(as_sds) < 2 * max(others):
                here = f"{significant(pairs[0][0], 2)} and {significant(pairs[1][0], 2)}"
                there = f"{significant(min(others), 2)} to {significant(max(others), 2)}"
                says = f"SDs {here} are far below those of {len(studies) - 1} other studies, {there}"
                meant = f"{significant(as_sds[0], 2)} and {significant(as_sds[1], 2)}"
                hint = f"Are they standard errors? As SDs they would be {meant}."
                yield index, Finding((*at, *AT_GROUPS), says, hint)


SdAndN = tuple[float, int]


def _sds_by_outcome(
    records: Sequence[Record],
) -> dict[tuple[str, ...], dict[int, tuple[KeyPath, list[SdAndN]]]]:
    """By outcome, site and unit and then by study: its first estimate with SDs, and these with n."""
    found: dict[tuple[str, ...], dict[int, tuple[KeyPath, list[SdAndN]]]] = defaultdict(dict)
    for index, record in enumerate(records):
        for at, estimate in record.placed_estimates:
            effect, outcome = estimate.effect, record.outcome_of(estimate)
            if effect is None or effect.groups is None or outcome.unit == NOT_STATED:
                continue
            pair = None if effect.change else means(effect)
            if pair is None or next(faults_of_effect(effect), None) is not None:
                continue
            pairs = [(float(group.sd), group.n) for group in pair if group.sd.value > 0]
            if len(pairs) == 2:
                key = (outcome.name.casefold(), (outcome.site or "").casefold(), outcome.unit)
                found[key].setdefault(index, (at, pairs))
    return found
