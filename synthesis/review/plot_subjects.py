"""From a review's analysis to the subjects of its plots: one, or one for each group."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.records.review import Analysis, LoadedReview
from evidence.records.scales import analysis_scale
from evidence.selection.accounting import persons_of
from evidence.selection.selection import Candidate, Contradicted
from synthesis.diagnostics.multiverse import DataSet
from synthesis.plots.bubble import Moderator
from synthesis.plots.labbe import Arms
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.pooling.result import PooledSummary
from synthesis.review.alternatives import specified
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log
from synthesis.review.pooled_units import Unit

SEVERAL_ARMS = (
    "A L'Abbé plot has one point a study; here a study has several arms. With 'arms: combine', 'highest' or "
    "'lowest' it has one."
)

MODERATORS: dict[str, tuple[str, Callable[[Unit], float | None]]] = {
    "year": ("year of the report", lambda unit: unit.first.report.year),
    "n": ("number of persons", lambda unit: _persons(unit)),
    "age": ("mean age (years)", lambda unit: _mean_age(unit)),
}


@dataclass(frozen=True)
class Arrival:
    """The day on which each study came, by its id, date.max for one to come; says: what their order is."""

    days: Mapping[str, datetime.date]
    says: str


@dataclass(frozen=True)
class ReviewSubject:
    """One pooled group of an analysis, with what its records tell beyond effects.

    suffix: what its file name ends in, empty for the only group. group: its name, else None. contradicted:
    estimates that never enter, as for `select`. arrival: when studies entered the review, if so ordered.
    """

    subject: Subject
    suffix: str
    units: tuple[Unit, ...]
    loaded: LoadedReview
    analysis: Analysis
    group: str | None
    contradicted: Contradicted
    arrival: Arrival | None = None

    def order(self) -> tuple[Sequence[int], str]:
        """Positions of the studies in the order of their arrival, or else of their reports' years."""
        return in_order_of([unit.first for unit in self.units], self.arrival)

    def alternatives(self) -> tuple[Sequence[DataSet], Sequence[str]]:
        """What other choices of reports, models and overlap would have pooled."""
        found = specified(self.loaded, self.analysis, self.contradicted, self.group)
        return found.alternatives, found.choices

    def moderator(self, name: str) -> Moderator:
        """A number that each study's record holds; name: a key of MODERATORS."""
        label, value = MODERATORS[name]
        values = [value(unit) for unit in self.units]
        return Moderator(label, np.array([np.nan if v is None else float(v) for v in values]))

    @property
    def arms(self) -> Arms | None:
        """Counts of both arms, where every study records them.

        Raises NotDefinedError where a study has several arms.
        """
        if any(unit.of_arms for unit in self.units):
            raise NotDefinedError(SEVERAL_ARMS)
        effects = [unit.first.estimate.effect for unit in self.units]
        pairs = [effect.groups for effect in effects if effect is not None and effect.groups is not None]
        counts = [
            (first.events, first.n, second.events, second.n)
            for first, second in pairs
            if first.events is not None and second.events is not None
        ]
        if len(counts) != len(self.units):
            return None
        measure = self.loaded.review.scale_of(self.analysis).measure
        return Arms(measure, *np.array(counts, dtype=float).T)


def in_order_of(studies: Sequence[Candidate], arrival: Arrival | None) -> tuple[Sequence[int], str]:
    """Positions of the studies in the order of their arrival, or else of their reports' years; and which."""
    if arrival is not None:
        days = [arrival.days[found.record.study] for found in studies]
        known = [day for day in days if day != datetime.date.max]
        span = f", {min(known)} to {max(known)}" if known else ""
        return sorted(range(len(days)), key=days.__getitem__), arrival.says + span
    reports = [found.report for found in studies]
    by = f"the order of the reports' years{_range([each.year for each in reports])}"
    return sorted(range(len(reports)), key=lambda at: reports[at].order), by


def subjects_of(
    result: AnalysisResult,
    loaded: LoadedReview,
    contradicted: Contradicted,
    arrival: Arrival | None = None,
) -> tuple[ReviewSubject, ...]:
    """The subjects of an analysis: its overall result, else those of its groups that have an estimate."""
    parts = result.groups if result.overall is None else (result.overall,)
    suffixes = file_suffixes([group.name or "" for group in parts])
    return tuple(
        ReviewSubject(
            _subject(result, group, group.pooled),
            suffixes[place],
            group.units,
            loaded,
            result.analysis,
            group.name,
            contradicted,
            arrival,
        )
        for place, group in enumerate(parts)
        if group.pooled is not None
    )


def file_suffixes(names: Sequence[str]) -> list[str]:
    """What the files of groups end in: names in plain letters, with a number where these are not enough."""
    found: list[str] = []
    for position, name in enumerate(names, start=1):
        letters = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
        if name and (not letters or letters in found):
            letters = f"{letters}-{position}".strip("-")
        found.append(letters)
    return found


def _subject(result: AnalysisResult, group: GroupResult, pooled: PooledSummary) -> Subject:
    shape = analysis_scale(result.scale.measure)
    lower, higher = result.sides
    name = group.name or ""
    labels = _labels(result, group)
    title = f"{result.analysis.title}, {name}" if name else result.analysis.title
    unit, of = _rows_of(group.units, labels)
    return Subject(
        pooled=replace(pooled, labels=labels),
        title=title,
        effect=effect_header(result.scale, result.analysis.outcome.name),
        log=is_log(shape),
        null=shape.null,
        lower=lower,
        higher=higher,
        unit=unit,
        of=of,
    )


def _labels(result: AnalysisResult, group: GroupResult) -> tuple[str, ...]:
    """The names of the rows; those of one study in several groups say which of these they are of."""
    names = [result.unit_label(unit) for unit in group.units]
    of = {unit.name: part.name for part in result.groups for unit in part.units}
    return tuple(
        f"{names[at]}, {of[unit.name]}" if names.count(names[at]) > 1 and of.get(unit.name) else names[at]
        for at, unit in enumerate(group.units)
    )


def _rows_of(units: Sequence[Unit], labels: Sequence[str]) -> tuple[str, str]:
    """What each row of an analysis is, and the study that all of them are strata of, else an empty text."""
    studies, name = {unit.first.record.study for unit in units}, units[0].first.label
    if len(studies) == len(units):
        return "study", ""
    if len(studies) == 1 and all(label.startswith(f"{name}, ") for label in labels):
        return "stratum", name
    return "estimate", ""


def _persons(unit: Unit) -> float | None:
    """Of correlated arms all of them, with the reference counted once."""
    persons, population = persons_of(unit.rows), unit.first.record.population
    if persons is not None:
        return float(persons)
    return None if population.n is None or _is_part(unit) else float(population.n)


def _mean_age(unit: Unit) -> float | None:
    """The mean age of the whole population, which a stratum of it need not share."""
    age = unit.first.record.population.age
    if age is None or age.mean is None or _is_part(unit):
        return None
    return float(age.mean)


def _is_part(unit: Unit) -> bool:
    stratum = unit.first.stratum
    return any((stratum.sex, stratum.ancestry, stratum.age, stratum.group))


def _range(years: Sequence[int | None]) -> str:
    """', 2018 to 2025', and whether studies without a year come last."""
    stated = [year for year in years if year is not None]
    span = list(dict.fromkeys((min(stated), max(stated)))) if stated else []
    told = [" to ".join(map(str, span))] if span else []
    told += ["those without a year last"] if len(stated) < len(years) else []
    return "".join(f", {each}" for each in told)
