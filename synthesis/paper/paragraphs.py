"""Methods and results of analyses in the words of a paper, built from the results alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.records.scales import analysis_scale, tests_null
from evidence.wording import counted, format_number, format_ratio, number, percent, significant
from synthesis.paper.curve_sentences import curve_result_sentences
from synthesis.paper.manuscript import Passage
from synthesis.paper.method_sentences import OF_FEW, OF_NARROW, method_sentences_of
from synthesis.paper.paper_table import Reported
from synthesis.paper.summary_table import has_two_intervals, persons
from synthesis.plots.summary_lines import heterogeneity_line, summary_p_line
from synthesis.pooling.notes import FEW
from synthesis.pooling.result import PooledSummary
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.regression.subgroup_result import Subgroup
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import ONE_STUDY, PRIMARY, other_priors, why_without
from synthesis.review.captions import is_log
from synthesis.review.difference import common_heterogeneity, difference_lines, mean_test_line, sharing_note
from synthesis.review.direction_words import direction_notes
from synthesis.review.model_words import (
    ignored_sentences,
    model_lines,
    moderator_lines,
    sharing_sentences,
)
from synthesis.review.modelled import Modelled
from synthesis.review.silent_words import silent_sentence


def passages(material: Reported) -> tuple[Passage, ...]:
    """What all analyses have in common, then each analysis: its own methods, and its results."""
    methods = {result.analysis.id: list(method_sentences_of(result)) for result in material.results}
    shared = _shared([methods[result.analysis.id] for result in material.results if _pools(result)])
    searched = dict.fromkeys(filter(None, (result.searched.in_text for result in material.results)))
    found = [Passage("Search", (" ".join(searched),))] if searched else []
    if shared:
        found.append(Passage("Statistical analysis", (" ".join(shared),)))
    for result, decimals in material.with_decimals():
        own = [sentence for sentence in methods[result.analysis.id] if sentence not in shared]
        paragraphs = (*([" ".join(own)] if own else []), " ".join(_results(result, decimals)))
        found.append(Passage(result.analysis.title, paragraphs))
    return tuple(found)


def _pools(result: AnalysisResult) -> bool:
    """Whether anything of several effects is pooled."""
    found = (group.summary for group in result.summarised)
    if result.dose is not None:
        return result.dose.fit is not None
    return any(each is not None and each.k > 1 for each in found)


def _shared(lists: list[list[str]]) -> list[str]:
    """What is said of each of several analyses, and what says itself of which it is meant."""
    if len(lists) < 2:
        return []
    said = dict.fromkeys(sentence for each in lists for sentence in each)
    return [
        sentence
        for sentence in said
        if sentence in (OF_FEW, OF_NARROW) or all(sentence in each for each in lists)
    ]


def _results(result: AnalysisResult, decimals: int) -> Iterator[str]:
    if result.dose is not None:
        yield from curve_result_sentences(result, result.dose, decimals)
        yield from _outside(result)
        return
    yield from _entered(result)
    for group in result.summarised:
        yield from _summary(result, group, decimals)
        said = silent_sentence(result, group, decimals)
        if said:
            yield said
    choice = result.review.bayes_of(result.analysis)
    if choice is not None and any(group.bayesian is not None for group in result.summarised):
        yield f"The primary summary, stated beforehand, is the {PRIMARY[choice.primary]}."
    if result.difference is not None and result.difference.tau2 == "common":
        yield f"{common_heterogeneity(result.difference)}."
    for line in (*difference_lines(result, decimals), *moderator_lines(result, decimals)):
        yield f"{line.rstrip('.')}.".replace("tau2", "τ²")
    sharing = sharing_note(result)
    if sharing:
        yield sharing
    models = [group.model for group in result.summarised if group.model is not None and group.chosen]
    if models:
        yield from sharing_sentences(models[-1].dependence)
        yield from ignored_sentences(models[-1])
        if result.review.bayes_of(result.analysis) is not None:
            yield "No Bayesian summary was made of these dependent effects."
    yield from direction_notes(result)


def _entered(result: AnalysisResult) -> Iterator[str]:
    units = tuple(unit for group in result.groups for unit in group.units)
    studies = {unit.first.record.study for unit in units}
    n = persons(units) if not (result.sharing or result.is_modelled) else None
    for group in result.summarised:
        n = n if group.model is None else group.model.persons
    with_persons = f" ({counted(n, 'person')})" if n is not None else ""
    if units:
        yield f"The analysis has {counted(result.k, 'estimate')} of {counted(len(studies))}{with_persons}."
    else:
        yield "No estimate entered the analysis."
    yield from _outside(result)


def _outside(result: AnalysisResult) -> Iterator[str]:
    """What was examined without a number, left out, or cannot be read."""
    silent = len(result.selection.silent)
    if silent:
        yield f"For {counted(silent, 'further estimate')} the report gives no number."
    left_out = len(result.selection.left_out)
    if left_out:
        yield f"{_capital(counted(left_out, 'estimate'))} {'was' if left_out == 1 else 'were'} left out."
    if result.unread:
        yield f"{_capital(counted(len(result.unread), 'record'))} cannot be read, and nothing of it is used."


def _summary(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[str]:
    name = "Overall" if group is result.overall else _capital(group.name) if group.name else ""
    found = group.mean or group.pooled
    if group.model is not None:
        yield from _of_model(result, name, group.model, decimals)
        return
    if found is None:
        if group.chosen:
            yield f"{_begun(name, 'the estimates are not independent, and were not pooled')}."
        yield from _bayesian(result, group, decimals)
        return
    written = _written(result, found.estimate, (found.ci_low, found.ci_high), decimals)
    if found.k == 1:
        yield (
            f"{_begun(name, 'there is one study,')} {result.unit_label(group.units[0])}: {written}. "
            "Nothing was pooled, and one study cannot tell how much effects differ between studies."
        )
        yield from _bayesian(result, group, decimals)
        return
    yield f"{_begun(name, f'the pooled {_noun(result)} was')} {written}."
    yield from _tests(result, found, decimals)
    if not math.isnan(found.prediction_low):
        ends = _interval(result, (found.prediction_low, found.prediction_high), decimals)
        yield f"The {percent(result.method.level.fraction)} prediction interval was {ends}."
    if isinstance(found, PooledSummary):
        yield f"{_heterogeneity(found)}."
        yield from _few(result, found, decimals, asked=group.bayesian is not None)
    yield from _bayesian(result, group, decimals)


def _bayesian(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[str]:
    """The Bayesian summary that the review asks for, or why there is none; which of the two is primary."""
    found = group.bayesian
    if found is None:
        why = why_without(result, group)
        yield from [why] if why else []
        return
    ends = (found.mu.low, found.mu.high)
    written = _written(result, found.mu.median, ends, decimals, "CrI")
    shared = " that all groups share" if isinstance(found, GroupPosterior) else ""
    yield f"The Bayesian estimate, with a {found.tau_prior} prior of τ{shared}, was {written}."
    if found.k == 1 and not shared:
        yield f"{ONE_STUDY}."
    new = _interval(result, (found.new.low, found.new.high), decimals)
    tau = [significant(value, 2) for value in (found.tau.median, found.tau.low, found.tau.high)]
    yield f"The posterior median of τ was {tau[0]} [{tau[1]}, {tau[2]}]; the effect in a new study {new}."
    if tests_null(result.scale.measure):
        yield f"The probability that the effect lies above no effect was {number(found.above_null, 3)}."

    def write(value: float) -> str:
        return _number(result, value, decimals)

    yield f"{other_priors(found, write, tests_null(result.scale.measure))}."


def _of_model(result: AnalysisResult, name: str, model: Modelled, decimals: int) -> Iterator[str]:
    """The summary of a model, what it rests on, and what another correlation would give."""
    found = model.summary
    if found is None:
        if model.untold:
            yield _begun(name, model.untold)
        return
    written = _written(result, found.estimate, (found.ci_low, found.ci_high), decimals)
    yield f"{_begun(name, f'the pooled effect of {model.counts} is')} {written}."
    if not math.isnan(found.prediction_low):
        ends = _interval(result, (found.prediction_low, found.prediction_high), decimals)
        yield f"The {percent(result.method.level.fraction)} prediction interval is {ends}."
    for line in model_lines(result, model, decimals):
        yield f"{line}."
    yield from found.fit.notes


def _noun(result: AnalysisResult) -> str:
    return "effect" if tests_null(result.scale.measure) else "estimate"


def _heterogeneity(found: PooledSummary) -> str:
    """Equal effects have no τ²: what is said of them is I² and Q."""
    line = heterogeneity_line(found)
    return f"Heterogeneity: {line.partition('; ')[2]}" if found.method == "EE" else line


def _tests(result: AnalysisResult, found: PooledSummary | Subgroup, decimals: int) -> Iterator[str]:
    if tests_null(result.scale.measure):
        yield f"{mean_test_line(found) if isinstance(found, Subgroup) else summary_p_line(found)}."
    if has_two_intervals(result, found):
        yield f"The Wald interval was wider, {_interval(result, found.wald, decimals)}."


def _few(result: AnalysisResult, found: PooledSummary, decimals: int, asked: bool) -> Iterator[str]:
    """What two or three studies tell, and what they do not; asked: whether another posterior is told."""
    if found.k not in FEW:
        return
    if found.method != "EE":
        yield (
            f"So few estimates ({found.k}) show whether they agree, not how much effects differ elsewhere: "
            "the estimate of τ² is very uncertain."
        )
    if found.bayes is not None and not asked:
        ends = (found.bayes.low, found.bayes.high)
        yield f"The Bayesian estimate was {_written(result, found.bayes.mean, ends, decimals, 'CrI')}."


def _written(
    result: AnalysisResult, estimate: float, ends: tuple[float, float], decimals: int, kind: str = "CI"
) -> str:
    level = percent(result.method.level.fraction)
    return f"{_number(result, estimate, decimals)}, {level} {kind} {_interval(result, ends, decimals)}"


def _interval(result: AnalysisResult, ends: tuple[float, float], decimals: int) -> str:
    low, high = (_number(result, end, decimals) for end in ends)
    return f"[{low}, {high}]"


def _number(result: AnalysisResult, value: float, decimals: int) -> str:
    """On the measure's own scale, as the forest plot shows it."""
    shape = analysis_scale(result.scale.measure)
    return (format_ratio if is_log(shape) else format_number)(shape.back(value), decimals)


def _begun(name: str, words: str) -> str:
    """A sentence that begins with the name of a group, or with its own words."""
    return f"{name}: {words}" if name else _capital(words)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
