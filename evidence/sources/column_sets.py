"""Columns that belong together: an estimate and what tells its uncertainty, the numbers of groups, an arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from evidence.records.vocabulary import Measure
from evidence.sources.column_roles import Recognised, says_se, spans_of
from evidence.sources.named_arms import named_arms, several_arms
from evidence.sources.printed_cells import (
    CellError,
    PrintedCell,
    decimal_sign,
    is_missing,
    is_reference,
    read_cell,
)
from evidence.sources.sheets import Sheet

RAW = (
    *("n", "events", "non_events", "person_time", "mean", "sd", "se", "median", "q1", "q3", "minimum"),
    "maximum",
)
PRINTED = ("estimate", "o_minus_e", "ci", "ci_low", "ci_high", "se", "variance", "t", "p", "df")
NUMERIC = (
    *PRINTED,
    *(role for role in RAW if role != "se"),
    *(f"{role}{arm}" for role in RAW for arm in (1, 2)),
)
_ESTIMATES = ("estimate", "o_minus_e")
_TELLING = {"ci", "ci_low", "se", "variance", "p", "t"}
_BASELINE = {
    *(
        "age",
        "baseline",
        "pre",
        "bmi",
        "bl",
        "duration",
        "followup",
        "female",
        "male",
        "pct",
        "base",
        "initial",
    ),
    *("dose", "lost", "dropout", "dropouts", "withdrawals", "entry", "enrolment", "enrollment", "screening"),
}
"""Words of columns that describe persons before anything happened, which is no result."""
_LOOKED_AT = 200

Kind = Literal["arms", "measured", "groups", "unsaid", "lone arms", "one group"]


class Contents:
    """What stands in the cells of a table's columns."""

    def __init__(self, sheet: Sheet) -> None:
        self._columns = {
            name: [row.cell(at) for row in sheet.rows[:_LOOKED_AT]]
            for at, name in reversed(list(enumerate(sheet.header)))
        }

    def filled(self, name: str) -> float:
        """The share of rows in which something stands."""
        cells = self._columns[name]
        return sum(not is_missing(text) for text in cells) / len(cells) if cells else 1.0

    def has_numbers(self, name: str) -> bool:
        """Whether most of what stands there can be read as numbers."""
        cells = self._columns[name]
        filled = [text for text in cells if not is_missing(text) and not is_reference(text)]
        return 2 * len(self._read(name)) >= len(filled)

    def holds(self, name: str) -> set[str]:
        """What else most cells hold beside their first number: ci, sd, se, n, q1, q3."""
        read = self._read(name)
        spread = [each for each in read if each.spread is not None]
        errors = len(spread) if says_se(name) else sum(each.kind == "SE" for each in spread)
        held = {
            "ci": sum(each.low is not None for each in read),
            "sd": len(spread) - errors,
            "se": errors,
            "n": sum(each.n is not None for each in read),
        }
        found = {role for role, count in held.items() if 2 * count > len(read)}
        return found | set(spans_of(name) or () if "ci" in found else ())

    def are_around(self, low: str, estimate: str, high: str) -> bool:
        """Whether the limits lie on both sides of the estimate, in most rows that have all three."""
        whole = self._whole_rows(low, estimate, high)
        return 2 * sum(below <= middle <= above for below, middle, above in whole) >= len(whole)

    def are_no_shares(self, name: str, role: str) -> bool:
        """Whether a column of counts has a number of persons alone in a cell, and no % but beside a count."""
        kind = role.rstrip("12")
        if kind not in ("events", "n"):
            return True
        read = self._read(name)
        several = 2 * sum(each.alone is None for each in read) > len(read)
        return not several and "%" not in name if kind == "n" else several or "%" not in name

    def are_within(self, name: str, most: float) -> bool:
        """Whether no number of a column is further from zero."""
        return all(abs(each) <= most for each in self._numbers(name) if each is not None)

    def are_counts_within(self, name: str, whole: str) -> bool:
        """Whether a column holds whole numbers, none of them above that of another column."""
        known = self._whole_rows(name, whole)
        return bool(known) and all(part == int(part) and 0 <= part <= all_ for part, all_ in known)

    def _whole_rows(self, *names: str) -> list[list[float]]:
        """The numbers of these columns, of rows that have all of them."""
        rows = zip(*map(self._numbers, names), strict=True)
        known = ([number for number in row if number is not None] for row in rows)
        return [numbers for numbers in known if len(numbers) == len(names)]

    def _read(self, name: str) -> list[PrintedCell]:
        sign = decimal_sign(self._columns[name])
        found = []
        for text in self._columns[name]:
            try:
                found.append(read_cell(text, sign))
            except CellError:
                continue
        return found

    def _numbers(self, name: str) -> list[float | None]:
        sign = decimal_sign(self._columns[name])
        found: list[float | None] = []
        for text in self._columns[name]:
            try:
                number = read_cell(text, sign).number
            except CellError:
                number = None
            found.append(None if number is None else float(number))
        return found


