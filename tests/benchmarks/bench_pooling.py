"""Speed of the pooling kernel beside its peers, in one run on one machine.

    python tests/benchmarks/bench_pooling.py [--numpy] [--scale] [--with-r]

Prints a table: our time, the peer's, their ratio, the same ratio of times of the processor (what is gained
on one core, whatever else the machine does), the target of the first ratio and whether it is met, and the
largest difference of results, relative to tau2 plus a typical variance. Each time is the best of several
turns, which the two take alternately. Peers that are not installed are left out; R's metafor takes some
minutes.
--numpy: without the compiled loops. --scale: also from 1,000 to 1,000,000 data sets.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Effects, Rows
from synthesis.pooling.kernel.fitting import estimate_batch, over_groups
from synthesis.pooling.resampling.permutation import permutation_test
from synthesis.pooling.resampling.subsets import all_subsets, pool_subsets
from synthesis.pooling.tau2.intervals import heterogeneity_intervals

Array = npt.NDArray[np.float64]
Action = Callable[[], Any]
PEER_SCRIPT = Path(__file__).parent / "peers" / "metafor.R"
AGREEMENT = 1e-8
REST = 0.3  # seconds before a turn: threads of the peer's BLAS go on spinning for a while, on our cores
LONGEST_WAIT = 900.0  # seconds; a peer that took longer is shown with this, and without a difference


@dataclass(frozen=True)
class Row:
    """One line of the table; ratio and limits (seconds, MB) are targets where given."""

    what: str
    seconds: float
    peer: str = ""
    peer_seconds: float = np.nan
    least_ratio: float = np.nan
    most_seconds: float = np.nan
    difference: float = np.nan
    agreement: float = AGREEMENT
    per_core: float = np.nan

    @property
    def ratio(self) -> float:
        return self.peer_seconds / self.seconds

    @property
    def target(self) -> str:
        if self.least_ratio == self.least_ratio:
            return f"{self.least_ratio:g} x"
        return f"{1e3 * self.most_seconds:g} ms" if self.most_seconds == self.most_seconds else ""

    @property
    def met(self) -> str:
        if not self.target:
            return ""
        good = self.ratio >= self.least_ratio or self.seconds <= self.most_seconds
        return "met" if good else "not met"

    def show(self) -> None:
        theirs = (
            f"{1e3 * self.peer_seconds:11.1f}{self.ratio:8.1f} x{self.per_core:8.1f} x"
            if self.peer_seconds == self.peer_seconds
            else ""
        )
        difference = ""
        if self.difference == self.difference:
            difference = f"{self.difference:.0e}" + ("" if self.difference <= self.agreement else " (!)")
        print(
            f"{self.what:<52}{1e3 * self.seconds:9.1f}  {self.peer:<8}{theirs:<32}"
            f"{self.target:<9}{self.met:<9}{difference}",
            flush=True,
        )


def best_times(actions: list[Action], runs: int) -> list[float]:
    """Seconds of the fastest run of each; they take turns, so that a busy machine is busy for all."""
    return [seconds for seconds, _ in best_turns(actions, runs)]


def best_turns(actions: list[Action], runs: int) -> list[tuple[float, float]]:
    """The same, and the least time of the processor, on all its cores, that a run took."""
    seconds, worked = ([float("inf")] * len(actions) for _ in range(2))
    for _ in range(runs):
        for i, action in enumerate(actions):
            time.sleep(REST)
            start, work = time.perf_counter(), time.process_time()
            action()
            seconds[i] = min(seconds[i], time.perf_counter() - start)
            worked[i] = min(worked[i], time.process_time() - work)
    return list(zip(seconds, worked, strict=True))


def simulated(batch: int, k: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.3, (batch, k))
    return rng.normal(0.2, np.sqrt(v + 0.1)), v


def pymare_fit(method: str, y: Array, v: Array) -> Action | None:
    """PyMARE's fit of the same data sets, in its own layout (studies x data sets); returns tau2."""
    try:
        estimators = importlib.import_module("pymare.estimators")
    except ImportError:
        return None
    columns = {"y": np.ascontiguousarray(y.T), "v": np.ascontiguousarray(v.T), "X": np.ones((y.shape[1], 1))}
    kind = estimators.DerSimonianLaird if method == "DL" else estimators.VarianceBasedLikelihoodEstimator
    options = {} if method == "DL" else {"method": method}
    return lambda: kind(**options).fit(**columns).params_["tau2"]


