"""What the true effects of the studies themselves are expected to be."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from synthesis.pooling.batch import Choice, infer_block
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import over_numbered_blocks
from synthesis.pooling.mean.tests import TESTS, Test
from synthesis.pooling.tau2.estimators import Estimator, chosen_estimator


@dataclass(frozen=True)
class Shrunken:
    """Predictions for the k studies of B data sets; every array has shape (B, k), nan for an absent study.

    effect: the true effect of each study, x'beta + deviation, with its standard error and interval.
    deviation: its distance from x'beta, the random effect, likewise. shrinkage: tau2 / (tau2 + v), the
    share of a study's distance from x'beta that counts as true. All of it is nan where tau2 is.
    """

    effect: Array
    se: Array
    low: Array
    high: Array
    deviation: Array
    deviation_se: Array
    deviation_low: Array
    deviation_high: Array
    shrinkage: Array


def blup(
    effects: Effects,
    method: str | Estimator = "REML",
    test: str = "HKSJ",
    level: float = 0.95,
    design: Array | None = None,
) -> Shrunken:
    """Best linear unbiased predictions, empirical in that tau2 is an estimate whose error is not counted.

    With s = tau2 / (tau2 + v): effect s y + (1 - s) x'beta, whose error has variance s v + (1 - s)^2 x'Cx;
    deviation s (y - x'beta), whose error has variance s v + s^2 x'Cx; C the covariance of beta under the
    test, whose t or normal distribution the intervals use. Raudenbush & Bryk 1985; Robinson 1991.
    Arguments as for `pool_batch`. Raises ValueError for a test that does not have one distribution for every
    combination of coefficients.
    """
    offered = [name for name, each in TESTS.items() if _serves_combinations(each)]
    if test not in offered:
        raise ValueError(
            f"test '{test}' has no distribution for predictions; expected one of: {', '.join(offered)}"
        )
    chosen = Choice(chosen_estimator(method), test, design)
    parts = over_numbered_blocks(lambda block, rows: _block(block, chosen.take(rows), level), effects)
    return Shrunken(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Shrunken)})


def _serves_combinations(test: Test) -> bool:
    return test.method is None


def _block(effects: Effects, chosen: Choice, level: float) -> Shrunken:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, inference = infer_block(effects, chosen)
        x = np.ones((effects.k, 1)) if chosen.design is None else np.asarray(chosen.design, dtype=float)
        tau2 = np.where(effects.present, mean.fitted.tau2[:, None], np.nan)
        line = mean.beta @ x.T
        of_line = np.einsum("kp,bpq,kq->bk", x, inference.covariance, x)
        shrinkage = tau2 / (tau2 + effects.v)
        remaining = effects.v / (tau2 + effects.v)
        deviation = shrinkage * (effects.y - line)
        effect = line + deviation
        se = np.sqrt(shrinkage * effects.v + remaining**2 * of_line)
        deviation_se = np.sqrt(shrinkage * effects.v + shrinkage**2 * of_line)
        t = inference.reference.quantile(level)
    return Shrunken(
        effect,
        se,
        effect - t * se,
        effect + t * se,
        deviation,
        deviation_se,
        deviation - t * deviation_se,
        deviation + t * deviation_se,
        shrinkage,
    )
