"""What the survey has published: cycles, tables, file names, variables and row counts.

The facts are in `catalogue.yaml`; here they are asked. Facts kept as YAML are read here for everyone: into a
checked model, or one clear message.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from evidence.records.reading import Parsed, read_model
from studies.nhanes.errors import NhanesError, NotInCatalogueError

Named = TypeVar("Named")

IDENTIFIER = "SEQN"
"""The respondent's number: in every table, and the same person in all of them."""

_TABLE_NAME = re.compile(r"^[A-Z][A-Z0-9_]{1,7}$")
_SURELY_MISSPELT = 0.8


@dataclass(frozen=True)
class Cycle:
    """One release of the survey.

    years: what its examination weights stand for, the divisor's share when cycles are combined.
    blood_weight: of what was measured in blood, in the tables of it; None where the examination weights are.
    contains: cycles whose participants it holds again, never to be combined with it.
    """

    name: str
    years: float
    interview_weight: str
    exam_weight: str
    suffix: str = ""
    prefix: str = ""
    blood_weight: str | None = None
    note: str = ""
    contains: tuple[str, ...] = ()

    @property
    def first_year(self) -> int:
        """The year that names the cycle's folder at the publisher."""
        return int(self.name[:4])


@dataclass(frozen=True)
class Table:
    """One table over all cycles; see the head of catalogue.yaml for the fields."""

    name: str
    holds: str
    variables: tuple[str, ...]
    rows: Mapping[str, int]
    sample: str = "examination"
    blood: bool = False
    weights: Mapping[str, str] = field(default_factory=dict)
    stems: Mapping[str, str] = field(default_factory=dict)
    not_done: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, str] = field(default_factory=dict)
    until: Mapping[str, str] = field(default_factory=dict)

    def weight_in(self, cycle: str) -> str:
        """The column of the table's own weights in a cycle. Raises NotInCatalogueError where it has none."""
        named = self.weights.get(cycle, self.weights.get("usually"))
        if named is None:
            raise NotInCatalogueError(f"the table {self.name} has no weights of its own that are known here")
        return named


@dataclass(frozen=True)
class TableFile:
    """One table of one cycle.

    stem: the file's name without extension, and the name of the table inside it.
    rows: None where the number of rows of the public file is not known here.
    variables: what it must hold, the identifier first.
    """

    table: str
    cycle: str
    stem: str
    rows: int | None
    variables: tuple[str, ...]
    holds: str
    first_year: int

    def url(self, base: str) -> str:
        """Where the file is, below the publisher's base address."""
        return f"{base.rstrip('/')}/{self.first_year}/DataFiles/{self.stem}.xpt"


@dataclass(frozen=True)
class Catalogue:
    """All cycles and tables."""

    publisher: str
    cycles: Mapping[str, Cycle]
    tables: Mapping[str, Table]

    def cycle(self, name: str) -> Cycle:
        """The cycle of a name such as '2013-2014'. Raises NotInCatalogueError."""
        return _named(self.cycles, name, "survey cycle")

    def table(self, name: str) -> Table:
        """The table of a name such as 'DXXFEM' (without suffix).

        One that is not listed is taken for a table of the examination whose files follow the rule, unless
        its name is nearly that of a listed one. Raises NotInCatalogueError.
        """
        if name in self.tables:
            return self.tables[name]
        misspelt = difflib.get_close_matches(name, self.tables, cutoff=_SURELY_MISSPELT)
        if not misspelt and _TABLE_NAME.match(name):
            return Table(name, "not listed in catalogue.yaml", variables=(), rows={})
        return _named(self.tables, name, "table")

    def file(self, table: str, cycle: str) -> TableFile:
        """The file that holds a table of a cycle.

        Raises NotInCatalogueError, saying why, when the survey has no such file.
        """
        chosen, release = self.table(table), self.cycle(cycle)
        stem = chosen.stems.get(cycle, f"{release.prefix}{table}{release.suffix}")
        if cycle in chosen.not_done:
            raise NotInCatalogueError(
                f"there is no {stem} (table {table}, {chosen.holds}, {cycle}): {chosen.not_done[cycle]};"
                f" cycles that have it: {', '.join(self.cycles_of(table))}"
            )
        return TableFile(
            table=table,
            cycle=cycle,
            stem=stem,
            rows=chosen.rows.get(cycle),
            variables=(IDENTIFIER, *_variables_in(chosen, release)),
            holds=chosen.holds,
            first_year=release.first_year,
        )

    def cycles_of(self, table: str) -> tuple[str, ...]:
        """The cycles that have a table, oldest first."""
        return tuple(name for name in self.cycles if name not in self.table(table).not_done)


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    from ruamel.yaml import YAML

    return from_plain(YAML(typ="safe").load(Path(__file__).parent / "catalogue.yaml"))


def from_plain(plain: Mapping[str, Any]) -> Catalogue:
    """A catalogue from the plain mapping that catalogue.yaml parses to."""
    return Catalogue(
        publisher=plain["publisher"],
        cycles={
            name: Cycle(name=name, **{**entry, "contains": tuple(entry.get("contains", ()))})
            for name, entry in plain["cycles"].items()
        },
        tables={
            name: Table(name=name, **{**entry, "variables": tuple(entry["variables"])})
            for name, entry in plain["tables"].items()
        },
    )


def _variables_in(table: Table, cycle: Cycle) -> tuple[str, ...]:
    """What a file is known to hold: nothing is asked of one whose rows nobody has counted here."""
    if cycle.name not in table.rows:
        return ()
    # The names of cycles sort by time.
    some = [
        name
        for name, first in table.since.items()
        if first <= cycle.name <= table.until.get(name, cycle.name)
    ]
    weights = (cycle.interview_weight, cycle.exam_weight) if table.name == "DEMO" else ()
    return (*table.variables, *some, *weights)


def _named(known: Mapping[str, Named], name: str, kind: str) -> Named:
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name.upper(), known)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
    raise NotInCatalogueError(f"no {kind} is called '{name}'; {hint}")


class ProtocolError(NhanesError):
    """A definition that cannot be read, or that asks for what does not exist."""


def read_definition(path: Path, model: type[Parsed]) -> Parsed:
    """The model in a file; raises ProtocolError naming every problem with its line and column."""
    document = read_model(path, model)
    if document.model is None:
        raise ProtocolError(
            "\n".join(
                f"{problem.place}: {problem.says}" + (f" ({problem.hint})" if problem.hint else "")
                for problem in document.problems
            )
        )
    return document.model