@dataclass(frozen=True)
class ColumnSet:
    """Columns with their roles, and what they give: a measured effect, an effect, numbers of groups or arms.

    filled: the share of rows in which its first number stands. names: of two groups, where columns say them.
    """

    columns: Mapping[str, str]
    kind: Kind
    filled: float
    is_baseline: bool
    measure: Measure | None = None
    log: bool = False
    names: tuple[str, str] | None = None
    change: bool = False
    """Whether means are of changes from baseline."""
    is_borrowing: bool = False
    """Whether its numbers of persons do not carry the words of its other columns."""

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """The most trusted set first: no baseline, in at least half of the rows, an arm before an effect."""
        order = get_args(Kind)
        return self.is_baseline, self.filled < 0.5, order.index(self.kind), self.is_borrowing


def sets_of(known: Mapping[str, Recognised], cells: Contents, of_a_row: Kind) -> Iterator[ColumnSet]:
    """Every set of columns that gives an effect or a group, as the names and the cells tell.

    of_a_row: what the numbers of a row are that has those of one group: of an arm beside others or alone, or
    of the one group of its study.
    """
    numeric = _numeric(known, cells)
    names = None
    arms = named_arms(_raw(numeric), lambda columns: is_complete(_with_more(columns, cells), ""))
    if arms is not None:
        names, numeric = arms.names, {**numeric, **arms.columns}
    numeric = _in_one_family(numeric)
    for family in dict.fromkeys(each.family for each in numeric.values()):
        baseline = _is_baseline(family, numeric)
        yield from _effects(numeric, family, cells, baseline)
        groups = _of_whole_forms(_groups(numeric, family, ("1", "2")), ("1", "2"), cells)
        if all(is_complete(_with_more(groups, cells), arm) for arm in ("1", "2")):
            yield ColumnSet(
                groups,
                "groups",
                cells.filled(next(iter(groups))),
                baseline,
                names=names,
                change="change" in family.split("_"),
                is_borrowing=any(numeric[name].family != family for name in groups),
            )
        arm = _of_whole_forms(_groups(numeric, family, ("",)), ("",), cells)
        if is_complete(_with_more(arm, cells), ""):
            yield ColumnSet(arm, of_a_row, cells.filled(next(iter(arm))), baseline)


def several_groups(known: Mapping[str, Recognised], cells: Contents) -> tuple[str, ...]:
    """The names of three or more groups whose numbers stand in one row; empty where there are none."""
    raw = _raw(_numeric(known, cells))
    return several_arms(raw, lambda columns: is_complete(_with_more(columns, cells), ""))


def _numeric(known: Mapping[str, Recognised], cells: Contents) -> dict[str, Recognised]:
    return {
        name: each
        for name, each in known.items()
        if each.role in NUMERIC and cells.has_numbers(name) and cells.are_no_shares(name, each.role)
    }


def _raw(numeric: Mapping[str, Recognised]) -> dict[str, Recognised]:
    return {name: each for name, each in numeric.items() if _is_raw(each.role)}


def _is_raw(role: str) -> bool:
    return role in RAW or role[:-1] in RAW


def _is_baseline(family: str, known: Mapping[str, Recognised]) -> bool:
    """Whether words are of persons before anything happened; a follow-up beside a baseline is the result."""
    words = set(family.split("_"))
    before = any({"baseline", "pre", "base", "bl"} & set(each.family.split("_")) for each in known.values())
    return bool((_BASELINE - ({"followup"} if before else set())) & words)


def _in_one_family(known: Mapping[str, Recognised]) -> dict[str, Recognised]:
    """Raw numbers of groups of which only the mean carries a word: Iron n, Iron mean Hb, Iron SD.

    They belong together where a role stands once and no further word tells sets apart.
    """
    of_groups = {
        name: each
        for name, each in known.items()
        if _is_raw(each.role) and each.role[-1] in "12" and not _is_baseline(each.family, known)
    }
    families = {each.family for each in of_groups.values()} - {""}
    roles = [each.role for each in of_groups.values()]
    lone = {each.role[:-1] for each in of_groups.values() if each.family}
    if len(families) != 1 or len(set(roles)) < len(roles) or not lone <= {"mean", "median"}:
        return dict(known)
    (family,) = families
    return {name: replace(each, family=family) if name in of_groups else each for name, each in known.items()}


