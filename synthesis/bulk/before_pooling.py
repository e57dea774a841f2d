"""What is learned from all rows before the first is pooled: inflation and overlap of the studies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from synthesis.bulk.data_blocks import DataSets
from synthesis.bulk.many_tests import inflation_of
from synthesis.bulk.sample_overlap import SignCounts
from synthesis.bulk.table_plan import BlockSource
from synthesis.pooling.kernel.effects import Array

_AT_ONCE = 1_000_000  # statistics that are read at a time


def data_sets(source: BlockSource) -> Iterator[DataSets]:
    """Every block of a source whose studies are common to all data sets."""
    for part in source.parts:
        for made in source.blocks(part):
            block = made()
            assert isinstance(block, DataSets)
            yield block


def study_inflations(source: BlockSource, studies: int, folder: Path) -> Array:
    """The genomic control factor of each study, at least one, (k,); one for a study without effects.

    Statistics wait in files of the folder, as medians need them twice.
    """
    folder.mkdir(exist_ok=True)
    files = [(folder / f"{study:05d}.z").open("wb") for study in range(studies)]
    try:
        for block in data_sets(source):
            chi2 = block.y**2 / block.v
            for study, file in enumerate(files):
                column = chi2[:, study]
                column[~np.isnan(column)].tofile(file)
    finally:
        for file in files:
            file.close()
    found = np.array([inflation_of(partial(_chunks, Path(file.name))) for file in files])
    for file in files:
        Path(file.name).unlink()
    return np.asarray(np.fmax(found, 1.0))


def _chunks(path: Path) -> Iterator[Array]:
    with path.open("rb") as file:
        while (values := np.fromfile(file, count=_AT_ONCE)).size:
            yield values


def estimated_overlap(source: BlockSource, names: tuple[str, ...]) -> Array:
    """Correlations of studies' estimates, (k, k), by how often the signs of their effects agree."""
    total = SignCounts(*np.zeros((2, len(names), len(names))))
    for block in data_sets(source):
        total += SignCounts.of(block.y)
    return total.correlations(names)
