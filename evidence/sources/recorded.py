"""What a record says a paper prints: numbers that stand together, in the order in which papers print them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from evidence.records.effect import Estimate, Group, Locator, PrintedNumbers, RawNumbers
from evidence.records.parsing import KeyPath
from evidence.records.printed import Percent, Printed, PrintedCount, PValue
from evidence.records.schema import BaselineRow, Flow, Population, Record
from evidence.records.shared_reference import SharedReference

_RELATIONS = {"=": ""}


@dataclass(frozen=True)
class Wanted:
    """One recorded number: its key path, the text typed in, its value, and the relation before it."""

    at: KeyPath
    text: str
    value: Decimal
    relation: str = ""


@dataclass(frozen=True)
class Together:
    """Numbers that one line or sentence prints in this order, and where.

    near: numbers beside them, such as p; anywhere: numbers that the text holds somewhere, such as n. at: the
    locator, None for numbers without one. labels: words that the line begins with.
    """

    numbers: tuple[Wanted, ...]
    report: str | None = None
    at: str | None = None
    near: tuple[Wanted, ...] = ()
    anywhere: tuple[Wanted, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many numbers there are in all."""
        return len(self.numbers) + len(self.near) + len(self.anywhere)


def together(record: Record) -> Iterator[Together]:
    """Everything that the record says is printed, estimates first."""
    for index, estimate in enumerate(record.estimates):
        yield from _of_estimate(("estimates", index), estimate)
    for index, comparison in enumerate(record.comparisons):
        yield from _of_comparison(("comparisons", index), comparison)
    yield from _of_population(record.population)
    if record.flow is not None:
        yield from _of_flow(record.flow)
    for index, table in enumerate(record.baseline):
        for place, row in enumerate(table.rows):
            yield from _of_row(("baseline", index, "rows", place), row, table.where)


def _of_flow(flow: Flow) -> Iterator[Together]:
    for index, step in enumerate(flow.steps):
        for key in ("start", "excluded", "left"):
            for wanted in _wanted(("flow", "steps", index, key), getattr(step, key)):
                yield Together((wanted,), flow.where.report, flow.where.at)


def _of_row(place: KeyPath, row: BaselineRow, where: Locator) -> Iterator[Together]:
    p = tuple(_wanted((*place, "p"), row.p))
    if row.mean_sd is not None:
        cells = [
            wanted
            for column, pair in enumerate(row.mean_sd)
            for part, value in enumerate(pair)
            for wanted in _wanted((*place, "mean_sd", column, part), value)
        ]
        yield Together(tuple(cells), where.report, where.at, p, labels=(row.variable,))
        return
    for name, values in (row.percent or {}).items():
        cells = [
            wanted
            for column, value in enumerate(values)
            for wanted in _wanted((*place, "percent", name, column), value)
        ]
        yield Together(tuple(cells), where.report, where.at, labels=(row.variable, name))
    if p:
        yield Together(p, where.report, where.at, labels=(row.variable,))


def _of_estimate(place: KeyPath, estimate: Estimate) -> Iterator[Together]:
    effect, where = estimate.effect, estimate.where
    if effect is None:
        return
    numbers, near = _printed((*place, "effect"), effect)
    if numbers:
        anywhere = tuple(_wanted((*place, "n"), estimate.n))
        yield Together(numbers, where.report, where.at, near, anywhere)
    groups: list[tuple[KeyPath, Group]] = [
        (("groups", index), group) for index, group in enumerate(effect.groups or ())
    ]
    groups += [(("group",), effect.group)] if effect.group is not None else []
    for key, group in groups:
        yield Together(tuple(_of_group((*place, "effect", *key), group)), where.report, where.at)
    for name, number in (effect.columns or {}).items():
        for wanted in _wanted((*place, "effect", "columns", name), number):
            yield Together((wanted,), where.report, where.at)


def _of_comparison(place: KeyPath, comparison: SharedReference) -> Iterator[Together]:
    """Each arm's raw numbers, and its effect against the reference."""
    where = comparison.where
    for index, arm in enumerate(comparison.arms):
        numbers = tuple(_of_group((*place, "arms", index), arm))
        if numbers:
            yield Together(numbers, where.report, where.at, labels=(arm.name,))
        if arm.effect is not None:
            numbers, near = _printed((*place, "arms", index, "effect"), arm.effect)
            yield Together(numbers, where.report, where.at, near)


def _printed(place: KeyPath, effect: PrintedNumbers) -> tuple[tuple[Wanted, ...], tuple[Wanted, ...]]:
    """Estimate, SE and limits, which stand in one row; and the statistics and p beside them."""
    inner = [*_wanted((*place, "estimate"), effect.estimate), *_wanted((*place, "se"), effect.se)]
    for index, limit in enumerate(effect.ci or ()):
        inner += _wanted((*place, "ci", index), limit)
    for side in ("lower", "upper"):
        inner += _wanted((*place, side), getattr(effect, side))
    near = [*_wanted((*place, "t"), effect.t)]
    for key, statistic in (("f", effect.f), ("chi2", effect.chi2)):
        if statistic is not None:
            near += _wanted((*place, key, "value"), statistic.value)
    return tuple(inner), (*near, *_wanted((*place, "p"), effect.p))


def _of_group(place: KeyPath, group: RawNumbers) -> Iterator[Wanted]:
    for key in ("events", "n", "person_time", "mean", "sd", "se", "median", "q1", "q3", "minimum", "maximum"):
        yield from _wanted((*place, key), getattr(group, key))
    for index, limit in enumerate(group.ci or ()):
        yield from _wanted((*place, "ci", index), limit)


def _of_population(population: Population) -> Iterator[Together]:
    place: KeyPath = ("population",)
    for key in ("n", "women", "men"):
        for wanted in _wanted((*place, key), getattr(population, key)):
            yield Together((wanted,))
    age = population.age
    if age is None:
        return
    middle = [*_wanted((*place, "age", "mean"), age.mean), *_wanted((*place, "age", "sd"), age.sd)]
    for numbers in (
        middle,
        *(_wanted((*place, "age", key), getattr(age, key)) for key in ("minimum", "maximum", "median")),
    ):
        if numbers:
            yield Together(tuple(numbers))


def _wanted(at: KeyPath, given: Printed | PrintedCount | PValue | None) -> list[Wanted]:
    """The number as one to look for; none where nothing is printed."""
    if isinstance(given, PValue):
        relation = _RELATIONS.get(given.relation, given.relation)
        return [] if given.number is None else [Wanted(at, str(given), given.number.value, relation)]
    if isinstance(given, PrintedCount):
        return [Wanted(at, str(given), Decimal(int(given)))] if given.is_whole else []
    if isinstance(given, Printed | Percent):
        return [Wanted(at, str(given), given.value)]
    return []
