"""How a curve over a dose was made and what it says, in the words of a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evidence.records.scales import RATIOS, analysis_scale
from evidence.wording import counted, enumerate_words, format_number, format_ratio, number, p_text, percent
from synthesis.plots.words import in_symbols
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log
from synthesis.review.curve_parts import heterogeneity_words
from synthesis.review.dose_pool import DosePool
from synthesis.review.dose_table import OPEN, dose_effect

_CURVES = {"linear": "a straight line", "quadratic": "a parabola", "spline": "a restricted cubic spline"}
_STAGES = {
    1: "in one stage, all classes of all studies at once [@crippa2019]",
    2: "in two stages, study by study and then over the studies' coefficients [@orsini2012; @crippa2016]",
}
_METHODS = {
    "REML": "by restricted maximum likelihood (REML)",
    "ML": "by maximum likelihood (ML)",
    "DL": "by moments (DL)",
}
_COVARIANCES = {
    "GL": "taken to be correlated as their cases and persons imply, by the method of Greenland and "
    "Longnecker [@greenland1992]",
    "Hamling": "taken to be correlated as counts imply that give the printed ratios and intervals, by the "
    "method of Hamling and colleagues [@hamling2008]",
    "independent": "taken to be independent, which they are not",
}


def curve_method_sentences(result: AnalysisResult, found: DosePool) -> Iterator[str]:
    """The curve, the covariance of classes, heterogeneity, doses, and intervals; only what was done."""
    fit, choice = found.fit, found.choice
    exposure = f"{result.scale.exposure} ({choice.unit})"
    scale = " Effects entered as natural logarithms." if result.scale.measure in RATIOS else ""
    if fit is None:
        return
    at = enumerate_words(list(map(number, fit.knots))) if fit.knots else ""
    knots = f" with knots at {at} {choice.unit}" if at else ""
    chosen = "" if choice.knots or not fit.knots else " (10th, 50th and 90th percentile of the doses)"
    yield (
        f"Classes of {exposure} were fitted as {_CURVES[choice.curve]} over the dose{knots}{chosen}, "
        f"{_STAGES[fit.stages]}.{scale}"
    )
    if any(len(study.rows) > 1 for _, study in found.studies):
        yield f"Errors of classes with one reference were {_errors(result, found)}."
    if fit.method == "EE":
        yield "Coefficients were taken to be the same in all studies." if fit.k > 1 else "There is one study."
    else:
        several = len(fit.names) > 1
        spread = "with a covariance of their own" if several else "with a variance of their own"
        yield f"Coefficients differ between studies {spread}, estimated {_METHODS[fit.method]}."
    yield _doses(found)
    if found.slopes:
        first, slopes = (
            "classes" if choice.prefer == "classes" else "slope",
            counted(len(found.slopes), "slope"),
        )
        yield (
            f"Slopes that studies print per unit entered beside the classes ({slopes}); a study with both "
            f"of the same persons entered once, with its {first}."
        )
    distribution = (
        "the normal distribution"
        if fit.test == "z"
        else f"the t distribution with {counted(fit.k - len(fit.names), 'degree')} of freedom"
    )
    yield f"{percent(fit.level)} confidence intervals and tests are Wald's, from {distribution}."


def _errors(result: AnalysisResult, found: DosePool) -> str:
    if found.choice.covariance != "independent" and result.scale.measure not in RATIOS:
        return "correlated as the sizes of the classes imply [@crippameans2016]"
    return _COVARIANCES[found.choice.covariance]


def _doses(found: DosePool) -> str:
    stated = "Each class has the dose that its report states"
    if found.choice.doses == "stated":
        return f"{stated}; studies without one are left out."
    return f"{stated}, or else the middle of its limits; an open class {OPEN[found.choice.open_classes]}."


def curve_result_sentences(result: AnalysisResult, found: DosePool, decimals: int) -> Iterator[str]:
    """How much entered, the slope or the effects of doses, tests, and heterogeneity."""
    fit, unit = found.fit, found.choice.unit
    if fit is None:
        yield "No class with a dose, and no slope, entered the analysis."
        return
    classes = sum(len(study.rows) for _, study in found.studies)
    slopes = f" and {counted(len(found.slopes), 'slope')}" if found.slopes else ""
    told = counted(classes, "class", "classes")
    yield f"The curve has {told} beside their references{slopes} of {counted(fit.k)}."
    effect = dose_effect(result)
    effect = f"{effect[:1].lower()}{effect[1:]}"
    level = percent(fit.level)

    def write(ends: Sequence[float], places: int) -> str:
        shape = analysis_scale(result.scale.measure)
        form = format_ratio if is_log(shape) else format_number
        numbers = [form(shape.back(float(value)), places) for value in ends]
        return f"{numbers[0]}, {level} CI [{numbers[1]}, {numbers[2]}]"

    if found.choice.curve == "linear":
        slope = write((fit.estimate[0], fit.ci_low[0], fit.ci_high[0]), decimals + 1)
        yield f"Per 1 {unit} the {effect} was {slope}, {p_text(float(fit.p_value[0]))}."
    else:
        told_of = np.column_stack([found.told.estimate, found.told.ci_low, found.told.ci_high])
        listed = [
            f"{write(told_of[at], decimals)} at {number(dose)} {unit}"
            for at, dose in enumerate(found.at)
            if dose != found.reference
        ]
        against = f"Against {number(found.reference)} {unit} the {effect} was"
        if listed:
            yield f"{against} {'; '.join(listed)}."
        yield in_symbols(f"Association with the dose: {fit.association}.")
        if fit.nonlinearity is not None:
            yield in_symbols(f"Departure from a straight line: {fit.nonlinearity}.")
    if fit.Q_df:
        yield f"Heterogeneity: {heterogeneity_words(found)}."
    yield from fit.notes
