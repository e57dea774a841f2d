"""How much each study moves a fitted model: the influence set, from one batch of refits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy import special

from synthesis.pooling.as_data import AsData, plain
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import model_of
from synthesis.pooling.kernel.scaling import orthonormal
from synthesis.pooling.mean.inference import omnibus
from synthesis.pooling.mean.weighting import Weights
from synthesis.pooling.repeating import mean_weights, same_estimator
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.tau2.estimator import Estimator


@dataclass(frozen=True)
class Thresholds(AsData):
    """Sizes beyond which a study is called influential. Viechtbauer & Cheung 2010.

    dffits, dfbetas: of the absolute value. cook: the median of chi-squared on p degrees of freedom.
    """

    dffits: float
    cook: float
    hat: float
    dfbetas: float = 1.0


@dataclass(frozen=True, eq=False)
class Influence(AsData):
    """The influence of each of k studies on a model of p columns; shape (k,), dfbetas (k, p).

    rstudent: deleted residual, in its standard error. dffits: change of the study's fitted value when it is
    left out, in standard errors. cook: squared Mahalanobis distance of the coefficients without the study.
    covariance_ratio: generalised variance of the coefficients without the study, over that with it.
    tau2_deleted, Q_deleted: residual heterogeneity without the study. hat: leverage, which sums to p.
    weights: percent. dfbetas: change of each coefficient, in standard errors.
    influential: whether one threshold is passed, or the model cannot be estimated without the study.
    nan where a refit does not exist, or where one study is left, whose tau2 does not.
    """

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    rstudent: Array
    dffits: Array
    cook: Array
    covariance_ratio: Array
    tau2_deleted: Array
    Q_deleted: Array
    hat: Array
    weights: Array
    dfbetas: Array
    thresholds: Thresholds
    influential: Mask
    says: str = (
        "Shows which studies move the result when they alone are left out; the thresholds are conventions, "
        "two studies that agree can hide each other, and an influential study is not thereby a wrong one."
    )

    def to_dict(self) -> dict[str, Any]:
        """Columns by name, as those of the data frame; nan and infinity become None."""
        return {name: plain(column) for name, column in self._columns().items()}

    def _columns(self) -> dict[str, Any]:
        single = (
            "rstudent",
            "dffits",
            "cook",
            "covariance_ratio",
            "tau2_deleted",
            "Q_deleted",
            "hat",
            "weights",
        )
        return {
            "study": list(self.labels),
            **{name: getattr(self, name).tolist() for name in single},
            **{f"dfbetas {name}": self.dfbetas[:, i].tolist() for i, name in enumerate(self.columns)},
            "influential": self.influential.tolist(),
        }


class FittedRegression(Protocol):
    """What is needed of a meta-regression of k studies on p columns."""

    @property
    def yi(self) -> Array:
        """Effects, (k,)."""

    @property
    def vi(self) -> Array:
        """Their variances, (k,)."""

    @property
    def method(self) -> str:
        """A key of ESTIMATORS."""

    @property
    def design(self) -> Array:
        """Moderators, (k, p)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the studies."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""


def influence(fitted: PooledSummary | FittedRegression) -> Influence:
    """The influence set of a pooled analysis or of a meta-regression. Viechtbauer & Cheung 2010.

    Refits have the method and the weights of the result. Standard errors are the model's own, whatever factor
    the test of the result applies to them. Raises ValueError for one study.
    """
    if isinstance(fitted, PooledSummary):
        return influence_set(
            fitted.yi,
            fitted.vi,
            same_estimator(fitted),
            labels=fitted.labels,
            weights=mean_weights(fitted),
        )
    return influence_set(fitted.yi, fitted.vi, fitted.method, fitted.design, fitted.labels, fitted.names)


