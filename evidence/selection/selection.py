"""An analysis of review.yaml -> the comparable effects, each person counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from evidence.records.effect import Estimate
from evidence.records.measures import Harmonised, factor_to, harmonise, on_measure
from evidence.records.names import Same
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import CORRELATED, EACH, Analysis, Review, Standing
from evidence.records.schema import Cohort, Outcome, Record, Report
from evidence.records.shared_reference import Arm, SharedReference
from evidence.records.stratum import Stratum
from evidence.records.trust import trusted
from evidence.selection.arm_covariance import ArmEffect, Matrix, arm_covariance
from evidence.selection.arms import arms_chosen
from evidence.selection.overlap import Neighbours, cohorts_overlap, strata_disjoint, which_wins

CANNOT_BE_TRUE = "cannot be true as printed"

Contradicted: TypeAlias = Mapping[tuple[str, str], str]
"""Why, by (study, estimate id), the numbers of an estimate cannot be true, or not together."""

NONE_CONTRADICTED: Contradicted = MappingProxyType({})


class DoubleCountError(ValueError):
    """Two estimates of an analysis share persons and no rule says which one wins."""


@dataclass(frozen=True)
class Candidate:
    """One estimate with the record it comes from."""

    record: Record
    estimate: Estimate
    site: str
    """Where the outcome was measured, by the review's name; else the outcome itself."""
    cohort: Cohort
    """Whose persons these are, by the review's names."""
    comparison: str | None = None
    """The id of the arms or classes it is one of, which share a reference."""
    stands_for: tuple[str, ...] = ()
    """The ids of all the estimates that it was chosen from or made of, if it is not its own alone."""

    @property
    def made_of(self) -> tuple[str, ...]:
        """The ids of the estimates whose numbers it has: several where arms are combined."""
        combined = self.estimate.id == self.comparison
        return self.stands_for if combined else (self.estimate.id,)

    @property
    def arm(self) -> str | None:
        """Of several arms or classes the one it is about; None where it is about all persons."""
        effect, comparison = self.estimate.effect, self.shared_reference
        if comparison is None or effect is None or effect.versus is None or len(comparison.others) < 2:
            return None
        return None if self.estimate.id == comparison.id else effect.versus.exposed

    @property
    def shared_reference(self) -> SharedReference | None:
        """The arms or classes it is one of, or was made of."""
        return next((each for each in self.record.comparisons if each.id == self.comparison), None)

    @property
    def report(self) -> Report:
        """The report that prints it."""
        return self.record.report_of(self.estimate)

    @property
    def standing(self) -> Standing:
        """The report's status, `superseded` and `retracted` before all else."""
        if self.report.status == "retracted":
            return "retracted"
        return "superseded" if self.report.superseded_by else self.report.status

    @property
    def standing_in_words(self) -> str:
        """`report is retracted`, `report is superseded by Liu 2022`."""
        by = self.report.superseded_by
        if self.standing != "superseded" or by is None or by not in self.record.reports:
            return f"report is {self.standing}"
        return f"report is superseded by {self.record.reports[by].label or by}"

    @property
    def stratum(self) -> Stratum:
        """The persons it is about."""
        return self.estimate.stratum

    @property
    def label(self) -> str:
        """The study's short name."""
        return self.record.label or self.report.dated(self.record.cohort.name)

    @property
    def name(self) -> str:
        """Record and estimate, as messages name them."""
        return f"{self.record.study}/{self.estimate.id}"


@dataclass(frozen=True)
class Chosen:
    """An effect that enters the analysis."""

    candidate: Candidate
    effect: Harmonised


