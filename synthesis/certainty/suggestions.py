"""What the numbers suggest about each domain of GRADE: suggestions, never verdicts, each with its source."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evidence.records.certainty_choice import (
    CONFOUNDING,
    GRADIENT,
    IMPRECISION,
    INCONSISTENCY,
    INDIRECTNESS,
    LARGE_EFFECT,
    PUBLICATION_BIAS,
    RISK_OF_BIAS,
    BaselineRisk,
)
from evidence.records.risk_of_bias import OVERALL
from evidence.records.scales import RATIOS
from evidence.selection.accounting import persons_of
from evidence.wording import counted, fixed, p_text, percent, written
from synthesis.certainty.information_size import ALPHA, POWER, SOURCE, information_size
from synthesis.certainty.per_thousand import PerThousand
from synthesis.certainty.rated_effect import ROUNDING, RatedEffect
from synthesis.diagnostics.asymmetry import regression_test
from synthesis.pooled import pool
from synthesis.review.bias_judged import JudgedUnit, judged_by, tools_of
from synthesis.review.chosen_method import choices_of
from synthesis.review.modelled import modelled
from synthesis.review.pooled_units import Unit

LEAST_FOR_ASYMMETRY = 10
ASYMMETRIC = 0.1
LARGE, VERY_LARGE = 2.0, 5.0
MOST = 0.5
AT_HIGH_RISK = frozenset({"high", "very high", "serious", "critical", "at risk of bias", "exclude"})
"""Overall judgements of the known tools that count as high risk of bias."""

_WITHOUT_LEVEL = frozenset({"include", "exclude"})
_BY_HAND = "Not in the numbers of a review: judged by hand."
_OF_DOMAIN = {
    RISK_OF_BIAS: "Guyatt et al. 2011, GRADE guidelines 4, J Clin Epidemiol 64:407-415",
    INCONSISTENCY: "Guyatt et al. 2023, GRADE guidance 36, J Clin Epidemiol, PMID 36898507",
    INDIRECTNESS: "Guyatt et al. 2011, GRADE guidelines 8, J Clin Epidemiol 64:1303-1310",
    IMPRECISION: "Zeng et al. 2022, GRADE guidance 34, J Clin Epidemiol 150:216-224",
    PUBLICATION_BIAS: "Guyatt et al. 2011, GRADE guidelines 5, J Clin Epidemiol 64:1277-1282",
    LARGE_EFFECT: "Guyatt et al. 2011, GRADE guidelines 9, J Clin Epidemiol 64:1311-1316",
    GRADIENT: "Guyatt et al. 2011, GRADE guidelines 9, J Clin Epidemiol 64:1311-1316",
    CONFOUNDING: "Guyatt et al. 2011, GRADE guidelines 9, J Clin Epidemiol 64:1311-1316",
}


@dataclass(frozen=True)
class Suggestion:
    """One domain: a word of GRADE that the numbers suggest, empty where they suggest none.

    numbers: sentences; source: who gives the rule.
    """

    domain: str
    word: str
    numbers: tuple[str, ...]

    @property
    def source(self) -> str:
        """Of the rule."""
        return _OF_DOMAIN[self.domain]


def suggestions(rated: RatedEffect) -> tuple[Suggestion, ...]:
    """Every domain in the order of GRADE; those that no number tells say so."""
    makers: dict[str, Callable[[RatedEffect], tuple[str, list[str]]]] = {
        RISK_OF_BIAS: _risk_of_bias,
        INCONSISTENCY: _inconsistency,
        INDIRECTNESS: lambda _: ("", [_BY_HAND]),
        IMPRECISION: _imprecision,
        PUBLICATION_BIAS: _publication_bias,
        LARGE_EFFECT: _large_effect,
        GRADIENT: _gradient,
        CONFOUNDING: lambda _: ("", [_BY_HAND]),
    }
    return tuple(
        Suggestion(domain, word, tuple(numbers))
        for domain, make in makers.items()
        for word, numbers in [make(rated)]
    )


# Imprecision.


def _imprecision(rated: RatedEffect) -> tuple[str, list[str]]:
    """One threshold crossed is serious, several are very serious; else what the persons suffice for."""
    found = list(rated.crossings(*rated.ends[1:], f"The {_level(rated)} interval"))
    if not found:
        says = ["The review states no threshold that this interval could cross: nothing is suggested."]
        if rated.null is not None:
            inside = rated.ends[1] < rated.null < rated.ends[2]
            says.append(f"The interval {'includes' if inside else 'excludes'} no effect.")
        return "", says
    worst = max(len(each.crossed) for each in found)
    word = ("not serious", "serious", "very serious")[min(worst, 2)]
    numbers = [each.sentence for each in found]
    sizes = list(_information(rated))
    if word == "not serious" and any(short for _, short in sizes):
        word = "serious"
    return word, [*numbers, *(says for says, _ in sizes)]


def _level(rated: RatedEffect) -> str:
    return percent(rated.result.method.level.fraction)


def _information(rated: RatedEffect) -> Iterator[tuple[str, bool]]:
    """At each baseline risk, persons against those that the smallest threshold needs, and if they lack."""
    bounds = [float(each) for each in rated.choice.thresholds.per_1000 if each.value]
    persons = persons_in(rated)
    for baseline, absolute in rated.absolute if bounds else ():
        if not isinstance(absolute, PerThousand):
            continue
        size = min(map(abs, bounds)) / 1000.0
        risk = float(baseline.risk)
        other = risk + math.copysign(size, absolute.difference or 1.0)
        if not 0.0 < other < 1.0:
            continue
        needed = information_size(risk, other)
        has = "persons are not stated of every row" if persons is None else f"there are {persons:,}"
        says = (
            f"{SOURCE}: {needed:,} persons at {baseline.name} find {1000 * size:.0f} per 1,000 "
            f"(alpha {ALPHA:g}, power {POWER:g}); {has}."
        )
        yield says, persons is not None and persons < needed


def persons_in(rated: RatedEffect) -> int | None:
    """Persons of all rows, each counted once; None where a row does not state them."""
    if rated.group.model is not None:
        return rated.group.model.persons
    counts = [persons_of(unit.rows) for unit in rated.group.units]
    return None if None in counts else sum(count for count in counts if count is not None)


# Inconsistency.


def _inconsistency(rated: RatedEffect) -> tuple[str, list[str]]:
    """Serious where a new study may lie beyond a threshold that the mean does not cross, or tau matters."""
    found = rated.summary
    if found.k < 2:
        return "", ["One estimate: nothing tells how studies differ."]
    of_variance = "" if math.isnan(found.I2) else f"I² {fixed(found.I2, 0)} %"
    if rated.result.method.estimator == "EE":
        says = "One common effect is assumed: how studies differ is not estimated"
        return "", [f"{says}; {of_variance}." if of_variance else f"{says}."]
    tau = math.sqrt(found.tau2)
    numbers = [f"{', '.join(filter(None, (f'tau {written(tau)}', of_variance)))}."]
    words: list[bool] = []
    bound = rated.choice.thresholds.tau
    if bound is not None:
        words.append(tau >= float(bound))
        numbers.append(f"tau is {'not ' if tau < float(bound) else ''}as large as {bound}.")
    if rated.predicted is None:
        numbers.append("There is no prediction interval.")
    elif tau == 0.0:
        numbers.append("Where tau is estimated as none, the prediction interval tells no more than the mean.")
    else:
        new = list(rated.crossings(*rated.predicted, "The prediction interval"))
        of_mean = list(rated.crossings(*rated.ends[1:], "The interval"))
        pairs = list(zip(new, of_mean, strict=True))
        told = [(wide, mean) for wide, mean in pairs if len(mean.crossed) < len(mean.stated)]
        words += [len(wide.crossed) > len(mean.crossed) for wide, mean in told]
        if len(told) < len(pairs):
            numbers.append("Where the mean itself may lie beyond every threshold, new studies tell no more.")
        numbers += [each.sentence for each in new] or [
            f"The prediction interval is {written(rated.predicted[0])} to {written(rated.predicted[1])}; the "
            "review states no threshold that it could cross."
        ]
    if not words:
        return "", numbers
    return "serious" if any(words) else "not serious", numbers


# Publication bias.


def _publication_bias(rated: RatedEffect) -> tuple[str, list[str]]:
    """Egger's test where there are ten estimates; what was examined without a number is counted."""
    group = rated.group
    silent = counted(len(group.silent), "result")
    numbers = [f"{silent} examined without a number."] if group.silent else []
    pooled = group.pooled
    if pooled is None:
        return "", [*numbers, "Tests of asymmetry are of independent effects, each with its own summary."]
    if pooled.k < LEAST_FOR_ASYMMETRY:
        return "", [
            *numbers,
            f"{counted(pooled.k, 'estimate')}: below {LEAST_FOR_ASYMMETRY} a test cannot tell asymmetry from "
            "chance (Sterne et al. 2011, BMJ 343:d4002).",
        ]
    test = regression_test(pooled)
    if math.isnan(test.p_value):
        return "", [*numbers, "Egger's test is not defined for these standard errors."]
    word = "strongly suspected" if test.p_value < ASYMMETRIC else "undetected"
    says = (
        f"Egger's test of {pooled.k} estimates: {p_text(test.p_value)}; below {ASYMMETRIC:g} is asymmetric."
    )
    return word, [*numbers, says, "Asymmetry has other causes than publication bias."]


