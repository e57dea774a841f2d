"""One quantity's posterior in numbers: from a mixture of normals, or from the posterior of tau."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.as_data import AsData
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.bayes.tau_posterior import TauPosterior
from synthesis.pooling.kernel.effects import Array

INTERVALS = ("central", "shortest")
"""Kinds of credible intervals."""


@dataclass(frozen=True)
class Marginal(AsData):
    """One quantity's posterior; nan for a moment that does not exist. low, high: its interval."""

    mean: float
    sd: float
    median: float
    mode: float
    low: float
    high: float


def credible_ends(of: Mixture, unit: float, origin: float, level: float, kind: str) -> Array:
    """Low, median and high of every row of a mixture, (n, 3), in the units of the effects."""
    tail = 0.5 * (1.0 - level)
    q = of.quantile(np.array([tail, 0.5, 1.0 - tail]))
    if kind == "shortest":
        q[:, 0], q[:, 2] = of.shortest(level)
    ends: Array = origin + unit * q
    return ends


def tau_marginal(
    tau: TauPosterior, unit: float, exists: Callable[[int], bool], level: float, kind: str
) -> Marginal:
    """Of tau; exists: whether its moment of an order does."""
    tail = 0.5 * (1.0 - level)
    low, median, high = (unit * tau.quantile(np.array([tail, 0.5, 1.0 - tail]))[0]).tolist()
    if kind == "shortest":
        low, high = ((unit * end).item() for end in tau.shortest(level))
    return Marginal(
        (unit * tau.expectation(1)).item() if exists(1) else math.nan,
        (unit * tau.deviation()).item() if exists(2) else math.nan,
        median,
        (unit * tau.mode()).item(),
        low,
        high,
    )
