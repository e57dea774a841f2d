"""Normal log-likelihoods of the random-effects model, full and restricted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.model import Model, Projection

_LOG_2PI = float(np.log(2.0 * np.pi))


def loglik_ml(projection: Projection, k: Array) -> Array:
    """Full log-likelihood at the projection's weights, shape (n,); k studies, shape (n,)."""
    return 0.5 * (projection.logdet_w - projection.ypy - k * _LOG_2PI)


def loglik_reml(projection: Projection, df: Array) -> Array:
    """Restricted log-likelihood (Harville 1974, with |X'X|), shape (n,); df = k - p, shape (n,)."""
    return 0.5 * (projection.logdet_w - projection.logdet_gram - projection.ypy - df * _LOG_2PI)


@dataclass(frozen=True)
class Criterion:
    """A likelihood to be maximised over tau2, whose score is half of f - g with f = y'PPy.

    trace and trace_slope: g and -g'. value: the log-likelihood. count: g tends to count / tau2 for large
    tau2.
    """

    trace: Callable[[Projection], Array]
    trace_slope: Callable[[Projection], Array]
    value: Callable[[Projection, Model], Array]
    count: Callable[[Model], Array]


FULL = Criterion(
    lambda at: at.trace_w,
    lambda at: at.trace_ww,
    lambda at, model: loglik_ml(at, model.k),
    lambda model: model.k,
)
RESTRICTED = Criterion(
    lambda at: at.trace_p,
    lambda at: at.trace_pp,
    lambda at, model: loglik_reml(at, model.df),
    lambda model: model.df,
)