# Risk of bias.


def _risk_of_bias(rated: RatedEffect) -> tuple[str, list[str]]:
    """By the weight of results at high risk, and by whether the answer holds without them."""
    group = rated.group
    rows = [
        (unit, weight, _at_high_risk(JudgedUnit("", tuple(row.candidate for row in unit.rows), weight)))
        for unit, weight in zip(group.units, _weights(rated), strict=True)
    ]
    high, unknown = (sum(judged is each for _, _, judged in rows) for each in (True, None))
    if unknown == len(rows):
        return "", ["No overall judgement of risk of bias is recorded."]
    share = math.fsum(weight for _, weight, judged in rows if judged)
    share /= math.fsum(weight for _, weight, _ in rows)
    convention = "; more than half counts as serious, a convention" if share > MOST else ""
    numbers = [
        f"{high} of {counted(len(rows), 'estimate')} at high risk, with {100 * share:.0f} % of the weight"
        f"{convention}."
    ]
    if unknown:
        numbers.append(f"{counted(unknown, 'estimate')} without an agreed overall judgement.")
    if not high:
        return ("" if unknown else "not serious"), numbers
    kept = [unit for unit, _, judged in rows if not judged]
    if not kept:
        return "serious", [*numbers, "Nothing is left without them."]
    if group.mean is not None:
        says = "Groups that share one tau are not pooled again without them."
        return ("serious" if share > MOST else ""), [*numbers, says]
    without = _pooled_again(rated, kept)
    if without is None:
        return ("serious" if share > MOST else ""), [*numbers, "Nothing is pooled without them."]
    ends = tuple(map(rated.shown, without))
    numbers.append(
        f"Without them {written(ends[0])}, {written(ends[1])} to {written(ends[2])}; with them "
        f"{written(rated.ends[0])}, {written(rated.ends[1])} to {written(rated.ends[2])}."
    )
    if _side(rated, ends) != _side(rated, rated.ends):
        return "serious", [*numbers, "The answer is another one without them."]
    return ("serious" if share > MOST else "not serious"), numbers


