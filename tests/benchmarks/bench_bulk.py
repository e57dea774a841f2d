"""Tables of n data sets of ten studies: seconds of the clock and of the processor, and peak memory, by n.

    python -m tests.benchmarks.bench_bulk 10000 100000 1000000 [--method REML] [--test HKSJ]

Every run is a process of its own. Reading alone, pooling alone, and long tables are timed beside the whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthesis.pooling.kernel.effects import Array

STUDIES = 10
ROW_GROUP = 250_000


def effects(rows: int, start: int) -> tuple[Array, Array]:
    """Effects and variances (rows, STUDIES) of the rows from `start` on."""
    rng = np.random.default_rng(start)
    v = rng.uniform(0.01, 0.1, (rows, STUDIES))
    return rng.normal(0.0, np.sqrt(v + 0.02)), v


def write_wide(path: Path, rows: int) -> None:
    """A table with a data set a row."""
    names = [f"{part}_{study}" for part in "yv" for study in range(STUDIES)]
    schema = pa.schema([("key", pa.int64()), *((name, pa.float64()) for name in names)])
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False) as file:
        for start in range(0, rows, ROW_GROUP):
            y, v = effects(min(ROW_GROUP, rows - start), start)
            columns = dict(zip(names, [*y.T, *v.T], strict=True))
            file.write_table(pa.table({"key": np.arange(start, start + len(y)), **columns}, schema=schema))


def write_long(path: Path, rows: int) -> None:
    """The same effects with an effect a row, in groups of 5 to 15."""
    schema = pa.schema([("key", pa.int64()), ("y", pa.float64()), ("v", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=["key"]) as file:
        for start in range(0, rows, ROW_GROUP):
            y, v = effects(min(ROW_GROUP, rows - start), start)
            sizes = np.resize(np.random.default_rng(start).permutation(np.arange(5, 16)), len(y))
            sizes[-1] += y.size - sizes.sum()
            keys = start + np.repeat(np.arange(len(y)), sizes)
            file.write_table(pa.table({"key": keys, "y": y.ravel(), "v": v.ravel()}, schema=schema))


def run(what: str, folder: Path, method: str, test: str) -> dict[str, float]:
    """One way through a table, in this process."""
    import synthesis
    from synthesis.bulk.table_files import parquet_file, rows_between

    began = time.perf_counter()
    if what == "read":
        file = parquet_file(str(folder / "wide.parquet"), "wide")
        columns = [f"{part}_{study}" for study in range(STUDIES) for part in "yv"]
        for table in rows_between(file, 0, file.rows, ["key", *columns], 65_536):
            del table
    else:
        columns_of: dict[str, dict[str, Any]] = {
            "wide": {"yi": "y_*", "vi": "v_*", "key": "key"},
            "long": {"yi": "y", "vi": "v", "group": "key"},
        }
        synthesis.pool_table(
            folder / f"{what}.parquet",
            method=method,
            test=test,
            output=folder / what,
            **columns_of[what],
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "clock": time.perf_counter() - began,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
    }


def main() -> None:
    """Print a table of every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", type=int)
    parser.add_argument("--method", default="REML")
    parser.add_argument("--test", default="HKSJ")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--run", default="")
    given = parser.parse_args()
    if given.run:
        print(json.dumps(run(given.run, given.folder, given.method, given.test)))
        return
    print(
        f"{'data sets':>12} {'':>6} {'clock s':>9} {'processor s':>12} {'MB':>6} {'1000 a processor s':>22}"
    )
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_wide(Path(folder) / "wide.parquet", rows)
            write_long(Path(folder) / "long.parquet", rows)
            for what in ("read", "wide", "long"):
                command = [sys.executable, "-m", "tests.benchmarks.bench_bulk", str(rows), "--run", what]
                command += ["--folder", folder, "--method", given.method, "--test", given.test]
                found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
                print(
                    f"{rows:>12,} {what:>6} {found['clock']:>9.2f} {found['processor']:>12.2f} "
                    f"{found['megabytes']:>6.0f} {rows / found['processor'] / 1000:>22.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
