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

STUDIES = 10
ROW_GROUP = 250_000


def write_tables(folder: Path, rows: int) -> None:
    """The same effects as a wide table, and as a long one whose groups have 5 to 15 of them."""
    rng = np.random.default_rng(1)
    names = [f"{part}_{study}" for study in range(STUDIES) for part in "yv"]
    schema = pa.schema([("key", pa.int64()), *((name, pa.float64()) for name in names)])
    of_long = pa.schema([("key", pa.int64()), ("y", pa.float64()), ("v", pa.float64())])
    group = 0
    with (
        pq.ParquetWriter(folder / "wide.parquet", schema, compression="lz4", use_dictionary=False) as wide,
        pq.ParquetWriter(folder / "long.parquet", of_long, compression="lz4", use_dictionary=["key"]) as long,
    ):
        for start in range(0, rows, ROW_GROUP):
            n = min(ROW_GROUP, rows - start)
            v = rng.uniform(0.01, 0.1, (n, STUDIES))
            y = rng.normal(0.0, np.sqrt(v + 0.02))
            columns = {f"y_{i}": y[:, i] for i in range(STUDIES)} | {
                f"v_{i}": v[:, i] for i in range(STUDIES)
            }
            wide.write_table(pa.table({"key": np.arange(start, start + n), **columns}, schema=schema))
            sizes = np.resize(rng.permutation(np.arange(5, 16)), n)
            sizes[-1] += y.size - sizes.sum()
            keys = group + np.repeat(np.arange(n), sizes)
            group += n
            long.write_table(pa.table({"key": keys, "y": y.ravel(), "v": v.ravel()}, schema=of_long))


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
            write_tables(Path(folder), rows)
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
