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
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array, eye_array

from synthesis.pooling.dependent.block_likelihood import DependentData
from synthesis.pooling.dependent.blocks import RandomTerm, blocks_of
from synthesis.pooling.dependent.maximum import maximise_blocks, starting_points
from synthesis.pooling.dependent.structures import unstructured
from synthesis.pooling.kernel.effects import Array, Rows

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
        df=rows.y.size - rows.p,
    )


@dataclass(frozen=True)
class _At:
    beta: Array
    covariance: Array
    quadratic: float
    loglik: float


@dataclass(frozen=True, eq=False)
class _Whitened:
    """All rows with unit errors: y (n,), x (n, p) in coefficients scaled by `scale`, study (n,).

    scale: beta = scale @ scaled beta. logdet: of the Cholesky factors that whitened them.
    """

    y: Array
    x: Array
    study: Rows
    scale: Array
    logdet: float

    @classmethod
    def of(cls, studies: Sequence[ClassEffects]) -> _Whitened:
        ys, xs, study, logdet = [], [], [], 0.0
        for n, each in enumerate(studies):
            lower = np.linalg.cholesky(each.covariance)
            both = solve_triangular(lower, np.column_stack([each.y, each.x]), lower=True)
            ys.append(both[:, 0])
            xs.append(both[:, 1:])
            study.append(np.full(each.y.size, n))
            logdet += float(np.log(np.diagonal(lower)).sum())
        x = np.vstack(xs)
        triangle = np.linalg.qr(x, mode="r")
        scale = np.linalg.inv(triangle) * np.sqrt(len(studies))
        return cls(np.concatenate(ys), x @ scale, np.concatenate(study), scale, logdet)

    @property
    def p(self) -> int:
        return int(self.x.shape[1])

    def data(self) -> DependentData:
        """The rows as blocks of the kernel for dependent effects, at most p a study.

        What of a study's effects is at right angles to its design has errors alone: its part in the
        likelihood is the same for every psi and every coefficient.
        """
        parts = []
        for i in range(int(self.study[-1]) + 1):
            rows = self.study == i
            x, y = self.x[rows], self.y[rows]
            if y.size > self.p:
                q, x = np.linalg.qr(x)
                y = q.T @ y
            parts.append((y, x, np.full(y.size, i)))
        y, x, study = (np.concatenate(each) for each in zip(*parts, strict=True))
        term = RandomTerm(unstructured(self.p, "GEN"), study, "coefficients", columns=x)
        return DependentData(blocks_of(x, csr_array(eye_array(y.size)), (term,), study), y[None])

    def maximum(self, restricted: bool) -> Array:
        """psi of the largest likelihood."""
        data = self.data()
        theta = maximise_blocks(data, starting_points(data, scattered=self.p > 1), restricted).theta
        scaled = data.blocks.terms[0].structure.covariance(theta)[0]
        return np.asarray(self.scale @ scaled @ self.scale.T)

    def at(self, psi: Array, restricted: bool) -> _At:
        """Generalised least squares and the log-likelihood at psi."""
        p, n = self.p, self.y.size
        back = np.linalg.inv(self.scale)
        inner = back @ psi @ back.T
        gram, xy, quadratic, logdet = np.zeros((p, p)), np.zeros(p), 0.0, 0.0
        for i in range(int(self.study[-1]) + 1):
            rows = self.study == i
            x, y = self.x[rows], self.y[rows]
            m = np.eye(len(y)) + x @ inner @ x.T
            solved = np.linalg.solve(m, np.column_stack([x, y]))
            gram += x.T @ solved[:, :-1]
            xy += x.T @ solved[:, -1]
            quadratic += float(y @ solved[:, -1])
            logdet += float(np.linalg.slogdet(m)[1])
        scaled = np.linalg.solve(gram, xy)
        quadratic -= float(scaled @ xy)
        loglik = -0.5 * (logdet + quadratic + (n - p * restricted) * np.log(2.0 * np.pi)) - self.logdet
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
