"""Studies are planned for an analysis of a review, or it is said in a sentence why not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evidence.audit.auditing import contradicted_estimates
from evidence.records.review import SHIPPED, LoadedReview, Review, load_review
from synthesis.plots.bubble import Moderator
from synthesis.pooled import pool
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.planned import (
    PlanningQuestion,
    beside_the_primary,
    bounds_of,
    chart_of_bounds,
    chart_of_one_more,
    chart_of_plan,
    one_more_of,
    plan_of,
    why_not_planned,
)
from synthesis.review.plot_subjects import ReviewSubject, subjects_of


@pytest.fixture(scope="module")
def loaded() -> LoadedReview:
    return load_review(SHIPPED)


def result_of(loaded: LoadedReview, name: str) -> AnalysisResult:
    analysis = next(each for each in loaded.review.analyses if each.id == name)
    return analyse(loaded, analysis, loaded.review.method)


@pytest.fixture(scope="module")
def hip(loaded: LoadedReview) -> ReviewSubject:
    (found,) = subjects_of(result_of(loaded, "hip-men"), loaded, contradicted_estimates(loaded.records))
    return found


def as_ratios(found: ReviewSubject) -> ReviewSubject:
    """The same subject, were its effects log ratios."""
    return replace(found, subject=replace(found.subject, log=True, null=1.0))


def test_models_and_groups_are_not_planned_for(loaded: LoadedReview) -> None:
    assert "stand under a model" in why_not_planned(result_of(loaded, "all-sites-by-sex"))
    assert "stand in groups" in why_not_planned(result_of(loaded, "hip-by-sex"))
    assert why_not_planned(result_of(loaded, "hip-men")) == ""


def test_the_goal_is_what_was_asked_or_the_smallest_effect_of_the_review(hip: ReviewSubject) -> None:
    wide = plan_of(hip, PlanningQuestion(interval=0.01, sei=(0.002, 0.001)))
    assert (wide.goal, wide.target, [size.sei for size in wide.sizes]) == ("width", 0.01, [0.002, 0.001])
    asked = plan_of(hip, PlanningQuestion(effect=-0.01, power=0.9, tau2=1e-6))
    assert (asked.goal, asked.target, asked.effect, asked.tau2) == ("power", 0.9, -0.01, 1e-6)
    assert asked.sizes[0].sei == np.median(np.sqrt(hip.subject.pooled.vi))
    choice = hip.loaded.review.bayes
    assert choice is not None
    assert choice.smallest_effect is not None
    smallest = math.copysign(float(choice.smallest_effect.value), hip.subject.pooled.estimate)
    assert plan_of(hip, PlanningQuestion()).effect == smallest
    assert one_more_of(hip, PlanningQuestion()).interest == smallest
    assert bounds_of(hip, PlanningQuestion()).effect == smallest
    predicted = plan_of(hip, PlanningQuestion(interval=0.05, prediction=True))
    assert predicted.of == "prediction"


@pytest.mark.parametrize(("primary", "told"), [("bayesian", True), ("test", False), (None, False)])
def test_what_is_planned_for_is_told_apart_from_a_primary_bayesian_summary(
    primary: str | None, told: bool, hip: ReviewSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = hip.loaded.review.bayes
    assert choice is not None
    chosen = None if primary is None else choice.model_copy(update={"primary": primary})
    monkeypatch.setattr(Review, "bayes_of", lambda self, analysis: chosen)
    says = "This is of the pooled estimate; the primary summary of this analysis is the Bayesian one."
    assert beside_the_primary(hip) == (says if told else "")


def test_without_a_smallest_effect_one_is_asked_for(
    hip: ReviewSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Review, "bayes_of", lambda self, analysis: None)
    for ask in (plan_of, bounds_of):
        with pytest.raises(ValueError, match=r"names no smallest_effect; expected --effect"):
            ask(hip, PlanningQuestion())
    assert math.isnan(one_more_of(hip, PlanningQuestion()).interest)
    assert plan_of(hip, PlanningQuestion(interval=0.01)).target == 0.01


def test_effects_of_ratios_are_ratios(hip: ReviewSubject) -> None:
    ratios = as_ratios(hip)
    assert one_more_of(ratios, PlanningQuestion(effect=1.25)).interest == math.log(1.25)
    assert bounds_of(ratios, PlanningQuestion(effect=1.25)).effect == math.log(1.25)
    with pytest.raises(ValueError, match="effect is 0; expected a ratio above zero"):
        plan_of(ratios, PlanningQuestion(effect=0.0))


def test_persons_are_those_of_the_records_or_are_missed_in_a_sentence(hip: ReviewSubject) -> None:
    found = plan_of(hip, PlanningQuestion(effect=0.005, n=(1000.0,)))
    survey = hip.subject.pooled.labels.index("NHANES 2005-2018")
    unit = math.sqrt(hip.subject.pooled.vi[survey] * 5469)
    assert found.sizes[0].sei == pytest.approx(unit / math.sqrt(1000), rel=1e-12)
    alone = "as precise for their n as NHANES 2005-2018 alone; that of 2 studies of 3 is not known."
    assert alone in found.method_sentence
    assert alone in one_more_of(hip, PlanningQuestion(n=(1000.0,))).method_sentence
    without = replace(hip, units=(hip.units[0],) * 3)
    with pytest.raises(ValueError, match=r"No record tells how many persons its estimate is of \(CHS 2019, "):
        plan_of(without, PlanningQuestion(effect=0.005, n=(1000.0,)))
    with pytest.raises(ValueError, match="expected either the standard errors"):
        plan_of(hip, PlanningQuestion(effect=0.005, n=(1000.0,), sei=(0.1,)))


def test_persons_that_are_known_give_the_precision_of_new_studies(
    hip: ReviewSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    persons = np.array([100.0, 400.0, 900.0])
    monkeypatch.setattr(ReviewSubject, "moderator", lambda self, name: Moderator(name, persons))
    unit = float(np.median(np.sqrt(hip.subject.pooled.vi * persons)))
    found = plan_of(hip, PlanningQuestion(effect=0.005, n=(2500.0,)))
    assert found.sizes[0].sei == pytest.approx(unit / 50, rel=1e-12)


def test_bounds_follow_the_years_and_one_study_is_not_adjusted(hip: ReviewSubject) -> None:
    found = bounds_of(hip, PlanningQuestion(effect=0.005, unit_sd=0.1))
    assert found.labels == tuple(hip.subject.pooled.labels[i] for i in hip.order()[0])
    assert (found.adjust, found.unit_sd) == ("I2", 0.1)
    one = replace(hip, subject=replace(hip.subject, pooled=pool([0.3], sei=[0.2])), units=hip.units[:1])
    assert bounds_of(one, PlanningQuestion(effect=0.005)).adjust == "none"


def test_charts_stand_under_the_title_of_the_analysis(hip: ReviewSubject) -> None:
    plan = plan_of(hip, PlanningQuestion(interval=0.01))
    assert chart_of_plan(hip, plan).title == "Hip, men: studies for a 95% interval 0.01 wide"
    one_more = chart_of_one_more(hip, one_more_of(hip, PlanningQuestion()))
    assert one_more.title == "Hip, men: one more study"
    assert one_more.panels[0][0].y.label.startswith("Mean width of the interval: Change in BMD")
    looks = chart_of_bounds(hip, bounds_of(hip, PlanningQuestion(effect=0.005)))
    assert looks.title == "Hip, men: cumulative z"
