"""What is integrated over log tau, likelihood and priors together, and the panels to begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from synthesis.pooling.bayes.given_tau import InUnits, LogDensity
from synthesis.pooling.bayes.panels import FirstPanels
from synthesis.pooling.bayes.tau_priors import Scales, TauPrior
from synthesis.pooling.kernel.effects import Array, Mask, Rows

SLOWEST = 0.1
"""The power of a tail below which an integral does not end within double precision."""

LARGEST_LOG = 340.0
"""The largest log tau in internal units: its square must exist."""

_PANEL = 2.0


def excess_of(priors: Sequence[TauPrior], k: Array, flat: int) -> Array:
    """The integral above tau falls like tau^-excess, (n,).

    k: numbers of studies, (n,); flat: how many coefficients of the mean have a flat prior. Raises ValueError
    where the posterior would be improper, or its tail so heavy that numbers end before it does.
    """
    excess: Array = np.array([prior.tail for prior in priors]) + k - flat - 1.0
    for row in np.flatnonzero(excess < SLOWEST).tolist():
        prior, studies = priors[row], k[row]
        if prior.logarithmic:
            continue
        if prior.proper:
            raise ValueError(
                f"with {studies:g} {'study' if studies == 1 else 'studies'} the tail of the {prior.label} "
                "prior of "
                "tau reaches beyond double precision; expected one that falls faster, or more studies"
            )
        need = math.ceil(studies - excess[row] + SLOWEST)
        mean = f"{'a flat prior' if flat == 1 else f'{flat} flat priors'} of the mean and " if flat else ""
        raise ValueError(
            f"with {studies:g} {'study' if studies == 1 else 'studies'}, {mean}the {prior.label} prior of "
            f"tau, the posterior does not integrate; expected {need} studies or more, or a proper prior "
            "of tau"
        )
    return excess


def moment_exists(order: int, excess: Array, priors: Sequence[TauPrior]) -> Mask:
    """Whether the moment of tau exists, (n,); where powers of tau just fail, by those of its logarithm."""
    left = excess - order
    slow = np.array([prior.logarithmic for prior in priors])
    return np.asarray((left >= SLOWEST) | (slow & (left == 0.0)))


def log_density_of(likelihood: LogDensity, priors: Sequence[TauPrior], scales: Scales) -> LogDensity:
    """The log density of log tau: likelihood, prior, and tau itself for the change of variable."""
    numbers: dict[TauPrior, int] = {}
    which = np.array([numbers.setdefault(prior, len(numbers)) for prior in priors])
    kinds = list(numbers)

    def density(rows: Rows, x: Array) -> tuple[Array, Array]:
        value, moves = likelihood(rows, x)
        log_tau = x + scales.log_unit[rows][:, None]
        value += log_tau
        with np.errstate(over="ignore"):
            if len(kinds) == 1:
                value += kinds[0].log_density(log_tau, scales.take(rows))
                return value, moves
            mine = which[rows]
            order = np.argsort(mine)
            ends = np.cumsum(np.bincount(mine, minlength=len(kinds)))
            for number, prior in enumerate(kinds):
                some = order[ends[number - 1] if number else 0 : ends[number]]
                if some.size:
                    value[some] += prior.log_density(log_tau[some], scales.take(rows[some]))
        return value, moves

    return density


def first_panels(data: InUnits, log_apart: Array, priors: Sequence[TauPrior], excess: Array) -> FirstPanels:
    """Panels of width two where the data and the prior have their features, growing outside.

    log_apart: log of how far effects lie from one another, or from the prior of mu, in internal units, (n,).
    """
    here = data.present > 0
    least = 0.5 * np.log(np.where(here, data.v, np.inf).min(axis=1)) - 1.0
    most = np.maximum(0.5 * np.log(np.where(here, data.v, 0.0).max(axis=1)), log_apart) + 1.0
    one, two = (moment_exists(order, excess, priors) for order in (1, 2))
    moment = np.where(two, 2.0, np.where(one, 1.0, 0.0))
    low, high, bottom, top = (np.empty(len(excess)) for _ in range(4))
    scales = data.scales
    rows_of: dict[TauPrior, list[int]] = {}
    for row, prior in enumerate(priors):
        rows_of.setdefault(prior, []).append(row)
    for prior, members in rows_of.items():
        rows = np.array(members)
        first, last = (end - scales.log_unit[rows] for end in prior.reach(scales.take(rows)))
        low[rows], high[rows] = np.minimum(least[rows], first), np.maximum(most[rows], last + 1.0)
        bottom[rows] = low[rows] - prior.head_extent
        top[rows] = high[rows] + prior.tail_extent(excess[rows] - moment[rows])
        end = math.log(prior.upper) - scales.log_unit[rows]
        high[rows], top[rows] = np.minimum(high[rows], end), np.minimum(top[rows], end)
    high, top = np.minimum(high, LARGEST_LOG), np.minimum(top, LARGEST_LOG)
    count = math.ceil((high - low).max() / _PANEL)
    edges = [_growing(low, bottom)[:, ::-1], np.linspace(low, high, count + 1, axis=1), _growing(high, top)]
    breaks = sorted({b for prior in priors for b in prior.breaks})
    inner = [np.clip(math.log(b) - scales.log_unit, bottom, top)[:, None] for b in breaks]
    together = np.sort(np.concatenate([*edges, *inner], axis=1))
    return FirstPanels(together, moment, all(prior.smooth for prior in priors))


def _growing(start: Array, end: Array) -> Array:
    """Edges from next to `start` to `end`, (n, q), each panel twice as wide as that before."""
    extent = end - start
    count = max(1, math.ceil(math.log2(max(float(np.abs(extent).max()) / _PANEL, 1.0))))
    shares = 2.0 ** -np.arange(count, -1, -1.0)
    edges: Array = start[:, None] + extent[:, None] * shares
    return edges
