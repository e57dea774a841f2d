"""Numbers of posteriors whose effects are not normal, in the units of the effects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from synthesis.pooling.bayes.line_posterior import LinePosterior
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.new_effect import NewEffect
from synthesis.pooling.bayes.posterior import Posterior
from synthesis.pooling.bayes.robust_posterior import RobustPosterior
from synthesis.posterior.marginal import Marginal
from synthesis.posterior.sensitivity import Sensitivity


def robust_marginals(found: RobustPosterior, level: float) -> dict[str, Marginal]:
    """Of the mean, tau and a new study's effect, without modes."""
    unit, origin = found.data.unit.item(), found.data.origin.item()
    first, second = found.mean_exists(1), found.mean_exists(2)
    mean = origin + unit * found.mu.expectation().item() if first else math.nan
    sd = unit * found.mu.deviation().item() if second else math.nan
    tau_mean = unit * found.tau.expectation(1).item() if found.exists(1) else math.nan
    tau_sd = unit * found.tau.deviation().item() if found.exists(2) else math.nan
    low, median, high = (unit * found.tau.quantile(_probabilities(level))[0]).tolist()
    new = found.new
    return {
        "mu": _marginal(mean, sd, found.mu, unit, origin, level),
        "tau": Marginal(tau_mean, tau_sd, median, math.nan, low, high),
        "new": _marginal(origin + unit * new.mean, unit * new.sd, new, unit, origin, level),
    }


def normal_marginals(found: Posterior, level: float) -> dict[str, Marginal]:
    """The same of one posterior with normal effects."""
    unit, origin = found.data.unit.item(), found.data.origin.item()
    parts = {}
    for name, mixture in (("mu", found.mu), ("new", found.new)):
        mean, sd = (each.item() for each in found.moments(mixture, about_mean=name == "mu"))
        low, median, high = (origin + unit * mixture.quantile(_probabilities(level))[0]).tolist()
        parts[name] = Marginal(mean, sd, median, math.nan, low, high)
    tau_mean = unit * found.tau.expectation(1).item() if found.exists(1).item() else math.nan
    tau_sd = unit * found.tau.deviation().item() if found.exists(2).item() else math.nan
    low, median, high = (unit * found.tau.quantile(_probabilities(level))[0]).tolist()
    return parts | {"tau": Marginal(tau_mean, tau_sd, median, math.nan, low, high)}


def robust_summaries(several: Sequence[RobustPosterior], null: float, level: float) -> Sensitivity:
    """One row a posterior, of the same data under other priors of tau."""
    rows = [robust_marginals(found, level) for found in several]
    above = [
        found.mu.above(((null - found.data.origin) / found.data.unit)[:, None]).item() for found in several
    ]
    proper = [found.tau_prior.proper and not isinstance(found.given.prior, FlatMean) for found in several]
    evidence = [found.log_integrated for found in several]
    return Sensitivity(
        priors=tuple(found.tau_prior.label for found in several),
        mean=np.array([row["mu"].mean for row in rows]),
        median=np.array([row["mu"].median for row in rows]),
        low=np.array([row["mu"].low for row in rows]),
        high=np.array([row["mu"].high for row in rows]),
        above=np.array(above),
        tau_median=np.array([row["tau"].median for row in rows]),
        tau_high=np.array([row["tau"].high for row in rows]),
        new_low=np.array([row["new"].low for row in rows]),
        new_high=np.array([row["new"].high for row in rows]),
        log_evidence=np.where(proper, evidence, np.nan),
        null=null,
        level=level,
    )


def _marginal(
    mean: float, sd: float, line: LinePosterior | NewEffect, unit: float, origin: float, level: float
) -> Marginal:
    low, median, high = (origin + unit * line.quantile(_probabilities(level))[0]).tolist()
    return Marginal(mean, sd, median, math.nan, low, high)


def _probabilities(level: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    tail = 0.5 * (1.0 - level)
    return np.array([tail, 0.5, 1.0 - tail])
