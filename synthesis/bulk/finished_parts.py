"""Finished parts of a run on the disk, so that a run that was broken off goes on where it stood."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from evidence.records.replacing import replace_bytes
from synthesis.bulk.arrow_parts import arrow, numbers_of
from synthesis.bulk.block_results import BlockResult
from synthesis.pooling.kernel.effects import Array

UNFINISHED = ".unfinished"
"""Folder, beside the results, of what a run has done so far."""


class Finished(Protocol):
    """Results of parts that are done."""

    def has(self, number: int) -> bool:
        """Whether a part is done."""

    def keep(self, number: int, blocks: Sequence[BlockResult]) -> None:
        """Keep a part's results."""

    def of(self, number: int) -> BlockResult:
        """A part's results."""


def joined(blocks: Sequence[BlockResult]) -> BlockResult:
    """Blocks in a row as one."""
    concat = arrow().concat_tables
    return BlockResult(
        concat([block.results for block in blocks]),
        concat([block.refused for block in blocks]),
        sum((block.counts for block in blocks), Counter()),
        sum((block.aligned for block in blocks), Counter()),
    )


@dataclass(frozen=True)
class HeldParts:
    """Results kept in memory, of a table that is there as well."""

    parts: dict[int, BlockResult] = field(default_factory=dict)

    def has(self, number: int) -> bool:
        return number in self.parts

    def keep(self, number: int, blocks: Sequence[BlockResult]) -> None:
        self.parts[number] = joined(blocks)

    def of(self, number: int) -> BlockResult:
        return self.parts[number]


@dataclass(frozen=True)
class StoredParts:
    """Results kept in a folder, each part's files put in place when they are whole."""

    folder: Path

    def has(self, number: int) -> bool:
        return self._path(number, "results").is_file()

    def keep(self, number: int, blocks: Sequence[BlockResult]) -> None:
        """The results come last: where they are the part is done. Raises OSError where there is no room."""
        listed = [
            [[study, kind, times] for (study, kind), times in sorted(sum(found, Counter()).items())]
            for found in ([block.counts for block in blocks], [block.aligned for block in blocks])
        ]
        self._write(number, "refused", [block.refused for block in blocks])
        replace_bytes(self.folder / f"{number:07d}.json", json.dumps(listed).encode())
        self._write(number, "results", [block.results for block in blocks])

    def of(self, number: int) -> BlockResult:
        pa = arrow()
        results, refused = (
            pa.ipc.open_file(pa.memory_map(str(self._path(number, kind)))).read_all()
            for kind in ("results", "refused")
        )
        text = (self.folder / f"{number:07d}.json").read_bytes()
        counts, aligned = (
            Counter({(study, kind): n for study, kind, n in listed}) for listed in json.loads(text)
        )
        return BlockResult(results, refused, counts, aligned)

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:07d}.{kind}.arrow"

    def _write(self, number: int, kind: str, tables: Sequence[Any]) -> None:
        pa, place = arrow(), self._path(number, kind)
        beside = place.with_suffix(".part")
        with pa.OSFile(str(beside), "wb") as file, pa.ipc.new_file(file, tables[0].schema) as writer:
            for table in tables:
                writer.write_table(table)
        os.replace(beside, place)


def begun(output: Path, plan: Mapping[str, Any]) -> Path:
    """The folder of an unfinished run into `output`: that of the same plan goes on, any other is begun anew.

    Raises ValueError where `output` is a file, and OSError where the folder cannot be written.
    """
    if output.exists() and not output.is_dir():
        raise ValueError(f"output {output} is a file; expected a folder for the results")
    folder = output / UNFINISHED
    digest = hashlib.sha256(json.dumps(plan).encode()).hexdigest().encode()
    known = folder / "plan"
    if folder.is_dir() and not (known.is_file() and known.read_bytes() == digest):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    replace_bytes(known, digest)
    return folder


def each_column(parts: Finished, count: int, name: str) -> Callable[[], Iterator[Array]]:
    """Reads a column of the results, part by part, as often as it is called."""

    def read() -> Iterator[Array]:
        for number in range(count):
            yield np.asarray(numbers_of(parts.of(number).results.column(name)))

    return read
