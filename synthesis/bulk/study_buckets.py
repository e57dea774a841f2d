"""One file a study, joined on keys: rows go into buckets of neighbouring keys, and each bucket is a part.

What is held at a time is a bucket, however large the files are; the results come in the order of the keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evidence.records.replacing import replace_bytes
from synthesis.bulk.alleles import UNKNOWN, Aligned, signs_of, written
from synthesis.bulk.arrow_parts import arrow, numbers_of, with_missing
from synthesis.bulk.data_blocks import DataSets, RefusedEffect, Where
from synthesis.bulk.gwas_columns import VARIANT_PLACE, place_parts
from synthesis.bulk.pooled_rows import rows_of_block
from synthesis.bulk.rows_in_order import Places, TableRows
from synthesis.bulk.sample_overlap import Correction
from synthesis.bulk.table_plan import TablePart
from synthesis.pooling.kernel.effects import Array, Rows

_ROWS = 1_000_000  # of a bucket, of all studies together
_MOST = 512  # buckets
_SAMPLE = 20_000  # keys by which buckets are divided
_STUDY = 40  # bits of a row's number below those of its study

Convert = Callable[[Any, int], Any]
"""From rows of a study's table, of which the first is row so many, to the columns of its buckets."""


@dataclass(frozen=True, eq=False)
class StudyRows:
    """A study: its name, rows, the columns that are read, and what becomes of them."""

    name: str
    rows: TableRows
    columns: tuple[str, ...]
    convert: Convert


@dataclass(frozen=True)
class StudyPlaces:
    """Where rows of several studies are; a row's number has that of its study in its upper bits."""

    studies: tuple[Places, ...]

    def where(self, row: int) -> str:
        """The file and the row in it, in words."""
        return self.studies[row >> _STUDY].where(row & ((1 << _STUDY) - 1))


