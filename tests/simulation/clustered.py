"""Type I error and coverage with several effects a cluster, and the section of the page that shows them.

Effects come from the model CHE: variances between and within clusters that make up half of the total, errors
correlated TRUE_RHO. The model is fitted with that correlation and with wrong ones. Tested are a mean of zero
and a moderator that one cluster in five has, which is where few degrees of freedom are left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.dependent.block_likelihood import DependentData, DependentFit
from synthesis.pooling.dependent.blocks import blocks_of
from synthesis.pooling.dependent.covariance import covariance
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.robust import sandwich
from synthesis.pooling.dependent.wild_bootstrap import wild_draws, wild_test
from synthesis.pooling.dependent.working_models import intercepts
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.mean.inference import two_sided_p

SEED = 20220425
CLUSTERS = (5, 10, 20, 40)
TRUE_RHO = 0.6
ASSUMED = (0.6, 0.0, 0.9)
ALPHA = 0.05
NAIVE = "independent"
ROBUST_TESTS = ("CR0", "CR2", "CR3")
METHODS = (NAIVE, "z", "t", *ROBUST_TESTS, "wild")
REPLICATES, WILD = 5_000, 1_000
_BATCH = 250
_BALANCED, _RAGGED = 4, (1, 2, 4, 9, 4)
_BETWEEN, _WITHIN, _ERROR = 0.03, 0.01, (0.01, 0.07)


@dataclass(frozen=True)
class ClusterSetting:
    """clusters: how many; ragged: of 1, 2, 4 or 9 effects instead of 4; rho: what the model assumes."""

    clusters: int
    ragged: bool
    rho: float


@dataclass(frozen=True)
class ClusterRates:
    """At a setting, by method: how often no effect is called significant, of the mean and the moderator."""

    setting: ClusterSetting
    replicates: int
    mean: dict[str, float]
    moderator: dict[str, float]


def every_cluster_setting() -> list[ClusterSetting]:
    """All combinations, the largest first."""
    return [
        ClusterSetting(j, ragged, rho) for j in CLUSTERS[::-1] for ragged in (False, True) for rho in ASSUMED
    ]


def _design(setting: ClusterSetting) -> tuple[Rows, Array, Array]:
    """Each effect's cluster, its sampling variance, and whether its cluster has the moderator."""
    sizes = np.resize(_RAGGED, setting.clusters) if setting.ragged else np.full(setting.clusters, _BALANCED)
    cluster = np.repeat(np.arange(setting.clusters), sizes)
    rng = np.random.default_rng([SEED, setting.clusters, int(setting.ragged)])
    vi = rng.uniform(*_ERROR, setting.clusters)[cluster] * rng.uniform(0.8, 1.25, cluster.size)
    return cluster, vi, (cluster % 5 == 0).astype(float)


def _simulated(setting: ClusterSetting, n: int, cluster: Rows, vi: Array) -> Array:
    """n data sets of true mean zero, whatever the model assumes, shape (n, k)."""
    rng = np.random.default_rng([SEED, setting.clusters, int(setting.ragged), 1])
    j, k = setting.clusters, vi.size
    shared = rng.standard_normal((n, j))[:, cluster]
    error = np.sqrt(TRUE_RHO) * shared + np.sqrt(1.0 - TRUE_RHO) * rng.standard_normal((n, k))
    between = np.sqrt(_BETWEEN) * rng.standard_normal((n, j))[:, cluster]
    return np.asarray(between + np.sqrt(_WITHIN) * rng.standard_normal((n, k)) + np.sqrt(vi) * error)


def measure_clusters(setting: ClusterSetting, replicates: int = REPLICATES, wild: int = WILD) -> ClusterRates:
    """All methods on the same data sets; the bootstrap, which is slower, on the first of them."""
    cluster, vi, x = _design(setting)
    y = _simulated(setting, replicates, cluster, vi)
    mean = _rates(setting, y, vi, np.ones((vi.size, 1)), cluster, wild)
    moderator = _rates(setting, y, vi, np.column_stack([np.ones_like(x), x]), cluster, wild)
    mean[NAIVE] = float((pool_batch(Effects(y, np.broadcast_to(vi, y.shape).copy())).p_value < ALPHA).mean())
    return ClusterRates(setting, replicates, mean, moderator)


