"""A block of data sets pooled: a row of results for each, none left out, and what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthesis.bulk.arrow_parts import arrow, with_missing
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import DataSets, Ragged, Refusal, Where, out_of_scale
from synthesis.bulk.pooled_rows import Numbers, pool_rows
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.parts import parts_of

REFUSED = "refused"
"""The column of results that says why a data set was not pooled, empty where it was."""

_NOTHING = "no study with an effect and its variance"
_PADDED = 400_000  # numbers of a batch of data sets of unequal size
_ENOUGH = 40_000  # numbers for which data sets of one size have a batch of their own
_WIDER = 1.15  # how much larger the largest of a mixed batch may be than the smallest


@dataclass(frozen=True, eq=False)
class BlockResult:
    """Tables of results and of refusals, and how often each reason was met, by study ("" for data sets).

    aligned: likewise how often alleles were written otherwise than the first study has them.
    """

    results: Any
    refused: Any
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    aligned: Counter[tuple[str, str]] = field(default_factory=Counter)


def pooled_block(block: DataSets | Ragged, chosen: BulkChoices, where: Where) -> BlockResult:
    """Pool a block.

    Raises ValueError, naming file and row, for data sets beyond double precision, if invalid numbers are to
    stop the run.
    """
    refusals = list(block.refusals)
    if isinstance(block, DataSets):
        numbers, k = _of_wide(block, chosen, where, refusals)
        study_names = block.studies
    else:
        numbers, k = _of_ragged(block, chosen, where, refusals)
        study_names = None
    columns: dict[str, Any] = {name: block.keys.column(name) for name in block.keys.column_names}
    pa = arrow()
    columns["k"] = pa.array(k.astype(np.int32))
    if isinstance(block, DataSets) and "direction" in chosen.ask:
        columns["direction"] = directions(block.y)
    for name, values in numbers.items():
        if name == "loo_column":
            columns["loo_study"] = _names_at(values, study_names, block)
        else:
            columns[name] = with_missing(values)
    reasons = np.full(len(k), None, dtype=object)
    for each in refusals:
        if each.study is None:
            reasons[each.data_set] = each.reason
    columns[REFUSED] = pa.array(reasons, type=pa.string())
    counts = Counter(
        (each.study if study_names else "an effect", each.kind) for each in refusals if each.study
    )
    counts.update(("", each.kind) for each in refusals if each.study is None)
    aligned = block.aligned if isinstance(block, DataSets) else Counter()
    return BlockResult(pa.table(columns), _table_of(block.keys, refusals, where), counts, aligned)


def _table_of(keys: Any, refusals: list[Refusal], where: Where) -> Any:
    pa = arrow()
    refusals = sorted(refusals, key=lambda each: (each.data_set, each.study is not None, each.row))
    columns = {name: keys.column(name) for name in keys.column_names}
    taken = pa.array([each.data_set for each in refusals], type=pa.int64())
    found = {name: column.take(taken) for name, column in columns.items()}
    found["study"] = pa.array([each.study for each in refusals], type=pa.string())
    found["reason"] = pa.array([each.reason for each in refusals], type=pa.string())
    found["place"] = pa.array([where(each.row) for each in refusals], type=pa.string())
    return pa.table(found)


def directions(y: Array) -> Any:
    """The sign of each study's effect in one text a data set: +, -, 0, and ? where it is absent."""
    n, k = y.shape
    with np.errstate(invalid="ignore"):
        signs = np.full((n, k), ord("?"), dtype=np.uint8)
        for sign, at in (("+", y > 0), ("-", y < 0), ("0", y == 0)):
            signs[at] = ord(sign)
    pa = arrow()
    offsets = pa.py_buffer((np.arange(n + 1, dtype=np.int32) * k).tobytes())
    return pa.StringArray.from_buffers(n, offsets, pa.py_buffer(signs.tobytes()))


def _names_at(positions: Array, studies: tuple[str, ...] | None, block: DataSets | Ragged) -> Any:
    """Names of studies at positions within their data sets, null where there is none."""
    pa = arrow()
    known = ~np.isnan(positions)
    at = np.where(known, positions, 0.0).astype(np.int64)
    if studies is not None:
        names = pa.array(studies).take(pa.array(at, mask=~known))
    elif isinstance(block, Ragged) and block.labels is not None:
        names = (
            block.labels.cast(pa.string())
            .combine_chunks()
            .take(pa.array(np.where(known, block.starts[:-1] + at, 0), mask=~known))
        )
    else:
        names = pa.array(at + 1, mask=~known).cast(pa.string())
    return names


# Wide: one batch.


def _of_wide(
    block: DataSets, chosen: BulkChoices, where: Where, refusals: list[Refusal]
) -> tuple[Numbers, Rows]:
    missing = np.isnan(block.y)
    complete = not missing.any()
    k = np.full(len(missing), missing.shape[1]) if complete else (~missing).sum(axis=1)
    already = {each.data_set for each in refusals if each.study is None}
    out = _out(block.y, block.v, k, block.studies, chosen, block.first_rows, where, already)
    refusals += out
    if not out:
        if complete:
            return pool_rows(Effects(block.y, block.v), chosen), k
        return pool_rows(_effects(block.y, block.v), chosen), k
    kept = np.setdiff1d(np.arange(k.size), [each.data_set for each in out])
    found = pool_rows(_effects(block.y[kept], block.v[kept]), chosen)
    numbers = {name: np.full(k.size, np.nan) for name in found}
    for name, values in found.items():
        numbers[name][kept] = values
    return numbers, k


