"""The model without each cluster, or without each estimate: every choice the same, the variances anew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from evidence.wording import interval, number, p_number, percent
from synthesis.clustered.fitted_model import FittedModel, ModelOfEffects, fit_at, fit_model
from synthesis.clustered.robust_inference import clustered_estimates
from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import coefficients
from synthesis.regression.contrasts import wald_test
from synthesis.regression.tabular import Cells, Tabular

_BATCH = 4_000_000  # numbers in memory at a time


@dataclass(frozen=True, eq=False, repr=False)
class WithoutEach(Tabular):
    """Of each thing left out what the rest says; arrays of shape (n, p), but for `left`, n names.

    estimate, se, df, p_value, ci_low, ci_high: without it. change: the estimate with everything less that
    without it, in standard errors without it (DFBETAS). cook: Cook's distance over all coefficients, (n,).
    names: of the p coefficients; outside: whether the interval of each with everything excludes zero, (p,).
    nan where the rest cannot say.
    """

    left: tuple[str, ...]
    names: tuple[str, ...]
    estimate: Array
    se: Array
    df: Array
    p_value: Array
    ci_low: Array
    ci_high: Array
    change: Array
    cook: Array
    outside: Mask
    level: float
    what: str

    @property
    def decisive(self) -> tuple[str, ...]:
        """Names of those without which an interval excludes zero that did not, or the other way round."""
        outside = (self.ci_low > 0) | (self.ci_high < 0)
        turned = ((outside != self.outside) & ~np.isnan(self.ci_low)).any(axis=1)
        return tuple(compress(self.left, turned.tolist()))

    def _title(self) -> str:
        return f"Without each {self.what}"

    def _header(self) -> Cells:
        return ("without", "", "estimate", "se", "df", "p", f"{percent(self.level)} CI", "DFBETAS", "Cook")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                of,
                number(self.estimate[i, j]),
                number(self.se[i, j]),
                number(self.df[i, j]),
                p_number(self.p_value[i, j]),
                interval((self.ci_low[i, j], self.ci_high[i, j])),
                number(self.change[i, j]),
                number(self.cook[i]),
            )
            for i, name in enumerate(self.left)
            for j, of in enumerate(self.names)
        ]

    def _sentences(self) -> tuple[str, ...]:
        if not self.decisive:
            return (f"No {self.what} decides alone whether an interval excludes zero.",)
        return (f"Whether an interval excludes zero turns without {', '.join(self.decisive)}.",)

    def _columns(self) -> dict[str, Any]:
        p = len(self.names)
        numbers = ("estimate", "se", "df", "p_value", "ci_low", "ci_high", "change")
        found = {"left": np.repeat(self.left, p), "name": np.tile(self.names, len(self.left))}
        return (
            found
            | {name: getattr(self, name).ravel() for name in numbers}
            | {"cook": np.repeat(self.cook, p)}
        )


def left_out(
    fitted: FittedModel, names: tuple[str, ...], test: str, level: float, left: tuple[str, ...], what: str
) -> WithoutEach:
    """Leave out each cluster ("cluster"), whose names are `left` in their order, or each "estimate".

    The maximum of every likelihood is climbed to as one batch from the starts that all data have and from the
    parameters of the whole.
    """
    model = fitted.model
    group = model.cluster if what == "cluster" else np.arange(model.y.size)
    n, p = len(left), len(names)
    kept: Mask = np.arange(n)[:, None] != group
    found = {name: np.full((n, p), np.nan) for name in ("estimate", "se", "df", "p_value", "low", "high")}
    change, cook = np.full((n, p), np.nan), np.full(n, np.nan)
    all_of_it = clustered_estimates(fitted, names, test)
    whole = coefficients(all_of_it.beta, np.sqrt(np.diag(all_of_it.covariance)), all_of_it.df, level)
    for i, one in enumerate(_without_each(fitted, kept)):
        if one is None:
            continue
        estimates = clustered_estimates(one, names, test)
        se = np.sqrt(np.diag(estimates.covariance))
        made = coefficients(estimates.beta, se, estimates.df, level)
        for name in found:
            found[name][i] = getattr(made, name)
        apart = fitted.beta - estimates.beta
        change[i] = np.divide(apart, se, out=np.full(p, np.nan), where=se > 0)
        cook[i] = wald_test(apart, all_of_it.covariance, math.inf, names).statistic / p
    return WithoutEach(
        left,
        names,
        found["estimate"],
        found["se"],
        found["df"],
        found["p_value"],
        found["low"],
        found["high"],
        change,
        cook,
        (whole.low > 0) | (whole.high < 0),
        level,
        what,
    )


def _without_each(fitted: FittedModel, kept: Mask) -> list[FittedModel | None]:
    """The model of each subset of the effects, None where it leaves no more clusters than coefficients."""
    model = fitted.model
    p = model.x.shape[1]
    enough = np.array(
        [
            np.unique(model.cluster[rows]).size > p and np.linalg.matrix_rank(model.x[rows]) == p
            for rows in kept
        ]
    )
    found: list[FittedModel | None] = [None] * len(kept)
    sound = np.flatnonzero(enough)
    if not sound.size:
        return found
    if not model.terms:
        for i in sound.tolist():
            found[i] = fit_model(part_of(model, kept[i]))
        return found
    for some in np.array_split(sound, max(1, math.ceil(sound.size * _size(fitted) / _BATCH))):
        data = DependentData(fitted.blocks, np.repeat(fitted.data.y, some.size, axis=0), kept[some])
        best = maximise_blocks(data, _starts(fitted), fitted.restricted)
        for place, i in enumerate(some.tolist()):
            found[i] = fit_at(part_of(model, kept[i]), best.theta[place])
    return found


def _starts(fitted: FittedModel) -> Array:
    """Parameters to climb from, shape (S, q): those of the whole, whose hill the rest mostly has, are one."""
    return np.vstack([fitted.theta, starting_points(fitted.data)])


def _size(fitted: FittedModel) -> int:
    """Numbers that one data set takes."""
    return len(_starts(fitted)) * sum(stack.v.size for stack in fitted.blocks.stacks)


def part_of(model: ModelOfEffects, rows: Mask) -> ModelOfEffects:
    """The model of some of its effects, rows of shape (k,)."""
    chosen = np.flatnonzero(rows)
    return ModelOfEffects(
        model.x[rows],
        model.y[rows],
        model.v[chosen][:, chosen],
        tuple(_part_of_term(term, rows) for term in model.terms),
        np.unique(model.cluster[rows], return_inverse=True)[1],
        model.method,
        model.rho,
    )


def _part_of_term(term: RandomTerm, rows: Mask) -> RandomTerm:
    return RandomTerm(
        term.structure,
        term.group[rows],
        term.label,
        None if term.level is None else term.level[rows],
        None if term.columns is None else term.columns[rows],
        term.groups,
        term.levels,
    )
