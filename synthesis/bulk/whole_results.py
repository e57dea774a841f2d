"""From finished parts to one table of results, with what needs every row: corrections for many tests."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.bulk.arrow_parts import arrow, numbers_of, with_missing
from synthesis.bulk.block_results import REFUSED
from synthesis.bulk.bulk_choices import ADJUSTMENTS, BulkChoices
from synthesis.bulk.finished_parts import Finished, StoredParts, each_column
from synthesis.bulk.many_tests import (
    Column,
    Ranks,
    bonferroni,
    inflation_of_p,
    p_of_z,
    z_of_p,
)
from synthesis.pooling.kernel.effects import Array

FORMATS = ("parquet", "tsv")
"""What results may be written as."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """All parts, and the columns that were made of all of them.

    sizes: rows of each part. extras: by name, an array for each part. tests: p-values there are. inflation:
    the genomic control factor of the results. narrower: Hartung and Knapp's intervals that are narrower than
    Wald's.
    """

    parts: Finished
    sizes: tuple[int, ...]
    extras: dict[str, list[Array]]
    tests: int
    inflation: float
    narrower: int
    counts: Counter[tuple[str, str]]
    aligned: Counter[tuple[str, str]]

    def tables(self) -> Iterator[Any]:
        """The results, part by part, their last column the reason of a refusal."""
        for number in range(len(self.sizes)):
            table = self.parts.of(number).results
            reasons = table.column(REFUSED)
            table = table.drop_columns([REFUSED])
            for name, values in self.extras.items():
                table = table.append_column(name, with_missing(values[number]))
            yield table.append_column(REFUSED, reasons)

    def refused(self) -> Iterator[Any]:
        """What was refused, part by part."""
        for number in range(len(self.sizes)):
            yield self.parts.of(number).refused

    def column(self, name: str) -> Column:
        """Reads a column of numbers part by part."""
        if name in self.extras:
            return lambda: iter(self.extras[name])
        return each_column(self.parts, len(self.sizes), name)


def assembled(
    parts: Finished, count: int, chosen: BulkChoices, corrected: bool, more: dict[str, list[Array]]
) -> Assembled:
    """Corrections over all parts, for tests of which `p_value` is the p-value, or `p_gc` where corrected.

    corrected: whether results are divided by their own genomic control factor where it exceeds one. more:
    further columns, by part.
    """
    counts: Counter[tuple[str, str]] = Counter()
    aligned: Counter[tuple[str, str]] = Counter()
    sizes, narrower = [], 0
    for number in range(count):
        part = parts.of(number)
        narrower += _narrower(part.results) if chosen.test == "HKSJ" else 0
        counts.update(part.counts)
        aligned.update(part.aligned)
        sizes.append(part.results.num_rows)
    p_values = each_column(parts, count, "p_value")
    ranks = Ranks(p_values)
    inflation = inflation_of_p(ranks)
    extras: dict[str, list[Array]] = dict(more)
    if corrected:
        by = np.sqrt(max(inflation, 1.0))
        extras["p_gc"] = _room(parts, "p_gc", sizes)
        for number, p in enumerate(p_values()):
            extras["p_gc"][number][:] = p_of_z(z_of_p(p) / by)
    shown: Column = (lambda: iter(extras["p_gc"])) if corrected else p_values
    ranks = Ranks(shown) if corrected else ranks
    for name in chosen.adjust:
        column = ADJUSTMENTS[name]
        extras[column] = _room(parts, column, sizes)
        if name == "BH":
            ranks.false_discovery_rates(extras[column])
        else:
            for number, p in enumerate(shown()):
                extras[column][number][:] = bonferroni(p, ranks.total)
    return Assembled(parts, tuple(sizes), extras, ranks.total, inflation, narrower, counts, aligned)


def _narrower(results: Any) -> int:
    ends = (numbers_of(results.column(name)) for name in ("ci_low", "ci_high", "wald_low", "wald_high"))
    low, high, wald_low, wald_high = ends
    return int(np.count_nonzero(high - low < wald_high - wald_low))


def _room(parts: Finished, name: str, sizes: list[int]) -> list[Array]:
    """Arrays of nan for a column, in a file where the parts are in files."""
    total = sum(sizes)
    if isinstance(parts, StoredParts):
        memory: Any = np.memmap
        whole: Array = memory(parts.folder / f"{name}.column", np.float64, "w+", shape=total)
    else:
        whole = np.empty(total)
    whole[:] = np.nan
    return np.split(whole, np.cumsum(sizes)[:-1])


def in_memory(whole: Assembled) -> tuple[Any, Any]:
    """Results and refusals as one table each."""
    concat = arrow().concat_tables
    return concat(list(whole.tables())).combine_chunks(), concat(list(whole.refused())).combine_chunks()


def write_whole(tables: Iterator[Any], place: Path) -> str:
    """Tables as one file, Parquet or TSV by its ending, put in place when it is whole; its SHA-256.

    Raises OSError where there is no room.
    """
    beside = place.with_name(f".{place.name}.part")
    try:
        (_write_parquet if place.suffix == ".parquet" else _write_tsv)(tables, beside)
        digest = file_digest(beside)
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
    return digest


def _write_parquet(tables: Iterator[Any], place: Path) -> None:
    pa, parquet = arrow(), arrow("parquet")
    first = next(tables)
    texts = [field.name for field in first.schema if pa.types.is_string(field.type)]
    with parquet.ParquetWriter(
        place, first.schema, compression="zstd", compression_level=1, use_dictionary=texts
    ) as out:
        for table in chain([first], tables):
            out.write_table(table)


def _write_tsv(tables: Iterator[Any], place: Path) -> None:
    pa, csv = arrow(), arrow("csv")
    with pa.OSFile(str(place), "wb") as file:
        for number, table in enumerate(tables):
            options = csv.WriteOptions(include_header=number == 0, delimiter="\t")
            csv.write_csv(table, file, options)


def file_digest(path: str | Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def best_rows(whole: Assembled, count: int) -> list[tuple[int, int]]:
    """TablePart and position of the rows with the smallest p-values, smallest first, ties in order."""
    found: list[tuple[float, float, int, int]] = []
    for number in range(len(whole.sizes)):
        table = whole.parts.of(number).results
        p, statistic = (numbers_of(table.column(name)) for name in ("p_value", "statistic"))
        known = np.flatnonzero(~np.isnan(p))
        order = known[np.lexsort((-np.abs(statistic[known]), p[known]))][:count]
        found += [(float(p[at]), -abs(float(statistic[at])), number, int(at)) for at in order]
    return [(number, at) for _, _, number, at in sorted(found)[:count]]