@dataclass(frozen=True)
class LeftOut:
    """An estimate that answers the question and does not enter, with the reason."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True)
class Selection:
    """What enters an analysis, what was examined without a number, what was left out and why."""

    analysis: Analysis
    chosen: tuple[Chosen, ...]
    silent: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    other_models: tuple[LeftOut, ...]
    """Less preferred models of persons who are in the analysis already."""


def select(
    review: Review,
    analysis: Analysis,
    records: Iterable[Record],
    contradicted: Contradicted = NONE_CONTRADICTED,
) -> Selection:
    """Choose the effects of one analysis.

    contradicted: by (study, estimate id) why estimates cannot be true as printed; they never enter.
    Raises DoubleCountError where persons would be counted twice.
    """
    matching = [
        found for found in candidates(review, records, analysis) if matches(found, analysis, review.same)
    ]
    _refuse_arms_without_a_word(matching, review, analysis)
    reports = analysis.reports or review.reports
    silent: list[Candidate] = []
    left_out: list[LeftOut] = []
    comparable = []
    for found in matching:
        if found.estimate.not_reported is not None:
            if found.standing in reports:
                silent.append(found)
            else:
                left_out.append(LeftOut(found, f"examined, not reported; {found.standing_in_words}"))
            continue
        try:
            comparable.append(_comparable(found, review, analysis, contradicted))
        except NotPoolableError as reason:
            left_out.append(LeftOut(found, str(reason)))
    if review.arms_of(analysis) == CORRELATED:
        comparable, unknown = _of_known_covariance(comparable)
        left_out += unknown
    preferred, other_models = _one_model_each(comparable, analysis.adjustment or review.adjustment)
    chosen, overlapping = _each_person_once(preferred, review.overlap_of(analysis), reports)
    if review.model_of(analysis) is None:
        _refuse_dependence(chosen, analysis)
    answers = {found.name: _answer(found, chosen, reports) for found in silent}
    answered = [
        LeftOut(found, f"examined, not reported; {answer.label} has a number of the same participants")
        for found in silent
        if (answer := answers[found.name]) is not None
    ]
    return Selection(
        analysis,
        _in_order(chosen, analysis, review.model_of(analysis) is not None),
        tuple(found for found in silent if answers[found.name] is None),
        (*left_out, *overlapping, *answered),
        tuple(other_models),
    )


def candidates(
    review: Review, records: Iterable[Record], analysis: Analysis | None = None
) -> list[Candidate]:
    """Every estimate of every record; of arms that share a reference what the analysis makes of them.

    Without an analysis every arm stands for itself.
    """
    found = []
    for record in records:
        cohort = review.cohort_as_meant(record.cohort)

        def site_of(outcome: Outcome) -> str:
            return review.site_name(outcome.site or outcome.name)

        for estimate in record.estimates:
            found.append(Candidate(record, estimate, site_of(record.outcome_of(estimate)), cohort))
        for comparison in record.comparisons:
            arms = _arms_asked_for(comparison, review, analysis)
            word = "each" if analysis is None else review.arms_of(analysis)
            is_adjusted = record.model_of(comparison.estimates[0]).adjustment != "none"
            for estimate, ids in arms_chosen(comparison, arms, word, is_adjusted):
                site = site_of(record.outcome_of(estimate))
                found.append(Candidate(record, estimate, site, cohort, comparison.id, ids))
    return found


def _arms_asked_for(comparison: SharedReference, review: Review, analysis: Analysis | None) -> Sequence[Arm]:
    """The arms that a scale's `versus` names; all of them where it names none of these."""
    versus = None if analysis is None else review.scale_of(analysis).versus
    if versus is None:
        return comparison.others
    named = [arm for arm in comparison.others if review.same.are_one("groups", arm.name, versus.exposed)]
    return named or comparison.others


def _refuse_arms_without_a_word(found: Sequence[Candidate], review: Review, analysis: Analysis) -> None:
    if review.arms_of(analysis) is not None:
        return
    seen: dict[tuple[str, str], str] = {}
    for each in found:
        if each.comparison is None or each.estimate.not_poolable is not None:
            continue
        first = seen.setdefault((each.record.study, each.comparison), each.name)
        if first != each.name:
            raise DoubleCountError(
                f"{first} and {each.name} are compared with the same persons; say what becomes of such arms: "
                "'arms: combine', 'arms: highest', 'arms: lowest', 'arms: each' or 'arms: correlated'"
            )


def matches(found: Candidate, analysis: Analysis, same: Same) -> bool:
    """Whether an estimate answers the analysis's question, whatever its scale or status."""
    outcome = found.record.outcome_of(found.estimate)
    if not same.are_one("outcomes", outcome.name, analysis.outcome.name):
        return False
    sites = {site.casefold() for site in analysis.outcome.sites}
    if sites and found.site.casefold() not in sites:
        return False
    wanted, given = analysis.stratum, found.stratum
    return all(
        _dimension_matches(getattr(wanted, name), getattr(given, name))
        for name in ("sex", "ancestry", "age", "group")
    )


