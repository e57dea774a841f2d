"""What is dependent on what among the effects of an analysis: whose cluster, which pairs, and how strongly.

Two effects of one cluster have one of four kinds of bond. Of the same persons at another site the errors
are correlated rho, which nobody prints. Of strata or cohorts that overlap without being the same persons they
are correlated rho times the root of n / N, n the smaller number of persons: exact where the smaller lie
within the larger, and else the most that their numbers allow; rho itself where a number is not recorded. Arms
of one comparison have the covariance that their counts, person-time or SDs give, and at two sites that
correlation times rho. Disjoint strata of one cohort have independent errors: they share no person, only what
is common to their cohort.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from evidence.records.effects_model import OTHERS, EffectsModel, sites_of
from evidence.records.names import name_key
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.selection.overlap import Neighbours, cohorts_overlap
from evidence.selection.selection import (
    Candidate,
    Chosen,
    DoubleCountError,
    covariance_of,
    share_persons,
    share_reference,
)

Bond = Literal["same persons", "overlapping persons", "shared reference", "other persons"]


@dataclass(frozen=True)
class Pair:
    """Two effects of one cluster by their places, first before second.

    covariance: of their errors where it is known, zero for other persons; None where it needs rho: the
    correlation is rho times `share` then.
    """

    first: int
    second: int
    bond: Bond
    covariance: float | None
    share: float = 1.0


@dataclass(frozen=True)
class Cluster:
    """Effects that may be dependent: a study, or studies whose cohorts overlap or lie in one another.

    label: a short name; places: of its rows, in their order.
    """

    label: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Dependence:
    """The clusters of some rows in the order of their first ones, and every pair of rows within a cluster."""

    rows: tuple[Chosen, ...]
    clusters: tuple[Cluster, ...]
    pairs: tuple[Pair, ...]

    def labels(self) -> tuple[str, ...]:
        """The cluster of each row, by a label that no other cluster has."""
        found = [""] * len(self.rows)
        times: dict[str, int] = {}
        for each in self.clusters:
            number = times[each.label] = times.get(each.label, 0) + 1
            for place in each.places:
                found[place] = each.label if number == 1 else f"{each.label} ({number})"
        return tuple(found)

    def of_bond(self, *bonds: Bond) -> tuple[Pair, ...]:
        """The pairs of these kinds."""
        return tuple(pair for pair in self.pairs if pair.bond in bonds)

    def covariances(self, model: EffectsModel) -> list[tuple[int, int, float]]:
        """(first, second, covariance) of every pair whose errors are not independent under a model.

        A model with independent errors keeps what is known exactly; one whose errors are correlated within
        an outcome alone has none between sites. Raises ValueError, naming the study and the way out, where a
        correlation is needed and review.yaml states none.
        """
        found = []
        rhos: dict[tuple[str, str], float] = {}
        for pair in self.pairs:
            value = pair.covariance
            if value is None:
                a, b = self.rows[pair.first], self.rows[pair.second]
                sites = a.candidate.site, b.candidate.site
                if sites not in rhos:
                    rhos[sites] = _assumed(a.candidate, b.candidate, model)
                value = rhos[sites] * pair.share * a.effect.sei * b.effect.sei
            if value:
                found.append((pair.first, pair.second, value))
        return found


def _assumed(a: Candidate, b: Candidate, model: EffectsModel) -> float:
    """The correlation of errors at the sites of two estimates."""
    if not model.correlated or (model.by_outcome and a.site != b.site):
        return 0.0
    rho = model.rho_of(a.site, b.site)
    if rho is None:
        raise ValueError(_rho_needed(a, b, model))
    return rho


def _rho_needed(a: Candidate, b: Candidate, model: EffectsModel) -> str:
    persons = "the same persons" if a.record.study == b.record.study else "persons in both"
    what = f"{a.name} and {b.name} are of {persons} ({a.site}, {b.site})"
    if model.rho:
        return (
            f"{what}, and 'rho' says nothing of them; add '{a.site} with {b.site}', or 'others' for every "
            "pair that is not named"
        )
    return (
        f"{what}, and nothing says how their errors are correlated; state it, as in 'model: {{name: "
        f"{model.name}, rho: 0.6}}' (0.6 is often assumed, and the result shows what others would give)"
    )


def unknown_sites(
    model: EffectsModel | None, review: Review, records: Iterable[Record]
) -> Iterator[tuple[str, str, str]]:
    """Sites that rho names and no record has: the pair, the site, and what may be meant, a sentence."""
    pairs = [pair for pair in (model.rho or {}) if pair != OTHERS] if model is not None else []
    if not pairs:
        return
    known = sorted(
        {
            review.site_name(outcome.site or outcome.name)
            for record in records
            for outcome in record.outcomes.values()
        }
    )
    spelled = {name_key(site) for site in known}
    for pair in pairs if known else ():
        for site in sites_of(pair):
            if name_key(site) not in spelled:
                close = difflib.get_close_matches(site, known)
                listed = f"The records have: {', '.join(known)}."
                yield pair, site, f"Did you mean '{close[0]}'?" if close else listed


def refuse_unknown_sites(model: EffectsModel, review: Review, records: Iterable[Record]) -> None:
    """Raises ValueError where rho names a site that no record has: its number would stand for nothing."""
    for pair, site, hint in unknown_sites(model, review, records):
        raise ValueError(f"'rho' of '{pair}': no record has the site '{site}'. {hint}")


def dependence_of(rows: Sequence[Chosen]) -> Dependence:
    """Which of these rows are dependent on one another, and how.

    Raises DoubleCountError where two rows are of one site and share persons, which no correlation mends;
    NotPoolableError, with what is needed, where the covariance of arms is not known.
    """
    clusters = _clusters([row.candidate for row in rows])
    known = _of_arms(rows)
    pairs = [
        _pair(rows, first, second, known)
        for cluster in clusters
        for first, second in combinations(cluster.places, 2)
    ]
    return Dependence(tuple(rows), tuple(clusters), tuple(pairs))


def _clusters(found: Sequence[Candidate]) -> list[Cluster]:
    """Rows joined by study, by cohorts that overlap, and by a cohort that both lie in."""
    parent = list(range(len(found)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    near: Neighbours[int] = Neighbours()
    around: dict[str, int] = {}
    for place, each in enumerate(found):
        joined = [
            other
            for other in near.near(each.record.study, each.cohort)
            if found[other].record.study == each.record.study
            or cohorts_overlap(found[other].cohort, each.cohort)
        ]
        joined += [around.setdefault(name_key(name), place) for name in each.cohort.part_of]
        for other in joined:
            low, high = sorted((root(other), root(place)))
            parent[high] = low
        near.put(place, each.record.study, each.cohort)
    members: dict[int, list[int]] = {}
    for place in range(len(found)):
        members.setdefault(root(place), []).append(place)
    return [Cluster(_label([found[place] for place in places]), tuple(places)) for places in members.values()]


def _label(rows: Sequence[Candidate]) -> str:
    """The study's name; of several studies their cohort's, or the one around them, or all of their names."""
    labels = dict.fromkeys(each.label for each in rows)
    if len(labels) == 1:
        return next(iter(labels))
    own = {name_key(each.cohort.name): each.cohort.name for each in rows}
    outer = [{name_key(name): name for name in (*each.cohort.part_of, each.cohort.name)} for each in rows]
    common = [key for key in outer[0] if all(key in names for names in outer)]
    name = next((own[key] for key in common if key in own), None)
    return name or next((outer[0][key] for key in common), " and ".join(labels))


Known = dict[tuple[int, int], float]
"""Covariances of the effects of arms of one comparison, by their places."""


def _of_arms(rows: Sequence[Chosen]) -> Known:
    comparisons: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        found = row.candidate
        if found.comparison is not None:
            comparisons.setdefault((found.record.study, found.comparison), []).append(place)
    known: Known = {}
    for (study, comparison), places in comparisons.items():
        try:
            matrix = covariance_of([rows[place] for place in places])
        except NotPoolableError as reason:
            raise NotPoolableError(f"{study}/{comparison}: {reason}") from None
        for (i, a), (j, b) in combinations(enumerate(places), 2):
            known[a, b] = float(matrix[i, j])
    return known


def _pair(rows: Sequence[Chosen], first: int, second: int, known: Known) -> Pair:
    a, b = rows[first].candidate, rows[second].candidate
    if share_reference(a, b):
        return Pair(first, second, "shared reference", known[first, second])
    if not share_persons(a, b):
        return Pair(first, second, "other persons", 0.0)
    if a.site.casefold() == b.site.casefold():
        raise DoubleCountError(
            f"{a.name} and {b.name} share persons at one site ({a.site}); a correlation does not make up for "
            "persons counted twice: leave one of them out"
        )
    if a.record.study != b.record.study or a.stratum != b.stratum:
        return Pair(first, second, "overlapping persons", None, _share_of_persons(a, b))
    return Pair(first, second, "same persons", None, _share_of_arms(rows, first, second, known))


def _share_of_persons(a: Candidate, b: Candidate) -> float:
    """Root of the smaller number of persons over the larger; 1 where one is not recorded.

    With influence functions correlated rho, n persons of whom N hold all: rho (n / nN) / (1 / root(nN)).
    """
    sizes = [int(each.estimate.n) for each in (a, b) if each.estimate.n is not None]
    return math.sqrt(min(sizes) / max(sizes)) if len(sizes) == 2 and min(sizes) > 0 else 1.0


def _share_of_arms(rows: Sequence[Chosen], first: int, second: int, known: Known) -> float:
    """Of arms at two sites what their correlation at one site is, the geometric mean of those sites that have
    both; 1 of the same arm, without arms, or where no site has both.
    """
    a, b = rows[first].candidate, rows[second].candidate
    if a.arm is None or b.arm is None or name_key(a.arm) == name_key(b.arm):
        return 1.0
    at_each = [
        _correlation(rows, known, place, other)
        for place, of, arm in ((first, a, b.arm), (second, b, a.arm))
        for other, row in enumerate(rows)
        if share_reference(of, row.candidate) and name_key(row.candidate.arm or "") == name_key(arm)
    ]
    return math.prod(at_each) ** (1.0 / len(at_each)) if at_each else 1.0


def _correlation(rows: Sequence[Chosen], known: Known, a: int, b: int) -> float:
    covariance = known[min(a, b), max(a, b)]
    return covariance / (rows[a].effect.sei * rows[b].effect.sei)
