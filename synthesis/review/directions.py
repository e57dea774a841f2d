"""Which way each study's results of an analysis go, with and without numbers that can be pooled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from evidence.records.review import EACH, Analysis, Review
from evidence.records.scales import analysis_scale
from evidence.records.vocabulary import Adjustment
from evidence.selection.overlap import Neighbours
from evidence.selection.selection import CANNOT_BE_TRUE, Candidate, candidates, share_persons
from synthesis.without_pooling.direction_chart import StudyDirection
from synthesis.without_pooling.told_directions import NOT_TOLD, direction_of, of_one_study

if TYPE_CHECKING:
    from synthesis.review.analysis_result import AnalysisResult

_DIVISIONS = ("sex", "ancestry", "age", "group")


def study_directions(result: AnalysisResult) -> tuple[StudyDirection, ...]:
    """Each study's direction in each domain, nobody counted twice within a domain.

    What is pooled comes first, then what is said of results without a number, numbers on another scale, and
    results of a part of the persons asked for; of a study the first of these counts, and so it does of
    studies that share persons. Last are results of which no direction is told.
    """
    effects = {each.candidate.name: each.effect.yi for each in result.selection.chosen}
    found = []
    for domain, kept in kept_candidates(result):
        for several in _by_study(kept):
            sizes = [each.estimate.n for each in several]
            known = [int(size) for size in sizes if size is not None]
            found.append(
                StudyDirection(
                    several[0].label,
                    domain,
                    of_one_study([direction_told(each, effects.get(each.name)) for each in several]),
                    sum(known) if len(known) == len(sizes) else None,
                    pooled=any(each.name in effects for each in several),
                )
            )
    return tuple(found)


def kept_candidates(result: AnalysisResult) -> Iterator[tuple[tuple[str, ...], list[Candidate]]]:
    """Each domain with the candidates that count there, those of one study together and the best first."""
    ranks = _ranks(result)
    for domain in dict.fromkeys(_domain_of(each, result.analysis) for rank in ranks for each in rank):
        yield domain, _in_domain(domain, ranks, result)


def _by_study(found: Sequence[Candidate]) -> list[list[Candidate]]:
    studies = dict.fromkeys(each.record.study for each in found)
    return [[each for each in found if each.record.study == study] for study in studies]


def _in_domain(
    domain: tuple[str, ...], ranks: Sequence[Sequence[Candidate]], result: AnalysisResult
) -> list[Candidate]:
    kept: dict[str, list[Candidate]] = {}
    near: Neighbours[Candidate] = Neighbours()
    for rank in ranks:
        before = set(kept)
        for each in rank:
            study = each.record.study
            if _domain_of(each, result.analysis) != domain or study in before:
                continue
            if _is_new(each, near.near(study, each.cohort)):
                kept.setdefault(study, []).append(each)
                near.put(each, study, each.cohort)
    return [each for several in kept.values() for each in several]


def _is_new(found: Candidate, around: Iterable[Candidate]) -> bool:
    """Whether nothing is known of its persons, but of its study by the same model."""
    return all(
        _adjustment(one) == _adjustment(found)
        if one.record.study == found.record.study
        else not share_persons(one, found)
        for one in around
    )


def _adjustment(found: Candidate) -> Adjustment:
    return found.record.model_of(found.estimate).adjustment


def _ranks(result: AnalysisResult) -> tuple[list[Candidate], ...]:
    """The candidates that may count, the best first."""
    selection, analysis, review = result.selection, result.analysis, result.review
    reports, models = analysis.reports or review.reports, analysis.adjustment or review.adjustment
    told: list[Candidate] = []
    others: list[Candidate] = []
    parts: list[Candidate] = []
    untold: list[Candidate] = []
    untrue = {out.candidate.name for out in selection.left_out if out.reason.startswith(CANNOT_BE_TRUE)}
    for each in candidates(review, result.records, analysis):
        enters = each.standing in reports and _adjustment(each) in models and each.name not in untrue
        if not enters or not is_asked(each, review, analysis):
            continue
        silent = each.estimate.not_reported is not None
        if direction_told(each) == NOT_TOLD:
            untold += [each] if silent else []
        elif _is_part(each, analysis):
            parts.append(each)
        else:
            (told if silent else others).append(each)
    chosen = [each.candidate for each in selection.chosen]
    rest = (told, others, parts, untold)
    for rank in rest:
        rank.sort(key=lambda each: (reports.index(each.standing), models.index(_adjustment(each))))
    return (chosen, *rest)


def _domain_of(found: Candidate, analysis: Analysis) -> tuple[str, ...]:
    """The site, and of each division that the analysis shows the part."""
    wanted = analysis.stratum
    parts = [getattr(found.stratum, name) for name in _DIVISIONS if getattr(wanted, name) == EACH]
    return found.site, *(str(part) for part in parts)


def is_asked(found: Candidate, review: Review, analysis: Analysis) -> bool:
    """Whether it is of the outcome, the exposure and of persons asked for, all of these or a part."""
    same, record = review.same, found.record
    sites = {site.casefold() for site in analysis.outcome.sites}
    outcome, exposure = record.outcome_of(found.estimate), record.exposure_of(found.estimate)
    return (
        same.are_one("outcomes", outcome.name, analysis.outcome.name)
        and same.are_one("exposures", exposure.name, review.scale_of(analysis).exposure)
        and (not sites or found.site.casefold() in sites)
        and all(
            wanted is None or (given is not None if wanted == EACH else given == wanted)
            for wanted, given in (
                (getattr(analysis.stratum, name), getattr(found.stratum, name)) for name in _DIVISIONS
            )
        )
    )


def _is_part(found: Candidate, analysis: Analysis) -> bool:
    """Whether it is of some of the persons asked for."""
    return any(
        getattr(found.stratum, name) is not None and getattr(analysis.stratum, name) is None
        for name in _DIVISIONS
    )


def direction_told(found: Candidate, pooled: float | None = None) -> str:
    """What is said, or the side of no effect on which the number lies; else `not told`.

    pooled: the effect that enters the pool, on the analysis scale, where it does.

    A comparison of groups that the scale does not name has no side, nor has a slope within a part of the
    exposure's range, nor a number that must not be pooled.
    """
    if pooled is not None:
        return direction_of(pooled, found.name)
    estimate = found.estimate
    if estimate.not_reported is not None:
        return estimate.not_reported.direction or NOT_TOLD
    effect = estimate.effect
    if effect is None or effect.estimate is None or estimate.not_poolable is not None:
        return NOT_TOLD
    null = analysis_scale(effect.measure).null
    if null is None or effect.versus is not None or effect.within is not None:
        return NOT_TOLD
    return direction_of(float(effect.estimate.value) - (0.0 if effect.log else null), found.name)
