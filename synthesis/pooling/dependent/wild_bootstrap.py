"""Cluster wild bootstrap: the residuals of whole clusters under the null hypothesis, with turned signs.

Cameron, Gelbach & Miller 2008; Joshi, Pustejovsky & Beretvas 2022 for meta-analysis. The weights stay those
of the fitted model, so that each draw is a weighted least-squares fit; its statistic follows from sums over
clusters that are made once. With few clusters every vector of signs is taken and the test is exact in that
it does not depend on chance; a vector and its opposite give one statistic, so that half of them are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.dependent.block_likelihood import DependentFit
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.kernel.effects import Array

_BATCH = 2_000_000  # numbers in memory at a time
_TIE = 1e-10  # of a statistic: two that differ less are equal but for rounding


@dataclass(frozen=True, eq=False)
class WildDraws:
    """What each of R draws needs, from J clusters and q tested combinations of p coefficients.

    score: L C X_j'W_j e_j, (J, q), and whole, C X_j'W_j e_j, (J, p); adjusted: L C X_j'W_j A_j e_j, (J, q);
    pulled: L C X_j'W_j A_j X_j, (J, q, p), e the residuals under the null hypothesis.
    """

    score: Array
    whole: Array
    adjusted: Array
    pulled: Array

    @property
    def clusters(self) -> int:
        """How many clusters."""
        return int(self.score.shape[0])

    def statistics(self, signs: Array) -> Array:
        """Wald's statistic of each row of signs (R, J), shape (R,)."""
        estimate = signs @ self.score
        moved = signs @ self.whole
        scores = signs[:, :, None] * self.adjusted - np.einsum("jqp,rp->rjq", self.pulled, moved)
        covariance = scores.swapaxes(1, 2) @ scores
        if estimate.shape[1] == 1:
            with np.errstate(divide="ignore", invalid="ignore"):
                found = estimate[:, 0] ** 2 / covariance[:, 0, 0]
            return np.where(np.isnan(found), 0.0, found)
        solved = np.linalg.pinv(covariance) @ estimate[..., None]
        return np.asarray((estimate[:, None] @ solved)[:, 0, 0])


def wild_draws(fit: DependentFit, matrix: Array, kind: str) -> WildDraws:
    """Of one fit, the hypothesis that matrix (q, p) times its coefficients is zero, and a key of ROBUST."""
    c = fit.covariance[0]
    back = c @ matrix.T @ np.linalg.inv(matrix @ c @ matrix.T)
    null = fit.beta[0] - back @ (matrix @ fit.beta[0])
    adjust = ROBUST[kind].adjust
    parts: list[list[Array]] = [[], [], [], []]
    for part in fit.stacks:
        residual = (part.y - (part.x @ null))[0] * part.real[0]
        weighted = part.leverage[0]
        whole = np.einsum("nmp,nm->np", weighted, residual) @ c
        a = adjust(part, fit)[0]
        pulled = weighted.swapaxes(1, 2) @ a
        parts[0].append(whole @ matrix.T)
        parts[1].append(whole)
        parts[2].append(np.einsum("npm,nm->np", pulled, residual) @ c @ matrix.T)
        parts[3].append(matrix @ c @ pulled @ part.x[0])
    return WildDraws(*(np.concatenate(part) for part in parts))


@dataclass(frozen=True)
class WildTest:
    """Wald's statistic of the data, how many draws are at least as large, of how many, and p."""

    statistic: float
    as_large: int
    draws: int
    exact: bool
    p_value: float


def wild_test(draws: WildDraws, count: int, seed: int) -> WildTest:
    """Over all sign vectors where these are no more than `count`, over random ones otherwise.

    p is the share of draws with a statistic at least as large; random ones count the data as one of them.
    """
    j = draws.clusters
    observed = float(draws.statistics(np.ones((1, j)))[0])
    exact = 2 ** (j - 1) <= count
    total = 2 ** (j - 1) if exact else count
    least = observed * (1.0 - _TIE)
    rng = np.random.default_rng(seed)
    step = max(1, _BATCH // (j * draws.pulled.shape[2]))
    as_large = 0
    for start in range(0, total, step):
        n = min(step, total - start)
        signs: Array = _enumerated(start, n, j) if exact else rng.choice([-1.0, 1.0], (n, j))
        as_large += int((draws.statistics(signs) >= least).sum())
    p_value = as_large / total if exact else (as_large + 1) / (total + 1)
    return WildTest(observed, as_large, total, exact, p_value)


def _enumerated(start: int, n: int, j: int) -> Array:
    """Sign vectors number start, start + 1, ..., the first sign always positive, shape (n, j)."""
    number = np.arange(start, start + n)[:, None]
    bits = (number >> np.arange(j - 1)) & 1
    return np.concatenate([np.ones((n, 1)), 1.0 - 2.0 * bits], axis=1)
