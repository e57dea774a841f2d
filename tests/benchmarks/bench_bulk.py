"""Tables of any size, measured: python tests/benchmarks/bench_bulk.py [--folder DIR] [--small | --rows]

Every figure is of a process of its own, after a first small table of the same shape, so that the start of
Python is not in it.
Reading is making arrays of a table's rows, statistics is pooling them besides, writing is the rest: results,
corrections over all rows, hashes. Tables take 4 GB of the folder; --small is a tenth of everything; --rows
pools each of 100,000 random and extreme rows by `pool` too, and stops where a number differs (minutes).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))

import synthesis
from synthesis.bulk.block_results import pooled_block
from synthesis.bulk.bulk_choices import BulkChoices, read_bulk_choices
from synthesis.bulk.table_input import WhatStands, table_input
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.bulk.beside_pool import numbers_beside_pool
from tests.synthesis.bulk.made_tables import extreme_effects, random_effects, wide

ROW_GROUP = 125_000
PART = 1_000_000  # data sets of a part file
WIDE: dict[str, Any] = {"yi": "y_*", "vi": "v_*", "key": "key"}
LONG: dict[str, Any] = {"yi": "y", "vi": "v", "group": "key"}


def effects(rows: int, start: int, studies: int) -> tuple[Array, Array]:
    """Effects and variances (rows, studies) of the rows from `start` on."""
    rng = np.random.default_rng(start)
    v = rng.uniform(0.01, 0.1, (rows, studies))
    return rng.normal(0.0, np.sqrt(v + 0.02)), v


def write_wide(path: Path, rows: int, studies: int, first: int = 0) -> Path:
    """A table with a data set a row, the first of which is row `first` of a larger one."""
    names = [f"{part}_{study}" for part in "yv" for study in range(studies)]
    schema = pa.schema([("key", pa.int64()), *((name, pa.float64()) for name in names)])
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False) as file:
        for start in range(first, first + rows, ROW_GROUP):
            y, v = effects(min(ROW_GROUP, first + rows - start), start, studies)
            columns = dict(zip(names, [*y.T, *v.T], strict=True))
            file.write_table(pa.table({"key": np.arange(start, start + len(y)), **columns}, schema=schema))
    return path


def write_long(path: Path, rows: int, studies: int) -> Path:
    """The same effects with an effect a row, in groups of 1 to twice as many, less one."""
    schema = pa.schema([("key", pa.int64()), ("y", pa.float64()), ("v", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=["key"]) as file:
        for start in range(0, rows, ROW_GROUP):
            y, v = effects(min(ROW_GROUP, rows - start), start, studies)
            sizes = np.resize(np.random.default_rng(start).permutation(np.arange(1, 2 * studies)), len(y))
            sizes[-1] = max(1, sizes[-1] + y.size - sizes.sum())
            keys = start + np.repeat(np.arange(len(y)), sizes)[: y.size]
            count = keys.size
            table = {"key": keys, "y": y.ravel()[:count], "v": v.ravel()[:count]}
            file.write_table(pa.table(table, schema=schema))
    return path


def write_study(path: Path, variants: int, number: int) -> Path:
    """Summary statistics of a study, a third of whose alleles are written the other way round."""
    rng = np.random.default_rng(number)
    chromosome = np.sort(1 + np.arange(variants) % 22)
    pairs = np.array(["AG", "CT", "AC", "GT", "AT"])[np.arange(variants) % 5]
    turned = rng.random(variants) < (1 / 3 if number else 0.0)
    beta, frequency = rng.normal(0.0, 0.02, variants), 0.05 + 0.3 * np.modf(np.arange(variants) * 0.618)[0]
    first, second = pairs.view("U1").reshape(-1, 2).T
    table = {
        "chromosome": chromosome,
        "base_pair_location": 1_000 + np.arange(variants),
        "effect_allele": np.where(turned, second, first),
        "other_allele": np.where(turned, first, second),
        "beta": np.where(turned, -beta, beta),
        "standard_error": rng.uniform(0.015, 0.025, variants),
        "effect_allele_frequency": np.where(turned, 1.0 - frequency, frequency),
        "n": np.full(variants, 10_000 * (number + 1)),
    }
    pq.write_table(pa.table(table), path, compression="zstd")
    return path


# One measure in a process.


def _source(paths: Sequence[str], choices: dict[str, Any]) -> tuple[Any, BulkChoices]:
    chosen = read_bulk_choices("REML", "HKSJ", None, "QP", 0.95, None, (), 1, "stop", ("BH", "Bonferroni"))
    stands = WhatStands(
        {part: choices[part] for part in ("yi", "vi")},
        choices.get("group"),
        None,
        (choices["key"],) if "key" in choices else (),
        None,
        False,
    )
    return table_input(list(paths), stands, chosen).opened(Path("unused")), chosen


def _through(paths: Sequence[str], choices: dict[str, Any], pooling: bool) -> int:
    """Every block made, and pooled or not, by all cores; nothing is kept."""
    source, chosen = _source(paths, choices)
    waiting: deque[Future[int]] = deque()
    rows = 0

    def work(made: Callable[[], Any]) -> int:
        block = made()
        return pooled_block(block, chosen, source.where).results.num_rows if pooling else len(block.keys)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for part in source.parts:
            for made in source.blocks(part):
                if len(waiting) >= 2 * (os.cpu_count() or 1):
                    rows += waiting.popleft().result()
                waiting.append(threads.submit(work, made))
        rows += sum(future.result() for future in waiting)
    return rows


def measure(what: str, paths: list[str], output: Path) -> dict[str, float]:
    """One way through tables, in this process."""
    write, choices = (write_long, LONG) if what.endswith("long") else (write_wide, WIDE)
    warm = write(output.parent / "warm.parquet", 20_000, 20)
    synthesis.pool_table(warm, **choices, output=output.parent / "warm")
    began, used = time.perf_counter(), time.process_time()
    if what.startswith(("read", "pool")):
        _through(paths, choices, what.startswith("pool"))
    elif what == "gwas":
        synthesis.pool_table(paths, gwas=True, output=output)
    else:
        synthesis.pool_table(paths, **choices, output=output)
    return {
        "clock": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(what: str, paths: Sequence[Path], folder: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--folder", str(folder)]
    command += ["--tables", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def line(what: str, found: dict[str, float], rows: int, more: str = "") -> None:
    """Print a measure: seconds of the clock and of all cores, data sets a second, memory."""
    print(
        f"{what:<50} {found['clock']:>8.2f} {found['processor']:>8.2f} "
        f"{rows / found['clock']:>13,.0f} {found['megabytes']:>6.0f}  {more}",
        flush=True,
    )


def print_all(folder: Path, tenth: bool) -> None:
    """All measures, printed one by one."""
    part = PART // 10 if tenth else PART
    parts = [write_wide(folder / f"part-{number}.parquet", part, 20, number * part) for number in range(10)]
    print(
        f"{'REML with HKSJ, from Parquet to Parquet':<50} "
        f"{'clock s':>8} {'cores s':>8} {'a second':>13} {'MB':>6}"
    )

    least = measured("wide", [write_wide(folder / "least.parquet", 100, 20)], folder)
    line("100 x 20", least, 100, "what every run takes")
    before: dict[str, float] | None = None
    for n in (part // 1000, part // 100, part // 10, part, 10 * part):
        tables = parts[: n // part] or [write_wide(folder / f"few-{n}.parquet", n, 20)]
        found = measured("wide", tables, folder)
        line(f"{n:,} x 20", found, n, _beside_a_tenth(found, before, least["clock"]))
        before = found

    rows = 5 * part
    reading, pooling, whole = (measured(what, parts[:5], folder) for what in ("read", "pool", "wide"))
    statistics, writing = (
        {name: a[name] - b[name] for name in ("clock", "processor")} | {"megabytes": a["megabytes"]}
        for a, b in ((pooling, reading), (whole, pooling))
    )
    for name, found in (("reading", reading), ("statistics", statistics), ("writing and the rest", writing)):
        line(f"{rows:,} x 20: {name}", found, rows)
    moved = reading["clock"] + writing["clock"]
    line(
        f"{rows:,} x 20", whole, rows, f"statistics {statistics['clock'] / moved:.2f} of reading and writing"
    )

    line(f"{8 * part:,} x 20", measured("wide", parts[:8], folder), 8 * part)

    of_wide = measured("wide", parts[:1], folder)
    of_long = measured("long", [write_long(folder / "long.parquet", part, 20)], folder)
    line(
        f"{part:,} of 1 to 39 studies, an effect a row",
        of_long,
        part,
        f"{of_long['clock'] / of_wide['clock']:.2f} of wide",
    )

    studies = [write_study(folder / f"study{number}.parquet", part, number) for number in range(3)]
    line(f"{part:,} variants of 3 studies, equal effects", measured("gwas", studies, folder), part)


def _beside_a_tenth(found: dict[str, float], before: dict[str, float] | None, least: float) -> str:
    if before is None:
        return ""
    whole, beyond = found["clock"] / before["clock"], (found["clock"] - least) / (before["clock"] - least)
    return f"{whole:.1f} times the time of a tenth, {beyond:.1f} beyond that"


def rows_beside_pool() -> None:
    """Print how many numbers of 100,000 rows are those of `pool`; AssertionError for one that is not."""
    compared = 0
    for made in (random_effects, extreme_effects):
        y, v = made(50_000, 9, 4)
        found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", ask=("tau2_interval", "fit"))
        compared += numbers_beside_pool(found.to_frame(), y, v, range(50_000))
    print(f"{compared:,} numbers of 100,000 rows are those of pool at 1e-12")


def main() -> None:
    """Print every measure, or make one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where tables and results go (a temporary folder)")
    parser.add_argument("--small", action="store_true", help="a tenth of every size")
    parser.add_argument("--rows", action="store_true", help="100,000 rows beside pool")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--tables", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.rows:
        rows_beside_pool()
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        if given.measure:
            print(json.dumps(measure(given.measure, given.tables, Path(folder) / "results")))
            return
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.1f}; numba {'in use' if _numba() else 'not installed'}")
        print_all(Path(folder), given.small)


def _numba() -> bool:
    from synthesis.pooling.kernel.search import compiled_loops

    return compiled_loops() is not None


if __name__ == "__main__":
    main()
