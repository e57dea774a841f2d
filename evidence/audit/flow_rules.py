"""Rules about counts of persons: the flow chart, the population, the estimates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.audit.explanations import differs_by_a_slip
from evidence.audit.rule import ERROR, RECORD_RULES, WARNING, Finding
from evidence.records.possible import is_a_count
from evidence.records.printed import Percent
from evidence.records.schema import FlowStep, Record
from evidence.wording import enumerate_words


@RECORD_RULES.rule("flow-subtraction", ERROR)
def flow_subtraction(record: Record) -> Iterator[Finding]:
    """The persons left in a flow chart are those who were there minus those excluded."""
    if record.flow is None:
        return
    for section in _sections(record.flow.steps):
        expected = section.start - sum(section.excluded)
        at = ("flow", "steps", section.end, "left")
        if expected != section.left:
            sums = " - ".join(map(str, (section.start, *section.excluded)))
            yield Finding(
                at, f"{sums} = {expected}, not {section.left}", _mended_step(section, record.flow.steps)
            )


@dataclass(frozen=True)
class Section:
    """A stretch of a flow chart between two counts of persons."""

    start: int
    begin: int
    end: int
    excluded: tuple[int, ...]
    left: int


def _sections(steps: tuple[FlowStep, ...]) -> Iterator[Section]:
    """Each stretch from a `start` or `left` to the next `left`."""
    begin: tuple[int, int] | None = None
    for index, step in enumerate(steps):
        here = step.left if step.start is None else step.start
        if here is None:
            continue
        if begin is not None and step.start is None:
            place, start = begin
            excluded = tuple(s.excluded for s in steps[place:index] if s.excluded is not None)
            yield Section(start, place, index, excluded, here)
        begin = index, here


def _mended_step(section: Section, steps: tuple[FlowStep, ...]) -> str:
    """Which single number would mend the sum: first those that are a slip away from what is printed."""
    excess = section.start - sum(section.excluded) - section.left
    options = [(steps[section.begin].what, section.start, section.start - excess)]
    options += [
        (step.what, step.excluded, step.excluded + excess)
        for step in steps[section.begin : section.end]
        if step.excluded is not None
    ]
    options.append((steps[section.end].what, section.left, section.left + excess))
    possible = [option for option in options if option[2] >= 0]
    likely = [option for option in possible if differs_by_a_slip(option[1], option[2])]
    if likely:
        words = [f"{meant} instead of {printed} in '{what}'" for what, printed, meant in likely]
        return f"{enumerate_words(words, 'or')} would mend it, and differs by one slip."
    side = "too few" if excess > 0 else "too many"
    words = [f"'{what}' ({printed} -> {meant})" for what, printed, meant in possible]
    return f"{abs(excess)} persons {side} are excluded; one of these may be wrong: {', '.join(words)}."


@RECORD_RULES.rule("flow-end", WARNING)
def flow_end(record: Record) -> Iterator[Finding]:
    """The flow chart ends with the persons who are analysed."""
    if record.flow is None or not record.flow.steps or record.flow.steps[-1].left is None:
        return
    left, report = record.flow.steps[-1].left, record.flow.where.report
    analysed = [e.n for e in record.estimates if e.n is not None and e.where.report == report]
    if analysed and max(analysed) > left:
        index = next(
            i for i, e in enumerate(record.estimates) if e.n == max(analysed) and e.where.report == report
        )
        yield Finding(
            ("estimates", index, "n"),
            f"{max(analysed)} persons are analysed, but the flow chart ends with {left}",
        )
    n = record.population.n
    if n is not None and n != left and len(record.reports) == 1:
        yield Finding(
            ("population", "n"), f"the population has {n} persons, but the flow chart ends with {left}"
        )


@RECORD_RULES.rule("n-above-population", WARNING)
def n_above_population(record: Record) -> Iterator[Finding]:
    """An estimate does not rest on more persons than were studied."""
    n = record.population.n
    if n is None or len(record.reports) > 1:
        return
    for index, estimate in enumerate(record.estimates):
        if estimate.n is not None and estimate.n > n and is_a_count(estimate.n):
            at = ("estimates", index, "n")
            yield Finding(at, f"the estimate has {estimate.n} persons, the population only {n}")


@RECORD_RULES.rule("percent-of-n", WARNING)
def percent_of_n(record: Record) -> Iterator[Finding]:
    """A printed percentage of n persons is that of a whole number of them."""
    population = record.population
    for key, percent in (("women", population.women), ("men", population.men)):
        if (
            percent is None
            or population.n is None
            or not is_a_count(population.n, 1)
            or not 0 <= percent.fraction <= 1  # another rule's question
            or _is_whole(percent, population.n)
        ):
            continue
        below = math.floor(percent.fraction * population.n)
        shares = " and ".join(
            f"{count} are {100 * count / population.n:.{_decimals(percent) + 1}f}%"
            for count in (below, below + 1)
        )
        yield Finding(
            ("population", key),
            f"no whole number of {population.n} persons is {percent}: {shares}",
            "Either the percentage or n is another, or the percentage is weighted.",
        )


def _is_whole(percent: Percent, n: int) -> bool:
    slack = 1e-9
    return math.floor(percent.highest / 100 * n + slack) >= math.ceil(percent.lowest / 100 * n - slack)


def _decimals(percent: Percent) -> int:
    return max(0, -int(percent.value.as_tuple().exponent))


@RECORD_RULES.rule("women-and-men", WARNING)
def women_and_men(record: Record) -> Iterator[Finding]:
    """The percentages of women and men add up to 100."""
    women, men = record.population.women, record.population.men
    if women is None or men is None:
        return
    if abs(float(women.value + men.value) - 100) > women.half_unit + men.half_unit + 1e-9:
        total = women.value + men.value
        yield Finding(("population", "women"), f"{women} women and {men} men are {total}% in all")


@RECORD_RULES.rule("age-out-of-range", ERROR)
def age_out_of_range(record: Record) -> Iterator[Finding]:
    """A mean or median age lies between the lowest and the highest age."""
    age = record.population.age
    if age is None:
        return
    if age.minimum is not None and age.maximum is not None and age.minimum.lowest > age.maximum.highest:
        yield Finding(
            ("population", "age", "minimum"), f"the age limits {age.minimum} and {age.maximum} are reversed"
        )
    for key, middle in (("mean", age.mean), ("median", age.median)):
        if middle is None:
            continue
        if age.minimum is not None and middle.highest < float(age.minimum):
            yield Finding(
                ("population", "age", key), f"the {key} age {middle} is below the minimum {age.minimum}"
            )
        # An age of 75 in completed years may be 75.9.
        if age.maximum is not None and middle.lowest > float(age.maximum) + 1:
            yield Finding(
                ("population", "age", key), f"the {key} age {middle} is above the maximum {age.maximum}"
            )
