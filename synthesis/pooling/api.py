"""`pool`: one analysis from lists, arrays or a data frame to one result."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Literal

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.bayes import bayesian_pool
from synthesis.pooling.effects import Effects
from synthesis.pooling.heterogeneity import ESTIMATORS
from synthesis.pooling.inference import TESTS
from synthesis.pooling.inputs import Studies, as_level, named, read_studies
from synthesis.pooling.prediction import PREDICTIONS
from synthesis.pooling.result import Pooled
from synthesis.pooling.tau2_intervals import heterogeneity_intervals
from synthesis.pooling.wording import FEW, method_sentence, notes


def pool(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    method: str = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    prediction: str = "t(k-1)",
    missing: Literal["refuse", "drop"] = "refuse",
) -> Pooled:
    """Pool k effects under a random-effects model, or under equal effects with method="EE".

    yi with either vi (sampling variances) or sei (standard errors), each k numbers, or names of columns of
    `data`; slab: k study labels. method: a key of ESTIMATORS. test: "HKSJ", "adhoc" (HKSJ, never narrower
    than Wald), "t" or "z". level: a fraction, or a percentage. prediction: "t(k-1)", "t(k-2)" or "z".
    missing: whether a study without yi or variance is refused or left out. Names may be in any case.

    One study is returned as it is, with its own z interval. Two or three come with a Bayesian interval.
    Raises ValueError, with the study and what was expected, for input that cannot be pooled.
    """
    chosen = {
        "method": named(method, ESTIMATORS, "method"),
        "test": named(test, TESTS, "test"),
        "prediction": named(prediction, PREDICTIONS, "prediction"),
    }
    level = as_level(level)
    studies = read_studies(yi, vi, sei, data, slab, missing)
    return _pool_studies(studies, level, **chosen)


_SHARED = {f.name for f in fields(Pooled)} & {f.name for f in fields(PooledBatch)} - {"k", "weights"}


def _pool_studies(studies: Studies, level: float, method: str, test: str, prediction: str) -> Pooled:
    effects = Effects(studies.yi, studies.vi)
    batch = pool_batch(effects, method, test, level, prediction)
    bounds = heterogeneity_intervals(effects, level)
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
        method=method,
        test=test if k > 1 else "z",
        prediction=prediction,
        level=level,
        bayes=bayesian_pool(studies.yi, studies.vi, level) if k in FEW else None,
        method_sentence="",
        notes=(),
        **{name: getattr(batch, name).item() for name in _SHARED},
    )
    return replace(result, method_sentence=method_sentence(result), notes=notes(result, studies.dropped))
