"""Speed of posteriors: one with all its quantities, 10,000 data sets, 200 priors.

    python tests/benchmarks/bench_bayes.py

Times are of the processor, the best of several runs. Results are compared with the same computed one by one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis.pooling.bayes.bayes_factors import evidence_for_no_heterogeneity
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.posterior_summaries import Summaries, summaries
from synthesis.pooling.bayes.tau_priors import HalfNormal, TauPrior, half_cauchy
from synthesis.pooling.kernel.effects import Array, Effects
from tests.benchmarks.bench_diagnostics import seconds

LEVEL = 0.95
P = np.array([0.025, 0.5, 0.975])


def everything(effects: Effects, prior: TauPrior) -> list[Array]:
    """Mean, sd, median, mode and both intervals of mu, tau, a new study and each study; evidence."""
    found = posterior(effects, prior, NormalMean(0.0, 4.0))
    own = found.studies
    shared = [np.broadcast_to(a, own.mass.shape) for a in (found.mu.mass, found.mu.mean, found.mu.sd)]
    new = [np.broadcast_to(a, own.mass.shape) for a in (found.new.mass, found.new.mean, found.new.sd)]
    rows = [Mixture.of(*(a[:1] for a in each)) for each in (shared, new)]
    together = Mixture.together([*rows, own])
    tau = found.tau
    return [
        together.expectation(),
        together.deviation(),
        together.quantile(P),
        together.mode(),
        *together.shortest(LEVEL),
        tau.expectation(1),
        tau.deviation(),
        tau.quantile(P),
        tau.mode(),
        *tau.shortest(LEVEL),
        evidence_for_no_heterogeneity(found),
    ]


def many(n: int, k: int) -> Effects:
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.2, (n, k))
    return Effects(rng.normal(0.3, np.sqrt(v + 0.04)), v)


def same(batch: Summaries, one: Summaries, row: int) -> bool:
    pairs = [(getattr(batch, q).high[row], getattr(one, q).high[0]) for q in ("mu", "tau", "new")]
    return all(bool(np.isclose(first, second, rtol=1e-10)) for first, second in pairs)


def line(what: str, taken: float, target: float, equal: bool = True) -> None:
    """Print one row of the table."""
    word = "" if equal else ", RESULTS DIFFER"
    print(f"{what:<62}{1e3 * taken:>9.1f} ms   {target:g} s: {'met' if taken < target else 'NOT MET'}{word}")


def main() -> None:
    six = many(1, 6)
    line(
        "one posterior of 6 studies, all quantities", seconds(lambda: everything(six, HalfNormal(0.5))), 0.005
    )
    sets = many(10_000, 5)
    taken = seconds(lambda: summaries(sets, HalfNormal(0.5), FlatMean(), LEVEL), 1)
    batch = summaries(sets, HalfNormal(0.5), FlatMean(), LEVEL)
    alone = summaries(sets.rows(slice(9_999, 10_000)), HalfNormal(0.5), FlatMean(), LEVEL)
    line("10,000 data sets of 5 studies", taken, 5.0, same(batch, alone, 9_999))
    scales = np.geomspace(0.05, 4.0, 99)
    priors: list[TauPrior] = [
        *map(HalfNormal, scales),
        *map(half_cauchy, scales),
        DuMouchel(),
        HalfNormal(9.0),
    ]
    taken = seconds(lambda: summaries(six, priors, FlatMean(), LEVEL))
    batch = summaries(six, priors, FlatMean(), LEVEL)
    line(
        "200 priors of tau, 6 studies",
        taken,
        0.2,
        same(batch, summaries(six, priors[150], FlatMean(), LEVEL), 150),
    )
    thousand = many(1, 1_000)
    line(
        "one posterior of 1,000 studies",
        seconds(lambda: posterior(thousand, HalfNormal(0.5), FlatMean())),
        0.1,
    )


if __name__ == "__main__":
    main()
