"""Mean effects at values of the moderators, and where a new estimate of a new cluster is expected."""

from __future__ import annotations

import math
from itertools import compress
from typing import Any

import numpy as np

from synthesis.clustered.fitted_model import FittedModel
from synthesis.clustered.robust_inference import ClusteredEstimates
from synthesis.pooling.dependent.blocks import RandomTerm
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.mean.inference import coefficients, quantile_t
from synthesis.regression.predictions import Predictions, outside

_SHOWN = 3


def predicted(
    fitted: FittedModel,
    estimates: ClusteredEstimates,
    rows: Array,
    names: tuple[str, ...],
    level: float,
    outcome: Any = None,
) -> Predictions:
    """At design rows (m, p), by the test of the estimates; outcome: whose variance, for all or each row."""
    estimate, se, df = estimates.rowwise(rows)
    mean = coefficients(estimate, se, df, level)
    total = _variances(fitted, outcome, len(rows))
    half = quantile_t(df, level) * np.sqrt(se**2 + total)
    far = outside(fitted.model.x, rows)
    beyond = list(compress(names, far.tolist()))
    shown = ", ".join(beyond[:_SHOWN]) + (f" and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else "")
    notes = (f"beyond the moderators of every effect, so extrapolated: {shown}.",) if beyond else ()
    return Predictions(
        names,
        rows,
        estimate,
        se,
        df,
        mean.low,
        mean.high,
        estimate - half,
        estimate + half,
        far,
        level,
        notes,
    )


def _variances(fitted: FittedModel, outcome: Any, m: int) -> Array:
    """Of true effects, one a row."""
    if fitted.model.method == "EE":
        return np.full(m, math.nan)
    listed = [outcome] * m if outcome is None or isinstance(outcome, str) else list(outcome)
    if len(listed) != m:
        raise ValueError(f"outcome has {len(listed)} labels for {m} rows; expected one each, or one for all")
    return np.array([fitted.total_variance(None if name is None else str(name)) for name in listed])


def conditional(
    fitted: FittedModel,
    rows: Array,
    cluster: int,
    names: tuple[str, ...],
    level: float,
    outcome: str | None,
) -> Predictions:
    """At design rows (m, p) in one of the clusters, whose own random effects are predicted from its effects.

    The mean of the cluster and, as prediction, a new estimate of it; both normal, the variances taken as
    known (Robinson 1991: the error of x'b + K'P y has the variance G - K'W K + q'C q, q = x - X'W K).
    Raises ValueError where the model has no random effects of clusters.
    """
    own = [n for n, term in enumerate(fitted.model.terms) if _holds_clusters(term, fitted.model.cluster)]
    if not own:
        raise ValueError(
            "the model has no random effects of clusters that could be predicted for one of them"
        )
    total = fitted.total_variance(outcome)
    shared, between = _shared(fitted, cluster, own, outcome)
    x = rows @ fitted.back
    c = fitted.fit.covariance[0]
    predicted_part, explained, tilt = 0.0, 0.0, np.zeros(x.shape[1])
    for part in fitted.fit.stacks:
        k = np.where(part.stack.real, shared[part.stack.rows.clip(0)], 0.0)
        predicted_part += float((k * part.e[0]).sum())
        explained += float(np.einsum("ni,nij,nj->", k, part.weight[0], k))
        tilt += np.einsum("nip,ni->p", part.leverage[0], k)
    apart = x - tilt
    variance = between - explained + np.einsum("mp,pq,mq->m", apart, c, apart)
    estimate = x @ fitted.fit.beta[0] + predicted_part
    mean = coefficients(estimate, np.sqrt(np.maximum(variance, 0.0)), np.full(len(rows), math.inf), level)
    half = quantile_t(mean.df, level) * np.sqrt(np.maximum(variance, 0.0) + total - between)
    far = outside(fitted.model.x, rows)
    note = "variances are taken as known, and the interval is the model's own, not cluster-robust."
    return Predictions(
        names,
        rows,
        estimate,
        mean.se,
        mean.df,
        mean.low,
        mean.high,
        estimate - half,
        estimate + half,
        far,
        level,
        (note,),
    )


def _holds_clusters(term: RandomTerm, cluster: Rows) -> bool:
    """Whether each cluster lies whole in one group of independent random effects."""
    pairs = np.unique(np.stack([term.group, cluster], axis=1), axis=0)
    return term.structure.name != "known" and len(pairs) == np.unique(cluster).size


def _shared(fitted: FittedModel, cluster: int, own: list[int], outcome: str | None) -> tuple[Array, float]:
    """Covariance of the cluster's new random effect with those of all rows, (k,), and its own variance."""
    shared, between = np.zeros(fitted.blocks.k), 0.0
    inside = fitted.model.cluster == cluster
    for n, (term, part) in enumerate(fitted.fitted_terms):
        if n not in own:
            continue
        gamma = term.structure.covariance(part)[0]
        if term.level is None:
            raise ValueError(
                "random slopes have no single effect of a cluster; blup() has each estimate's own"
            )
        if term.levels and outcome not in term.levels:
            raise ValueError(
                f"the random effects differ by outcome; expected one of {', '.join(sorted(term.levels))}"
            )
        at = term.levels.index(outcome) if outcome is not None and term.levels else 0
        shared += np.where(term.group == term.group[inside][0], gamma[at, term.level], 0.0)
        between += float(gamma[at, at])
    return shared, between
