"""What `bayes` gives where effects are not normal: numbers, and the questions asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import numpy as np

from evidence.choices import as_number, named
from evidence.wording import counted, interval, number, percent
from synthesis.pooling.as_data import AsData
from synthesis.pooling.bayes.line_posterior import LinePosterior
from synthesis.pooling.bayes.new_effect import NewEffect
from synthesis.pooling.bayes.robust_posterior import RobustPosterior, robust_posterior
from synthesis.pooling.bayes.tau_priors import TauPrior
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.posterior.marginal import Marginal
from synthesis.posterior.prior_words import tau_prior_of
from synthesis.posterior.robust_numbers import robust_summaries
from synthesis.posterior.sensitivity import Sensitivity
from synthesis.regression.tabular import Cells, Tabular

Quantity = Literal["mu", "new", "tau"]


@dataclass(frozen=True)
class NormalBeside(AsData):
    """The same studies and priors with normal effects: the mean, tau and a new study's effect."""

    mu: Marginal
    tau: Marginal
    new: Marginal


@dataclass(frozen=True, eq=False, repr=False)
class RobustBayesian(Tabular):
    """The posterior of a meta-analysis whose effects have t tails or outliers; what does not exist is nan.

    labels, yi, vi: of k studies. effects: their distribution, in words. mu: the mean effect; tau: the scale
    of that distribution; new: the effect in a new study, intervals central, modes nan. study_mean, study_sd:
    each study's own effect, (k,); outlying: P(it comes from the wider distribution), (k,), nan for t.
    above_null, new_above_null: P(mu > null), P(new > null). log_evidence: log marginal likelihood, nan where
    a prior is improper. for_no_heterogeneity, for_no_effect, for_normal_effects: Bayes factors of tau = 0, of
    mu = null and of normal effects against the model. reasons: why a number is nan, by its name. normal: the
    same with normal effects. tau_prior, mu_prior: in words. level: a fraction.

    Methods are questions to the result.
    """

    _HIDDEN = ("machinery",)

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    k: int
    effects: str
    mu: Marginal
    tau: Marginal
    new: Marginal
    study_mean: Array
    study_sd: Array
    outlying: Array
    above_null: float
    new_above_null: float
    log_evidence: float
    for_no_heterogeneity: float
    for_no_effect: float
    for_normal_effects: float
    reasons: Mapping[str, str]
    normal: NormalBeside
    tau_prior: str
    mu_prior: str
    null: float
    level: float
    machinery: RobustPosterior
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    def probability_beyond(self, threshold: float, of: Literal["mu", "new"] = "mu") -> tuple[float, float]:
        """Probabilities that the mean effect ("mu"), or a new study's ("new"), lies above and below."""
        at = np.array([[self._inside(as_number(threshold, "threshold"))]])
        line = self._line(of)
        return line.above(at).item(), line.below(at).item()

    def density(self, values: Any, of: Quantity = "mu") -> Array:
        """Posterior density at values, of any shape, in the units of the effects."""
        at = np.asarray(values, dtype=float)
        if named(of, ("mu", "new", "tau"), "of") == "tau":
            scaled = np.where(at >= 0, at, np.inf).reshape(1, at.size) / self._unit
            found = np.where(np.isinf(scaled), 0.0, self.machinery.tau.density(np.minimum(scaled, 1e130)))
        else:
            found = self._line(of).density(self._inside(at).reshape(1, at.size))
        return np.asarray(found / self._unit).reshape(at.shape)

    def quantile(self, p: Any, of: Quantity = "mu") -> Array:
        """Posterior quantiles at p, of any shape, between zero and one."""
        at = np.asarray(p, dtype=float)
        if not ((at > 0) & (at < 1)).all():
            raise ValueError("p has a value that is not between zero and one; expected probabilities")
        if named(of, ("mu", "new", "tau"), "of") == "tau":
            found = self._unit * self.machinery.tau.quantile(at.ravel())
        else:
            found = self._origin + self._unit * self._line(of).quantile(at.ravel())
        return np.asarray(found).reshape(at.shape)

    def under(self, priors: Sequence[TauPrior | str]) -> Sensitivity:
        """The posterior under other priors of tau, after that of the result; each is integrated anew."""
        used, given = self.machinery.tau_prior, self.machinery.given
        several = tuple(dict.fromkeys([used, *map(tau_prior_of, priors)]))
        effects = Effects(self.yi, self.vi)
        found = [robust_posterior(effects, prior, given.prior, given.effects) for prior in several]
        return robust_summaries(found, self.null, self.level)

    def averaged(self, prior: Sequence[float] = ()) -> NoReturn:
        """Raises ValueError: models are averaged where effects are normal."""
        raise ValueError(
            "averaging over models is of normal effects; expected effects='normal', or the Bayes factors of "
            "this result"
        )

    def _line(self, of: str) -> LinePosterior | NewEffect:
        return self.machinery.mu if named(of, ("mu", "new"), "of") == "mu" else self.machinery.new

    @property
    def _unit(self) -> float:
        return float(self.machinery.data.unit[0])

    @property
    def _origin(self) -> float:
        return float(self.machinery.data.origin[0])

    def _inside(self, values: Any) -> Any:
        return (values - self._origin) / self._unit

    def _title(self) -> str:
        return f"Posterior of {counted(self.k)}, effects {self.effects}"

    def _header(self) -> Cells:
        return ("", "mean", "sd", "median", f"{percent(self.level)} CrI", f"P(> {number(self.null)})")

    def _body(self) -> list[Cells]:
        return [
            _cells("mean effect", self.mu, number(self.above_null)),
            _cells("a new study's effect", self.new, number(self.new_above_null)),
            _cells("tau", self.tau),
            _cells("normal effects: mean effect", self.normal.mu),
            _cells("normal effects: a new study's", self.normal.new),
            _cells("normal effects: tau", self.normal.tau),
        ]

    def _facts(self) -> list[tuple[str, str]]:
        factors = (
            ("Bayes factor for normal effects", self.for_normal_effects),
            ("Bayes factor for tau = 0", self.for_no_heterogeneity),
            (f"Bayes factor for no effect ({number(self.null)})", self.for_no_effect),
        )
        found = [(name, number(value)) for name, value in factors if not math.isnan(value)]
        if not math.isnan(self.log_evidence):
            found.append(("log marginal likelihood", number(self.log_evidence, 6)))
        if not np.isnan(self.outlying).any():
            order = np.argsort(-self.outlying, kind="stable")[:3]
            named_ones = ", ".join(f"{self.labels[i]} {number(self.outlying[i], 3)}" for i in order)
            found.append(("most likely outlying", named_ones))
        return found

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))

    def _columns(self) -> dict[str, Any]:
        return {
            "label": list(self.labels),
            "yi": self.yi,
            "vi": self.vi,
            "mean": self.study_mean,
            "sd": self.study_sd,
            "outlying": self.outlying,
        }


def _cells(name: str, found: Marginal, above: str = "") -> Cells:
    ends = interval((found.low, found.high))
    return (name, number(found.mean), number(found.sd), number(found.median), ends, above)
