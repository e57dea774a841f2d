"""The result of pooling counts: its numbers, its views, and what it means at a stated baseline risk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evidence.effects.absolute import AbsoluteEffect, absolute_effect
from evidence.wording import ci, counted, fixed, number, p_text
from synthesis.pooling.named_rows import NamedRows

MEASURES = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
    "IRR": "incidence rate ratio",
    "IRD": "incidence rate difference",
}


@dataclass(frozen=True, repr=False)
class CountsSummary(NamedRows):
    """A common effect of counts, on the log scale for ratios; `shown` gives it as readers see it.

    labels: of the studies with all their counts; k: those of them with people in both groups, that took part.
    Q, Q_df, Q_p: heterogeneity. association, association_p: the test of no common effect
    (Cochran-Mantel-Haenszel); homogeneity, homogeneity_df, homogeneity_p: that studies share one odds
    ratio (Breslow-Day with Tarone's adjustment), nan for other measures. No number is added to any cell.
    notes: sentences the reader needs.
    """

    labels: tuple[str, ...]
    measure: str
    method: str
    k: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    Q: float
    Q_df: float
    Q_p: float
    association: float
    association_p: float
    homogeneity: float
    homogeneity_df: float
    homogeneity_p: float
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, lower and upper limit as a ratio, or as the difference itself."""
        values = (self.estimate, self.ci_low, self.ci_high)
        if self.measure in ("RD", "IRD"):
            return values
        with np.errstate(over="ignore"):
            first, low, high = np.exp(values).tolist()
        return first, low, high

    def absolute(self, baseline: float, *, harmful: bool = True) -> AbsoluteEffect:
        """What the effect means at a baseline risk: risk, difference, and the number needed to treat.

        baseline: the risk without treatment, between 0 and 1. harmful: whether the event is to be avoided.
        Raises ValueError for rates, which are no risks, and where a risk would leave 0 to 1.
        """
        values = (self.estimate, self.ci_low, self.ci_high)
        return absolute_effect(self.measure, values, baseline, harmful=harmful)

    def _title(self) -> str:
        if self.k == 1:
            return f"{MEASURES[self.measure].capitalize()} of 1 study"
        return f"Common {MEASURES[self.measure]} of {counted(self.k)}"

    def _rows(self) -> list[tuple[str, str]]:
        estimate, low, high = self.shown
        rows = [("estimate", f"{number(estimate)}, {ci((low, high), self.level)}")]
        if not math.isnan(self.statistic):
            rows.append(("test", f"z = {fixed(self.statistic, 3)}, {p_text(self.p_value)}"))
        rows.append(("Q", f"{number(self.Q)} on {self.Q_df:g} df, {p_text(self.Q_p)}"))
        if not math.isnan(self.association):
            rows.append(("association", f"chi2 = {number(self.association)}, {p_text(self.association_p)}"))
        if not math.isnan(self.homogeneity):
            text = (
                f"chi2 = {number(self.homogeneity)} on {self.homogeneity_df:g} df, "
                f"{p_text(self.homogeneity_p)}"
            )
            rows.append(("homogeneity", text))
        return rows