def _weights(rated: RatedEffect) -> list[float]:
    """Of the summary that is rated: its own, and under one tau of all groups those of all of them."""
    group = rated.group
    if group.model is not None and group.model.summary is not None:
        return [float(each) for each in group.model.summary.fit.weights]
    if group.pooled is not None:
        return [float(each) for each in group.pooled.weights]
    return rated.result.weights_of(group)


def _at_high_risk(unit: JudgedUnit) -> bool | None:
    """Whether any tool's agreed overall judgement says so; None where none is agreed on."""
    said = []
    for tool in tools_of(unit.candidates):
        if tool.most_stars:
            continue
        word = judged_by(tool, unit).words.get(OVERALL)
        if word is not None and (word.level is not None or word.word in _WITHOUT_LEVEL):
            said.append(word.word)
    return not AT_HIGH_RISK.isdisjoint(said) if said else None


def _pooled_again(rated: RatedEffect, kept: Sequence[Unit]) -> tuple[float, float, float] | None:
    """The same method for fewer rows, on the analysis scale; None where there is no summary."""
    group, method = rated.group, rated.result.method
    if group.model is not None:
        rows = [row for unit in kept for row in unit.rows]
        again = modelled(rows, group.model.model, method).summary
        return None if again is None else (again.estimate, again.ci_low, again.ci_high)
    found = pool(
        yi=[unit.yi for unit in kept],
        sei=[unit.sei for unit in kept],
        slab=[unit.name for unit in kept],
        **choices_of(method),
    )
    return found.estimate, found.ci_low, found.ci_high


