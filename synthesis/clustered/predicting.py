"""Mean effects at values of the moderators, and where a new estimate of a new cluster is expected."""

from __future__ import annotations

import math
from itertools import compress
from typing import Any

import numpy as np

from synthesis.clustered.fitted_model import FittedModel
from synthesis.clustered.robust_inference import ClusteredEstimates
from synthesis.pooling.kernel.effects import Array
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