@dataclass(frozen=True, eq=False)
class BucketSource:
    """Studies in buckets. key: name of the key in the results; variants: whether alleles are aligned."""

    studies: tuple[StudyRows, ...]
    folder: Path
    parts: tuple[TablePart, ...]
    key: str
    variants: bool
    stop: bool
    correction: Correction | None = None

    @property
    def here(self) -> bool:
        return True

    @property
    def where(self) -> Where:
        return StudyPlaces(tuple(study.rows.places for study in self.studies)).where

    def blocks(self, part: TablePart) -> Iterator[Callable[[], DataSets]]:
        whole = self._joined(part.number)
        size = rows_of_block(len(self.studies))
        for start in range(0, len(whole.y), size):
            yield partial(self._block, whole, slice(start, start + size))

    def _block(self, whole: DataSets, rows: slice) -> DataSets:
        block = _slice(whole, rows)
        return block if self.correction is None else self.correction.of(block)

    def _joined(self, bucket: int) -> DataSets:
        """The data sets of a bucket, in order of their keys."""
        pa = arrow()
        tables = []
        for number in range(len(self.studies)):
            with pa.memory_map(str(bucket_file(self.folder, number, bucket))) as file:
                tables.append(pa.ipc.open_file(file).read_all())
        which = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
        whole = pa.concat_tables(tables)
        keys, at = _unique(whole)
        twice = self._again(whole, which, at)
        again = [
            RefusedEffect(
                int(at[later]),
                (int(which[later]) << _STUDY) + int(whole.column("row")[later].as_py()),
                self.names[which[later]],
                f"stands again, after {self._place(whole, which, first)}",
                "stands again",
            )
            for later, first in twice
        ]
        if twice:
            once = np.setdiff1d(np.arange(whole.num_rows), [later for later, _ in twice])
            whole, which, at = whole.take(pa.array(once)), which[once], at[once]
        shape = (keys, len(self.studies))
        columns = {
            name: np.full(shape[::-1], np.nan).T
            for name in ("y", "v", "frequency", "n")
            if name in whole.column_names
        }
        for name, filled in columns.items():
            filled[at, which] = numbers_of(whole.column(name))
        row = np.full(shape, np.iinfo(np.int64).max)
        row[at, which] = whole.column("row").to_numpy() + (which << _STUDY)
        first_rows = row.min(axis=1)
        refusals = [*self._refused(whole, which, at, row), *again]
        if not self.variants:
            _, order = np.unique(at, return_index=True)
            names = pa.table({self.key: whole.column("key").take(pa.array(order))})
            return DataSets(names, columns["y"], columns["v"], self.names, first_rows, refusals)
        return self._aligned(whole, which, at, columns, row, first_rows, refusals)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the studies."""
        return tuple(study.name for study in self.studies)

    def _again(self, whole: Any, which: Rows, at: Rows) -> list[tuple[int, int]]:
        """Rows whose study has their key already, each with the first that has it.

        Raises ValueError for one where invalid rows stop the run.
        """
        cell = at * len(self.studies) + which
        order = np.argsort(cell, kind="stable")
        ordered = cell[order]
        again = order[1:][ordered[1:] == ordered[:-1]]
        found = [(int(row), int(order[np.searchsorted(ordered, cell[row])])) for row in again]
        if found and self.stop:
            row, first = found[0]
            what = "variant" if self.variants else self.key
            raise ValueError(
                f"{self._place(whole, which, row)}: {what} '{_name_of(whole, row)}' stands again, after "
                f"{self._place(whole, which, first)}; expected each key once in a study"
            )
        return found

    def _place(self, whole: Any, which: Rows, at: int) -> str:
        return self.where((int(which[at]) << _STUDY) + int(whole.column("row")[at].as_py()))

    def _refused(self, whole: Any, which: Rows, at: Rows, row: Any) -> list[RefusedEffect]:
        reasons = whole.column("reason")
        refusals = []
        for index in np.flatnonzero(reasons.is_valid().to_numpy()).tolist():
            study, data_set = int(which[index]), int(at[index])
            refusals.append(
                RefusedEffect(
                    data_set,
                    int(row[data_set, study]),
                    self.names[study],
                    reasons[index].as_py(),
                    whole.column("kind")[index].as_py(),
                )
            )
        return refusals

    def _aligned(
        self,
        whole: Any,
        which: Rows,
        at: Rows,
        columns: dict[str, Array],
        row: Any,
        first_rows: Rows,
        refusals: list[RefusedEffect],
    ) -> DataSets:
        """Effects of the allele that the first study counts, and how often others wrote it otherwise."""
        pa = arrow()
        keys, k = columns["y"].shape
        rows = np.arange(keys)
        states = np.full((keys, k), UNKNOWN, dtype=np.int8)
        states[at, which] = whole.column("state").to_numpy()
        coded = whole.column("pair").combine_chunks().dictionary_encode()
        names = coded.dictionary.to_pylist()
        pairs = np.zeros_like(row)
        pairs[at, which] = coded.indices.to_numpy()
        known = (states != UNKNOWN) & ~np.isnan(columns["y"])
        reference = known.argmax(axis=1)
        own = pairs[rows, reference]
        other = known & (pairs != own[:, None])
        for data_set, study in np.argwhere(other).tolist():
            says = f"alleles {names[pairs[data_set, study]]}, and {names[own[data_set]]} in "
            says += f"'{self.names[reference[data_set]]}'"
            refusals.append(
                RefusedEffect(data_set, int(row[data_set, study]), self.names[study], says, "other alleles")
            )
        known &= ~other
        for name in ("y", "v"):
            columns[name][~known] = np.nan
        aligned = Aligned(states, known)
        sign = signs_of(states[rows, reference])
        some = known.any(axis=1)
        y = columns["y"] * sign[:, None]
        frequency = np.where(sign[:, None] < 0, 1.0 - columns["frequency"], columns["frequency"])
        effect, against = _letters(np.where(some, own, -1), states[rows, reference], names)
        _, index = np.unique(at, return_index=True)
        named = pa.array(index)
        table = {"variant_id": whole.column("name").take(named)}
        if self.key == "place":
            chromosome, position = VARIANT_PLACE
            found = place_parts(whole.column("place").to_numpy()[index])
            table[chromosome], table[position] = map(pa.array, found)
        table |= {
            "effect_allele": effect,
            "other_allele": against,
            "effect_allele_frequency": with_missing(_mean(np.where(known, frequency, np.nan), columns["v"])),
            "n": with_missing(np.where(known, columns["n"], 0.0).sum(axis=1)),
        }
        return DataSets(
            pa.table(table), y, columns["v"], self.names, first_rows, refusals, aligned.counts(self.names)
        )


def _name_of(whole: Any, row: int) -> str:
    """The key of a row, or the name of its variant, or else its place and alleles."""
    if "key" in whole.column_names:
        return str(whole.column("key")[row].as_py())
    name = whole.column("name")[row].as_py()
    if name is not None:
        return str(name)
    chromosome, position = place_parts(whole.column("place")[row].as_py())
    return f"{chromosome}:{position} {whole.column('pair')[row].as_py()}"


def _letters(pairs: Rows, states: Any, names: list[str]) -> tuple[Any, Any]:
    """Effect and other allele as written, of pairs by position among their names, null where that is -1."""
    pa = arrow()
    codes, at = np.unique(pairs * 16 + states, return_inverse=True)
    found = [
        (None, None) if code < 0 else written(tuple(names[code // 16].split("/")), code % 16)
        for code in codes.tolist()
    ]
    return tuple(
        pa.array([each[i] for each in found], pa.string()).take(pa.array(at.ravel())) for i in (0, 1)
    )


def _mean(frequency: Array, v: Array) -> Array:
    """Mean frequency of the studies that have one, by inverse variances."""
    weights = np.where(np.isnan(frequency), 0.0, 1.0 / v)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(weights * frequency, axis=1) / np.nansum(weights, axis=1))


def _slice(whole: DataSets, rows: slice) -> DataSets:
    n = len(whole.y)
    low, high, _ = rows.indices(n)
    refusals = [
        RefusedEffect(each.data_set - low, each.row, each.study, each.reason, each.kind)
        for each in whole.refusals
        if low <= each.data_set < high
    ]
    return DataSets(
        whole.keys.slice(low, high - low),
        whole.y[rows],
        whole.v[rows],
        whole.studies,
        whole.first_rows[rows],
        refusals,
        whole.aligned if low == 0 else Counter(),
    )


def _unique(whole: Any) -> tuple[int, Rows]:
    """How many keys there are, and the position of each row's key in their order."""
    compute = arrow("compute")
    if "key" in whole.column_names:
        keys = whole.column("key").combine_chunks()
        unique = keys.unique()
        unique = unique.take(compute.sort_indices(unique))
        return len(unique), compute.index_in(keys, unique).to_numpy().astype(np.intp)
    coded = whole.column("pair").combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    order = np.empty(len(names), dtype=np.int64)
    order[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    code = whole.column("place").to_numpy() * len(names) + order[coded.indices.to_numpy()]
    found, at = np.unique(code, return_inverse=True)
    return found.size, at


def bucket_file(folder: Path, study: int, bucket: int) -> Path:
    """Where a study's rows of a bucket are."""
    return folder / f"{study:05d}" / f"{bucket:05d}.arrow"


@dataclass(frozen=True, eq=False)
class Divided:
    """Where buckets end: the key from which each but the first begins."""

    edges: Any

    @property
    def count(self) -> int:
        """How many buckets."""
        return len(self.edges) + 1

    def bucket_of(self, keys: Any) -> Any:
        """The bucket of each key."""
        return np.searchsorted(self.edges, keys, side="right")


def divided(studies: tuple[StudyRows, ...], name: str, at_once: int = _ROWS) -> Divided:
    """Buckets of about equal size, by keys of the largest study."""
    total = sum(study.rows.rows for study in studies)
    count = min(_MOST, -(-total // at_once))
    largest = max(studies, key=lambda study: study.rows.rows)
    if count < 2:
        return Divided(_keys_of(largest.convert(_first(largest), 0), name)[:0])
    step = max(1, largest.rows.rows // _SAMPLE)
    sample, at = [], 0
    for table in largest.rows.between(0, largest.rows.rows, largest.columns):
        sample.append(_keys_of(largest.convert(table, at), name)[(-at) % step :: step])
        at += table.num_rows
    ordered = np.sort(np.concatenate(sample))
    edges = np.unique(ordered[np.arange(1, count) * ordered.size // count])
    return Divided(edges[edges > ordered[0]])


def _first(study: StudyRows) -> Any:
    return next(iter(study.rows.between(0, 1, study.columns)))


def _keys_of(table: Any, name: str) -> Any:
    values = table.column(name).to_numpy()
    return values if values.dtype.kind in "iu" else values.astype(str).astype(object)


def fill_buckets(
    studies: tuple[StudyRows, ...], buckets: Divided, name: str, folder: Path
) -> tuple[TablePart, ...]:
    """Put every study's rows into its buckets, those of an earlier run left as they are; the parts they make.

    Raises ValueError, naming file and row, for what cannot be read.
    """
    totals = np.zeros(buckets.count, dtype=np.int64)
    for number, study in enumerate(studies):
        done = folder / f"{number:05d}" / "rows"
        if not done.is_file():
            counts = _fill(study, buckets, name, folder, number)
            replace_bytes(done, " ".join(map(str, counts.tolist())).encode())
        totals += [int(count) for count in done.read_bytes().split()]
    ends = np.cumsum(totals).tolist()
    parts = [TablePart(bucket, end - int(totals[bucket]), (end,)) for bucket, end in enumerate(ends)]
    return tuple(parts)


def _fill(study: StudyRows, buckets: Divided, name: str, folder: Path, number: int) -> Rows:
    pa = arrow()
    counts = np.zeros(buckets.count, dtype=np.int64)
    bucket_file(folder, number, 0).parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers: list[Any] = []
        at = 0
        for table in study.rows.between(0, study.rows.rows, study.columns):
            rows = study.convert(table, at)
            if not writers:
                for bucket in range(buckets.count):
                    file = stack.enter_context(pa.OSFile(str(bucket_file(folder, number, bucket)), "wb"))
                    writers.append(stack.enter_context(pa.ipc.new_file(file, rows.schema)))
            where = buckets.bucket_of(_keys_of(rows, name))
            order = np.argsort(where, kind="stable")
            sorted_rows = rows.take(pa.array(order)).combine_chunks()
            ends = np.searchsorted(where[order], np.arange(buckets.count + 1))
            for bucket in np.flatnonzero(np.diff(ends)).tolist():
                writers[bucket].write_table(sorted_rows.slice(ends[bucket], ends[bucket + 1] - ends[bucket]))
            counts += np.diff(ends)
            at += table.num_rows
    return counts
