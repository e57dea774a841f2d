"""An analysis in words: headers, marks, what was left out. Text and figures read the same sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from evidence.records.scales import LOG, AnalysisScale, analysis_scale
from evidence.records.target_scale import TargetScale
from evidence.records.vocabulary import Measure
from evidence.selection.selection import Candidate, Chosen, LeftOut
from evidence.wording import fixed, format_number, format_ratio, p_text
from synthesis.plots.summary_lines import labels_of
from synthesis.pooling.dependent.aggregation import within_studies
from synthesis.pooling.result import PooledSummary
from synthesis.review.pooled_units import Unit, counted_apart

MARKS = {"re-analysis": "↻", "superseded": "†", "preprint": "‡", "conference abstract": "§"}
DERIVED = "≈"
AT_MOST = (
    "only a bound on p is printed, and the standard error is the largest that it allows; intervals of these "
    "studies are drawn as if p were the bound, they weigh too little, and heterogeneity may be understated."
)
_MEANINGS = {
    "re-analysis": "re-analysed from the survey's own files",
    "superseded": "report superseded",
    "preprint": "preprint",
    "conference abstract": "conference abstract",
}
_MEASURES: dict[Measure, str] = {
    "OR": "Odds ratio",
    "RR": "Risk ratio",
    "HR": "Hazard ratio",
    "IRR": "Incidence rate ratio",
    "SMD": "Standardised mean difference",
    "MD": "Mean difference",
    "RD": "Risk difference",
    "r": "Correlation",
    "proportion": "Proportion",
    "mean": "Mean",
    "threshold": "Turning point",
    "PLO": "Proportion",
    "ZCOR": "Correlation",
    "ZPCOR": "Partial correlation",
    "ZSPCOR": "Semi-partial correlation",
}
_DEGREES_OF_FREEDOM = re.compile(r" \([\d.]+ df\)")
_SUPERSCRIPT_UNITS = (("cm2", "cm²"), ("m2", "m²"), ("10^-2", "10⁻²"), ("10^-3", "10⁻³"))


def effect_header(scale: TargetScale, outcome: str) -> str:
    """What one unit of the effect means, e.g. 'Change in BMD (g/cm²) per 1 g/dL hemoglobin'."""
    unit = f" ({pretty_unit(scale.unit)})" if scale.unit else ""
    if scale.measure == "beta":
        what = f"Change in {outcome}{unit}"
    elif scale.measure in ("MD", "mean", "r", "MN", "MC", "IR"):
        what = f"{measure_title(scale.measure)}{unit}"
    else:
        what = measure_title(scale.measure)
    if scale.per:
        return f"{what} per {scale.per} {scale.exposure}"
    if scale.versus:
        return f"{what}, {scale.versus.exposed} vs {scale.versus.reference}"
    return what


def measure_title(measure: Measure) -> str:
    """A measure in words, as it is shown: ratios, not their logarithms."""
    if measure in _MEASURES:
        return _MEASURES[measure]
    from evidence.effects.forms import MEASURES

    title = MEASURES[measure].title
    if analysis_scale(measure).name == "log":
        title = title.removeprefix("log ")
    return title[:1].upper() + title[1:]


def pretty_unit(unit: str) -> str:
    """g/cm2 as readers write it: g/cm²."""
    for plain, pretty in _SUPERSCRIPT_UNITS:
        unit = unit.replace(plain, pretty)
    return unit


def summary_labels(pooled: PooledSummary, units: Sequence[Unit]) -> tuple[str, ...]:
    """'Random effects (3)', or one label for each of the two intervals that a summary can have.

    Where arms are correlated, estimates and studies are counted apart: '(5 estimates in 3 studies)'.
    """
    number = counted_apart(units) if any(unit.of_arms for unit in units) else f"{pooled.k:,}"
    effects = "Equal effects" if pooled.method == "EE" else "Random effects"
    return labels_of(f"{effects} ({number})", pooled.narrower_than_wald)


def mark_of(found: Candidate) -> str:
    """The sign behind a study's name that says its report needs a second look."""
    return MARKS.get(found.standing, "")


def derived_mark(chosen: Chosen) -> str:
    """The sign behind a study's name that says its standard error was worked out from other numbers."""
    return DERIVED if chosen.effect.is_derived else ""


def derived_note(chosen: Sequence[Chosen]) -> str | None:
    """From what the marked standard errors were worked out, naming the studies."""
    marked = [each for each in chosen if each.effect.is_derived]
    if not marked:
        return None
    studies: dict[str, list[str]] = {}
    for each in marked:
        studies.setdefault(each.effect.sei_from, []).append(each.candidate.label)
    bounds = {each.effect.sei_from for each in marked if each.effect.is_at_most}
    told = {
        source: f"{source_in_words(source)} ({', '.join(dict.fromkeys(labels))})"
        for source, labels in studies.items()
    }
    exact = [words for source, words in told.items() if source not in bounds]
    of_bounds = [words for source, words in told.items() if source in bounds]
    sentences = []
    if exact:
        middle = (
            ", as if the estimate were in its middle" if any(" limit of " in each for each in exact) else ""
        )
        sentences.append(f"standard error not printed, worked out from the {', the '.join(exact)}{middle}.")
    if of_bounds:
        sentences.append(f"{', '.join(of_bounds)}: {AT_MOST}")
    return f"{DERIVED} {' '.join(sentences)}"


