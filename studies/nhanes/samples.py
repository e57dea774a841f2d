"""Whose weights an analysis uses: those of the smallest sample that a variable was asked or measured in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from studies.nhanes.catalogue import ProtocolError, catalogue

PARTICIPANTS = "DEMO"
"""The table of everybody sampled, with the weights of interview and examination."""

FOUR_YEARS = ("1999-2000", "2001-2002")
"""Cycles that have weights of their own for the four years together, to be used where both are analysed.

Their two-year weights rest on different census counts (1990 and 2000) and are not to be combined: NHANES
analytic guidelines 1999-2010 (Vital Health Stat 2(161), 2013), "Combining survey cycles".
"""


@dataclass(frozen=True)
class Sample:
    """Persons with weights of their own: interviewed, examined, or the subsample of some tables.

    name: interview, examination, or what the catalogue calls the subsample (fasting), else its table.
    table: that holds the weights, None where that of the participants does. weights: their column there,
    where a protocol names it. blood: tables of what was measured in blood, which has weights of its own in
    some cycles.
    """

    name: str
    table: str | None = None
    weights: str | None = None
    blood: tuple[str, ...] = ()

    def place(self, cycle: str, cycles: Iterable[str]) -> tuple[str, str]:
        """Table and column of the weights in a cycle; cycles: all that are analysed together."""
        release = catalogue().cycle(cycle)
        if self.table is not None:
            column = self.weights or catalogue().table(self.table).weight_in(cycle)
            return self.table, _of_four_years(column, cycle, cycles)
        if self.blood and release.blood_weight and self.name == "examination":
            return self.blood[0], release.blood_weight
        column = release.exam_weight if self.name == "examination" else release.interview_weight
        return PARTICIPANTS, _of_four_years(column, cycle, cycles)


def chosen_sample(said: str | Mapping[str, str] | None, tables: Mapping[str, set[str]]) -> Sample:
    """The sample that a protocol names, else the smallest that one of its tables is from.

    said: its name, or {table: column} of a subsample's weights. tables: the variables of each.

    Raises ProtocolError for a name that is no sample, and where nothing was said and two subsamples meet.
    """
    if isinstance(said, Mapping):
        table, column = next(iter(said.items()))
        return Sample(table, table, column)
    blood = tuple(table for table in tables if catalogue().table(table).blood)
    if said in ("interview", "examination"):
        return Sample(said, blood=blood)
    subsamples = {catalogue().table(table).sample: table for table in tables if _is_subsample(table)}
    if said is None:
        if len(subsamples) > 1:
            raise ProtocolError(_two_subsamples(subsamples))
        if subsamples:
            return Sample(*next(iter(subsamples.items())))
        examined = any(catalogue().table(table).sample != "interview" for table in tables)
        return Sample("examination" if examined else "interview", blood=blood)
    if said in subsamples:
        return Sample(said, subsamples[said])
    known = ", ".join(("interview", "examination", *subsamples)) + " and {TABLE: COLUMN}"
    raise ProtocolError(f"nothing here has the weights '{said}'; expected one of {known}")


def wrong_sample(sample: Sample, tables: Mapping[str, set[str]], cycles: Iterable[str]) -> Iterator[str]:
    """Why the weights of a sample are not those of these tables' variables."""
    subsamples = {catalogue().table(table).sample: table for table in tables if _is_subsample(table)}
    if len(subsamples) > 1:
        yield _two_subsamples(subsamples)
    for table, names in tables.items():
        smaller = catalogue().table(table).sample
        if table != sample.table and _size(smaller) < _size(sample.name):
            yield (
                f"'{min(names)}' is from {table}, of the {smaller} sample, and the weights are of the"
                f" {sample.name} sample: use weights: {smaller}, or give the reason under 'accepted'"
            )
    if sample.table is not None:
        for cycle in cycles:
            catalogue().file(sample.table, cycle)  # says why where a cycle has none


def of_four_years(cycle: str, cycles: Iterable[str]) -> bool:
    """Whether a cycle has weights that count the population once over two cycles."""
    return cycle in FOUR_YEARS and set(FOUR_YEARS) <= set(cycles)


def _of_four_years(column: str, cycle: str, cycles: Iterable[str]) -> str:
    return column.replace("2YR", "4YR") if of_four_years(cycle, cycles) else column


def _is_subsample(table: str) -> bool:
    return catalogue().table(table).sample not in ("interview", "examination")


def _size(sample: str) -> int:
    """Larger samples have larger numbers."""
    return {"interview": 2, "examination": 1}.get(sample, 0)


def _two_subsamples(subsamples: Mapping[str, str]) -> str:
    first, second, *_ = sorted(subsamples)
    return (
        f"{subsamples[first]} is of the {first} sample and {subsamples[second]} of the {second} sample: the"
        " survey has no weights for persons who are in both"
    )
