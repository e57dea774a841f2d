"""Tests of the coefficients: what each makes of the model's covariance, and the distribution it uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.sums import inverse, trace, trace_of_product
from synthesis.pooling.mean.henmi_copas import henmi_copas
from synthesis.pooling.mean.inference import OmnibusTest, normal_quantile, omnibus, quantile_t, two_sided_p
from synthesis.pooling.mean.weighting import Mean
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import ESTIMATORS

# Kenward and Roger's small-sample inference for the coefficients of a REML fit.
#
# For V = diag(v) + tau2 I, which is linear in tau2, with Phi = (X'WX)^-1, P = -X'WWX, Q = X'WWWX and
# var(tau2) from expected information, the adjusted covariance is Phi + 2 var(tau2) Phi (Q - P Phi P) Phi.


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
    return np.divide(above, below, out=np.full_like(below, limit), where=~nothing)


def kenward_roger(model: LinearModel, at: Projection, back: Array | None) -> KenwardRoger:
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
    adjustment = np.matmul(residual.transpose(0, 2, 1), weights[:, :, None] * residual)
    drift = phi @ squares @ phi
    covariance = phi + (2.0 * variance)[:, None, None] * (phi @ adjustment @ phi)
    if back is not None:
        phi, drift, covariance = (back @ a @ back.T for a in (phi, drift, covariance))
    return KenwardRoger(covariance, phi, drift, variance)


class Reference(Protocol):
    """The distribution of n statistics, or of n times p."""

    @property
    def df(self) -> Array:
        """Degrees of freedom, (n, 1) or (n, p): infinite if normal, nan if neither normal nor t."""

    def quantile(self, level: float) -> Array:
        """What |statistic| exceeds with probability 1 - level, shape of df."""

    def p_value(self, statistic: Array) -> Array:
        """Two-sided p of statistics (n, p)."""


@dataclass(frozen=True)
class Student:
    """t on df degrees of freedom, (n, 1) or (n, p); the normal distribution where df is infinite."""

    df: Array

    def quantile(self, level: float) -> Array:
        return quantile_t(self.df, level)

    def p_value(self, statistic: Array) -> Array:
        return two_sided_p(statistic, self.df)


@dataclass(frozen=True)
class Inference:
    """covariance of the coefficients under the test, (n, p, p); their distribution; the omnibus test.

    omnibus: makes that test, whose p those do without who need intervals alone.
    """

    covariance: Array
    reference: Reference
    omnibus: Callable[[], OmnibusTest]

    @once
    def moderators(self) -> OmnibusTest:
        """The omnibus test of the moderators, or of the mean itself."""
        return self.omnibus()

    @property
    def se(self) -> Array:
        """Shape (n, p)."""
        se: Array = np.sqrt(np.einsum("bii->bi", self.covariance))
        return se


@dataclass(frozen=True)
class Test:
    """A test of the coefficients.

    infer: takes the coefficients and the columns that the omnibus test is about. method: the one estimator of
    tau2 it is defined for, if it is defined for one alone. weighting: the weights it is defined with, where
    they are not the model's. designs: whether it allows for moderators.
    """

    __test__ = False  # not a test case for pytest

    name: str
    infer: Callable[[Mean, slice | Rows], Inference]
    method: str | None = None
    weighting: str | None = None
    designs: bool = True


def check_test(test: str, estimator: Estimator, weights: bool, moderators: bool) -> None:
    """Raise ValueError where a test is not defined with the method, the user's weights or moderators."""
    chosen = TESTS[test]
    if chosen.method is not None and estimator is not ESTIMATORS[chosen.method]:
        raise ValueError(
            f"test '{test}' is defined for method '{chosen.method}' alone, not for {estimator.name}; "
            f"choose method='{chosen.method}' or another test"
        )
    if weights and (chosen.method is not None or chosen.weighting is not None):
        raise ValueError(f"test '{test}' has its own weights; leave out the weights or choose another test")
    if moderators and not chosen.designs:
        raise ValueError(f"test '{test}' is defined without moderators alone; choose another test")


def hartung_knapp(projection: Projection, df: Array) -> Array:
    """y'Py / df. Hartung & Knapp 2001; Sidik & Jonkman 2002; Knapp & Hartung 2003 for a design."""
    return projection.ypy / df


def hartung_knapp_at_least_wald(projection: Projection, df: Array) -> Array:
    """The factor y'Py / df, but never below one. Knapp & Hartung 2003."""
    return np.maximum(hartung_knapp(projection, df), 1.0)