def numpy_fit(method: str, y: Array, v: Array) -> Action:
    """What a textbook's formulas give in numpy, for all data sets at once; returns tau2.

    DerSimonian & Laird 1986; DerSimonian & Kacker 2007 for PM; Fisher's scoring for ML and REML
    (Viechtbauer 2005), which knows of one maximum alone.
    """

    def fit() -> Array:
        tau2: Array = np.zeros(len(y))
        df = y.shape[1] - 1.0
        for _ in range(100):
            w = 1.0 / (v + tau2[:, None])
            total, squares = w.sum(axis=1), (w * w).sum(axis=1)
            residual = y - ((w * y).sum(axis=1) / total)[:, None]
            if method in ("DL", "PM"):
                excess = (w * residual**2).sum(axis=1) - df
                slope = total - squares / total if method == "DL" else ((w * residual) ** 2).sum(axis=1)
            elif method == "ML":
                excess, slope = ((w * residual) ** 2).sum(axis=1) - total, squares
            else:
                excess = ((w * residual) ** 2).sum(axis=1) - (total - squares / total)
                slope = squares - 2.0 * (w**3).sum(axis=1) / total + (squares / total) ** 2
            after = np.maximum(tau2 + excess / slope, 0.0)
            moved, tau2 = float(np.abs(after - tau2).max()), after
            if moved < 1e-9 or method == "DL":
                break
        return tau2

    return fit


def batch_rows(method: str, y: Array, v: Array, least_ratio: float, beside_numpy: bool) -> Iterator[Row]:
    """Estimation of a whole batch, beside PyMARE where it has the method, and beside a textbook's numpy."""
    what = f"{method}, {len(y):,} data sets of {y.shape[1]} studies"
    ours: Action = lambda: estimate_batch(Effects(y, v), method).tau2  # noqa: E731
    ours()  # what is compiled once is not counted
    peers = {"numpy": numpy_fit(method, y, v)} if beside_numpy else {}
    pymare = pymare_fit(method, y, v) if method in ("DL", "ML", "REML") else None
    if pymare is not None:
        peers["PyMARE"] = pymare
    for name, peer in peers.items():
        (us, work), (them, their_work) = best_turns([ours, peer], _turns(method, name))
        tau2, theirs = ours(), np.ravel(peer())
        apart = np.abs(theirs - tau2) / (tau2 + v.mean(axis=1))
        # PyMARE's optimiser stops short of the last digits, and now and then at the lower of two maxima.
        lower = loglik(method, y, v, theirs) < loglik(method, y, v, tau2) - 1e-9
        if method in ("ML", "REML") and lower.any():
            print(f"  {method}: {name}'s likelihood is the lower one for {lower.sum()} data sets, left out")
            apart = apart[~lower]
        agreement = 1e-6 if method in ("ML", "REML") else AGREEMENT
        least = least_ratio if name == "PyMARE" else np.nan
        yield Row(
            what,
            us,
            name,
            them,
            least,
            difference=float(apart.max()),
            agreement=agreement,
            per_core=their_work / work,
        )
    if not peers:
        yield Row(what, best_times([ours], 7)[0])


def _turns(method: str, name: str) -> int:
    """More of what takes milliseconds."""
    return (15 if method == "DL" else 5) if name == "PyMARE" else 2


def ragged_rows(y: Array, v: Array) -> Iterator[Row]:
    """Data sets of unequal sizes, one after another, beside as many effects in a wide table."""
    rng = np.random.default_rng(2)
    for what, sizes in (
        ("1 to 39 studies", rng.integers(1, 40, len(y))),
        ("1 to thousands, few large", np.minimum((5 * rng.pareto(1.3, len(y))).astype(int) + 1, 100_000)),
    ):
        starts = np.concatenate([[0], np.cumsum(sizes)])
        flat_v = rng.uniform(0.01, 0.3, starts[-1])
        flat_y = rng.normal(0.2, np.sqrt(flat_v + 0.1))
        groups, wide = (
            partial(over_groups, _pooled, flat_y, flat_v, starts),
            partial(pool_batch, Effects(y, v)),
        )
        (us, work), (them, their_work) = best_turns([groups, wide], 4)
        share = y.size / flat_y.size
        yield Row(
            f"REML with tests, {len(y):,} of {what}",
            us * share,
            "wide",
            them,
            least_ratio=0.5,
            per_core=their_work / work / share,
        )


def _pooled(effects: Effects, rows: Rows) -> PooledBatch:
    return pool_batch(effects)


def scale_rows() -> Iterator[Row]:
    """The time of n data sets beside that of a tenth of them, times ten."""
    before = None
    for n in (1_000, 10_000, 100_000, 1_000_000):
        effects = Effects(*simulated(n, 20))
        ((us, work),) = best_turns([partial(pool_batch, effects)], 7 if n < 1_000_000 else 2)
        what = f"REML with tests, {n:,} of 20 studies"
        if before is None:
            yield Row(what, us)
        else:
            yield Row(what, us, "a tenth", 10.0 * before[0], per_core=10.0 * before[1] / work)
        before = us, work


def loglik(method: str, y: Array, v: Array, tau2: Array) -> Array:
    """The full or restricted log-likelihood by its definition, up to a constant, (B,)."""
    w = 1.0 / (v + tau2[:, None])
    total = w.sum(axis=1)
    residual = y - ((w * y).sum(axis=1) / total)[:, None]
    full: Array = 0.5 * (np.log(w).sum(axis=1) - (w * residual**2).sum(axis=1))
    return full - 0.5 * np.log(total) if method == "REML" else full


