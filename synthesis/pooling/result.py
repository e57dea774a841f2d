"""The result of one analysis, as text, table, figure and report all read it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.wording import ci, counted, fixed, interval, number, p_text, percent
from synthesis.pooling.bayes.normal import BayesianPooled
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import wald_test
from synthesis.pooling.named_rows import NamedRows


@dataclass(frozen=True, eq=False, repr=False)
class PooledSummary(NamedRows):
    """One pooled analysis, numbers and text alone.

    Numbers that do not exist are nan; an infinite df is the normal distribution.

    yi, vi, weights (percent): shape (k,); labels: k names. estimate, se, statistic, p_value, ci_low and
    ci_high are of the mean, by `test` on df degrees of freedom. wald: its plain z interval. tau2, se_tau2,
    I2 (percent) and H2 (ratio) by `method`, with bounds *_low and *_high by `tau2_interval`. Q, Q_df, Q_p:
    Cochran's test. prediction_low, prediction_high: where the effect in a new study is expected. weighting:
    whose weights the mean has, "model", "own" or a key of WEIGHTINGS. prediction: a key of PREDICTIONS, or
    "none". bayes: for two or three studies only. notes: sentences the reader needs. All intervals are at
    `level`, a fraction.
    """

    _PAIRS = ("wald",)

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    weights: Array
    k: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    df: float
    ci_low: float
    ci_high: float
    wald: tuple[float, float]
    tau2: float
    se_tau2: float
    tau2_low: float
    tau2_high: float
    I2: float
    I2_low: float
    I2_high: float
    H2: float
    H2_low: float
    H2_high: float
    Q: float
    Q_df: float
    Q_p: float
    prediction_low: float
    prediction_high: float
    prediction_df: float
    loglik_ml: float
    loglik_reml: float
    AIC: float
    BIC: float
    AICc: float
    method: str
    test: str
    prediction: str
    weighting: str
    tau2_interval: str
    level: float
    tau2_connected: bool
    bayes: BayesianPooled | None
    method_sentence: str
    notes: tuple[str, ...]

    @property
    def narrower_than_wald(self) -> bool:
        """Whether Hartung and Knapp's interval is narrower than Wald's, so that both are to be shown."""
        plain_width = self.wald[1] - self.wald[0]
        return self.test == "HKSJ" and self.ci_high - self.ci_low < plain_width

    def _title(self) -> str:
        if self.k == 1:
            return f"{self.labels[0]}: one study, nothing pooled"
        return f"Pooled effect of {counted(self.k)}"

    def _rows(self) -> list[tuple[str, str]]:
        """The compact block, one name and text a row; rows that do not exist are left out."""
        own, plain_one = (
            f"{number(self.estimate)}, {ci(ends, self.level)}"
            for ends in ((self.ci_low, self.ci_high), self.wald)
        )
        rows = [("estimate", own)]
        if self.narrower_than_wald:
            rows = [("estimate, HKSJ", own), ("estimate, Wald", plain_one)]
        tested = f"{self._statistic()}, {p_text(self.p_value)}"
        if self.narrower_than_wald:
            z, p = wald_test(self.estimate, self.wald, self.level)
            rows += [("test, HKSJ", tested), ("test, Wald", f"z = {fixed(z, 3)}, {p_text(p)}")]
        else:
            rows.append(("test", tested))
        if not math.isnan(self.tau2):
            rows += [
                ("tau2", f"{number(self.tau2)}, {ci((self.tau2_low, self.tau2_high), self.level)}"),
                ("I2", f"{fixed(self.I2, 1)}%, {ci((self.I2_low, self.I2_high), self.level, 1)}"),
                ("Q", f"{number(self.Q)} on {self.Q_df:g} df, {p_text(self.Q_p)}"),
            ]
        if not math.isnan(self.prediction_low):
            bounds = (self.prediction_low, self.prediction_high)
            rows.append(("prediction", f"{percent(self.level)} {interval(bounds)}"))
        if self.bayes is not None:
            b = self.bayes
            rows.append(("Bayesian", f"{number(b.mean)}, {percent(self.level)} {interval((b.low, b.high))}"))
        return rows

    def _statistic(self) -> str:
        if math.isinf(self.df):
            return f"z = {fixed(self.statistic, 3)}"
        if math.isnan(self.df):
            return f"{self.test} = {fixed(self.statistic, 3)}"
        return f"t({number(self.df)}) = {fixed(self.statistic, 3)}"
