"""Standard errors of results that were not printed, from how many persons they rest on."""

from __future__ import annotations

import numpy as np

from synthesis.pooling.kernel.effects import Array

SE_RULES = ("median", "precision", "smallest", "largest")
"""Which sigma stands for a study without one of its own, of those that reported: the median, that of their
precision for each person (Copas et al. 2014), the smallest or the largest."""


def typical_sigma(sei: Array, ni: Array, rule: str) -> float:
    """sigma, of which sei is sigma / sqrt(n), from studies that reported; nan where none has both.

    sei, ni: shape (k,), nan where not known. rule: one of SE_RULES. "precision" is
    sqrt(sum n / sum sei^-2), by which large studies count more.
    """
    known = np.isfinite(sei) & np.isfinite(ni)
    if not known.any():
        return float("nan")
    sigma = sei[known] * np.sqrt(ni[known])
    if rule == "precision":
        return float(np.sqrt(ni[known].sum() / np.sum(1.0 / sei[known] ** 2)))
    share = {"smallest": 0.0, "median": 0.5, "largest": 1.0}[rule]
    return float(np.quantile(sigma, share))


def unreported_se(ni: Array, sigma: Array, typical: float) -> Array:
    """sigma / sqrt(n), shape (m,): by a study's own sigma where there is one, by the typical one elsewhere.

    ni, sigma: shape (m,), nan where not known; nan where nothing tells it.
    """
    own = np.where(np.isfinite(sigma), sigma, typical)
    return np.asarray(own / np.sqrt(ni))
