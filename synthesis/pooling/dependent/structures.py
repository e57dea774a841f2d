"""Covariance of the random effects of one group: L levels, from parameters without bounds.

A variance is the square of its root, a correlation the sine of an angle: every point is a covariance matrix,
its edges (no variance, perfect correlation) are reached, and there the likelihood is level in the root.
Unstructured correlations are rows on the unit sphere (Pinheiro & Bates 1996), so that each variance, and the
correlations with the first level, are parameters themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from synthesis.pooling.dependent.jets import Jet, matrix_of
from synthesis.pooling.kernel.effects import Array

_VANISHED = 1e-12  # of a correlation's Cholesky factor: nothing is left for the angle to say


@dataclass(frozen=True)
class AngleScale:
    """Between a correlation and the angle that is its parameter.

    least: the smallest correlation. gap: for continuous time, where the parameter is the correlation over the
    shortest gap and not below zero, that gap; None otherwise.
    """

    least: float = -1.0
    gap: float | None = None

    @property
    def lowest(self) -> float:
        """The angle of the smallest correlation; in continuous time others than that have two."""
        return -0.5 * np.pi if self.gap is None else 0.0

    def rho(self, angle: Array) -> Array:
        """The correlations at angles, in their shape."""
        if self.gap is not None:
            shortest: Array = np.sin(angle) ** 2
            return shortest ** (1.0 / self.gap)
        return 0.5 * (1.0 + self.least) + 0.5 * (1.0 - self.least) * np.sin(angle)

    def angle(self, rho: float) -> float:
        """The angle of a correlation; of one beyond the bounds, that of the bound."""
        if self.gap is not None:
            return float(np.arcsin(np.sqrt(np.clip(rho, 0.0, 1.0) ** self.gap)))
        sine = (rho - 0.5 * (1.0 + self.least)) / (0.5 * (1.0 - self.least))
        return float(np.arcsin(np.clip(sine, -1.0, 1.0)))


@dataclass(frozen=True, eq=False)
class CovarianceStructure:
    """One covariance structure over L levels.

    name: its word in the literature. names: of all q parameters, variances first, then correlations;
    variances: how many are variances. gamma: q jets to the (L, L) covariance. scale: of the correlations.
    """

    name: str
    levels: int
    names: tuple[str, ...]
    variances: int
    gamma: Callable[[Sequence[Jet]], Jet]
    scale: AngleScale = AngleScale()
    floored: bool = False

    @property
    def q(self) -> int:
        """How many parameters it has."""
        return len(self.names)

    @property
    def pairwise(self) -> bool:
        """Whether each pair of three levels or more has a correlation of its own."""
        return self.q - self.variances >= self.levels

    def covariance(self, roots: Array) -> Array:
        """The covariance at roots (B, q), shape (B, L, L)."""
        return self.gamma(Jet.of(roots)).value

    def natural(self, roots: Array) -> Array:
        """Variances and correlations at the roots (B, q), in the order of the names, shape (B, q)."""
        variances = roots[:, : self.variances] ** 2
        if not self.pairwise:
            return np.concatenate([variances, self.scale.rho(roots[:, self.variances :])], axis=1)
        unit = roots.copy()
        unit[:, : self.variances] = 1.0
        upper = np.triu_indices(self.levels, 1)
        return np.concatenate([variances, self.covariance(unit)[:, upper[0], upper[1]]], axis=1)

    def canonical(self, roots: Array) -> Array:
        """Roots (q,) of the same covariance: variances not negative, angles from `lowest` to pi / 2."""
        if self.pairwise:
            return unstructured_roots(self.covariance(roots[None])[0])
        found = np.abs(roots)
        angles = np.arcsin(np.sin(roots[self.variances :]))
        found[self.variances :] = angles if self.scale.gap is None else np.abs(angles)
        return found

    def roots(self, variance: float, correlation: float) -> Array:
        """Roots (q,) at which the variances, and the correlations that are parameters, have this value."""
        angle = self.scale.angle(correlation)
        return np.array([np.sqrt(variance)] * self.variances + [angle] * (self.q - self.variances))


def identity(levels: int) -> CovarianceStructure:
    """ID: one variance, no correlation."""
    return CovarianceStructure("ID", levels, ("tau2",), 1, lambda t: (t[0] * t[0]).times(np.eye(levels)))


def known(correlation: Array, name: str = "known") -> CovarianceStructure:
    """One variance times a known correlation matrix: phylogeny, space; or ones, a random intercept."""
    return CovarianceStructure(
        name, len(correlation), ("sigma2",), 1, lambda t: (t[0] * t[0]).times(correlation)
    )


def contrasts_of_arms(levels: int) -> CovarianceStructure:
    """NET: one variance, correlation 1/2: contrasts that share an arm, all of one variance."""
    return replace(known(0.5 + 0.5 * np.eye(levels), "NET"), names=("tau2",))


def diagonal(levels: int) -> CovarianceStructure:
    """DIAG: a variance a level, no correlation."""

    def gamma(t: Sequence[Jet]) -> Jet:
        zero = Jet.constant(0.0, t[0])
        return matrix_of([[t[i] * t[i] if i == j else zero for j in range(levels)] for i in range(levels)])

    return CovarianceStructure("DIAG", levels, _variance_names(levels), levels, gamma)


def _variance_names(levels: int) -> tuple[str, ...]:
    return tuple(f"tau2.{i + 1}" for i in range(levels))


def compound(levels: int) -> CovarianceStructure:
    """CS: one variance, one correlation, not below -1 / (L - 1)."""
    scale = AngleScale(-1.0 / (levels - 1))

    def gamma(t: Sequence[Jet]) -> Jet:
        variance, same = t[0] * t[0], np.eye(levels)
        return variance.times(same) + (variance * _sine(t[1], scale)).times(1.0 - same)

    return CovarianceStructure("CS", levels, ("tau2", "rho"), 1, gamma, scale)


def _sine(angle: Jet, scale: AngleScale) -> Jet:
    return angle.sin().affine(0.5 * (1.0 + scale.least), 0.5 * (1.0 - scale.least))


def heteroscedastic_compound(levels: int) -> CovarianceStructure:
    """HCS: a variance a level, one correlation."""
    scale = AngleScale(-1.0 / (levels - 1))

    def gamma(t: Sequence[Jet]) -> Jet:
        rho = _sine(t[levels], scale)
        return _scaled(t[:levels], [[None if i == j else rho for j in range(levels)] for i in range(levels)])

    return CovarianceStructure(
        "HCS", levels, (*_variance_names(levels), "rho"), levels, gamma, scale, floored=True
    )


def _scaled(roots: Sequence[Jet], correlation: Sequence[Sequence[Jet | None]]) -> Jet:
    """Roots of variances times a correlation matrix whose None is one."""

    def element(i: int, j: int) -> Jet:
        product, r = roots[i] * roots[j], correlation[i][j]
        return product if r is None else product * r

    n = range(len(roots))
    return matrix_of([[element(i, j) for j in n] for i in n])


def unstructured(levels: int, name: str = "UN") -> CovarianceStructure:
    """UN: a variance a level, a correlation a pair. GEN, for random slopes, is the same of coefficients."""
    pairs = [(i, j) for i in range(levels) for j in range(i + 1, levels)]
    names = (
        *_variance_names(levels),
        *(("rho",) if levels == 2 else (f"rho.{i + 1}-{j + 1}" for i, j in pairs)),
    )
    return CovarianceStructure(name, levels, names, levels, partial(_spherical, levels), floored=True)


def unstructured_roots(gamma: Array) -> Array:
    """Roots of an unstructured covariance (L, L), shape (L (L + 1) / 2,): the inverse of its formula."""
    spread = np.sqrt(np.diag(gamma))
    safe = np.where(spread > 0, spread, 1.0)
    correlation = gamma / np.outer(safe, safe)
    np.fill_diagonal(correlation, 1.0)
    levels = len(gamma)
    rows, angles = np.zeros((levels, levels)), np.zeros((levels, levels))
    rows[0, 0] = 1.0
    for i in range(1, levels):
        left = 1.0
        for j in range(i):
            rest = correlation[i, j] - rows[i, :j] @ rows[j, :j]
            sine = rest / (rows[j, j] * left) if rows[j, j] * left > _VANISHED else 0.0
            angles[j, i] = np.arcsin(np.clip(sine, -1.0, 1.0))
            rows[i, j] = left * np.sin(angles[j, i])
            left *= np.cos(angles[j, i])
        rows[i, i] = left
    return np.concatenate([spread, angles[np.triu_indices(levels, 1)]])


def _spherical(levels: int, t: Sequence[Jet]) -> Jet:
    one = Jet.constant(1.0, t[0])
    rows = [[one]]
    for i in range(1, levels):
        left: Jet = one
        row: list[Jet] = []
        for angle in _angles_of(t, i, levels):
            row.append(left * angle.sin())
            left = left * angle.cos()
        rows.append([*row, left])

    def correlation(i: int, j: int) -> Jet | None:
        if i == j:
            return None
        low, high = sorted((i, j))
        found = rows[low][0] * rows[high][0]
        for n in range(1, low + 1):
            found = found + rows[low][n] * rows[high][n]
        return found

    n = range(levels)
    return _scaled(t[:levels], [[correlation(i, j) for j in n] for i in n])


def _angles_of(t: Sequence[Jet], row: int, levels: int) -> list[Jet]:
    """The angles of one row: with the first level the parameters of pairs (0, 1), (0, 2), ... in order."""
    at = {(i, j): n for n, (i, j) in enumerate((i, j) for i in range(levels) for j in range(i + 1, levels))}
    return [t[levels + at[i, row]] for i in range(row)]


def autoregressive(times: Array, *, continuous: bool, heteroscedastic: bool = False) -> CovarianceStructure:
    """AR, HAR: correlation rho^|t - s| of whole times; CAR: of any times, rho not below zero.

    times: shape (L,). A CAR parameter is the correlation over the shortest gap, so that it stays smooth at
    zero; what is reported is the correlation per unit of the times given.
    """
    levels = times.size
    lags = np.abs(times[:, None] - times[None, :])
    shortest = float(lags[lags > 0].min())

    def gamma(t: Sequence[Jet]) -> Jet:
        angle = t[-1].sin()
        base, exponents = (angle.magnitude(), 2.0 * lags / shortest) if continuous else (angle, lags)
        correlation = base.powers(exponents)
        if not heteroscedastic:
            return (t[0] * t[0]).times(np.ones_like(lags)) * correlation
        spread = [[t[i] * t[j] for j in range(levels)] for i in range(levels)]
        return matrix_of(spread) * correlation

    names = _variance_names(levels) if heteroscedastic else ("tau2",)
    word = "CAR" if continuous else "HAR" if heteroscedastic else "AR"
    scale = AngleScale(gap=shortest) if continuous else AngleScale()
    return CovarianceStructure(word, levels, (*names, "rho"), len(names), gamma, scale, heteroscedastic)
