"""What travels with a meta-regression in words: the method in one sentence, and what the reader must know."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from evidence.wording import counted, interval, number
from synthesis.pooling.batch import PooledBatch
from synthesis.pooling.inputs import repeated_note
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.regression.result import MetaRegression

STUDIES_PER_MODERATOR = 10  # Cochrane Handbook, chapter 10: fewer are too few


def method_sentence(result: MetaRegression) -> str:
    """How the numbers were made, e.g. for the methods section of a paper."""
    how = (
        "Meta-regression with fixed effects (no residual heterogeneity)"
        if result.method == "EE"
        else f"Mixed-effects meta-regression: {ESTIMATORS[result.method].name} ({result.method})"
    )
    least, most = result.df.min(), result.df.max()
    df = (
        ""
        if math.isinf(most)
        else f" ({number(least)} df)"
        if least == most
        else f" ({number(least)} to {number(most)} df)"
    )
    return f"{how}; {TESTS[result.test_name].name} intervals{df}; Q-profile interval for residual tau2."


def notes(
    result: MetaRegression,
    batch: PooledBatch,
    dropped: int,
    incomplete: int,
    lacking: Mapping[str, int],
    alone: tuple[str, ...],
) -> tuple[str, ...]:
    """Sentences for the reader, most important first.

    dropped: studies left out without an effect or a variance; incomplete: those left out for want of a
    moderator, of whom so many lack each in `lacking`; alone: sentences about levels that one study has.
    """
    found = (
        dropped_note(dropped),
        lacking_note(incomplete, lacking),
        few_note(result.k, result.p - (result.constant is not None)),
        _narrower_than_wald(result, batch),
        *alone,
        repeated_note(result.labels),
        _unexplained(result),
        _outside_profile(result),
    )
    return tuple(note for note in found if note)


def dropped_note(dropped: int) -> str:
    """That studies without an effect or a variance were left out, if any were."""
    return f"{counted(dropped)} without an effect or a variance left out." if dropped else ""


def lacking_note(incomplete: int, lacking: Mapping[str, int]) -> str:
    """That studies without a moderator were left out, and how many lack each."""
    if not incomplete:
        return ""
    listed = ", ".join(f"{name} in {n}" for name, n in lacking.items())
    return f"{counted(incomplete)} without a moderator left out (missing: {listed})."


def few_note(k: int, moderators: int) -> str:
    """That k studies are few for so many columns of moderators, if they are."""
    if k >= STUDIES_PER_MODERATOR * moderators:
        return ""
    return (
        f"{counted(k)} for {counted(moderators, 'moderator column')}, fewer than ten each: the model can "
        "fit chance; read its findings as exploratory."
    )


def _narrower_than_wald(result: MetaRegression, batch: PooledBatch) -> str:
    plain = batch.wald_high[0] - batch.wald_low[0]
    if result.test_name != "HKSJ" or not np.all(result.ci_high - result.ci_low < plain):
        return ""
    return (
        "The Hartung-Knapp-Sidik-Jonkman intervals are narrower than the Wald intervals, as the studies "
        "agree better with the model than their variances allow; test='adhoc' gives intervals "
        "that are never narrower."
    )


def _unexplained(result: MetaRegression) -> str:
    if not math.isnan(result.R2) or result.method == "EE" or (result.p == 1 and result.constant is not None):
        return ""
    if result.tau2_without == 0:
        return "No R2: without moderators tau2 is zero, so that there is no heterogeneity to explain."
    return "No R2: the model without moderators is no part of this one, as it has no intercept."


def _outside_profile(result: MetaRegression) -> str:
    if result.method == "EE" or not (result.tau2 < result.tau2_low or result.tau2 > result.tau2_high):
        return ""
    return (
        f"The tau2 estimate ({number(result.tau2)}) lies outside its Q-profile interval "
        f"{interval((result.tau2_low, result.tau2_high))}: the two rest on different equations, and here "
        "they disagree."
    )
