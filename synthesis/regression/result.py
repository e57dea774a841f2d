"""The result of a meta-regression: its numbers, its views, and what can be asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from scipy.linalg import solve_triangular

from evidence.choices import as_whole, named
from evidence.effects.input_columns import for_studies
from evidence.wording import ci, counted, fixed, number, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.mean.inference import Bounds, coefficients
from synthesis.pooling.mean.tests import KenwardRoger
from synthesis.pooling.prediction.new_settings import blup
from synthesis.pooling.prediction.prediction import PREDICTIONS, StudentPredictive
from synthesis.pooling.resampling.subsets import Progress
from synthesis.regression.behind import Behind
from synthesis.regression.collinearity import Collinearity, collinearity
from synthesis.regression.contrasts import Combinations, Contrasts, WaldTest, as_contrasts, contrasts
from synthesis.regression.design_matrix import DesignMatrix, Recipe
from synthesis.regression.formula import positions
from synthesis.regression.permutation import PermutationTest, permutation_test
from synthesis.regression.predictions import Predictions, StudyEffects, outside, transformed
from synthesis.regression.tabular import Cells, Tabular, coefficient_rows

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot
    from synthesis.pooling.bayes.tau_priors import TauPrior
    from synthesis.posterior.moderated import BayesianRegression

PREDICTIONS_OFFERED = tuple(name for name, kind in PREDICTIONS.items() if kind.simple and kind.se is None)


@dataclass(frozen=True, eq=False, repr=False)
class MetaRegression(Drawable, Tabular):
    """One meta-regression of k studies on p columns. Numbers that do not exist are nan; df may be infinite.

    yi, vi, weights (percent): shape (k,); labels: k names; design: (k, p), with the names of its columns and
    the columns of each term. estimate, se, statistic, p_value, ci_low, ci_high: of the coefficients, (p,),
    by the test `test_name` on df degrees of freedom, (p,); covariance: (p, p). tau2, se_tau2, I2 (percent)
    and H2 (ratio) are of the residual heterogeneity, with Q-profile bounds *_low and *_high. tau2_without: by
    the same method without moderators; R2: percent of it that they explain. QE, QM: tests of the residual
    heterogeneity and of the moderators. notes: sentences the reader needs. Intervals are at `level`.

    Its plots: "forest", the studies with what the model says of each, and "bubble", a panel a moderator, the
    others held at their mean, or at their most frequent value.
    """

    _HIDDEN = ("recipe", "small_sample")

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _behind: ClassVar[Behind] = Behind()

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    weights: Array
    design: Array
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    recipe: Recipe
    small_sample: KenwardRoger | None
    k: int
    p: int
    estimate: Array
    covariance: Array
    se: Array
    statistic: Array
    p_value: Array
    df: Array
    ci_low: Array
    ci_high: Array
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
    tau2_without: float
    R2: float
    QE: float
    QE_df: float
    QE_p: float
    QM: WaldTest
    loglik_ml: float
    loglik_reml: float
    AIC: float
    BIC: float
    AICc: float
    method: str
    test_name: str
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.regression.fitted_plots import plot_regression

        return plot_regression(self, self._behind, request)

    @property
    def constant(self) -> int | None:
        """The column that is the same for every study, if there is one."""
        found = np.flatnonzero(np.ptp(self.design, axis=0) == 0)
        return int(found[0]) if found.size else None

    def test(self, which: str | int | Sequence[str | int]) -> WaldTest:
        """Test that coefficients are all zero: names of columns or terms, or column numbers from zero.

        Raises ValueError for a name the model does not have.
        """
        chosen = positions(which, self.names, self.terms)
        tested = tuple(self.names[i] for i in chosen)
        return self._estimates.test(np.eye(self.p)[chosen], tested)

    def contrast(self, weights: Any, *, level: float | None = None) -> Contrasts:
        """Linear combinations of coefficients, each with its test and interval, and tested together.

        weights: an array (p,) or (m, p), a dictionary {column: weight}, text such as
        "alloc[T.random] - alloc[T.systematic]", or a list of dictionaries or texts. C(alloc)[T.random] may be
        written alloc[T.random]. Raises ValueError for an unknown column or what is not linear.
        """
        matrix, names = as_contrasts(weights, self.names)
        return contrasts(self._estimates, self._level(level), matrix, names)

    def predict(
        self,
        newdata: Any = None,
        *,
        level: float | None = None,
        prediction: str = "t(k-1)",
        transform: Callable[[Array], Array] | None = None,
    ) -> Predictions:
        """Mean effects at values of the moderators, with intervals; without newdata, at those of the studies.

        newdata: a data frame or dictionary with the formula's columns, or an array (m, q) of moderators
        without the intercept when they were given so. prediction: as in `pool`, its k - 1 being k - p here,
        never narrower than the intervals of the mean by the test and by Wald, and none with method="EE".
        transform: applied to estimates and bounds, such as np.exp. Raises ValueError, naming the row, for a
        level no study has, a missing value or column.
        """
        kind = named(prediction, PREDICTIONS_OFFERED, "prediction")
        if newdata is None:
            rows, names = self.design, self.labels
        else:
            rows = self.recipe.rows(newdata)
            names = tuple(f"row {i + 1}" for i in range(len(rows)))
        if transform is not None and not callable(transform):
            raise ValueError(f"transform is {transform!r}; expected a function such as np.exp")
        found = self._predictions(rows, names, self._level(level), kind)
        return found if transform is None else transformed(found, transform)

    def blup(self, *, level: float | None = None) -> StudyEffects:
        """The true effect of each study: its own, drawn towards what the model says. Robinson 1991.

        Raises ValueError with the Kenward-Roger test, which has no distribution for them.
        """
        level = self._level(level)
        found = blup(Effects(self.yi, self.vi), self.method, self.test_name, level, self.design)
        return StudyEffects(
            self.labels,
            self.yi,
            found.effect[0],
            found.se[0],
            found.low[0],
            found.high[0],
            found.deviation[0],
            found.deviation_se[0],
            found.shrinkage[0],
            level,
        )

    def bayesian(
        self,
        tau_prior: TauPrior | str | None = None,
        coefficient_prior: Any = None,
        *,
        smallest_effect: float | None = None,
        ni: Any = None,
        null: float = 0.0,
        interval: Literal["central", "shortest"] = "central",
    ) -> BayesianRegression:
        """The exact posterior of the same studies and moderators; see `bayes` for the priors.

        Of the choices of the result it uses the level alone. Raises ValueError for a prior that is none, and
        where the posterior would be improper.
        """
        from synthesis.posterior.moderated_numbers import bayes_of_design

        design = DesignMatrix(self.design, self.names, self.terms, self.recipe)
        return bayes_of_design(
            self.yi,
            self.vi,
            self.labels,
            design,
            tau_prior,
            coefficient_prior,
            smallest_effect,
            for_studies(ni, self.labels, "ni"),
            null,
            self.level,
            interval,
        )

    def permutation_test(
        self, *, draws: int = 50_000, seed: int = 1, progress: Progress | None = None
    ) -> PermutationTest:
        """p values from the effects changing places among the studies: nothing is assumed to be normal.

        Over all different orders of the studies up to 100,000 (8 studies have 40,320), otherwise over `draws`
        random ones; without moderators over changes of the effects' signs. progress: called with the orders
        done and their total. Raises ValueError for draws below 1.
        """
        draws, seed = as_whole(draws, "draws"), as_whole(seed, "seed", 0)
        return permutation_test(
            Effects(self.yi, self.vi),
            self.design,
            self.names,
            self.method,
            self.test_name,
            draws,
            seed,
            progress,
        )

    def vif(self) -> Collinearity:
        """How much the moderators inflate each other's variance. Raises ValueError without moderators."""
        chosen = [i for i in range(self.p) if i != self.constant]
        if not chosen:
            raise ValueError("the model has no moderators; variance inflation is between moderators")
        terms = {
            name: [chosen.index(i) for i in columns]
            for name, columns in self.terms.items()
            if self.constant not in columns
        }
        names = [self.names[i] for i in chosen]
        return collinearity(self.design, self.weights, chosen, names, terms)

    def _predictions(self, rows: Array, names: tuple[str, ...], level: float, kind: str) -> Predictions:
        estimate, se, df = self._estimates.rowwise(rows)
        mean = coefficients(estimate, se, df, level)
        random = math.nan if self.method == "EE" else self.QE_df  # equal effects have nothing to predict
        new_df = PREDICTIONS[kind].df(np.full(estimate.shape, random))
        new = StudentPredictive(estimate, np.sqrt(self.tau2 + se * se), new_df).interval(level)
        plain = coefficients(estimate, self._wald_se(rows), np.full(estimate.shape, math.inf), level)
        narrowest = (np.minimum(mean.low, plain.low), np.maximum(mean.high, plain.high))
        new = Bounds(np.minimum(new.low, narrowest[0]), np.maximum(new.high, narrowest[1]))
        far = outside(self.design, rows)
        notes = (
            (f"beyond the moderators of every study, so extrapolated: {_first(names, far)}.",)
            if far.any()
            else ()
        )
        return Predictions(
            names, rows, estimate, se, df, mean.low, mean.high, new.low, new.high, far, level, notes
        )

    def _wald_se(self, rows: Array) -> Array:
        """Standard errors of the mean effects at these rows without the test's factor, (m,)."""
        triangle = np.linalg.qr(self.design / np.sqrt(self.vi + self.tau2)[:, None]).R
        se: Array = np.sqrt(np.sum(solve_triangular(triangle.T, rows.T, lower=True) ** 2, axis=0))
        return se

    @property
    def _estimates(self) -> Combinations:
        return Combinations(self.estimate, self.covariance, self.df, self.small_sample)

    def _level(self, level: float | None) -> float:
        return self.level if level is None else as_level(level)

    @property
    def _own_df(self) -> bool:
        """Whether coefficients differ in their degrees of freedom."""
        return bool((self.df != self.df.max()).any())

    def _title(self) -> str:
        moderators = self.p - (self.constant is not None)
        return f"Meta-regression of {counted(self.k)}, {counted(moderators, 'moderator column')}"

    def _header(self) -> Cells:
        if self._own_df:
            return ("", "estimate", "se", "t", "df", "p", f"{percent(self.level)} CI")
        statistic = "z" if math.isinf(self.df[0]) else f"t({number(self.df[0])})"
        return ("", "estimate", "se", statistic, "p", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return coefficient_rows(self, self.names, self._own_df)

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high")
        return {"name": self.names, "df": self.df} | {name: getattr(self, name) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        return [("QM", str(self.QM)), *self.heterogeneity_facts()]

    def heterogeneity_facts(self) -> list[tuple[str, str]]:
        """tau2, I2, R2 and QE in words, name and text; those that do not exist are left out."""
        facts = [
            (
                "tau2",
                f"{number(self.tau2)}, {ci((self.tau2_low, self.tau2_high), self.level)}, residual",
            ),
            ("I2", f"{fixed(self.I2, 1)}%, {ci((self.I2_low, self.I2_high), self.level, 1)}, residual"),
        ]
        if not math.isnan(self.R2):
            facts.append(
                ("R2", f"{fixed(self.R2, 1)}% of tau2 without moderators ({number(self.tau2_without)})")
            )
        test = WaldTest(self.QE, int(self.QE_df), math.inf, self.QE_p, ())
        return [*facts, ("QE", f"{test}, residual heterogeneity")]

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))


def _first(names: Sequence[str], far: Mask) -> str:
    found = list(compress(names, far))
    shown = ", ".join(found[:3])
    return shown if len(found) <= 3 else f"{shown} and {len(found) - 3} more"
