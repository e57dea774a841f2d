"""Ten million rows by the command, in less than a gigabyte."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import synthesis
from tests.benchmarks.bench_bulk import ROW_GROUP, effects, write_wide

ROOT = Path(__file__).parents[3]
ROWS, STUDIES = 10_000_000, 3


@pytest.mark.long
def test_ten_million_rows_are_pooled_by_the_command_in_less_than_a_gigabyte(tmp_path: Path) -> None:
    write_wide(tmp_path / "wide.parquet", ROWS, STUDIES)
    command = [sys.executable, "-m", "synthesis", "bulk", str(tmp_path / "wide.parquet"), "--key", "key"]
    command += ["--yi", "y_*", "--vi", "v_*", "--output", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.startswith(f"{ROWS:,} data sets, {ROWS:,} pooled; lambda = ")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_000_000
    results = pq.ParquetFile(tmp_path / "out" / "results.parquet")
    assert results.metadata.num_rows == ROWS
    last = results.read_row_group(
        results.num_row_groups - 1, ["key", "estimate", "tau2", "ci_low"]
    ).to_pandas()
    start = (ROWS - 1) // ROW_GROUP * ROW_GROUP
    y, v = effects(ROWS - start, start, STUDIES)
    compared = 0
    for back in (1, 2, 500):
        pooled = synthesis.pool(y[-back], v[-back])
        row = last.iloc[-back]
        assert row["key"] == ROWS - back
        for name in ("estimate", "tau2", "ci_low"):
            assert row[name] == pytest.approx(getattr(pooled, name), rel=1e-12, abs=1e-14)
            compared += 1
    assert compared == 9
