"""Rows of a table as data sets that can be pooled, and what of them was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthesis.bulk.arrow_parts import arrow, numbers_of
from synthesis.bulk.effect_columns import Form, FoundEffects, effects_of, extremes, side_by_side_numbers
from synthesis.pooling.inputs import read_studies
from synthesis.pooling.kernel.effects import Array, Mask, Rows

Where = Callable[[int], str]


@dataclass(frozen=True)
class RefusedEffect:
    """One effect, or a whole data set when `study` is None, that is not pooled.

    data_set: its position in the block. row: of the table. kind: the reason without its numbers, to be
    counted.
    """

    data_set: int
    row: int
    study: str | None
    reason: str
    kind: str


@dataclass(frozen=True, eq=False)
class DataSets:
    """A block of data sets side by side: keys of n rows, y and v (n, k), nan in both where a study is absent.

    studies: names of the columns. first_rows: the row of the table in which each data set begins, (n,).
    aligned: how often a study's alleles were written otherwise than those of the first, by study and kind.
    """

    keys: Any
    y: Array
    v: Array
    studies: tuple[str, ...]
    first_rows: Rows
    refusals: list[RefusedEffect]
    aligned: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def present(self) -> Mask:
        return ~np.isnan(self.y)


@dataclass(frozen=True, eq=False)
class Ragged:
    """A block of data sets one after another: keys of n rows, y and v (N,), and where each begins, (n + 1,).

    labels: the name of each effect's study, None without.
    """

    keys: Any
    y: Array
    v: Array
    starts: Rows
    labels: Any
    first_rows: Rows
    refusals: list[RefusedEffect]


@dataclass(frozen=True)
class ColumnReading:
    """How rows become effects.

    form, parts: the form of the effects, and by part its columns, one a study for a wide table and one for a
    long one. studies: names of a wide table's studies, None for a long one. level, ratio: of intervals and
    ratios. keys: columns that name a data set. group: of a long table. study: its column of studies' names.
    unit: the column of units and the one unit expected. stop: whether numbers that cannot be end the run.
    """

    form: Form
    parts: dict[str, tuple[str, ...]]
    level: float
    ratio: bool
    stop: bool
    studies: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()
    group: str | None = None
    study: str | None = None
    unit: tuple[str, str] | None = None

    @property
    def numbers(self) -> list[str]:
        """Columns that hold numbers."""
        return [name for names in self.parts.values() for name in names]

    @property
    def texts(self) -> list[str]:
        """Columns that are kept as they are."""
        named = (*self.keys, self.group, self.study, self.unit[0] if self.unit else None)
        return list(dict.fromkeys(name for name in named if name is not None))

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return list(dict.fromkeys([*self.texts, *self.numbers]))

    def block(self, table: Any, first: int, where: Where) -> DataSets | Ragged:
        """A table's rows, of which the first is row `first`, as data sets.

        Raises ValueError, naming file and row, for another unit, and for numbers that cannot be if they are
        to stop the run.
        """
        if self.unit is not None:
            check_unit(table, *self.unit, first, where)
        return (
            self._wide(table, first, where) if self.studies is not None else self._long(table, first, where)
        )

    def _wide(self, table: Any, first: int, where: Where) -> DataSets:
        assert self.studies is not None
        found = self._found({part: side_by_side_numbers(table, names) for part, names in self.parts.items()})
        rows = first + np.arange(table.num_rows)
        refusals = self._refusals(found, lambda at: (int(at[0]), int(rows[at[0]]), self._study_at(at)), where)
        return DataSets(table.select(list(self.keys)), found.y, found.v, self.studies, rows, refusals)

    def _study_at(self, at: Rows) -> str:
        assert self.studies is not None
        return self.studies[int(at[1])]

    def _long(self, table: Any, first: int, where: Where) -> Ragged:
        assert self.group is not None
        parts = {part: numbers_of(table.column(names[0])) for part, names in self.parts.items()}
        found = self._found(parts)
        starts = run_starts(table.column(self.group))
        labels = None if self.study is None else table.column(self.study)

        def place(at: Rows) -> tuple[int, int, str]:
            row = int(at[0])
            group = int(np.searchsorted(starts, row, side="right")) - 1
            name = str(row - starts[group] + 1) if labels is None else str(labels[row].as_py())
            return group, first + row, name

        ends = np.append(starts, table.num_rows)
        keys = table.select([self.group]).take(arrow().array(starts))
        refusals = self._refusals(found, place, where)
        return Ragged(keys, found.y, found.v, ends, labels, first + starts, refusals)

    def _found(self, parts: dict[str, Array]) -> FoundEffects:
        return effects_of(self.form, parts, self.level, self.ratio)

    def _refusals(
        self, found: FoundEffects, place: Callable[[Rows], tuple[int, int, str]], where: Where
    ) -> list[RefusedEffect]:
        """Effects that cannot be, each with the first of its faults."""
        refused: dict[tuple[int, str], RefusedEffect] = {}
        for each in found.wrong:
            for at in np.argwhere(each.wrong):
                data_set, row, study = place(at)
                if self.stop and each.stops:
                    raise ValueError(
                        f"{where(row)}, study '{study}': {each.says(tuple(at))} "
                        "(invalid='refuse' leaves such effects out and counts them)"
                    )
                refused.setdefault(
                    (row, study), RefusedEffect(data_set, row, study, each.says(tuple(at)), each.reason)
                )
        return list(refused.values())


def check_unit(table: Any, name: str, expected: str, first: int, where: Where) -> None:
    """Raise ValueError, naming file and row, for the first row whose unit is another or missing."""
    compute = arrow("compute")
    other = compute.fill_null(compute.not_equal(table.column(name).cast("string"), expected), True)
    if compute.any(other).as_py():
        row = int(np.flatnonzero(other.to_numpy())[0])
        given = table.column(name)[row].as_py()
        raise ValueError(
            f"{where(first + row)}: {name} is {given!r}, and {expected!r} before; expected one unit"
        )


def run_starts(column: Any) -> Rows:
    """Positions at which a value differs from the one before, the first among them."""
    compute = arrow("compute")
    whole = column.combine_chunks()
    if not len(whole):
        return np.empty(0, dtype=np.intp)
    changed = compute.not_equal(whole.slice(1), whole.slice(0, len(whole) - 1))
    known = compute.is_null(whole)
    edges = compute.not_equal(known.slice(1), known.slice(0, len(whole) - 1))
    differs = compute.or_(compute.fill_null(changed, False), edges).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.flatnonzero(differs) + 1]).astype(np.intp)


# What lies beyond double precision, data set by data set, as `pool` says it.

_USUAL_V, _USUAL_Y, _LEAST_Y = (1e-40, 1e40), 1e20, 1e-60
"""Within these nothing is beyond double precision; what is outside is asked of `pool`'s own reading."""


def unusual(y: Array, v: Array) -> Mask | None:
    """Effects that may be beyond double precision, of any shape, nan where one is absent; None for none."""
    size = np.abs(y)
    (small, large), (least, most) = extremes(size), extremes(v)
    if not (least < _USUAL_V[0] or most > _USUAL_V[1] or large > _USUAL_Y or small < _LEAST_Y):
        return None
    with np.errstate(invalid="ignore"):
        found: Mask = (v < _USUAL_V[0]) | (v > _USUAL_V[1]) | (size > _USUAL_Y)
        found |= (size < _LEAST_Y) & (size > 0)
    return found if found.any() else None


def beyond_scale(y: Array, v: Array, studies: Sequence[str] | None) -> str | None:
    """Why `pool` refuses a data set of k studies, y and v (k,), None where it does not."""
    try:
        read_studies(y, v, None, None, None if studies is None else list(studies), "refuse")
    except ValueError as error:
        return str(error)
    return None