def _effects(
    known: Mapping[str, Recognised], family: str, cells: Contents, baseline: bool
) -> Iterator[ColumnSet]:
    """Each estimate of a family with the columns that tell its uncertainty: those nearest to it."""
    printed = {name: each for name, each in known.items() if each.role in PRINTED}
    own = {name: each for name, each in printed.items() if each.family == family}
    estimates = [name for name, each in own.items() if each.role in _ESTIMATES]
    if len(own) == 1 and sum(each.role in _ESTIMATES for each in printed.values()) == 1:
        own |= {name: each for name, each in printed.items() if not each.family}  # MD at 12 weeks, SE
    order = list(known)
    sizes = {name: "n" for name, each in known.items() if each.role == "n" and not each.family}
    for estimate in estimates:
        about = known[estimate]
        columns = {estimate: about.role}
        for name, each in own.items():
            nearest = _nearest(order, estimates, name)
            said = each.measure == about.measure if each.measure is not None else nearest == estimate
            if each.role not in _ESTIMATES and said and each.role not in columns.values():
                columns[name] = each.role
        columns = _with_true_limits(columns, estimate, cells)
        columns |= dict(list(sizes.items())[:1])
        columns = _of_log_rank(columns) if about.role == "o_minus_e" else columns
        telling = _TELLING | ({"n"} if about.measure == "r" and cells.are_within(estimate, 1.0) else set())
        if not (telling & set(columns.values()) or "ci" in cells.holds(estimate)):
            continue
        kind: Kind = "measured" if about.measure is not None else "unsaid"
        yield ColumnSet(columns, kind, cells.filled(estimate), baseline, about.measure, about.log)


def _of_log_rank(columns: Mapping[str, str]) -> dict[str, str]:
    """O - E with its variance V, which nothing else tells."""
    return {name: role for name, role in columns.items() if role in ("o_minus_e", "variance")}


def _nearest(order: Sequence[str], estimates: Sequence[str], name: str) -> str:
    """The last estimate before a column, or the first one behind it."""
    before = [each for each in estimates if order.index(each) < order.index(name)]
    return before[-1] if before else estimates[0]


def _with_true_limits(columns: dict[str, str], estimate: str, cells: Contents) -> dict[str, str]:
    """Without limits that do not enclose the estimate: they are something else."""
    by_role = {role: name for name, role in columns.items()}
    low, high = by_role.get("ci_low"), by_role.get("ci_high")
    if low and high and cells.are_around(low, estimate, high):
        return columns
    return {name: role for name, role in columns.items() if role not in ("ci_low", "ci_high")}


def _groups(known: Mapping[str, Recognised], family: str, arms: Sequence[str]) -> dict[str, str]:
    """Columns of raw numbers of a family; numbers of persons may stand without its words.

    Of several numbers of persons the one of those analysed is taken.
    """
    roles = [f"{role}{arm}" for role in RAW for arm in arms]
    found: dict[str, str] = {}
    for own, wanted in ((family, roles), ("", [f"n{arm}" for arm in arms])):
        for name in sorted(known, key=lambda name: "anal" not in name.casefold()):
            each = known[name]
            if each.family == own and each.role in wanted and each.role not in found.values():
                found[name] = each.role
    return {name: found[name] for name in known if name in found}


_FORMS: tuple[tuple[str, ...], ...] = (
    ("mean", "sd", "se"),
    ("median", "q1", "q3", "minimum", "maximum"),
    ("events", "non_events"),
    ("events", "person_time"),
)
"""Numbers that give a group together, beside the number of persons."""


def _of_whole_forms(columns: Mapping[str, str], arms: Sequence[str], cells: Contents) -> dict[str, str]:
    """Without columns that give no group with the others: a mean without an SD beside counts."""
    more = _with_more(columns, cells)
    whole = {
        f"{role}{arm}"
        for arm in arms
        for form in _FORMS
        if is_complete(more & {f"{role}{arm}" for role in (*form, "n")}, arm)
        for role in ("n", *form)
    }
    return {name: role for name, role in columns.items() if role in whole}


def _with_more(columns: Mapping[str, str], cells: Contents) -> set[str]:
    """The roles of columns, and of what their cells hold besides."""
    found = set(columns.values())
    for name, role in columns.items():
        arm = role[-1] if role[-1] in "12" and role not in ("q1", "q3") else ""
        found |= {f"{more}{arm}" for more in cells.holds(name)}
    return found


def is_complete(roles: set[str], arm: str) -> bool:
    """Whether roles of one arm (1, 2 or none) give an effect's group: counts, a rate, a mean or a median."""
    has = {role.removesuffix(arm) if arm else role for role in roles if role.endswith(arm)}
    means = {"mean", "n"} <= has and bool({"sd", "se"} & has)
    medians = {"median", "n"} <= has and ({"q1", "q3"} <= has or {"minimum", "maximum"} <= has)
    counts = {"events", "n"} <= has or {"events", "non_events"} <= has
    return means or medians or counts or {"events", "person_time"} <= has
