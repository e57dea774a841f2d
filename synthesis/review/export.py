"""An analysis as plain data for JSON: every number with the place it comes from."""

from __future__ import annotations

from typing import Any

from evidence.records.scales import analysis_scale
from evidence.selection.accounting import persons_of
from evidence.selection.dependence import Dependence, Pair
from evidence.selection.selection import Candidate, Chosen
from synthesis.pooling.as_data import plain
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import is_shared, why_without
from synthesis.review.difference import difference_interval
from synthesis.review.direction_words import sign_tests
from synthesis.review.dose_table import dose_as_dict
from synthesis.review.model_words import ignored_sentences
from synthesis.review.modelled import ModelSummary
from synthesis.review.pooled_units import Unit
from synthesis.review.silent_pool import SilentPool


def as_dict(result: AnalysisResult) -> dict[str, Any]:
    """Rows, summaries (on the analysis scale and as shown), and what was left out."""
    selection = result.selection
    return {
        "analysis": result.analysis.id,
        "title": result.analysis.title,
        "scale": result.scale.model_dump(exclude_none=True),
        "analysis_scale": analysis_scale(result.scale.measure).name,
        "groups": [_group(result, group) for group in result.groups],
        "overall": _summary(result, result.overall) if result.overall else None,
        **_overall_bayesian(result),
        "difference": _difference(result),
        **_directions(result),
        **({"moderators": _moderators(result)} if result.is_modelled else {}),
        **({} if result.dose is None else {"dose_response": dose_as_dict(result, result.dose)}),
        "searched_to": None if result.searched.day is None else result.searched.day.isoformat(),
        "unread": list(result.unread),
        "left_out": [{**_source(each.candidate), "reason": each.reason} for each in selection.left_out],
        "other_models": [
            {**_source(each.candidate), "reason": each.reason} for each in selection.other_models
        ],
    }


def _overall_bayesian(result: AnalysisResult) -> dict[str, Any]:
    found = _bayesian(result, result.overall) if result.overall is not None else {}
    return {"overall_bayesian": found} if found else {}


def _group(result: AnalysisResult, group: GroupResult) -> dict[str, Any]:
    return {
        "group": group.name,
        "studies": [_study(result, each) for each in group.chosen],
        "correlated": [_correlated(result, unit) for unit in group.means if unit.of_arms],
        "not_reported": [
            {
                **_source(found),
                "said": found.estimate.not_reported.said if found.estimate.not_reported else None,
            }
            for found in group.silent
        ],
        "pooled": _summary(result, group),
        **({"unreported": _unreported(result, group.unreported)} if group.unreported else {}),
        **_bayesian(result, group),
    }


def _unreported(result: AnalysisResult, found: SilentPool) -> dict[str, Any]:
    """The pool with results without a number, on the analysis scale and as shown, and whose these are."""
    back, pooled = analysis_scale(result.scale.measure).back, found.pooled
    return {
        **pooled.to_dict(),
        "results": [_source(each) for each in found.silent],
        "shown": {"estimate": back(pooled.estimate), "ci": [back(pooled.ci_low), back(pooled.ci_high)]},
    }


def _bayesian(result: AnalysisResult, group: GroupResult) -> dict[str, Any]:
    """The Bayesian summary with what was chosen, or why there is none; nothing where none is asked for."""
    choice = result.review.bayes_of(result.analysis)
    found, why = group.bayesian, why_without(result, group)
    if choice is None:
        return {}
    if found is None:
        return {"bayesian": {"untold": why}} if why else {}
    back = analysis_scale(result.scale.measure).back
    shown = {
        "median": back(found.mu.median),
        "interval": [back(found.mu.low), back(found.mu.high)],
        "new": [back(found.new.low), back(found.new.high)],
    }
    size = choice.smallest_effect
    return {
        "bayesian": {
            **found.to_dict(),
            "smallest_effect": None if size is None else float(size.value),
            "one_tau": is_shared(found),
            "shown": shown,
        },
        "primary": choice.primary,
    }


def _directions(result: AnalysisResult) -> dict[str, Any]:
    """Which way each study goes in each domain, and the sign test of each; nothing where no study tells."""
    tests = sign_tests(result)
    if not tests:
        return {}
    return {
        "directions": [
            {
                "domain": list(each.domain),
                "studies": [
                    {
                        "study": row.study,
                        "direction": row.direction,
                        "n": row.persons,
                        "pooled": row.pooled,
                    }
                    for row in each.rows
                ],
                "sign_test": {
                    name: value
                    for name, value in each.test.to_dict().items()
                    if name not in ("labels", "directions")
                },
            }
            for each in tests
        ]
    }


