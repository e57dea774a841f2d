"""Rules about standard errors and test statistics."""

from __future__ import annotations

import math

from evidence.audit.arithmetic import Interval, z_of
from evidence.audit.consistency import (
    p_agrees,
    p_from_se,
    se_agrees,
    se_from_interval,
    statistic_agrees,
    statistic_from_interval,
    statistic_from_se,
)
from evidence.audit.explanations import nearest_consistent
from evidence.audit.p_values import p_mismatch
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.rule import EFFECT_RULES, ERROR, WARNING, Finding
from evidence.audit.wording import significant
from evidence.records.measures import RATIOS

SD_TOLERANCE = 0.1
"""Relative distance from sqrt(n) within which SD / SE is taken for it: some persons are missing."""

LEAST_N_FOR_SD = 9


@EFFECT_RULES.rule("se-against-interval", WARNING)
def se_against_interval(effect: PrintedEffect) -> Finding | None:
    """The standard error follows from the width of the interval."""
    allowed = se_from_interval(effect)
    if allowed is None or effect.se is None or se_agrees(effect) or _is_sd(effect) is not None:
        return None
    says = (
        f"SE {effect.se} does not fit {effect.interval_text}, whose width gives "
        f"{significant(allowed.low)} to {significant(allowed.high)}"
    )
    hint = _other_meaning(effect, allowed) or nearest_consistent(effect)
    return Finding(("se",), says, hint)


def _other_meaning(effect: PrintedEffect, allowed: Interval) -> str | None:
    assert effect.se is not None
    low, high = effect.se.lowest, effect.se.highest
    if low > 0 and allowed.meets(Interval(math.sqrt(low), math.sqrt(high))):
        return f"Its square root, {significant(math.sqrt(float(effect.se)))}, fits: is it a variance?"
    if effect.measure in RATIOS and effect.estimate.lowest > 0:
        of_log = Interval(low / effect.estimate.highest, high / effect.estimate.lowest)
        if allowed.meets(of_log):
            return f"It fits as SE of the {effect.measure} itself; expected the SE of its logarithm."
    return None


@EFFECT_RULES.rule("sd-for-se", WARNING)
def sd_for_se(effect: PrintedEffect) -> Finding | None:
    """A standard error off by the square root of n is a standard deviation, or the reverse."""
    factor = _is_sd(effect)
    if factor is None or effect.n is None:
        return None
    word = "a standard deviation" if factor > 1 else "a standard error divided by sqrt(n) once too often"
    return Finding(
        ("se",),
        f"SE {effect.se} is {'larger' if factor > 1 else 'smaller'} by about sqrt({effect.n}) than the "
        "interval, p or test statistic allow",
        f"It looks like {word}; SE {significant(float(effect.se or 0) / factor)} would be consistent.",
    )


def _is_sd(effect: PrintedEffect) -> float | None:
    """sqrt(n) or its inverse when the printed SE is off by that; None otherwise."""
    if effect.se is None or effect.se.lowest <= 0 or effect.n is None or effect.n < LEAST_N_FOR_SD:
        return None
    implied = _se_implied(effect)
    if implied is None or implied.low <= 0 or math.isinf(implied.high):
        return None
    ratio = Interval(effect.se.lowest / implied.high, effect.se.highest / implied.low)
    if ratio.low <= 1 <= ratio.high:
        return None
    root = math.sqrt(effect.n)
    for factor in (root, 1 / root):
        if ratio.meets(Interval(factor * (1 - SD_TOLERANCE), factor * (1 + SD_TOLERANCE))):
            return factor
    return None


def _se_implied(effect: PrintedEffect) -> Interval | None:
    """The standard error that the interval, else an exact p, gives."""
    from_interval = se_from_interval(effect)
    if from_interval is not None:
        return from_interval
    if (
        effect.p is None
        or effect.p.relation != "="
        or effect.centre is None
        or p_agrees(effect.p, p_from_se(effect))
    ):
        return None
    return _se_from_p(effect)


def _se_from_p(effect: PrintedEffect) -> Interval | None:
    assert effect.p is not None
    assert effect.centre is not None
    size = effect.centre.magnitudes
    low, high = z_of(effect.p.highest), z_of(effect.p.lowest)
    if size.low <= 0 or low <= 0 or math.isinf(high):
        return None
    return Interval(size.low / high, size.high / low)


@EFFECT_RULES.rule("p-against-se", WARNING)
def p_against_se(effect: PrintedEffect) -> Finding | None:
    """p follows from the estimate and its standard error."""
    if _is_sd(effect) is not None:
        return None
    return p_mismatch(effect, p_from_se(effect), f"the estimate {effect.estimate} with SE {effect.se}")


@EFFECT_RULES.rule("statistic-against-effect", WARNING)
def statistic_against_effect(effect: PrintedEffect) -> Finding | None:
    """The test statistic is the estimate over its standard error, with the same sign."""
    if effect.t is None or statistic_agrees(effect):
        return None
    for source, allowed in (("SE", statistic_from_se(effect)), ("interval", statistic_from_interval(effect))):
        if allowed is not None and not Interval(effect.t.lowest, effect.t.highest).meets(allowed):
            says = (
                f"the test statistic {effect.t} does not fit estimate and {source}, which give "
                f"{significant(allowed.low)} to {significant(allowed.high)}"
            )
            return Finding(("t",), says, nearest_consistent(effect))
    return None


@EFFECT_RULES.rule("se-not-positive", ERROR)
def se_not_positive(effect: PrintedEffect) -> Finding | None:
    """A standard error is above zero."""
    if effect.se is None or effect.se.highest > 0:
        return None
    return Finding(("se",), f"SE {effect.se} is not above zero", nearest_consistent(effect))
