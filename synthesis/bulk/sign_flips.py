"""Permutations of all rows at once: family-wise p-values by the largest statistic under changes of sign."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evidence.records.replacing import replace_bytes
from synthesis.bulk.block_results import pooled_block
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import DataSets, Ragged
from synthesis.bulk.many_tests import z_of_p
from synthesis.bulk.pooled_rows import mean_tests
from synthesis.bulk.table_plan import BlockSource
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.parts import parts_of

Signs = npt.NDArray[np.float64]

_TIE = 1e-9  # statistics closer than this, relative, are equal but for rounding


def sign_changes(studies: int, draws: int, seed: int) -> tuple[Signs, bool]:
    """Changes of sign (n, k), the first of which changes none, and whether they are all that there are.

    All 2^(k - 1) where `draws` allows as many: changing every sign changes only that of the statistic.
    """
    count = 2 ** (studies - 1)
    if count <= draws:
        bits = (np.arange(count)[:, None] >> np.arange(studies)) & 1
        return np.where(bits, -1.0, 1.0), True
    rng = np.random.default_rng(seed)
    signs = np.where(rng.integers(0, 2, (draws, studies)), -1.0, 1.0)
    return np.concatenate([np.ones((1, studies)), signs]), False


def largest_statistics(block: DataSets, signs: Signs, chosen: BulkChoices) -> Array:
    """The largest size of the statistic of a block under each change of sign, (n,); 0 where there is none.

    A change has one sign a study for all rows, as what the rows have in common goes with the study (Nichols &
    Holmes 2002). Rows that are not pooled have no part. Where rows differ in their degrees of freedom, the
    statistic is the normal one of the same p-value, so that rows can be compared.
    """
    out = pooled_block(block, chosen.plain, lambda row: "").results.column("refused").is_null().to_numpy()
    y, v = block.y[out], block.v[out]
    if not len(y):
        return np.zeros(len(signs))
    present = ~np.isnan(y)
    y, v = np.where(present, y, 0.0), np.where(present, v, 1.0)
    if (chosen.method, chosen.test, chosen.weighting) == ("EE", "z", "model"):
        return _largest_of_sums(y, np.where(present, 1.0 / v, 0.0), signs)
    return np.array([_largest(Effects(y * sign, v, present), chosen) for sign in signs])


def _largest_of_sums(y: Array, w: Array, signs: Signs) -> Array:
    """The same of equal effects, whose statistics are sums of w y over the root of those of w."""
    shares = w * y / np.sqrt(w.sum(axis=1, keepdims=True))
    found = np.zeros(len(signs))
    for rows in parts_of(len(y), len(signs)):
        np.maximum(found, np.abs(shares[rows] @ signs.T).max(axis=0), out=found)
    return found


def _largest(effects: Effects, chosen: BulkChoices) -> float:
    found = mean_tests(effects, chosen)
    return float(np.nanmax(sizes_of(found.statistic, found.df, found.p_value), initial=0.0))


def largest_here(source: BlockSource, signs: Signs, chosen: BulkChoices, folder: Path | None) -> Array:
    """The largest statistic of all rows under each change of sign, (n,).

    folder: where those of finished parts are kept, so that a run that was broken off goes on.
    """
    found = np.zeros(len(signs))

    def work(made: Callable[[], DataSets | Ragged]) -> Array:
        block = made()
        assert isinstance(block, DataSets)
        return largest_statistics(block, signs, chosen)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for part in source.parts:
            kept = None if folder is None else folder / f"{part.number:07d}.largest.npy"
            if kept is not None and kept.is_file():
                of_part = np.load(kept)
            else:
                of_part = np.zeros(len(signs))
                for largest in threads.map(work, source.blocks(part)):
                    of_part = np.maximum(of_part, largest)
                if kept is not None:
                    content = BytesIO()
                    np.save(content, of_part)
                    replace_bytes(kept, content.getvalue())
            found = np.maximum(found, of_part)
    return found


def sizes_of(statistic: Array, df: Array, p_value: Array) -> Array:
    """What rows are compared by: the statistic's size, as a normal one for other distributions."""
    size = np.abs(statistic)
    with np.errstate(invalid="ignore", divide="ignore"):
        as_normal = z_of_p(p_value)
    return np.where(np.isinf(df) | np.isinf(as_normal), size, as_normal)


def familywise(sizes: Iterator[Array], largest: Array) -> Iterator[Array]:
    """p-values of rows, part by part: the share of changes whose largest statistic is at least the row's own.

    Phipson & Smyth 2010: the data as they are count as one of the changes.
    """
    ordered = np.sort(largest)
    for size in sizes:
        least = size * (1.0 - _TIE)
        above = ordered.size - np.searchsorted(ordered, least)
        yield np.where(np.isnan(size), np.nan, above / ordered.size)
