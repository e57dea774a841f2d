"""Priors of the between-study standard deviation tau: density, tails, where their features lie.

Every density is of tau itself and in logarithms, so that neither end of the scale overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows

_LOG_2PI = math.log(2.0 * math.pi)
_ROUNDING = 1e-12  # of log tau
EXTENT = 40.0  # in logarithms, where a mass is below rounding
_LEAST_DF = 0.1


_ABOVE_ZERO = ("scale", "df", "shape", "largest", "sdlog")
_FINITE = ("meanlog", "location")


@dataclass(frozen=True)
class Scales:
    """What a prior may know of n data sets: their sampling variances.

    log_s0: log of the root of the harmonic mean variance, (n,). log_unit: log of the internal unit, (n,).
    v: variances in squares of that unit, (n, k), one where absent; present: one or zero, (n, k).
    """

    log_s0: Array
    log_unit: Array
    v: Array
    present: Array

    def take(self, rows: Rows) -> Scales:
        return Scales(self.log_s0[rows], self.log_unit[rows], self.v[rows], self.present[rows])


@dataclass(frozen=True)
class TauPrior:
    """A prior of tau >= 0.

    proper: whether it integrates to one. tail, head: its density goes like tau^-tail for large tau and like
    tau^head for small; infinity where it falls faster than any power. upper: the largest tau it allows.
    logarithmic: whether powers of 1 / log(tau) beside tau^-tail let it integrate. smooth: whether it is
    analytic between its breaks.
    """

    proper: ClassVar[bool] = True
    tail: ClassVar[float] = math.inf
    head: ClassVar[float] = 0.0
    logarithmic: ClassVar[bool] = False
    smooth: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raises ValueError for a place that is not finite, and a scale or shape that is not above zero."""
        for name, value in vars(self).items():
            if name in _ABOVE_ZERO and not (math.isfinite(value) and value > 0):
                raise ValueError(
                    f"{type(self).__name__}: {name} is {value:g}; expected a finite number above zero"
                )
            if name in _FINITE and not math.isfinite(value):
                raise ValueError(f"{type(self).__name__}: {name} is {value:g}; expected a finite number")

    @property
    def label(self) -> str:
        """Its name with its parameters, for methods sentences."""
        raise NotImplementedError

    @property
    def upper(self) -> float:
        """The largest tau it allows."""
        return math.inf

    @property
    def breaks(self) -> tuple[float, ...]:
        """Values of tau at which the density jumps or bends."""
        return ()

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        """Log of the density of tau at log tau, (n, m), for n data sets; up to a constant if improper."""
        raise NotImplementedError

    @property
    def head_extent(self) -> float:
        """How far below its features, in log tau, its mass is still more than rounding."""
        return EXTENT / (1.0 + self.head)

    def tail_extent(self, excess: Array) -> Array:
        """How far above, where the integral falls like tau^-excess, (n,)."""
        return np.where(np.isinf(excess), 12.0, EXTENT / np.maximum(excess, _LEAST_DF))

    def reach(self, of: Scales) -> tuple[Array, Array]:
        """Between which log tau its features lie, (n,) each; beyond it is a power, or nothing."""
        raise NotImplementedError


def everywhere(low: float, high: float, of: Scales) -> tuple[Array, Array]:
    """One reach for all data sets."""
    return np.full(of.log_s0.shape, low), np.full(of.log_s0.shape, high)


@dataclass(frozen=True)
class HalfNormal(TauPrior):
    """|N(0, scale^2)|. Roever et al. 2021 call 0.5 and 1 weakly informative for log odds ratios."""

    scale: float

    @property
    def label(self) -> str:
        return f"half-normal({self.scale:g})"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = log_tau - math.log(self.scale)
        density: Array = 0.5 * math.log(2.0 / math.pi) - math.log(self.scale) - 0.5 * np.exp(2.0 * z)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(math.log(self.scale) - 1.0, math.log(self.scale) + 3.0, of)


@dataclass(frozen=True)
class HalfT(TauPrior):
    """|t(df)| times scale; df = 1 is half-Cauchy."""

    df: float
    scale: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.df < _LEAST_DF:
            raise ValueError(
                f"HalfT: df is {self.df:g}, whose tail reaches beyond double precision; "
                f"expected {_LEAST_DF} or more"
            )

    @property
    def tail(self) -> float:  # type: ignore[override]
        return self.df + 1.0

    @property
    def label(self) -> str:
        if self.df == 1.0:
            return f"half-Cauchy({self.scale:g})"
        return f"half-t({self.df:g}, {self.scale:g})"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = log_tau - math.log(self.scale)
        constant = math.log(2.0 / self.scale) + _log_t_constant(self.df)
        density: Array = constant - 0.5 * (self.df + 1.0) * np.logaddexp(0.0, 2.0 * z - math.log(self.df))
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        centre = math.log(self.scale)
        return everywhere(centre - 1.0, centre + 1.0 + max(0.0, 0.5 * math.log(self.df)), of)


def half_cauchy(scale: float) -> HalfT:
    """|Cauchy| times scale."""
    return HalfT(1.0, scale)


