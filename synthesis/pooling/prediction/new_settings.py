"""How likely, or how common, effects beyond a threshold are."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy import special

from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import Choice, as_weights, infer_block, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import over_numbered_blocks
from synthesis.pooling.mean.tests import TESTS, Test, check_test
from synthesis.pooling.mean.weighting import Weights
from synthesis.pooling.prediction.prediction import Beyond, Predictive, check_prediction, predictive
from synthesis.pooling.tau2.estimators import Estimator, chosen_estimator


@dataclass(frozen=True)
class ProportionBeyond:
    """Estimated shares of true effects above and below a threshold; every array has shape (B,).

    above, below: from normal true effects, with the standard error of either; nan where tau2 has none.
    calibrated_above, calibrated_below: shares of the studies whose calibrated effect lies there.
    """

    above: Array
    below: Array
    se: Array
    calibrated_above: Array
    calibrated_below: Array


def probability_beyond(
    effects: Effects,
    threshold: npt.ArrayLike,
    method: str | Estimator = "REML",
    test: str = "HKSJ",
    prediction: str = "t(k-1)",
    weights: Weights = None,
) -> Beyond:
    """Probability that the true effect in a new setting lies above, and below, a threshold, shape (B,).

    threshold: a number, or one for each data set, (B,), on the scale of y. From the distribution whose
    central interval at every level is the prediction interval of that kind, a key of PREDICTIONS; nan where
    that has none. It has no atoms, so that both add up to one.
    It takes the new setting for a draw from the population of the studies, true effects for normal, and the
    studies for all there are (no selective publication); every kind but "NNF" ignores that tau2 is an
    estimate, beyond what the degrees of freedom allow for. weights: of the mean, as for `pool_batch`.
    Raises ValueError as `pool_batch` does, and for a threshold that is not a number or has a wrong shape.
    """
    at = _threshold(threshold, effects.batch)
    estimator = chosen_estimator(method)
    check_test(test, estimator, weights is not None, moderators=False)
    check_prediction(prediction, estimator, weights is not None)
    chosen = Choice(estimator, test, weights=as_weights(effects, weights))

    def block(part: Effects, rows: slice) -> Predictive:
        taken = chosen.take(rows)
        return predictive(prediction, *infer_block(part, taken), taken.estimator)

    with np.errstate(divide="ignore", invalid="ignore"):
        parts = over_numbered_blocks(block, effects)
        ends = np.cumsum([part.df.size for part in parts])[:-1]
        pieces = np.split(at, ends)
        found = [part.beyond(pieces[n]) for n, part in enumerate(parts)]
    return Beyond(*(np.concatenate([getattr(each, side) for each in found]) for side in ("above", "below")))


def proportion_beyond(
    effects: Effects, threshold: npt.ArrayLike, method: str | Estimator = "REML", test: str = "HKSJ"
) -> ProportionBeyond:
    """Proportions of the true effects above, and below, a threshold. Mathur & VanderWeele 2019.

    threshold: a number, or one for each data set, (B,), on the scale of y. With z = (threshold - mean) / tau,
    below = Phi(z), and the delta method with independent mean and tau2 gives
    se = phi(z) sqrt(se_mean^2 / tau2 + se_tau2^2 z^2 / (4 tau2^2)), se_mean under the test. With tau2 = 0
    all true effects are the mean, which is neither above nor below itself, and there is no standard error.
    The calibrated effects mean + sqrt(tau2 / (tau2 + v)) (y - mean) of Wang & Lee 2019 have the mean and the
    variance of the true effects without their being normal; the paper takes its interval by bootstrap.
    Raises ValueError as `pool_batch` does, and for a threshold that is not a number or has a wrong shape.
    """
    at = _threshold(threshold, effects.batch)
    pooled = pool_batch(effects, method, test)
    tau2, distance = pooled.tau2, at - pooled.beta[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.divide(distance, np.sqrt(tau2), out=np.zeros_like(distance), where=distance != 0)
        # Where all true effects are the mean, none is above or below it.
        nowhere = np.where((distance == 0) & (tau2 == 0), 0.0, 1.0)
        of_mean, of_tau2 = pooled.se[:, 0] ** 2 / tau2, (pooled.se_tau2 * z / (2.0 * tau2)) ** 2
        se = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi) * np.sqrt(of_mean + of_tau2)
        share = np.sqrt(tau2[:, None] / (tau2[:, None] + effects.v))
    calibrated = (1.0 - share) * pooled.beta + share * effects.y
    return ProportionBeyond(
        np.where(np.isnan(tau2), np.nan, nowhere * special.ndtr(-z)),
        np.where(np.isnan(tau2), np.nan, nowhere * special.ndtr(z)),
        np.where(tau2 > 0, se, np.nan),
        _share_of_studies(calibrated > at[:, None], effects, tau2),
        _share_of_studies(calibrated < at[:, None], effects, tau2),
    )


def _share_of_studies(beyond: Mask, effects: Effects, tau2: Array) -> Array:
    with np.errstate(invalid="ignore"):
        share: Array = (beyond & effects.present).sum(axis=1) / effects.present.sum(axis=1)
    return np.where(np.isnan(tau2), np.nan, share)


def _threshold(threshold: npt.ArrayLike, batch: int) -> Array:
    given = np.asarray(threshold, dtype=float)
    if given.shape not in ((), (batch,)):
        raise ValueError(f"threshold has shape {given.shape}; expected a number or shape ({batch},)")
    if not np.isfinite(given).all():
        raise ValueError("threshold is not a finite number; expected one on the scale of the effects")
    return np.broadcast_to(given, (batch,)).astype(float)


# What the true effects of the studies themselves are expected to be.


@dataclass(frozen=True)
class Shrunken(AsData):
    """Predictions for the k studies of B data sets; every array has shape (B, k), nan for an absent study.

    effect: the true effect of each study, x'beta + deviation, with its standard error and interval.
    deviation: its distance from x'beta, the random effect, likewise. shrinkage: tau2 / (tau2 + v), the
    share of a study's distance from x'beta that counts as true. All of it is nan where tau2 is.
    """

    _ROWS = (
        "effect",
        "se",
        "low",
        "high",
        "deviation",
        "deviation_se",
        "deviation_low",
        "deviation_high",
        "shrinkage",
    )

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
    weights: Weights = None,
) -> Shrunken:
    """Best linear unbiased predictions, empirical in that tau2 is an estimate whose error is not counted.

    With s = tau2 / (tau2 + v): effect s y + (1 - s) x'beta, whose error has variance s v + (1 - s)^2 x'Cx;
    deviation s (y - x'beta), whose error has variance s v + s^2 x'Cx; C the covariance of beta under the
    test, whose t or normal distribution the intervals use. Raudenbush & Bryk 1985; Robinson 1991. Both
    variances hold whatever the weights of beta: its covariance with s y - (x'beta + deviation) is
    proportional to (s - 1) tau2 + s v = 0.
    Arguments as for `pool_batch`. Raises ValueError for a test that does not have one distribution for every
    combination of coefficients.
    """
    offered = [name for name, each in TESTS.items() if _serves_combinations(each)]
    if test not in offered:
        raise ValueError(
            f"test '{test}' has no distribution for predictions; expected one of: {', '.join(offered)}"
        )
    chosen = Choice(chosen_estimator(method), test, design, as_weights(effects, weights))
    parts = over_numbered_blocks(lambda block, rows: _block(block, chosen.take(rows), level), effects)
    return Shrunken(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Shrunken)})


def _serves_combinations(test: Test) -> bool:
    return test.method is None


def _block(effects: Effects, chosen: Choice, level: float) -> Shrunken:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, inference = infer_block(effects, chosen)
        x = np.ones((effects.k, 1)) if chosen.design is None else chosen.design
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
