"""Coefficients of a curve over several studies, in one stage or in two.

One stage: y_i = X_i (beta + b_i) + e_i, with errors of the study's classes correlated through their
reference and b_i ~ N(0, Psi) (Crippa, Discacciati, Bottai, Spiegelman & Orsini 2019). Two stages: the same
of each study's own coefficients, which are sufficient where its design has full rank. Both are maximised in
whitened rows and in coefficients in units of their standard errors, so that no scale of a dose matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, eye_array

from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import unstructured
from synthesis.pooling.kernel.effects import Array

CURVE_METHODS = ("REML", "ML", "DL", "EE")


@dataclass(frozen=True, eq=False)
class ClassEffects:
    """One study: y (m,), its design x (m, p), less the columns of the reference, and covariance (m, m)."""

    y: Array
    x: Array
    covariance: Array

    @property
    def has_full_rank(self) -> bool:
        """Whether it tells every coefficient by itself."""
        return bool(np.linalg.matrix_rank(self.x) == self.x.shape[1])

    def slopes(self) -> ClassEffects:
        """Its own coefficients by generalised least squares, as a study whose design is the identity."""
        weighted = np.linalg.solve(self.covariance, np.column_stack([self.x, self.y]))
        covariance = np.linalg.inv(self.x.T @ weighted[:, :-1])
        covariance = 0.5 * (covariance + covariance.T)
        return ClassEffects(covariance @ (self.x.T @ weighted[:, -1]), np.eye(self.x.shape[1]), covariance)


@dataclass(frozen=True, eq=False)
class CurveFit:
    """Coefficients beta (p,), their covariance (p, p), and psi (p, p), that of studies' true coefficients.

    loglik: with all constants, restricted for REML, without the design's part 1/2 log|X'X|; nan of moments.
    without: the same at psi = 0. Q, df: of all rows about the coefficients without heterogeneity.
    """

    beta: Array
    covariance: Array
    psi: Array
    loglik: float
    without: float
    Q: float
    df: int


def fit_curve(studies: Sequence[ClassEffects], method: str) -> CurveFit:
    """The coefficients of all studies by one of CURVE_METHODS; DL is for studies in two stages."""
    rows = _Whitened.of(studies)
    fixed = rows.at(np.zeros((rows.p, rows.p)), restricted=method == "REML")
    if method == "EE":
        psi = np.zeros((rows.p, rows.p))
    elif method == "DL":
        psi = _moments(studies)
    else:
        psi = rows.maximum(restricted=method == "REML")
    found = rows.at(psi, restricted=method == "REML")
    return CurveFit(
        beta=found.beta,
        covariance=found.covariance,
        psi=psi,
        loglik=np.nan if method == "DL" else max(found.loglik, fixed.loglik),
        without=fixed.loglik,
        Q=fixed.quadratic,
        df=rows.n - rows.p,
    )


@dataclass(frozen=True)
class _At:
    beta: Array
    covariance: Array
    quadratic: float
    loglik: float


@dataclass(frozen=True, eq=False)
class _Whitened:
    """All rows with unit errors, studies of one size m together: y (s, m), x (s, m, p) of each size.

    x: in coefficients scaled by `scale`: beta = scale @ scaled beta. logdet: of the Cholesky factors that
    whitened the rows.
    """

    parts: tuple[tuple[Array, Array], ...]
    scale: Array
    logdet: float

    @classmethod
    def of(cls, studies: Sequence[ClassEffects]) -> _Whitened:
        parts, logdet = [], 0.0
        for m in sorted({each.y.size for each in studies}):
            same = [each for each in studies if each.y.size == m]
            lower = np.linalg.cholesky(np.array([each.covariance for each in same]))
            rows = np.array([np.column_stack([each.y, each.x]) for each in same])
            both = np.linalg.solve(lower, rows)
            parts.append((both[:, :, 0], both[:, :, 1:]))
            logdet += float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
        stacked = np.concatenate([x.reshape(-1, x.shape[2]) for _, x in parts])
        scale = np.linalg.inv(np.linalg.qr(stacked, mode="r")) * np.sqrt(len(studies))
        return cls(tuple((y, x @ scale) for y, x in parts), scale, logdet)

    @property
    def p(self) -> int:
        return len(self.scale)

    @property
    def n(self) -> int:
        """How many rows."""
        return sum(y.size for y, _ in self.parts)

    def data(self) -> DependentData:
        """The rows as blocks of the kernel for dependent effects, at most p a study.

        What of a study's effects is at right angles to its design has errors alone: its part in the
        likelihood is the same for every psi and every coefficient.
        """
        ys, xs, sizes = [], [], []
        for y, x in self.parts:
            q, x = np.linalg.qr(x)
            y = (q.transpose(0, 2, 1) @ y[:, :, None])[:, :, 0]
            ys.append(y.ravel())
            xs.append(x.reshape(-1, self.p))
            sizes += [y.shape[1]] * len(y)
        rows, design, study = np.concatenate(ys), np.concatenate(xs), np.repeat(np.arange(len(sizes)), sizes)
        term = RandomTerm(unstructured(self.p, "GEN"), study, "coefficients", columns=design)
        return DependentData(blocks_of(design, csr_array(eye_array(rows.size)), (term,), study), rows[None])

    def maximum(self, restricted: bool) -> Array:
        """psi of the largest likelihood."""
        data = self.data()
        theta = maximise_blocks(data, starting_points(data, scattered=True), restricted).theta
        scaled = data.blocks.terms[0].structure.covariance(theta)[0]
        return np.asarray(self.scale @ scaled @ self.scale.T)

    def at(self, psi: Array, restricted: bool) -> _At:
        """Generalised least squares and the log-likelihood at psi."""
        p = self.p
        back = np.linalg.inv(self.scale)
        inner = back @ psi @ back.T
        gram, xy, quadratic, logdet = np.zeros((p, p)), np.zeros(p), 0.0, 0.0
        for y, x in self.parts:
            across = x.transpose(0, 2, 1)
            m = np.eye(y.shape[1]) + x @ inner @ across
            solved = np.linalg.solve(m, np.concatenate([x, y[:, :, None]], axis=2))
            both = (across @ solved).sum(axis=0)
            gram += both[:, :-1]
            xy += both[:, -1]
            quadratic += float((y * solved[:, :, -1]).sum())
            logdet += float(np.linalg.slogdet(m)[1].sum())
        scaled = np.linalg.solve(gram, xy)
        quadratic -= float(scaled @ xy)
        loglik = -0.5 * (logdet + quadratic + (self.n - p * restricted) * np.log(2.0 * np.pi)) - self.logdet
        if restricted:
            loglik += -0.5 * float(np.linalg.slogdet(gram)[1]) + float(np.linalg.slogdet(self.scale)[1])
        covariance = self.scale @ np.linalg.inv(gram) @ self.scale.T
        return _At(self.scale @ scaled, covariance, quadratic, loglik)


def _moments(studies: Sequence[ClassEffects]) -> Array:
    """psi by moments: of one coefficient DerSimonian and Laird's tau2, else Jackson, White & Riley 2013.

    Sums of W_i (b_i - b)(b_i - b)' have the mean (k - 1) I + (A - sum of W_i A^-1 W_i) psi, A being the sum
    of the inverse covariances W_i; the solution is made symmetric, and its negative eigenvalues zero.
    """
    slopes = [each.slopes() for each in studies]
    b = np.array([each.y for each in slopes])
    w = np.array([np.linalg.inv(each.covariance) for each in slopes])
    total = w.sum(axis=0)
    away = b - np.linalg.solve(total, (w @ b[:, :, None]).sum(axis=0)[:, 0])
    q = (w @ (away[:, :, None] * away[:, None, :])).sum(axis=0)
    spread = total - (w @ np.linalg.solve(total, w)).sum(axis=0)
    found = np.linalg.solve(spread, q - (len(b) - 1) * np.eye(b.shape[1]))
    values, vectors = np.linalg.eigh(0.5 * (found + found.T))
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)
