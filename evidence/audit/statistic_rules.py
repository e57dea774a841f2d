"""Rules about p-values beside F and chi-square statistics; t stands among the rules of effects."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.audit.arithmetic import p_range
from evidence.audit.consistency import p_agrees
from evidence.audit.effect_rules import shown_p
from evidence.audit.rule import ESTIMATE_RULES, NOTE, WARNING, Finding
from evidence.audit.significance import PrintedTest, allowed_ps
from evidence.records.conversion import BOUND_ON_P, to_analysis_scale
from evidence.records.effect import Effect, Estimate
from evidence.records.possible import faults_of_effect
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.schema import Record
from evidence.records.vocabulary import Test
from evidence.wording import significant

OF_ANOTHER_KIND: frozenset[Test] = frozenset({"Fisher exact", "mid-p", "permutation", "rank"})
"""Tests that give a p-value beside F or chi-square without coming from it."""


@ESTIMATE_RULES.rule("p-against-f-or-chi2", WARNING)
def p_against_f_or_chi2(record: Record, estimate: Estimate) -> Finding | None:
    """p follows from F, or from chi-square, and its degrees of freedom."""
    effect = estimate.effect
    if effect is None or effect.p is None or effect.p.number is None or effect.test in OF_ANOTHER_KIND:
        return None
    if next(faults_of_effect(effect), None) is not None:
        return None
    for words, test in _tests(effect):
        allowed = allowed_ps(test)
        if allowed is not None and not p_agrees(effect.p, allowed):
            return Finding(
                ("effect", "p"),
                f"{shown_p(effect.p)} does not follow from {words}, which gives {p_range(allowed)}",
                "A digit of the statistic, its degrees of freedom or p is wrong, or p is of another test.",
            )
    return None


@ESTIMATE_RULES.rule("p-as-bound", NOTE)
def p_as_bound(record: Record, estimate: Estimate) -> Finding | None:
    """A bound on p, and nothing else, gives no standard error but the largest there can be."""
    effect = estimate.effect
    if effect is None or effect.p is None:
        return None
    try:
        found = to_analysis_scale(effect, estimate.n)
    except NotPoolableError:
        return None
    if not found.sei_from.startswith(BOUND_ON_P):
        return None
    groups = " 'use: groups' takes that of the raw numbers instead." if effect.groups is not None else ""
    return Finding(
        ("effect", "p"),
        f"{found.sei_from} alone tells the uncertainty of {effect.measure} {effect.estimate}: its standard "
        f"error is {significant(found.sei, 2)} or less, and {significant(found.sei, 2)} is taken",
        f"An exact p, a test statistic or an interval may stand in the text, or the authors know it.{groups}",
    )


def _tests(effect: Effect) -> Iterator[tuple[str, PrintedTest]]:
    """Each statistic in words and with its degrees of freedom."""
    if effect.f is not None:
        first, second = effect.f.df
        words = f"F = {effect.f.value} with {first:g} and {second:g} degrees of freedom"
        yield words, PrintedTest("f", effect.f.value, effect.f.df)
    if effect.chi2 is not None:
        degrees = "degree" if effect.chi2.df == 1 else "degrees"
        words = f"chi-square = {effect.chi2.value} with {effect.chi2.df:g} {degrees} of freedom"
        yield words, PrintedTest("chi2", effect.chi2.value, (effect.chi2.df,))
