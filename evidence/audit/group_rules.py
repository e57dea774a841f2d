"""Rules about an estimate and the raw counts, or means and SDs, of its two groups."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from evidence.audit.arithmetic import Interval, p_from_statistics, quotient, z_of
from evidence.audit.consistency import p_agrees, se_from_interval
from evidence.audit.effect_rules import LARGEST_Z, distance, shown_p
from evidence.audit.from_groups import CountsOf, counts, estimates, spreads
from evidence.audit.group_errors import ExposureClass, events_of, standard_errors, too_precise
from evidence.audit.grouped import Grouped, shown
from evidence.audit.methods import p_limit, se_factor, states_another_method
from evidence.audit.rule import ERROR, ESTIMATE_RULES, WARNING, Finding
from evidence.audit.sd_rules import APART, sd_that_is_se
from evidence.records.effect import Estimate, Group
from evidence.records.parsing import KeyPath
from evidence.records.possible import faults_of_effect
from evidence.records.printed import Printed, PrintedCount
from evidence.records.scales import RATIOS, analysis_scale
from evidence.records.schema import Record
from evidence.wording import significant

AT: KeyPath = ("effect", "estimate")
MATCHED = 0.2
"""Share of the standard error of independent groups that one of pairs, of which nothing is said, may have."""

CLEAR = 2.0
"""Standard errors from no effect beyond which adjustment makes no mirror image of an association."""

FAR = 3.0
"""Standard errors by which adjustment does not move the estimate of a randomised trial."""

TENFOLD = math.log(10)
TWO_SDS = 2.0
CLEARLY_FAR = 5.0
"""Adjustment that moves an estimate by more than tenfold, or two SDs, and by so many standard errors."""


def _mirrored(measure: str, value: Interval) -> Interval:
    """What a comparison becomes when its groups are exchanged."""
    if measure not in (*RATIOS, "ROM"):
        return Interval(-value.high, -value.low)
    return Interval(1 / value.high, 1 / value.low) if value.low > 0 else Interval(math.nan, math.nan)


@ESTIMATE_RULES.rule("effect-against-groups", WARNING)
def effect_against_groups(record: Record, estimate: Estimate) -> Finding | None:
    """An unadjusted estimate is the one that the counts or means of its groups give."""
    found = Grouped.of(record, estimate)
    if found is None or not found.is_crude or found.follows or sd_that_is_se(found) is not None:
        return None
    view, ways = found.view, estimates(found.effect)
    low, high = (significant(end) for end in ways[0])
    gives = low if low == high else f"{low} to {high}"
    says = f"{view.measure} {view.estimate} does not follow from its groups, which give {gives}"
    if any(found.reach.meets(_mirrored(view.measure, way)) for way in ways):
        hint = "It follows when the groups are exchanged: is the reference group the first one?"
        return Finding(AT, says, hint, ERROR)
    return Finding(AT, says, _of_the_others(found) or "Is the estimate adjusted, or a digit wrong?")


def _of_the_others(found: Grouped) -> str | None:
    """Whether the estimate is that of persons without the event."""
    table = counts(found.effect)
    if table is None:
        return None
    assert found.effect.groups is not None

    def flip(group: Group, counted: CountsOf) -> Group:
        events, n = counted
        return group.model_copy(update={"events": PrintedCount(n - events)})

    flipped = tuple(map(flip, found.effect.groups, table))
    ways = estimates(found.effect.model_copy(update={"groups": flipped}))
    fits = any(found.reach.meets(way) for way in ways)
    return "It is that of the persons without the event." if fits else None


class Moved(NamedTuple):
    """An adjusted estimate beside what its groups give, on the analysis scale."""

    crude: float
    adjusted: float
    crude_error: float
    adjusted_error: float
    gives: str
    """What the groups give, in words."""

    @classmethod
    def of(cls, found: Grouped | None) -> Moved | None:
        """None where nothing is adjusted, or the groups say nothing about the measure.

        A hazard ratio is compared with the risk ratio, of whose sign and size it is in equal times.
        """
        if found is None or found.is_crude or found.view.centre is None:
            return None
        of_risks = found.view.measure in ("HR", "IRR") and counts(found.effect) is not None
        effect = found.effect.model_copy(update={"measure": "RR"}) if of_risks else found.effect
        ways, raw, errors = estimates(effect), standard_errors(found.effect), found.printed_errors
        if not ways or raw is None or errors is None:
            return None
        middle, adjusted = sum(ways[0]) / 2, sum(found.view.centre) / 2
        crude = analysis_scale(found.view.measure).forward(middle)
        word = f"a risk ratio of {significant(middle)}" if of_risks else significant(middle)
        return cls(crude, adjusted, raw.high, errors.high, word)


@ESTIMATE_RULES.rule("groups-exchanged", WARNING)
def groups_exchanged(record: Record, estimate: Estimate) -> Finding | None:
    """Adjustment does not turn a clear association of the groups into its mirror image."""
    found = Grouped.of(record, estimate)
    moved = Moved.of(found)
    if found is None or moved is None or moved.crude * moved.adjusted > 0:
        return None
    apart = min(abs(moved.crude) / moved.crude_error, abs(moved.adjusted) / moved.adjusted_error)
    mirrored = apart > CLEAR and abs(moved.crude + moved.adjusted) <= APART * moved.crude_error
    far = is_randomised(record) and abs(moved.crude - moved.adjusted) > FAR * moved.crude_error
    if not mirrored and not far:
        return None
    what = "about the mirror image" if mirrored else "on the other side"
    return Finding(
        AT,
        f"{found.view.measure} {found.view.estimate} is {what} of {moved.gives}, which its groups "
        f"give without adjustment",
        "Is the reference group the first one, or the estimate the other way round?",
    )


def is_randomised(record: Record) -> bool:
    """Whether chance decided who was in which group, so that adjustment moves an estimate little."""
    words = record.design.casefold()
    return "randomi" in words and not any(other in words for other in ("mendelian", "non-", "not ", "quasi"))


@ESTIMATE_RULES.rule("far-from-groups", WARNING)
def far_from_groups(record: Record, estimate: Estimate) -> Finding | None:
    """Adjustment does not move an estimate tenfold, or by two SDs, from what its groups give."""
    found = Grouped.of(record, estimate)
    moved = Moved.of(found)
    if found is None or moved is None:
        return None
    pair = spreads(found.effect)
    unit = TWO_SDS if found.view.measure == "SMD" else TENFOLD
    if found.view.measure == "MD":
        assert pair is not None
        unit = TWO_SDS * max(pair[0].sd.high, pair[1].sd.high)
    least = max(unit, CLEARLY_FAR * moved.crude_error, CLEARLY_FAR * moved.adjusted_error)
    if found.view.measure == "RD" or abs(moved.crude - moved.adjusted) <= least:
        return None
    return Finding(
        AT,
        f"{found.view.measure} {found.view.estimate} is far from {moved.gives}, which its groups give "
        "without adjustment",
        "A decimal point, another unit, or the groups of another comparison?",
    )


@ESTIMATE_RULES.rule("interval-against-groups", WARNING)
def interval_against_groups(record: Record, estimate: Estimate) -> Finding | None:
    """The uncertainty of an unadjusted estimate is about what the sizes and SDs of its groups give."""
    found = Grouped.of(record, estimate)
    if found is None or not found.is_crude or not found.follows or sd_that_is_se(found) is not None:
        return None
    errors = standard_errors(found.effect)
    if errors is None or not found.view.conventions or found.view.centre is None:
        return None
    if se_from_interval(found.view) is None and found.view.se is None:
        return _p_against_groups(found, errors)
    printed = found.printed_errors
    if printed is None:
        return None
    factor = max(se_factor(found.view), FACTORS.get(found.view.measure, 1.0))
    wide, narrow = printed.low > errors.high * APART, printed.high * factor < errors.low * _pairing(found)
    if not wide and not narrow:
        return None
    word = "wider" if wide else "narrower"
    return Finding(
        found.at_spread,
        f"a standard error of {shown(printed)} is {word} than the groups allow, which give {shown(errors)}",
        "Are n, SDs or events those of other persons, or is the level of the interval another one?",
    )


FACTORS = {"RD": 1.4, "RR": 1.4}
"""Factor between Wald's standard error and the width of a score or Newcombe interval of small groups."""


