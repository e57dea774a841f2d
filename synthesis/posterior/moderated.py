"""What `bayes` gives with moderators: posteriors of the coefficients, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import as_number
from evidence.wording import counted, interval, number, percent
from synthesis.pooling.bayes.bayesian_regression import RegressionPosterior
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.posterior.coefficient_sensitivity import CoefficientSensitivity, coefficient_sensitivity
from synthesis.posterior.marginal import Marginal, credible_ends
from synthesis.posterior.prior_words import tau_prior_of
from synthesis.regression.design_matrix import Recipe
from synthesis.regression.formula import positions
from synthesis.regression.predictions import outside
from synthesis.regression.tabular import Cells, Tabular

_PREDICTED = ("mean", "sd", "median", "low", "high", "above_null", "new_low", "new_median", "new_high")


@dataclass(frozen=True, eq=False, repr=False)
class BayesianPredictions(Tabular):
    """m predictions; arrays of shape (m,) but for the design rows X, (m, p). Moments that lack are nan.

    mean, sd, median, low, high: the mean effect there; above_null: the probability that it exceeds `null`.
    new_median, new_low, new_high: the effect in a new study. outside: rows farther out than any study is.
    """

    names: tuple[str, ...]
    X: Array
    mean: Array
    sd: Array
    median: Array
    low: Array
    high: Array
    above_null: Array
    new_low: Array
    new_median: Array
    new_high: Array
    outside: Mask
    null: float
    level: float

    def _title(self) -> str:
        return "Prediction" if len(self.names) == 1 else f"{len(self.names)} predictions"

    def _header(self) -> Cells:
        level = percent(self.level)
        return (
            "",
            "mean",
            "sd",
            "median",
            f"{level} CrI",
            f"P(> {number(self.null)})",
            f"new study, {level}",
        )

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.mean[i]),
                number(self.sd[i]),
                number(self.median[i]),
                interval((self.low[i], self.high[i])),
                number(self.above_null[i]),
                interval((self.new_low[i], self.new_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        return {"row": self.names} | {name: getattr(self, name) for name in (*_PREDICTED, "outside")}

    def _sentences(self) -> tuple[str, ...]:
        far = list(compress(self.names, self.outside))
        if not far:
            return ()
        shown = ", ".join(far[:3]) + (f" and {len(far) - 3} more" if len(far) > 3 else "")
        return (f"Note: beyond the moderators of every study, so extrapolated: {shown}.",)


@dataclass(frozen=True, eq=False, repr=False)
class BayesianRegression(Tabular):
    """The posterior of a meta-regression of k studies on p columns; numbers that do not exist are nan.

    labels, yi, vi: of the studies; design: (k, p), with the names of its columns and the columns of each
    term. mean, sd, median, mode, low, high: of the coefficients, (p,); above_zero: P(coefficient > 0);
    for_zero: the Bayes factor of its being zero against the model, nan where priors are improper. tau: the
    residual between-study standard deviation. log_evidence: log marginal likelihood, and for_no_heterogeneity
    the Bayes factor of tau = 0, nan where a prior is improper. reasons: why a number does not exist, by its
    name. sensitivity: the same under other priors of tau. tau_prior, coefficient_prior: in words, the latter
    one a column. null: the value of no effect, for predictions. interval: "central" or "shortest", at
    `level`, a fraction.

    Methods are questions to the result; a coefficient is the name of a column, or its number from zero.
    """

    _HIDDEN = ("recipe", "machinery")

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    design: Array
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    recipe: Recipe
    k: int
    p: int
    mean: Array
    sd: Array
    median: Array
    mode: Array
    low: Array
    high: Array
    above_zero: Array
    for_zero: Array
    tau: Marginal
    log_evidence: float
    for_no_heterogeneity: float
    reasons: Mapping[str, str]
    tau_prior: str
    coefficient_prior: tuple[str, ...]
    null: float
    interval: str
    level: float
    machinery: RegressionPosterior
    sensitivity: CoefficientSensitivity
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    def probability_beyond(self, threshold: float, of: str | int) -> tuple[float, float]:
        """Probabilities that a coefficient lies above and below a number, in its units.

        Raises ValueError for a coefficient that the model does not have.
        """
        at = np.array([[as_number(threshold, "threshold") / self.machinery.unit]])
        mixture = self._coefficient(of)
        return mixture.above(at).item(), mixture.below(at).item()

    def density(self, values: Any, of: str | int) -> Array:
        """Posterior density of a coefficient, or of "tau", at values of any shape."""
        at = np.asarray(values, dtype=float)
        scaled = at.reshape(1, at.size) / self.machinery.unit
        if of == "tau":
            found = np.where(scaled >= 0, self.machinery.tau.density(np.clip(scaled, 0.0, 1e130)), 0.0)
        else:
            found = self._coefficient(of).density(scaled)
        return np.asarray(found / self.machinery.unit).reshape(at.shape)

    def quantile(self, p: Any, of: str | int) -> Array:
        """Posterior quantiles of a coefficient, or of "tau", at p of any shape, between zero and one."""
        at = np.asarray(p, dtype=float)
        if not ((at > 0) & (at < 1)).all():
            raise ValueError("p has a value that is not between zero and one; expected probabilities")
        holder = self.machinery.tau if of == "tau" else self._coefficient(of)
        return np.asarray(self.machinery.unit * holder.quantile(at.ravel())).reshape(at.shape)

    def predict(self, newdata: Any = None, *, level: float | None = None) -> BayesianPredictions:
        """Mean effects, and those of a new study, at values of moderators; by default at the studies' own.

        newdata: a data frame or dictionary with the formula's columns, or an array (m, q) of moderators
        without the intercept when they were given so. Intervals are of the kind of the result. Raises
        ValueError, naming the row, for a level no study has, a missing value or column.
        """
        level = self.level if level is None else as_level(level)
        rows = self.design if newdata is None else self.recipe.rows(newdata)
        names = self.labels if newdata is None else tuple(f"row {i + 1}" for i in range(len(rows)))
        found, unit = self.machinery, self.machinery.unit
        at = np.array([[self.null / unit]])
        columns = []
        for row in rows:
            here, new = found.mean_at(row), found.new_at(row)
            low, median, high = credible_ends(here, unit, 0.0, level, self.interval)[0]
            beyond = credible_ends(new, unit, 0.0, level, self.interval)[0]
            mean, sd = unit * here.expectation()[0], unit * here.deviation()[0]
            first, second = (found.coefficients_exist(order)[row != 0].all() for order in (1, 2))
            columns.append(
                (
                    mean if first else np.nan,
                    sd if second else np.nan,
                    median,
                    low,
                    high,
                    here.above(at).item(),
                    *beyond,
                )
            )
        numbers = dict(zip(_PREDICTED, np.array(columns).T, strict=True))
        far = outside(self.design, rows)
        return BayesianPredictions(names, rows, **numbers, outside=far, null=self.null, level=level)

    def under(self, priors: Sequence[TauPrior | str]) -> CoefficientSensitivity:
        """The coefficients under other priors of tau, after that of the result."""
        several = tuple(dict.fromkeys([self.machinery.tau_prior, *map(tau_prior_of, priors)]))
        return coefficient_sensitivity(
            self.yi, self.vi, self.design, self.names, several, self.machinery.priors, self.level
        )

    def _coefficient(self, of: str | int) -> Mixture:
        chosen = positions(of, self.names, self.terms)
        if len(chosen) != 1:
            raise ValueError(
                f"{of!r} has {len(chosen)} columns ({', '.join(self.names[i] for i in chosen)}); expected one"
            )
        return self.machinery.coefficient(chosen[0])

    def _title(self) -> str:
        return f"Bayesian meta-regression of {counted(self.k)}, {counted(self.p, 'coefficient')}"

    def _header(self) -> Cells:
        kind = "" if self.interval == "central" else " shortest"
        return ("", "mean", "sd", "median", f"{percent(self.level)} CrI{kind}", "P(> 0)")

    def _body(self) -> list[Cells]:
        rows: list[Cells] = [
            (
                name,
                number(self.mean[i]),
                number(self.sd[i]),
                number(self.median[i]),
                interval((self.low[i], self.high[i])),
                number(self.above_zero[i]),
            )
            for i, name in enumerate(self.names)
        ]
        tau = self.tau
        ends = interval((tau.low, tau.high))
        return [*rows, ("tau, residual", number(tau.mean), number(tau.sd), number(tau.median), ends, "")]

    def _facts(self) -> list[tuple[str, str]]:
        factors = [
            (f"Bayes factor for {name} = 0", float(self.for_zero[i])) for i, name in enumerate(self.names)
        ]
        factors.append(("Bayes factor for tau = 0", self.for_no_heterogeneity))
        found = [(name, number(value)) for name, value in factors if not np.isnan(value)]
        if not np.isnan(self.log_evidence):
            found.append(("log marginal likelihood", number(self.log_evidence, 6)))
        return found

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.sensitivity}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return super()._repr_html_() + self.sensitivity._repr_html_()

    def _columns(self) -> dict[str, Any]:
        numbers = ("mean", "sd", "median", "mode", "low", "high", "above_zero", "for_zero")
        return {"name": self.names} | {name: getattr(self, name) for name in numbers}
