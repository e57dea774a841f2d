"""The same analysis again, on other data: refits, draws and subsets are made as the result itself was."""

from __future__ import annotations

from synthesis.pooling.batch import PooledBatch, interval_batch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.mean.inference import Bounds
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.prediction.prediction import NO_PREDICTION
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.generalised_q import generalised_q, median_unbiased_generalised_q

_WEIGHTED = {"GENQ": generalised_q, "GENQM": median_unbiased_generalised_q}


def estimator_of(method: str, own: Array | None) -> Estimator | str:
    """The estimator of a method, with the user's own weights where it is made of weights."""
    return _WEIGHTED[method](own) if own is not None and method in _WEIGHTED else method


def predicted_by(prediction: str) -> str:
    """The kind of prediction that a batch is asked for; under equal effects any has no numbers."""
    return "z" if prediction == NO_PREDICTION else prediction


def own_weights(pooled: PooledSummary, positions: Rows | None = None) -> Array | None:
    """The user's own weights, (k,), in percent; of the studies at these positions; None if not the user's."""
    if pooled.weighting != "own":
        return None
    return pooled.weights if positions is None else pooled.weights[positions]


def chosen_weights(pooled: PooledSummary, positions: Rows | None = None) -> Array | str | None:
    """The weights that `pool_batch` takes with the method and the test of a result."""
    if pooled.weighting == "model":
        return None
    return pooled.weighting if pooled.weighting != "own" else own_weights(pooled, positions)


def mean_weights(pooled: PooledSummary, positions: Rows | None = None) -> Array | str | None:
    """The weights of the mean whatever the test: those chosen, or those that the test is defined with."""
    chosen = chosen_weights(pooled, positions)
    return TESTS[pooled.test].weighting if chosen is None else chosen


def same_estimator(pooled: PooledSummary, positions: Rows | None = None) -> Estimator | str:
    """The estimator of tau2 of a result, with the weights that it was made with."""
    return estimator_of(pooled.method, own_weights(pooled, positions))


def pool_again(
    pooled: PooledSummary, effects: Effects, positions: Rows | None = None, plain: bool = False
) -> PooledBatch:
    """Pool every data set of a batch by the method, test, weights, level and prediction of a result.

    effects: of shape (B, k), the studies of the result or, with positions (k,), those in another order.
    plain: with the model's own covariance and z in place of test and prediction, but the same mean.
    """
    return pool_batch(
        effects,
        same_estimator(pooled, positions),
        "z" if plain else pooled.test,
        pooled.level,
        "z" if plain else predicted_by(pooled.prediction),
        weights=mean_weights(pooled, positions) if plain else chosen_weights(pooled, positions),
    )


def intervals_again(pooled: PooledSummary, effects: Effects, prediction: bool = False) -> Bounds:
    """The ends, (B,), of the interval of the mean, or of a prediction, that `pool_again` has.

    effects: of shape (B, k), any studies. Not for a result with weights of the user's own.
    """
    kind = predicted_by(pooled.prediction) if prediction else None
    estimator, weights = same_estimator(pooled), chosen_weights(pooled)
    return interval_batch(effects, estimator, pooled.test, pooled.level, kind, weights)
