"""What travels with a result in words: the method in one sentence, and what the reader must know."""

from __future__ import annotations

import math
from collections import Counter

from evidence.wording import counted, interval, number, percent
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.prediction.prediction import NO_PREDICTION, PREDICTIONS
from synthesis.pooling.repeating import estimator_of
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import chosen_estimator
from synthesis.pooling.tau2.intervals import INTERVALS

_WEIGHTS = {"own": "weights given by the user"}
_OWN_NAMES = ("HTS", "HKSJ", "NNF")
FEW = (2, 3)  # numbers of studies that pool, but say next to nothing about heterogeneity


def method_sentence(result: PooledSummary) -> str:
    """How the numbers were made, e.g. for the methods section of a paper."""
    if result.k == 1:
        return "One study, nothing pooled; normal (Wald z) interval from its own standard error."
    how = (
        "Equal effects"
        if result.method == "EE"
        else f"Random effects: {_estimator(result).name} ({result.method})"
    )
    if result.weighting != "model":
        how += f", {_WEIGHTS.get(result.weighting) or WEIGHTINGS[result.weighting].name} for the mean"
    parts = [
        how,
        f"{TESTS[result.test].name} interval{_df(result.df)}",
        f"{INTERVALS[result.tau2_interval].name} interval for tau2",
    ]
    if math.isnan(result.prediction_df):
        parts.append("no prediction interval")
    else:
        parts.append(_prediction(result))
    return "; ".join(parts) + "."


def _estimator(result: PooledSummary) -> Estimator:
    return chosen_estimator(
        estimator_of(result.method, result.weights if result.weighting == "own" else None)
    )


def _prediction(result: PooledSummary) -> str:
    if result.prediction in _OWN_NAMES:
        return f"prediction interval {PREDICTIONS[result.prediction].name}"
    kind = "z" if math.isinf(result.prediction_df) else "t"
    return f"prediction interval {kind}{_df(result.prediction_df)}"


def notes(result: PooledSummary, dropped: int) -> tuple[str, ...]:
    """Sentences for the reader, most important first; `dropped` studies were left out as incomplete."""
    found = (
        _dropped(dropped),
        _repeated(result),
        _lone(result),
        _few(result),
        _narrower_than_wald(result),
        _no_prediction(result),
        _too_homogeneous(result),
        _in_pieces(result),
        _outside_profile(result),
    )
    return tuple(note for note in found if note)


def _df(df: float) -> str:
    """Nothing for the normal distribution, and for tests with a distribution of their own."""
    return f" ({number(df)} df)" if math.isfinite(df) else ""


def _dropped(dropped: int) -> str:
    if not dropped:
        return ""
    return f"{counted(dropped)} without an effect or a variance left out."


def _repeated(result: PooledSummary) -> str:
    repeated = {label: n for label, n in Counter(result.labels).items() if n > 1}
    if not repeated:
        return ""
    label, times = next(iter(repeated.items()))
    more = f" and {len(repeated) - 1} more" if len(repeated) > 1 else ""
    return (
        f"Study labels repeat: these estimates are not independent ({label} stands {times} times{more}), "
        "which this model takes them to be; its standard errors are too small if they share persons."
    )


def _lone(result: PooledSummary) -> str:
    return "One study, nothing pooled: the numbers are the study's own." if result.k == 1 else ""


def _few(result: PooledSummary) -> str:
    if result.k not in FEW:
        return ""
    return (
        f"With {counted(result.k)} the between-study variance cannot be estimated with any precision: the "
        "data show whether the studies agree, not how much effects differ elsewhere. The Bayesian interval "
        "with a weakly informative prior for tau is given beside it."
    )


def _narrower_than_wald(result: PooledSummary) -> str:
    if not result.narrower_than_wald:
        return ""
    return (
        f"The Hartung-Knapp-Sidik-Jonkman {percent(result.level)} interval "
        f"{interval((result.ci_low, result.ci_high))} is narrower than the Wald interval "
        f"{interval(result.wald)}, as the studies agree better than their variances allow; "
        "consider the wider one."
    )


def _no_prediction(result: PooledSummary) -> str:
    if result.k == 1 or result.prediction == NO_PREDICTION or not math.isnan(result.prediction_df):
        return ""
    return f"No prediction interval: {result.prediction} needs more than {counted(result.k)}."


def _too_homogeneous(result: PooledSummary) -> str:
    if result.tau2_high != 0.0 or result.tau2_interval != "QP":
        return ""
    return (
        "Even with tau2 = 0 the studies agree better than sampling error alone would allow, so that the "
        "Q-profile interval for tau2 is the single point 0; check that the variances are not too large."
    )


def _in_pieces(result: PooledSummary) -> str:
    if result.tau2_connected:
        return ""
    return (
        "The profile likelihood has several maxima: the interval for tau2 spans the outermost values that "
        "it accepts, and some between them are not accepted."
    )


def _outside_profile(result: PooledSummary) -> str:
    low, high = result.tau2_low, result.tau2_high
    if result.method == "EE" or result.tau2_interval != "QP" or not (result.tau2 < low or result.tau2 > high):
        return ""
    return (
        f"The tau2 estimate ({number(result.tau2)}) lies outside its Q-profile interval "
        f"{interval((low, high))}: the two rest on different equations, and here they disagree."
    )
