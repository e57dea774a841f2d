"""Whose weights an analysis uses: those of the smallest sample that a variable was asked or measured in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from studies.nhanes.catalogue import ProtocolError, catalogue

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
    where a protocol names it.
    """

    name: str
    table: str | None = None
    weights: str | None = None

    def column(self, cycle: str, cycles: Iterable[str]) -> str:
        """The weights of a cycle, by the name they have there; cycles: all that are analysed together."""
        release = catalogue().cycle(cycle)
        if self.weights is not None:
            return self.weights
        if self.table is not None:
            name = catalogue().table(self.table).weight_in(cycle)
        else:
            name = release.exam_weight if self.name == "examination" else release.interview_weight
        return name.replace("2YR", "4YR") if cycle in FOUR_YEARS and set(FOUR_YEARS) <= set(cycles) else name


def chosen_sample(said: str | Mapping[str, str] | None, tables: Mapping[str, set[str]]) -> Sample:
    """The sample that a protocol names, else the smallest that one of its tables is from.

    said: its name, or {table: column} of a subsample's weights. tables: the variables of each.

    Raises ProtocolError for a name that is no sample, and where nothing was said and two subsamples meet.
    """
    if isinstance(said, Mapping):
        table, column = next(iter(said.items()))
        return Sample(table, table, column)
    if said in ("interview", "examination"):
        return Sample(said)
    subsamples = {catalogue().table(table).sample: table for table in tables if _is_subsample(table)}
    if said is None:
        if len(subsamples) > 1:
            raise ProtocolError(_two_subsamples(subsamples))
        if subsamples:
            return Sample(*next(iter(subsamples.items())))
        examined = any(catalogue().table(table).sample != "interview" for table in tables)
        return Sample("examination" if examined else "interview")
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


def _is_subsample(table: str) -> bool:
    return catalogue().table(table).sample not in ("interview", "examination")


def _size(sample: str) -> int:
    """Larger samples have larger numbers."""
    return {"interview": 2, "examination": 1}.get(sample, 0)


def _two_subsamples(subsamples: Mapping[str, str]) -> str:
    first, second = sorted(subsamples)[:2]
    return (
        f"{subsamples[first]} is of the {first} sample and {subsamples[second]} of the {second} sample: the"
        " survey has no weights for persons who are in both"
    )
