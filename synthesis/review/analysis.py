"""A review's analysis: its rows selected, brought into order and pooled."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from evidence.records.effects_model import EffectsModel
from evidence.records.review import CORRELATED, Analysis, LoadedReview, Method, Review
from evidence.records.schema import Record
from evidence.selection.dependence import refuse_unknown_sites
from evidence.selection.dose_selection import select_doses
from evidence.selection.grouping import NOT_STATED, RowGroup, grouped
from evidence.selection.selection import (
    NONE_CONTRADICTED,
    Candidate,
    Chosen,
    Contradicted,
    Selection,
    select,
)
from evidence.selection.unread import unread_of
from synthesis.pooled import pool
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_summary import bayesian_groups, bayesian_of
from synthesis.review.chosen_method import choices_of
from synthesis.review.dose_pool import dose_pool
from synthesis.review.modelled import modelled
from synthesis.review.order import Order, in_order
from synthesis.review.pooled_units import Unit, units_of
from synthesis.review.searched import searched_of
from synthesis.review.silent_pool import silent_pool

if TYPE_CHECKING:
    from synthesis.pooled import Pooled
    from synthesis.regression.subgroup_result import Subgroup, Subgroups


def analyse(
    loaded: LoadedReview,
    analysis: Analysis,
    method: Method,
    order: Order = Order.REVIEW,
    contradicted: Contradicted = NONE_CONTRADICTED,
) -> AnalysisResult:
    """Select and pool one analysis of a review.

    Raises evidence.selection.selection.DoubleCountError where persons would be counted twice.
    """
    if analysis.dose_response is not None:
        return as_curve(loaded, loaded.records, analysis, method, contradicted)
    found = select(loaded.review, analysis, loaded.records, contradicted)
    return pool_selection(loaded, replace(found, chosen=in_order(found.chosen, order)), method, order)


def as_curve(
    loaded: LoadedReview,
    records: Sequence[Record],
    analysis: Analysis,
    method: Method,
    contradicted: Contradicted = NONE_CONTRADICTED,
) -> AnalysisResult:
    """The curve of a dose-response analysis; its rows stand as they were selected, study by study.

    records: those of the review, or other ones that are read by its rules. Raises as `analyse`.
    """
    found = select_doses(loaded.review, analysis, records, contradicted)
    return AnalysisResult(
        loaded.review,
        analysis,
        loaded.review.scale_of(analysis),
        method,
        found.selection,
        (),
        records=tuple(records),
        unread=unread_of(loaded, analysis),
        dose=dose_pool(found, analysis, method),
        searched=searched_of(loaded),
    )


def pool_selection(
    loaded: LoadedReview, selection: Selection, method: Method, order: Order = Order.REVIEW
) -> AnalysisResult:
    """Pool the rows of an analysis that are selected from the records of a review; raises as `analyse`."""
    review, analysis = loaded.review, selection.analysis
    rows = grouped(selection, review, loaded.records)
    model = review.model_of(analysis)
    if model is not None:
        _refuse_arms_shown(selection.chosen, review, analysis)
        # a record that cannot be read may have the site
        if not loaded.unread:
            refuse_unknown_sites(model, review, loaded.records)
    result = AnalysisResult(
        review,
        analysis,
        review.scale_of(analysis),
        method,
        selection,
        tuple(
            _independent(each, units, review, analysis, method)
            for each in rows.groups
            for units in [units_of(each.chosen, review.arms_of(analysis) == CORRELATED, order)]
        )
        if model is None
        else tuple(_under(each.chosen, model, method, each.name, each.silent) for each in rows.groups),
        sharing=rows.sharing,
        records=tuple(loaded.records),
        unread=unread_of(loaded, analysis),
        searched=searched_of(loaded),
    )
    if model is not None:
        return _together(result, model)
    return result if analysis.group_by is None else _compared(result)


def _independent(
    rows: RowGroup, units: tuple[Unit, ...], review: Review, analysis: Analysis, method: Method
) -> GroupResult:
    """Units that share no persons, pooled; beside it the pool with unprinted results, and the posterior."""
    found = _pooled(units, method)
    spoken = None if found is None else silent_pool(review, analysis, method, units, rows.silent)
    choice = None if found is None else review.bayes_of(analysis)
    by_bayes = bayesian_of(units, choice, review.scale_of(analysis), method)
    return GroupResult(
        rows.name,
        units,
        rows.silent,
        found,
        unreported=spoken,
        bayesian=by_bayes.found,
        without_bayes=by_bayes.reason,
    )


def _under(
    chosen: Sequence[Chosen],
    model: EffectsModel,
    method: Method,
    name: str | None = None,
    silent: tuple[Candidate, ...] = (),
) -> GroupResult:
    """Rows under a model, those of a cluster together, each a unit of its own."""
    found = modelled(chosen, model, method)
    return GroupResult(name, units_of(found.dependence.rows, correlated=False), silent, None, model=found)


def _refuse_arms_shown(chosen: Sequence[Chosen], review: Review, analysis: Analysis) -> None:
    if review.arms_of(analysis) != CORRELATED and arms_apart(chosen):
        raise ValueError(
            f"'arms: {review.arms_of(analysis)}' shows arms that share a reference beside one another and "
            "pools none; with a model write 'arms: correlated', and they enter with their covariance"
        )


def _together(result: AnalysisResult, model: EffectsModel) -> AnalysisResult:
    """With the summary of all groups under the model."""
    filled = [group for group in result.groups if group.chosen]
    if len(filled) < 2:
        return result
    rows = [row for group in filled for row in group.chosen]
    return replace(result, overall=_under(rows, model, result.method))


def _compared(result: AnalysisResult) -> AnalysisResult:
    """With the overall summary and the test of the groups' difference, where nobody stands in two groups."""
    filled = [group for group in result.groups if group.chosen]
    units = tuple(unit for group in filled for unit in group.units)
    if result.sharing or len(filled) < 2 or arms_apart([unit.rows[0] for unit in units]):
        return result
    everybody = RowGroup(None, tuple(row for group in filled for row in group.chosen), ())
    overall = _independent(everybody, units, result.review, result.analysis, result.method)
    stated = [group for group in filled if group.name != NOT_STATED]
    result = replace(result, overall=overall, within=_within_studies(stated, result.method))
    untested = _untested(stated, result)
    if untested:
        return replace(result, untested=untested)
    try:
        difference = _difference(stated, result)
    except ValueError as reason:
        return replace(result, untested=f"The groups are not compared: {reason}.")
    if difference.tau2 == "common":
        result = replace(result, groups=_of_one_model(result, difference))
    return replace(result, difference=difference)


