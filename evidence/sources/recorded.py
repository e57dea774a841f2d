"""What a record says a paper prints: numbers that stand together, in the order in which papers print them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from evidence.records.parsing import KeyPath
from evidence.records.printed import Percent, Printed, PrintedCount, PValue
from evidence.records.schema import BaselineRow, Effect, Estimate, Flow, Group, Locator, Population, Record

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
    """Numbers that one line or sentence prints, and where.

    inner: the first so many stand in this order, the others (p, n) near them. labels: words that the line
    begins with. at: the locator, None for numbers without one.
    """

    numbers: tuple[Wanted, ...]
    inner: int
    report: str | None
    at: str | None = None
    labels: tuple[str, ...] = ()
    place: KeyPath = ()


def together(record: Record) -> Iterator[Together]:
    """Everything that the record says is printed, estimates first."""
    for index, estimate in enumerate(record.estimates):
        yield from _of_estimate(("estimates", index), estimate)
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
                yield Together((wanted,), 1, flow.where.report, flow.where.at, (), wanted.at)


def _of_row(place: KeyPath, row: BaselineRow, where: Locator) -> Iterator[Together]:
    p = _wanted((*place, "p"), row.p)
    if row.mean_sd is not None:
        cells = [
            _wanted((*place, "mean_sd", column, part), value)
            for column, pair in enumerate(row.mean_sd)
            for part, value in enumerate(pair)
        ]
        yield _line(cells, p, where, (row.variable,), place)
    for name, values in (row.percent or {}).items():
        cells = [_wanted((*place, "percent", name, column), value) for column, value in enumerate(values)]
        yield _line(cells, [], where, (row.variable, name), place)
    if row.percent is not None and p:
        yield Together(tuple(p), 1, where.report, where.at, (row.variable,), place)


def _line(
    cells: list[list[Wanted]], p: list[Wanted], where: Locator, labels: tuple[str, ...], place: KeyPath
) -> Together:
    numbers = [each for cell in cells for each in cell]
    return Together((*numbers, *p), len(numbers), where.report, where.at, labels, place)


def _of_estimate(place: KeyPath, estimate: Estimate) -> Iterator[Together]:
    effect, where = estimate.effect, estimate.where
    if effect is None:
        return
    inner = list(_inner((*place, "effect"), effect))
    near = [
        *_wanted((*place, "effect", "t"), effect.t),
        *_wanted((*place, "effect", "p"), effect.p),
        *_wanted((*place, "n"), estimate.n),
    ]
    if inner:
        yield Together((*inner, *near), len(inner), where.report, where.at, (), place)
    for index, group in enumerate(effect.groups or ()):
        numbers = list(_of_group((*place, "effect", "groups", index), group))
        yield Together(tuple(numbers), len(numbers), where.report, where.at, (), place)


def _inner(place: KeyPath, effect: Effect) -> Iterator[Wanted]:
    yield from _wanted((*place, "estimate"), effect.estimate)
    yield from _wanted((*place, "se"), effect.se)
    for index, limit in enumerate(effect.ci or ()):
        yield from _wanted((*place, "ci", index), limit)


def _of_group(place: KeyPath, group: Group) -> Iterator[Wanted]:
    for key in ("events", "n", "mean", "sd"):
        yield from _wanted((*place, key), getattr(group, key))


def _of_population(population: Population) -> Iterator[Together]:
    place: KeyPath = ("population",)
    for key in ("n", "women", "men"):
        for wanted in _wanted((*place, key), getattr(population, key)):
            yield Together((wanted,), 1, None, None, (), wanted.at)
    age = population.age
    if age is None:
        return
    middle = [*_wanted((*place, "age", "mean"), age.mean), *_wanted((*place, "age", "sd"), age.sd)]
    for numbers in (
        middle,
        *(_wanted((*place, "age", key), getattr(age, key)) for key in ("minimum", "maximum", "median")),
    ):
        if numbers:
            yield Together(tuple(numbers), len(numbers), None, None, (), numbers[0].at)


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
