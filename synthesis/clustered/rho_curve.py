"""The summary over correlations of the errors: what the assumed rho does to the conclusion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evidence.wording import fixed, interval, number, p_number, percent
from synthesis.clustered.fitted_model import FittedModel, fit_model
from synthesis.clustered.robust_inference import clustered_estimates
from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate
from synthesis.pooling.dependent.blocks import Stack
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import coefficients
from synthesis.regression.tabular import Cells, Tabular

RHOS = tuple(n / 20 for n in range(20))


@dataclass(frozen=True, eq=False, repr=False)
class RhoCurve(Tabular):
    """One coefficient over n correlations of errors (20), everything by the test of the result.

    rho, estimate, se, df, p_value, ci_low, ci_high: shape (n, ) for each of p coefficients, (n, p); names:
    of these; assumed: the correlation of the result. level: of the intervals.
    """

    names: tuple[str, ...]
    rho: Array
    estimate: Array
    se: Array
    df: Array
    p_value: Array
    ci_low: Array
    ci_high: Array
    assumed: float
    level: float

    @property
    def changes(self) -> tuple[bool, ...]:
        """Of each coefficient, whether some rho excludes zero from its interval and another does not."""
        outside = (self.ci_low > 0) | (self.ci_high < 0)
        some, every = np.atleast_1d(outside.any(axis=0)), np.atleast_1d(outside.all(axis=0))
        return tuple((some & ~every).tolist())

    @property
    def span(self) -> str:
        """`0 to 0.95`: the correlations that were possible."""
        return f"{self.rho[0]:g} to {self.rho[-1]:g}"

    @property
    def sentence(self) -> str:
        """Whether what is concluded depends on the correlation that was assumed."""
        return self.told(lambda values: values)

    def told(self, shown: Callable[[Array], Array], *, tests_null: bool = True) -> str:
        """The same with numbers as readers see them; tests_null: whether there is a value of no effect."""
        told = []
        for j, name in enumerate(self.names):
            whose = "the summary" if len(self.names) == 1 else name
            seen = shown(self.estimate[:, j])
            moved = f"{whose} lies between {number(seen.min())} and {number(seen.max())}"
            verdict = (
                ", and whether its interval excludes no effect depends on rho"
                if self.changes[j]
                else ", and no rho changes whether its interval excludes no effect"
            )
            told.append(moved + (verdict if tests_null else ""))
        return f"Over rho from {self.span} {'; '.join(told)}."

    def _title(self) -> str:
        return f"The model over correlations of the errors (assumed: {self.assumed:g})"

    def _header(self) -> Cells:
        return ("rho", "", "estimate", "se", "df", "p", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [
            (
                fixed(self.rho[i], 2),
                name,
                number(self.estimate[i, j]),
                number(self.se[i, j]),
                number(self.df[i, j]),
                p_number(self.p_value[i, j]),
                interval((self.ci_low[i, j], self.ci_high[i, j])),
            )
            for j, name in enumerate(self.names)
            for i in range(self.rho.size)
        ]

    def _columns(self) -> dict[str, Any]:
        p = len(self.names)
        numbers = ("estimate", "se", "df", "p_value", "ci_low", "ci_high")
        return {"name": np.repeat(self.names, self.rho.size), "rho": np.tile(self.rho, p)} | {
            name: getattr(self, name).T.ravel() for name in numbers
        }

    def _sentences(self) -> tuple[str, ...]:
        return (self.sentence,)


def over_rho(
    fitted: FittedModel, names: tuple[str, ...], test: str, level: float, assumed: float
) -> RhoCurve:
    """Every fit anew, the same in everything but rho, which the fit assumed to be one number."""
    return _curve(_at_every_rho(fitted, assumed), RHOS, names, test, level, assumed)


def over_covariances(
    fitted: FittedModel,
    rhos: Sequence[float],
    v: tuple[Array, ...],
    names: tuple[str, ...],
    test: str,
    level: float,
    assumed: float,
) -> RhoCurve:
    """Every fit anew with the sampling covariances of n correlations, of each stack (n, blocks, m, m)."""
    return _curve(_with_covariances(fitted, v), rhos, names, test, level, assumed)


def _curve(
    models: Iterable[FittedModel],
    rhos: Sequence[float],
    names: tuple[str, ...],
    test: str,
    level: float,
    assumed: float,
) -> RhoCurve:
    each = []
    for model in models:
        estimates = clustered_estimates(model, names, test)
        se = np.sqrt(np.diag(estimates.covariance))
        each.append(coefficients(estimates.beta, se, estimates.df, level))
    return RhoCurve(
        names,
        np.array(rhos),
        np.array([c.estimate for c in each]),
        np.array([c.se for c in each]),
        np.array([c.df for c in each]),
        np.array([c.p_value for c in each]),
        np.array([c.low for c in each]),
        np.array([c.high for c in each]),
        assumed,
        level,
    )


def _at_every_rho(fitted: FittedModel, assumed: float) -> Iterator[FittedModel]:
    if fitted.moments is not None:
        yield from (fit_model(replace(fitted.model, rho=rho)) for rho in RHOS)
        return
    yield from _with_covariances(fitted, tuple(_correlated(stack, assumed) for stack in fitted.blocks.stacks))


def _with_covariances(fitted: FittedModel, v: tuple[Array, ...]) -> Iterator[FittedModel]:
    """The fits with other sampling covariances, those of each stack of shape (n, blocks, m, m)."""
    rows = np.zeros(len(v[0]), dtype=np.intp)
    data = DependentData(fitted.blocks, fitted.data.y[rows], v=v)
    found = maximise_blocks(data, starting_points(data), fitted.restricted)
    for i, theta in enumerate(found.theta):
        one = data.take(np.array([i]))
        fit = evaluate(one, theta[None], fitted.restricted)
        yield FittedModel(fitted.model, one, theta, fit, fitted.back)


def _correlated(stack: Stack, assumed: float) -> Array:
    """The sampling covariances of a stack at every rho, shape (20, n, m, m)."""
    diagonal = stack.v * np.eye(stack.cluster.shape[-1])
    spread = np.sqrt(np.einsum("nii->ni", stack.v))
    tied = (stack.v - diagonal) != 0 if assumed else _sharing(stack)
    unit = spread[:, :, None] * spread[:, None, :] * tied
    found: Array = diagonal + np.array(RHOS)[:, None, None, None] * unit
    return found


def _sharing(stack: Stack) -> Mask:
    """Which pairs of rows share a cluster, where no covariance says so."""
    real = stack.real
    same = (stack.cluster[:, :, None] == stack.cluster[:, None, :]) & real[:, :, None] & real[:, None, :]
    apart: Mask = same & ~np.eye(stack.cluster.shape[-1], dtype=bool)
    return apart