def _of_one_model(result: AnalysisResult, difference: Subgroups) -> tuple[GroupResult, ...]:
    """The groups with their means, and posteriors, under a common tau2; those without a mean as they are."""
    means: dict[str | None, Subgroup] = {group.name: group for group in difference.groups}
    choice = result.review.bayes_of(result.analysis)
    units = {name: each.units for each in result.groups if (name := each.name or "") in means}
    by_bayes = bayesian_groups(units, choice, result.scale, result.method)
    return tuple(
        replace(
            each,
            pooled=None,
            mean=means[each.name],
            bayesian=by_bayes[each.name or ""].found,
            without_bayes=by_bayes[each.name or ""].reason,
        )
        if each.name in means
        else each
        for each in result.groups
    )


def _untested(stated: Sequence[GroupResult], result: AnalysisResult) -> str:
    """Why the groups that are stated are not compared; empty where they are.

    One study a group says as much of the studies as of the groups, unless it is the same study in each.
    """
    from synthesis.regression.contrasts import TESTS_OFFERED

    if result.analysis.tau2 == "common" and result.method.test not in TESTS_OFFERED:
        return (
            f"The groups are not compared: with a common τ² they are one model with several means, and test "
            f"'{result.method.test}' is of one mean; 'tau2: separate' compares them."
        )
    if len(stated) < 2:
        return "Only one group is stated: there is no test."
    studies = {unit.first.record.study for group in stated for unit in group.units}
    if max(len(group.units) for group in stated) == 1 and len(studies) > 1:
        return "Every group has one study: how the groups differ cannot be told from how the studies do."
    return ""


