"""The summary of each analysis in a line: how many, the estimate with its intervals, heterogeneity, tests."""

from __future__ import annotations

import math

from evidence.records.effects_model import EffectsModel
from evidence.records.scales import analysis_scale, tests_null
from evidence.selection.accounting import persons_of
from evidence.wording import percent
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import (
    count,
    degrees_of_freedom,
    effect,
    heterogeneity,
    p_value,
    share,
    statistic,
)
from synthesis.pooling.result import PooledSummary
from synthesis.regression.subgroup_result import Subgroup, narrower_than_wald
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import PRIMARY
from synthesis.review.captions import effect_header, is_log
from synthesis.review.dose_pool import DosePool
from synthesis.review.dose_table import curve_effect
from synthesis.review.modelled import ModelSummary
from synthesis.review.pooled_units import Unit

_HEADINGS = (
    ("analysis", "Analysis"),
    ("group", "Group"),
    ("effect", "Effect"),
    ("model", "Model"),
    ("curve", "Curve"),
    ("k", "Estimates"),
    ("studies", "Studies"),
    ("n", "Persons"),
    ("estimate", "Estimate"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("wald_low", "Wald CI, lower"),
    ("wald_high", "Wald CI, upper"),
    ("p", "p"),
    ("prediction_low", "PI, lower"),
    ("prediction_high", "PI, upper"),
    ("bayes_prior", "Prior of τ"),
    ("bayes_estimate", "Bayesian"),
    ("bayes_low", "Bayesian, lower"),
    ("bayes_high", "Bayesian, upper"),
    ("primary", "Primary"),
    ("tau2", "τ²"),
    ("tau2_low", "τ², lower"),
    ("tau2_high", "τ², upper"),
    ("I2", "I² (%)"),
    ("Q", "Q"),
    ("Q_df", "df of Q"),
    ("Q_p", "p of Q"),
    ("difference", "Test of difference"),
    ("difference_df1", "df"),
    ("difference_df2", "df, denominator"),
    ("difference_p", "p of difference"),
)
_LIMITS = ("ci_low", "ci_high", "prediction_low", "prediction_high")


def summary_table(material: Reported) -> PaperTable:
    """One row an analysis; of an analysis by groups one a group, and one for all where they have one."""
    rows = [
        row
        for result, places in material.with_decimals()
        for row in (
            [_row(result, group, places) for group in result.summarised]
            if result.dose is None
            else [_of_curve(result, result.dose, places)]
        )
    ]
    searched = dict.fromkeys(filter(None, (result.searched.sentence for result in material.results)))
    levels = ", ".join(dict.fromkeys(percent(result.method.level.fraction) for result in material.results))
    return paper_table(
        "summary",
        "Summary of the analyses",
        _HEADINGS,
        rows,
        (*_notes(levels, rows), *searched),
        "There is no analysis.",
    )


def _notes(levels: str, rows: list[Row]) -> tuple[str, ...]:
    notes = [
        f"CI: {levels} confidence interval; PI: prediction interval. Persons: where every row states "
        "them, each "
        "counted once. One study is not pooled: the line shows its own numbers, and nothing is known of τ²."
    ]
    if any("wald_low" in row for row in rows):
        notes.append(
            "Where the Hartung-Knapp interval is narrower than the Wald interval, the studies agree "
            "better than "
            "their standard errors allow, and both are given."
        )
    if any("bayes_prior" in row for row in rows):
        notes.append(
            "Bayesian: median and credible interval under the prior of τ named. Which summary is primary is "
            "stated by the review, not chosen by the result."
        )
    elif any("bayes_low" in row for row in rows):
        notes.append("Bayesian: credible interval beside a summary of two or three studies.")
    if any(row.get("model") is not None for row in rows):
        notes.append(
            "Model: of estimates that share persons (CHE: correlated and hierarchical effects; rho: the "
            "assumed correlation of the errors of the same persons); τ² is the variance of true effects in "
            "all."
        )
    if any(row.get("curve") is not None for row in rows):
        notes.append(
            "Curve: over the dose of an exposure; estimates are its classes and slopes. Of a straight line "
            "the effect is per one unit; of another curve p is of the association, and its effects and "
            "coefficients have tables of their own."
        )
    if any("difference" in row for row in rows):
        notes.append(
            "Test of difference: between the groups of the analysis, F, or χ² where no denominator is given."
        )
    return tuple(notes)


def _row(result: AnalysisResult, group: GroupResult, places: int) -> Row:
    units = group.units
    row: Row = {
        "analysis": result.analysis.id,
        "group": "overall" if group is result.overall else group.name,
        "effect": effect_header(result.scale, result.analysis.outcome.name),
        "model": model_in_words(result.review.model_of(result.analysis)),
        "k": count(len(group.chosen)),
        "studies": count(len({unit.first.record.study for unit in units})),
        "n": count(persons(units) if group.model is None else group.model.persons),
    }
    found = group.summary
    if found is None:
        return row
    shape = analysis_scale(result.scale.measure)
    values = {"estimate": found.estimate} | {name: getattr(found, name) for name in _LIMITS}
    if not isinstance(found, ModelSummary) and has_two_intervals(result, found):
        values |= {"wald_low": found.wald[0], "wald_high": found.wald[1]}
    values |= _bayesian(found, group)
    row |= {
        name: effect(_carried(shape.back, value), places, is_log(shape)) for name, value in values.items()
    }
    choice = result.review.bayes_of(result.analysis)
    if group.bayesian is not None and choice is not None:
        row |= {"bayes_prior": group.bayesian.tau_prior, "primary": PRIMARY[choice.primary]}
    if tests_null(result.scale.measure):
        row["p"] = p_value(found.p_value)
    row |= _heterogeneity(found, result.method.estimator)
    return row | (_difference(result) if group is result.overall else {})


def _of_curve(result: AnalysisResult, found: DosePool, places: int) -> Row:
    """A straight line has an effect; any curve has studies, a test, and heterogeneity."""
    row: Row = {
        "analysis": result.analysis.id,
        "effect": curve_effect(result, found),
        "curve": found.choice.curve,
        "k": count(result.k),
        "studies": count(len(found.names)),
    }
    fit, shape = found.fit, analysis_scale(result.scale.measure)
    if fit is None:
        return row
    if found.choice.curve == "linear":
        ends = {name: float(getattr(fit, name)[0]) for name in ("estimate", "ci_low", "ci_high")}
        row |= {name: effect(shape.back(end), places + 1, is_log(shape)) for name, end in ends.items()}
    row["p"] = p_value(fit.association.p_value)
    if not fit.Q_df:
        return row
    return row | {
        "I2": share(fit.I2),
        "Q": statistic(fit.Q),
        "Q_df": degrees_of_freedom(fit.Q_df),
        "Q_p": p_value(fit.Q_p),
    }


def _bayesian(found: PooledSummary | Subgroup | ModelSummary, group: GroupResult) -> dict[str, float]:
    """The summary that the review asks for, or the interval that stands beside two or three studies."""
    if group.bayesian is not None:
        mu = group.bayesian.mu
        return {"bayes_estimate": mu.median, "bayes_low": mu.low, "bayes_high": mu.high}
    if isinstance(found, PooledSummary) and found.bayes is not None:
        return {"bayes_low": found.bayes.low, "bayes_high": found.bayes.high}
    return {}


def model_in_words(model: EffectsModel | None) -> str | None:
    """`CHE, rho = 0.6, CR2`; None without a model."""
    if model is None:
        return None
    rho = "by pair of sites" if model.rho and model.one_rho is None else model.one_rho
    return ", ".join([model.named, *([f"rho = {rho}"] if rho is not None else []), model.test])


def _carried(back: object, value: float) -> float:
    assert callable(back)
    return math.nan if math.isnan(value) else float(back(value))


def has_two_intervals(result: AnalysisResult, found: PooledSummary | Subgroup) -> bool:
    """Whether the Wald interval is to stand beside the test's."""
    if isinstance(found, PooledSummary):
        return found.narrower_than_wald
    return narrower_than_wald(found, result.method.test)


def _heterogeneity(found: PooledSummary | Subgroup | ModelSummary, estimator: str) -> Row:
    """Equal effects have no τ²."""
    if found.k == 1:
        return {}
    row: Row = {
        "I2": share(found.I2),
        "Q": statistic(found.Q),
        "Q_df": degrees_of_freedom(found.Q_df),
        "Q_p": p_value(found.Q_p),
    }
    if estimator == "EE":
        return row
    names = ("tau2", "tau2_low", "tau2_high") if isinstance(found, PooledSummary) else ("tau2",)
    return row | {name: heterogeneity(getattr(found, name)) for name in names}


def _difference(result: AnalysisResult) -> Row:
    """The test between groups, in the line of all of them."""
    if result.difference is None or math.isnan(result.difference.between.statistic):
        return {}
    test = result.difference.between
    row: Row = {
        "difference": statistic(test.statistic),
        "difference_df1": degrees_of_freedom(test.df1),
        "difference_p": p_value(test.p_value),
    }
    if math.isfinite(test.df2):
        row["difference_df2"] = degrees_of_freedom(test.df2)
    return row


def persons(units: tuple[Unit, ...]) -> int | None:
    """Persons of all rows; None where a row does not state them, or there is none."""
    known = [persons_of(unit.rows) for unit in units]
    return None if not known or None in known else sum(n for n in known if n is not None)
