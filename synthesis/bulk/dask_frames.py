"""A Dask DataFrame in, a Dask DataFrame out: the blocks, and so the bits, of the frame in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from synthesis.bulk.arrow_parts import arrow, needed, with_missing
from synthesis.bulk.block_results import REFUSED, pooled_block
from synthesis.bulk.bulk_choices import ADJUSTMENTS, BulkChoices
from synthesis.bulk.data_blocks import ColumnReading, run_starts
from synthesis.bulk.handing_over import BulkRequest
from synthesis.bulk.many_tests import Ranks, bonferroni
from synthesis.bulk.pooled_rows import rows_of_block
from synthesis.bulk.rows_in_order import Places, with_plain_types
from synthesis.bulk.table_input import WhatStands, reading_of
from synthesis.bulk.table_plan import A_GROUP, A_KEY, digests_of, long_cuts, refuse_missing
from synthesis.pooling.kernel.effects import Array


class PartitionRows(NamedTuple):
    """Rows of a partition that are pooled with it, the first of which is row `first`, and what waits for the
    next.

    cuts: where blocks end, counted from `first`. digests: of the names of its data sets.
    """

    table: Any
    first: int
    cuts: tuple[int, ...]
    rest: Any
    unit: str | None
    digests: Any


def pooled_frame(frame: Any, stands: WhatStands, asked: BulkRequest, gwas: bool) -> Any:
    """The results of a Dask DataFrame, lazily, with a partition for each of its own.

    Rows of a block, or of a group, that stand in several partitions are pooled in the first that ends one.
    Raises ValueError for what needs several passes over the rows, or files.
    """
    _refuse_rest(asked, gwas)
    delayed, chosen = needed("dask").delayed, asked.chosen
    names = [str(name) for name in frame.columns]
    reading = reading_of(stands, names, "the Dask frame", chosen)
    bodies: list[Any] = []
    body = None
    partitions = frame[reading.columns].to_delayed()
    for number, partition in enumerate(partitions):
        body = delayed(_body)(partition, body, reading, number == len(partitions) - 1)
        bodies.append(body)
    checked = delayed(_check_once)([delayed(_digests)(body) for body in bodies], reading)
    pooled = [delayed(_pooled)(body, reading, chosen, checked) for body in bodies]
    extras = delayed(_adjusted)([delayed(_p_values)(table) for table in pooled], chosen)
    finished = [delayed(_finished)(table, extras, number) for number, table in enumerate(pooled)]
    empty = with_plain_types(
        arrow().Table.from_pandas(frame._meta[reading.columns], preserve_index=False), reading.numbers
    )
    meta = _finished(_of_nothing(empty, reading, chosen), _adjusted([np.empty(0)], chosen), 0)
    return needed("dask.dataframe").from_delayed(finished, meta=meta, verify_meta=False)


def _refuse_rest(asked: BulkRequest, gwas: bool) -> None:
    given = {
        "gwas": gwas,
        "output": asked.output is not None,
        "scheduler": asked.scheduler is not None,
        "genomic_control": asked.control != "none",
        "overlap": asked.overlap is not None,
        "permutations": asked.permutations > 0,
        "plots": bool(asked.plots),
    }
    for name, stated in given.items():
        if stated:
            raise ValueError(
                f"{name} has no part in a Dask frame, which is pooled when it is computed and where it is; "
                "write it to Parquet and name the scheduler"
            )


def _body(partition: Any, before: PartitionRows | None, reading: ColumnReading, last: bool) -> PartitionRows:
    pa = arrow()
    table = with_plain_types(pa.Table.from_pandas(partition, preserve_index=False), reading.numbers)
    first, unit = 0, None
    if before is not None:
        first, unit = before.first + before.table.num_rows, before.unit
        table = pa.concat_tables([before.rest, table.cast(before.rest.schema)])
    if reading.unit is not None and unit is None and table.num_rows:
        unit = str(table.column(reading.unit[0])[0].as_py())
    if reading.group is not None:
        starts = run_starts(table.column(reading.group))
        cuts = long_cuts(starts, table.num_rows, last)
    else:
        size = rows_of_block(len(reading.studies or ()))
        cuts = list(range(size, table.num_rows + 1, size))
        if last and table.num_rows % size:
            cuts.append(table.num_rows)
    end = cuts[-1] if cuts else 0
    own = table.slice(0, end)
    if reading.group is not None:
        digests = digests_of(own.take(pa.array(starts[starts < end])), (reading.group,))
    else:
        digests = digests_of(own, reading.keys)
    return PartitionRows(own, first, tuple(cuts), table.slice(end), unit, digests)


def _digests(body: PartitionRows) -> Any:
    return body.digests


def _check_once(digests: list[Any], reading: ColumnReading) -> None:
    """Raise ValueError where a group or key stands twice."""
    joined = np.sort(np.concatenate(digests))
    what = reading.group or ", ".join(reading.keys)
    if what and (joined[1:] == joined[:-1]).any():
        raise ValueError(
            f"the Dask frame: a value of {what} stands in two places; expected the rows of a group together, "
            "and each key once"
        )


def _pooled(body: PartitionRows, reading: ColumnReading, chosen: BulkChoices, checked: None) -> Any:
    if reading.unit is not None:
        reading = replace(reading, unit=(reading.unit[0], body.unit or ""))
    pa, start, found = arrow(), 0, []
    where = Places((("the Dask frame", body.first + body.table.num_rows, 1),)).where
    for name in reading.keys:
        refuse_missing(body.table.column(name), body.first, where, name, A_KEY)
    if reading.group is not None:
        refuse_missing(body.table.column(reading.group), body.first, where, reading.group, A_GROUP)
    for cut in body.cuts:
        block = reading.block(body.table.slice(start, cut - start), body.first + start, where)
        found.append(pooled_block(block, chosen, where).results)
        start = cut
    return pa.concat_tables(found) if found else _of_nothing(body.table, reading, chosen)


def _of_nothing(table: Any, reading: ColumnReading, chosen: BulkChoices) -> Any:
    return pooled_block(reading.block(table, 0, str), chosen, str).results


def _p_values(table: Any) -> Array:
    return np.asarray(table.column("p_value").to_numpy())


def _adjusted(p_values: list[Array], chosen: BulkChoices) -> dict[str, list[Array]]:
    ranks = Ranks(lambda: iter(p_values))
    extras: dict[str, list[Array]] = {}
    for name in chosen.adjust:
        filled = [np.full(p.size, np.nan) for p in p_values]
        if name == "BH":
            ranks.false_discovery_rates(filled)
        else:
            filled = [bonferroni(p, ranks.total) for p in p_values]
        extras[ADJUSTMENTS[name]] = filled
    return extras


def _finished(table: Any, extras: dict[str, list[Array]], number: int) -> Any:
    reasons = table.column(REFUSED)
    table = table.drop_columns([REFUSED])
    for name, values in extras.items():
        table = table.append_column(name, with_missing(values[number]))
    return table.append_column(REFUSED, reasons).to_pandas()
