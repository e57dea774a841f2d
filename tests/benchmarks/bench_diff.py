"""`diff` of the shipped review and of 2,000 generated studies, each beside a pass of `check` of the same.

    python tests/benchmarks/bench_diff.py [RECORDS]

Twenty records are corrected, twenty are new and one is retracted since the last commit. Targets: 1 s for the
shipped review, 30 s for 2,000 studies. On a busy machine the processor's seconds tell more than the clock's.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evidence.records.review import SHIPPED
from tests.benchmarks.bench_check import write_records

_PERSON = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
_CHANGED = 20


def moved_review(folder: Path, records: int) -> None:
    """A repository with a review of so many records, changed since its only commit."""
    write_records(folder, records + _CHANGED)
    shutil.copy(SHIPPED / "review.yaml", folder)
    files = [folder / "studies" / f"generated-{i}.yaml" for i in range(records + _CHANGED)]
    new = {path: path.read_bytes() for path in files[records:]}
    for path in new:
        path.unlink()
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *_PERSON, *words], cwd=folder, check=True)
    for path, held in new.items():
        path.write_bytes(held)
    for path in files[:_CHANGED]:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("estimate: 0.0", "estimate: 0.1").replace("estimate: -0.0", "estimate: -0.1")
        )
    retracted = files[_CHANGED]
    text = retracted.read_text(encoding="utf-8")
    retracted.write_text(text.replace("status: published", "status: retracted"), encoding="utf-8")


def seconds(*arguments: str) -> tuple[float, float]:
    """How long a command takes by the clock, and of the processor; the better of two runs."""
    taken = []
    for _ in range(2):
        began, before = time.perf_counter(), _processor()
        command = [sys.executable, "-m", "synthesis", *arguments]
        subprocess.run(command, capture_output=True, check=False)
        taken.append((time.perf_counter() - began, _processor() - before))
    return min(clock for clock, _ in taken), min(used for _, used in taken)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(name: str, folder: Path, *old: str) -> None:
    """Both commands on one review."""
    diff, check = seconds("diff", *old, "--review", str(folder)), seconds("check", str(folder))
    words = [f"{clock:.2f} s ({used:.2f} s of the processor)" for clock, used in (diff, check)]
    print(f"{name}: diff {words[0]}, check {words[1]}, ratio {diff[1] / check[1]:.2f}")


def main() -> None:
    """Write, compare, report."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    report("the shipped review, against its last version", SHIPPED, "HEAD")
    with tempfile.TemporaryDirectory() as name:
        old = Path(name) / "old"
        shutil.copytree(SHIPPED, old)
        path = old / "studies" / "imos-4.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("0.0079", "0.0069"), encoding="utf-8")
        report("the shipped review, one estimate corrected", SHIPPED, str(old))
    with tempfile.TemporaryDirectory() as name:
        moved_review(Path(name), records)
        report(f"{records:,} studies, {2 * _CHANGED + 1} of them changed", Path(name))


if __name__ == "__main__":
    main()
