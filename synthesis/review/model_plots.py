"""Questions to a model of dependent effects: a curve, a funnel, or answers as rows of a forest plot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from evidence.records.effects_model import MODEL_NAMES, EffectsModel
from evidence.records.scales import analysis_scale
from evidence.selection.selection import Chosen
from evidence.wording import enumerate_words, percent
from synthesis.clustered.clustered_funnel import clustered_funnel
from synthesis.clustered.rho_plot import rho_chart
from synthesis.clustered.undefined_plots import UNDEFINED
from synthesis.drawing.chart import Chart, Plot
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
)
from synthesis.plots.kinds import no_plot
from synthesis.plots.subject import NotDefinedError, Words
from synthesis.pooled import pool
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, is_log
from synthesis.review.chosen_method import choices_of
from synthesis.review.forest_table import decimals_of
from synthesis.review.model_words import model_sentence
from synthesis.review.modelled import Modelled, ModelSummary, modelled
from synthesis.review.pooled_units import Unit

RHO = "rho"
RHO_SAYS = "What does the assumed correlation do? The summary of a model of dependent effects at each rho."
_SHOWN_RHOS = (0.0, 0.3, 0.6, 0.9)


def without_model(*_: object) -> NoReturn:
    """Raises NotDefinedError: effects that are independent have no rho."""
    raise NotDefinedError(
        "A rho plot is of a model of dependent effects, and this analysis names none; see 'model' in "
        "review.yaml."
    )


Answer = tuple[str, float, float, float]
"""A label, and an estimate with its interval on the analysis scale."""


@dataclass(frozen=True)
class Unanswered:
    """A question to which there is no answer, by its label, and why: a part of a sentence."""

    label: str
    why: str


Asked = Answer | Unanswered


def model_plot(kind: str, result: AnalysisResult, group: GroupResult) -> Plot:
    """A kind of plot of a modelled group.

    Raises NotDefinedError, with the reason as a sentence, for kinds that independent effects alone have.
    """
    model = group.model
    if model is None or model.summary is None:
        raise NotDefinedError(model.untold if model is not None and model.untold else "Nothing is pooled.")
    if kind not in MODEL_PLOTS:
        raise NotDefinedError(
            no_plot(kind, list(MODEL_PLOTS), "A model of dependent effects", UNDEFINED[kind])
        )
    return MODEL_PLOTS[kind](result, group, model, model.summary)


def _without_each(
    result: AnalysisResult, group: GroupResult, model: Modelled, summary: ModelSummary
) -> ForestTable:
    """The summary without each cluster, then without each estimate."""
    rows = model.dependence.rows
    clusters: list[Asked] = []
    estimates: list[Asked] = []
    for cluster in model.dependence.clusters:
        kept = [row for place, row in enumerate(rows) if place not in cluster.places]
        clusters.append(_refitted(f"without {cluster.label}", kept, model))
    for place, row in enumerate(rows):
        kept = [other for at, other in enumerate(rows) if at != place]
        estimates.append(_refitted(f"without {result.label(row.candidate)}", kept, model))
    return _table(
        result,
        group,
        "without each study and each estimate",
        "Left out",
        [("Studies", clusters), ("Estimates", estimates)],
        model,
        summary,
        "Shows whether one study or one estimate alone carries the result; two that agree can hide "
        "each other.",
    )


def _refitted(label: str, rows: Sequence[Chosen], model: Modelled) -> Asked:
    """The rows under a model, or why they have no summary of it."""
    try:
        found = modelled(rows, model.model, model.method)
    except ValueError as reason:
        return Unanswered(label, str(reason))
    if found.summary is None:
        return Unanswered(label, "one cluster is left, and nothing tells how studies differ")
    return label, found.summary.estimate, found.summary.ci_low, found.summary.ci_high


def _over_rho(result: AnalysisResult, group: GroupResult, model: Modelled, summary: ModelSummary) -> Chart:
    """The summary at each correlation of errors."""
    curve = model.curve
    if curve is None:
        raise NotDefinedError(
            f"A rho plot varies the one correlation that a model assumes: {_no_rho(model)}."
        )
    back = analysis_scale(result.scale.measure).back
    return rho_chart(
        curve,
        _words(result, group),
        lambda values: np.array([*map(back, values)]),
        model_sentence(summary.fit),
    )


def _no_rho(model: Modelled) -> str:
    """Why a model hangs on no one correlation."""
    if not any(pair.covariance is None for pair in model.dependence.pairs):
        return "no two estimates here share persons at two sites"
    if not model.model.correlated:
        return f"{model.model.named} takes all errors for independent"
    return "here rho is stated by pair of sites"


def _funnel(result: AnalysisResult, group: GroupResult, model: Modelled, summary: ModelSummary) -> Chart:
    """Effects against standard errors, with the test of asymmetry under the model."""
    words, shape = _words(result, group), analysis_scale(result.scale.measure)
    if shape.name in ("Fisher z", "logit"):
        # standard errors and the lines of the funnel are of that scale
        words = replace(words, effect=f"{words.effect} ({shape.name})")
    return clustered_funnel(summary.fit, words)


def _words(result: AnalysisResult, group: GroupResult) -> Words:
    shape = analysis_scale(result.scale.measure)
    return Words(
        _name(result, group),
        effect_header(result.scale, result.analysis.outcome.name),
        log=is_log(shape),
        null=shape.null,
    )


def _other_choices(
    result: AnalysisResult, group: GroupResult, model: Modelled, summary: ModelSummary
) -> ForestTable:
    """Other models, other correlations, one effect a study: each as others would have pooled."""
    return _table(
        result,
        group,
        "other choices",
        "Choice",
        [
            ("Working model", list(_models(model))),
            ("Assumed correlation", list(_rhos(model))),
            ("One effect a study, pooled as independent", list(_one_each(result, model))),
        ],
        model,
        summary,
        "Shows how far the result depends on choices that others would have made; they are neither "
        "independent nor equally good.",
    )


def _models(model: Modelled) -> Iterator[Asked]:
    rho = model.model.rho
    for name, errors in MODEL_NAMES.items():
        changed = EffectsModel(name=name, test=model.model.test).model_copy(
            update={"rho": rho if errors.correlated else None}
        )
        yield _under(name, changed, model)


def _rhos(model: Modelled) -> Iterator[Asked]:
    if model.model.rho is None or not model.model.correlated:
        return
    for rho in _SHOWN_RHOS:
        yield _under(f"rho = {rho:g}", model.model.at_rho(rho), model)


def _under(label: str, changed: EffectsModel, model: Modelled) -> Asked:
    """The same rows under another model."""
    return _refitted(label, model.dependence.rows, replace(model, model=changed))


def _one_each(result: AnalysisResult, model: Modelled) -> Iterator[Asked]:
    """The study's mean, and one of its estimates by a rule, each pooled by the review's method."""
    for label, take in _TAKEN.items():
        units = [take(study) for study in model.studies]
        try:
            found = pool(
                yi=[unit.yi for unit in units],
                sei=[unit.sei for unit in units],
                slab=[unit.name for unit in units],
                **choices_of(result.method),
            )
        except ValueError as reason:
            yield Unanswered(label, str(reason))
        else:
            yield label, found.estimate, found.ci_low, found.ci_high


def _single(study: Unit, place: int) -> Unit:
    return Unit((study.rows[place],), np.array([[study.rows[place].effect.sei ** 2]]))


def _sizes(study: Unit) -> list[float]:
    return [row.effect.sei for row in study.rows]


_TAKEN: dict[str, Callable[[Unit], Unit]] = {
    "the mean of its estimates": lambda study: study,
    "its first estimate": lambda study: _single(study, 0),
    "its most precise estimate": lambda study: _single(study, int(np.argmin(_sizes(study)))),
    "its lowest estimate": lambda study: _single(study, int(np.argmin([r.effect.yi for r in study.rows]))),
    "its highest estimate": lambda study: _single(study, int(np.argmax([r.effect.yi for r in study.rows]))),
}


def _name(result: AnalysisResult, group: GroupResult) -> str:
    return f"{result.analysis.title}, {group.name}" if group.name else result.analysis.title


def _table(
    result: AnalysisResult,
    group: GroupResult,
    what: str,
    header: str,
    blocks: Sequence[tuple[str, Sequence[Asked]]],
    model: Modelled,
    summary: ModelSummary,
    says: str,
) -> ForestTable:
    shape = analysis_scale(result.scale.measure)
    lower, higher = result.sides
    rows: list[Row] = []
    asked = [each for _, answers in blocks for each in answers]
    without = [each for each in asked if isinstance(each, Unanswered)]
    if len(without) == len(asked):
        raise NotDefinedError(f"Nothing to show {what}: {_unanswered(without, len(asked))}")
    for heading, answers in blocks:
        given = [each for each in answers if not isinstance(each, Unanswered)]
        if not given:
            continue
        rows += [*([SpacerRow()] if rows else []), *([GroupHeading(heading)] if heading else [])]
        rows += [
            StudyRow(label, shape.back(estimate), shape.back(low), shape.back(high))
            for label, estimate, low, high in given
        ]
    estimate, low, high = (shape.back(value) for value in (summary.estimate, summary.ci_low, summary.ci_high))
    return ForestTable(
        title=f"{_name(result, group)}: {what}",
        effect_header=f"Summary [{percent(result.method.level.fraction)}\N{NO-BREAK SPACE}CI]",
        axis=Axis(
            label=effect_header(result.scale, result.analysis.outcome.name),
            scale="log" if is_log(shape) else "linear",
            null=shape.null,
            left=lower,
            right=higher,
        ),
        rows=(
            *rows,
            SpacerRow(),
            SummaryRow(f"Model {model.model.named} ({model.counts})", estimate, low, high),
        ),
        decimals=decimals_of(result),
        study_header=header,
        footnotes=(
            model_sentence(summary.fit),
            says,
            *([_unanswered(without, len(asked))] if without else []),
        ),
    )


def _unanswered(found: Sequence[Unanswered], of: int) -> str:
    """`2 of 14 cannot be fitted: SCE and CMVE (3 clusters for 4 variances).`"""
    reasons: dict[str, list[str]] = {}
    for each in found:
        reasons.setdefault(each.why.partition("; ")[0], []).append(each.label)
    told = [f"{enumerate_words(labels)} ({why.rstrip('.')})" for why, labels in reasons.items()]
    return f"{len(found)} of {of} cannot be fitted: {'; '.join(told)}."


MODEL_PLOTS: dict[str, Callable[[AnalysisResult, GroupResult, Modelled, ModelSummary], Plot]] = {
    "leave-one-out": _without_each,
    "funnel": _funnel,
    RHO: _over_rho,
    "multiverse": _other_choices,
}
"""The plots that a model of dependent effects has."""
