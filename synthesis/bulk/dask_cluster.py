"""Parts of a table worked off by the workers of a Dask scheduler; what is lost is asked for again."""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

import numpy as np

from synthesis.bulk.arrow_parts import needed
from synthesis.bulk.block_results import BlockResult, pooled_block
from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.data_blocks import DataSets, Ragged, Where
from synthesis.bulk.finished_parts import Finished
from synthesis.bulk.sign_flips import Signs, largest_statistics
from synthesis.bulk.streaming import Pace
from synthesis.bulk.table_plan import BlockSource, TablePart
from synthesis.pooling.kernel.effects import Array

_WAITING = 2  # parts that wait for each thread of the cluster
_PATIENCE = 120.0  # seconds without a scheduler, after one has answered
_FIRST = 20.0  # and before
_ANSWER = 5.0  # in which a scheduler answers
_LOOK = 2.0  # seconds between looks at the scheduler

Blocks = Sequence[DataSets | Ragged]
Work = Callable[[Blocks, Where], Any]


class LostSchedulerError(Exception):
    """The scheduler has gone, and with it what was under way."""


def run_there(source: BlockSource, chosen: BulkChoices, parts: Finished, told: Pace, address: str) -> None:
    """Pool every part that is not done yet, as `run_here` does and with its numbers to the last bit.

    Files are read by the workers, which must see them under the same path or address; tables in memory, text
    and studies in buckets are sent. Raises ValueError, naming file and row, for what cannot be read, and
    where no scheduler answers or a part ends every worker that tries it.
    """
    left = [part for part in source.parts if not parts.has(part.number)]
    told.skip(sum(p.stop - p.start for p in source.parts) - sum(p.stop - p.start for p in left))

    def work(blocks: Blocks, where: Where) -> list[BlockResult]:
        return [pooled_block(block, chosen, where) for block in blocks]

    for part, blocks in each_part(source, left, work, address):
        parts.keep(part.number, blocks)
        told.add(part.stop - part.start)


def largest_there(source: BlockSource, signs: Signs, chosen: BulkChoices, address: str) -> Array:
    """The largest statistic of all rows under each change of sign, (n,)."""

    def work(blocks: Blocks, where: Where) -> Array:
        found = [largest_statistics(block, signs, chosen) for block in blocks if isinstance(block, DataSets)]
        return np.asarray(np.maximum.reduce(found))

    found = [largest for _, largest in each_part(source, source.parts, work, address)]
    return np.asarray(np.maximum.reduce(found))


def each_part(
    source: BlockSource, parts: Sequence[TablePart], work: Work, address: str
) -> Iterator[tuple[TablePart, Any]]:
    """What `work` makes of the blocks of each part, in the order in which they are done."""
    left, heard, connected = deque(parts), time.monotonic(), False
    while left:
        try:
            with needed("distributed").Client(address, timeout=_ANSWER, set_as_default=False) as client:
                connected = True
                for part, found in _under_way(client, source, left, work):
                    heard = time.monotonic()
                    left.remove(part)
                    yield part, found
        except (LostSchedulerError, OSError, TimeoutError) as error:
            if time.monotonic() - heard > (_PATIENCE if connected else _FIRST):
                raise ValueError(f"no Dask scheduler answers at {address}") from error
            time.sleep(1.0)
        except ValueError as error:
            if connected:
                raise
            raise ValueError(f"{address!r} is no address of a Dask scheduler ({error})") from error


def _under_way(
    client: Any, source: BlockSource, parts: Sequence[TablePart], work: Work
) -> Iterator[tuple[TablePart, Any]]:
    """Results of parts, as many of which are under way as the cluster has threads, and a few more."""
    distributed = needed("distributed")
    waiting = deque(parts)
    running: dict[Any, TablePart] = {}
    shown = None if source.here else replace(source, parts=())  # type: ignore[type-var]
    while waiting or running:
        most = _WAITING * max(sum(client.nthreads().values()), 1)
        while waiting and len(running) < most:
            part = waiting.popleft()
            with warnings.catch_warnings():
                # Rows go with the task that needs them, so that no worker's end loses them.
                warnings.filterwarnings("ignore", "Sending large graph")
                if shown is None:
                    future = client.submit(
                        work, [made() for made in source.blocks(part)], source.where, pure=False
                    )
                else:
                    future = client.submit(_read_and_work, shown, part, work, pure=False)
            running[future] = part
        try:
            with client.as_current():
                done = distributed.wait(list(running), timeout=_LOOK, return_when="FIRST_COMPLETED").done
        except (TimeoutError, distributed.TimeoutError):
            done = set()
        except (CancelledError, distributed.client.FuturesCancelledError) as error:
            raise LostSchedulerError from error
        if client.status != "running":
            raise LostSchedulerError
        for future in done:
            part = running.pop(future)
            yield part, _outcome(future, distributed)


def _outcome(future: Any, distributed: Any) -> Any:
    try:
        return future.result()
    except (CancelledError, distributed.client.FutureCancelledError) as error:
        raise LostSchedulerError from error
    except distributed.KilledWorker as error:
        raise ValueError(f"a part ended every worker that tried it: {error}") from error
    except FileNotFoundError as error:
        raise ValueError(
            f"{error.filename or error}: a worker does not see this file; expected a disk that all share"
        ) from error


def _read_and_work(source: BlockSource, part: TablePart, work: Work) -> Any:
    return work([made() for made in source.blocks(part)], source.where)
