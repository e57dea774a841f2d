"""Two straight lines that meet at a searched turning point of the exposure.

The search is weighted least squares with a hinge, for all its places at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from studies.survey.design import Array, Index, SurveyDesign, SurveyError, numbers
from studies.survey.domain import Domain, choose
from studies.survey.estimates import Coefficient, rao_wu, tail_of
from studies.survey.matrix import model_matrix, orthogonal
from studies.survey.regression import LinearFit, linear

# Below this part of their length, directions are lost in a replicate (a category nobody of whom was drawn),
# and a hinge is determined by the other columns there.
LOST = 1e-10


@dataclass(frozen=True, eq=False)
class HingeSearch:
    """The linear model's orthogonal columns, the outcome and a hinge at each node, all times root weights.

    nodes: (g,) increasing; columns (n, p), outcome (n,), hinges (n, g).
    """

    chosen: Domain
    nodes: Array
    columns: Array
    outcome: Array
    hinges: Array

    @property
    def residual(self) -> Array:
        """Of the model without a hinge, (n,)."""
        return self.outcome - self.columns @ (self.columns.T @ self.outcome)

    @property
    def adjusted(self) -> Array:
        """The hinges without what the other columns say of them, (n, g)."""
        return self.hinges - self.columns @ (self.columns.T @ self.hinges)

    def best(self) -> float:
        """The turning point with the least weighted residual sum of squares.

        Between two neighbouring values of the exposure a hinge is the linear interpolation of the hinges at
        them, so the optimum there is that of a ratio of quadratics and is found exactly.
        """
        everybody = np.arange(self.chosen.n)
        return float(_optimum(self.nodes, *self._scores(self._products_of(everybody)[None]))[0])

    def best_of_each(self, factors: Array) -> Array:
        """The same with the weights of the design's PSUs times each row of factors: (replicates,).

        factors: (replicates, PSUs).
        """
        return _optimum(self.nodes, *self._scores(self._products(factors)))

    def _scores(self, sums: Array) -> tuple[Array, Array, Array]:
        """Adjusted hinge times outcome, times itself, times the next one: (r, g), (r, g), (r, g - 1)."""
        p, g = self.columns.shape[1], len(self.nodes)
        cut = np.cumsum([p * p, p * (1 + g), g, g])
        qq, qr, hy, hh, hn = np.split(sums, cut, axis=1)
        right = qr.reshape(len(qr), p, 1 + g)
        solved = np.linalg.pinv(qq.reshape(len(qq), p, p), rcond=LOST) @ right
        outcome, hinge = solved[:, :, :1], right[:, :, 1:]
        score = hy - np.einsum("rpo,rpg->rg", outcome, hinge)
        square = hh - np.einsum("rpg,rpg->rg", solved[:, :, 1:], hinge)
        adjacent = hn - np.einsum("rpg,rpg->rg", solved[:, :, 1:-1], hinge[:, :, 1:])
        return score, square * (square > LOST * hh), adjacent

    def _products(self, factors: Array) -> Array:
        """Sums over PSUs of the products that the fit needs, times the factors: (replicates, products)."""
        order = np.argsort(self.chosen.psu)
        present = np.flatnonzero(self.chosen.psus)
        groups = np.split(order, np.flatnonzero(np.diff(self.chosen.psu[order])) + 1)
        # As many at a time as there are such times: bounds the memory when each person is a PSU.
        blocks = np.array_split(np.arange(len(groups)), math.isqrt(len(groups)))
        return np.asarray(
            sum(factors[:, present[b]] @ np.stack([self._products_of(groups[i]) for i in b]) for b in blocks)
        )

    def _products_of(self, rows: Index) -> Array:
        q, y, h = self.columns[rows], self.outcome[rows], self.hinges[rows]
        right = np.column_stack([y, h])
        parts = [
            (q.T @ q).ravel(),
            (q.T @ right).ravel(),
            y @ h,
            np.einsum("ng,ng->g", h, h),
            np.einsum("ng,ng->g", h[:, :-1], h[:, 1:]),
        ]
        return np.concatenate(parts)


def hinge_search(
    chosen: Domain, y: Array, x: Array, names: Sequence[str], exposure: Array, nodes: Array
) -> HingeSearch:
    """y, exposure (n,) and x (n, p) of the people chosen, x with the intercept and the exposure itself."""
    root = np.sqrt(chosen.weights)
    columns, _ = orthogonal(x * root[:, None], names)
    hinges = np.maximum(exposure[:, None] - nodes, 0.0) * root[:, None]
    return HingeSearch(chosen, nodes, columns, y * root, hinges)


def _optimum(nodes: Array, score: Array, square: Array, adjacent: Array) -> Array:
    """The best of the nodes and of the stationary points between them, per row."""
    a, b = score[:, :-1], np.diff(score)
    c0 = square[:, :-1]
    c1, c2 = 2.0 * (adjacent - c0), c0 - 2.0 * adjacent + square[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (a * c1 - 2.0 * b * c0) / (b * c1 - 2.0 * a * c2)
        t = np.where((t > 0) & (t < 1), t, 0.0)
        length = c0 + (c1 + c2 * t) * t
        between = np.where((t > 0) & (length > 0), (a + b * t) ** 2 / length, -np.inf)
        at_node = np.where(square > 0, score**2 / square, -np.inf)
    places = np.concatenate([np.broadcast_to(nodes, score.shape), nodes[:-1] + t * np.diff(nodes)], axis=1)
    best = np.concatenate([at_node, between], axis=1).argmax(axis=1)
    return np.asarray(places[np.arange(len(best)), best])


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

    For outcomes of linear regression. Of events, give `glm` the two columns of a turning point that is known.

    y, exposure: shape (n,); covariates: by name, shape (n,) each; turning_point: given, or None to search it
    between the two unweighted quantiles of the exposure in the domain named by `search`.
    Raises SurveyError when the exposure has too few values there, CollinearError as `linear`.
    """
    problem = _problem(design, y, exposure, covariates, domain)
    searched = turning_point is None
    place = _search(problem, _nodes(problem, search)) if turning_point is None else float(turning_point)
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
    count = min(len(values), NODES)
    return np.asarray(values[np.linspace(0, len(values) - 1, count).round().astype(int)])


