"""The pinned posteriors of ../shared/reference/bayes, and ours beside them, number by number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.pooling.bayes import data_scaled_priors as scaled
from synthesis.pooling.bayes import mean_priors as means
from synthesis.pooling.bayes import tau_priors as taus
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import Posterior, posterior
from synthesis.pooling.kernel.effects import Array, Effects

DATA_SETS = ("crins2014", "crins2014_randomised", "hip_men", "rubin1981")
LEVEL = 0.95


def tau_prior(spec: dict[str, Any]) -> taus.TauPrior:
    """The prior of tau that a file names."""
    numbers = {name: value for name, value in spec.items() if name != "kind"}
    kind = spec["kind"]
    if kind == "uniform":
        return taus.Uniform(numbers["upper"]) if numbers.get("upper") else taus.ImproperUniform()
    makers: dict[str, Any] = {
        "half_normal": taus.HalfNormal,
        "half_cauchy": taus.half_cauchy,
        "half_t": taus.HalfT,
        "dumouchel": scaled.DuMouchel,
        "uniform_shrinkage": scaled.UniformShrinkage,
        "jeffreys": scaled.Jeffreys,
        "log_normal_tau2": taus.LogNormalTau2,
        "inverse_gamma_tau": taus.InverseGammaTau,
        "inverse_gamma_tau2": taus.InverseGammaTau2,
    }
    made: taus.TauPrior = makers[kind](**numbers)
    return made


def mean_prior(spec: dict[str, Any]) -> means.MeanPrior:
    """The prior of mu that a file names."""
    return means.FlatMean() if spec["kind"] == "flat" else means.NormalMean(spec["mean"], spec["sd"])


@dataclass(frozen=True)
class Fit:
    """One posterior of a file: data set, key, our posterior, and the numbers beside it."""

    name: str
    key: str
    y: Array
    s: Array
    numbers: dict[str, Any]

    @cached_property
    def ours(self) -> Posterior:
        priors = tau_prior(self.numbers["tau_prior"]), mean_prior(self.numbers["mu_prior"])
        return posterior(Effects(self.y, self.s**2), *priors)

    @property
    def s0(self) -> float:
        """The typical standard error."""
        return float(np.sqrt(self.s.size / np.sum(self.s**-2.0)))

    @property
    def exact(self) -> dict[str, Any]:
        found: dict[str, Any] = self.numbers["exact"]
        return found


def fits(shared: Path, *names: str) -> Iterator[Fit]:
    """Every fit of the files named."""
    for name in names:
        body = json.loads((shared / "reference" / "bayes" / f"{name}.json").read_text(encoding="utf-8"))
        y, s = (np.array(body["data"][column]) for column in ("yi", "sei"))
        for key, numbers in body["results"].items():
            yield Fit(name, key, y, s, numbers)


Pair = tuple[str, float, float | None]


def pairs_of_tau(fit: Fit) -> Iterator[Pair]:
    """(what, ours, theirs) of tau."""
    ours, theirs, unit = fit.ours, fit.exact["tau"], fit.ours.data.unit[0]
    yield "mean", unit * ours.tau.expectation(1)[0] if ours.exists(1)[0] else np.nan, theirs["mean"]
    yield "sd", unit * ours.tau.deviation()[0] if ours.exists(2)[0] else np.nan, theirs["sd"]
    p = [*theirs["quantiles"], "0.5", "0.025", "0.975"]
    expected = [*theirs["quantiles"].values(), theirs["median"], *theirs["central95"]]
    found = unit * ours.tau.quantile(np.array([float(each) for each in p]))[0]
    yield from zip((f"quantile {each}" for each in p), found.tolist(), expected, strict=True)
    for what, end, other in zip(("from", "to"), ours.tau.shortest(LEVEL), theirs["shortest95"], strict=True):
        yield f"shortest {what}", unit * end[0], other


def pairs_of_mixture(fit: Fit, mixture: Mixture, what: str, rows: list[dict[str, Any]]) -> Iterator[Pair]:
    """(what, ours, theirs) of mu, of a new study's effect, or of the studies' own."""
    unit, origin = fit.ours.data.unit[0], fit.ours.data.origin[0]
    if what == "study":
        mean, sd = origin + unit * mixture.expectation(), unit * mixture.deviation()
    else:
        mean, sd = fit.ours.moments(mixture, about_mean=what == "mu")
    p = [*rows[0]["quantiles"], "0.5", "0.025", "0.975"]
    found = origin + unit * mixture.quantile(np.array([float(each) for each in p]))
    shortest = [origin + unit * end for end in mixture.shortest(LEVEL)]
    above = mixture.above(np.full((len(mixture.mass), 1), -origin / unit))
    mode = origin + unit * mixture.mode()
    for row, theirs in enumerate(rows):
        here = f"{what} {row}"
        yield f"{here} mean", mean[row], theirs["mean"]
        yield f"{here} sd", sd[row], theirs["sd"]
        expected = [*theirs["quantiles"].values(), theirs["median"], *theirs["central95"]]
        yield from zip((f"{here} quantile {each}" for each in p), found[row].tolist(), expected, strict=True)
        yield f"{here} shortest from", shortest[0][row], theirs["shortest95"][0]
        yield f"{here} shortest to", shortest[1][row], theirs["shortest95"][1]
        yield f"{here} above zero", above[row, 0], theirs["probability_above_zero"]
        if "mode" in theirs:
            yield f"{here} mode", mode[row], theirs["mode"]


def every_pair(fit: Fit) -> Iterator[Pair]:
    """(what, ours, theirs) of all that a fit holds but its evidence."""
    yield from pairs_of_mixture(fit, fit.ours.mu, "mu", [fit.exact["mu"]])
    yield from pairs_of_mixture(fit, fit.ours.new, "new", [fit.exact["prediction"]])
    yield from pairs_of_mixture(fit, fit.ours.studies, "study", fit.exact["studies"])
    for name, ours, theirs in pairs_of_tau(fit):
        yield f"tau {name}", ours, theirs
