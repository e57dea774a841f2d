"""Speed of dependent effects beside metafor and clubSandwich, in one run on one machine.

    python tests/benchmarks/bench_dependent.py

Needs Rscript with metafor, clubSandwich and jsonlite. Both sides take the same invented data, and their
results are compared. Times are of the processor: the best of several short runs, one of the long ones of the
peers, without starting R. The peers take 20 of the 1,000 data sets, one by one, and their time is scaled.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis import pool_dependent
from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.working_models import intercepts
from tests.benchmarks.bench_diagnostics import seconds

Array = npt.NDArray[np.float64]
REPEATED = 1_000
BY_METAFOR = 20
"""Of the repeated data sets: metafor takes them one by one, and its time is scaled up."""

THEIRS = """
suppressMessages({library(metafor); library(clubSandwich); library(jsonlite)})
args <- commandArgs(TRUE)
data <- fromJSON(args[1])
timed <- function(f) {
  seconds <- sum(system.time(value <- f())[c("user.self", "sys.self")])
  list(seconds = seconds, value = value)
}
d <- data$che; d$es <- seq_along(d$yi)
che <- timed(function() {
  V <- vcalc(d$vi, cluster = d$study, obs = d$es, rho = 0.6)
  r <- rma.mv(d$yi, V, mods = ~ d$x, random = list(~ 1 | study/es),
              data = data.frame(study = d$study, es = d$es), sparse = TRUE)
  conf <- coef_test(r, vcov = "CR2", cluster = d$study)
  list(beta = as.numeric(r$beta), se = conf$SE, df = conf$df_Satt)
})
n <- data$nested; n$es <- seq_along(n$yi)
nested <- timed(function() {
  r <- rma.mv(n$yi, n$vi, random = list(~ 1 | study/es),
              data = data.frame(study = n$study, es = n$es), sparse = TRUE)
  list(sigma2 = r$sigma2, loglik = as.numeric(logLik(r)))
})
s <- data$repeated
repeated <- timed(function() sapply(seq_len(nrow(s$yi)), function(i) {
  as.numeric(rma.mv(s$yi[i, ], s$vi, random = list(~ 1 | study/es),
                    data = data.frame(study = s$study, es = seq_along(s$study)))$beta)
}))
write_json(list(che = che, nested = nested, repeated = repeated), args[2], digits = NA, auto_unbox = TRUE)
"""


Columns = dict[str, npt.NDArray[Any]]


def invented(clusters: int, size: int, *, ragged: bool = False, seed: int = 1) -> Columns:
    """Effects in studies, with variances between and within them, and a moderator."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 2 * size, clusters) if ragged else np.full(clusters, size)
    study = np.repeat(np.arange(clusters), sizes)
    k = study.size
    vi = rng.uniform(0.01, 0.1, k)
    true = 0.2 + rng.normal(0, 0.2, clusters)[study] + rng.normal(0, 0.15, k)
    return {"yi": rng.normal(true, np.sqrt(vi)), "vi": vi, "study": study, "x": rng.normal(size=k)}


def correlated_and_hierarchical(data: Columns) -> Any:
    """CHE with one moderator and CR2, V included."""
    return pool_dependent(data["yi"], data["vi"], cluster=data["study"], rho=0.6, mods=data["x"])


def three_level(data: Columns) -> DependentData:
    """Random intercepts of studies and of effects, as one data set for the kernel."""
    k = data["yi"].size
    terms = (intercepts(data["study"].astype(np.intp), "studies"), intercepts(np.arange(k), "effects"))
    errors = csr_array(diags_array(data["vi"]))
    blocks = blocks_of(np.ones((k, 1)), errors, terms, data["study"].astype(np.intp))
    return DependentData(blocks, np.atleast_2d(data["yi"]))


def fitted(data: DependentData) -> Any:
    """REML from all starts that the number of effects allows."""
    return maximise_blocks(data, starting_points(data), restricted=True)


