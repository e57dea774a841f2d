"""The cluster wild bootstrap as a test with its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.choices import as_whole, named
from evidence.wording import number, p_text
from synthesis.clustered.fitted_model import FittedModel
from synthesis.clustered.robust_inference import refuse_ties
from synthesis.pooling.as_data import AsData
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.wild_bootstrap import wild_draws, wild_test
from synthesis.pooling.kernel.effects import Array

FEWEST = 4
"""Clusters: three have four sign vectors, so that no p is below one quarter."""


@dataclass(frozen=True, repr=False)
class WildBootstrap(AsData):
    """Wald's statistic by the robust covariance `kind`, and its p from changes of sign of whole clusters.

    as_large: draws with a statistic at least as large, of `draws`; exact: whether these were all there are.
    """

    statistic: float
    as_large: int
    draws: int
    exact: bool
    p_value: float
    tested: tuple[str, ...]
    kind: str

    def __str__(self) -> str:
        how = f"all {self.draws} sign vectors" if self.exact else f"{self.draws} random sign vectors"
        what = ", ".join(self.tested)
        return (
            f"Cluster wild bootstrap of {what}: {self.kind} Wald statistic {number(self.statistic)}, "
            f"{how}, {p_text(self.p_value)}"
        )

    __repr__ = __str__


def wild_bootstrap(
    fitted: FittedModel, matrix: Array, tested: tuple[str, ...], kind: str, draws: int, seed: int
) -> WildBootstrap:
    """That matrix (q, p) times the coefficients of the design is zero. Raises ValueError for a slip."""
    kind = named(kind, ROBUST, "kind")
    count, start = as_whole(draws, "draws", 99), as_whole(seed, "seed", 0)
    refuse_ties(fitted.model)
    clusters = np.unique(fitted.model.cluster).size
    if clusters < FEWEST:
        raise ValueError(
            f"{clusters} clusters have {2 ** (clusters - 1)} sign vectors, so that no p could be below "
            f"{1 / 2 ** (clusters - 1):g}; expected {FEWEST} clusters or more"
        )
    found = wild_test(wild_draws(fitted.fit, matrix @ fitted.back, kind), count, start)
    return WildBootstrap(
        found.statistic, found.as_large, found.draws, found.exact, found.p_value, tested, kind
    )
