"""Numbers of a review's records broken one at a time, as papers err, and the share that the rules notice.

`python tests/evidence/audit/recorded_misprints.py` measures it and writes it into docs/audit.md.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[3]))

from evidence.audit import auditing, effect_rules
from evidence.audit.auditing import findings
from evidence.audit.explanations import one_digit, two_digits_transposed
from evidence.records.effect import Effect
from evidence.records.parsing import Severity
from evidence.records.printed import Printed, PrintedCount, PValue
from evidence.records.reading import record_from_text
from evidence.records.schema import Baseline, Record
from evidence.wording import all_digits, format_like

PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
SHIPPED = Path(__file__).parents[3] / "evidence" / "hemoglobin-bmd" / "studies"
BEGIN, END = "<!-- measured of records -->\n", "<!-- end of measured of records -->\n"
SEED, OF_A_RECORD = 11, 12
"""At most so many misprints of one kind in one record, drawn at random."""

Breaks = Callable[[Record, random.Random], Iterator[Record]]


def _spelled(value: Decimal) -> Printed:
    return Printed(all_digits(value), value)


def _in_effects(change: Callable[[Effect, int | None, random.Random], dict[str, Any] | None]) -> Breaks:
    """Each estimate with one thing changed in its effect."""

    def make(record: Record, draw: random.Random) -> Iterator[Record]:
        for index, estimate in enumerate(record.estimates):
            update = None if estimate.effect is None else change(estimate.effect, estimate.n, draw)
            if update is not None and estimate.effect is not None:
                effect = estimate.effect.model_copy(update=update)
                changed = estimate.model_copy(update={"effect": effect})
                own = record.estimates
                yield record.model_copy(update={"estimates": (*own[:index], changed, *own[index + 1 :])})

    return make


def _slip(
    key: str, slips: Callable[[Decimal], Iterator[Decimal]]
) -> Callable[[Effect, int | None, random.Random], dict[str, Any] | None]:
    """Of the estimate, or of a limit by its place."""

    def change(effect: Effect, n: int | None, draw: random.Random) -> dict[str, Any] | None:
        if effect.estimate is None or (key != "estimate" and effect.ci is None):
            return None
        number = effect.estimate if effect.ci is None or key == "estimate" else effect.ci[int(key)]
        others = [value for value in slips(number.value) if value != number.value]
        if not others:
            return None
        new = _spelled(draw.choice(others))
        if key == "estimate":
            return {"estimate": new}
        assert effect.ci is not None
        return {"ci": (new, effect.ci[1]) if key == "0" else (effect.ci[0], new)}

    return change


def _lost_minus(number: Decimal) -> Iterator[Decimal]:
    if number < 0:
        yield -number


def _ten_times(effect: Effect, n: int | None, draw: random.Random) -> dict[str, Any] | None:
    """p one order off, up or down."""
    if effect.p is None or effect.p.number is None or effect.p.number.value == 0:
        return None
    ways = [way for way in (-1, 1) if effect.p.number.value.scaleb(way) < 1]
    moved = _spelled(effect.p.number.value.scaleb(draw.choice(ways)))
    return {"p": PValue(f"{effect.p.relation} {moved}", effect.p.relation, moved)}


def _sd_for_se(effect: Effect, n: int | None, draw: random.Random) -> dict[str, Any] | None:
    if effect.se is None or n is None:
        return None
    return {"se": Printed.parse(format_like(float(effect.se) * math.sqrt(n), effect.se.value))}


def _se_of_age(record: Record, draw: random.Random) -> Iterator[Record]:
    age, n = record.population.age, record.population.n
    if age is None or age.sd is None or n is None:
        return
    se = Printed.parse(format_like(float(age.sd) / math.sqrt(n), age.sd.value.scaleb(-1)))
    changed = age.model_copy(update={"sd": se})
    yield record.model_copy(update={"population": record.population.model_copy(update={"age": changed})})


def _other_interval(record: Record, draw: random.Random) -> Iterator[Record]:
    """The interval of the line above."""
    above = None
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is None or effect.ci is None:
            continue
        if above is not None and above != effect.ci:
            changed = estimate.model_copy(update={"effect": effect.model_copy(update={"ci": above})})
            own = record.estimates
            yield record.model_copy(update={"estimates": (*own[:index], changed, *own[index + 1 :])})
        above = effect.ci


def _digit_of_n(record: Record, draw: random.Random) -> Iterator[Record]:
    for index, estimate in enumerate(record.estimates):
        if estimate.n is not None:
            n = PrintedCount.parse(str(draw.choice(list(one_digit(Decimal(int(estimate.n)))))))
            own = record.estimates
            changed = estimate.model_copy(update={"n": n})
            yield record.model_copy(update={"estimates": (*own[:index], changed, *own[index + 1 :])})


def _flow(record: Record, draw: random.Random) -> Iterator[Record]:
    """A digit of one box; the first box of a chart is known from nothing else."""
    if record.flow is None:
        return
    for index, step in enumerate(record.flow.steps):
        key = next(key for key in ("start", "excluded", "left") if getattr(step, key) is not None)
        n = PrintedCount.parse(str(draw.choice(list(one_digit(Decimal(int(getattr(step, key))))))))
        steps = record.flow.steps
        changed = (*steps[:index], step.model_copy(update={key: n}), *steps[index + 1 :])
        yield record.model_copy(update={"flow": record.flow.model_copy(update={"steps": changed})})


def _with_table(record: Record, place: int, table: Baseline) -> Record:
    tables = record.baseline
    return record.model_copy(update={"baseline": (*tables[:place], table, *tables[place + 1 :])})


def _copied_columns(record: Record, draw: random.Random) -> Iterator[Record]:
    """A column of a baseline table printed over the next one."""
    for place, table in enumerate(record.baseline):
        for column in range(len(table.columns) - 1):
            rows = []
            for row in table.rows:
                if row.mean_sd is not None:
                    cells = list(row.mean_sd)
                    cells[column + 1] = cells[column]
                    rows.append(row.model_copy(update={"mean_sd": tuple(cells)}))
                else:
                    lines = {}
                    for name, line in (row.percent or {}).items():
                        values = list(line)
                        values[column + 1] = values[column]
                        lines[name] = tuple(values)
                    rows.append(row.model_copy(update={"percent": lines}))
            yield _with_table(record, place, table.model_copy(update={"rows": tuple(rows)}))


def _cells(part: int, slips: Callable[[Decimal], Iterator[Decimal]]) -> Breaks:
    """One number of a baseline table: a mean (0), an SD (1) or a percentage (2)."""

    def make(record: Record, draw: random.Random) -> Iterator[Record]:
        for place, table in enumerate(record.baseline):
            for index, row in enumerate(table.rows):
                column = draw.randrange(len(table.columns))
                if part < 2 and row.mean_sd is not None:
                    cells = list(row.mean_sd)
                    pair = list(cells[column])
                    others = list(slips(pair[part].value))
                    if not others:
                        continue
                    pair[part] = _spelled(draw.choice(others))
                    cells[column] = (pair[0], pair[1])
                    changed = row.model_copy(update={"mean_sd": tuple(cells)})
                elif part == 2 and row.percent is not None:
                    name = draw.choice(sorted(row.percent))
                    values = list(row.percent[name])
                    values[column] = _spelled(draw.choice(list(slips(values[column].value))))
                    changed = row.model_copy(update={"percent": {**row.percent, name: tuple(values)}})
                else:
                    continue
                rows = (*table.rows[:index], changed, *table.rows[index + 1 :])
                yield _with_table(record, place, table.model_copy(update={"rows": rows}))

    return make


MISPRINTS: dict[str, Breaks] = {
    "digits of an estimate transposed": _in_effects(_slip("estimate", two_digits_transposed)),
    "digits of a lower limit transposed": _in_effects(_slip("0", two_digits_transposed)),
    "digits of an upper limit transposed": _in_effects(_slip("1", two_digits_transposed)),
    "minus of an estimate lost": _in_effects(_slip("estimate", _lost_minus)),
    "minus of a lower limit lost": _in_effects(_slip("0", _lost_minus)),
    "minus of an upper limit lost": _in_effects(_slip("1", _lost_minus)),
    "interval of the line above": _other_interval,
    "p one order off": _in_effects(_ten_times),
    "SD for the SE of an estimate": _in_effects(_sd_for_se),
    "SE for the SD of age": _se_of_age,
    "digit of n of an estimate": _digit_of_n,
    "digit of a flow chart": _flow,
    "column of a baseline table copied": _copied_columns,
    "digit of a mean in a baseline table": _cells(0, one_digit),
    "digit of an SD in a baseline table": _cells(1, one_digit),
    "digit of a percentage in a baseline table": _cells(2, one_digit),
}
"""What is broken, by what it is called."""


def said(record: Record) -> set[tuple[object, ...]]:
    """Place, rule and words of all errors and warnings."""
    return {
        (at, rule, says) for at, severity, rule, says, _ in findings(record) if severity is not Severity.NOTE
    }


def noticed(records: list[Record], seed: int, most: int = OF_A_RECORD) -> dict[str, tuple[int, int]]:
    """By kind of misprint: how many were made, and of how many something new is said."""
    draw, made, found = random.Random(seed), Counter[str](), Counter[str]()
    for record in records:
        before = said(record)
        for kind, breaks in MISPRINTS.items():
            all_of_it = list(breaks(record, draw))
            draw.shuffle(all_of_it)
            for broken in islice(all_of_it, most):
                made[kind] += 1
                found[kind] += bool(said(broken) - before)
    return {kind: (made[kind], found[kind]) for kind in MISPRINTS if made[kind]}


def shipped() -> list[Record]:
    """The records of the shipped review."""
    read = (record_from_text(path.read_text("utf-8"), path).model for path in sorted(SHIPPED.glob("*.yaml")))
    return [record for record in read if record is not None]


def table() -> str:
    """The table as the page has it; hints, which take most of the time, are left out."""
    with (
        patch.object(effect_rules, "nearest_consistent", return_value=""),
        patch.object(auditing, "ways_out", return_value=None),
    ):
        return _table()


def _table() -> str:
    lines = ["| misprint | made | noticed |", "|---|--:|--:|"]
    found = noticed(shipped(), SEED)
    lines += [f"| {kind} | {made} | {seen} |" for kind, (made, seen) in found.items()]
    made, seen = (sum(column) for column in zip(*found.values(), strict=True))
    return "\n".join([*lines, f"| all | {made} | {seen} |"]) + "\n"


def between(page: str) -> str:
    """The measured part of the page."""
    return page.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
