"""Rules about p-values."""

from __future__ import annotations

from evidence.audit.arithmetic import Interval, z_of
from evidence.audit.consistency import (
    excludes_no_effect,
    includes_no_effect,
    is_inside,
    p_agrees,
    p_from_correlation,
    p_from_interval,
    p_from_t,
)
from evidence.audit.explanations import nearest_consistent, nominal_p
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.rule import EFFECT_RULES, ERROR, WARNING, Finding
from evidence.audit.wording import p_equals, p_range
from evidence.records.printed import PValue

GROSS = 0.5
"""Standard errors by which a p-value must miss before no choice of test explains it."""

SLIGHT = 0.2
"""The same for a p-value on the other side of the level than its interval: a score test may lie there."""


@EFFECT_RULES.rule("p-against-significance", ERROR)
def p_against_significance(effect: PrintedEffect) -> Finding | None:
    """p and interval cannot disagree on whether no effect is excluded."""
    allowed = p_from_interval(effect)
    if effect.p is None or allowed is None or p_agrees(effect.p, allowed):
        return None
    alpha = 1 - effect.level
    null = f"{effect.scale.null or 0:g}"
    if excludes_no_effect(effect) and effect.p.lowest > alpha:
        verb = f"excludes {null}"
    elif includes_no_effect(effect) and effect.p.highest < alpha:
        verb = f"includes {null}"
    else:
        return None
    says = f"{shown_p(effect.p)} cannot come from {effect.interval_text}, which {verb}"
    slight = distance(effect.p, allowed) < SLIGHT
    return Finding(("p",), says, nearest_consistent(effect), WARNING if slight else None)


@EFFECT_RULES.rule("p-against-interval", WARNING)
def p_against_interval(effect: PrintedEffect) -> Finding | None:
    """p follows from the estimate and its interval, up to rounding and the choice of test."""
    if not is_inside(effect) or p_against_significance(effect) is not None:
        return None
    return p_mismatch(effect, p_from_interval(effect), f"{effect.estimate} {effect.interval_text}")


@EFFECT_RULES.rule("p-against-statistic", WARNING)
def p_against_statistic(effect: PrintedEffect) -> Finding | None:
    """p follows from the test statistic and its degrees of freedom."""
    df = "" if effect.df is None else f" with {effect.df:g} degrees of freedom"
    return p_mismatch(effect, p_from_t(effect), f"the test statistic {effect.t}{df}")


@EFFECT_RULES.rule("p-against-correlation", WARNING)
def p_against_correlation(effect: PrintedEffect) -> Finding | None:
    """p of a correlation follows from r and n."""
    source = f"r = {effect.estimate} among {effect.n} persons"
    return p_mismatch(effect, p_from_correlation(effect), source)


def p_mismatch(effect: PrintedEffect, allowed: Interval | None, source: str) -> Finding | None:
    """A finding at a p-value that is not among those its source allows."""
    if effect.p is None or allowed is None or p_agrees(effect.p, allowed):
        return None
    exact = nominal_p(effect)
    gives = p_range(allowed)
    if exact is not None and allowed.low <= exact <= allowed.high:
        gives = p_equals(exact)
    says = f"{shown_p(effect.p)} does not follow from {source}, which gives {gives}"
    margin = (
        "" if gives == p_range(allowed) else f"Rounding and the choice of test allow {p_range(allowed)}. "
    )
    gross = distance(effect.p, allowed) > GROSS
    return Finding(("p",), says, margin + nearest_consistent(effect), ERROR if gross else None)


def distance(p: PValue, allowed: Interval) -> float:
    """How far a printed p lies from the allowed ones, in standard errors of the estimate."""
    if p.lowest > allowed.high:
        return z_of(allowed.high) - z_of(p.lowest)
    return z_of(p.highest) - z_of(allowed.low)


def shown_p(p: PValue) -> str:
    """`p = 0.35` or `p < 0.001`, as printed."""
    if p.number is None:
        return "p, not printed,"
    relation = {"<=": "≤", ">=": "≥"}.get(p.relation, p.relation)
    return f"p {relation} {p.number.text.strip()}"
