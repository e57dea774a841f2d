"""A user's own prior of tau, made a density."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from synthesis.pooling.bayes.panels import Domain, integrate
from synthesis.pooling.bayes.tau_priors import EXTENT, OwnPrior, Scales
from synthesis.pooling.kernel.effects import Array, Rows

_LARGEST_LOG = 340.0
_SLOWEST = 0.1


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
    breaks: tau at which it jumps or bends. It must be bounded at zero. With a tail above 1 it is scaled to
    integrate to one, otherwise improper. Raises ValueError for what is no density, or does not integrate.
    """
    if not tail >= 0.0:
        raise ValueError(
            f"the tail of the prior '{name}' is {tail:g}; expected a power of 1 / tau, zero or more"
        )
    kinks = tuple(sorted(breaks))
    if any(not (math.isfinite(b) and b > 0) for b in kinks):
        raise ValueError(f"the prior '{name}' has breaks {list(breaks)}; expected tau above zero")
    prior = OwnPrior(log_density, scale, tail, kinks, name, integrates=tail > 1.0 + _SLOWEST)
    if not prior.proper:
        return prior
    unit = np.zeros(1)
    of = Scales(unit, unit, np.ones((1, 1)), np.ones((1, 1)))
    low, high = (end.item() for end in prior.reach(of))
    top = min(_LARGEST_LOG, high + float(prior.tail_extent(np.array([tail - 1.0])).item()))
    bottom = low - EXTENT
    inner = [min(max(math.log(b), bottom), top) for b in kinks]
    edges = np.sort(np.array([*np.linspace(bottom, top, 40), *inner]))[None, :]

    def density(rows: Rows, x: Array) -> tuple[Array, Array]:
        return prior.log_density(x, of) + x, np.zeros_like(x)

    with np.errstate(invalid="ignore", divide="ignore"):
        total = integrate(density, Domain(edges, np.zeros(1), smooth=False)).log_total.item()
    if not math.isfinite(total):
        raise ValueError(
            f"the prior '{name}' is zero everywhere about its scale {scale:g}; expected mass there"
        )
    return replace(prior, log_constant=total)
