"""What `bayes` gives: the posterior's numbers, their words, and the questions that can be asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from evidence.choices import as_number, named
from evidence.wording import counted, interval, number, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.posterior import Posterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array
from synthesis.posterior.beside_others import OtherMethods
from synthesis.posterior.marginal import Marginal
from synthesis.posterior.prior_words import tau_prior_of
from synthesis.posterior.sensitivity import Sensitivity, sensitivity
from synthesis.regression.tabular import Cells, Tabular

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot
    from synthesis.posterior.averaging import ModelAverage

Quantity = Literal["mu", "new"]


@dataclass(frozen=True, eq=False, repr=False)
class Bayesian(Drawable, Tabular):
    """The posterior of one random-effects meta-analysis; numbers that do not exist are nan.

    labels, yi, vi: of k studies. mu: the mean effect; tau: the between-study standard deviation; new: the
    effect in a new study; study_mean, study_sd, study_median, study_low, study_high: each study's own
    effect, (k,). above_null, new_above_null: P(mu > null), P(new > null). log_evidence: log marginal
    likelihood, nan where a prior is improper. for_no_heterogeneity, for_no_effect: Bayes factors of tau = 0
    and of mu = null against the model, nan where priors are improper. reasons: why a number does not exist,
    by its name. sensitivity: the same under other priors of tau. beside: other methods, for two to four
    studies. tau_prior, mu_prior: in words. interval: "central" or "shortest", at `level`, a fraction.

    Methods are questions to the result. Its plots: "posterior", "sensitivity" and "forest".
    """

    _HIDDEN = ("machinery",)

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _given: ClassVar[Given | None] = None

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    k: int
    mu: Marginal
    tau: Marginal
    new: Marginal
    study_mean: Array
    study_sd: Array
    study_median: Array
    study_low: Array
    study_high: Array
    above_null: float
    new_above_null: float
    log_evidence: float
    for_no_heterogeneity: float
    for_no_effect: float
    reasons: Mapping[str, str]
    tau_prior: str
    mu_prior: str
    null: float
    interval: str
    level: float
    machinery: Posterior
    sensitivity: Sensitivity
    beside: OtherMethods | None
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    def probability_beyond(self, threshold: float, of: Quantity = "mu") -> tuple[float, float]:
        """Probabilities that the mean effect ("mu"), or a new study's ("new"), lies above and below."""
        at = np.array([[self._inside(as_number(threshold, "threshold"))]])
        mixture = self._mixture(of)
        return mixture.above(at).item(), mixture.below(at).item()

    def density(self, values: Any, of: Literal["mu", "new", "tau"] = "mu") -> Array:
        """Posterior density at values, of any shape, in the units of the effects."""
        at = np.asarray(values, dtype=float)
        if named(of, ("mu", "new", "tau"), "of") == "tau":
            scaled = np.where(at >= 0, at, np.inf).reshape(1, at.size) / self._unit
            found = np.where(np.isinf(scaled), 0.0, self.machinery.tau.density(np.minimum(scaled, 1e130)))
        else:
            found = self._mixture(of).density(self._inside(at).reshape(1, at.size))
        return np.asarray(found / self._unit).reshape(at.shape)

    def joint_density(self, mu: Any, tau: Any) -> Array:
        """Posterior density of mu and tau together, at pairs of numbers that broadcast; tau above zero."""
        first, second = np.broadcast_arrays(np.asarray(mu, dtype=float), np.asarray(tau, dtype=float))
        found = self.machinery.joint_density(first.reshape(1, first.size), second.reshape(1, first.size))
        return found.reshape(first.shape)

    def quantile(self, p: Any, of: Literal["mu", "new", "tau"] = "mu") -> Array:
        """Posterior quantiles at p, of any shape, between zero and one."""
        at = np.asarray(p, dtype=float)
        if not ((at > 0) & (at < 1)).all():
            raise ValueError("p has a value that is not between zero and one; expected probabilities")
        if named(of, ("mu", "new", "tau"), "of") == "tau":
            found = self._unit * self.machinery.tau.quantile(at.ravel())
        else:
            found = self._outside(self._mixture(of).quantile(at.ravel()))
        return np.asarray(found).reshape(at.shape)

    def averaged(self, prior: Sequence[float] = (0.25, 0.25, 0.25, 0.25)) -> ModelAverage:
        """Averaged over {common, random effects} x {no effect, effect}, the priors being those of the result.

        prior: probabilities of the four models, in that order: common without and with an effect, random
        without and with. Raises ValueError where the prior of mu or of tau is improper.
        """
        from synthesis.posterior.averaging import averaged_models

        return averaged_models(self.machinery, self.level, self.null, prior)

    def under(self, priors: Sequence[TauPrior | str]) -> Sensitivity:
        """The posterior under other priors of tau, after that of the result."""
        used = self.machinery.tau_priors[0]
        several = tuple(dict.fromkeys([used, *map(tau_prior_of, priors)]))
        return sensitivity(self.yi, self.vi, several, self.machinery.mean_prior, self.null, self.level)

    def _mixture(self, of: str) -> Mixture:
        return self.machinery.mu if named(of, ("mu", "new"), "of") == "mu" else self.machinery.new

    @property
    def _unit(self) -> float:
        return float(self.machinery.data.unit[0])

    def _inside(self, values: Any) -> Any:
        return (values - self.machinery.data.origin[0]) / self._unit

    def _outside(self, values: Array) -> Array:
        found: Array = self.machinery.data.origin[0] + self._unit * values
        return found

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.posterior.posterior_plots import plot_posterior

        return plot_posterior(self, (self._given or Given()).beside(request.data), request)

    def _title(self) -> str:
        if self.k == 1:
            return f"{self.labels[0]}: posterior beside one study"
        return f"Posterior of {counted(self.k)}"

    def _header(self) -> Cells:
        kind = "" if self.interval == "central" else " shortest"
        return ("", "mean", "sd", "median", f"{percent(self.level)} CrI{kind}", f"P(> {number(self.null)})")

    def _body(self) -> list[Cells]:
        return [
            _row("mean effect", self.mu, self.above_null),
            _row("a new study's effect", self.new, self.new_above_null),
            _row("tau", self.tau, math.nan),
        ]

    def _facts(self) -> list[tuple[str, str]]:
        found = []
        if not math.isnan(self.for_no_heterogeneity):
            found.append(("Bayes factor for tau = 0", number(self.for_no_heterogeneity)))
        if not math.isnan(self.for_no_effect):
            found.append((f"Bayes factor for no effect ({number(self.null)})", number(self.for_no_effect)))
        if not math.isnan(self.log_evidence):
            found.append(("log marginal likelihood", number(self.log_evidence, 6)))
        return found

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))

    def _tables(self) -> list[Tabular]:
        """The further tables printed with the result."""
        return [self.sensitivity] if self.beside is None else [self.beside, self.sensitivity]

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self._tables())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join([super()._repr_html_(), *(table._repr_html_() for table in self._tables())])

    def _columns(self) -> dict[str, Any]:
        return {
            "label": list(self.labels),
            "yi": self.yi,
            "vi": self.vi,
            "mean": self.study_mean,
            "sd": self.study_sd,
            "median": self.study_median,
            "low": self.study_low,
            "high": self.study_high,
        }


def _row(name: str, found: Marginal, above: float) -> Cells:
    shown = "" if math.isnan(above) else number(above)
    return (
        name,
        number(found.mean),
        number(found.sd),
        number(found.median),
        interval((found.low, found.high)),
        shown,
    )
