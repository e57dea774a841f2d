"""What the columns of a table hold: recognised from their names, or stated in a file that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator

from evidence.choices import named
from evidence.records.part import Part, Text
from evidence.sources.column_roles import FACTS, Recognised, normal_name, recognise
from evidence.sources.printed_cells import DecimalSign, decimal_sign
from evidence.sources.sheets import Sheet

RAW = ("n", "events", "person_time", "mean", "sd", "median", "q1", "q3", "minimum", "maximum")
PRINTED = ("estimate", "ci", "ci_low", "ci_high", "se", "variance", "t", "p", "df")
ROLES = (*FACTS, *PRINTED, *RAW, *(f"{role}{arm}" for role in RAW for arm in (1, 2)))
"""Everything a column may hold; those that end in 1 are of the exposed group, in 2 of the reference."""

VALUES = (*FACTS, "level", "log", "change", "type", "exposed", "reference")
"""What may be said once for every row."""

NUMERIC = (*PRINTED, *RAW, *(f"{role}{arm}" for role in RAW for arm in (1, 2)))


class Plan(Part):
    """How a table is read."""

    sheet: Text | None = Field(None, description="Of a workbook; the first one when left out.")
    columns: dict[Text, Text] = Field(description="The table's columns, each with what it holds.")
    values: dict[Text, Text] = Field(default={}, description="What holds for every row, e.g. outcome: BMD.")
    only: dict[Text, Text] = Field(default={}, description="Rows to take: a column and what it must say.")
    decimal: Literal[".", ","] | None = Field(None, description="The sign before decimals.")

    @field_validator("columns")
    @classmethod
    def _known_roles(cls, given: dict[str, str]) -> dict[str, str]:
        return {column: named(role, ROLES, "what a column holds") for column, role in given.items()}

    @field_validator("values")
    @classmethod
    def _known_values(cls, given: dict[str, str]) -> dict[str, str]:
        return {named(key, VALUES, "key of values"): text for key, text in given.items()}


@dataclass(frozen=True)
class Guess:
    """A plan made from the names of columns, what it leaves aside, and why nothing can be read; or not."""

    plan: Plan
    unused: tuple[str, ...]
    other_sets: tuple[str, ...]
    """Further sets of numbers in the same rows, by their columns, e.g. `beta_lin, se_beta_lin`."""
    lacking: str | None = None


def guessed(sheet: Sheet) -> Guess:
    """Recognise the columns of a table by their names; one set of numbers is taken, the first one."""
    names = [normal_name(name) for name in sheet.header]
    found = {name: recognise(name, names) for name in sheet.header if name}
    known = {name: each for name, each in found.items() if each is not None}
    columns = {name: each.role for name, each in known.items() if each.role in FACTS}
    first = {role: name for name, role in reversed(list(columns.items()))}
    columns = {name: role for name, role in columns.items() if first[role] == name}
    sets = list(_sets(known, "arm" in columns.values()))
    values: dict[str, str] = {}
    if sets:
        columns |= sets[0]
        for name in sets[0]:
            said = known[name]
            if said.role == "estimate" and said.measure is not None:
                values |= {"measure": said.measure} | ({"log": "true"} if said.log else {})
    lacking = None if sets else "no columns with numbers of effects or groups are recognised by their names"
    if lacking is None and not {"study", "author"} & set(columns.values()):
        lacking = "no column is recognised that names the study"
    sign = decimal_sign(
        row.cell(at) for row in sheet.rows for at, name in enumerate(sheet.header) if name in columns
    )
    plan = Plan(sheet=sheet.name or None, columns=columns, values=values, decimal=sign)
    unused = tuple(name for name in sheet.header if name and name not in columns)
    return Guess(plan, unused, tuple(", ".join(each) for each in sets[1:]), lacking)


def _sets(known: Mapping[str, Recognised], has_arms: bool) -> Iterator[dict[str, str]]:
    """Sets of columns that together give an effect, the most trusted first: with a measure, raw, others."""
    families = list(dict.fromkeys(each.family for each in known.values() if each.role in NUMERIC))
    printed: list[dict[str, str]] = []
    raw: list[dict[str, str]] = []
    unsaid: list[dict[str, str]] = []
    arms: list[dict[str, str]] = []
    for family in families:
        of_effect = _of_family(known, family, PRINTED)
        roles = set(of_effect.values())
        if "estimate" in roles and ("n" in _of_family(known, "", ("n",)).values()):
            of_effect |= _of_family(known, "", ("n",))
        if "estimate" in roles and roles & {"ci", "ci_low", "se", "variance", "p", "t"}:
            measured = any(known[name].measure for name in of_effect)
            (printed if measured else unsaid).append(of_effect)
        elif "estimate" in roles and family == "":
            unsaid.append(of_effect)  # perhaps 0.84 (0.63-1.12) in one cell
        of_groups = _of_groups(known, family, ("1", "2"))
        if _complete(set(of_groups.values()), "1") and _complete(set(of_groups.values()), "2"):
            raw.append(of_groups)
        single = _of_groups(known, family, ("",))
        if _complete(set(single.values()), ""):
            arms.append(single)
    yield from (*printed, *raw, *unsaid, *(arms if has_arms or not (printed or raw or unsaid) else []))


def _of_family(known: Mapping[str, Recognised], family: str, roles: Sequence[str]) -> dict[str, str]:
    """The first column of each role in a family."""
    found: dict[str, str] = {}
    for name, each in known.items():
        if each.family == family and each.role in roles and each.role not in found.values():
            found[name] = each.role
    return found


def _of_groups(known: Mapping[str, Recognised], family: str, arms: Sequence[str]) -> dict[str, str]:
    """Columns of raw numbers of a family; numbers of persons may stand without its words."""
    roles = [f"{role}{arm}" for role in RAW for arm in arms]
    found = _of_family(known, family, roles)
    for name, role in _of_family(known, "", [f"n{arm}" for arm in arms]).items():
        if role not in found.values():
            found[name] = role
    return found


def _complete(roles: set[str], arm: str) -> bool:
    has = {role.removesuffix(arm) if arm else role for role in roles if not arm or role.endswith(arm)}
    means = {"mean", "sd", "n"} <= has
    medians = {"median", "n"} <= has and ({"q1", "q3"} <= has or {"minimum", "maximum"} <= has)
    return means or medians or {"events", "n"} <= has or {"events", "person_time"} <= has


def sign_of(plan: Plan, sheet: Sheet) -> DecimalSign | None:
    """The sign before decimals: as stated, else as the cells of the columns tell."""
    if plan.decimal is not None:
        return plan.decimal
    wanted = [at for at, name in enumerate(sheet.header) if plan.columns.get(name) in NUMERIC]
    return decimal_sign(row.cell(at) for row in sheet.rows for at in wanted)