def _pairing(found: Grouped) -> float:
    """Groups of one size may be pairs."""
    assert found.effect.groups is not None
    return MATCHED if found.effect.groups[0].n == found.effect.groups[1].n else 1.0


def _p_against_groups(found: Grouped, errors: Interval) -> Finding | None:
    view = found.view
    if view.p is None or view.centre is None or not view.tests_null or states_another_method(view):
        return None
    possible = Interval(errors.low * _pairing(found), errors.high * APART)
    allowed = p_from_statistics(quotient(view.centre, possible), view.conventions)
    if p_agrees(view.p, allowed):
        return None
    is_small = view.p.highest < allowed.low
    if is_small and counts(found.effect) is None:  # a rank test may see what a t-test does not
        return None
    with_spread = replace(view, se=Printed.parse(f"{errors.high:.6g}"))
    z = z_of(view.p.highest) if is_small else z_of(allowed.high)
    if distance(view.p, allowed) <= p_limit(with_spread, min(LARGEST_Z, z)):
        return None
    return Finding(
        ("effect", "p"),
        f"{shown_p(view.p)} is not that of {view.measure} {view.estimate} in these groups, which give a "
        f"standard error of {shown(errors)}",
        "Is p that of another comparison, or are n, SDs or events wrong?",
    )


@ESTIMATE_RULES.rule("narrower-than-counts", WARNING)
def narrower_than_counts(record: Record, estimate: Estimate) -> Finding | None:
    """An adjusted ratio is no more precise than its events allow; adjustment takes information away."""
    found = Grouped.of(record, estimate)
    events = None if found is None else events_of(found.effect)
    if found is None or found.is_crude or events is None or found.printed_errors is None:
        return None
    errors, (exposed, reference) = found.printed_errors, events
    # robust variances of few events are too small by about one in so many
    few = 1 + 1 / max(1, min(exposed.events, reference.events))
    allowed = Interval(errors.low, errors.high * se_factor(found.view) * few)
    classes = [ExposureClass(reference, None), ExposureClass(exposed, allowed)]
    for _, least in too_precise(found.view.measure, classes):
        return Finding(
            found.at_spread,
            f"a standard error of {shown(errors)} is less than {significant(least, 2)}, the least that "
            f"{exposed.events} and {reference.events} events allow for {found.view.measure}",
            "Are the events those of other persons, or is the level of the interval another one?",
        )
    return None


@ESTIMATE_RULES.rule("n-against-groups", WARNING)
def n_against_groups(record: Record, estimate: Estimate) -> Finding | None:
    """The persons of both groups are no more than those of the estimate."""
    effect = estimate.effect
    if effect is None or effect.groups is None or estimate.n is None:
        return None
    if next(faults_of_effect(effect, estimate.n), None) is not None:
        return None
    first, second = (group.n for group in effect.groups)
    if first is None or second is None:
        return None
    if first + second <= estimate.n or first == second == estimate.n:  # pairs
        return None
    says = f"the groups have {first} + {second} = {first + second} persons, the estimate only {estimate.n}"
    return Finding(("n",), says, "Were some excluded, or is a digit wrong?")
