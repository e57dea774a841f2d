"""Rules about the same digits where other ones belong: intervals, groups, columns, studies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from evidence.audit.rule import RECORD_RULES, REVIEW_RULES, WARNING, Finding
from evidence.records.effect import Effect, Estimate
from evidence.records.parsing import KeyPath
from evidence.records.possible import is_in_range
from evidence.records.printed import Printed
from evidence.records.schema import Baseline, Record
from evidence.wording import counted

LEAST_WIDTH = 15
"""Units of the last printed place that an interval must span before its repetition is no coincidence."""

LEAST_WIDTH_ACROSS = 300
"""The same of two studies, of which there may be hundreds."""

LEAST_STEP = 2
"""Units of the last place by which estimates differ that cannot both be in the middle of one interval."""

LEAST_ROWS = 3
LEAST_NUMBERS = 6
"""Rows and numbers of a column before another one with the same digits is no coincidence."""

LEAST_DIGITS = 10
"""Digits of the raw numbers of two groups before their repetition is no coincidence."""


def _is_wide(effect: Effect, units: int) -> bool:
    """Whether an interval that can be spans so many units of its last place."""
    if effect.ci is None or not all(map(is_in_range, effect.ci)):
        return False
    lower, upper = effect.ci
    return float(upper.value - lower.value) >= units * 2 * max(lower.half_unit, upper.half_unit)


@RECORD_RULES.rule("same-interval", WARNING)
def same_interval(record: Record) -> Iterator[Finding]:
    """Two estimates that differ do not share their interval to the last digit."""
    first: dict[tuple[str, ...], Estimate] = {}
    for at, estimate in record.placed_estimates:
        effect = estimate.effect
        if effect is None or effect.estimate is None or not _is_wide(effect, LEAST_WIDTH):
            continue
        assert effect.ci is not None
        spelled = (estimate.where.report, effect.measure, str(effect.level), *map(_digits, effect.ci))
        other = first.setdefault(spelled, estimate)
        assert other.effect is not None
        assert other.effect.estimate is not None
        apart = abs(float(effect.estimate.value - other.effect.estimate.value))
        unit = 2 * max(effect.estimate.half_unit, other.effect.estimate.half_unit)
        if apart > LEAST_STEP * unit:
            yield Finding(
                (*at, "effect", "ci"),
                f"[{effect.ci[0]}, {effect.ci[1]}] stands beside {effect.estimate} at '{estimate.where.at}' "
                f"and beside {other.effect.estimate} at '{other.where.at}'",
                "One interval cannot belong to both: was it copied into the wrong row?",
            )


def _digits(number: Printed) -> str:
    return str(number.value)


@RECORD_RULES.rule("same-groups", WARNING)
def same_groups(record: Record) -> Iterator[Finding]:
    """The same means and SDs, or events, of both groups under two outcomes or strata are a copying error."""
    first: dict[tuple[str, ...], Estimate] = {}
    for at, estimate in record.placed_estimates:
        spelled = None if estimate.effect is None else _spelled_groups(estimate.effect)
        if spelled is None:
            continue
        other = first.setdefault((estimate.where.report, *spelled), estimate)
        if (other.outcome, other.stratum) != (estimate.outcome, estimate.stratum):
            yield Finding(
                (*at, "effect", "groups"),
                f"the raw numbers of both groups stand at '{other.where.at}' and at '{estimate.where.at}'",
                "Two different outcomes or strata hardly agree to the last digit: one was copied over the "
                "other?",
            )


def _spelled_groups(effect: Effect) -> tuple[str, ...] | None:
    """The digits of both groups; None where there are too few to tell one pair of groups from another."""
    if effect.groups is None:
        return None
    values = [
        str(int(number)) if isinstance(number, int) else str(number.value)
        for group in effect.groups
        for number in (group.events, group.mean, group.sd)
        if number is not None
    ]
    sizes = [str(None if group.n is None else int(group.n)) for group in effect.groups]
    digits = sum(len(re.sub(r"\D", "", value).lstrip("0")) for value in values)
    return (*sizes, *values) if digits >= LEAST_DIGITS else None


@RECORD_RULES.rule("columns-identical", WARNING)
def columns_identical(record: Record) -> Iterator[Finding]:
    """Two columns of a table that agree in every digit of every row are one column copied."""
    for table_index, table in enumerate(record.baseline):
        first: dict[tuple[str, ...], int] = {}
        for column, name in enumerate(table.columns):
            numbers = tuple(_column(table, column))
            if len(table.rows) < LEAST_ROWS or len(numbers) < LEAST_NUMBERS:
                continue
            other = first.setdefault(numbers, column)
            if other != column:
                yield Finding(
                    ("baseline", table_index, "columns"),
                    f"'{name}' repeats '{table.columns[other]}' in all {counted(len(numbers), 'number')}",
                    "One was copied over the other?",
                )


def _column(table: Baseline, column: int) -> Iterator[str]:
    for row in table.rows:
        if row.mean_sd:
            yield from map(_digits, row.mean_sd[column])
        # the last class is what the others leave
        lines = list((row.percent or {}).values())
        yield from (_digits(line[column]) for line in (lines[:-1] or lines))


@REVIEW_RULES.rule("same-numbers-in-two-studies", WARNING)
def same_numbers_in_two_studies(records: Sequence[Record]) -> Iterator[tuple[int, Finding]]:
    """Two studies do not agree to the last digit in an estimate with its interval, or in both groups."""
    first: dict[tuple[str, ...], tuple[int, Estimate]] = {}
    found: dict[tuple[int, int], list[tuple[KeyPath, str, Estimate, Estimate]]] = defaultdict(list)
    for index, record in enumerate(records):
        for at, estimate in record.placed_estimates:
            for what, spelled in _spellings(estimate):
                other, known = first.setdefault((what, *spelled), (index, estimate))
                if records[other].study != record.study:
                    found[index, other].append((at, what, estimate, known))
    for (index, other), repeated in found.items():
        at, what, estimate, known = repeated[0]
        more = f"; so are {len(repeated) - 1} more" if len(repeated) > 1 else ""
        yield (
            index,
            Finding(
                (*at, "effect"),
                f"{what} at '{estimate.where.at}' has the very digits of '{known.where.at}' in the record "
                f"'{records[other].study}'{more}",
                "Was one study read twice, or a row of one put into the other?",
            ),
        )


def may_be_repeated(estimate: Estimate) -> bool:
    """Whether rules about several studies ask about an estimate's numbers, or about the SDs of its groups."""
    has_groups = estimate.effect is not None and estimate.effect.groups is not None
    return has_groups or next(_spellings(estimate), None) is not None


def _spellings(estimate: Estimate) -> Iterator[tuple[str, tuple[str, ...]]]:
    effect = estimate.effect
    if effect is None:
        return
    if effect.estimate is not None and effect.ci is not None and _is_wide(effect, LEAST_WIDTH_ACROSS):
        yield "the interval", (effect.measure, *map(_digits, (effect.estimate, *effect.ci)))
    groups = _spelled_groups(effect)
    if groups is not None:
        yield "the pair of groups", groups