def _one(projection: Projection, df: Array) -> Array:
    return np.ones_like(df)


def _scaled(
    factor: Callable[[Projection, Array], Array], uses_t: bool, mean: Mean, tested: slice | Rows
) -> Inference:
    """The model's covariance times a factor, also where the weights are the user's; normal, or t(k - p)."""
    model = mean.fitted.model
    times = np.where(mean.alone, 1.0, factor(mean.fitted.at, model.df))
    df = model.df if uses_t else np.full_like(model.df, np.inf)
    df = np.where(mean.alone, np.inf, np.where(mean.fitted.defined, df, np.nan))
    covariance = mean.covariance * times[:, None, None]
    omnibus = partial(_moderators, mean.beta, covariance, df, tested)
    return Inference(covariance, Student(df[:, None]), omnibus)


def _kenward_roger(mean: Mean, tested: slice | Rows) -> Inference:
    fitted = mean.fitted
    adjusted = kenward_roger(fitted.model, fitted.at, fitted.back)
    alone, exists = mean.alone, fitted.model.df > 0
    scale = fitted.units.scale**2
    covariance = np.where(
        alone[:, None, None],
        mean.covariance,
        np.where(exists[:, None, None], adjusted.covariance, np.nan) * scale[:, None, None],
    )
    df = np.where(alone[:, None], np.inf, np.where(exists[:, None], adjusted.df, np.nan))
    if mean.beta[:, tested].shape[1] == 1:
        omnibus = partial(_moderators, mean.beta, covariance, df[:, tested][:, 0], tested)
    else:
        f_scale, f_df = adjusted.f_test(tested)
        omnibus = partial(_moderators, mean.beta, covariance, f_df, tested, f_scale)
    return Inference(covariance, Student(df), omnibus)


@dataclass(frozen=True)
class _ButAlone:
    """A distribution, but the normal one for data sets of one study."""

    several: Reference
    alone: Mask

    @property
    def df(self) -> Array:
        return np.where(self.alone, np.inf, self.several.df)

    def quantile(self, level: float) -> Array:
        return np.where(self.alone, normal_quantile(level), self.several.quantile(level))

    def p_value(self, statistic: Array) -> Array:
        normal = two_sided_p(statistic, np.full(self.alone.shape, np.inf))
        return np.where(self.alone, normal, self.several.p_value(statistic))


def _henmi_copas(mean: Mean, tested: slice | Rows) -> Inference:
    fitted = mean.fitted
    reference = _ButAlone(henmi_copas(fitted.model, fitted.heterogeneity.tau2), mean.alone[:, None])

    def omnibus() -> OmnibusTest:
        statistic = mean.beta / np.sqrt(mean.covariance[:, 0])
        tail = lambda: reference.p_value(statistic)[:, 0]  # noqa: E731
        return OmnibusTest(statistic[:, 0] ** 2, 1, reference.df[:, 0], tail)

    return Inference(mean.covariance, reference, omnibus)


def _moderators(
    beta: Array, covariance: Array, df: Array, tested: slice | Rows, f_scale: Array | float = 1.0
) -> OmnibusTest:
    """The omnibus test of chosen columns; nan where a variance does not exist or is zero."""
    usable = np.isfinite(covariance).all(axis=(1, 2)) & np.isfinite(beta).all(axis=1)
    usable &= np.einsum("bii->bi", covariance).min(axis=1) > 0
    safe = np.where(usable[:, None, None], covariance, np.eye(beta.shape[1]))[:, tested][:, :, tested]
    return omnibus(np.where(usable[:, None], beta, np.nan)[:, tested], safe, df, f_scale)


TESTS: dict[str, Test] = {
    "z": Test("Wald z", partial(_scaled, _one, False)),
    "t": Test("Wald t", partial(_scaled, _one, True)),
    "HKSJ": Test("Hartung-Knapp-Sidik-Jonkman t", partial(_scaled, hartung_knapp, True)),
    "adhoc": Test(
        "Hartung-Knapp-Sidik-Jonkman t, never narrower than Wald,",
        partial(_scaled, hartung_knapp_at_least_wald, True),
    ),
    "KR": Test("Kenward-Roger t", _kenward_roger, method="REML"),
    "HC": Test("Henmi-Copas", _henmi_copas, method="DL", weighting="fixed", designs=False),
}
