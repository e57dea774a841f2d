"""Speed of the pooling kernel beside its peers, in one run on one machine.

    python tests/benchmarks/bench_pooling.py

Prints a table; peers that are not installed are left out. Each time is the best of several runs. The
peers' times are for estimation (tau2, beta and its standard error), as are those of `estimate_batch`.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.effects import Effects
from synthesis.pooling.fitting import estimate_batch
from synthesis.pooling.tau2_intervals import heterogeneity_intervals

Array = npt.NDArray[np.float64]


def best_times(actions: list[Callable[[], object]], runs: int) -> list[float]:
    """Seconds of the fastest run of each; they take turns, so that a busy machine is busy for all."""
    best = [float("inf")] * len(actions)
    for _ in range(runs):
        for i, action in enumerate(actions):
            start = time.perf_counter()
            action()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def simulated(batch: int, k: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.3, (batch, k))
    return rng.normal(0.2, np.sqrt(v + 0.1)), v


def pymare_fit(method: str, y: Array, v: Array) -> Callable[[], object] | None:
    """PyMARE's fit of the same data sets, in its own layout (studies x data sets)."""
    try:
        estimators = importlib.import_module("pymare.estimators")
    except ImportError:
        return None
    columns = {"y": np.ascontiguousarray(y.T), "v": np.ascontiguousarray(v.T), "X": np.ones((y.shape[1], 1))}
    if method == "DL":
        return lambda: estimators.DerSimonianLaird().fit(**columns)
    return lambda: estimators.VarianceBasedLikelihoodEstimator(method=method).fit(**columns)


def show(what: str, seconds: list[float]) -> None:
    """One line: ours, and the peer's time and ratio where there is one."""
    peer = f"{1e3 * seconds[1]:12.1f}{seconds[1] / seconds[0]:9.1f}x" if len(seconds) > 1 else ""
    print(f"{what:<58}{1e3 * seconds[0]:10.1f}{peer}", flush=True)


def compare(method: str, y: Array, v: Array, runs: int) -> None:
    """Estimation of a whole batch, beside PyMARE where it has the method."""
    peer = pymare_fit(method, y, v) if method in ("DL", "ML", "REML") else None
    actions: list[Callable[[], object]] = [lambda: estimate_batch(Effects(y, v), method)]
    show(
        f"{method}, {len(y):,} data sets of {y.shape[1]} studies",
        best_times(actions if peer is None else [*actions, peer], runs),
    )


def main() -> None:
    y, v = simulated(100_000, 20)
    print(f"{'':<58}{'ms':>10}{'PyMARE ms':>12}{'ratio':>10}")
    for method in ("DL", "REML", "ML", "PM", "SJ", "HE"):
        compare(method, y, v, runs=5)
    show(
        "REML with tests and intervals of the mean, the same",
        best_times([lambda: pool_batch(Effects(y, v))], 3),
    )
    show("Q-profile intervals, the same", best_times([lambda: heterogeneity_intervals(Effects(y, v))], 3))
    y_long, v_long = simulated(1, 100_000)
    show(
        "REML, one data set of 100,000 studies",
        best_times([lambda: estimate_batch(Effects(y_long, v_long))], 9),
    )
    y_one, v_one = simulated(1, 20)
    show(
        "REML with tests, one data set of 20 studies",
        best_times([lambda: pool_batch(Effects(y_one, v_one))], 50),
    )


if __name__ == "__main__":
    main()
