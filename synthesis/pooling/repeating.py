"""The same analysis again, on other data: refits, draws and subsets are made as the result itself was."""

from __future__ import annotations

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.result import Pooled
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.generalised_q import generalised_q, median_unbiased_generalised_q

_WEIGHTED = {"GENQ": generalised_q, "GENQM": median_unbiased_generalised_q}


def estimator_of(method: str, own: Array | None) -> Estimator | str:
    """The estimator of a method, with the user's own weights where it is made of weights."""
    return _WEIGHTED[method](own) if own is not None and method in _WEIGHTED else method


def pool_again(pooled: Pooled, effects: Effects, positions: Rows | None = None) -> PooledBatch:
    """Pool every data set of a batch by the method, test, weights, level and prediction of a result.

    effects: of shape (B, k), the studies of the result or, with positions (k,), those in another order.
    """
    own = None
    if pooled.weighting == "own":
        own = pooled.weights if positions is None else pooled.weights[positions]
    named = None if pooled.weighting in ("model", "own") else pooled.weighting
    return pool_batch(
        effects,
        estimator_of(pooled.method, own),
        pooled.test,
        pooled.level,
        pooled.prediction,
        weights=named if own is None else own,
    )
