"""What a printed number can be at all: a record keeps what cannot be true, and this says so.

Reading judges form alone. A number that no study can have stands in the record as printed, is an error of
the audit at its line, and its estimate enters no pool; everything else of the record does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from evidence.records.effect import ChiSquareStatistic, Effect, Estimate, FStatistic, RawNumbers
from evidence.records.printed import Percent, Printed, PrintedCount, PValue, shorten
from evidence.records.schema import Baseline, Cohort, Outcome, Population, Record, Report
from evidence.records.shared_reference import SharedReference

LARGEST, SMALLEST = 1e20, 1e-20
"""No measurement of persons is further from 1; beyond them squares and products leave the floating point."""

MOST_PERSONS = 10**10
LEAST_LEVEL = 50
"""Percent. A level below it is the error probability, or a slip."""

FIRST_YEAR, LAST_YEAR = 1800, 2200

_DOI = re.compile(r"10\.\d{4,9}/\S*[^\s.,;:]")

Kind = Literal["number", "count", "sd", "percent", "p", "level", "df", "year", "doi"]
KeyPath = tuple[str | int, ...]


class Fault(NamedTuple):
    """A number that cannot be: its key path, what is wrong, and what may have been meant."""

    at: KeyPath
    kind: Kind
    says: str
    hint: str


def is_in_range(number: Printed) -> bool:
    """Whether a study can have a number of this size; a p-value may be smaller."""
    return number.value == 0 or SMALLEST <= abs(number.value) <= LARGEST


def is_a_probability(p: PValue) -> bool:
    """Whether a p-value lies between 0 and 1."""
    return p.number is None or 0 <= p.number.value <= 1


def is_a_level(level: Percent) -> bool:
    """Whether an interval can be one of so many per cent."""
    return LEAST_LEVEL <= level.value < 100


def is_a_count(count: int, least: int = 0) -> bool:
    """Whether there can be so many persons."""
    return least <= count <= MOST_PERSONS and getattr(count, "is_whole", True)


def faults_of_effect(effect: Effect, n: int | None = None) -> Iterator[Fault]:
    """What cannot be in one printed effect and its number of persons; paths begin at the estimate."""
    if n is not None:
        yield from _count(("n",), n)
    at: KeyPath = ("effect",)
    for key in ("estimate", "se", "t", "lower", "upper"):
        yield from _number((*at, key), getattr(effect, key))
    for place, limit in enumerate(effect.ci or ()):
        yield from _number((*at, "ci", place), limit)
    if effect.p is not None and not is_a_probability(effect.p):
        says = f"p {effect.p} cannot be: a p-value lies between 0 and 1"
        yield Fault((*at, "p"), "p", says, "A shifted decimal point, or another number of the row?")
    if not is_a_level(effect.level):
        yield level_fault((*at, "level"), effect.level)
    if effect.df is not None and not effect.df > 0:
        says = f"{effect.df:g} degrees of freedom cannot be: there is at least one"
        yield Fault((*at, "df"), "df", says, "Leave 'df' out where it is not printed.")
    yield from _of_statistics_and_groups(effect)


def _of_statistics_and_groups(effect: Effect) -> Iterator[Fault]:
    at: KeyPath = ("effect",)
    for key, statistic in (("f", effect.f), ("chi2", effect.chi2)):
        if statistic is not None:
            yield from _square((*at, key), statistic)
    for place, group in enumerate(effect.groups or ()):
        yield from faults_of_group((*at, "groups", place), group, group.name)
    if effect.group is not None:
        yield from faults_of_group((*at, "group"), effect.group, effect.group.name)
    for name, number in (effect.columns or {}).items():
        yield from _number((*at, "columns", name), number)


def _square(at: KeyPath, statistic: FStatistic | ChiSquareStatistic) -> Iterator[Fault]:
    yield from _number((*at, "value"), statistic.value)
    if statistic.value.value < 0:
        says = f"{statistic.value} cannot be: F and chi-square are squares, and none is below zero"
        yield Fault((*at, "value"), "number", says, "Is it t or z?")
    numbers = statistic.df if isinstance(statistic.df, tuple) else (statistic.df,)
    for df in numbers:
        if not df > 0:
            yield Fault(
                (*at, "df"),
                "df",
                f"{df:g} degrees of freedom cannot be: there is at least one",
                "A slip in a digit?",
            )


def level_fault(at: KeyPath, level: Percent) -> Fault:
    """What is said of a level that no interval has."""
    meant = 100 - level.value
    hint = f"Is {meant} % meant?" if LEAST_LEVEL <= meant < 100 else "Most intervals are of 95 %."
    return Fault(
        at, "level", f"{level} is no level of an interval: it lies between {LEAST_LEVEL} % and 100 %", hint
    )


def faults_of_group(at: KeyPath, group: RawNumbers, name: str) -> Iterator[Fault]:
    """What cannot be in the raw numbers of a group; at: their key path."""
    if group.n is not None:
        yield from _count((*at, "n"), group.n, least=1)
    for key in ("mean", "median", "q1", "q3", "minimum", "maximum", "person_time"):
        yield from _number((*at, key), getattr(group, key))
    yield from _sd((*at, "sd"), group.sd)
    yield from _sd((*at, "se"), group.se, "standard error")
    if group.person_time is not None and group.person_time.value <= 0:
        says = f"{group.person_time} person-time of '{name}' is not above zero"
        yield Fault((*at, "person_time"), "number", says, "A minus sign too many, or another column?")
    if group.events is not None:
        yield from _count((*at, "events"), group.events, "events")
        yield from _too_many_events(at, group, name)
    yield from _out_of_order(at, group, name)


def _too_many_events(at: KeyPath, group: RawNumbers, name: str) -> Iterator[Fault]:
    """More persons with an event than persons; events in person-time may come back."""
    if group.n is None or group.events is None or group.person_time is not None:
        return
    if is_a_count(group.events) and is_a_count(group.n, least=1) and group.events > group.n:
        says = f"{group.events} events in {group.n} persons of '{name}'"
        hint = "Are the two numbers exchanged, or the groups, or a digit wrong?"
        yield Fault((*at, "events"), "count", says, hint)


def _out_of_order(at: KeyPath, group: RawNumbers, name: str) -> Iterator[Fault]:
    printed = [(key, getattr(group, key)) for key in ("minimum", "q1", "median", "q3", "maximum")]
    known = [(key, number) for key, number in printed if number is not None]
    for (low, first), (high, second) in pairwise(known):
        if first.lowest > second.highest:
            says = f"the {_FIVE[low]} {first} of '{name}' is above its {_FIVE[high]} {second}"
            yield Fault((*at, high), "number", says, "Are two of them exchanged, or a digit wrong?")


_FIVE = {
    "minimum": "minimum",
    "q1": "first quartile",
    "median": "median",
    "q3": "third quartile",
    "maximum": "maximum",
}


def _number(at: KeyPath, number: Printed | None) -> Iterator[Fault]:
    if number is not None and not is_in_range(number):
        size = "large" if abs(number.value) > LARGEST else "small"
        yield Fault(at, "number", f"{number} is too {size} for any study", "A slip in the power of ten?")


def _sd(at: KeyPath, sd: Printed | None, what: str = "SD") -> Iterator[Fault]:
    yield from _number(at, sd)
    if sd is not None and sd.value < 0:
        yield Fault(at, "sd", f"{what} {sd} is below zero", "A minus sign too many, or another column?")


def _count(at: KeyPath, count: int, what: str = "persons", least: int = 0) -> Iterator[Fault]:
    if is_a_count(count, least):
        return
    if isinstance(count, PrintedCount) and not count.is_whole and abs(count) < MOST_PERSONS:
        says = f"{count} is no whole number of {what}"
    else:
        says = f"there cannot be {count} {what}"
    yield Fault(at, "count", says, "A slip in a digit, a sign or the power of ten?")


_LARGEST_POWER_OF_A_PERCENT = 2
"""With a larger one no number is a percentage, however it is rounded: 1e307 has no rounding interval."""


def _percent(at: KeyPath, percent: Printed, what: str) -> Iterator[Fault]:
    above = percent.lowest > 100 or percent.value.adjusted() > _LARGEST_POWER_OF_A_PERCENT
    if above or percent.highest < 0 or percent.value < 0:
        sign = "" if isinstance(percent, Percent) else " %"
        says = f"{percent}{sign} {what} cannot be: a percentage lies between 0 and 100"
        yield Fault(at, "percent", says, "A shifted decimal point, or a number of persons?")


def faults_of_record(record: Record) -> Iterator[Fault]:
    """Everything in a record that cannot be; paths begin at the record."""
    parts: dict[KeyPath, object] = {("cohort",): record.cohort, ("population",): record.population}
    parts |= {("reports", name): report for name, report in record.reports.items()}
    parts |= {("outcomes", name): outcome for name, outcome in record.outcomes.items()}
    for place, part in parts.items():
        for fault in faults_of_part(part):
            yield fault._replace(at=(*place, *fault.at))
    yield from _faults_of_estimates(record)
    for index, step in enumerate(record.flow.steps if record.flow else ()):
        for key, count in (("start", step.start), ("excluded", step.excluded), ("left", step.left)):
            if count is not None:
                yield from _count(("flow", "steps", index, key), count)
    for index, table in enumerate(record.baseline):
        yield from _faults_of_table(("baseline", index), table)


def _faults_of_estimates(record: Record) -> Iterator[Fault]:
    for index, estimate in enumerate(record.estimates):
        for fault in _faults_of_estimate(estimate):
            yield fault._replace(at=("estimates", index, *fault.at))
    for index, comparison in enumerate(record.comparisons):
        for fault in faults_of_comparison(comparison):
            yield fault._replace(at=("comparisons", index, *fault.at))


def faults_of_comparison(comparison: SharedReference) -> Iterator[Fault]:
    """What cannot be in arms or classes; paths begin at the comparison."""
    for index, arm in enumerate(comparison.arms):
        yield from faults_of_group(("arms", index), arm, arm.name)
        if arm.effect is not None:
            effect = Effect(measure=comparison.measure, **dict(arm.effect))
            for fault in faults_of_effect(effect):
                yield fault._replace(at=("arms", index, *fault.at))


def _faults_of_estimate(estimate: Estimate) -> Iterator[Fault]:
    if estimate.effect is not None:
        yield from faults_of_effect(estimate.effect, estimate.n)
    elif estimate.n is not None:
        yield from _count(("n",), estimate.n)
    if estimate.stratum.age is not None:
        yield from _reversed(("stratum", "age"), estimate.stratum.age, "ages")


def faults_of_part(part: object) -> Iterator[Fault]:
    """What cannot be in one part of a record; paths begin at the part."""
    if isinstance(part, Cohort):
        yield from _faults_of_cohort(part)
    elif isinstance(part, Report):
        yield from _faults_of_report(part)
    elif isinstance(part, Population):
        yield from _faults_of_population(part)
    elif isinstance(part, Outcome):
        yield from _faults_of_outcome(part)
    elif isinstance(part, Effect):
        for fault in faults_of_effect(part):
            yield fault._replace(at=fault.at[1:])
    elif isinstance(part, Estimate) and part.n is not None:
        yield from _count(("n",), part.n)


def _faults_of_cohort(cohort: Cohort) -> Iterator[Fault]:
    if cohort.years is not None:
        yield from _reversed(("years",), cohort.years, "years")
        for year in dict.fromkeys((cohort.spans[0][0], cohort.spans[-1][1])):
            yield from _year(("years",), year)


def _faults_of_report(report: Report) -> Iterator[Fault]:
    if report.year is not None:
        yield from _year(("year",), report.year)
    if report.doi is not None and _DOI.fullmatch(report.doi) is None:
        yield _doi_fault(report.doi)
    if report.pmid is not None and report.pmid <= 0:
        says = f"{report.pmid} is no PubMed number"
        yield Fault(("pmid",), "number", says, "It is a whole number above zero.")


def _doi_fault(doi: str) -> Fault:
    inside = _DOI.search(doi)
    if inside is not None:
        wrong, hint = "has something before or after it", f"Write {inside[0]} alone."
    elif not doi.startswith("10."):
        wrong, hint = "does not begin with '10.'", "A DOI is 10., four to nine digits, '/' and a name."
    elif "/" not in doi:
        wrong, hint = "has no '/'", "It ends with '/' and a name of the article, e.g. 10.1000/182."
    else:
        wrong, hint = "has no four to nine digits between '10.' and '/', or nothing after it", "A digit lost?"
    return Fault(("doi",), "doi", f"the DOI '{shorten(doi)}' {wrong}", hint)


def _reversed(at: KeyPath, text: str, what: str) -> Iterator[Fault]:
    numbers = [int(part) for span in text.split(", ") for part in span.split("-") if part.isdigit()]
    if numbers != sorted(numbers):
        yield Fault(
            at, "year", f"the {what} {text} run backwards", "Expected from low to high, e.g. 2013-2018."
        )


def _year(at: KeyPath, year: int) -> Iterator[Fault]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        yield Fault(at, "year", f"{year} is no year of a study", "A slip in a digit?")


def _faults_of_outcome(outcome: Outcome) -> Iterator[Fault]:
    if outcome.bounds is not None and outcome.bounds[0].value >= outcome.bounds[1].value:
        says = f"the bounds {outcome.bounds[0]} and {outcome.bounds[1]} of '{outcome.name}' are reversed"
        yield Fault(("bounds",), "number", says, "The lowest value comes first.")


def _faults_of_population(population: Population) -> Iterator[Fault]:
    if population.n is not None:
        yield from _count(("n",), population.n)
    for key, percent in (("women", population.women), ("men", population.men)):
        if percent is not None:
            yield from _percent((key,), percent, key)
    if population.age is not None:
        for key in ("minimum", "maximum", "mean", "median"):
            number = getattr(population.age, key)
            yield from _number(("age", key), number)
            if number is not None and number.value < 0:
                yield Fault(("age", key), "number", f"an age of {number} cannot be", "A minus sign too many?")
        yield from _sd(("age", "sd"), population.age.sd)


def _faults_of_table(at: KeyPath, table: Baseline) -> Iterator[Fault]:
    for index, row in enumerate(table.rows):
        for place, (mean, sd) in enumerate(row.mean_sd or ()):
            yield from _number((*at, "rows", index, "mean_sd", place, 0), mean)
            yield from _sd((*at, "rows", index, "mean_sd", place, 1), sd)
        for label, line in (row.percent or {}).items():
            for place, percent in enumerate(line):
                yield from _percent((*at, "rows", index, "percent", label, place), percent, f"'{label}'")
        if row.p is not None and not is_a_probability(row.p):
            says = f"p {row.p} cannot be: a p-value lies between 0 and 1"
            yield Fault((*at, "rows", index, "p"), "p", says, "A shifted decimal point?")
