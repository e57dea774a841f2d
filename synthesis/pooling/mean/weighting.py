"""The weights of the pooled effect: the model's own, a named scheme's, or the user's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import Fitted
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.scaling import COLLINEAR
from synthesis.pooling.kernel.sums import gram
from synthesis.pooling.tau2.weighted_residuals import weighted_residuals

Weights: TypeAlias = "npt.ArrayLike | str | None"


@dataclass(frozen=True)
class Weighting:
    """A scheme of weights without tau2: its name, and the weights, (n, k), zero where absent."""

    name: str
    weights: Callable[[LinearModel], Array]


def inverse_sampling_variances(model: LinearModel) -> Array:
    """1 / v. With tau2 of DL in the variance, the IVhet model of Doi et al. 2015."""
    return np.asarray(model.present / model.variances)


def equal_weights(model: LinearModel) -> Array:
    """One for every study: the unweighted mean, or ordinary least squares."""
    return model.present.astype(float)


WEIGHTINGS: dict[str, Weighting] = {
    "fixed": Weighting("inverse sampling variances", inverse_sampling_variances),
    "equal": Weighting("equal weights", equal_weights),
}


def checked_weights(effects: Effects, weights: npt.ArrayLike) -> Array:
    """The user's weights for every data set, (B, k), from (k,) or (B, k).

    Raises ValueError for a wrong shape, or a present study without a finite weight of at least zero.
    """
    given = np.asarray(weights, dtype=float)
    shape = effects.y.shape
    if given.shape not in (shape, shape[1:]):
        raise ValueError(f"the weights have shape {given.shape}; expected {shape[1:]} or {shape}")
    given = np.broadcast_to(given, shape)
    bad = np.argwhere(effects.present & ~(np.isfinite(given) & (given >= 0)))
    if bad.size:
        row, study = bad[0]
        raise ValueError(
            f"study {study + 1} of data set {row + 1} has weight {given[row, study]}; "
            "expected a finite number, zero or above"
        )
    return given


@dataclass(frozen=True)
class Mean:
    """Coefficients at the weights chosen, which a test turns into inference.

    beta (n, p), and covariance (n, p, p), the model's with no correction, are on the scale of the data; nan
    where they do not exist. weights: shape (n, k), zero where a study is absent.
    """

    fitted: Fitted
    beta: Array
    covariance: Array
    weights: Array

    @property
    def alone(self) -> Mask:
        """Data sets of one study, which is returned as it is."""
        return self.fitted.alone


def weighted_mean(fitted: Fitted, weights: Array | str | None) -> Mean:
    """Coefficients with the model's weights 1 / (v + tau2), or with those given.

    weights: None, a key of WEIGHTINGS, or an array (n, k). With weights A that are not the model's,
    beta = (X'AX)^-1 X'Ay and its covariance is (X'AX)^-1 X'A (V + tau2 I) A X (X'AX)^-1: right whatever the
    weights are, as long as the model's variances are. A design that the weights cannot estimate gives nan.
    """
    if weights is None:
        return Mean(fitted, fitted.beta, fitted.covariance, fitted.at.weights)
    model, units = fitted.model, fitted.units
    a = WEIGHTINGS[weights].weights(model) if isinstance(weights, str) else _scaled(weights, model.present)
    beta, covariance = np.full((len(a), model.p), np.nan), np.full((len(a), model.p, model.p), np.nan)
    rows = np.flatnonzero(fitted.defined & _estimable(model, a))
    if rows.size:
        beta[rows], covariance[rows] = _at(model.take(rows), a[rows], fitted.heterogeneity.tau2[rows])
    if fitted.back is not None:
        beta, covariance = beta @ fitted.back.T, fitted.back @ covariance @ fitted.back.T
    return Mean(
        fitted,
        beta * units.scale[:, None] + units.origin[:, None],
        covariance * (units.scale * units.scale)[:, None, None],
        a,
    )


def _at(model: LinearModel, a: Array, tau2: Array) -> tuple[Array, Array]:
    """Coefficients of the model's basis at weights a, and their covariance as a sum over studies."""
    at = weighted_residuals(model, a)
    variances = model.variances + np.where(model.df > 0, tau2, 0.0)[:, None]
    influence = at.influence
    return at.beta, np.matmul(influence.transpose(0, 2, 1), influence * variances[:, :, None])


def _estimable(model: LinearModel, a: Array) -> Mask:
    """Data sets whose studies of positive weight can estimate the design."""
    if not len(model.x):
        return np.asarray(a.any(axis=1))
    basis = np.linalg.qr(model.x)[0]
    estimable: Mask = np.linalg.eigvalsh(gram(basis, (a > 0).astype(float)))[:, 0] > COLLINEAR
    return estimable


def _scaled(weights: Array, present: Mask) -> Array:
    """Weights of the studies present, the largest one: their size plays no part, but may overflow."""
    kept = np.where(present, weights, 0.0)
    largest = kept.max(axis=1, keepdims=True, initial=0.0)
    shares: Array = np.divide(kept, largest, out=np.zeros_like(kept), where=largest > 0)
    return shares