def source_in_words(source: str) -> str:
    """From what a standard error was worked out, behind the word `the`."""
    return "number of persons" if source == "n" else source


def corrected_note(chosen: Sequence[Chosen]) -> str | None:
    """To which studies 1/2 was added, as one of their counts is zero; None where there are none."""
    labels = dict.fromkeys(each.candidate.label for each in chosen if each.effect.is_corrected)
    return f"1/2 added to every count of studies with a zero: {', '.join(labels)}." if labels else None


def accepted_note(chosen: Sequence[Chosen], measure: Measure) -> str | None:
    """Which other ratios were pooled as if they were the scale's measure; None where there are none."""
    others: dict[Measure, list[str]] = {}
    for each in chosen:
        effect = each.candidate.estimate.effect
        if effect is not None and effect.measure != measure:
            others.setdefault(effect.measure, []).append(each.candidate.label)
    if not others:
        return None
    told = [
        f"{measure_title(other).lower()} ({', '.join(dict.fromkeys(labels))})"
        for other, labels in others.items()
    ]
    return f"Pooled as if they were the {measure_title(measure).lower()}: {', '.join(told)}."


def correlated_notes(units: Sequence[Unit]) -> list[str]:
    """How correlated arms were pooled, and whether they differ; empty where there are none."""
    within = within_studies([unit.mean for unit in units if unit.of_arms])
    if within is None:
        return []
    told = (
        f"{counted_apart(units)}: arms that share a reference enter with their covariance, as the "
        "generalised least-squares mean of their study, below which they stand without weights."
    )
    printed = dict.fromkeys(unit.first.label for unit in units if unit.of_arms and _prints_effects(unit))
    if printed:
        told += (
            " Of printed effects the correlation follows from the numbers of the groups, of ratios as by "
            f"Greenland and Longnecker (1992): {', '.join(printed)}."
        )
    p = p_text(within.p_value)
    return [
        told,
        f"Arms of one study, taken to have one effect: Q = {fixed(within.Q, 2)} ({within.df} df, {p}).",
    ]


def _prints_effects(unit: Unit) -> bool:
    effects = [row.candidate.estimate.effect for row in unit.rows]
    return any(effect is not None and effect.estimate is not None for effect in effects)


def combined_note(chosen: Sequence[Chosen]) -> str | None:
    """Which arms were made one group; None where none were."""
    told = [
        f"{each.candidate.label} ({effect.versus.exposed})"
        for each in chosen
        if len(each.candidate.made_of) > 1
        and (effect := each.candidate.estimate.effect) is not None
        and effect.versus is not None
    ]
    return f"Arms combined into one group: {'; '.join(told)}." if told else None


def mark_notes(candidates: Sequence[Candidate]) -> list[str]:
    """What the marks in a table mean, naming the report that superseded another."""
    lines = []
    for standing, mark in MARKS.items():
        marked = [found for found in candidates if found.standing == standing]
        if not marked:
            continue
        successors = sorted({_successor(found) for found in marked} - {""})
        lines.append(f"{mark} {_MEANINGS[standing]}{' by ' + ', '.join(successors) if successors else ''}.")
    return lines


def _successor(found: Candidate) -> str:
    name = found.report.superseded_by
    if name is None:
        return ""
    report = found.record.reports[name]
    return report.label or report.dated(found.record.cohort.name)


def left_out_lines(left_out: Sequence[LeftOut]) -> list[str]:
    """'Cheng 2024: exposure step: the unit is not stated', one line a study with its reasons."""
    keys = sorted({(each.candidate.label, each.reason.rstrip(".")) for each in left_out})
    return [
        f"{label}: {'; '.join(reason for _, reason in group)}"
        for label, group in groupby(keys, key=lambda key: key[0])
    ]


def method_sentences(pooled: Sequence[PooledSummary], common: bool) -> list[str]:
    """How the numbers were made; for several summaries once, without their degrees of freedom."""
    sentences = [each.method_sentence.replace("tau2", "τ²") for each in pooled if each.k > 1]
    if common:
        sentences = [_DEGREES_OF_FREEDOM.sub("", sentence) for sentence in sentences]
    return list(dict.fromkeys(sentences))


def is_log(scale: AnalysisScale) -> bool:
    """Whether effects are shown on a log axis."""
    return scale is LOG


def shown(value: float, scale: AnalysisScale, decimals: int) -> str:
    """A value of the analysis scale as readers know it: a ratio, of which one digit is seen at least."""
    write = format_ratio if is_log(scale) else format_number
    return write(scale.back(value), decimals)