def _log_t_constant(df: float) -> float:
    """Log of what makes (1 + x^2 / df)^-((df + 1) / 2) a density on the whole line."""
    if df > 1e8:  # the difference of log gammas would lose its digits
        return -0.5 * _LOG_2PI
    return math.lgamma(0.5 * (df + 1.0)) - math.lgamma(0.5 * df) - 0.5 * math.log(df * math.pi)


@dataclass(frozen=True)
class Exponential(TauPrior):
    """Exponential with mean `scale`."""

    scale: float

    @property
    def label(self) -> str:
        return f"exponential(mean {self.scale:g})"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = log_tau - math.log(self.scale)
        density: Array = -math.log(self.scale) - np.exp(z)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(math.log(self.scale) - 1.0, math.log(self.scale) + 6.0, of)


@dataclass(frozen=True)
class Uniform(TauPrior):
    """Uniform between zero and `largest`."""

    largest: float

    @property
    def upper(self) -> float:
        return self.largest

    @property
    def label(self) -> str:
        return f"uniform(0, {self.largest:g})"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        inside = log_tau <= math.log(self.largest) + _ROUNDING
        density: Array = np.where(inside, -math.log(self.largest), -np.inf)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(math.log(self.largest) - 1.0, math.log(self.largest), of)


@dataclass(frozen=True)
class ImproperUniform(TauPrior):
    """Density one for every tau (Gelman 2006); with mu flat a posterior exists from three studies on."""

    proper: ClassVar[bool] = False
    tail: ClassVar[float] = 0.0

    @property
    def label(self) -> str:
        return "improper uniform"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        return np.zeros_like(log_tau)

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return of.log_s0, of.log_s0


@dataclass(frozen=True)
class InverseGammaTau(TauPrior):
    """tau ~ inverse gamma(shape, scale)."""

    shape: float
    scale: float
    head: ClassVar[float] = math.inf

    @property
    def tail(self) -> float:  # type: ignore[override]
        return self.shape + 1.0

    @property
    def label(self) -> str:
        return f"inverse-gamma({self.shape:g}, {self.scale:g}) on tau"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = log_tau - math.log(self.scale)
        constant = -math.lgamma(self.shape) - math.log(self.scale)
        density: Array = constant - (self.shape + 1.0) * z - np.exp(-z)
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        centre = math.log(self.scale) - math.log1p(self.shape)
        return everywhere(centre - 6.0, centre + 3.0 + math.log1p(self.shape), of)


@dataclass(frozen=True)
class InverseGammaTau2(TauPrior):
    """tau^2 ~ inverse gamma(shape, scale); small parameters are informative (Gelman 2006)."""

    shape: float
    scale: float
    head: ClassVar[float] = math.inf

    @property
    def tail(self) -> float:  # type: ignore[override]
        return 2.0 * self.shape + 1.0

    @property
    def label(self) -> str:
        return f"inverse-gamma({self.shape:g}, {self.scale:g}) on tau2"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = 2.0 * log_tau - math.log(self.scale)
        constant = math.log(2.0) - math.lgamma(self.shape)
        density: Array = constant - self.shape * z - np.exp(-z) - log_tau
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        centre = 0.5 * (math.log(self.scale) - math.log1p(self.shape))
        return everywhere(centre - 4.0, centre + 3.0 + math.log1p(self.shape), of)


@dataclass(frozen=True)
class LogNormalTau2(TauPrior):
    """log tau^2 ~ N(meanlog, sdlog^2), as in Turner et al. 2015."""

    meanlog: float
    sdlog: float
    head: ClassVar[float] = math.inf

    @property
    def label(self) -> str:
        return f"log-normal({self.meanlog:g}, {self.sdlog:g}) on tau2"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = (2.0 * log_tau - self.meanlog) / self.sdlog
        density: Array = math.log(2.0 / self.sdlog) - 0.5 * (_LOG_2PI + z * z) - log_tau
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(0.5 * self.meanlog - 10.0 * self.sdlog, 0.5 * self.meanlog + 10.0 * self.sdlog, of)


@dataclass(frozen=True)
class LogTTau2(TauPrior):
    """log tau^2 ~ location + scale t(df), as in Rhodes et al. 2015, where df = 5."""

    location: float
    scale: float
    df: float = 5.0
    tail: ClassVar[float] = 1.0
    head: ClassVar[float] = -1.0
    logarithmic: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.df < 5.0:
            raise ValueError(
                f"LogTTau2: df is {self.df:g}, whose tails of log tau reach beyond double precision; "
                "expected 5 or more"
            )

    @property
    def head_extent(self) -> float:
        return 0.5 * self.scale * float(math.exp(EXTENT / self.df))

    def tail_extent(self, excess: Array) -> Array:
        return np.minimum(self.head_extent, EXTENT / np.maximum(excess, 1e-9))

    @property
    def label(self) -> str:
        return f"log-t({self.location:g}, {self.scale:g}, {self.df:g} df) on tau2"

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        z = (2.0 * log_tau - self.location) / self.scale
        constant = math.log(2.0 / self.scale) + _log_t_constant(self.df)
        density: Array = constant - 0.5 * (self.df + 1.0) * np.log1p(z * z / self.df) - log_tau
        return density

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(0.5 * self.location - 5.0 * self.scale, 0.5 * self.location + 5.0 * self.scale, of)