def _summary(result: AnalysisResult, group: GroupResult) -> dict[str, Any] | None:
    """The summary of a group, or of all of them; with a common tau2 the group's mean of that model."""
    back = analysis_scale(result.scale.measure).back
    found = group.summary
    if found is None:
        return None
    if isinstance(found, ModelSummary):
        return _of_model(result, group, found)
    numbers = {name: value for name, value in plain(found).items() if name != "pooled"}
    shown = {"estimate": back(found.estimate), "ci": [back(found.ci_low), back(found.ci_high)]}
    return {**numbers, "shown": shown}


def _of_model(result: AnalysisResult, group: GroupResult, found: ModelSummary) -> dict[str, Any]:
    """The model's summary, with every component, the correlations it was tried with, and who shares what."""
    back = analysis_scale(result.scale.measure).back
    fit, model = found.fit, group.model
    assert model is not None
    numbers = {name: value for name, value in plain(vars(found)).items() if name != "fit"}
    curve = model.curve
    return {
        **numbers,
        "model": fit.model,
        "rho": {pair: float(value) for pair, value in (model.model.rho or {}).items()},
        "test": fit.test,
        "method": fit.method,
        "components": [plain(part) for part in fit.components],
        "weights": result.weights_of(group),
        "notes": [*ignored_sentences(model), *fit.notes],
        "pairs": [_pair(model.dependence, pair) for pair in model.dependence.pairs],
        "rho_curve": None if curve is None else plain(curve.to_dict()),
        "shown": {"estimate": back(found.estimate), "ci": [back(found.ci_low), back(found.ci_high)]},
    }


def _pair(found: Dependence, pair: Pair) -> dict[str, Any]:
    """Two estimates of one cluster: their bond, the covariance where it is known, else their part of rho."""
    return {
        "first": found.rows[pair.first].candidate.name,
        "second": found.rows[pair.second].candidate.name,
        "bond": pair.bond,
        "covariance": pair.covariance,
        "share_of_rho": None if pair.covariance is not None else pair.share,
    }


def _moderators(result: AnalysisResult) -> dict[str, Any] | None:
    """The model with moderators: its coefficients, and the test of each."""
    found = result.moderated
    if found is None:
        return None
    return {
        "tests": [
            {
                "moderator": each.name,
                "levels": list(each.levels),
                **plain(each.test),
                "difference": None if each.difference is None else list(each.difference),
            }
            for each in found.tests
        ],
        "coefficients": None if found.fit is None else plain(found.fit.to_dict()),
        "notes": list(found.notes),
    }


def _difference(result: AnalysisResult) -> dict[str, Any] | None:
    """The test between groups, and of two groups their difference on the analysis scale."""
    found = result.difference
    within = {} if result.within is None else {"within_studies": result.within.to_dict()}
    if found is None:
        return {"untested": result.untested, **within} if result.untested else None
    ends = difference_interval(found)
    return {
        **within,
        "by": result.analysis.group_by,
        "tau2": found.tau2,
        "between": plain(found.between),
        "wald": plain(found.wald),
        "estimate": None if ends is None else ends[0],
        "ci": None if ends is None else list(ends[1:]),
    }


def _study(result: AnalysisResult, each: Chosen) -> dict[str, Any]:
    effect = each.effect
    return {
        **_source(each.candidate),
        "label": result.label(each.candidate),
        "yi": effect.yi,
        "sei": effect.sei,
        "sei_from": effect.sei_from,
        "shown": {
            "estimate": analysis_scale(result.scale.measure).back(effect.yi),
            "ci": [effect.low, effect.high],
        },
        "multiplied_by": effect.factor,
    }


def _correlated(result: AnalysisResult, unit: Unit) -> dict[str, Any]:
    """Arms that are pooled as the mean of their study: their covariance, and what each has in the mean."""
    low, high = unit.interval(result.method.level.fraction)
    back = analysis_scale(result.scale.measure).back
    return {
        "study": unit.first.record.study,
        "comparison": unit.first.comparison,
        "label": result.unit_label(unit),
        "estimate_ids": [row.candidate.estimate.id for row in unit.rows],
        "n": None if unit.label else persons_of(unit.rows),
        "covariance": unit.covariance.tolist(),
        "weights": unit.mean.weights.tolist(),
        "yi": unit.yi,
        "sei": unit.sei,
        "shown": {"estimate": back(unit.yi), "ci": [back(low), back(high)]},
    }


def _source(found: Candidate) -> dict[str, Any]:
    return {
        "study": found.record.study,
        "estimate_id": found.estimate.id,
        "report": found.estimate.where.report,
        "standing": found.standing,
        "at": found.estimate.where.at,
        "doi": found.report.doi,
        "stratum": found.stratum.describe(),
        "site": found.site,
    }