def _search(problem: _Problem, nodes: Array) -> float:
    """Coarse to fine, until no value of the exposure lies between the neighbours of the best place."""
    best, distinct = problem.search(nodes).best(), np.unique(problem.values)
    at = int(np.searchsorted(nodes, best))
    near = nodes[np.abs(np.arange(len(nodes)) - at) <= 2]
    finer = distinct[(distinct >= near[0]) & (distinct <= near[-1])]
    if len(finer) == len(near):
        return best
    return _search(problem, _thinned(finer))


def _change(fit: LinearFit) -> Coefficient:
    row = np.zeros((1, len(fit.names)))
    row[0, fit.position(ABOVE)], row[0, fit.position(BELOW)] = 1.0, -1.0
    return fit.contrast([CHANGE], row).coefficient(CHANGE)


def _p_searched(search: HingeSearch) -> float:
    """Davies 1987: P(sup |Z| > m) <= 2 Phi(-m) + V exp(-m^2 / 2) / sqrt(2 pi), V the variation of Z.

    Z at each node is the design-based score test of a hinge there, brought from t(df) to the normal scale;
    its sign plays no part.
    """
    df = search.chosen.df
    if df <= 0:
        return float("nan")
    scores = search.adjusted * search.residual[:, None]
    se = np.sqrt(np.diag(search.chosen.covariance(scores)))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = scores.sum(axis=0) / se
    tail = np.maximum(special.stdtr(df, -np.abs(t)), np.finfo(float).tiny)  # beyond, z would be infinite
    z = np.sign(t) * special.ndtri(tail)
    m = float(np.abs(z).max())
    variation = float(np.abs(np.diff(z)).sum())
    return min(1.0, float(2.0 * special.ndtr(-m) + variation * np.exp(-0.5 * m * m) / np.sqrt(2.0 * np.pi)))
