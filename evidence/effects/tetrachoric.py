"""The tetrachoric correlation: of two normal variables of which a 2x2 table shows only the sides."""

from __future__ import annotations

import numpy as np
from scipy import special

from evidence.effects.columns import Array, YiVi
from evidence.effects.zero_cells import Tables

_HALVINGS = 60


def tetrachoric_correlation(t: Tables) -> YiVi:
    """The correlation at which a bivariate normal has the proportions of the table. Pearson 1900.

    Both thresholds are those of the margins, which makes this the maximum-likelihood estimate. The variance
    is that of multinomial sampling by the delta method, with the thresholds estimated. nan with a zero cell.
    """
    n = t.n1i + t.n2i
    group_1, events, both = t.n1i / n, (t.ai + t.ci) / n, t.ai / n
    solvable = np.all(np.stack(t.cells) > 0, axis=0)
    h, k = (special.ndtri(np.where(solvable, p, 0.5)) for p in (group_1, events))
    angle = _angle(h, k, np.where(solvable, both, 0.25))
    rho = np.sin(angle)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        vi = _variance(t, h, k, angle) / n
    return np.where(solvable, rho, np.nan), np.where(solvable, vi, np.nan)


def _angle(h: Array, k: Array, both: Array) -> Array:
    """asin of the correlation at which P(X < h, Y < k), which rises with it, is `both`, by halving."""
    low, high = np.full_like(h, -np.pi / 2), np.full_like(h, np.pi / 2)
    for _ in range(_HALVINGS):
        angle = 0.5 * (low + high)
        below = bivariate_normal(h, k, angle) < both
        low, high = np.where(below, angle, low), np.where(below, high, angle)
    return 0.5 * (low + high)


def bivariate_normal(h: Array, k: Array, angle: Array) -> Array:
    """P(X < h, Y < k) of standard normals with correlation sin(angle), by Owen's T function. Owen 1956."""
    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    halves = 0.5 * (special.ndtr(h) + special.ndtr(k)) - _owen(h, k, angle) - _owen(k, h, angle)
    at_origin = 0.25 + angle / (2.0 * np.pi)
    return np.where((h == 0) & (k == 0), at_origin, halves - 0.5 * apart)


def _owen(h: Array, k: Array, angle: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(h == 0, np.copysign(np.inf, k), (k - np.sin(angle) * h) / (h * np.cos(angle)))
    return np.asarray(special.owens_t(h, slope))


def _variance(t: Tables, h: Array, k: Array, angle: Array) -> Array:
    """n times the variance: that over the table of 1(both) - u 1(group 1) - w 1(event), over density2.

    The density is that of the two variables at both thresholds.
    """
    n, rho, rest = t.n1i + t.n2i, np.sin(angle), np.cos(angle)
    u, w = special.ndtr((k - rho * h) / rest), special.ndtr((h - rho * k) / rest)
    cells = np.stack(t.cells)
    influences = np.stack([1.0 - u - w, -u, -w, np.zeros_like(u)])
    mean = (cells * influences).sum(axis=0) / n
    spread = (cells * (influences - mean) ** 2).sum(axis=0) / n
    density = np.exp(-(h * h + k * k - 2.0 * h * k * rho) / (2.0 * rest**2)) / (2.0 * np.pi * rest)
    return np.asarray(spread / density**2)
