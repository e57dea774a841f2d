"""The Bayesian summaries of a review with all that was chosen for them, and how far the prior decides."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.records.scales import analysis_scale, tests_null
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import Cell, as_printed, count, effect, heterogeneity, p_value
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_words import PRIMARY, is_shared, why_without
from synthesis.review.captions import is_log

_HEADINGS = (
    ("analysis", "Analysis"),
    ("group", "Group"),
    ("k", "Estimates"),
    ("tau_prior", "Prior of τ"),
    ("smallest_effect", "Smallest effect"),
    ("mu_prior", "Prior of the mean"),
    ("of_tau", "τ"),
    ("interval", "Interval"),
    ("level", "Level (%)"),
    ("primary", "Primary"),
    ("median", "Median"),
    ("low", "CrI, lower"),
    ("high", "CrI, upper"),
    ("above", "P(above no effect)"),
    ("new_low", "New study, lower"),
    ("new_high", "New study, upper"),
    ("tau", "τ, median"),
    ("tau_low", "τ, lower"),
    ("tau_high", "τ, upper"),
    ("priors", "Other priors"),
    ("median_least", "Their medians, least"),
    ("median_most", "Their medians, most"),
    ("including", "Intervals with no effect"),
    ("untold", "Why there is none"),
)


def bayesian_table(material: Reported) -> PaperTable:
    """A row for each summary that an analysis asks for, or with the reason why there is none."""
    rows = [
        row
        for result, places in material.with_decimals()
        for group in result.summarised
        for row in _rows(result, group, places)
    ]
    notes = (
        "CrI: credible interval. Priors and τ are on the scale that is pooled (logarithms of ratios); the "
        "smallest effect is as readers see it. Which summary is primary is stated by the review.",
    )
    return paper_table(
        "bayesian", "Bayesian summaries", _HEADINGS, rows, notes, "No analysis asks for a Bayesian summary."
    )


def _rows(result: AnalysisResult, group: GroupResult, places: int) -> Iterator[Row]:
    choice, why = result.review.bayes_of(result.analysis), why_without(result, group)
    if not (group.bayesian or why):
        return
    assert choice is not None  # the review asks for what is found, or for what is not, with the reason
    row: Row = {
        "analysis": result.analysis.id,
        "group": "overall" if group is result.overall else group.name,
        "k": count(len(group.units)),
        "untold": why or None,
    }
    found = group.bayesian
    if found is not None:
        size = choice.smallest_effect
        row |= {
            "tau_prior": found.tau_prior,
            "smallest_effect": None if size is None else as_printed(float(size.value), str(size)),
            "mu_prior": found.mu_prior,
            "of_tau": "one for all groups" if is_shared(found) else "its own",
            "interval": found.interval,
            "level": as_printed(100 * found.level, f"{100 * found.level:g}"),
            "primary": PRIMARY[choice.primary],
            **_numbers(result, found, places),
        }
    yield row


def _numbers(result: AnalysisResult, found: Bayesian | GroupPosterior, places: int) -> Row:
    shape = analysis_scale(result.scale.measure)

    def shown(value: float) -> Cell:
        return effect(math.nan if math.isnan(value) else shape.back(value), places, is_log(shape))

    others = found.sensitivity
    row: Row = {
        "median": shown(found.mu.median),
        "low": shown(found.mu.low),
        "high": shown(found.mu.high),
        "new_low": shown(found.new.low),
        "new_high": shown(found.new.high),
        "tau": heterogeneity(found.tau.median),
        "tau_low": heterogeneity(found.tau.low),
        "tau_high": heterogeneity(found.tau.high),
        "priors": count(len(others.priors)),
        "median_least": shown(float(others.median.min())),
        "median_most": shown(float(others.median.max())),
    }
    if tests_null(result.scale.measure):
        including = (others.low <= others.null) & (others.high >= others.null)
        row |= {"above": p_value(found.above_null), "including": count(int(including.sum()))}
    return row
