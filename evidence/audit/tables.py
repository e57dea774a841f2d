"""Rules about baseline tables: percentages that add up, and a whole that fits its parts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evidence.audit.arithmetic import SLACK, Interval
from evidence.audit.rule import RECORD_RULES, WARNING, Finding
from evidence.audit.wording import enumerate_words, significant
from evidence.records.printed import Printed
from evidence.records.schema import Baseline, BaselineRow, Record

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
        for cells in zip(*lines, strict=True)
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
    decimals = max(0, -int(printed.value.as_tuple().exponent))
    a, b = f"{printed.value:.{decimals}f}", f"{meant:.{decimals}f}"
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


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
            if not row.percent and not row.mean_sd:
                continue
            key = "percent" if row.percent else "mean_sd"
            yield ("baseline", table_index, "rows", row_index, key), table, row


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
        if sd.highest < least * (1 - SLACK) or sd.lowest > most * (1 + SLACK):
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
