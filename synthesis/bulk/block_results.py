"""A block of data sets pooled: a row of results for each, none left out, and what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthesis.bulk.arrow_parts import arrow, with_missing
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import DataSets, Ragged, RefusedEffect, Where, beyond_scale, unusual
from synthesis.bulk.pooled_rows import Numbers, pool_rows, pool_unequal
from synthesis.pooling.kernel.effects import Array, Effects, Rows

REFUSED = "refused"
"""The column of results that says why a data set was not pooled, empty where it was."""

_NOTHING = "no study with an effect and its variance"


@dataclass(frozen=True, eq=False)
class BlockResult:
    """Tables of results and of refusals, and how often each reason was met, by study ("" for data sets).

    aligned: likewise how often alleles were written otherwise than the first study has them.
    """

    results: Any
    refused: Any
    counts: Counter[tuple[str, str]]
    aligned: Counter[tuple[str, str]]


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
    reasons = {each.data_set: each.reason for each in refusals if each.study is None}
    columns[REFUSED] = (
        pa.array([reasons.get(at) for at in range(len(k))], pa.string())
        if reasons
        else pa.nulls(len(k), pa.string())
    )
    counts = Counter(
        (each.study if study_names else "an effect", each.kind) for each in refusals if each.study
    )
    counts.update(("", each.kind) for each in refusals if each.study is None)
    aligned = block.aligned if isinstance(block, DataSets) else Counter()
    return BlockResult(pa.table(columns), _table_of(block.keys, refusals, where), counts, aligned)


def _table_of(keys: Any, refusals: list[RefusedEffect], where: Where) -> Any:
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
    at = np.nan_to_num(positions).astype(np.int64)
    if studies is not None:
        names = pa.array(studies).take(pa.array(at, mask=~known))
    elif isinstance(block, Ragged) and block.labels is not None:
        names = (
            block.labels.cast(pa.string())
            .combine_chunks()
            .take(pa.array(block.starts[:-1] + at, mask=~known))
        )
    else:
        names = pa.array(at + 1, mask=~known).cast(pa.string())
    return names


# Wide: one batch.


def _of_wide(
    block: DataSets, chosen: BulkChoices, where: Where, refusals: list[RefusedEffect]
) -> tuple[Numbers, Rows]:
    n, studies = block.y.shape
    present = block.present
    complete = bool(present.all())
    k = np.full(n, studies) if complete else np.count_nonzero(present, axis=1)
    odd = unusual(block.y, block.v)
    suspects = [] if odd is None else np.flatnonzero(odd.any(axis=1)).tolist()

    def one(at: int) -> tuple[Array, Array, list[str]]:
        there = np.flatnonzero(present[at])
        return block.y[at, there], block.v[at, there], [block.studies[i] for i in there.tolist()]

    kept = _kept(k, suspects, one, chosen, block.first_rows, where, refusals)
    if kept.size == n:
        y, v = block.y, block.v
    else:
        y, v, present = block.y[kept], block.v[kept], present[kept]
    if not complete:
        y, v = np.where(present, y, 0.0), np.where(present, v, 1.0)
    return _placed(pool_rows(Effects(y, v, present, whole=n * studies), chosen), kept, n), k


# Long: parts of data sets of about one size.


def _of_ragged(
    block: Ragged, chosen: BulkChoices, where: Where, refusals: list[RefusedEffect]
) -> tuple[Numbers, Rows]:
    there = ~np.isnan(block.y)
    positions = np.flatnonzero(there)
    starts = np.concatenate([[0], np.cumsum(there)])[block.starts]
    k = np.diff(starts)
    y, v = (block.y, block.v) if positions.size == there.size else (block.y[positions], block.v[positions])
    odd = unusual(y, v)
    suspects = []
    if odd is not None:
        suspects = (np.searchsorted(starts, np.flatnonzero(odd), side="right") - 1).tolist()

    def one(at: int) -> tuple[Array, Array, None]:
        own = slice(starts[at], starts[at + 1])
        return y[own], v[own], None

    kept = _kept(k, suspects, one, chosen, block.first_rows, where, refusals)
    if kept.size < k.size:
        inside = np.zeros(k.size, dtype=bool)
        inside[kept] = True
        inside = np.repeat(inside, k)
        y, v, positions = y[inside], v[inside], positions[inside]
    begins = np.concatenate([[0], np.cumsum(k[kept])])
    numbers = pool_unequal(y, v, begins, chosen)
    if "loo_column" in numbers:
        column = numbers["loo_column"]
        known = np.flatnonzero(~np.isnan(column))  # among the studies present; here among all of the data set
        column[known] = positions[begins[known] + column[known].astype(np.intp)] - block.starts[kept[known]]
    return _placed(numbers, kept, k.size), k


def _placed(numbers: Numbers, kept: Rows, n: int) -> Numbers:
    """Numbers of the data sets that are kept as those of all n, nan for the others."""
    if kept.size == n:
        return numbers
    found = {name: np.full(n, np.nan) for name in numbers}
    for name, values in numbers.items():
        found[name][kept] = values
    return found


def _kept(
    k: Rows,
    suspects: list[int],
    one: Callable[[int], tuple[Array, Array, list[str] | None]],
    chosen: BulkChoices,
    first_rows: Rows,
    where: Where,
    refusals: list[RefusedEffect],
) -> Rows:
    """Data sets that are pooled; those that are not are added to the refusals: too few studies, beyond double
    precision.

    suspects: which may be beyond it; one: the effects, variances and studies of a data set.
    """
    known = {each.data_set for each in refusals if each.study is None}
    few = np.flatnonzero(k < chosen.min_k).tolist()
    for at in few:
        if at not in known:
            reason = _NOTHING if not k[at] else f"{k[at]} of at least {chosen.min_k} studies (min_k)"
            kind = _NOTHING if not k[at] else f"fewer than {chosen.min_k} studies (min_k)"
            refusals.append(RefusedEffect(at, int(first_rows[at]), None, reason, kind))
    out = list(few)
    for at in sorted({*suspects}.difference(few)):
        beyond = beyond_scale(*one(at))
        if beyond is None:
            continue
        row = int(first_rows[at])
        if chosen.invalid == "stop":
            raise ValueError(f"{where(row)}: {beyond} (invalid='refuse' leaves such rows out)")
        out.append(at)
        refusals.append(RefusedEffect(at, row, None, beyond, beyond.rpartition("; ")[2]))
    return np.setdiff1d(np.arange(k.size), out)
