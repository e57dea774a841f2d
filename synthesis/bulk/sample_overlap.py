"""Corrections of effects before they are pooled: shared samples, and inflated statistics of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthesis.bulk.data_blocks import DataSets, RefusedEffect
from synthesis.pooling.kernel.effects import Array

_NEGATIVE = "overlap leaves a study without weight"


@dataclass(frozen=True, eq=False)
class Correction:
    """What is done to variances: multiplied by a study's inflation, (k,), then decoupled.

    shrink: whether effects are divided by its root instead, as for z with n, whose weights are those of n.
    correlations: of the studies' estimates under no effect, (k, k), from the samples they share; None
    without.
    """

    shrink: bool
    inflation: Array | None = None
    correlations: Array | None = None

    def of(self, block: DataSets) -> DataSets:
        """The block with corrected effects or variances."""
        if self.inflation is not None and self.shrink:
            block = replace(block, y=block.y / np.sqrt(self.inflation))
        elif self.inflation is not None:
            block = replace(block, v=block.v * self.inflation)
        return block if self.correlations is None else decoupled(block, self.correlations)


def decoupled(block: DataSets, correlations: Array) -> DataSets:
    """Variances of independent effects that have the mean, and its variance, of the correlated ones.

    With covariance V = S R S of the studies present, w = V^-1 1 are the weights of generalised least squares
    (Lin & Sullivan 2009); independent effects of variances 1 / w have the same fixed-effects mean and
    variance, and any other model can be fitted to them (Han, Duan, Sul, et al. 2016, "decoupling"). A data
    set in which a study's weight is not above zero is refused: its studies share so much that one adds
    nothing.
    """
    y, v = block.y.copy(), block.v.copy()
    refusals = list(block.refusals)
    present = block.present
    patterns, which = np.unique(present, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        studies = np.flatnonzero(pattern)
        if studies.size < 2:
            continue
        rows = np.flatnonzero(which.ravel() == number)
        inverse = np.linalg.inv(correlations[np.ix_(studies, studies)])
        se = np.sqrt(v[np.ix_(rows, studies)])
        weights = (1.0 / se) @ inverse / se
        wrong = ~(weights > 0).all(axis=1)
        v[np.ix_(rows, studies)] = 1.0 / np.where(weights > 0, weights, np.nan)
        for at in rows[wrong]:
            refusals.append(RefusedEffect(int(at), int(block.first_rows[at]), None, _NEGATIVE, _NEGATIVE))
        y[rows[wrong]] = v[rows[wrong]] = np.nan
    return replace(block, y=y, v=v, refusals=refusals)


def read_overlap(given: Any, names: tuple[str, ...]) -> Array:
    """Correlations of the studies' estimates, in their order.

    given: a matrix, or a data frame whose index and columns are the studies. Raises ValueError for what is no
    matrix of correlations, and for a study that is not in it.
    """
    studies = len(names)
    if hasattr(given, "reindex"):
        lacking = [name for name in names if name not in given.index or name not in given.columns]
        if lacking:
            raise ValueError(
                f"overlap lacks study '{lacking[0]}'; expected a row and a column for each study"
            )
        given = given.loc[list(names), list(names)]
    found = np.asarray(given, dtype=float)
    if found.shape != (studies, studies):
        raise ValueError(
            f"overlap has shape {found.shape}; expected a correlation for each of {studies} studies"
        )
    if not (
        np.allclose(found, found.T, rtol=0, atol=1e-12)
        and np.allclose(np.diag(found), 1.0, rtol=0, atol=1e-12)
    ):
        raise ValueError("overlap is not symmetric with a diagonal of one; expected a matrix of correlations")
    if np.linalg.eigvalsh(found).min() < 1e-8:
        raise ValueError("overlap is not positive definite: two studies share all that they have")
    return found


@dataclass(frozen=True, eq=False)
class SignCounts:
    """How often the signs of two studies' effects agreed, and how often both had one, (k, k)."""

    agreed: Array
    both: Array

    @classmethod
    def of(cls, y: Array) -> SignCounts:
        """Counts of a block y (n, k), nan where a study is absent."""
        sign = np.sign(np.nan_to_num(y))
        there = np.abs(sign)
        both = there.T @ there
        return cls(0.5 * (both + sign.T @ sign), both)

    def __add__(self, other: SignCounts) -> SignCounts:
        return SignCounts(self.agreed + other.agreed, self.both + other.both)

    def correlations(self, names: tuple[str, ...]) -> Array:
        """Tetrachoric correlations, (k, k), from how often signs agree. Province & Borecki 2013.

        Two normal statistics without an effect agree in sign with probability 1/2 + arcsin(r) / pi; few true
        effects among very many rows hardly move it. Raises ValueError for a pair that has too few rows.
        """
        k = len(self.both)
        for i in range(k):
            for j in range(i):
                if self.both[i, j] < LEAST_ROWS:
                    raise ValueError(
                        f"overlap of '{names[j]}' and '{names[i]}' cannot be estimated from "
                        f"{int(self.both[i, j])} rows; expected {LEAST_ROWS} or more, or correlations"
                    )
        found: Array = np.sin(np.pi * (self.agreed / self.both - 0.5))
        np.fill_diagonal(found, 1.0)
        return found


LEAST_ROWS = 1_000
"""Rows that two studies need in common for an estimate of their overlap: its standard error is then 0.05."""
