"""What the columns of a table hold: recognised from their names, or stated in a file that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field, field_validator

from evidence.choices import named
from evidence.records.part import Part, Text
from evidence.records.vocabulary import Measure
from evidence.records.writing import text_to_yaml
from evidence.sources.column_facts import facts_in
from evidence.sources.column_roles import Recognised, measure_in, normal_name, recognise
from evidence.sources.column_sets import (
    NUMERIC,
    RAW,
    ColumnSet,
    Contents,
    Kind,
    is_complete,
    sets_of,
    several_groups,
)
from evidence.sources.column_words import FACTS
from evidence.sources.head_units import unit_apart
from evidence.sources.printed_cells import DecimalSign, decimal_sign
from evidence.sources.sheets import Sheet

ROLES = (*FACTS, *NUMERIC)
"""Everything a column may hold; those that end in 1 are of the exposed group, in 2 of the reference."""

VALUES = (*FACTS, "level", "log", "change", "type")
"""What may be said once for every row."""


class Plan(Part):
    """How a table is read."""

    sheet: Text | None = None
    """Of a workbook; the first one when left out."""
    columns: dict[Text, Text]
    """The table's columns, each with what it holds."""
    values: dict[Text, Text] = Field(default={})
    """What holds for every row, e.g. outcome: BMD."""
    only: dict[Text, Text | tuple[Text, ...]] = Field(default={})
    """Rows to take: a column and what it must say, or one of [several, texts]."""
    decimal: Literal[".", ","] | None = None
    """The sign before decimals; as the cells tell when left out."""

    @field_validator("columns")
    @classmethod
    def _known_roles(cls, given: dict[str, str]) -> dict[str, str]:
        columns = {column: named(role, ROLES, "role of a column") for column, role in given.items()}
        roles = list(columns.values())
        twice = next((role for role in roles if roles.count(role) > 1), None)
        if twice is not None:
            both = " and ".join(f"'{column}'" for column, role in columns.items() if role == twice)
            raise ValueError(f"{both} are both called {twice}; a row has one of each")
        return columns

    @field_validator("values")
    @classmethod
    def _known_values(cls, given: dict[str, str]) -> dict[str, str]:
        found = {named(key, VALUES, "key of values"): text for key, text in given.items()}
        return {key: as_value(key, text) for key, text in found.items()}

    def takes(self, column: str, text: str) -> bool:
        """Whether a row is taken in which this stands in a column that `only` names."""
        wanted = self.only[column]
        return text.casefold() in {
            each.casefold() for each in ((wanted,) if isinstance(wanted, str) else wanted)
        }

    @property
    def lacking(self) -> str | None:
        """What no row can be read without, and the plan does not say; None where it is complete."""
        roles = {*self.columns.values(), *self.values}
        pairs = all(is_complete(self._raw_roles(arm), arm) for arm in ("1", "2"))
        if (
            not {"estimate", "o_minus_e"} & roles
            and not pairs
            and not self.is_of_arms
            and not self.is_of_one_group
        ):
            return "no columns with numbers of effects or groups are recognised by their names"
        if not {"study", "author"} & roles:
            return "no column is recognised that names the study"
        if "measure" not in roles:
            return "which measure the numbers are of is not stated (OR, MD, SMD, beta, ...)"
        return None

    @property
    def is_of_arms(self) -> bool:
        """Whether a row is one arm of several, and not an effect."""
        roles = self.columns.values()
        return (
            "arm" in roles
            and not {"estimate", "o_minus_e"} & set(roles)
            and is_complete(self._raw_roles(""), "")
        )

    @property
    def is_of_one_group(self) -> bool:
        """Whether a row holds the numbers of one group alone, whose proportion, rate or mean it is."""
        roles = self.columns.values()
        printed = {"arm", "estimate", "o_minus_e"} & set(roles)
        alone = is_complete(self._raw_roles(""), "") and not printed
        return alone and not any(is_complete(self._raw_roles(arm), arm) for arm in ("1", "2"))

    def _raw_roles(self, arm: str) -> set[str]:
        """Raw numbers of an arm; a cell of means or events may hold more than one."""
        own = {role for role in RAW if f"{role}{arm}" in self.columns.values()}
        more = ({"sd"} if "mean" in own else set()) | ({"n"} if "events" in own else set())
        more |= {"q1", "q3"} if "median" in own else set()
        return {f"{role}{arm}" for role in own | more}


