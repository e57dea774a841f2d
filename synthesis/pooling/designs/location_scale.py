"""Location-scale meta-regression: moderators of the mean effect and of its between-study variance.

y_i ~ N(x_i'beta, v_i + tau2_i) with log tau2_i = z_i'alpha. Viechtbauer & Lopez-Lopez 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.designs.location_scale_fit import FitProblem, Maximum, maximum
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, maximise
from synthesis.pooling.kernel.one_mean import intercept_model
from synthesis.pooling.kernel.scaling import orthonormal, prepared
from synthesis.pooling.mean.inference import (
    Coefficients,
    OmnibusTest,
    coefficients,
    information_criteria,
    omnibus,
)

_IDENTIFIED = 1e-8
_FLAT = 1e-14  # curvature beside the largest, below which it is rounding
_METHODS = ("REML", "ML")
_TESTS = ("z", "t")


@dataclass(frozen=True)
class LogTau2:
    """z'alpha for any z, which may exist in a limit where alpha itself does not.

    alpha (q,), covariance (q, q): right for every z that is orthogonal to the drift. drift: (d, q),
    orthonormal directions of alpha in which the likelihood rises without end, where the columns of z are
    divided by `size`, (q,); one alone points the way it rises.
    """

    alpha: Array
    covariance: Array
    drift: Array
    size: Array

    def at(self, rows: Array) -> tuple[Array, Array]:
        """log tau2 and its standard error at rows (m, q) of z; both (m,).

        Along a drift log tau2 is infinite with its sign, or nan where there are several; neither has a
        standard error.
        """
        value = rows @ self.alpha
        variance = np.einsum("mi,ij,mj->m", rows, self.covariance, rows)
        se: Array = np.sqrt(np.maximum(variance, 0.0))  # along a drift it is zero but for rounding
        unit = rows / self.size
        along = unit @ self.drift.T
        least = _IDENTIFIED * np.linalg.norm(unit, axis=1)
        drifts = np.abs(along).max(axis=1, initial=0.0) > least
        endless = np.copysign(np.inf, along[:, 0]) if len(self.drift) == 1 else np.nan
        return np.where(drifts, endless, value), np.where(drifts, np.nan, se)


@dataclass(frozen=True)
class LocationScale:
    """A fitted location-scale model.

    beta (p,) and alpha (q,): coefficients of the mean and of log tau2, with standard errors, tests and
    intervals; their covariances (p, p) and (q, q). That of alpha is the inverse of the observed information.
    log_tau2: any combination of alpha. tau2: predicted for every study, (k,). QM, QS: tests of the
    moderators of mean and scale.
    in_limit: studies whose tau2 tends to zero as the likelihood keeps rising towards infinite alpha, (k,).
    All results are then those of the limit. A coefficient that has no finite value there is infinite with the
    sign of its drift, or nan where several drift independently; it has no standard error, and QS is nan.
    converged: False when the best search did not end at a maximum.
    """

    k: int
    beta: Coefficients
    beta_covariance: Array
    alpha: Coefficients
    alpha_covariance: Array
    log_tau2: LogTau2
    tau2: Array
    QM: OmnibusTest
    QS: OmnibusTest
    loglik: float
    AIC: float
    BIC: float
    AICc: float
    in_limit: Mask
    converged: bool
    method: str
    test: str
    level: float


def location_scale(
    effects: Effects,
    scale: Array,
    design: Array | None = None,
    method: str = "REML",
    test: str = "z",
    level: float = 0.95,
) -> LocationScale:
    """Fit one data set by Newton's method from several starting values, to rounding.

    effects: a batch of one, every study present. scale: (k, q) columns of z with their intercept. design:
    (k, p) columns of x with theirs, the intercept alone when None. method: "REML" or "ML". test: "z", or "t"
    with k - p degrees of freedom for beta and k - q for alpha.
    Raises ValueError for any other batch, method, test or level, for designs with collinear columns, and for
    fewer than p + 1 or q + 1 studies.
    """
    design = np.ones((effects.k, 1)) if design is None else np.asarray(design, dtype=float)
    scale = np.asarray(scale, dtype=float)
    _check(effects, design, scale, method, test, level)
    x, back = orthonormal(design, effects.k)
    z, _ = orthonormal(scale, effects.k)
    data = prepared(effects, from_top=False)
    unit = float(data.units.scale[0])
    problem = FitProblem(
        data.y[0],
        data.v[0],
        x,
        z,
        np.full(effects.k, -2.0 * np.log(unit)),
        np.zeros(effects.k, dtype=bool),
        method == "REML",
    )
    found = maximum(problem, _centre(problem))
    if not np.isfinite(found.point.value):
        raise ValueError("variances lie more than about 13 orders of magnitude apart; expected fewer")
    return _result(found, unit, back, (design, scale), (method, test, level))


def _check(effects: Effects, design: Array, scale: Array, method: str, test: str, level: float) -> None:
    if effects.batch != 1 or not effects.present.all():
        raise ValueError(f"{effects.batch} data sets, or absent studies; expected one data set with all")
    if method not in _METHODS or test not in _TESTS:
        raise ValueError(f"method '{method}' with test '{test}'; expected {_METHODS} and {_TESTS}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level is {level}; expected a fraction between 0 and 1, such as 0.95")
    for name, columns in (("design", design), ("scale", scale)):
        if columns.ndim == 2 and columns.shape[1] >= effects.k:
            raise ValueError(
                f"the {name} has {columns.shape[1]} columns for {effects.k} studies; expected more studies"
            )


def _centre(problem: FitProblem) -> float:
    """log tau2 of a model with one tau2 and no moderators, or of the smallest v if larger.

    All in the units of the problem, whose smallest v is at least 1 and below 4: a model keeps those.
    """
    model, _ = intercept_model(Effects(problem.y, problem.v))
    tau2 = float(maximise(model, RESTRICTED if problem.restricted else FULL)[0])
    return float(np.log(max(tau2, problem.v.min())))


def _result(
    found: Maximum,
    unit: float,
    back: Array,
    designs: tuple[Array, Array],
    chosen: tuple[str, str, float],
) -> LocationScale:
    (design, scale), (method, test, level) = designs, chosen
    (k, p), q = design.shape, scale.shape[1]
    point, in_limit = found.point, found.problem.vanished
    tau2 = point.tau2 * unit**2
    beta, covariance = unit * back @ point.beta, unit**2 * back @ point.covariance @ back.T
    log_tau2 = _log_tau2(found, scale)
    alpha, alpha_covariance = _coefficients(log_tau2)
    n = k - p if method == "REML" else k
    loglik = point.value - n * np.log(unit)
    criteria = information_criteria(np.array([loglik]), p + q, np.array([float(n)]))
    df_beta, df_alpha = (float(k - p), float(k - q)) if test == "t" else (np.inf, np.inf)
    return LocationScale(
        k=k,
        beta=_tested(beta, covariance, df_beta, level),
        beta_covariance=covariance,
        alpha=_tested(alpha, alpha_covariance, df_alpha, level),
        alpha_covariance=alpha_covariance,
        log_tau2=log_tau2,
        tau2=tau2,
        QM=_moderators(beta, covariance, df_beta, design),
        QS=_moderators(alpha, alpha_covariance, df_alpha, scale),
        loglik=float(loglik),
        AIC=criteria.AIC.item(),
        BIC=criteria.BIC.item(),
        AICc=criteria.AICc.item(),
        in_limit=in_limit,
        converged=found.settled,
        method=method,
        test=test,
        level=level,
    )


def _log_tau2(found: Maximum, scale: Array) -> LogTau2:
    """From log tau2 of the studies that have one: all, but in a limit."""
    problem, rows = found.problem, ~found.problem.vanished
    size = np.sqrt((scale * scale).sum(axis=0))
    left = scale[rows] / size
    _, singular, directions = np.linalg.svd(left)
    drift = directions[int((singular > _IDENTIFIED).sum()) :]
    inverse = np.linalg.pinv(left, rcond=_IDENTIFIED) / size[:, None]
    turn = inverse @ problem.z[rows]
    if len(drift) == 1:
        falls = scale[~rows] / size @ drift[0]
        drift = -np.sign(falls[np.abs(falls).argmax()]) * drift
    covariance = turn @ _inverse_information(found.point.hessian) @ turn.T
    return LogTau2(turn @ found.point.gamma, covariance, drift, size)


def _coefficients(log_tau2: LogTau2) -> tuple[Array, Array]:
    """alpha and its covariance, nan for those that drift."""
    alpha, _ = log_tau2.at(np.eye(log_tau2.alpha.size))
    known = np.isfinite(alpha)
    return alpha, np.where(np.outer(known, known), log_tau2.covariance, np.nan)


def _inverse_information(hessian: Array) -> Array:
    """Minus the inverse of the Hessian; nan where the likelihood is flat in some direction."""
    values = np.linalg.eigvalsh(-hessian)
    if values.min(initial=np.inf) <= _FLAT * values.max(initial=0.0):
        return np.full_like(hessian, np.nan)
    return np.asarray(np.linalg.inv(-hessian))


def _tested(estimate: Array, covariance: Array, df: float, level: float) -> Coefficients:
    return coefficients(estimate, np.sqrt(np.diag(covariance)), np.full(estimate.shape, df), level)


def _moderators(estimate: Array, covariance: Array, df: float, columns: Array) -> OmnibusTest:
    """The test of all coefficients but the intercept, or of the intercept when it is alone."""
    tested = np.flatnonzero(np.ptp(columns, axis=0) > 0) if columns.shape[1] > 1 else np.array([0])
    chosen = covariance[np.ix_(tested, tested)]
    if not np.isfinite(chosen).all():
        estimate, chosen = np.full_like(estimate, np.nan), np.eye(tested.size)
    return omnibus(estimate[None, tested], chosen[None], np.array([df]))