def _dimension_matches(wanted: str | None, given: str | None) -> bool:
    if wanted == EACH:
        return given is not None
    return wanted == given


def _comparable(found: Candidate, review: Review, analysis: Analysis, contradicted: Contradicted) -> Chosen:
    """The candidate on the target scale; raises NotPoolableError with the reason it stays out."""
    scale = review.scale_of(analysis)
    factor_to(found.record, found.estimate, scale, review.same, analysis.accept)
    reasons = (contradicted.get((found.record.study, name)) for name in found.made_of)
    reason = next((reason for reason in reasons if reason is not None), None)
    if reason is not None:
        raise NotPoolableError(f"{CANNOT_BE_TRUE}: {reason}")
    level = review.method.level.fraction
    effect = harmonise(found.record, found.estimate, scale, level, review.same, analysis.accept)
    if found.standing not in (analysis.reports or review.reports):
        raise NotPoolableError(found.standing_in_words)
    adjustment = found.record.model_of(found.estimate).adjustment
    if adjustment not in (analysis.adjustment or review.adjustment):
        raise NotPoolableError(f"model is adjusted: {adjustment}")
    counted = trusted(found.record, found.estimate)
    measured = on_measure(found.record, counted, scale.measure, analysis.accept)
    return Chosen(replace(found, estimate=counted.model_copy(update={"effect": measured})), effect)


def covariance_of(arms: Sequence[Chosen]) -> Matrix:
    """Covariance matrix, shape (m, m), of the effects of m arms of one comparison; as `arm_covariance`."""
    return arm_covariance(
        [
            ArmEffect(effect, each.effect, adjusted=_adjustment(each) != "none")
            for each in arms
            if (effect := each.candidate.estimate.effect) is not None  # what was chosen has a number
        ]
    )


def of_one_comparison(effects: Iterable[Chosen]) -> list[tuple[Chosen, ...]]:
    """Arms of one comparison together, every other effect by itself; in the order of their first ones."""
    found: dict[tuple[str, str], list[Chosen]] = {}
    for each in effects:
        of = each.candidate
        found.setdefault((of.record.study, of.comparison or f"/{of.estimate.id}"), []).append(each)
    return [tuple(arms) for arms in found.values()]


def _of_known_covariance(effects: Sequence[Chosen]) -> tuple[list[Chosen], list[LeftOut]]:
    """Keeps the arms that can be pooled together; of the others all, as none of them is the better one."""
    kept: list[Chosen] = []
    left_out: list[LeftOut] = []
    for arms in of_one_comparison(effects):
        try:
            covariance_of(arms)
            kept += arms
        except NotPoolableError as reason:
            left_out += [LeftOut(each.candidate, str(reason)) for each in arms]
    return kept, left_out


def _one_model_each(
    effects: Sequence[Chosen], adjustment: Sequence[str]
) -> tuple[list[Chosen], list[LeftOut]]:
    """Of several models of the same report, outcome and stratum, the preferred one."""
    best: dict[tuple[object, ...], Chosen] = {}
    left_out = []
    for each in sorted(effects, key=lambda one: adjustment.index(_adjustment(one))):
        found = each.candidate
        arm = found.estimate.id if found.comparison is not None else None
        key = (found.record.study, found.estimate.where.report, found.site, found.stratum, arm)
        if key not in best:
            best[key] = each
        elif _adjustment(best[key]) == _adjustment(each):
            first = best[key].candidate.name
            raise DoubleCountError(
                f"{first} and {found.name} are the same persons, outcome and adjustment; "
                "mark one of them 'not_poolable'"
            )
        else:
            left_out.append(
                LeftOut(found, f"another model of the same persons is preferred ({_model(best[key])})")
            )
    return list(best.values()), left_out


def _adjustment(chosen: Chosen) -> str:
    return chosen.candidate.record.model_of(chosen.candidate.estimate).adjustment


def _model(chosen: Chosen) -> str:
    model = chosen.candidate.record.model_of(chosen.candidate.estimate)
    return model.name or f"adjusted: {model.adjustment}"


