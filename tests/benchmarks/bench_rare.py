"""Speed of models of sparse counts beside metafor, in one run on one machine.

    python tests/benchmarks/bench_rare.py

Needs Rscript with metafor, lme4, BiasedUrn and jsonlite. Both sides take the same 20 invented studies. Times
are of the processor, inside R without its start: the best of several runs. The fit is that with random
effects, and all but UM.RS prove that none is higher; the pool has both fits, the tests and all profile
intervals, which metafor does not give.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis import pool_rare
from synthesis.pooling.rare.sparse_fit import SparseFit, maximise_counts
from synthesis.rare_events.given_counts import GivenCounts
from tests.benchmarks.bench_dependent import line
from tests.benchmarks.bench_diagnostics import seconds

MODELS = ("CM.EL", "CM.AL", "UM.FS", "UM.RS", "BB")
TARGET, TIMES = 0.02, 20.0
THEIRS = """
suppressMessages({library(metafor); library(jsonlite)})
args <- commandArgs(TRUE)
d <- fromJSON(args[1])
timed <- function(model) {
  fit <- function() suppressWarnings(rma.glmm(measure = "OR", ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i,
                                              model = model))
  times <- replicate(3, sum(system.time(res <<- fit())[c("user.self", "sys.self")]))
  list(seconds = min(times), estimate = as.numeric(res$beta))
}
models <- c("CM.EL", "CM.AL", "UM.FS", "UM.RS")
write_json(sapply(models, timed, simplify = FALSE), args[2], digits = NA, auto_unbox = TRUE)
"""


def invented() -> dict[str, Any]:
    """20 studies of events in 2 % of persons, with tau 0.5."""
    rng = np.random.default_rng(20)
    first, second = rng.integers(50, 400, 20), rng.integers(50, 400, 20)
    level, effect = rng.normal(-4.0, 0.5, 20), rng.normal(-0.5, 0.5, 20)
    logits = ((first, level + effect), (second, level))
    events = [rng.binomial(n, 1.0 / (1.0 + np.exp(-x))) for n, x in logits]
    names = zip(("ai", "n1i", "ci", "n2i"), (events[0], first, events[1], second), strict=True)
    return {name: values.tolist() for name, values in names}


def fit_alone(data: dict[str, Any], model: str) -> SparseFit:
    """The maximum with random effects, from columns on."""
    made = GivenCounts.of("OR", data, None, None, "refuse").model(model, 0.5, correlated=False)
    return maximise_counts(made.likelihood, made.start, True, np.zeros(made.start.size, dtype=bool))


def peers(data: dict[str, Any]) -> dict[str, Any]:
    """Times and estimates of metafor."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data.json").write_text(json.dumps(data))
        (folder / "theirs.R").write_text(THEIRS)
        files = [str(folder / each) for each in ("theirs.R", "data.json", "out.json")]
        subprocess.run(["Rscript", *files], check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def main() -> None:
    data = invented()
    print("load of the machine: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))
    theirs = peers(data)
    for model in MODELS:
        beside = theirs.get(model)
        ours = fit_alone(data, model).top.at[0]
        word = ", no peer" if beside is None else f", differs by {abs(ours - beside['estimate']):.0e}"
        slow = None if beside is None else float(beside["seconds"])
        taken = seconds(partial(fit_alone, data, model))
        met = taken < TARGET and (slow is None or slow / taken >= TIMES)
        target = "20 ms" if slow is None else f"20 ms, {TIMES:.0f}x"
        line(f"{model}, fit of 20 studies", taken, target, met, slow, word)
        whole = seconds(partial(pool_rare, model=model, **data))
        task = f"{model}, pool with profile intervals"
        if slow is None:
            print(f"{task:<58}{1e3 * whole:>9.1f} ms, no peer")
        else:
            line(task, whole, f"{TIMES:.0f}x metafor's fit", slow / whole >= TIMES, slow)


if __name__ == "__main__":
    main()
