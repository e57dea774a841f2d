"""One analysis from checked studies to its summary, numbers and text alone; and the same again on others."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import column, names_of, numbers
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.bayes.normal import bayesian_pool
from synthesis.pooling.inputs import Studies
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.notes import FEW, method_sentence, notes
from synthesis.pooling.prediction.prediction import NO_PREDICTION, PREDICTIONS
from synthesis.pooling.repeating import estimator_of, predicted_by
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS, heterogeneity_intervals

# What is done where nobody says otherwise, and whose advice that is.

METHOD = "REML"
"""Veroniki et al. 2016 and Langan et al. 2019, for its small bias and for sound estimates in general; the
Cochrane Handbook, chapter 10, since version 6.5 (2024)."""

TEST = "HKSJ"
"""IntHout, Ioannidis & Borm 2014: error rates near the nominal one where Wald's test with few studies is far
too liberal. Where it is narrower than Wald's interval both are shown: Röver, Knapp & Friede 2015; Jackson et
al. 2017."""

EQUAL_EFFECTS_TEST = "z"
"""Under equal effects the variances are taken as known, and the interval is the inverse-variance one of the
Cochrane Handbook, section 10.3; a factor estimated from the residuals would be another model."""

PREDICTION = "t(k-1)"
"""The degrees of freedom of the test of the mean, k - 1. Higgins, Thompson & Spiegelhalter 2009 propose
k - 2, which is "t(k-2)", and with the Wald standard error "HTS"."""

TAU2_INTERVAL = "QP"
"""Viechtbauer 2007; Veroniki et al. 2016."""

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Choices:
    """How an analysis is made, in names that have been checked.

    weighting: "model", "own", or a key of WEIGHTINGS; own: the user's weights, (k,), with "own" alone.
    """

    method: str
    test: str
    prediction: str
    tau2_interval: str
    level: float
    weighting: str = "model"
    own: Array | None = None


def read_choices(
    method: str | None, test: str | None, prediction: str | None, tau2_interval: str, level: float
) -> Choices:
    """The words of `pool`, read; what is None follows from the others.

    Raises ValueError for an unknown word, and for a prediction under equal effects.
    """
    estimator = None if method is None else named(method, ESTIMATORS, "method")
    if test is not None:
        test = named(test, TESTS, "test")
    else:
        test = EQUAL_EFFECTS_TEST if estimator == "EE" else TEST
    estimator = estimator or TESTS[test].method or METHOD
    if estimator == "EE" and prediction is not None:
        kind = named(prediction, PREDICTIONS, "prediction")
        raise ValueError(
            f"prediction '{kind}' is about effects that differ, which method 'EE' rules out; "
            "leave out the prediction or choose another method"
        )
    kind = NO_PREDICTION if estimator == "EE" else named(prediction or PREDICTION, PREDICTIONS, "prediction")
    return Choices(estimator, test, kind, named(tau2_interval, INTERVALS, "tau2_interval"), level)


def weighting_of(weights: Any, data: Any) -> tuple[str, Any]:
    """Whose weights the mean has, and the user's own column if they are given."""
    if weights is None:
        return "model", None
    if isinstance(weights, str) and (data is None or weights not in names_of(data)):
        return named(weights, WEIGHTINGS, "weights"), None
    return "own", column(weights, data, "weights")


def own_weights(studies: Studies) -> Array | None:
    """The user's own weights of the studies kept, checked."""
    if studies.beside["weights"] is None:
        return None
    given = numbers(studies.beside["weights"], "weights")
    if given.shape != studies.kept.shape:
        raise ValueError(f"weights has shape {given.shape}; expected one number for each of the studies")
    kept = given[studies.kept]
    wrong = np.flatnonzero(~(np.isfinite(kept) & (kept >= 0)))
    if wrong.size:
        label, weight = studies.labels[int(wrong[0])], kept[wrong[0]]
        raise ValueError(f"{label}: the weight is {weight}; expected a finite number, zero or above")
    if not kept.any():
        raise ValueError("every weight is zero; expected at least one above zero")
    return kept


_SHARED = {f.name for f in fields(PooledSummary)} & {f.name for f in fields(PooledBatch)} - {"k", "weights"}


def summarise(studies: Studies, choices: Choices) -> PooledSummary:
    """Pool checked studies. Raises ValueError for a test, prediction or weights not defined with the rest."""
    effects, own = Effects(studies.yi, studies.vi), choices.own
    batch = pool_batch(
        effects,
        estimator_of(choices.method, own),
        choices.test,
        choices.level,
        predicted_by(choices.prediction),
        weights=own if own is not None else None if choices.weighting == "model" else choices.weighting,
    )
    bounds = heterogeneity_intervals(effects, choices.level, kind=choices.tau2_interval)
    k = len(studies.labels)
    result = PooledSummary(
        labels=studies.labels,
        yi=studies.yi,
        vi=studies.vi,
        weights=batch.weights[0],
        k=k,
        estimate=batch.beta.item(),
        wald=(batch.wald_low.item(), batch.wald_high.item()),
        tau2_low=bounds.tau2.low.item(),
        tau2_high=bounds.tau2.high.item(),
        I2_low=bounds.I2.low.item(),
        I2_high=bounds.I2.high.item(),
        H2_low=bounds.H2.low.item(),
        H2_high=bounds.H2.high.item(),
        method=choices.method,
        test=choices.test if k > 1 else "z",
        prediction=choices.prediction,
        weighting=choices.weighting,
        tau2_interval=choices.tau2_interval,
        tau2_connected=bool(bounds.connected[0]),
        level=choices.level,
        bayes=bayesian_pool(studies.yi, studies.vi, choices.level) if k in FEW else None,
        method_sentence="",
        notes=(),
        **{name: getattr(batch, name).item() for name in _SHARED},
    )
    return replace(result, method_sentence=method_sentence(result), notes=notes(result, studies.dropped))


def summarise_again(
    pooled: PooledSummary, yi: Array, vi: Array, labels: tuple[str, ...], own: Array | None = None
) -> PooledSummary:
    """Pool other studies, yi and vi of shape (k,), by every choice of a result.

    own: their weights where the result has the user's own, (k,).
    """
    kept: Mask = np.full(yi.size, True)
    choices = Choices(
        pooled.method,
        pooled.test,
        pooled.prediction,
        pooled.tau2_interval,
        pooled.level,
        pooled.weighting,
        own,
    )
    return summarise(Studies(yi, vi, labels, 0, kept), choices)
