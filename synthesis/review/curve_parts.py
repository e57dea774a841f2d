"""What a review's curve says, piece by piece: effects of doses, coefficients, tests, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evidence.records.scales import analysis_scale
from evidence.wording import enumerate_words, fixed, number, p_text
from synthesis.plots.words import in_symbols
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log
from synthesis.review.dose_pool import DosePool

PartKind = Literal["curve", "coefficient", "shape"]
CURVE: PartKind = "curve"
COEFFICIENT: PartKind = "coefficient"
SHAPE: PartKind = "shape"


@dataclass(frozen=True)
class CurvePart:
    """One number of a curve with its interval, or one fact in words.

    kind: an effect (of a dose, or of one unit of a straight line) as shown; a coefficient of another curve on
    the scale of pooling; or a fact. numbers: estimate, low, high. null: no effect on the scale of pooling.
    """

    kind: PartKind
    name: str
    numbers: tuple[float, float, float] | None
    decimals: int = 0
    log: bool = False
    null: float | None = None
    says: str = ""


def curve_parts(result: AnalysisResult, decimals: int) -> Iterator[CurvePart]:
    """All that a curve says; nothing where it has no study. decimals: of the effects."""
    found = result.dose
    if found is None or found.fit is None:
        return
    straight = found.choice.curve == "linear"
    if straight:
        yield _slope(result, found, decimals)
    if found.choice.at or not straight:
        yield from _effects(result, found, decimals)
    if not straight:
        yield from _coefficients(found)
    yield from _facts(found)


def dose_name(found: DosePool, dose: float) -> str:
    """'13 g/dL against 12 g/dL'."""
    unit = found.choice.unit
    return f"{number(dose)} {unit} against {number(found.reference)} {unit}"


def _slope(result: AnalysisResult, found: DosePool, decimals: int) -> CurvePart:
    assert found.fit is not None
    scale = analysis_scale(result.scale.measure)
    ends = (found.fit.estimate[0], found.fit.ci_low[0], found.fit.ci_high[0])
    estimate, low, high = (scale.back(float(value)) for value in ends)
    name = f"per 1 {found.choice.unit}"
    return CurvePart(CURVE, name, (estimate, low, high), decimals + 1, is_log(scale), null=0.0)


def _effects(result: AnalysisResult, found: DosePool, decimals: int) -> Iterator[CurvePart]:
    """Of every dose but the reference, whose effect is none by definition."""
    scale, told = analysis_scale(result.scale.measure), found.told
    for at, dose in enumerate(found.at):
        if dose != found.reference:
            ends = (told.estimate[at], told.ci_low[at], told.ci_high[at])
            estimate, low, high = (scale.back(float(value)) for value in ends)
            name = dose_name(found, dose)
            yield CurvePart(CURVE, name, (estimate, low, high), decimals, is_log(scale), null=0.0)


def _coefficients(found: DosePool) -> Iterator[CurvePart]:
    fit = found.fit
    assert fit is not None
    for name, se, *ends in zip(fit.names, fit.se, fit.estimate, fit.ci_low, fit.ci_high, strict=True):
        estimate, low, high = map(float, ends)
        digits = max(0, 1 - math.floor(math.log10(float(se))))  # two of the standard error
        yield CurvePart(COEFFICIENT, f"{name} in {found.choice.unit}", (estimate, low, high), digits)


def _facts(found: DosePool) -> Iterator[CurvePart]:
    fit = found.fit
    assert fit is not None
    facts = {"association": in_symbols(str(fit.association))}
    if fit.nonlinearity is not None:
        facts["non-linearity"] = in_symbols(str(fit.nonlinearity))
    if fit.Q_df:
        facts["heterogeneity"] = heterogeneity_words(found)
    if fit.knots:
        facts["knots"] = f"{', '.join(map(number, fit.knots))} {found.choice.unit}"
    facts["studies and classes"] = "; ".join(_studies(found))
    for name, says in facts.items():
        yield CurvePart(SHAPE, name, None, says=says)


def heterogeneity_words(found: DosePool) -> str:
    """'Q = 66.6 on 9 df, p < 0.0001, I² = 86%, SD between studies 25.9, 0.779'."""
    fit = found.fit
    assert fit is not None
    words = f"Q = {number(fit.Q)} on {fit.Q_df} df, {p_text(fit.Q_p)}, I² = {fixed(fit.I2, 0)}%"
    if fit.method == "EE":
        return words
    return f"{words}, SD between studies {', '.join(number(sd) for sd in np.sqrt(np.diag(fit.psi)))}"


def _studies(found: DosePool) -> Iterator[str]:
    unit = found.choice.unit
    for name, study in found.studies:
        doses = enumerate_words([number(dose) for dose in study.doses])
        yield f"{name} {doses} against {number(study.reference)} {unit}"
    for name, _ in found.slopes:
        yield f"{name} per 1 {unit}"
