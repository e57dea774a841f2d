"""What `pool_dependent` gives: the numbers, their words, and every question that can be asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence.wording import counted, fixed, interval, number, p_number, p_text, percent
from synthesis.clustered.fitted_model import Component, FittedModel, GeneralisedQ
from synthesis.clustered.robust_inference import ClusteredEstimates, clustered_estimates
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.design_matrix import Recipe
from synthesis.regression.formula import positions
from synthesis.regression.tabular import Cells, Tabular

if TYPE_CHECKING:
    from synthesis.clustered.component_intervals import ComponentIntervals
    from synthesis.clustered.rho_curve import RhoCurve


@dataclass(frozen=True, eq=False, repr=False)
class DependentPooled(Tabular):
    """k effects in J clusters under one model. Numbers that do not exist are nan; df may be infinite.

    labels, yi, vi, cluster: of the k effects; weights (percent, shape (k,)): of a single coefficient, nan
    where there are more. names: of p coefficients; estimate, se, statistic, p_value, df, ci_low, ci_high:
    (p,), by `test`; covariance: (p, p). model_se: the standard errors if the model were right, (p,).
    components: every variance and correlation of the random effects. Q: of the effects under their sampling
    errors alone. QM: the test of the moderators, or of the estimate. prediction_low, prediction_high: where a
    new estimate in a new cluster is expected, for a single coefficient. model, rho, errors: what was assumed.
    notes: sentences the reader needs. Intervals are at `level`, a fraction.
    """

    _HIDDEN = ("machinery", "recipe")
    labels: tuple[str, ...]
    yi: Array
    vi: Array
    cluster: tuple[str, ...]
    weights: Array
    k: int
    clusters: int
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    recipe: Recipe
    estimate: Array
    se: Array
    statistic: Array
    p_value: Array
    df: Array
    ci_low: Array
    ci_high: Array
    covariance: Array
    model_se: Array
    components: tuple[Component, ...]
    Q: GeneralisedQ
    QM: WaldTest
    prediction_low: float
    prediction_high: float
    loglik_ml: float
    loglik_reml: float
    AIC: float
    BIC: float
    AICc: float
    model: str
    rho: float | None
    errors: str
    method: str
    test: str
    level: float
    machinery: FittedModel
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    @property
    def p(self) -> int:
        """How many coefficients."""
        return len(self.names)

    @property
    def estimates(self) -> ClusteredEstimates:
        """The coefficients, for combinations of them."""
        return clustered_estimates(self.machinery, self.names, self.test)

    def joint_test(self, which: Any) -> WaldTest:
        """Test that coefficients are all zero: names of columns or terms, or column numbers from zero.

        HTZ (approximate Hotelling's T2) where the test is cluster-robust. Raises ValueError for a name the
        model does not have.
        """
        chosen = positions(which, self.names, self.terms)
        return self.estimates.test(np.eye(self.p)[chosen])

    def component_intervals(self, level: float | None = None) -> ComponentIntervals:
        """Profile-likelihood intervals of every variance and correlation, and tests of the variances."""
        from synthesis.clustered.component_intervals import bounded

        at = self.level if level is None else as_level(level)
        return bounded(self.machinery, self.components, at)

    def rho_curve(self) -> RhoCurve:
        """The estimates over correlations of the errors from 0 to 0.95, where one number was assumed.

        Raises ValueError where the errors are not correlated by one number.
        """
        from synthesis.clustered.rho_curve import over_rho

        if self.rho is None:
            raise ValueError(f"{self.errors}: there is no one correlation of errors to vary")
        return over_rho(self.machinery, self.names, self.test, self.level, self.rho)

    def _title(self) -> str:
        estimates = counted(self.k, "estimate")
        return f"{estimates} in {counted(self.clusters, 'cluster')}, model {self.model}"

    def _header(self) -> Cells:
        statistic = ("t", "df") if self._finite else ("z",)
        return ("", "estimate", "se", *statistic, "p", f"{percent(self.level)} CI")

    @property
    def _finite(self) -> bool:
        return not bool(np.isposinf(self.df).any())

    def _body(self) -> list[Cells]:
        return [
            (
                "summary" if self.p == 1 and name == "Intercept" else name,
                number(self.estimate[i]),
                number(self.se[i]),
                fixed(self.statistic[i], 3),
                *((number(self.df[i]),) if self._finite else ()),
                p_number(self.p_value[i]),
                interval((self.ci_low[i], self.ci_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "model_se")
        return {"name": self.names, "df": self.df} | {name: getattr(self, name) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        facts = [] if self.p == 1 else [("moderators", str(self.QM))]
        for part in self.components:
            share = "" if math.isnan(part.I2) else f" (I2 {fixed(part.I2, 1)}%)"
            facts.append((f"{part.name} of {part.term}", f"{number(part.value)}{share}"))
        facts.append(("Q", f"{number(self.Q.Q)} on {self.Q.df} df, {p_text(self.Q.p_value)}"))
        if not math.isnan(self.prediction_low):
            bounds = (self.prediction_low, self.prediction_high)
            facts.append(("prediction", f"{percent(self.level)} {interval(bounds)}"))
        return facts

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))
