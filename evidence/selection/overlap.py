"""Who could be counted twice: cohorts that share persons, strata that do not."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from evidence.records.names import name_key
from evidence.records.schema import Cohort
from evidence.records.stratum import Stratum

Held = TypeVar("Held")


def cohorts_overlap(a: Cohort, b: Cohort) -> bool:
    """Whether two cohorts may share persons.

    The same name means the same persons, except in a repeated cross-section, where each year or
    wave has new ones; what is not stated counts as shared. `part_of` names containing cohorts.
    """
    if name_key(a.name) == name_key(b.name):
        return _same_waves(a, b)
    return name_key(a.name) in {name_key(name) for name in b.part_of} or name_key(b.name) in {
        name_key(name) for name in a.part_of
    }


def _same_waves(a: Cohort, b: Cohort) -> bool:
    if not (a.repeated and b.repeated):
        return True
    if a.spans and b.spans:
        return any(one[0] <= other[1] and other[0] <= one[1] for one in a.spans for other in b.spans)
    return not (a.wave and b.wave) or name_key(a.wave) == name_key(b.wave)


def strata_disjoint(a: Stratum, b: Stratum, same_division: bool = True) -> bool:
    """Whether no person can be in both strata: one dimension suffices to tell them apart.

    same_division: whether both use the same names for ancestry and group, as the estimates of one
    study do. Across studies 'Hispanic' and 'Mexican American' may be the same persons.
    """
    if _differ(a.sex, b.sex) or (
        same_division and (_differ(a.ancestry, b.ancestry) or _differ(a.group, b.group))
    ):
        return True
    low_a, high_a = a.age_span
    low_b, high_b = b.age_span
    return high_a < low_b or high_b < low_a


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and name_key(a) != name_key(b)


class Neighbours(Generic[Held]):
    """What has been put in, found again by whose persons it may share: a few among thousands of cohorts."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._named: dict[Hashable, list[int]] = {}
        self._around: dict[Hashable, list[int]] = {}

    def put(self, held: Held, study: str, cohort: Cohort) -> None:
        """Keep something of a study and its cohort."""
        position = len(self._held)
        self._held.append(held)
        for key in {("study", study), name_key(cohort.name)}:
            self._named.setdefault(key, []).append(position)
        for outer in {name_key(name) for name in cohort.part_of}:
            self._around.setdefault(outer, []).append(position)

    def near(self, study: str, cohort: Cohort) -> Iterator[Held]:
        """What is of this study, this cohort, or one inside or around it, in the order it was put in."""
        own = name_key(cohort.name)
        found = {
            *self._named.get(("study", study), ()),
            *self._named.get(own, ()),
            *self._around.get(own, ()),
        }
        for name in cohort.part_of:
            found.update(self._named.get(name_key(name), ()))
        return (self._held[position] for position in sorted(found))


def which_wins(first: str, second: str, *names: str) -> str:
    """What to say of two studies that rank the same; of two estimates of one study their names are told."""
    if first != second:
        return f"an analysis has to say which one wins: 'overlap: [{first}]' or 'overlap: [{second}]'"
    return f"they are of one study: mark '{names[0]}' or '{names[1]}' as 'not_poolable' in its record"