def influence_set(
    yi: Array,
    vi: Array,
    method: str | Estimator = "REML",
    design: Array | None = None,
    labels: tuple[str, ...] = (),
    columns: tuple[str, ...] = ("intercept",),
    weights: Weights = None,
) -> Influence:
    """The influence set of k effects, with a design (k, p) or without moderators.

    method, design, weights: as for `pool_batch`, weights without moderators alone, (k,). labels: of the
    studies, counted from one when empty; columns: p names of coefficients. Raises ValueError for no more
    studies than columns, for collinear columns and for a wrong number of names.
    """
    k = len(yi)
    if k < 2:
        raise ValueError(f"leaving out a study needs at least two; there is {k}")
    x, back = (np.ones((k, 1)), np.eye(1)) if design is None else orthonormal(design, k)
    labels, p = labels or tuple(f"study {i + 1}" for i in range(k)), x.shape[1]
    if k <= p:
        raise ValueError(f"there are {k} studies for {p} columns; expected more studies than columns")
    if len(labels) != k or len(columns) != p:
        raise ValueError(
            f"{len(labels)} labels and {len(columns)} names of columns for {k} studies and {p} columns"
        )
    # In an orthonormal basis nearly collinear columns lose no digits; only DFBETAS are of the columns.
    basis = None if design is None else x
    everyone = np.vstack([np.ones((1, k), dtype=bool), ~np.eye(k, dtype=bool)])
    fits = pool_batch(
        Effects(yi, vi).repeat(k + 1).where(everyone), method, "z", design=basis, weights=weights
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _from_fits(fits, Effects(yi, vi), x, back, basis, labels, columns)
        return found if weights is None else _at_other_weights(found, fits, vi)


def _from_fits(
    fits: PooledBatch,
    effects: Effects,
    x: Array,
    back: Array,
    basis: Array | None,
    labels: tuple[str, ...],
    columns: tuple[str, ...],
) -> Influence:
    """fits: of all studies first, then without each."""
    k, p = x.shape
    vi, deleted = effects.v[0], fits.covariance[1:]
    change = fits.beta[0] - fits.beta[1:]
    tau2_deleted = fits.tau2[1:]
    spread = vi + tau2_deleted
    own = np.einsum("ij,ij->i", x, change)
    hat = _leverage(fits, vi, x)
    residual = effects.y[0] - np.einsum("ij,ij->i", x, fits.beta[1:])
    unknown = np.isnan(change).any(axis=1)
    covariance = np.broadcast_to(fits.covariance[0], (k, p, p))
    cook = omnibus(change, covariance, np.full(k, np.inf)).statistic
    dffits = own / np.sqrt(hat * spread)
    dfbetas = (change @ back.T) / _standard_errors_at(tau2_deleted, effects, basis, back)
    thresholds = Thresholds(
        dffits=3.0 * float(np.sqrt(p / (k - p))),
        cook=float(special.chdtri(p, 0.5)),
        hat=3.0 * p / k,
    )
    return Influence(
        labels=labels,
        columns=columns,
        rstudent=residual / np.sqrt(spread + np.einsum("ij,ijl,il->i", x, deleted, x)),
        dffits=dffits,
        cook=cook,
        covariance_ratio=np.linalg.det(deleted @ np.linalg.inv(fits.covariance[0])),
        tau2_deleted=tau2_deleted,
        Q_deleted=fits.Q[1:],
        hat=hat,
        weights=fits.weights[0],
        dfbetas=dfbetas,
        thresholds=thresholds,
        influential=(
            (np.abs(dffits) > thresholds.dffits)
            | (cook > thresholds.cook)
            | (hat > thresholds.hat)
            | (np.abs(dfbetas) > thresholds.dfbetas).any(axis=1)
            | unknown
        ),
    )


def _at_other_weights(found: Influence, fits: PooledBatch, vi: Array) -> Influence:
    """The same with weights that are not the model's, without moderators.

    The change of the mean, which is the fitted value of every study, is then measured in its standard error
    with all studies at these weights, and the tau2 of the refit.
    """
    share = fits.weights[0] / 100.0
    se = np.sqrt(np.sum(share * share * (vi + found.tau2_deleted[:, None]), axis=1))
    moved = (fits.beta[0, 0] - fits.beta[1:, 0]) / se
    influential = (
        (np.abs(moved) > min(found.thresholds.dffits, found.thresholds.dfbetas))
        | (found.cook > found.thresholds.cook)
        | (found.hat > found.thresholds.hat)
        | np.isnan(moved)
    )
    return replace(found, dffits=moved, dfbetas=moved[:, None], influential=influential)


def _leverage(fits: PooledBatch, vi: Array, x: Array) -> Array:
    """Diagonal of X (X'WX)^-1 X'W at the tau2 of all studies."""
    if x.shape[1] == 1 and not np.ptp(x):
        alone: Array = fits.weights[0] / 100.0
        return alone
    shared: Array = np.einsum("ij,jl,il->i", x, fits.covariance[0], x) / (vi + fits.tau2[0])
    return shared


def _standard_errors_at(tau2: Array, effects: Effects, basis: Array | None, back: Array) -> Array:
    """Of the coefficients of all k studies, with the tau2 of each refit: (k, p)."""
    model, units, turn = model_of(effects.repeat(tau2.size), basis)
    covariance = model.at(np.nan_to_num(tau2) / units.scale**2).covariance
    whole = back if turn is None else back @ turn
    variance = np.einsum("jl,blm,jm->bj", whole, covariance, whole)
    se = units.scale[:, None] * np.sqrt(variance)
    return np.where(np.isnan(tau2)[:, None], np.nan, se)