def _side(rated: RatedEffect, ends: Sequence[float]) -> tuple[object, ...]:
    """On which side of no effect the interval lies, and between which thresholds the estimate does."""
    estimate, low, high = ends
    null = rated.null
    of_null = None if null is None else (low > null) - (high < null)
    parts: list[object] = [of_null]
    for bound in rated.choice.thresholds.effect:
        parts.append(estimate > float(bound))
    for baseline in rated.choice.baseline_risks if rated.choice.thresholds.per_1000 else ():
        absolute = rated.absolute_at(baseline, (estimate, low, high))
        if isinstance(absolute, PerThousand):
            parts += [absolute.difference > float(bound) for bound in rated.choice.thresholds.per_1000]
    return tuple(parts)


# What may raise certainty.


def _large_effect(rated: RatedEffect) -> tuple[str, list[str]]:
    """At least twofold is large, fivefold very large, of a risk ratio; other ratios at a baseline risk."""
    measure = rated.result.scale.measure
    if measure not in RATIOS:
        return "", [f"Twofold and fivefold are of ratios of risks, and {measure} is none."]
    estimate, low, high = rated.ends
    ratios: list[float] = [estimate] if measure == "RR" else []
    numbers = [f"{measure} {written(estimate)}, {written(low)} to {written(high)}."]
    if measure != "RR":
        for baseline, absolute in rated.absolute:
            if isinstance(absolute, PerThousand):
                ratio = absolute.with_exposure / absolute.without
                ratios.append(ratio)
                numbers.append(f"At {baseline.name} it is a risk ratio of {written(ratio)}.")
            else:
                numbers.append(absolute)
    if not ratios:
        stated = "" if rated.absolute else f"Without a baseline risk {measure} is not told as a risk ratio."
        return "", [*numbers, *filter(None, (stated,))]
    size = min(max(ratio, 1.0 / ratio) if ratio > 0.0 else math.inf for ratio in ratios)
    size *= 1.0 + ROUNDING
    word = "very large" if size >= VERY_LARGE else "large" if size >= LARGE else "no"
    return word, numbers


def _gradient(rated: RatedEffect) -> tuple[str, list[str]]:
    per = rated.result.scale.per
    if per is None:
        return "", ["Two groups are compared: judged by hand, or by a dose-response analysis."]
    return "", [
        f"The effect is per {per}: it assumes a gradient and does not show one; a dose-response analysis "
        "tests the curve."
    ]


def baseline_words(baseline: BaselineRisk) -> str:
    """`smokers: 120 per 1,000 over 5 years (a register)`."""
    over = f" over {baseline.period}" if baseline.period else ""
    return f"{baseline.name}: {1000 * float(baseline.risk):.3g} per 1,000{over} ({baseline.source})"
