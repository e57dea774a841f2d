"""Why the estimates of a new record are in no analysis."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.records.review import EACH, Analysis, LoadedReview, Review
from evidence.records.schema import Record
from evidence.selection.selection import Candidate, candidates, matches
from synthesis.living.summaries import Pooling
from synthesis.review.analysis_result import AnalysisResult


def reasons_to_stay_out(loaded: LoadedReview, record: Record, after: Pooling) -> dict[str, list[str]]:
    """For each estimate of a record that enters no analysis: why, by estimate id."""
    reasons = {}
    for found in candidates(loaded.review, [record]):
        if not any(_enters(found, result) for result in after.results.values()):
            reasons[found.estimate.id] = _reasons(found, loaded.review, after)
    return reasons


def _enters(found: Candidate, result: AnalysisResult) -> bool:
    return any(_is_of(found, each.candidate) for each in result.selection.chosen)


def _is_of(found: Candidate, shown: Candidate) -> bool:
    """Whether a row is an estimate itself, or stands for it as one arm of several."""
    same_study = shown.record.study == found.record.study
    return same_study and found.estimate.id in (shown.estimate.id, *shown.stands_for)


def _reasons(found: Candidate, review: Review, after: Pooling) -> list[str]:
    analyses = review.analyses
    said = []
    for name, result in after.results.items():
        selection = result.selection
        if any(silent.name == found.name for silent in selection.silent):
            said.append(f"{name}: examined without a number; shown as such, pooled nowhere")
        for left_out in (*selection.left_out, *selection.other_models):
            if _is_of(found, left_out.candidate):
                said.append(f"{name}: {left_out.reason}")
    said += [
        f"{each.id}: refused"
        for each in analyses
        if each.id in after.refusals and matches(found, each, review.same)
    ]
    return said or [_no_question(found, analyses)]


def _no_question(found: Candidate, analyses: Sequence[Analysis]) -> str:
    """The first thing that no analysis asks for: the outcome, the place, or the stratum."""
    outcome = found.record.outcome_of(found.estimate).name
    same = [each for each in analyses if each.outcome.name.casefold() == outcome.casefold()]
    if not same:
        known = dict.fromkeys(each.outcome.name for each in analyses)
        return f"no analysis has the outcome '{outcome}'; the review asks for: {', '.join(known)}"
    near = [each for each in same if not each.outcome.sites or _has_site(each, found.site)]
    if not near:
        sites = dict.fromkeys(site for each in same for site in each.outcome.sites)
        return (
            f"no analysis of {outcome} has the site '{found.site}'; the review asks for: {', '.join(sites)}"
        )
    strata = dict.fromkeys(_stratum_words(each) for each in near)
    return (
        f"no analysis of {outcome} at this site has the stratum '{found.stratum.describe()}'; "
        f"the review asks for: {'; '.join(strata)}"
    )


def _has_site(analysis: Analysis, site: str) -> bool:
    return site.casefold() in (each.casefold() for each in analysis.outcome.sites)


def _stratum_words(analysis: Analysis) -> str:
    wanted = analysis.stratum.model_dump(exclude_none=True)
    words = [f"each {name}" if value == EACH else str(value) for name, value in wanted.items()]
    return ", ".join(words) or "all"
