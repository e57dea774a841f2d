"""`check` of many generated records: seconds and peak memory.

    python tests/benchmarks/bench_check.py [RECORDS]

Target: 10,000 records in under 20 s and 1 GB.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEMPLATE = """\
# Generated record {i}
schema: 1
study: generated-{i}
title: Generated study {i}
design: cohort
cohort: {{name: Cohort {i}, years: 2010-2012, country: NO}}
reports:
  paper-{i}:
    type: journal article
    status: published
    citation: Author {i}. Journal 2019;1:{i}
    year: 2019
    doi: 10.1000/generated.{i}
    read: full text
population: {{n: {n}, women: 50.0 %, age: {{minimum: 50, mean: 62.6, sd: 8.0}}}}
exposures:
  hemoglobin: {{name: hemoglobin, unit: g/dL}}
outcomes:
  hip: {{name: BMD, site: hip, unit: g/cm2}}
  spine: {{name: BMD, site: lumbar spine, unit: g/cm2}}
models:
  adjusted: {{type: linear regression, adjustment: full, covariates: [age, sex, BMI]}}
estimates:
{estimates}extraction: {{by: generator, on: 2026-11-21}}
"""
ESTIMATE = """\
  - id: {outcome}-{sex}
    outcome: {outcome}
    stratum: {{sex: {sex}}}
    effect: {{measure: beta, per: 1 g/dL, estimate: {b:.4f}, ci: [{low:.4f}, {high:.4f}]}}
    where: {{report: paper-{i}, at: "Table 2, {outcome}, {sex}"}}
"""


def write_records(folder: Path, count: int) -> None:
    """A review folder with as many records, each with four estimates."""
    rng = random.Random(1)
    (folder / "studies").mkdir()
    for i in range(count):
        parts = []
        for outcome in ("hip", "spine"):
            for sex in ("men", "women"):
                b, se = rng.gauss(0.005, 0.01), rng.uniform(0.002, 0.02)
                parts.append(
                    ESTIMATE.format(i=i, outcome=outcome, sex=sex, b=b, low=b - 1.96 * se, high=b + 1.96 * se)
                )
        text = TEMPLATE.format(i=i, n=2 * rng.randint(100, 5000), estimates="".join(parts))
        (folder / "studies" / f"generated-{i}.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    """Write, check, report."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        write_records(Path(name), count)
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "synthesis", "check", name, "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(done.stderr[-500:])
    print(f"{count:,} records: {seconds:.1f} s, largest process {peak:.0f} MB, exit {done.returncode}")


if __name__ == "__main__":
    main()
