"""Rules about estimates that say too little, or the same thing twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from evidence.audit.arithmetic import LEAST_SHOWN_P
from evidence.audit.consistency import excludes_no_effect, includes_no_effect, p_agrees, p_from_interval
from evidence.audit.explanations import nominal_p
from evidence.audit.printed_effect import PrintedEffect, printed_effect
from evidence.audit.rule import NOTE, RECORD_RULES, WARNING, Finding
from evidence.records.effect import Effect, Estimate
from evidence.records.schema import Record
from evidence.wording import p_text

LEAST_WIDTH = 15
"""Units of the last printed place that an interval must span before its repetition is no coincidence."""

LEAST_SIBLINGS = 2
MOST_OF_A_QUESTION = 20
"""Printed intervals that one statement is compared with."""

_SIGNIFICANT = re.compile(r"significan", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(not|non|no|nor|without|neither|lack\w*|lost|fail\w*|n\.?s\.?)\b|(\bin-?|non[- ]?)signif",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(r"\b(border|marginal|near|almost|trend)", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"\bnot (shown|given|presented|reported|tabulated)\b", re.IGNORECASE)
_NOT_SIGNIFICANT_ALONE = re.compile(r"^\s*n\.?\s?s\.?\s*$", re.IGNORECASE)


@RECORD_RULES.rule("p-missing", NOTE)
def p_missing(record: Record) -> Iterator[Finding]:
    """A p-value that is not printed, though its neighbours are, follows from estimate and interval."""
    printed = Counter(
        _table(estimate)
        for estimate in record.estimates
        if estimate.effect is not None
        and estimate.effect.p is not None
        and estimate.effect.p.number is not None
    )
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is None or (effect.p is not None and effect.p.number is not None):
            continue
        if effect.p is None and printed[_table(estimate)] < LEAST_SIBLINGS:
            continue
        view = printed_effect(estimate)
        exact = None if view is None else nominal_p(view)
        if view is not None and exact is not None:
            at = ("estimates", index, "effect", *(("p",) if effect.p is not None else ()))
            yield Finding(at, f"p is not printed; {_source(view)} gives {p_text(exact, LEAST_SHOWN_P)}")


def _source(view: PrintedEffect) -> str:
    if view.half_width is not None:
        return f"{view.estimate} {view.interval_text}"
    if view.se is not None and view.se.value > 0:
        return "the estimate by its SE"
    return f"the test statistic {view.t}"


def _table(estimate: Estimate) -> tuple[str, str]:
    """The report and the first part of the locator, e.g. 'Table 4'."""
    return estimate.where.report, estimate.where.at.partition(",")[0]


@RECORD_RULES.rule("no-uncertainty", NOTE)
def no_uncertainty(record: Record) -> Iterator[Finding]:
    """An estimate without interval, SE, p or counts cannot be pooled."""
    bare = [
        (index, estimate.effect)
        for index, estimate in enumerate(record.estimates)
        if estimate.effect is not None and not _has_uncertainty(estimate.effect, estimate.n)
    ]
    if not bare:
        return
    index, effect = bare[0]
    subject = f"{effect.measure} {effect.estimate}"
    if len(bare) > 1:
        subject += f" and {len(bare) - 1} more are printed"
    else:
        subject += " is printed"
    yield Finding(
        ("estimates", index, "effect"),
        f"{subject} without interval, SE, test statistic or p",
        "Shown, not pooled. The full text or the authors may give more.",
    )


def _has_uncertainty(effect: Effect, n: int | None) -> bool:
    if effect.measure == "threshold" or any(
        number is not None for number in (effect.ci, effect.limit, effect.se, effect.t, effect.f, effect.chi2)
    ):
        return True
    if effect.has_raw_numbers:
        return True
    return (effect.p is not None and effect.p.number is not None) or (
        n is not None and effect.measure in ("r", "proportion")
    )


@RECORD_RULES.rule("identical-estimates", WARNING)
def identical_estimates(record: Record) -> Iterator[Finding]:
    """The same estimate and interval, to the last digit, in two different cells is a copying error."""
    first: dict[tuple[str, str, str, str], Estimate] = {}
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is None or effect.estimate is None or effect.ci is None:
            continue
        lower, upper = effect.ci
        unit = 2 * max(lower.half_unit, upper.half_unit)
        if float(upper.value - lower.value) < LEAST_WIDTH * unit:
            continue
        spelled = (str(effect.estimate.value), str(lower.value), str(upper.value))
        other = first.setdefault((estimate.where.report, *spelled), estimate)
        if other is estimate or _says_the_same(estimate, other):
            continue
        yield Finding(
            ("estimates", index, "effect", "estimate"),
            f"{effect.estimate} [{lower}, {upper}] stands both at '{other.where.at}' and at "
            f"'{estimate.where.at}'",
            "Two different analyses hardly agree to the last digit: one was copied over the other?",
        )


def _says_the_same(a: Estimate, b: Estimate) -> bool:
    """Whether two entries are one number, quoted in two places."""
    assert a.effect is not None
    assert b.effect is not None
    return (a.outcome, a.exposure, a.model, a.stratum, a.effect.within) == (
        b.outcome,
        b.exposure,
        b.model,
        b.stratum,
        b.effect.within,
    )


@RECORD_RULES.rule("significance-as-said", WARNING)
def significance_as_said(record: Record) -> Iterator[Finding]:
    """What the text calls significant, or not, is so in the interval printed elsewhere."""
    printed: dict[tuple[object, ...], list[tuple[Estimate, PrintedEffect]]] = {}
    for shown in record.estimates:
        view = printed_effect(shown)
        if view is not None and (includes_no_effect(view) or excludes_no_effect(view)):
            printed.setdefault(_question(shown), []).append((shown, view))
    for index, silent in enumerate(record.estimates):
        if silent.not_reported is None:
            continue
        said = _said_significant(silent.not_reported.said)
        if said is None:
            continue
        for shown, effect in printed.get(_question(silent), [])[:MOST_OF_A_QUESTION]:
            if not p_agrees(effect.p, p_from_interval(effect)):
                continue
            contradicted = includes_no_effect(effect) if said else excludes_no_effect(effect)
            if contradicted:
                verb = "includes" if said else "excludes"
                yield Finding(
                    ("estimates", index, "not_reported", "said"),
                    f"said to be '{silent.not_reported.said}', but {effect.interval_text} at "
                    f"'{shown.where.at}' {verb} {effect.scale.null:g}",
                )


def _said_significant(said: str) -> bool | None:
    if _NOT_SIGNIFICANT_ALONE.match(said):
        return False
    if _SIGNIFICANT.search(said) is None or _UNDECIDED.search(said) is not None:
        return None
    return _NEGATED.search(_NOT_SHOWN.sub("", said)) is None


def _question(estimate: Estimate) -> tuple[object, ...]:
    return estimate.outcome, estimate.exposure, estimate.model, estimate.stratum