def as_value(key: str, text: str) -> str:
    """What is said of every row, checked where only some words have a meaning; raises ValueError."""
    if key in ("log", "change"):
        return named(text.casefold(), ("true", "false"), f"value of {key}")
    if key == "measure" and text not in get_args(Measure):
        found = measure_in(text)
        if found is None:
            return str(named(text, get_args(Measure), "measure"))
        return found
    return text


@dataclass(frozen=True)
class Guess:
    """A plan made from the names of columns, and what it leaves aside."""

    plan: Plan
    unused: tuple[str, ...]
    other_sets: tuple[str, ...]
    """Further sets of numbers in the same rows, by their columns, e.g. `beta_lin, se_beta_lin`."""
    groups: tuple[str, ...] = ()
    """The names of three or more groups whose numbers stand in one row, where no two of them were taken."""


def guessed(sheet: Sheet) -> Guess:
    """Recognise the columns of a table by their names, and whether their cells can be what the names say.

    One set of numbers is taken, the most trusted one; the others are told. Raw numbers get the usual measure
    of their kind, as another one can be pooled from them.
    """
    names = [normal_name(name) for name in sheet.header]
    found = {
        name: recognise(name, names)
        for name in sheet.header
        if name and sheet.header.count(name) == 1  # of two columns of one name none is sure
    }
    known = {name: each for name, each in found.items() if each is not None}
    columns = facts_in(sheet, known)
    cells = Contents(sheet)
    has_arms = "arm" in columns.values()
    of_a_row: Kind = "arms" if _studies_repeat(columns, sheet) else "lone arms"
    events = _events_beside_n(sheet, known, cells) if has_arms else None
    if events is not None:
        wanted = (events, *known)
        known = {name: known.get(name, Recognised("events")) for name in sheet.header if name in wanted}
    sets = sorted(sets_of(known, cells, of_a_row if has_arms else "one group"), key=lambda each: each.rank)
    values: dict[str, str] = {}
    if sets and not sets[0].is_baseline and not _is_one_of_several(sets):
        columns |= sets[0].columns
        values = _said_by(sets[0], set(columns.values()))
        if events is not None and "outcome" not in columns.values():
            values["outcome"] = events
        if "arms" not in sets[0].kind:
            columns = _without_arms(columns)
    if "unit" not in columns.values():
        values |= _unit(columns, sheet)
    plan = Plan(sheet=sheet.name, columns=columns, values=values)
    plan = plan.model_copy(update={"decimal": sign_of(plan, sheet)})
    unused = tuple(name for name in sheet.header if name and name not in columns)
    others = tuple(", ".join(each.columns) for each in sets if not each.columns.items() <= columns.items())
    groups = several_groups(known, cells) if plan.lacking is not None else ()
    return Guess(plan, unused, others, groups)


def _is_one_of_several(sets: Sequence[ColumnSet]) -> bool:
    """Whether the numbers of one group are all there is, and there are several such groups."""
    return sets[0].kind == "one group" and sum(not each.is_baseline for each in sets) > 1


def _studies_repeat(columns: Mapping[str, str], sheet: Sheet) -> bool:
    """Whether most rows are of a study that has others as well, as arms are."""
    wanted = ("study", "author", "year")
    at = [place for place, name in enumerate(sheet.header) if columns.get(name) in wanted]
    said = Counter(tuple(row.cell(place).casefold() for place in at) for row in sheet.rows)
    return 2 * sum(count for count in said.values() if count > 1) >= len(sheet.rows)


