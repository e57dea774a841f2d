"""Coefficients under other priors of tau: what depends on the data, and what on the prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import interval, number, percent
from synthesis.pooling.bayes.bayesian_regression import regression_posterior
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.marginal import credible_ends
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class CoefficientSensitivity(Tabular):
    """p coefficients under n priors of tau, everything else the same; arrays of shape (n, p) or (n,).

    priors: their names, the first of which is the one used. median, low, high: of the coefficients, (n, p),
    intervals central; above: P(coefficient > 0), (n, p). tau_median, log_evidence: (n,), the latter nan where
    a prior is improper.
    """

    priors: tuple[str, ...]
    names: tuple[str, ...]
    median: Array
    low: Array
    high: Array
    above: Array
    tau_median: Array
    log_evidence: Array
    level: float

    def _title(self) -> str:
        return f"Coefficients under {len(self.priors)} priors of tau (used: {self.priors[0]})"

    def _header(self) -> Cells:
        return ("", "median", "medians", f"{percent(self.level)} ends", "intervals without 0")

    def _body(self) -> list[Cells]:
        without = ((self.low > 0) | (self.high < 0)).sum(axis=0)
        return [
            (
                name,
                number(self.median[0, j]),
                f"{number(self.median[:, j].min())} to {number(self.median[:, j].max())}",
                interval((self.low[:, j].min(), self.high[:, j].max())),
                f"{without[j]} of {len(self.priors)}",
            )
            for j, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        n, p = self.median.shape
        found: dict[str, Any] = {"prior": np.repeat(self.priors, p).tolist(), "name": list(self.names) * n}
        found |= {name: getattr(self, name).ravel() for name in ("median", "low", "high", "above")}
        return found | {name: np.repeat(getattr(self, name), p) for name in ("tau_median", "log_evidence")}


def coefficient_sensitivity(
    yi: Array,
    vi: Array,
    design: Array,
    names: tuple[str, ...],
    priors: Sequence[TauPrior],
    coefficients: Sequence[FlatMean | NormalMean],
    level: float,
) -> CoefficientSensitivity:
    """The posterior of effects yi with variances vi, (k,), on a design (k, p) under each prior of tau."""
    n, p = len(priors), design.shape[1]
    ends, above = np.empty((n, p, 3)), np.empty((n, p))
    tau, evidence = np.empty(n), np.full(n, np.nan)
    proper = not any(isinstance(prior, FlatMean) for prior in coefficients)
    for i, prior in enumerate(priors):
        found = regression_posterior(Effects(yi, vi), design, prior, coefficients)
        for j in range(p):
            mixture = found.coefficient(j)
            ends[i, j] = credible_ends(mixture, found.unit, 0.0, level, "central")[0]
            above[i, j] = mixture.above(np.zeros((1, 1))).item()
        tau[i] = found.unit * found.tau.quantile(np.array([0.5])).item()
        if proper and prior.proper:
            evidence[i] = found.log_integrated
    labels = tuple(prior.label for prior in priors)
    return CoefficientSensitivity(
        labels, names, ends[:, :, 1], ends[:, :, 0], ends[:, :, 2], above, tau, evidence, level
    )
