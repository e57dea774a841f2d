"""Kenward and Roger's small-sample inference for the coefficients of a REML fit.

For V = diag(v) + tau2 I, which is linear in tau2, with Phi = (X'WX)^-1, P = -X'WWX, Q = X'WWWX and
var(tau2) from expected information, the adjusted covariance is Phi + 2 var(tau2) Phi (Q - P Phi P) Phi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import Model, Projection
from synthesis.pooling.kernel.sums import inverse, trace, trace_of_product

_ROUNDING = 1e-10


@dataclass(frozen=True)
class KenwardRoger:
    """Inference for the p coefficients of n data sets, on the scale of the model.

    covariance: adjusted, shape (n, p, p). phi: as if tau2 were known. drift: -d phi / d tau2 without
    sign, Phi X'WWX Phi, (n, p, p). variance: of the tau2 estimate, (n,).
    """

    covariance: Array
    phi: Array
    drift: Array
    variance: Array

    @property
    def df(self) -> Array:
        """Degrees of freedom of each coefficient's t, (n, p): 2 phi_jj^2 / (variance drift_jj^2).

        For one coefficient the F approximation of Kenward & Roger 1997 has scale one and these degrees of
        freedom, which are Satterthwaite's.
        """
        phi, drift = (np.einsum("bii->bi", a) for a in (self.phi, self.drift))
        df: Array = 2.0 * (phi / drift) ** 2 / self.variance[:, None]
        return df

    def f_test(self, tested: slice | Rows) -> tuple[Array, Array]:
        """Scale and denominator degrees of freedom of the F statistic of the coefficients tested, (n,) each.

        Kenward & Roger 1997 match the first two moments of F. Their formulas are exact for equal v, also
        with the four degrees of freedom or fewer that leave F without a variance, and are used as they
        stand; both are nan where they give no F distribution.
        """
        phi, drift = (a[:, tested][:, :, tested] for a in (self.phi, self.drift))
        m = float(phi.shape[1])
        share = np.matmul(inverse(phi), drift)
        a1 = self.variance * trace(share) ** 2
        a2 = self.variance * trace_of_product(share, share)
        b = (a1 + 6.0 * a2) / (2.0 * m)
        g = ((m + 1.0) * a1 - (m + 4.0) * a2) / ((m + 2.0) * a2)
        below = 3.0 * m + 2.0 * (1.0 - g)
        c1, c2, c3 = g / below, (m - g) / below, (m + 2.0 - g) / below
        inverse_mean = 1.0 - a2 / m
        rho = _ratio(inverse_mean, 1.0 - c2 * b, 1.0) ** 2 * (1.0 + c1 * b) / ((1.0 - c3 * b) * m)
        df = 4.0 + (m + 2.0) / (m * rho - 1.0)
        scale = df * _ratio(inverse_mean, df - 2.0, 0.5)
        exists = (scale > 0) & (df > 0) & np.isfinite(df)
        return np.where(exists, scale, np.nan), np.where(exists, df, np.nan)


def _ratio(above: Array, below: Array, limit: float) -> Array:
    """above / below, or its limit where both are zero: with equal v and two degrees of freedom exactly."""
    nothing = (np.abs(above) < _ROUNDING) & (np.abs(below) < _ROUNDING)
    return np.where(nothing, limit, above / np.where(nothing, 1.0, below))


def kenward_roger(model: Model, at: Projection, back: Array | None) -> KenwardRoger:
    """Kenward & Roger 1997, with the expected information of tau2; for meta-analysis Partlett & Riley 2017.

    at: the projection at the REML estimate. back: the matrix (p, p) that turns coefficients of the model's
    basis into those of the design, where they differ. Where tau2 is estimated as zero its expected
    information there is used. With equal v and tau2 above zero this is the t test on k - 1 degrees of
    freedom.
    """
    weights, phi = at.weights, at.covariance
    variance = 2.0 / at.trace_pp
    x, squares = model.x, model.gram(weights * weights)
    # Q - P Phi P is the weighted sum of squares of WX about its regression on X: no digits lost by
    # subtraction.
    residual = weights[:, :, None] * x - x @ (phi @ squares)
    adjustment = np.einsum("bk,bki,bkj->bij", weights, residual, residual, optimize=True)
    drift = phi @ squares @ phi
    covariance = phi + (2.0 * variance)[:, None, None] * (phi @ adjustment @ phi)
    if back is not None:
        phi, drift, covariance = (back @ a @ back.T for a in (phi, drift, covariance))
    return KenwardRoger(covariance, phi, drift, variance)
