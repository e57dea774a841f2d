"""Parts of a table worked off on this machine: one thread reads, all cores pool, in the order of the rows."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from synthesis.bulk.block_results import BlockResult, pooled_block
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import DataSets, Ragged
from synthesis.bulk.finished_parts import Finished
from synthesis.bulk.table_plan import BlockSource, TablePart

Progress = Callable[[int, int, str], None]
"""Called with data sets (or rows) done, their number, and words: the rate and the time left."""

Item = TypeVar("Item")

_WAITING = 2  # blocks that wait for each core


def run_here(source: BlockSource, chosen: BulkChoices, parts: Finished, told: Pace) -> None:
    """Pool every part that is not done. Raises ValueError, naming file and row, for what cannot be read."""
    left = [part for part in source.parts if not parts.has(part.number)]
    told.skip(sum(part.stop - part.start for part in source.parts) - sum(p.stop - p.start for p in left))
    cores = os.cpu_count() or 1
    running: deque[tuple[TablePart, bool, Future[BlockResult]]] = deque()
    held: list[BlockResult] = []

    def work(block: Callable[[], DataSets | Ragged]) -> BlockResult:
        return pooled_block(block(), chosen, source.where)

    def settle() -> None:
        part, last, future = running.popleft()
        held.append(future.result())
        if last:
            parts.keep(part.number, held)
            held.clear()
            told.add(part.stop - part.start)

    with ThreadPoolExecutor(cores) as threads:
        try:
            for part in left:
                for block, last in with_last(source.blocks(part)):
                    if len(running) >= cores * _WAITING:
                        settle()
                    running.append((part, last, threads.submit(work, block)))
            while running:
                settle()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class Pace:
    """How far a run has come, told as rows, rate and time left."""

    def __init__(
        self, total: int, progress: Progress | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._progress, self._clock = total, progress, clock
        self._done = self._skipped = 0
        self._began = clock()

    def skip(self, rows: int) -> None:
        """Rows that an earlier run has done."""
        self._done = self._skipped = rows
        self._began = self._clock()

    def add(self, rows: int) -> None:
        """Rows that have been done."""
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total, self._words())

    def _words(self) -> str:
        rate = (self._done - self._skipped) / max(self._clock() - self._began, 1e-9)
        left = (self._total - self._done) / rate if rate else 0.0
        return f"{rate:,.0f} rows/s, {in_time(left)} left"


def in_time(seconds: float) -> str:
    """'8 s', '3 min', '2 h 05 min'."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def with_last(items: Iterable[Item]) -> Iterator[tuple[Item, bool]]:
    """Each item, and whether it is the last."""
    iterator = iter(items)
    for item in iterator:
        for after in iterator:
            yield item, False
            item = after
        yield item, True
