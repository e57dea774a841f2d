"""Rules about baseline tables: percentages that add up, and a whole that fits its parts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import ne

from evidence.audit.arithmetic import SLACK, Interval
from evidence.audit.rule import NOTE, RECORD_RULES, WARNING, Finding
from evidence.records.class_limits import Class, parse_class
from evidence.records.possible import is_in_range
from evidence.records.printed import Printed
from evidence.records.schema import Baseline, BaselineRow, Record
from evidence.wording import enumerate_words, format_like, significant

Line = Sequence[Printed]


@RECORD_RULES.rule("percentages-add-up", WARNING)
def percentages_add_up(record: Record) -> Iterator[Finding]:
    """The percentages of the classes of one variable add up to 100 in every column."""
    for table_index, table in enumerate(record.baseline):
        for row_index, row in enumerate(table.rows):
            sums = _sums(row)
            wrong = [column for column, (total, reach) in enumerate(sums) if abs(total - 100) > reach]
            # Where no column adds up, the classes are no partition: several may apply to one person.
            if not wrong or len(wrong) == len(sums) > 1:
                continue
            listed = enumerate_words([f"{sums[c][0]:g} in '{table.columns[c]}'" for c in wrong])
            at = ("baseline", table_index, "rows", row_index, "percent")
            yield Finding(
                at,
                f"the percentages of '{row.variable}' add up to {listed}, more than rounding from 100",
                _missing_percent(row, wrong[0], 100 - sums[wrong[0]][0], table) if len(wrong) == 1 else None,
            )


def _sums(row: BaselineRow) -> list[tuple[float, float]]:
    """Of each column the sum of the percentages and how far rounding reaches; none for a single class."""
    lines = list((row.percent or {}).values())
    if len(lines) < 2:
        return []
    return [
        (float(sum(cell.value for cell in cells)), sum(cell.half_unit for cell in cells) + 1e-9)
        for cells in ([line[column] for line in lines] for column in range(len(lines[0])))
    ]


def _missing_percent(row: BaselineRow, column: int, missing: float, table: Baseline) -> str:
    """Which single percentage, changed in one digit, would mend the sum."""
    options = []
    for name, line in (row.percent or {}).items():
        meant = float(line[column]) + missing
        if meant >= 0 and _one_digit_apart(line[column], meant):
            options.append(f"{meant:g} instead of {line[column]} for '{name}'")
    if options:
        return f"{enumerate_words(options, 'or')} would mend it, and differs in one digit."
    return f"{abs(missing):g} too {'little' if missing > 0 else 'much'} in '{table.columns[column]}'."


def _one_digit_apart(printed: Printed, meant: float) -> bool:
    a, b = (format_like(number, printed.value) for number in (float(printed), meant))
    return len(a) == len(b) and sum(map(ne, a, b)) == 1


@RECORD_RULES.rule("whole-outside-parts", WARNING)
def whole_outside_parts(record: Record) -> Iterator[Finding]:
    """A mean or percentage of the whole lies between the lowest and the highest of its parts."""
    for at, table, row in _rows_with_whole(record):
        outside = [
            (name, whole, parts)
            for name, whole, parts in _lines(table, row)
            if not Interval(whole.lowest, whole.highest).meets(
                _span(parts).widened(SLACK * abs(float(whole)))
            )
        ]
        if outside:
            listed = "; ".join(
                f"{name} {whole}, parts {min(parts, key=float)} to {max(parts, key=float)}"
                for name, whole, parts in outside
            )
            yield Finding(
                at,
                f"'{table.whole}' of '{row.variable}' lies outside its parts: {listed}",
                f"Are '{table.whole}' and its parts weighted differently, or of different persons?",
            )


def _rows_with_whole(record: Record) -> Iterator[tuple[tuple[str | int, ...], Baseline, BaselineRow]]:
    for table_index, table in enumerate(record.baseline):
        if table.whole is None or len(table.columns) < 3:
            continue
        for row_index, row in enumerate(table.rows):
            if (not row.percent and not row.mean_sd) or not _is_possible(row):
                continue
            key = "percent" if row.percent else "mean_sd"
            yield ("baseline", table_index, "rows", row_index, key), table, row


def _is_possible(row: BaselineRow) -> bool:
    """Whether every number of a row can be computed with."""
    lines = [*(row.percent or {}).values(), *(row.mean_sd or ())]
    return all(is_in_range(number) for line in lines for number in line)


def _lines(table: Baseline, row: BaselineRow) -> Iterator[tuple[str, Printed, list[Printed]]]:
    """Each line of a row: its name, the value of the whole, the values of the parts."""
    if row.mean_sd is not None:
        named: dict[str, Line] = {row.variable: [mean for mean, _ in row.mean_sd]}
    else:
        named = dict(row.percent or {})
    for name, line in named.items():
        yield name, *_whole_and_parts(table, line)


def _whole_and_parts(table: Baseline, line: Line) -> tuple[Printed, list[Printed]]:
    assert table.whole is not None
    position = table.columns.index(table.whole)
    return line[position], [*line[:position], *line[position + 1 :]]


def _span(numbers: Line) -> Interval:
    return Interval(min(n.lowest for n in numbers), max(n.highest for n in numbers))


@RECORD_RULES.rule("sd-of-whole", WARNING)
def sd_of_whole(record: Record) -> Iterator[Finding]:
    """The variance of the whole is the variance within its parts plus that between them."""
    for at, table, row in _rows_with_whole(record):
        if row.mean_sd is None:
            continue
        mean, means = _whole_and_parts(table, [mean for mean, _ in row.mean_sd])
        sd, sds = _whole_and_parts(table, [sd for _, sd in row.mean_sd])
        least = max(0.0, min(s.lowest for s in sds))
        most = math.sqrt(max(s.highest for s in sds) ** 2 + _most_between(mean, means))
        if sd.highest < least * (1 - SLACK) or sd.lowest > most:
            position = table.columns.index(str(table.whole))
            yield Finding(
                (*at, position, 1),
                f"SD {sd} of '{row.variable}' in '{table.whole}' is impossible: its parts allow "
                f"{significant(least, 2)} to {significant(most, 2)}",
                _mended_sd(sd, least, most),
            )


def _most_between(mean: Printed, means: list[Printed]) -> float:
    """The largest variance between parts with these means and this overall mean (Bhatia & Davis 2000)."""
    span = _span(means)
    middle = min(max((span.low + span.high) / 2, mean.lowest), mean.highest)
    return max(0.0, (span.high - middle) * (middle - span.low))


def _mended_sd(sd: Printed, least: float, most: float) -> str:
    for shift in (-1, 1):
        moved = sd.value.scaleb(shift)
        if least <= float(moved) <= most:
            return f"{moved} would be possible: a shifted decimal point?"
    return "One digit wrong, or an SE or a range in place of the SD?"


# Rules about the classes of a categorical variable: their limits, and one that sticks out.


STICKS_OUT = 1.4
"""How many times the larger of its neighbours a class must be, in every column."""

LEAST_CLASSES = 5
_MISSING = re.compile(r"\s*(not recorded|missing|unknown|not stated|no answer|refused)", re.IGNORECASE)


@RECORD_RULES.rule("classes-overlap", NOTE)
def classes_overlap(record: Record) -> Iterator[Finding]:
    """The limits of classes, as their labels state them, do not overlap."""
    for table_index, table in enumerate(record.baseline):
        for row_index, row in enumerate(table.rows):
            at = ("baseline", table_index, "rows", row_index, "percent")
            parsed = [found for label in row.percent or {} if (found := parse_class(label)) is not None]
            for a, b in _overlapping(parsed):
                yield Finding(
                    (*at, b.label), f"the classes '{a.label}' and '{b.label}' of '{row.variable}' overlap"
                )


def _overlapping(classes: list[Class]) -> Iterator[tuple[Class, Class]]:
    """Neighbours that overlap, and open classes that hold a whole other class."""
    closed = [found for found in classes if not found.is_open]
    for a, b in pairwise(closed):
        if a.low < b.high and b.low < a.high:
            yield a, b
    for wide in classes:
        inside = [
            other for other in closed if wide.is_open and wide.low <= other.low and other.high <= wide.high
        ]
        if inside:
            yield inside[0], wide


@RECORD_RULES.rule("class-sticks-out", WARNING)
def class_sticks_out(record: Record) -> Iterator[Finding]:
    """Missing values that were replaced by the mean code swell one middle class of an ordered variable."""
    for table_index, table in enumerate(record.baseline):
        elsewhere = [row.variable for row in table.rows if row.percent and _has_missing_class(row)]
        if not elsewhere:
            continue
        for row_index, row in enumerate(table.rows):
            if not row.ordered or not row.percent or _has_missing_class(row):
                continue
            for label, share in _peaks(row):
                yield Finding(
                    ("baseline", table_index, "rows", row_index, "percent", label),
                    f"'{label}' ({share}%) of '{row.variable}' sticks out from its neighbours in every "
                    f"column, and there is no class for missing values, as '{elsewhere[0]}' has one",
                    "It looks as if missing values were put into a middle class, e.g. by replacing a missing "
                    "code with the mean code.",
                )


def _has_missing_class(row: BaselineRow) -> bool:
    return any(_MISSING.match(label) for label in row.percent or {})


def _peaks(row: BaselineRow) -> Iterator[tuple[str, str]]:
    """Inner classes that exceed both neighbours in every column, per unit of width where labels tell it."""
    lines = list((row.percent or {}).items())
    if len(lines) < LEAST_CLASSES or not lines[0][1]:
        return
    for place in range(1, len(lines) - 1):
        before, here, after = _heights(lines[place - 1 : place + 2])
        if all(here[c] > STICKS_OUT * max(before[c], after[c]) for c in range(len(here))):
            label, line = lines[place]
            yield label, str(line[0])


def _heights(lines: Sequence[tuple[str, Line]]) -> list[list[float]]:
    """Shares per unit of width where every label is a closed numeric class; else the shares."""
    parsed = {label: parse_class(label) for label, _ in lines}
    widths = {label: found.high - found.low for label, found in parsed.items() if found is not None}
    if len(widths) < len(lines) or not all(0 < width < math.inf for width in widths.values()):
        return [[float(number) for number in line] for _, line in lines]
    return [[float(number) / widths[label] for number in line] for label, line in lines]
