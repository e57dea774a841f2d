"""The numbers of a model of counts, and their words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evidence.effects.absolute import AbsoluteEffect, absolute_effect
from evidence.wording import ci, counted, fixed, interval, number, p_text, percent
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.named_rows import NamedRows

RARE_MEASURES = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
    "IRR": "incidence rate ratio",
    "PLO": "proportion",
    "IRLN": "incidence rate",
}


@dataclass(frozen=True, eq=False, repr=False)
class RareSummary(NamedRows):
    """The numbers of a `RarePooled`, whose docstring tells of each."""

    labels: tuple[str, ...]
    silent: tuple[str, ...]
    measure: str
    model: str
    random: bool
    k: int
    double_zeros: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    df: float
    ci_low: float
    ci_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    heterogeneity: float
    heterogeneity_p: float
    Q: float
    Q_df: int
    Q_p: float
    sigma2: float
    correlation: float
    rho: float
    prediction_low: float
    prediction_high: float
    loglik: float
    loglik_common: float
    gradient: float
    margin: float
    test: str
    level: float
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    def shown_values(self, values: Array) -> Array:
        """From the scale of the model to ratios, proportions, rates or differences."""
        if self.measure == "RD":
            return values
        with np.errstate(over="ignore"):
            return np.asarray(expit(values) if self.measure == "PLO" else np.exp(values))

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, lower and upper limit as readers see them."""
        first, low, high = self.shown_values(np.array([self.estimate, self.ci_low, self.ci_high])).tolist()
        return first, low, high

    def absolute(self, baseline: float, *, harmful: bool = True) -> AbsoluteEffect:
        """What the effect means at a baseline risk: risk, difference, and the number needed to treat.

        baseline: the risk without treatment, between 0 and 1. harmful: whether the event is to be avoided.
        Raises ValueError for rates and single groups, and where a risk would leave 0 to 1.
        """
        if self.measure in ("PLO", "IRLN"):
            raise ValueError(f"{self.measure} is of one group; there is no effect on a risk")
        values = (self.estimate, self.ci_low, self.ci_high)
        return absolute_effect(self.measure, values, baseline, harmful=harmful)

    def _title(self) -> str:
        name = RARE_MEASURES[self.measure]
        return f"{name[0].upper()}{name[1:]} of {counted(len(self.labels))}"

    def _rows(self) -> list[tuple[str, str]]:
        estimate, low, high = self.shown
        rows = [("estimate", f"{number(estimate)}, {ci((low, high), self.level)}")]
        if not math.isnan(self.statistic):
            name = {"LRT": "signed root of LR", "z": "z", "t": f"t({self.df:g})"}[self.test]
            rows.append(("test", f"{name} = {fixed(self.statistic, 3)}, {p_text(self.p_value)}"))
        if self.random:
            name = "phi" if self.model == "BB" else "tau2"
            ends = (
                "" if math.isnan(self.tau2_high) else f", {ci((self.tau2_low, self.tau2_high), self.level)}"
            )
            rows.append((name, f"{number(self.tau2)}{ends}"))
            lost = f"LR = {number(self.heterogeneity)}, {p_text(self.heterogeneity_p)}"
            rows.append(("heterogeneity", lost))
        if not math.isnan(self.Q):
            rows.append(("Q", f"{number(self.Q)} on {self.Q_df} df, {p_text(self.Q_p)}"))
        if not math.isnan(self.prediction_low):
            ends = self.shown_values(np.array([self.prediction_low, self.prediction_high])).tolist()
            rows.append(("prediction", f"{percent(self.level)} {interval((ends[0], ends[1]))}"))
        if not math.isnan(self.sigma2):
            rows.append(("sigma2 of levels", number(self.sigma2)))
        if not math.isnan(self.correlation):
            rows.append(
                ("correlation" if self.model != "BB" else "share of dependence", number(self.correlation))
            )
        if not math.isnan(self.rho):
            rows.append(("rho", number(self.rho)))
        return rows