def _events_beside_n(sheet: Sheet, known: Mapping[str, Recognised], cells: Contents) -> str | None:
    """The column of events of rows that are arms, by its place and its counts: deaths before randomized."""
    sizes = [at for at, name in enumerate(sheet.header) if name in known and known[name].role == "n"]
    told = {"events", "mean", "median"} & {each.role for each in known.values()}
    if len(sizes) != 1 or sizes[0] == 0 or told:
        return None
    before, size = sheet.header[sizes[0] - 1], sheet.header[sizes[0]]
    free = before and before not in known and sheet.header.count(before) == 1
    return before if free and cells.are_counts_within(before, size) else None


_USUAL: Mapping[tuple[str, bool], Measure] = {
    ("events", True): "RR", ("person_time", True): "IRR", ("mean", True): "MD", ("median", True): "MD",
    ("events", False): "proportion", ("person_time", False): "IRLN", ("mean", False): "mean",
    ("median", False): "mean",
}  # fmt: skip
"""The measure of raw numbers by their kind, of two groups and of one."""


def _said_by(chosen: ColumnSet, roles: Set[str]) -> dict[str, str]:
    """What a set of columns says of every row."""
    found: dict[str, str] = {}
    measure = chosen.measure
    if measure is None and chosen.kind not in ("measured", "unsaid"):
        bare = {role.rstrip("12") for role in chosen.columns.values()}
        kind = next(kind for kind in ("person_time", "events", "mean", "median") if kind in bare)
        measure = _USUAL[kind, chosen.kind != "one group"]
    if measure is not None and "measure" not in roles:
        found["measure"] = measure
    if chosen.log:
        found["log"] = "true"
    if chosen.change:
        found["change"] = "true"
    if chosen.names is not None:
        named = {"exposed": chosen.names[0], "reference": chosen.names[1]}
        found |= {role: name for role, name in named.items() if role not in roles}
    return found


def _unit(columns: Mapping[str, str], sheet: Sheet) -> dict[str, str]:
    """The unit of the estimates or means, where the header says it."""
    of_numbers = [name for name, role in columns.items() if role in _WITH_UNITS]
    units = {sheet.units.get(name) or unit_apart(name)[1] for name in of_numbers} - {None}
    return {"unit": str(units.pop())} if len(units) == 1 else {}


_WITH_UNITS = ("estimate", "mean", "mean1", "mean2", "median1", "median2")


def _without_arms(columns: dict[str, str]) -> dict[str, str]:
    """The columns of rows that are effects: a group is a subgroup there, and a treatment is not used."""
    taken = "group" in columns.values()
    as_groups = {
        name: "group" if role == "arm" and normal_name(name) == "group" and not taken else role
        for name, role in columns.items()
    }
    return {name: role for name, role in as_groups.items() if role != "arm"}


def sign_of(plan: Plan, sheet: Sheet) -> DecimalSign | None:
    """The sign before decimals: as stated, else as the cells of the columns tell."""
    if plan.decimal is not None:
        return plan.decimal
    wanted = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in NUMERIC]
    return decimal_sign(row.cell(at) for row in sheet.rows for at in wanted)


def plan_text(plan: Plan, file: str) -> str:
    """The text of a plan's file, which says the same when it is read."""
    lines = [f"# How {' '.join(file.split())} is read; used for every table of that name."]
    if plan.sheet and plan.sheet != file:
        lines.append(f"sheet: {text_to_yaml(plan.sheet)}")
    lines += ["columns:", *(f"  {text_to_yaml(name)}: {role}" for name, role in plan.columns.items())]
    if plan.values:
        lines += ["values:", *(f"  {key}: {text_to_yaml(text)}" for key, text in plan.values.items())]
    if plan.only:
        lines += ["only:", *(f"  {text_to_yaml(name)}: {_in_yaml(said)}" for name, said in plan.only.items())]
    if plan.decimal is not None:
        lines.append(f'decimal: "{plan.decimal}"')
    return "\n".join(lines) + "\n"


def _in_yaml(said: str | tuple[str, ...]) -> str:
    if isinstance(said, str):
        return text_to_yaml(said)
    return f"[{', '.join(text_to_yaml(each, inside_brackets=True) for each in said)}]"
