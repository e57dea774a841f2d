"""Composite Gauss-Legendre quadrature over log tau, on panels halved until they resolve the integrand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from synthesis.pooling.bayes.given_tau import LogDensity, gauss_legendre
from synthesis.pooling.kernel.effects import Array, Mask, Rows

NODES = 16
_ROUNDS = 60
_MOVES = 1.5  # panel width times the speed of mu, in standard deviations
_NEGLIGIBLE = 1e-18  # of a total
_HIDDEN = 40.0  # in logarithms, what a narrow peak between nodes may rise above what is seen
_SMOOTH = 1e-8  # of a total, in the last Legendre coefficients: the error of quadrature is about their square
_ROUNDING = 4e-15  # of a log density: halving does not resolve what is noise
_ROUGH = 1e-14  # for a density that may bend: there it is the coefficients themselves


@dataclass(frozen=True)
class FirstPanels:
    """Of n integrands: where panels begin, (n, p) ascending edges; the highest moment wanted, (n,).

    smooth: whether the integrand is analytic between the first edges.
    """

    edges: Array
    moment: Array
    smooth: bool = True


@dataclass(frozen=True)
class Panels:
    """Panels of n integrands, (n, p), in ascending order, empty ones at the end.

    start, end: in log tau; x: nodes (n, p, 16); mass: normalised, zero in empty panels, (n, p, 16);
    log_total: log of the integral, (n,).
    """

    start: Array
    end: Array
    x: Array
    mass: Array
    log_total: Array

    @property
    def nodes(self) -> tuple[Array, Array]:
        """All nodes of each integrand, ascending, and their masses, (n, 16 p)."""
        n, p, q = self.x.shape
        return self.x.reshape(n, p * q), self.mass.reshape(n, p * q)


@cache
def _rule() -> tuple[Array, Array, Array]:
    """Nodes and weights on (0, 1), and what gives the last two Legendre coefficients from values there."""
    nodes, weights = gauss_legendre()
    degrees = (NODES - 2, NODES - 1)
    values = np.polynomial.legendre.legvander(2.0 * nodes - 1.0, NODES - 1)[:, degrees]
    return nodes, weights, values * weights[:, None] * (2.0 * np.array(degrees) + 1.0)


@dataclass
class _Found:
    rows: Rows
    start: Array
    end: Array
    x: Array
    value: Array
    moves: Array

    def where(self, mask: Mask) -> _Found:
        return _Found(*(a[mask] for a in vars(self).values()))

    def and_also(self, other: _Found) -> _Found:
        theirs = vars(other)
        return _Found(*(np.concatenate([mine, theirs[name]]) for name, mine in vars(self).items()))


def integrate(density: LogDensity, domain: FirstPanels) -> Panels:
    """Panels that resolve the density, and it times tau^moment; both tails outside lie below rounding.

    A panel is halved while its last Legendre coefficients are not small beside the whole, while mu moves by
    more than about three standard deviations within it, or while a peak may hide between its nodes.
    """
    n = len(domain.edges)
    rows = np.repeat(np.arange(n), domain.edges.shape[1] - 1)
    start, end = domain.edges[:, :-1].ravel(), domain.edges[:, 1:].ravel()
    some = end > start
    rows, start, end = rows[some], start[some], end[some]
    found = _evaluate(density, rows, start, end)
    for _ in range(_ROUNDS):
        split, _, _ = _examine(found, domain, n)
        if not split.any():
            break
        halved, kept = found.where(split), found.where(~split)
        middle = 0.5 * (halved.start + halved.end)
        parts = _evaluate(
            density,
            np.concatenate([halved.rows, halved.rows]),
            np.concatenate([halved.start, middle]),
            np.concatenate([middle, halved.end]),
        )
        found = kept.and_also(parts)
    _, kept_mask, log_total = _examine(found, domain, n)
    return _dense(found.where(kept_mask), log_total, n)


def _evaluate(density: LogDensity, rows: Rows, start: Array, end: Array) -> _Found:
    nodes, _, _ = _rule()
    x = start[:, None] + (end - start)[:, None] * nodes
    value, moves = density(rows, x)
    return _Found(rows, start, end, x, value, moves)


def _examine(found: _Found, domain: FirstPanels, n: int) -> tuple[Mask, Mask, Array]:
    """Which panels to halve, which hold something, and the log of each integral."""
    _, weights, coefficients = _rule()
    width = found.end - found.start
    value = found.value
    order = domain.moment[found.rows]
    log_total, mass = _shares(found.rows, value, width, n)
    share = mass
    if order.any():
        _, moment = _shares(found.rows, value + order[:, None] * found.x, width, n)
        share = mass + moment
    whole = share @ weights
    smooth = np.maximum(_SMOOTH if domain.smooth else _ROUGH, _ROUNDING * np.abs(log_total))
    rough = np.abs(share @ coefficients).max(axis=1) > smooth[found.rows]
    held = whole > _NEGLIGIBLE
    fast = held & (width * np.sqrt(found.moves.max(axis=1)) > _MOVES)
    highest, lowest = value.max(axis=1), value.min(axis=1)
    with np.errstate(invalid="ignore"):
        spread = highest - lowest
        hidden = (spread > _HIDDEN) & np.isfinite(spread)
        hidden &= highest + 0.05 * spread > log_total[found.rows] - np.log(width) - _HIDDEN
    wide = width > 1e-9 * np.maximum(1.0, np.abs(found.end))
    return (rough | fast | hidden) & wide, held, log_total


def _shares(rows: Rows, value: Array, width: Array, n: int) -> tuple[Array, Array]:
    """Log of each total, (n,), and width times the density over it at the nodes, (m, 16)."""
    _, weights, _ = _rule()
    peak = np.full(n, -np.inf)
    np.maximum.at(peak, rows, value.max(axis=1))
    relative = np.exp(value - peak[rows][:, None]) * width[:, None]
    total = np.bincount(rows, weights=relative @ weights, minlength=n)
    return peak + np.log(total), relative / total[rows][:, None]


def _dense(found: _Found, log_total: Array, n: int) -> Panels:
    order = np.lexsort((found.start, found.rows))
    rows = found.rows[order]
    _, weights, _ = _rule()
    count = np.bincount(rows, minlength=n)
    place = np.arange(rows.size) - np.repeat(np.cumsum(count) - count, count)
    width = (found.end - found.start)[order]
    mass = np.exp(found.value[order] - log_total[rows][:, None]) * width[:, None] * weights
    most = int(count.max())
    last = np.zeros(n)
    last[rows] = found.end[order]  # the last written of each row stands
    start = np.repeat(last[:, None], most, axis=1)
    end = start.copy()
    x = np.repeat(start[:, :, None], NODES, axis=2)
    dense = np.zeros((n, most, NODES))
    start[rows, place], end[rows, place] = found.start[order], found.end[order]
    x[rows, place], dense[rows, place] = found.x[order], mass
    return Panels(start, end, x, dense, log_total)
