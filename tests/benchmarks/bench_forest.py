"""A forest plot, cold: `python -m synthesis forest` beside Rscript with metafor, as a ratio in one run.

    python tests/benchmarks/bench_forest.py [ROUNDS]

Both read nothing from a cache of results, fit REML with Hartung-Knapp, and write PNG, SVG and PDF.
Needs Rscript with metafor. Target: a ratio of at most 0.75. Then the whole shipped review.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

R_SCRIPT = """
suppressMessages(library(metafor))
yi <- c(-0.00545454545454545, 0.0079)
sei <- c(0.00593701250, 0.00293367)
fit <- rma(yi, sei = sei, method = "REML", test = "knha", slab = c("CHS 2019", "IMOS-4 2025"))
label <- "Change in BMD (g/cm2) per 1 g/dL hemoglobin"
draw <- function() forest(fit, addpred = TRUE, header = TRUE, xlab = label)
png("r.png", width = 7, height = 3, units = "in", res = 300); draw(); invisible(dev.off())
svg("r.svg", width = 7, height = 3); draw(); invisible(dev.off())
pdf("r.pdf", width = 7, height = 3); draw(); invisible(dev.off())
print(fit); print(confint(fit))
"""


def seconds(command: list[str], folder: str) -> float:
    """Wall-clock time of one cold run, which must succeed."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Alternate the two, report medians and the ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    rscript = shutil.which("Rscript")
    if rscript is None:
        sys.exit("Rscript is not installed; install R with the package metafor")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "forest.R")
        script.write_text(R_SCRIPT, encoding="utf-8")
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(seconds([rscript, str(script)], folder))
            ours.append(seconds([sys.executable, "-m", "synthesis", "forest", "hip-men"], folder))
        whole = [seconds([sys.executable, "-m", "synthesis", "forest"], folder) for _ in range(rounds)]
    us, them = statistics.median(ours), statistics.median(theirs)
    print(f"forest hip-men, cold, median of {rounds}: {us:.2f} s")
    print(f"Rscript with metafor: {them:.2f} s; ratio {us / them:.2f}")
    print(f"forest of the whole shipped review: {statistics.median(whole):.2f} s")


if __name__ == "__main__":
    main()
