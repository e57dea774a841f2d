"""`pool`: one analysis from lists, arrays or a data frame to one result."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import column, names_of, numbers
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.bayes.normal import bayesian_pool
from synthesis.pooling.inputs import Studies, as_level, read_studies
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.notes import FEW, method_sentence, notes
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.repeating import estimator_of
from synthesis.pooling.result import Pooled
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS, heterogeneity_intervals


def pool(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    method: str | None = None,
    test: str = "HKSJ",
    level: float = 0.95,
    prediction: str = "t(k-1)",
    tau2_interval: str = "QP",
    weights: Any = None,
    missing: Literal["refuse", "drop"] = "refuse",
) -> Pooled:
    """Pool k effects under a random-effects model, or under equal effects with method="EE".

    yi with either vi (sampling variances) or sei (standard errors), each k numbers, or names of columns of
    `data`; or yi alone, what `escalc` returned. slab: k study labels. Series are matched by their index.
    method: a key of ESTIMATORS (REML, PM, DL, ML, EB, HE, HS, SJ, GENQ, ... or EE); REML when None, or the
    one that the test demands.
    test: a key of TESTS: "HKSJ", "adhoc" (HKSJ, never narrower than Wald), "KR" (Kenward-Roger, with REML),
    "HC" (Henmi-Copas, with DL), "t" or "z". level: a fraction, or a percentage.
    prediction: a key of PREDICTIONS: "t(k-1)", "t(k-2)", "HTS", "HKSJ", "NNF" or "z".
    tau2_interval: a key of INTERVALS: "QP" (Q-profile), "PL" and "PL-ML" (profile likelihood), "J", "BJ".
    weights: of the mean, the model's when None; k numbers, a column of `data`, "fixed" (inverse sampling
    variances: with method="DL" and test="z" the IVhet model) or "equal". GENQ and GENQM use numbers for tau2
    as well. missing: whether a study without yi or variance is refused or left out. Names may be in any case.

    One study is returned as it is, with its own z interval. Two or three come with a Bayesian interval.
    Raises ValueError, with the study and what was expected, for input that cannot be pooled, and for a test,
    prediction or weights that are not defined with the rest.
    """
    test = named(test, TESTS, "test")
    chosen = _Names(
        named(method or TESTS[test].method or "REML", ESTIMATORS, "method"),
        test,
        named(prediction, PREDICTIONS, "prediction"),
        named(tau2_interval, INTERVALS, "tau2_interval"),
    )
    level = as_level(level)
    weighting, weights = _weighting(weights, data)
    studies = read_studies(yi, vi, sei, data, slab, missing, {"weights": weights})
    return _pool_studies(studies, level, chosen, weighting, _own_weights(studies))


@dataclass(frozen=True)
class _Names:
    method: str
    test: str
    prediction: str
    tau2_interval: str


def _weighting(weights: Any, data: Any) -> tuple[str, Any]:
    """Whose weights the mean has, and the user's own column if they are given."""
    if weights is None:
        return "model", None
    if isinstance(weights, str) and (data is None or weights not in names_of(data)):
        return named(weights, WEIGHTINGS, "weights"), None
    return "own", column(weights, data, "weights")


def _own_weights(studies: Studies) -> Array | None:
    """The user's own weights of the studies kept, checked."""
    if studies.beside["weights"] is None:
        return None
    given = numbers(studies.beside["weights"], "weights")
    if given.shape != studies.kept.shape:
        raise ValueError(f"weights has shape {given.shape}; expected one number for each of the studies")
    kept = given[studies.kept]
    for label, weight in zip(studies.labels, kept.tolist(), strict=True):
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"{label}: the weight is {weight}; expected a finite number, zero or above")
    if not kept.any():
        raise ValueError("every weight is zero; expected at least one above zero")
    return kept


_SHARED = {f.name for f in fields(Pooled)} & {f.name for f in fields(PooledBatch)} - {"k", "weights"}


def _pool_studies(
    studies: Studies, level: float, chosen: _Names, weighting: str, own: Array | None
) -> Pooled:
    effects = Effects(studies.yi, studies.vi)
    estimator = estimator_of(chosen.method, own)
    mean_weights = own if weighting == "own" else None if weighting == "model" else weighting
    batch = pool_batch(effects, estimator, chosen.test, level, chosen.prediction, weights=mean_weights)
    bounds = heterogeneity_intervals(effects, level, kind=chosen.tau2_interval)
    k = len(studies.labels)
    result = Pooled(
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
        method=chosen.method,
        test=chosen.test if k > 1 else "z",
        prediction=chosen.prediction,
        weighting=weighting,
        tau2_interval=chosen.tau2_interval,
        tau2_connected=bool(bounds.connected[0]),
        level=level,
        bayes=bayesian_pool(studies.yi, studies.vi, level) if k in FEW else None,
        method_sentence="",
        notes=(),
        **{name: getattr(batch, name).item() for name in _SHARED},
    )
    return replace(result, method_sentence=method_sentence(result), notes=notes(result, studies.dropped))
