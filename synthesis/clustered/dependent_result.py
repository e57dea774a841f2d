"""What `pool_dependent` gives: the numbers, their words, and every question that can be asked of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evidence.choices import named
from evidence.wording import counted, fixed, interval, number, p_text, percent
from synthesis.clustered.fitted_model import Component, FittedModel, GeneralisedQ
from synthesis.clustered.robust_inference import (
    ClusteredEstimates,
    clustered_estimates,
    contrasts_of_clusters,
)
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.batch import tested_columns
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.wald_tests import WALD_TESTS
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.contrasts import Contrasts, WaldTest, as_contrasts
from synthesis.regression.design_matrix import INTERCEPT, Recipe
from synthesis.regression.formula import positions
from synthesis.regression.predictions import Predictions, transformed
from synthesis.regression.tabular import Cells, Tabular, coefficient_rows

if TYPE_CHECKING:
    from synthesis.clustered.component_intervals import ComponentIntervals
    from synthesis.clustered.component_tests import TermTests
    from synthesis.clustered.leaving_out import WithoutEach
    from synthesis.clustered.random_effects import RandomEffects
    from synthesis.clustered.rho_curve import RhoCurve
    from synthesis.clustered.small_sample_tests import SmallSampleTests
    from synthesis.clustered.small_study_test import ClusteredEgger
    from synthesis.clustered.wild import WildBootstrap
    from synthesis.drawing.chart import Plot

_CURVE_TO = 500  # effects: the curve over rho is printed with the result, beyond when it is asked for


@dataclass(frozen=True, eq=False, repr=False)
class DependentPooled(Drawable, Tabular):
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

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _given: ClassVar[Given | None] = None

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

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.clustered.dependent_plots import plot_dependent

        return plot_dependent(self, (self._given or Given()).beside(request.data), request)

    @property
    def p(self) -> int:
        """How many coefficients."""
        return len(self.names)

    @property
    def estimates(self) -> ClusteredEstimates:
        """The coefficients, for combinations of them."""
        return clustered_estimates(self.machinery, self.names, self.test)

    def joint_test(self, which: Any, *, by: str = "HTZ") -> WaldTest:
        """Test that coefficients are all zero: names of columns or terms, or column numbers from zero.

        by: how a cluster-robust test allows for few clusters: "HTZ" (approximate Hotelling's T2, which keeps
        its level best), "HTA", "HTB", "EDF", "EDT" (the others of Tipton & Pustejovsky 2015), F on "J-1" or
        "J-p" clusters and coefficients, "chi2". Raises ValueError for a name the model does not have, and for
        a `by` beside a test that is not cluster-robust.
        """
        chosen = positions(which, self.names, self.terms)
        by = named(by, WALD_TESTS, "by")
        if by != "HTZ" and self.test not in ROBUST:
            raise ValueError(f"by {by!r} is of cluster-robust tests and this is test {self.test!r}")
        return self.estimates.test(np.eye(self.p)[chosen], by)

    def small_sample_tests(self) -> SmallSampleTests:
        """The p-value of every coefficient by each way of allowing for few clusters, side by side.

        Raises ValueError for a test that is not cluster-robust.
        """
        from synthesis.clustered.small_sample_tests import small_sample_tests

        return small_sample_tests(self.estimates, self.test)

    def component_intervals(self, level: float | None = None) -> ComponentIntervals:
        """Profile-likelihood intervals of every variance and correlation, and tests of the variances."""
        from synthesis.clustered.component_intervals import bounded

        at = self.level if level is None else as_level(level)
        return bounded(self.machinery, self.components, at)

    def rho_curve(self) -> RhoCurve:
        """The estimates over correlations of the errors from 0 to 0.95, where one number was assumed.

        Raises ValueError where the errors are not correlated by one number.
        """
        if self.rho is None:
            raise ValueError(f"{self.errors}: there is no one correlation of errors to vary")
        return self._curve

    def selection_model(self) -> None:
        """Refused, with the reason and the way out: selection by p is not defined for effects of one study.

        Raises ValueError always.
        """
        raise ValueError(
            "a selection model takes each estimate as selected by its own p-value, and estimates of one "
            "cluster are published together; expected one effect a cluster: aggregate them, or choose one "
            "each, and ask pool(...).selection_model()"
        )

    def wild_test(
        self, which: Any = None, *, kind: str = "CR2", draws: int = 9_999, seed: int = 0
    ) -> WildBootstrap:
        """The cluster wild bootstrap that coefficients are all zero: whole clusters change their sign.

        which: as in `joint_test`; all moderators when None, or the only coefficient. kind: the robust
        covariance of the statistic, CR0 to CR3. draws: random sign vectors; where there are no more vectors
        than that (14 clusters and fewer) all are taken, and nothing is left to chance. The weights stay those
        of the model. Raises ValueError for an unknown name, and for fewer than 4 clusters, which have
        too few sign vectors for a test.
        """
        from synthesis.clustered.wild import wild_bootstrap

        chosen = list(self._tested) if which is None else positions(which, self.names, self.terms)
        tested = tuple(self.names[i] for i in chosen)
        return wild_bootstrap(self.machinery, np.eye(self.p)[chosen], tested, kind, draws, seed)

    def blup(self, *, level: float | None = None) -> RandomEffects:
        """Best linear unbiased predictions of the random effects of every term."""
        from synthesis.clustered.random_effects import random_effects

        at = self.level if level is None else as_level(level)
        return random_effects(self.machinery, self.labels, at)

    def leave_out(self, what: str = "cluster") -> WithoutEach:
        """The model without each "cluster", or without each "estimate", with what that moves."""
        from synthesis.clustered.leaving_out import left_out

        what = named(what, ("cluster", "estimate"), "what")
        left = tuple(dict.fromkeys(self.cluster)) if what == "cluster" else self.labels
        return left_out(self.machinery, self.names, self.test, self.level, left, what)

    def term_tests(self) -> TermTests:
        """Likelihood ratio tests of every random term, each against the model without it."""
        from synthesis.clustered.component_tests import term_tests

        return term_tests(self.machinery)

    def egger(self) -> ClusteredEgger:
        """Whether effects depend on their standard errors, by the model and test of the result."""
        from synthesis.clustered.small_study_test import clustered_egger

        return clustered_egger(self.machinery, self.test, self.level)

    def contrast(self, weights: Any, *, level: float | None = None) -> Contrasts:
        """Linear combinations of coefficients, written as in `MetaRegression.contrast`, tested together."""
        at = self.level if level is None else as_level(level)
        matrix, names = as_contrasts(weights, self.names)
        return contrasts_of_clusters(self.estimates, matrix, names, at)

    def predict(
        self,
        newdata: Any = None,
        *,
        outcome: Any = None,
        cluster: str | None = None,
        level: float | None = None,
        transform: Callable[[Array], Array] | None = None,
    ) -> Predictions:
        """Mean effects at values of the moderators, with intervals; without newdata, at those of the effects.

        newdata and transform: as in `MetaRegression.predict`. The prediction interval is of a new estimate of
        a new cluster; where the variance of true effects differs by outcome, of the one that `outcome` names,
        for all rows or one each, and nan without a name. cluster: of one of the clusters instead of a new
        one, from its own effects: its mean, and a new estimate of it. Raises ValueError for an outcome or
        cluster the model lacks.
        """
        from synthesis.clustered.predicting import conditional, predicted

        at = self.level if level is None else as_level(level)
        rows = self.machinery.model.x if newdata is None else self.recipe.rows(newdata)
        names = self.labels if newdata is None else tuple(f"row {i + 1}" for i in range(len(rows)))
        if cluster is None:
            found = predicted(self.machinery, self.estimates, rows, names, at, outcome)
        else:
            known = list(dict.fromkeys(self.cluster))
            one = known.index(named(cluster, known, "cluster"))
            found = conditional(self.machinery, rows, one, names, at, outcome)
        return found if transform is None else transformed(found, transform)

    @property
    def _tested(self) -> list[int]:
        """Columns that the test of moderators is about."""
        return [int(i) for i in np.arange(self.p)[tested_columns(self.machinery.model.x)]]

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
        names = ("summary",) if self.names == (INTERCEPT,) else self.names
        return coefficient_rows(self, names, self._finite)

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
        curve = () if self.rho is None or self.k > _CURVE_TO else (self._curve.sentence,)
        return (self.method_sentence, *curve, *(f"Note: {note}" for note in self.notes))

    @cached_property
    def _curve(self) -> RhoCurve:
        from synthesis.clustered.rho_curve import over_rho

        assert self.rho is not None
        return over_rho(self.machinery, self.names, self.test, self.level, self.rho)
