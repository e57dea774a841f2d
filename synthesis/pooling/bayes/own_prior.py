"""A user's own prior of tau, made a density."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from synthesis.pooling.bayes.first_panels import LARGEST_LOG, SLOWEST
from synthesis.pooling.bayes.panels import FirstPanels, integrate
from synthesis.pooling.bayes.tau_priors import EXTENT, Scales, TauPrior, everywhere
from synthesis.pooling.kernel.effects import Array, Rows


@dataclass(frozen=True)
class OwnPrior(TauPrior):
    """A user's own density of tau, of any height.

    log_function: from an array of tau to the log of the density, -inf where it is zero. scale: where about
    its mass lies. power: it falls like tau^-power, infinity where faster; it must be bounded at zero.
    breaks: tau at which it jumps or bends. proper and normalised: `own_prior` sees to it.
    """

    smooth: ClassVar[bool] = False

    log_function: Callable[[Array], Array]
    scale: float
    power: float = math.inf
    kinks: tuple[float, ...] = ()
    name: str = "own density"
    log_constant: float = 0.0
    integrates: bool = True

    @property
    def proper(self) -> bool:  # type: ignore[override]
        return self.integrates

    @property
    def tail(self) -> float:  # type: ignore[override]
        return self.power

    @property
    def breaks(self) -> tuple[float, ...]:
        return self.kinks

    @property
    def label(self) -> str:
        return self.name

    def log_density(self, log_tau: Array, of: Scales) -> Array:
        found = np.asarray(self.log_function(np.exp(log_tau)), dtype=float)
        if found.shape != log_tau.shape or np.isnan(found).any() or (found == np.inf).any():
            raise ValueError(
                f"the prior '{self.name}' gives a value that is no log density; expected for an array of tau "
                "an array of the same shape, finite or -inf"
            )
        return found - self.log_constant

    def reach(self, of: Scales) -> tuple[Array, Array]:
        return everywhere(math.log(self.scale) - 2.0, math.log(self.scale) + 6.0, of)


def own_prior(
    log_density: Callable[[Array], Array],
    scale: float,
    *,
    tail: float = math.inf,
    breaks: Sequence[float] = (),
    name: str = "own density",
) -> OwnPrior:
    """A prior of tau from the log of its density, up to a constant, for an array of tau.

    scale: about where its mass lies. tail: it falls like tau^-tail, infinity where faster than any power.
    breaks: tau at which it jumps or bends. It must be bounded at zero. With a tail above 1.1 it is scaled to
    integrate to one, otherwise improper. Raises ValueError for what is no density, or does not integrate.
    """
    if not tail >= 0.0:
        raise ValueError(
            f"the tail of the prior '{name}' is {tail:g}; expected a power of 1 / tau, zero or more"
        )
    kinks = tuple(sorted(breaks))
    if any(not (math.isfinite(b) and b > 0) for b in kinks):
        raise ValueError(f"the prior '{name}' has breaks {list(breaks)}; expected tau above zero")
    prior = OwnPrior(log_density, scale, tail, kinks, name, integrates=tail > 1.0 + SLOWEST)
    if not prior.proper:
        return prior
    zero = np.zeros(1)
    of = Scales(zero, zero, zero, zero)  # no own prior knows of the data
    low, high = (end.item() for end in prior.reach(of))
    top = min(LARGEST_LOG, high + float(prior.tail_extent(np.array([tail - 1.0])).item()))
    bottom = low - EXTENT
    inner = [min(max(math.log(b), bottom), top) for b in kinks]
    edges = np.sort(np.array([*np.linspace(bottom, top, 40), *inner]))[None, :]

    def density(rows: Rows, x: Array) -> tuple[Array, Array]:
        return prior.log_density(x, of) + x, np.zeros_like(x)

    with np.errstate(invalid="ignore", divide="ignore"):
        total = integrate(density, FirstPanels(edges, zero, smooth=False)).log_total.item()
    if not math.isfinite(total):
        raise ValueError(
            f"the prior '{name}' is zero everywhere about its scale {scale:g}; expected mass there"
        )
    return replace(prior, log_constant=total)
