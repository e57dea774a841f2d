"""Whether a review's question has been settled: more studies, one more study, and bounds of looking again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.records.scales import analysis_scale
from synthesis.drawing.chart import Chart
from synthesis.planning.next_study_api import NextStudy, next_study
from synthesis.planning.one_more_plot import ONE_MORE, one_more_plot
from synthesis.planning.plan_update_api import PlannedUpdate, plan_update
from synthesis.planning.power_curve import POWER_CURVE, power_curve
from synthesis.planning.sequential_api import Sequential, sequential
from synthesis.planning.sequential_plot import SEQUENTIAL, sequential_plot
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bayesian_summary import smallest_effect
from synthesis.review.plot_subjects import ReviewSubject


@dataclass(frozen=True)
class PlanningQuestion:
    """What is asked: a width of the interval, or an effect to be told from none, with this power.

    effect: as readers see it, a ratio for ratios; when neither is given, the smallest effect of interest that
    review.yaml names. interval, sei, tau2, unit_sd: on the scale that is pooled,
    of ratios their logarithms. n: persons of a new study, in place of sei.
    """

    interval: float | None = None
    effect: float | None = None
    power: float = 0.8
    sei: Sequence[float] = ()
    n: Sequence[float] = ()
    tau2: float | None = None
    prediction: bool = False
    unit_sd: float | None = None


def why_not_planned(result: AnalysisResult) -> str:
    """Why studies cannot be planned for an analysis, as a sentence; empty where they can."""
    if result.dose is not None:
        return "It is a dose-response analysis, a curve over doses: studies are planned for one mean effect."
    if result.is_modelled:
        return (
            "Its effects are dependent and stand under a model, in which the weight of a new study hangs on "
            "how it shares persons with the others: that is not planned for."
        )
    if result.grouped:
        return "Its rows stand in groups: studies are planned for an analysis of one of them, without groups."
    return ""


def beside_the_primary(found: ReviewSubject) -> str:
    """That what is planned for is not the summary that the review calls primary; empty where it is."""
    choice = found.loaded.review.bayes_of(found.analysis)
    if choice is None or choice.primary == "test":
        return ""
    return "This is of the pooled estimate; the primary summary of this analysis is the Bayesian one."


def plan_of(found: ReviewSubject, asked: PlanningQuestion) -> PlannedUpdate:
    """How many more studies. Raises ValueError, saying what was expected, for what cannot be planned."""
    return plan_update(
        found.subject.pooled,
        width=asked.interval,
        effect=None if asked.interval is not None else _needed_effect(found, asked),
        power=asked.power,
        null=found.subject.pooled_null,
        of="prediction" if asked.prediction else "mean",
        tau2=asked.tau2,
        **_sizes(found, asked),
    )


def one_more_of(found: ReviewSubject, asked: PlanningQuestion) -> NextStudy:
    """What one more study would do, to the smallest effect of interest too where one is known."""
    return next_study(
        found.subject.pooled,
        null=found.subject.pooled_null,
        interest=_effect(found, asked),
        tau2=asked.tau2,
        **_sizes(found, asked),
    )


def bounds_of(found: ReviewSubject, asked: PlanningQuestion) -> Sequential:
    """The cumulative z with bounds, in the order of the reports.

    One study is not adjusted for heterogeneity. Raises ValueError where no effect is known.
    """
    null = found.subject.pooled_null
    return sequential(
        found.subject.pooled,
        effect=_needed_effect(found, asked) - null,
        power=asked.power,
        adjust="none" if found.subject.pooled.k == 1 else "I2",
        order=found.order()[0],
        null=null,
        unit_sd=asked.unit_sd,
    )


def chart_of_plan(found: ReviewSubject, plan: PlannedUpdate) -> Chart:
    """The power curve under the title of the analysis."""
    return power_curve(plan, _request(POWER_CURVE, f"{found.subject.title}: {plan.title.lower()}", found))


def chart_of_one_more(found: ReviewSubject, answer: NextStudy) -> Chart:
    """What one more study would do, under the title of the analysis."""
    return one_more_plot(answer, _request(ONE_MORE, f"{found.subject.title}: one more study", found))


def chart_of_bounds(found: ReviewSubject, looks: Sequential) -> Chart:
    """The cumulative z with bounds under the title of the analysis."""
    return sequential_plot(looks, _request(SEQUENTIAL, f"{found.subject.title}: cumulative z", found))


def _request(kind: str, title: str, found: ReviewSubject) -> PlotRequest:
    return PlotRequest(kind, None, None, None, None, {"title": title, "effect": found.subject.effect})


def _effect(found: ReviewSubject, asked: PlanningQuestion) -> float | None:
    """On the scale that is pooled: as asked, or the review's smallest effect on the side of the estimate."""
    subject = found.subject
    if asked.effect is not None:
        if subject.log and asked.effect <= 0:
            raise ValueError(f"effect is {asked.effect:g}; expected a ratio above zero")
        return math.log(asked.effect) if subject.log else asked.effect
    review = found.loaded.review
    choice = review.bayes_of(found.analysis)
    scale = analysis_scale(review.scale_of(found.analysis).measure)
    size = None if choice is None else smallest_effect(choice, scale)
    if size is None:
        return None
    return subject.pooled_null + math.copysign(size, subject.pooled.estimate - subject.pooled_null)


def _needed_effect(found: ReviewSubject, asked: PlanningQuestion) -> float:
    effect = _effect(found, asked)
    if effect is None:
        raise ValueError(
            "review.yaml names no smallest_effect; expected --effect, the effect to be told from none, or "
            "--interval, how wide the interval is to be"
        )
    return effect


def _sizes(found: ReviewSubject, asked: PlanningQuestion) -> dict[str, Any]:
    """The precision of new studies, as `plan_update` takes it."""
    if asked.sei and asked.n:
        raise ValueError("expected either the standard errors of new studies or their numbers of persons")
    if asked.sei:
        return {"sei": list(asked.sei)}
    if not asked.n:
        return {}
    persons = found.moderator("n").values
    if np.isnan(persons).all():
        raise NotDefinedError(
            f"No record tells how many persons its estimate is of ({', '.join(found.subject.names)}): "
            "n persons have no standard error; expected --sei."
        )
    return {"n": list(asked.n), "ni": persons}
