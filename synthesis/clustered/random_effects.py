"""What the model says of each group of a random effect: best linear unbiased predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import interval, number, percent
from synthesis.clustered.fitted_model import FittedModel
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.sums import transposed
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class RandomEffects(Tabular):
    """Predictions of n random effects; arrays of shape (n,).

    term, group: whose; effect: its distance from what the coefficients say; se: of the distance between the
    prediction and the effect, the variances taken as known; low, high: its normal interval.
    """

    term: tuple[str, ...]
    group: tuple[str, ...]
    effect: Array
    se: Array
    low: Array
    high: Array
    level: float

    def _title(self) -> str:
        return "Random effects, predicted"

    def _header(self) -> Cells:
        return ("", "of", "effect", "se", f"{percent(self.level)} interval")

    def _body(self) -> list[Cells]:
        return [
            (
                group,
                self.term[i],
                number(self.effect[i]),
                number(self.se[i]),
                interval((self.low[i], self.high[i])),
            )
            for i, group in enumerate(self.group)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("effect", "se", "low", "high")
        return {"term": self.term, "group": self.group} | {name: getattr(self, name) for name in numbers}


def random_effects(fitted: FittedModel, labels: tuple[str, ...], level: float) -> RandomEffects:
    """G Z'P y of every term with its standard error, of groups and levels that have an effect.

    Robinson 1991: the error has the variance G - G Z'P Z G. Of random slopes it is each effect's own sum.
    Raises ValueError where the model has no random effects, or weights by moments only.
    """
    if not fitted.blocks.terms:
        raise ValueError(f"method {fitted.model.method} has no model of random effects to predict them by")
    terms: list[str] = []
    names: list[str] = []
    effects: list[float] = []
    variances: list[float] = []
    for n, (term, theta) in enumerate(fitted.fitted_terms):
        effect, variance = _of_rows(fitted, n, term.structure.covariance(theta))
        first = _first_rows(term)
        for row in first:
            terms.append(term.label)
            names.append(_name(term, row, labels))
            effects.append(float(effect[row]))
            variances.append(float(variance[row]))
    found, se = np.array(effects), np.sqrt(np.maximum(variances, 0.0))
    half = normal_quantile(level) * se
    return RandomEffects(tuple(terms), tuple(names), found, se, found - half, found + half, level)


def _of_rows(fitted: FittedModel, n: int, gamma: Array) -> tuple[Array, Array]:
    """Of each row the prediction of its own random effect of one term, and the variance of its error."""
    effect, variance = np.zeros(fitted.blocks.k), np.zeros(fitted.blocks.k)
    c = fitted.fit.covariance
    for part in fitted.fit.stacks:
        spread = part.stack.terms[n].spread(gamma)
        projection = part.weight - part.leverage @ c[:, None] @ transposed(part.leverage)
        predicted = (spread @ part.e[..., None])[0, ..., 0]
        explained = np.einsum("bnij,bnjk,bnki->ni", spread, projection, spread)
        real = part.stack.real
        effect[part.stack.rows[real]] = predicted[real]
        variance[part.stack.rows[real]] = (np.einsum("bnii->ni", spread) - explained)[real]
    return effect, variance


def _first_rows(term: RandomTerm) -> list[int]:
    """The first row of each group and level of a term; every row of random slopes."""
    if term.level is None:
        return list(range(term.group.size))
    found = np.unique(np.stack([term.group, term.level]), axis=1, return_index=True)
    first: list[int] = found[1].tolist()
    return first


def _name(term: RandomTerm, row: int, labels: tuple[str, ...]) -> str:
    if term.level is None or not term.groups:
        return labels[row]
    group = str(term.groups[term.group[row]])
    if not term.levels:
        return group
    level = str(term.levels[term.level[row]])
    return f"{group}, {level}" if group else level