def repeated_sets() -> tuple[Columns, DependentData]:
    """1,000 data sets of 40 effects in 12 studies on one design."""
    one = invented(12, 4, ragged=True, seed=3)
    rng, k = np.random.default_rng(4), one["yi"].size
    between = rng.normal(0, 0.2, (REPEATED, 12))[:, one["study"].astype(int)]
    y = 0.2 + between + rng.normal(0, np.sqrt(one["vi"] + 0.02), (REPEATED, k))
    model = three_level(one)
    return one, DependentData(model.blocks, y)


def peers(che: Columns, nested: Columns, one: Columns, y: Array) -> dict[str, Any]:
    """Times and values of metafor and clubSandwich."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sets = {
            "che": {key: value.tolist() for key, value in che.items()},
            "nested": {key: value.tolist() for key, value in nested.items()},
            "repeated": {"yi": y.tolist(), "vi": one["vi"].tolist(), "study": one["study"].tolist()},
        }
        (folder / "data.json").write_text(json.dumps(sets))
        (folder / "theirs.R").write_text(THEIRS)
        files = [str(folder / each) for each in ("theirs.R", "data.json", "out.json")]
        subprocess.run(["Rscript", *files], check=True)
        found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def line(what: str, ours: float, target: str, met: bool, theirs: float | None = None, more: str = "") -> None:
    """Print one row of the table."""
    beside = "" if theirs is None else f"{theirs:>9.2f} s {theirs / ours:>8.0f}x"
    print(
        f"{what:<58}{1e3 * ours:>9.1f} ms {beside:<20} {target}: {'met' if met else 'NOT MET'}{more}",
        flush=True,
    )


def main() -> None:
    che, nested = invented(500, 4), invented(200, 5, ragged=True, seed=2)
    one, repeated = repeated_sets()
    theirs = peers(che, nested, one, repeated.y[:BY_METAFOR])

    result = correlated_and_hierarchical(che)
    value = theirs["che"]["value"]
    same = np.allclose(result.se, value["se"], rtol=1e-4) and np.allclose(result.df, value["df"], rtol=1e-4)
    taken = seconds(lambda: correlated_and_hierarchical(che))
    word = ", equal" if same else ", RESULTS DIFFER"
    line(
        "CHE, moderator, CR2, V; 500 studies x 4", taken, "0.1 s", taken < 0.1, theirs["che"]["seconds"], word
    )

    data = three_level(nested)
    best = fitted(data)
    higher = best.fit.loglik[0] - theirs["nested"]["value"]["loglik"]
    taken = seconds(lambda: fitted(data))
    word = f", log-likelihood {higher:+.1e}"
    line(
        f"three levels, {data.blocks.k} effects in 200 studies",
        taken,
        "30 ms",
        taken < 0.03,
        theirs["nested"]["seconds"],
        word,
    )

    for clusters in (10_000, 20_000):
        large = three_level(invented(clusters, 5, seed=5))
        taken = seconds(partial(fitted, large), 2)
        line(f"three levels, {large.blocks.k:,} effects in {clusters:,} studies", taken, "3 s", taken < 3.0)

    few = invented(40, 4, seed=6)
    pooled = correlated_and_hierarchical(few)
    taken = seconds(lambda: pooled.wild_test(), 3)
    line("wild bootstrap, 9,999 draws, 40 clusters", taken, "1 s", taken < 1.0)

    taken = seconds(lambda: fitted(repeated), 3)
    scaled = theirs["repeated"]["seconds"] * REPEATED / BY_METAFOR
    ours = fitted(DependentData(repeated.blocks, repeated.y[:BY_METAFOR])).fit.beta[:, 0]
    word = ", equal" if np.allclose(ours, theirs["repeated"]["value"], atol=1e-5) else ", RESULTS DIFFER"
    line("1,000 data sets of 12 studies as one batch", taken, "50x", scaled / taken >= 50, scaled, word)


if __name__ == "__main__":
    main()