def _within_studies(groups: Sequence[GroupResult], method: Method) -> Pooled | None:
    """The difference of two groups in each study that has both, pooled (Fisher et al. 2017, BMJ 356:j573).

    Studies that have one group alone tell nothing here: their difference from others may be one of studies.
    None where no study has one effect in each of two groups.
    """
    if len(groups) != 2:
        return None
    rows = [_alone(group) for group in groups]
    both = [study for study in rows[0] if study in rows[1]]
    if not both:
        return None
    pairs = [(rows[0][study], rows[1][study]) for study in both]
    return pool(
        yi=[second.yi - first.yi for first, second in pairs],
        vi=[first.sei**2 + second.sei**2 for first, second in pairs],
        slab=both,
        **choices_of(method),
    )


def _alone(group: GroupResult) -> dict[str, Unit]:
    """The studies that have one effect in a group, be it that of several arms."""
    times = Counter(unit.first.record.study for unit in group.units)
    return {study: unit for unit in group.units if times[study := unit.first.record.study] == 1}


def _difference(groups: Sequence[GroupResult], result: AnalysisResult) -> Subgroups:
    """The groups compared; means of a common τ² have no prediction interval of a kind that is of one mean."""
    from synthesis.regression.result import PREDICTIONS_OFFERED
    from synthesis.regression.subgroups import subgroups

    units = [(group.name, unit) for group in groups for unit in group.units]
    choices = choices_of(result.method)
    of_one_mean = result.analysis.tau2 == "common" and result.method.prediction not in PREDICTIONS_OFFERED
    if of_one_mean:
        choices["prediction"] = None
    found = subgroups(
        yi=[unit.yi for _, unit in units],
        sei=[unit.sei for _, unit in units],
        by=[name for name, _ in units],
        slab=[unit.name for _, unit in units],
        tau2=result.analysis.tau2,
        **choices,
    )
    if not of_one_mean:
        return found
    unpredicted = (
        replace(group, prediction_low=math.nan, prediction_high=math.nan) for group in found.groups
    )
    return replace(found, groups=tuple(unpredicted))


Made = TypeVar("Made")


def of_each(
    analyses: Iterable[Analysis], make: Callable[[Analysis], Made]
) -> tuple[dict[str, Made], dict[str, str]]:
    """What is made of every analysis, by its id, and by id why nothing can be made of the others.

    Persons counted twice, a method and a test that do not go together, or numbers beyond all reason stop the
    one analysis; the others go on.
    """
    made: dict[str, Made] = {}
    refusals: dict[str, str] = {}
    for analysis in analyses:
        try:
            made[analysis.id] = make(analysis)
        except (ValueError, ArithmeticError) as reason:
            refusals[analysis.id] = str(reason) or type(reason).__name__
    return made, refusals


def arms_apart(chosen: Sequence[Chosen]) -> bool:
    """Whether rows are arms of one study, compared with the same persons: they are not pooled."""
    shared = [
        (each.candidate.record.study, each.candidate.comparison)
        for each in chosen
        if each.candidate.comparison is not None
    ]
    return len(set(shared)) < len(shared)


def _pooled(units: Sequence[Unit], method: Method) -> Pooled | None:
    if not units or arms_apart([unit.rows[0] for unit in units]):
        return None
    return pool(
        yi=[unit.yi for unit in units],
        sei=[unit.sei for unit in units],
        slab=[unit.name for unit in units],
        **choices_of(method),
    )
