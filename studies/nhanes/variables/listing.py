"""What there is to know of a variable before it is used: where and when it is from, and whose weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studies.nhanes.catalogue import Catalogue, catalogue
from studies.nhanes.samples import Sample, chosen_sample
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary


@dataclass(frozen=True)
class VariableEntry:
    """One variable as it is listed.

    columns: of each table, over all cycles; cycles: in which all of them are; weights: of the smallest sample
    it is from.
    """

    name: str
    variable: Variable
    columns: dict[str, tuple[str, ...]]
    cycles: tuple[str, ...]
    weights: str

    @property
    def made(self) -> str:
        """How it is made from its columns or parts, in words; empty where it is one column."""
        variable = self.variable
        of = ", ".join(variable.parts or variable.columns)
        if variable.rules:
            return f"by rules on {', '.join(variable.asked)}"
        if variable.calculate == "z-score":
            return f"({of} - {variable.mean:g}) / {variable.sd:g}"
        if variable.calculate:
            return f"{variable.calculate} of {of}"
        if len(variable.columns) > 1:
            return f"mean of {of}"
        return f"from {of}" if variable.parts else ""

    @property
    def classes(self) -> str:
        """Its classes, in words; empty for a continuous variable."""
        return "; ".join(self.variable.labels)


def entries(known: Dictionary, word: str = "") -> Iterator[VariableEntry]:
    """The variables whose name, label, explanation, table or columns hold a word, in their order."""
    for name in known:
        entry = _entry(known, name)
        variable = entry.variable
        columns = [column for several in entry.columns.values() for column in several]
        texts = (name, variable.label, variable.explanation or "", *entry.columns, *columns)
        if any(word.casefold() in text.casefold() for text in texts):
            yield entry


def spans(cycles: tuple[str, ...], known: Catalogue) -> str:
    """Cycles as runs of the survey's own: 2005-2006 to 2009-2010, 2013-2014.

    One that holds participants of another again stands alone.
    """
    runs: list[list[str]] = []
    again = [name for name, cycle in known.cycles.items() if cycle.contains]
    order = [name for name in known.cycles if name not in again]
    for cycle in cycles:
        if cycle in again:
            runs.append([cycle])
        elif runs and runs[-1][-1] not in again and order.index(cycle) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(cycle)
        else:
            runs.append([cycle])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs) or "no cycle"


def _entry(known: Dictionary, name: str) -> VariableEntry:
    columns: dict[str, tuple[str, ...]] = {}
    cycles = []
    for cycle in catalogue().cycles:
        needed = known.columns_by_table([name], cycle)
        if needed and all(_there(table, cycle, some) for table, some in needed.items()):
            cycles.append(cycle)
            for table, some in needed.items():
                columns[table] = tuple(dict.fromkeys((*columns.get(table, ()), *some)))
    sample: Sample = chosen_sample(None, {table: {name} for table in columns})
    return VariableEntry(name, known[name], columns, tuple(cycles), sample.name)


def _there(table: str, cycle: str, columns: list[str]) -> bool:
    """Whether a cycle has a table with these columns, as far as the catalogue knows."""
    found = catalogue().table(table)
    if cycle in found.not_done:
        return False
    return all(
        found.since.get(name, cycle) <= cycle <= found.until.get(name, cycle)  # names of cycles sort by time
        for name in columns
    )
