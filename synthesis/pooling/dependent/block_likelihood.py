"""Likelihoods of effects in independent blocks, with exact gradient and Hessian by the parameters.

M = V + sum of the random terms; P = W - W X (X'WX)^-1 X'W with W = M^-1. The restricted log-likelihood has
+ 1/2 log|X'X| (Harville 1974). Derivatives: Harville 1977, section 5; Lindstrom & Bates 1988. All sums run
block by block, so that the cost is linear in the number of blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from synthesis.pooling.dependent.blocks import Blocks, Stack
from synthesis.pooling.dependent.jets import Jet
from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.sums import transposed

_SINGULAR = 1e-16  # of its largest eigenvalue: a smaller one is rounding
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class DependentData:
    """B data sets on one design.

    y: shape (B, k); kept: which effects each data set has, (B, k), or None for all. v: each stack's sampling
    covariances, (B, n, m, m), where data sets differ in them, or None for those of the blocks.
    """

    blocks: Blocks
    y: Array
    kept: Mask | None = None
    v: tuple[Array, ...] | None = None

    def take(self, rows: Rows) -> DependentData:
        """Some of the data sets, or some more than once."""
        return DependentData(
            self.blocks,
            self.y[rows],
            None if self.kept is None else self.kept[rows],
            None if self.v is None else tuple(v[rows] for v in self.v),
        )

    @property
    def count(self) -> Array:
        """Effects of each data set, shape (B,)."""
        if self.kept is None:
            return np.full(len(self.y), float(self.blocks.k))
        return np.asarray(self.kept.sum(axis=1), dtype=float)


@dataclass(frozen=True, eq=False)
class StackFit:
    """One stack at B points: everything of shape (B, n, m, ...).

    weight: W; leverage: F = W X; residual: y - X beta; e = P y; real: which rows are effects.
    """

    stack: Stack
    x: Array
    y: Array
    covariance: Array
    weight: Array
    leverage: Array
    residual: Array
    e: Array
    real: Mask

    def take(self, rows: Rows) -> StackFit:
        """Some of the points; what is one for all of them stays as it is."""
        names = ("x", "y", "covariance", "weight", "leverage", "residual", "e", "real")
        many = {name: getattr(self, name)[rows] for name in names if len(getattr(self, name)) > 1}
        return replace(self, **many)

    def put(self, rows: Rows, other: StackFit) -> None:
        """Take over the points of another fit, which has them at these rows."""
        for name in ("covariance", "weight", "leverage", "residual", "e"):
            getattr(self, name)[rows] = getattr(other, name)


@dataclass(frozen=True, eq=False)
class DependentFit:
    """Generalised least squares at B points, and the likelihood there.

    beta: (B, p); covariance: of beta, (X'WX)^-1, (B, p, p); quadratic: y'Py, (B,); loglik: (B,), -inf where
    M is not positive definite.
    """

    beta: Array
    covariance: Array
    quadratic: Array
    loglik: Array
    stacks: tuple[StackFit, ...] = field(repr=False)

    def take(self, rows: Rows) -> DependentFit:
        """Some of the points."""
        parts = (self.beta[rows], self.covariance[rows], self.quadratic[rows], self.loglik[rows])
        return DependentFit(*parts, tuple(stack.take(rows) for stack in self.stacks))

    def put(self, rows: Rows, other: DependentFit) -> None:
        """Take over the points of another fit, which has them at these rows."""
        for name in ("beta", "covariance", "quadratic", "loglik"):
            getattr(self, name)[rows] = getattr(other, name)
        for n, stack in enumerate(self.stacks):
            stack.put(rows, other.stacks[n])


def evaluate(data: DependentData, theta: Array, restricted: bool) -> DependentFit:
    """The fit at parameters theta, shape (B, q), one point a data set."""
    blocks = data.blocks
    gammas = [blocks.terms[n].structure.covariance(part) for n, part in enumerate(blocks.split(theta))]
    b, p = len(data.y), blocks.p
    gram, xwy = np.zeros((b, p, p)), np.zeros((b, p))
    logdet = np.zeros(b)
    parts = []
    for n, stack in enumerate(blocks.stacks):
        part = _inverted(data, stack, stack.v[None] if data.v is None else data.v[n], gammas)
        x, weight, wx = part[0], part[4], part[5]
        logdet += part[6]
        flat = wx.reshape(b, stack.rows.size, p)
        gram += transposed(x.reshape(len(x), stack.rows.size, p)) @ flat
        xwy += (part[1].reshape(b, 1, stack.rows.size) @ flat)[:, 0]
        parts.append((stack, *part[:3], part[3], weight, wx))
    covariance, logdet_gram = _inverse(gram)
    beta = (covariance @ xwy[..., None])[..., 0]
    quadratic, fits = np.zeros(b), []
    for stack, x, y, real, m, weight, wx in parts:
        residual = y - (x @ beta[:, None, :, None])[..., 0]
        e = (weight @ residual[..., None])[..., 0]
        quadratic += (residual * e).sum(axis=(1, 2))
        fits.append(StackFit(stack, x, y, m, weight, wx, residual, e, real))
    loglik = -0.5 * (logdet + quadratic)
    if restricted:
        loglik += 0.5 * (_logdet_design(data) - logdet_gram) - 0.5 * (data.count - p) * _LOG_2PI
    else:
        loglik -= 0.5 * data.count * _LOG_2PI
    return DependentFit(
        beta, covariance, quadratic, np.where(np.isfinite(loglik), loglik, -np.inf), tuple(fits)
    )


def _inverted(
    data: DependentData, stack: Stack, m: Array, gammas: Sequence[Array]
) -> tuple[Array, Array, Mask, Array, Array, Array, Array]:
    """x, y, real, M, W, W x and log|M| of one stack, whose sampling covariance is m."""
    for n, gamma in enumerate(gammas):
        m = m + stack.terms[n].spread(gamma)
    y, x, real = stack.of(data.y), stack.x[None], stack.real[None]
    if data.kept is not None:
        real = real & (stack.of(data.kept[..., None].astype(float))[..., 0] > 0)
        both = real[..., :, None] & real[..., None, :]
        m = np.where(both, m, np.eye(m.shape[-1]))
        x, y = np.where(real[..., None], x, 0.0), np.where(real, y, 0.0)
    if len(m) != len(data.y):
        m = np.repeat(m, len(data.y), axis=0)
    weight, logdet = _inverse(m)
    return x, y, real, m, weight, weight @ x, logdet.sum(axis=1)


def _inverse(matrices: Array) -> tuple[Array, Array]:
    """Inverse and log determinant of positive definite matrices; nan where they are not."""
    if matrices.shape[-1] == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1.0 / matrices, np.log(matrices[..., 0, 0])
    if matrices.shape[-1] == 2:
        return _inverse_of_two(matrices)
    try:
        lower, inverse = np.linalg.cholesky(matrices), np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        return _inverse_of_sound(matrices)
    logdet = 2.0 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
    return np.asarray(inverse), np.asarray(logdet)


def _inverse_of_two(matrices: Array) -> tuple[Array, Array]:
    a, b, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        determinant = a * d - b * b
        logdet = np.log(np.where(a > 0, determinant, -1.0))
        found = np.empty_like(matrices)
        found[..., 0, 0], found[..., 1, 1] = d / determinant, a / determinant
        found[..., 0, 1] = found[..., 1, 0] = -b / determinant
    return found, logdet


def _inverse_of_sound(matrices: Array) -> tuple[Array, Array]:
    """Where some are not positive definite: those become nan."""
    sound: Mask = np.asarray(np.isfinite(matrices).all(axis=(-2, -1)))
    filled = np.where(sound[..., None, None], matrices, np.eye(matrices.shape[-1]))
    values, vectors = np.linalg.eigh(filled)
    sound &= values[..., 0] > _SINGULAR * values[..., -1]
    values = np.where(sound[..., None], values, np.nan)
    inverse = (vectors / values[..., None, :]) @ transposed(vectors)
    return np.asarray(inverse), np.asarray(np.log(values).sum(axis=-1))


def _logdet_design(data: DependentData) -> Array:
    x = data.blocks.x
    if data.kept is None:
        return np.full(len(data.y), np.linalg.slogdet(x.T @ x)[1])
    chosen = np.where(data.kept[..., None], x[None], 0.0)
    found: Array = np.linalg.slogdet(chosen.swapaxes(1, 2) @ chosen)[1]
    return found


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of the log-likelihood by the parameters: gradient (B, q), Hessian (B, q, q)."""

    gradient: Array
    hessian: Array


def slopes(data: DependentData, theta: Array, fit: DependentFit, restricted: bool) -> Slopes:
    """Gradient and Hessian at a fit made at the same parameters.

    With D_i the derivative of M by a parameter, the gradient is 1/2 (e'D_i e - tr(P D_i)), and the Hessian
    1/2 tr(P D_i P D_j) - e'D_i P D_j e + 1/2 (e'D_ij e - tr(P D_ij)), e = P y; W stands for P in the traces
    of the full likelihood.
    """
    blocks = data.blocks
    jets = [blocks.terms[n].structure.gamma(Jet.of(part)) for n, part in enumerate(blocks.split(theta))]
    b, p, q = len(data.y), blocks.p, blocks.q
    pulls = [np.zeros((b, *j.value.shape[1:])) for j in jets]
    quad, trace = np.zeros((b, q, q)), np.zeros((b, q, q))
    bent, pulled = np.zeros((b, q, q, p, p)), np.zeros((b, q, p, p))
    crossed = np.zeros((b, q, p))
    for part in fit.stacks:
        sensitivity = part.e[..., :, None] * part.e[..., None, :] - part.weight
        if restricted:
            sensitivity = sensitivity + part.leverage @ fit.covariance[:, None] @ transposed(part.leverage)
        if data.kept is not None:
            sensitivity = sensitivity * (part.real[..., :, None] & part.real[..., None, :])
        derivatives = []
        for n, jet in enumerate(jets):
            term = part.stack.terms[n]
            pulls[n] += term.gathered(sensitivity, jet.value.shape[-1])
            derivatives += [term.spread(jet.slope[:, i]) for i in range(jet.slope.shape[1])]
        if data.kept is not None:  # what is filled up has no derivative, what is left out has
            derivatives = [d * (part.real[..., :, None] & part.real[..., None, :]) for d in derivatives]
        _second_order(part, derivatives, quad, trace, bent, pulled, crossed)
    flat = crossed @ fit.covariance
    hessian = -(quad - flat @ crossed.swapaxes(1, 2)) + 0.5 * trace
    if restricted:
        c = fit.covariance
        hessian -= np.einsum("bpr,bijrp->bij", c, bent)
        moved = c[:, None] @ pulled
        hessian += 0.5 * np.einsum("bipr,bjrp->bij", moved, moved)
    gradient = np.zeros((b, q))
    start = 0
    for n, jet in enumerate(jets):
        end = start + jet.slope.shape[1]
        gradient[:, start:end] = 0.5 * np.einsum("bac,biac->bi", pulls[n], jet.slope)
        hessian[:, start:end, start:end] += 0.5 * np.einsum("bac,bijac->bij", pulls[n], jet.curve)
        start = end
    return Slopes(gradient, hessian)


def _second_order(
    part: StackFit,
    derivatives: Sequence[Array],
    quad: Array,
    trace: Array,
    bent: Array,
    pulled: Array,
    crossed: Array,
) -> None:
    """Add one stack's part of e'D_i W D_j e, tr(W D_i W D_j), F'D_i W D_j F, F'D_i F and F'D_i e."""
    b, p, q = part.leverage.shape[0], part.leverage.shape[-1], len(derivatives)
    m, wide = part.weight.shape[-1], p + 1
    both = np.concatenate([part.leverage, part.e[..., None]], axis=-1)
    side_by_side = np.concatenate(derivatives, axis=-1)
    weighted = part.weight @ side_by_side
    applied = np.concatenate([d @ both for d in derivatives], axis=-1)
    size = part.stack.rows.size
    flat, rows = applied.reshape(b, size, q * wide), both.reshape(b, size, wide)
    once = (transposed(rows) @ flat).reshape(b, wide, q, wide)
    twice = transposed(flat) @ (part.weight @ applied).reshape(b, size, q * wide)
    twice = twice.reshape(b, q, wide, q, wide)
    pulled += once[:, :p, :, :p].swapaxes(1, 2)
    crossed += once[:, :p, :, p].swapaxes(1, 2)
    bent += twice[:, :, :p, :, :p].swapaxes(2, 3)
    quad += twice[:, :, p, :, p]
    parts = [weighted[..., i * m : (i + 1) * m] for i in range(q)]
    for j, right in enumerate(parts):
        turned = transposed(right)
        for i in range(j + 1):
            same = (parts[i] * turned).sum(axis=(1, 2, 3))
            trace[:, i, j] += same
            if i != j:
                trace[:, j, i] += same
