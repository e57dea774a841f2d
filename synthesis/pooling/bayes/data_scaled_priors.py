"""Priors of tau whose scale is that of the studies' own standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthesis.pooling.bayes.tau_priors import Scales, TauPrior
from synthesis.pooling.kernel.effects import Array


@dataclass(frozen=True)
class DuMouchel(TauPrior):
    """s0 / (s0 + tau)^2, s0^2 the harmonic mean variance (DuMouchel & Normand 2000): its median is s0."""

    tail: ClassVar[float] = 2.0

    @property
    def label(self) -> str:
        return "DuMouchel"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        s0 = of.log_s0[:, None]
        density: Array = s0 - 2.0 * np.logaddexp(s0, log_tau)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return of.log_s0 - 2.0, of.log_s0 + 2.0


@dataclass(frozen=True)
class UniformShrinkage(TauPrior):
    """2 s0^2 tau / (s0^2 + tau^2)^2: the shrinkage s0^2 / (s0^2 + tau^2) is uniform (Daniels 1999)."""

    tail: ClassVar[float] = 3.0
    head: ClassVar[float] = 1.0

    @property
    def label(self) -> str:
        return "uniform shrinkage"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        s0 = of.log_s0[:, None]
        density: Array = math.log(2.0) + 2.0 * s0 + log_tau - 2.0 * np.logaddexp(2.0 * s0, 2.0 * log_tau)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return of.log_s0 - 2.0, of.log_s0 + 2.0


@dataclass(frozen=True)
class Jeffreys(TauPrior):
    """sqrt(sum of (tau / (v_i + tau^2))^2), improper (Tibshirani 1989; Bodnar et al. 2017)."""

    proper: ClassVar[bool] = False
    tail: ClassVar[float] = 1.0
    head: ClassVar[float] = 1.0

    @property
    def label(self) -> str:
        return "Jeffreys"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        x = log_tau - of.log_unit[:, None]
        tau2 = np.exp(2.0 * x)
        total = np.zeros_like(x)
        for study in range(of.v.shape[1]):
            total += of.present[:, study, None] / (of.v[:, study, None] / tau2 + 1.0) ** 2
        with np.errstate(divide="ignore"):
            density: Array = 0.5 * np.log(total) - log_tau
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return of.log_s0, of.log_s0
