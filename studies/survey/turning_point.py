"""Two straight lines that meet at a searched turning point of the exposure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from studies.survey.bootstrap import rao_wu
from studies.survey.design import SurveyDesign
from studies.survey.domain import Domain, choose
from studies.survey.errors import SurveyError
from studies.survey.estimates import Coefficient, Estimates, tail_of
from studies.survey.hinges import HingeSearch, hinge_search
from studies.survey.matrix import model_matrix
from studies.survey.regression import LinearFit, linear
from studies.survey.values import Array, numbers

BELOW, ABOVE, CHANGE = "below", "above", "above - below"
# Places that are tried at once; a finer search follows between the neighbours of the best.
NODES = 200


@dataclass(frozen=True)
class LikelihoodRatio:
    """Model-based: n log(rss of the line / rss of the two lines), chi-squared on 1 degree of freedom."""

    chi2: float
    p: float


@dataclass(frozen=True, eq=False)
class Piecewise:
    """Two slopes and the turning point between them.

    below, above, change: design-based slopes and their difference, whose t test is the Wald test of two lines
        against one. It, like the likelihood ratio, takes the turning point as known: after a search both
        call a straight line bent far more often than their p says (in simulations 0.2 to 0.3 at p < 0.05).
    p_searched: upper bound of the p value of the change that allows for the search (Davies 1987); nan when
        the turning point was given.
    fit, line: the regressions with two slopes (columns `below`, `above`) and with one (column `exposure`).
    """

    turning_point: float
    below: Coefficient
    above: Coefficient
    change: Coefficient
    likelihood_ratio: LikelihoodRatio
    p_searched: float
    fit: LinearFit
    line: LinearFit


@dataclass(frozen=True, eq=False)
class TurningPointInterval:
    """Bootstrap percentiles of the turning point; `replicates` holds them all."""

    low: float
    high: float
    level: float
    replicates: Array


@dataclass(frozen=True, eq=False)
class _Problem:
    design: SurveyDesign
    y: Array
    exposure: Array
    covariates: dict[str, npt.ArrayLike]
    chosen: Domain

    @property
    def values(self) -> Array:
        return self.exposure[self.chosen.rows]

    def fit(self, columns: Mapping[str, npt.ArrayLike]) -> LinearFit:
        x, names = model_matrix({**columns, **self.covariates})
        inside = np.zeros(self.design.n, dtype=bool)
        inside[self.chosen.rows] = True
        return linear(self.design, self.y, x, inside, names)

    def search(self, nodes: Array) -> HingeSearch:
        x, names = model_matrix({"exposure": self.exposure, **self.covariates})
        rows = self.chosen.rows
        return hinge_search(self.chosen, self.y[rows], x[rows], names, self.values, nodes)


def piecewise(
    design: SurveyDesign,
    y: npt.ArrayLike,
    exposure: npt.ArrayLike,
    covariates: Mapping[str, npt.ArrayLike] | None = None,
    domain: npt.ArrayLike | None = None,
    turning_point: float | None = None,
    search: tuple[float, float] = (0.05, 0.95),
) -> Piecewise:
    """Regression on two joined lines; the turning point minimises the weighted residual sum of squares.

    y, exposure: shape (n,); covariates: by name, shape (n,) each; turning_point: given, or None to search it
    between the two unweighted quantiles of the exposure in the domain named by `search`.
    Raises SurveyError when the exposure has too few values there, CollinearError as `linear`.
    """
    problem = _problem(design, y, exposure, covariates, domain)
    searched = turning_point is None
    place = _search(problem, search) if turning_point is None else float(turning_point)
    if not problem.values.min() < place < problem.values.max():
        raise SurveyError(f"the turning point {place:g} is outside the exposure's values in the domain")
    value = problem.exposure
    fit = problem.fit({BELOW: np.minimum(value, place), ABOVE: np.maximum(value - place, 0.0)})
    line = problem.fit({"exposure": value})
    chi2 = fit.n * float(np.log(line.rss / fit.rss))
    return Piecewise(
        turning_point=place,
        below=fit.coefficient(BELOW),
        above=fit.coefficient(ABOVE),
        change=_change(fit),
        likelihood_ratio=LikelihoodRatio(chi2, float(special.chdtrc(1, chi2))),
        p_searched=_p_searched(problem.search(_nodes(problem, search))) if searched else np.nan,
        fit=fit,
        line=line,
    )


def turning_point_interval(
    design: SurveyDesign,
    y: npt.ArrayLike,
    exposure: npt.ArrayLike,
    covariates: Mapping[str, npt.ArrayLike] | None = None,
    domain: npt.ArrayLike | None = None,
    search: tuple[float, float] = (0.05, 0.95),
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 1,
) -> TurningPointInterval:
    """The turning point searched again in each Rao-Wu bootstrap replicate: percentile interval.

    An end of the interval at an end of `search` says that the data do not bound the turning point there.
    Arguments and errors as `piecewise`; the same seed gives the same interval.
    """
    problem = _problem(design, y, exposure, covariates, domain)
    found = problem.search(_nodes(problem, search)).best_of_each(rao_wu(design, replicates, seed))
    tail = tail_of(level)
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return TurningPointInterval(float(low), float(high), level, found)


def _problem(
    design: SurveyDesign,
    y: npt.ArrayLike,
    exposure: npt.ArrayLike,
    covariates: Mapping[str, npt.ArrayLike] | None,
    domain: npt.ArrayLike | None,
) -> _Problem:
    outcome, value, others = numbers(y), numbers(exposure), dict(covariates or {})
    chosen = choose(design, domain, outcome, value, *(numbers(column) for column in others.values()))
    return _Problem(design, outcome, value, others, chosen)


def _nodes(problem: _Problem, search: tuple[float, float]) -> Array:
    """The distinct values of the exposure that are searched, or NODES of them."""
    if not 0.0 <= search[0] < search[1] <= 1.0:
        raise SurveyError(f"search is {search}; expected two increasing shares, e.g. (0.05, 0.95)")
    low, high = np.quantile(problem.values, search)
    distinct = np.unique(problem.values)
    inside = distinct[1:-1][(distinct[1:-1] >= low) & (distinct[1:-1] <= high)]
    if not len(inside):
        raise SurveyError("the exposure has too few distinct values in the domain for a turning point")
    return _thinned(inside)


def _thinned(values: Array) -> Array:
    if len(values) <= NODES:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, NODES).round().astype(int)], dtype=float)


def _search(problem: _Problem, search: tuple[float, float]) -> float:
    """Coarse to fine, until no value of the exposure lies between the neighbours of the best place."""
    nodes, distinct = _nodes(problem, search), np.unique(problem.values)
    while True:
        best = problem.search(nodes).best()
        at = int(np.searchsorted(nodes, best))
        low, high = nodes[max(at - 2, 0)], nodes[min(at + 1, len(nodes) - 1)]
        finer = distinct[(distinct >= low) & (distinct <= high)]
        if len(finer) <= np.count_nonzero((nodes >= low) & (nodes <= high)):
            return best
        nodes = _thinned(finer)


def _change(fit: LinearFit) -> Coefficient:
    contrast = np.zeros((1, len(fit.names)))
    contrast[0, fit.position(ABOVE)], contrast[0, fit.position(BELOW)] = 1.0, -1.0
    cov = contrast @ fit.cov @ contrast.T
    return Estimates((CHANGE,), contrast @ fit.coef, cov, fit.df, fit.n, fit.missing).coefficient(CHANGE)


def _p_searched(search: HingeSearch) -> float:
    """Davies 1987: P(sup |Z| > m) <= 2 Phi(-m) + V exp(-m^2 / 2) / sqrt(2 pi), V the variation of Z.

    Z at each node is the design-based score test of a hinge there, brought from t(df) to the normal scale.
    """
    df = search.chosen.df
    if df <= 0:
        return float("nan")
    scores = search.adjusted * search.residual[:, None]
    se = np.sqrt(np.diag(search.chosen.covariance(scores)))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = scores.sum(axis=0) / se
    z = -np.sign(t) * special.ndtri(special.stdtr(df, -np.abs(t)))
    m = float(np.abs(z).max())
    variation = float(np.abs(np.diff(z)).sum())
    return min(1.0, float(2.0 * special.ndtr(-m) + variation * np.exp(-0.5 * m * m) / np.sqrt(2.0 * np.pi)))