def _each_person_once(
    effects: Sequence[Chosen], overlap: Sequence[str], reports: Sequence[Standing]
) -> tuple[list[Chosen], list[LeftOut]]:
    """Keeps the preferred of two effects on the same outcome that share persons."""
    kept: list[Chosen] = []
    near: Neighbours[Chosen] = Neighbours()
    left_out: list[LeftOut] = []
    for each in sorted(effects, key=lambda one: _preference(one.candidate, overlap, reports)):
        study, cohort = each.candidate.record.study, each.candidate.cohort
        rival = next(
            (
                one
                for one in near.near(study, cohort)
                if _same_site(one.candidate, each.candidate)
                and not share_reference(one.candidate, each.candidate)
                and share_persons(one.candidate, each.candidate)
            ),
            None,
        )
        if rival is None:
            kept.append(each)
            near.put(each, study, cohort)
            continue
        first, second = rival.candidate, each.candidate
        if _preference(first, overlap, reports) == _preference(second, overlap, reports):
            names = [each.comparison or each.estimate.id for each in (first, second)]
            raise DoubleCountError(
                f"{first.name} and {second.name} share persons ({first.record.cohort.name}); "
                + which_wins(first.record.study, second.record.study, *names)
            )
        reason = f"same participants as {first.label} ({first.standing})"
        if second.standing == "superseded":
            reason = f"{second.standing_in_words}; {reason}"
        left_out.append(LeftOut(second, reason))
    return kept, left_out


def _preference(found: Candidate, named: Sequence[str], reports: Sequence[Standing]) -> tuple[int, int]:
    position = named.index(found.record.study) if found.record.study in named else len(named)
    return reports.index(found.standing), position


def _same_site(a: Candidate, b: Candidate) -> bool:
    return a.site.casefold() == b.site.casefold()


def share_persons(a: Candidate, b: Candidate) -> bool:
    """Whether a person could be in both estimates."""
    same_study = a.record.study == b.record.study
    return (same_study or cohorts_overlap(a.cohort, b.cohort)) and not strata_disjoint(
        a.stratum, b.stratum, same_division=same_study
    )


def share_reference(a: Candidate, b: Candidate) -> bool:
    """Whether two estimates are arms or classes of one comparison."""
    same_study = a.record.study == b.record.study
    return same_study and a.comparison is not None and a.comparison == b.comparison


def _refuse_dependence(chosen: Sequence[Chosen], analysis: Analysis) -> None:
    """Several outcomes of the same persons are dependent; without groups they would pool as independent."""
    if analysis.group_by is not None:
        return
    seen: Neighbours[Candidate] = Neighbours()
    for b in (one.candidate for one in chosen):
        for a in seen.near(b.record.study, b.cohort):
            if share_persons(a, b) and not share_reference(a, b):
                raise DoubleCountError(
                    f"{a.name} and {b.name} are different outcomes of the same persons "
                    "and not independent; add 'group_by: site' to show them without a common summary, or "
                    "'model: {name: CHE, rho: 0.6}' to pool them as the dependent effects they are"
                )
        seen.put(b, b.record.study, b.cohort)


def _answer(found: Candidate, chosen: Sequence[Chosen], reports: Sequence[Standing]) -> Candidate | None:
    """The number on the same persons, from a report that ranks no lower, that makes a silence good.

    A number from a superseded report does not answer the silence of the report that replaced it.
    """
    rank = reports.index(found.standing)
    answers = (
        one.candidate
        for one in chosen
        if _same_site(one.candidate, found)
        and share_persons(one.candidate, found)
        and reports.index(one.candidate.standing) <= rank
    )
    return next(answers, None)


def _in_order(chosen: Sequence[Chosen], analysis: Analysis, modelled: bool) -> tuple[Chosen, ...]:
    sites = [name.casefold() for name in analysis.outcome.sites] if analysis.group_by or modelled else []

    def key(each: Chosen) -> tuple[int, str, float, str]:
        site = each.candidate.site.casefold()
        position = [*sites, site].index(site)
        return position, each.candidate.stratum.describe(), each.candidate.report.order, each.candidate.label

    return tuple(sorted(chosen, key=key))
