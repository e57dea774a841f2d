"""Speed of refits by the thousand beside metafor, in one run on one machine.

    python tests/benchmarks/bench_diagnostics.py

Needs Rscript with metafor and jsonlite. Both sides take the same invented data, and their results are
compared. Times are of the processor, on which other programs weigh least: the best of several short runs, one
of the long ones of metafor, without starting R.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis import pool
from synthesis.diagnostics.gosh import gosh
from synthesis.diagnostics.influence import influence
from synthesis.diagnostics.multiverse import ESTIMATORS, OUTLIER_RULES, TESTS, DataSet, multiverse
from synthesis.diagnostics.refits import without_each
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.resampling.permutation import permutation_test

Array = npt.NDArray[np.float64]

THEIRS = """
suppressMessages({library(metafor); library(jsonlite)})
args <- commandArgs(TRUE)
data <- fromJSON(args[1])
best <- function(f, runs) {
  times <- numeric(runs)
  for (i in seq_len(runs)) times[i] <- sum(system.time(value <- f())[c("user.self", "sys.self")])
  list(seconds = min(times), value = value)
}
many <- rma(data$many$yi, data$many$vi)
few <- rma(data$few$yi, data$few$vi)
out <- list(
  influence = best(function() { i <- influence(many); list(i$inf$cook.d, i$inf$rstudent) }, 3),
  leave_one_out = best(function() leave1out(many)$estimate, 3),
  permutation = best(function() permutest(few, exact = TRUE, progbar = FALSE)$pval, 1),
  subsets = best(function() gosh(few, progbar = FALSE), 1)
)
number <- c(out$subsets$value$incl %*% 2^(seq_len(few$k) - 1))
out$subsets$value <- out$subsets$value$res$estimate[order(number)]
write_json(out, args[2], digits = NA, na = "null")
"""


@dataclass(frozen=True)
class Task:
    """What is timed: ours and the numbers to compare with theirs, and how many times faster it has to be."""

    what: str
    key: str
    ours: Callable[[], object]
    numbers: Callable[[], Any]
    target: float


def invented(k: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.01, 0.3, k)
    return rng.normal(0.2, np.sqrt(vi + 0.1)), vi


def seconds(action: Callable[[], object], runs: int = 7) -> float:
    """Of processor time of the fastest run, all threads together."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return best


def metafor(many: tuple[Array, Array], few: tuple[Array, Array]) -> dict[str, Any]:
    """Times and values of metafor."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = {"many": many, "few": few}
        data = {key: {"yi": yi.tolist(), "vi": vi.tolist()} for key, (yi, vi) in names.items()}
        (folder / "data.json").write_text(json.dumps(data))
        (folder / "theirs.R").write_text(THEIRS)
        files = [str(folder / each) for each in ("theirs.R", "data.json", "out.json")]
        subprocess.run(["Rscript", *files], check=True)
        found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def compared(ours: Any, theirs: Any) -> str:
    """Whether results agree; metafor's fits that did not converge are counted."""
    reference = np.ravel(np.array(theirs, dtype=float))
    known = np.isfinite(reference)
    same = np.allclose(np.ravel(ours)[known], reference[known], rtol=1e-4, atol=1e-6)
    lacking = f" ({(~known).sum()} not fitted by metafor)" if not known.all() else ""
    return ("equal" if same else "RESULTS DIFFER") + lacking


def multiverse_time() -> str:
    """10,000 specifications of 50 studies: no peer has them, so that the target is a time."""
    rng, (yi, vi) = np.random.default_rng(2), invented(50)
    kept = rng.random((120, 50)) < 0.8
    data_sets = [DataSet((f"rule {i}",), yi[mask], vi[mask]) for i, mask in enumerate(kept)]
    pooled = pool(yi, vi)
    combined = len(data_sets) * len(OUTLIER_RULES) * len(ESTIMATORS) * len(TESTS)
    taken = seconds(lambda: multiverse(pooled, data_sets, ("studies",)), 3)
    verdict = "met" if taken < 1.0 else "NOT MET"
    return f"Multiverse of {combined:,} specifications, k = 50: {taken:.2f} s, target 1 s, {verdict}"


def main() -> None:
    many, few = invented(100), invented(13)
    large, small = pool(*many, test="z"), pool(*few, test="z")
    effects = Effects(*few)
    found = influence(large)
    tasks = (
        Task(
            "Influence set, k = 100",
            "influence",
            lambda: influence(large),
            lambda: [found.cook.tolist(), found.rstudent.tolist()],
            200,
        ),
        Task(
            "Leave-one-out table, k = 100",
            "leave_one_out",
            lambda: without_each(large),
            lambda: without_each(large).estimate.tolist(),
            200,
        ),
        Task(
            "Exact permutation test, k = 13",
            "permutation",
            lambda: permutation_test(effects, "REML", "z"),
            lambda: permutation_test(effects, "REML", "z").p_value.tolist(),
            500,
        ),
        Task(
            "All 8,191 subsets, k = 13",
            "subsets",
            lambda: gosh(small),
            lambda: gosh(small).estimate,
            500,
        ),
    )
    print(multiverse_time(), flush=True)
    theirs = metafor(many, few)
    print(f"{'':<34}{'ours ms':>10}{'metafor ms':>12}{'ratio':>9}{'target':>8}")
    for task in tasks:
        ours, entry = seconds(task.ours), theirs[task.key]
        reference = float(entry["seconds"][0])
        ratio = reference / ours
        verdict = (
            f"{'met' if ratio >= task.target else 'NOT MET'}, {compared(task.numbers(), entry['value'])}"
        )
        line = f"{task.what:<34}{1e3 * ours:>10.2f}{1e3 * reference:>12.0f}{ratio:>8.0f}x{task.target:>7.0f}x"
        print(f"{line}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
