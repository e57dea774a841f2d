"""`certainty` of an analysis of review.yaml: what its certainty is rated by, and what persons judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from evidence.choices import named
from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.printed import Printed
from evidence.records.provenance import Reading
from evidence.records.scales import analysis_scale
from evidence.records.units import UnitError, conversion_factor, parse_quantity
from evidence.records.vocabulary import Measure

RISK_OF_BIAS, INCONSISTENCY, INDIRECTNESS = "risk of bias", "inconsistency", "indirectness"
IMPRECISION, PUBLICATION_BIAS = "imprecision", "publication bias"
LARGE_EFFECT, GRADIENT, CONFOUNDING = "large effect", "dose-response", "opposing confounding"
CERTAINTY = "certainty"

_LOWERED = ("not serious", "serious", "very serious", "extremely serious")
_YES = ("no", "yes")
DOMAIN_WORDS: Mapping[str, tuple[str, ...]] = {
    RISK_OF_BIAS: _LOWERED,
    INCONSISTENCY: _LOWERED,
    INDIRECTNESS: _LOWERED,
    IMPRECISION: _LOWERED,
    PUBLICATION_BIAS: ("undetected", "strongly suspected"),
    LARGE_EFFECT: ("no", "large", "very large"),
    GRADIENT: _YES,
    CONFOUNDING: _YES,
    CERTAINTY: ("high", "moderate", "low", "very low"),
}
"""What may be judged of the domains of GRADE that lower and raise certainty, and of certainty as a whole."""

Domain = Literal[
    "risk of bias",
    "inconsistency",
    "indirectness",
    "imprecision",
    "publication bias",
    "large effect",
    "dose-response",
    "opposing confounding",
    "certainty",
]


class RatedThresholds(Part):
    """Effects that part what matters from what does not, and what differs from what is alike."""

    effect: tuple[Printed, ...] = Field(
        (), description="On the measure's own scale, over the contrast where one is stated, e.g. [0.8, 1.25]."
    )
    per_1000: tuple[Printed, ...] = Field(
        (), description="Differences of absolute risk in 1,000 persons, e.g. [-20, 20]."
    )
    tau: Printed | None = Field(
        None, description="A standard deviation of true effects, on the analysis scale, that matters."
    )


class BaselineRisk(Part):
    """Who has which risk without the exposure."""

    name: Text
    risk: Printed = Field(description="Between 0 and 1, e.g. 0.12.")
    period: Text | None = Field(None, description="Over which it is, e.g. 5 years; hazard ratios need it.")
    source: Text


class CertaintyJudgement(Reading):
    """What a person judged of one domain; it overrides what the numbers suggest."""

    domain: Domain
    judgement: Text
    reason: Text
    group: Text | None = Field(None, description="Of an analysis by groups: which.")
    data: Text | None = Field(
        None, description="What it was made on, as `certainty` names it; other data need a new look."
    )


def judged_word(judgement: CertaintyJudgement) -> str:
    """The word of GRADE that is meant, else the one that stands there, which `check` finds."""
    try:
        return named(judgement.judgement, DOMAIN_WORDS[judgement.domain], "judgement")
    except ValueError:
        return judgement.judgement


class CertaintyChoice(Part):
    """What the certainty of an analysis is rated by, stated before its result is known."""

    thresholds: RatedThresholds = RatedThresholds()
    baseline_risks: tuple[BaselineRisk, ...] = ()
    contrast: Text | None = Field(
        None, description="Of a slope: the change of the exposure that effects are told for, e.g. 2 g/dL."
    )
    judgements: tuple[CertaintyJudgement, ...] = ()


Fault = tuple[KeyPath, str, str]
"""Key path, words and hint."""


def certainty_faults(
    choice: CertaintyChoice, at: KeyPath, measure: Measure, per: str | None
) -> Iterator[Fault]:
    """What is read well and cannot be; `at` is the analysis, measure and per are of its scale."""
    place: KeyPath = (*at, "certainty")
    yield from _of_thresholds(choice.thresholds, (*place, "thresholds"), measure)
    for index, baseline in enumerate(choice.baseline_risks):
        if not 0 < baseline.risk.value < 1:
            says = f"'risk: {baseline.risk}' is no risk"
            yield (*place, "baseline_risks", index, "risk"), says, "Expected between 0 and 1, e.g. 0.12."
    reason = contrast_fault(choice.contrast, measure, per)
    if reason:
        yield (*place, "contrast"), reason, "Expected e.g. 2 g/dL, of an effect per 1 g/dL."
    for index, judged in enumerate(choice.judgements):
        try:
            named(judged.judgement, DOMAIN_WORDS[judged.domain], "judgement")
        except ValueError as error:
            yield (*place, "judgements", index, "judgement"), f"{judged.domain}: {error}", ""


def _of_thresholds(given: RatedThresholds, at: KeyPath, measure: Measure) -> Iterator[Fault]:
    ratio = analysis_scale(measure).name == "log"
    for index, bound in enumerate(given.effect):
        if ratio and bound.value <= 0:
            says = f"a threshold of {bound} cannot be: {measure} is above 0"
            yield (*at, "effect", index), says, "Expected e.g. [0.8, 1.25]."
    for index, bound in enumerate(given.per_1000):
        if abs(bound.value) >= 1000:
            yield (
                (*at, "per_1000", index),
                f"a threshold of {bound} per 1,000 cannot be",
                "Expected e.g. -20.",
            )
    if given.tau is not None and given.tau.value <= 0:
        yield (*at, "tau"), f"'tau: {given.tau}' is no standard deviation", "Expected a number above 0."


def contrast_fault(contrast: str | None, measure: Measure, per: str | None) -> str:
    """Why effects cannot be told over this contrast; empty where they can, or none is stated."""
    if contrast is None:
        return ""
    if per is None:
        return f"'contrast: {contrast}' is of a slope, and the effect is of two groups"
    if analysis_scale(measure).name not in ("identity", "log"):
        return f"'contrast: {contrast}' multiplies an effect, and {measure} is not in proportion to it"
    try:
        steps = steps_of(contrast, per)
    except UnitError as error:
        return f"'contrast: {contrast}' cannot be told in steps of {per}: {error}"
    return "" if 0 < steps < math.inf else f"'contrast: {contrast}' is no change"


def steps_of(contrast: str, per: str) -> float:
    """How many steps of a scale a contrast has: 2 for 2 g/dL of an effect per 1 g/dL.

    Raises UnitError for other units, and for a scale whose step is none.
    """
    wanted, step = parse_quantity(contrast), parse_quantity(per)
    if step.number <= 0:
        raise UnitError(f"{per} is no step")
    return float(wanted.number / step.number) * conversion_factor(wanted.unit, step.unit)
