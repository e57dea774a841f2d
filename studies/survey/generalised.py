"""Logistic and Poisson regression: fitted by statsmodels, with a variance linearised in the design."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from studies.survey.design import Array, Mask, SurveyDesign, SurveyError
from studies.survey.domain import choose
from studies.survey.matrix import independent, matrix, names_of, vector
from studies.survey.regression import RegressionFit
from studies.survey.separation import SeparationError, separating

BINOMIAL, POISSON = "binomial", "poisson"
# The steps of the last iterations, in units of the linear predictor: what is left after one below SETTLED is
# its square. Where there is no finite optimum each step moves somebody by about one.
SETTLED = 1e-8
STEPS = 12
# Where statsmodels hands over: the deviance, of weights with mean one, changes by less.
ROUGH_DEVIANCE = 1e-2


@dataclass(frozen=True, eq=False)
class GLMFit(RegressionFit):
    """A generalised linear regression; coefficients are log odds ratios (binomial) or log ratios (poisson).

    Beside what LinearFit shares with it as a RegressionFit:
    deviance, dispersion: as svyglm prints them, of weights scaled to mean one among the people analysed; the
        dispersion is the weighted variance of their Pearson residuals, and plays no part in `cov`.
    fitted: the expected outcome of each person of the design, nan for who is not analysed.
    """

    family: str
    deviance: float
    dispersion: float
    fitted: Array


def glm(
    design: SurveyDesign,
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    family: str,
    domain: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    offset: npt.ArrayLike | None = None,
) -> GLMFit:
    """Weighted maximum likelihood of y on x among the domain, with its design-based covariance.

    family: "binomial" (logit link, y 0 or 1: odds ratios) or "poisson" (log link, y 0 or more: ratios of
    rates, and for y 0 or 1 of prevalences, the modified Poisson regression of Zou 2004). Neither variance is
    taken from the family, so these are quasi-binomial and quasi-Poisson as well.
    The linearised value of a person is (X'WX)^-1 x w (y - fitted), W holding w times the variance function,
    and the covariance that of the sum of these values in the design. Binder 1983; as survey::svyglm on
    subset(design, domain). statsmodels climbs; Newton's steps carry its answer on to all digits.

    y: shape (n,); x: shape (n, p), with its intercept; domain: boolean, shape (n,); names: of the p columns;
    offset: added to the linear predictor, shape (n,): for rates the logarithm of person-time.
    Raises SeparationError where coefficients run away to infinity (a class without an event), CollinearError
    when columns are not independent in the domain, SurveyError for an outcome outside the family, the same
    outcome for everybody, and what does not fit.
    """
    outcome, columns = vector(y, "y"), matrix(x)
    shift = np.zeros(len(outcome)) if offset is None else vector(offset, "offset")
    labels = names_of(names, columns.shape[1])
    chosen = choose(design, domain, outcome, columns, shift)
    rows = chosen.rows
    _check_outcome(outcome[rows], shift[rows], family)
    q, r = independent(columns[rows], labels)
    problem = _Problem(family, outcome[rows], q, shift[rows], chosen.weights / chosen.weights.mean())
    turned = problem.solve()
    if turned is None:
        raise _no_optimum(outcome[rows], columns[rows], family, labels)
    inverse = np.linalg.inv(r)
    mu = problem.fitted(turned)
    residual = problem.y - mu
    # PSU sums are taken on the orthogonal columns and turned afterwards: PSUs are few, people are many.
    totals = chosen.psu_totals(q * (problem.weights * residual)[:, None])
    bread = inverse @ np.linalg.inv(problem.information(mu))
    fitted = np.full(design.n, np.nan)
    fitted[rows] = mu
    return GLMFit(
        names=labels,
        estimate=inverse @ turned,
        cov=chosen.covariance_of_totals(totals @ bread.T),
        df=chosen.df,
        n=chosen.n,
        missing=chosen.missing,
        residual_df=chosen.df + 1 - len(labels),
        n_psu=int(chosen.psus.sum()),
        n_strata=int(chosen.strata.sum()),
        family=family,
        deviance=problem.deviance(mu),
        dispersion=problem.dispersion(mu),
        fitted=fitted,
    )


@dataclass(frozen=True, eq=False)
class _Problem:
    """y, offset, weights (n,) and orthogonal columns q (n, p) of the people analysed; weights have mean 1."""

    family: str
    y: Array
    q: Array
    offset: Array
    weights: Array

    def fitted(self, turned: Array) -> Array:
        """Expected outcomes (n,) of coefficients of q."""
        eta = self.q @ turned + self.offset
        return np.asarray(special.expit(eta) if self.family == BINOMIAL else np.exp(eta))

    def variance(self, mu: Array) -> Array:
        """The variance function, which is the derivative of the inverse link too."""
        return mu * (1.0 - mu) if self.family == BINOMIAL else mu

    def information(self, mu: Array) -> Array:
        return self.q.T @ (self.q * (self.weights * self.variance(mu))[:, None])

    def solve(self) -> Array | None:
        """The coefficients of q; None where they do not settle."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what statsmodels says of separation is said below, once
            try:
                return self._polished(self._climbed())
            except (np.linalg.LinAlgError, ValueError):  # its words for weights or a scale beyond numbers
                return None

    def _climbed(self) -> Array:
        from statsmodels.genmod import families  # slow to import
        from statsmodels.genmod.generalized_linear_model import GLM

        kind: Any = families.Binomial() if self.family == BINOMIAL else families.Poisson()
        model = GLM(self.y, self.q, family=kind, freq_weights=self.weights, offset=self.offset)
        return np.asarray(model.fit(tol=ROUGH_DEVIANCE).params)

    def _polished(self, turned: Array) -> Array | None:
        for _ in range(STEPS):
            mu = self.fitted(turned)
            score = self.q.T @ (self.weights * (self.y - mu))
            step = np.linalg.solve(self.information(mu), score)
            turned = turned + step
            if np.abs(self.q @ step).max() < SETTLED:
                return turned
        return None

    def deviance(self, mu: Array) -> float:
        y = self.y
        if self.family == BINOMIAL:
            each = -np.log(np.where(y > 0, mu, 1.0 - mu))
        else:
            each = special.xlogy(y, y / mu) + mu - y
        return 2.0 * float(self.weights @ each)

    def dispersion(self, mu: Array) -> float:
        pearson = (self.y - mu) / np.sqrt(self.variance(mu))
        mean = self.weights @ pearson / len(mu)
        return float(self.weights @ (pearson - mean) ** 2) / (len(mu) - 1)


def _check_outcome(y: Array, offset: Array, family: str) -> None:
    if family not in (BINOMIAL, POISSON):
        raise SurveyError(f"family is {family!r}; expected {BINOMIAL!r} or {POISSON!r}")
    outside: Mask = (y != 0) & (y != 1) if family == BINOMIAL else y < 0
    if outside.any():
        shown = ", ".join(f"{value:g}" for value in np.unique(y[outside])[:3])
        raise SurveyError(
            f"y is {shown} for {outside.sum()} of {len(y)} people; family {family!r} takes "
            + ("0 or 1" if family == BINOMIAL else "0 or more")
        )
    if not np.ptp(y) and not (y[0] and np.ptp(offset)):
        raise SurveyError(
            f"y is {y[0]:g} for all {len(y)} people of the domain, so there is nothing to compare: choose a "
            "larger domain or another outcome"
        )


def _no_optimum(y: Array, x: Array, family: str, names: Sequence[str]) -> SurveyError:
    """Why the coefficients did not settle."""
    apart = separating(x, y, family == POISSON)
    if apart:
        return SeparationError([names[j] for j in apart])
    return SurveyError(
        f"the {family} regression of {len(y)} people on {len(names)} columns did not converge: bring columns "
        "to sizes near one, or leave out those with few people in them"
    )