def _effects(y: Array, v: Array) -> Effects:
    """Effects with nan where a study is absent, laid out study by study as the kernel has them."""
    present = ~np.isnan(y)
    if present.all():
        return Effects(y, v)
    return Effects(np.where(present, y, 0.0), np.where(present, v, 1.0), present)


def _out(
    y: Array,
    v: Array,
    k: Rows,
    studies: tuple[str, ...] | None,
    chosen: BulkChoices,
    rows: Rows,
    where: Where,
    already: Set[int] = frozenset(),
) -> list[Refusal]:
    """Data sets that are not pooled, but those already out: too few studies, beyond double precision."""
    out = []
    for at in np.flatnonzero(k < chosen.min_k).tolist():
        if at in already:
            continue
        reason = _NOTHING if not k[at] else f"{k[at]} of at least {chosen.min_k} studies (min_k)"
        kind = _NOTHING if not k[at] else f"fewer than {chosen.min_k} studies (min_k)"
        out.append(Refusal(at, int(rows[at]), None, reason, kind))
    few = {each.data_set for each in out}
    for at, reason in out_of_scale(y, v, studies):
        if at in few:
            continue
        if chosen.invalid == "stop":
            raise ValueError(f"{where(int(rows[at]))}: {reason} (invalid='refuse' leaves such rows out)")
        out.append(Refusal(at, int(rows[at]), None, reason, reason.rpartition("; ")[2]))
    return out


# Long: batches of data sets of about one size.


def _of_ragged(
    block: Ragged, chosen: BulkChoices, where: Where, refusals: list[Refusal]
) -> tuple[Numbers, Rows]:
    there = ~np.isnan(block.y)
    before = np.concatenate([[0], np.cumsum(there)])
    starts = before[block.starts]
    k = np.diff(starts)
    complete = bool(there.all())
    y, v = (block.y, block.v) if complete else (block.y[there], block.v[there])
    original = None if complete else np.flatnonzero(there)
    numbers = {name: np.full(k.size, np.nan) for name in chosen.numbers}
    refusals += _out_of_size(k, chosen, block.first_rows)
    for rows in batches_by_size(k, max(chosen.min_k, 1)):
        width = int(k[rows].max())
        at = starts[rows] + np.arange(width)[:, None]
        absent = np.arange(width)[:, None] >= k[rows]
        if absent.any():
            at[absent] = 0
            own_y, own_v = np.where(absent, np.nan, y[at]).T, np.where(absent, np.nan, v[at]).T
        else:
            own_y, own_v = y[at].T, v[at].T
        out = _out(own_y, own_v, k[rows], None, chosen, block.first_rows[rows], where)
        refusals += [
            Refusal(int(rows[each.data_set]), each.row, None, each.reason, each.kind) for each in out
        ]
        kept = np.setdiff1d(np.arange(rows.size), [each.data_set for each in out]) if out else slice(None)
        found = pool_rows(_effects(own_y[kept], own_v[kept]), chosen)
        for name, values in found.items():
            numbers[name][rows[kept]] = values
    if original is not None and "loo_column" in numbers:
        numbers["loo_column"] = _among_all(numbers["loo_column"], starts, original, block.starts)
    return numbers, k


def _among_all(column: Array, starts: Rows, original: Rows, all_starts: Rows) -> Array:
    """Positions among the studies present as positions among all."""
    known = np.flatnonzero(~np.isnan(column))
    found = np.full(column.size, np.nan)
    found[known] = original[starts[known] + column[known].astype(np.intp)] - all_starts[known]
    return found


def _out_of_size(k: Rows, chosen: BulkChoices, rows: Rows) -> list[Refusal]:
    empty = np.zeros((k.size, 0))
    few = np.flatnonzero(k < chosen.min_k)
    found = _out(empty[few], empty[few], k[few], None, chosen, rows[few], str)
    return [Refusal(int(few[each.data_set]), each.row, None, each.reason, each.kind) for each in found]


def batches_by_size(k: Rows, least: int = 1) -> Iterator[Rows]:
    """Rows in batches of one size, or of nearly one where few have it; those below `least` are left out."""
    order = np.argsort(k, kind="stable")
    order = order[k[order] >= least]
    sizes, first = np.unique(k[order], return_index=True)
    ends = np.append(first, order.size)
    mixed: list[int] = []

    def flush() -> Iterator[Rows]:
        if mixed:
            rows = order[first[mixed[0]] : ends[mixed[-1] + 1]]
            for part in parts_of(rows.size, int(sizes[mixed[-1]]), _PADDED):
                yield rows[part]
            mixed.clear()

    for position, size in enumerate(sizes.tolist()):
        alone = size * (ends[position + 1] - first[position]) >= _ENOUGH
        if mixed and (alone or size > _WIDER * sizes[mixed[0]]):
            yield from flush()
        mixed.append(position)
        if alone:
            yield from flush()
    yield from flush()