def _rates(
    setting: ClusterSetting, y: Array, vi: Array, x: Array, cluster: Rows, wild: int
) -> dict[str, float]:
    """How often the last coefficient is called significant, by method."""
    errors = covariance(vi, cluster=cluster.tolist(), rho=setting.rho).matrix
    terms = (intercepts(cluster, "clusters"), intercepts(np.arange(vi.size), "effects"))
    blocks = blocks_of(x, errors, terms, cluster)
    p_values: dict[str, list[Array]] = {method: [] for method in METHODS if method != NAIVE}
    for start in range(0, len(y), _BATCH):
        data = DependentData(blocks, y[start : start + _BATCH])
        fit = maximise_blocks(data, starting_points(data), restricted=True).fit
        for name, p in _p_values(fit, setting.clusters - x.shape[1]).items():
            p_values[name].append(p)
        if start < wild:
            p_values["wild"].append(_wild(fit, min(wild - start, len(data.y))))
    return {name: float((np.concatenate(p) < ALPHA).mean()) for name, p in p_values.items()}


def _p_values(fit: DependentFit, containment: int) -> dict[str, Array]:
    """Of the last coefficient, from the model and cluster-robust, each of shape (B,)."""
    beta = fit.beta[:, -1]
    plain = beta / np.sqrt(fit.covariance[:, -1, -1])
    found = {
        "z": 2.0 * special.ndtr(-np.abs(plain)),
        "t": two_sided_p(plain, np.full(beta.size, float(containment))),
    }
    for kind in ROBUST_TESTS:
        robust = sandwich(fit, kind)
        statistic = beta / np.sqrt(robust.covariance[:, -1, -1])
        found[kind] = two_sided_p(statistic, robust.df()[:, -1])
    return found


def _wild(fit: DependentFit, n: int) -> Array:
    """The wild bootstrap with CR2, of the first n data sets."""
    last = np.zeros((1, fit.beta.shape[1]))
    last[0, -1] = 1.0
    return np.array(
        [wild_test(wild_draws(fit.take(np.array([i])), last, "CR2"), 999, 0).p_value for i in range(n)]
    )


def cluster_section(found: Sequence[ClusterRates], table: Callable[..., str]) -> str:
    """The section of the page."""
    n = found[0].replicates
    se = 100 * math.sqrt(ALPHA * (1 - ALPHA) / n)
    cr2 = [100 * rates.mean["CR2"] for rates in found]
    few = [100 * rates.moderator["CR2"] for rates in found if rates.setting.clusters == 5]
    more = [100 * rates.moderator["CR2"] for rates in found if rates.setting.clusters > 5]
    naive = [100 * rates.mean[NAIVE] for rates in found]
    words = {NAIVE: "as if independent", "wild": "wild bootstrap"}

    def shown(which: str) -> str:
        methods = [name for name in METHODS if name in getattr(found[0], which)]
        heads = ["clusters", "sizes", "rho assumed", *(words.get(name, f"`{name}`") for name in methods)]
        rows = [
            [
                str(rates.setting.clusters),
                "1 to 9" if rates.setting.ragged else "4",
                f"{rates.setting.rho:g}",
                *(f"{100 * getattr(rates, which)[name]:.1f}" for name in methods),
            ]
            for rates in found
        ]
        return table(heads, rows)

    return f"""## Several effects a cluster: how often no effect is called significant

Effects are simulated from the model CHE, with variances between clusters of {_BETWEEN} and within them of
{_WITHIN}, sampling variances of {_ERROR[0]} to {_ERROR[1]} and errors correlated {TRUE_RHO}; the model
assumes that correlation, or a wrong one. Clusters have 4 effects each, or 1, 2, 4 or 9. {n:,} data sets a
setting (seed {SEED}), so that one Monte Carlo standard error is {se:.1f} points at 5 %; the wild bootstrap,
with CR2, sees {WILD:,} of them and takes all sign vectors, or 999. An interval misses as often as its test
errs, so that its coverage is 100 % less these numbers.

**The mean.** As if independent, as in a plain pool of all effects, the error is up to {max(naive):.1f} %.
CR2 with Satterthwaite's degrees of freedom, the default, lies between {min(cr2):.1f} and {max(cr2):.1f} %,
whatever correlation is assumed.

{shown("mean")}

**A moderator that one cluster in five has.** With five clusters that is a single one, whose residual is zero:
what it does cannot be known from clusters, CR2 errs in up to {max(few):.1f} % and its degrees of freedom are
below four, which the result says. From ten clusters on CR2 errs in {min(more):.1f} to {max(more):.1f} %. The
wild bootstrap cannot reject with five clusters, whose 16 sign vectors leave no p below 1/16.

{shown("moderator")}"""