def subsets_row(k: int, most_seconds: float) -> Row:
    """All subsets in a process of its own, whose peak memory is printed with it."""
    done = subprocess.run(
        [sys.executable, __file__, "--subsets", str(k)], capture_output=True, text=True, check=True
    )
    seconds, peak = map(float, done.stdout.split())
    what = f"REML, all {2**k - 1:,} subsets of {k} studies, {peak:.0f} MB"
    return Row(what, seconds, most_seconds=most_seconds)


def time_subsets(k: int) -> None:
    """The child of `subsets_row`: seconds and peak memory in MB, on standard output."""
    data = Effects(*(a[0] for a in simulated(1, k)))
    seconds = best_times([lambda: pool_subsets(data, all_subsets(k))], 9 if k < 16 else 2)[0]
    status = Path("/proc/self/status")  # what getrusage says, a child inherits from its parent
    if status.exists():
        peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line)
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(seconds, peak / 1024)


def metafor_rows(k: int) -> Iterator[Row]:
    """The same tasks by R's metafor, and ours on its data; subsets and signs of k studies."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        print("Rscript is not installed; install R with the package metafor", file=sys.stderr)
        return
    (ys, vs), (y, v), (y_long, v_long) = simulated(200, 20), simulated(1, k), simulated(1, 4000)
    sets = {"ys": ys, "vs": vs, "y": y[0], "v": v[0], "y_long": y_long[0], "v_long": v_long[0]}
    few, many, long = Effects(y, v), Effects(ys, vs), Effects(y_long, v_long)
    tasks: dict[str, tuple[str, Action]] = {
        "fits": ("REML, 200 data sets of 20 studies", lambda: estimate_batch(many).tau2),
        "gosh": (
            f"REML, all {2**k - 1:,} subsets of {k} studies",
            lambda: np.nan_to_num(pool_subsets(few, all_subsets(k)).tau2),
        ),
        "permutest": (
            f"REML, exact permutation test of {k} studies",
            lambda: permutation_test(few).p_value,
        ),
        "long": ("REML, one data set of 4,000 studies", lambda: estimate_batch(long).tau2),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "data.json")
        file.write_text(json.dumps({name: a.tolist() for name, a in sets.items()}))
        for name, (what, action) in tasks.items():
            seconds = best_times([action], 5)[0]
            command = [rscript, str(PEER_SCRIPT), name, str(file)]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=True, timeout=LONGEST_WAIT
                )
            except subprocess.TimeoutExpired:
                yield Row(what, seconds, "metafor", LONGEST_WAIT)
                continue
            theirs = json.loads(done.stdout)
            reference = np.ravel(theirs["result"])
            difference = float(np.max(np.abs(action() - reference) / (np.abs(reference) + 0.01)))
            yield Row(what, seconds, "metafor", theirs["seconds"], difference=difference)


def peer_rows(y: Array, v: Array) -> Iterator[Row]:
    """Whole batches beside their peers, of unequal sizes beside wide ones, and of growing numbers."""
    targets = {"REML": 30.0, "DL": 12.0, "ML": 20.0, "PM": np.nan}  # PyMARE has no PM
    if "--numpy" in sys.argv:
        targets |= {"REML": 20.0, "DL": 6.0}
    for method, least in targets.items():
        yield from batch_rows(method, y, v, least, beside_numpy=True)
    yield from ragged_rows(y, v)
    if "--scale" in sys.argv:
        yield from scale_rows()


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'':<52}{'ms':>9}  {'peer':<8}{'ms':>11}{'ratio':>10}{'a core':>10} {'target':<9}{'':<9}difference"
    )
    y, v = simulated(100_000, 20)
    for row in peer_rows(y, v):
        row.show()
    y_long, v_long = simulated(1, 100_000)
    long = Effects(y_long, v_long)
    Row(
        "REML, one data set of 100,000 studies",
        best_times([lambda: estimate_batch(long)], 9)[0],
        most_seconds=0.03,
    ).show()
    subsets_row(13, 0.1).show()
    subsets_row(20, 5.0).show()
    few = Effects(*(a[0] for a in simulated(1, 13)))
    test = best_times([lambda: permutation_test(few)], 9)[0]
    Row("REML, exact permutation test of 13 studies", test, most_seconds=0.1).show()
    for method in ("SJ", "HE"):
        for row in batch_rows(method, y, v, np.nan, beside_numpy=False):
            row.show()
    batch = Effects(y, v)
    Row("REML with tests and intervals of the mean", best_times([lambda: pool_batch(batch)], 3)[0]).show()
    Row("Q-profile intervals", best_times([lambda: heterogeneity_intervals(batch)], 3)[0]).show()
    one = Effects(*simulated(1, 20))
    Row("REML with tests, one of 20 studies", best_times([lambda: pool_batch(one)], 50)[0]).show()
    if "--with-r" in sys.argv:
        for row in metafor_rows(13):
            row.show()


if __name__ == "__main__":
    if "--numpy" in sys.argv:
        sys.modules["numba"] = None  # type: ignore[assignment]
    if "--subsets" in sys.argv:
        time_subsets(int(sys.argv[sys.argv.index("--subsets") + 1]))
    else:
        main()
