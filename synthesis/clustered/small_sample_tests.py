"""Every coefficient's p-value by each way of allowing for few clusters, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from evidence.wording import number, p_number
from synthesis.clustered.robust_inference import ClusteredEstimates
from synthesis.pooling.dependent.saddlepoint import saddlepoint_p
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.tabular import Cells, Tabular

_MOST = 2_000
"""Clusters: a saddlepoint takes the eigenvalues of a matrix of their size, and beyond t is normal anyway."""


@dataclass(frozen=True, eq=False, repr=False)
class SmallSampleTests(Tabular):
    """One coefficient a row, its robust t and the p-values; arrays of shape (p,).

    satterthwaite: t on its own df, which the result shows; saddlepoint: by the distribution of the variance
    itself (McCaffrey & Bell 2006), nan above 2,000 clusters; clusters_less_one, clusters_less_p: t on J - 1
    and J - p, whatever the design; normal: no allowance.
    """

    names: tuple[str, ...]
    statistic: Array
    df: Array
    satterthwaite: Array
    saddlepoint: Array
    clusters_less_one: Array
    clusters_less_p: Array
    normal: Array
    test: str
    clusters: int

    def _title(self) -> str:
        return f"p-values with {self.test} standard errors of {self.clusters} clusters"

    def _header(self) -> Cells:
        j, p = self.clusters, len(self.names)
        return ("", "t", "df", "Satterthwaite", "saddlepoint", f"t({j - 1})", f"t({j - p})", "normal")

    def _body(self) -> list[Cells]:
        parts = (
            self.satterthwaite, self.saddlepoint, self.clusters_less_one, self.clusters_less_p, self.normal
        )  # fmt: skip
        return [
            (name, number(self.statistic[i]), number(self.df[i]), *(p_number(part[i]) for part in parts))
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        names = (
            "statistic", "df", "satterthwaite", "saddlepoint", "clusters_less_one", "clusters_less_p",
            "normal",
        )  # fmt: skip
        return {"name": self.names} | {name: getattr(self, name) for name in names}


def small_sample_tests(estimates: ClusteredEstimates, test: str) -> SmallSampleTests:
    """Of coefficients under a robust test. Raises ValueError for a test that trusts the model."""
    robust = estimates.robust
    if robust is None:
        raise ValueError(
            f"test {test!r} takes its standard errors from the model; expected a cluster-robust test such as "
            "CR2, whose p-values differ in how they allow for few clusters"
        )
    j, p = robust.clusters, estimates.beta.size
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimates.beta / np.sqrt(np.diag(estimates.covariance))
    few = j <= _MOST
    exact = [saddlepoint_p(float(t[i]), robust.eigenvalues(i)[0]) if few else np.nan for i in range(p)]
    return SmallSampleTests(
        names=estimates.names,
        statistic=t,
        df=estimates.df,
        satterthwaite=_two_sided(t, estimates.df),
        saddlepoint=np.array(exact),
        clusters_less_one=_two_sided(t, np.full(p, j - 1.0)),
        clusters_less_p=_two_sided(t, np.full(p, float(j - p))),
        normal=np.asarray(2.0 * special.ndtr(-np.abs(t))),
        test=test,
        clusters=j,
    )


def _two_sided(t: Array, df: Array) -> Array:
    live = df > 0
    tail = special.stdtr(np.where(live, df, 1.0), -np.abs(t))
    return np.where(live, 2.0 * np.asarray(tail), np.nan)
