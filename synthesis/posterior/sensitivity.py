"""The posterior under other priors of tau: what depends on the data, and what on the prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import interval, number, percent
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior
from synthesis.pooling.bayes.posterior_summaries import summaries
from synthesis.pooling.bayes.tau_priors import HalfNormal, ImproperUniform, TauPrior, half_cauchy
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.default_prior import half_normal_scale
from synthesis.regression.tabular import Cells, Tabular

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Of the scale of the prior that was used."""


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Tabular):
    """The posterior under n priors of tau, everything else the same; arrays of shape (n,).

    priors: their names, the first of which is the one used. mean, median, low, high: of mu, the interval
    central;
    above: P(mu > null). tau_median, tau_high: median of tau, and the upper end of its interval. new_low,
    new_high: of a new study's effect. log_evidence: nan where a prior is improper. Means that do not exist
    are nan.
    """

    priors: tuple[str, ...]
    mean: Array
    median: Array
    low: Array
    high: Array
    above: Array
    tau_median: Array
    tau_high: Array
    new_low: Array
    new_high: Array
    log_evidence: Array
    null: float
    level: float

    @property
    def sentence(self) -> str:
        """Whether what is concluded depends on the prior."""
        outside = (self.low > self.null) | (self.high < self.null)
        if outside.all():
            verdict = "none of them lets the interval hold the value of no effect"
        elif not outside.any():
            verdict = "under each of them the interval holds the value of no effect"
        else:
            leave = int(outside.sum())
            verdict = (
                f"whether the interval holds the value of no effect depends on it ({leave} leave it out)"
            )
        return (
            f"Over {len(self.priors)} priors of tau the median of the mean effect lies between "
            f"{number(self.median.min())} and {number(self.median.max())}; {verdict}."
        )

    def _title(self) -> str:
        return f"Sensitivity to the prior of tau (used: {self.priors[0]})"

    def _header(self) -> Cells:
        level = percent(self.level)
        return ("prior of tau", "median", f"{level} CrI", f"P(> {number(self.null)})", "tau", f"new, {level}")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.median[i]),
                interval((self.low[i], self.high[i])),
                number(self.above[i]),
                number(self.tau_median[i]),
                interval((self.new_low[i], self.new_high[i])),
            )
            for i, name in enumerate(self.priors)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("mean", "median", "low", "high", "above", "tau_median", "tau_high", "new_low", "new_high")
        found: dict[str, Any] = {"prior": list(self.priors)}
        return found | {name: getattr(self, name) for name in (*numbers, "log_evidence")}

    def _sentences(self) -> tuple[str, ...]:
        return (self.sentence,)


def usual_priors(used: TauPrior, v: Array, flat: int) -> tuple[TauPrior, ...]:
    """The prior used; half-normal and half-Cauchy at multiples of its scale; those that need no scale.

    v: sampling variances, (k,); flat: how many coefficients of the mean have a flat prior. The scale is that
    of the half-normal with the same median. Priors of tau are there where they leave a posterior.
    """
    scale = used.scale if isinstance(used, HalfNormal) else _rounded(half_normal_scale(used, v))
    several: list[TauPrior] = [used, *(HalfNormal(f * scale) for f in FACTORS)]
    several += [half_cauchy(f * scale) for f in FACTORS]
    several += [DuMouchel(), UniformShrinkage()]
    left = v.size - flat
    several += [Jeffreys()] if left >= 1 else []
    several += [ImproperUniform()] if left >= 2 else []
    return tuple(dict.fromkeys(several))


def _rounded(scale: float) -> float:
    """Two significant digits, as a person would choose."""
    return float(f"{scale:.1e}")


def sensitivity(
    yi: Array, vi: Array, priors: Sequence[TauPrior], mean: MeanPrior, null: float, level: float
) -> Sensitivity:
    """The posterior of effects yi with variances vi, (k,), under each prior of tau, in one batch."""
    found = summaries(Effects(yi, vi), priors, mean, level, null)
    proper = np.array([prior.proper for prior in priors]) & (not isinstance(mean, FlatMean))
    return Sensitivity(
        priors=tuple(prior.label for prior in priors),
        mean=found.mu.mean,
        median=found.mu.median,
        low=found.mu.low,
        high=found.mu.high,
        above=found.above_null,
        tau_median=found.tau.median,
        tau_high=found.tau.high,
        new_low=found.new.low,
        new_high=found.new.high,
        log_evidence=np.where(proper, found.log_integrated, np.nan),
        null=null,
        level=level,
    )
