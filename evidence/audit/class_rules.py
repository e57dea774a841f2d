"""Rules about classes of an exposure: their counts beside their adjusted ratios, all classes together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.audit.arithmetic import SLACK, Interval
from evidence.audit.rule import ERROR, RECORD_RULES, WARNING, Finding
from evidence.records.parsing import KeyPath
from evidence.records.possible import faults_of_comparison
from evidence.records.scales import LOG, RATIOS
from evidence.records.schema import Record
from evidence.records.shared_reference import Arm, SharedReference
from evidence.wording import significant

_REFERENCE = Interval(1.0, 1.0)
NOT_BOTH = "the counts and the ratios cannot both be right"


@dataclass(frozen=True)
class CountedClasses:
    """Cases of every class, persons where they are not person-time, and the reach of every printed ratio."""

    cases: tuple[int, ...]
    persons: tuple[int, ...] | None
    ratios: tuple[Interval, ...]

    @classmethod
    def of(cls, comparison: SharedReference) -> CountedClasses | None:
        """None where a class has no cases, no ratio, or a number that cannot be."""
        arms = comparison.arms
        kinds = {arm.kind for arm in arms}
        if kinds not in ({"counts"}, {"rates"}) or next(faults_of_comparison(comparison), None) is not None:
            return None
        ratios = [_REFERENCE if arm.reference else _ratio(arm) for arm in arms]
        known = tuple(ratio for ratio in ratios if ratio is not None)
        if len(known) < len(arms):
            return None
        cases = tuple(int(arm.events) for arm in arms if arm.events is not None)
        persons = tuple(int(arm.n) for arm in arms if arm.n is not None) if kinds == {"counts"} else None
        return cls(cases, persons, known)

    def least_risk(self, place: int) -> float:
        """The least share of a class that are cases, by risk ratios that are rounded to what is printed.

        Cases in proportion to persons times ratio, with the observed total: the fit of Greenland & Longnecker
        1992 for risk ratios. It is least with the class's own ratio lowest and all others highest.
        """
        assert self.persons is not None
        own = max(0.0, self.ratios[place].low)
        others = math.fsum(
            self.persons[other] * ratio.high for other, ratio in enumerate(self.ratios) if other != place
        )
        whole = self.persons[place] * own + others
        return sum(self.cases) * own / whole if whole > 0 else 0.0


def _ratio(arm: Arm) -> Interval | None:
    """The rounding interval of a printed ratio that is trusted."""
    effect = arm.effect
    if effect is None or effect.estimate is None or effect.use == "groups":
        return None
    low, high = effect.estimate.lowest, effect.estimate.highest
    return Interval(LOG.back(low), LOG.back(high)) if effect.log else Interval(low, high)


@RECORD_RULES.rule("classes-against-ratios", WARNING)
def classes_against_ratios(record: Record) -> Iterator[Finding]:
    """Some numbers of cases have the adjusted ratios of all classes: none is nothing but cases.

    Odds and rate ratios always have such numbers, by Greenland-Longnecker's and by Hamling's equations, as
    long as there are cases, and among odds others; a hazard ratio beside persons says nothing of their risk.
    """
    for index, comparison in enumerate(record.comparisons):
        adjustment = record.model_of(comparison.estimates[0]).adjustment
        found = CountedClasses.of(comparison) if comparison.measure in RATIOS else None
        if found is None or adjustment == "none":
            continue
        at: KeyPath = ("comparisons", index, "arms")
        yield from _without_contrast(comparison, found, at)
        if comparison.measure == "RR" and found.persons is not None:
            yield from _more_than_everybody(comparison.arms, found.persons, found, at)


def _without_contrast(comparison: SharedReference, found: CountedClasses, at: KeyPath) -> Iterator[Finding]:
    """Ratios of classes of whom nobody, or of odds everybody, is a case."""
    place = next(place for place, arm in enumerate(comparison.arms) if not arm.reference)
    where: KeyPath = (*at, place, "effect", "estimate")
    if sum(found.cases) == 0:
        yield Finding(
            where, f"no class of '{comparison.id}' has a case: {NOT_BOTH}", "Were the cases read?", ERROR
        )
    elif comparison.measure == "OR" and found.persons is not None and found.cases == found.persons:
        says = f"everybody in every class of '{comparison.id}' is a case: {NOT_BOTH}"
        yield Finding(where, says, "Expected persons with the cases included.", ERROR)


def _more_than_everybody(
    arms: Sequence[Arm], persons: Sequence[int], found: CountedClasses, at: KeyPath
) -> Iterator[Finding]:
    risks = [found.least_risk(place) for place in range(len(arms))]
    place = max(range(len(arms)), key=risks.__getitem__)
    if risks[place] <= 1.0 + SLACK:
        return
    arm = arms[place]
    expected = significant(risks[place] * persons[place], 3)
    where: KeyPath = (*at, place) if arm.effect is None else (*at, place, "effect", "estimate")
    yield Finding(
        where,
        f"with these risk ratios at least {expected} of the {persons[place]} persons of '{arm.name}' would "
        f"be cases: {NOT_BOTH}",
        "A count or a ratio is misread or misprinted, or these are odds or hazard ratios ('measure').",
    )
