"""What scripts reproduce: each fit of an analysis as its data, in the order of the summaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.records.scales import analysis_scale
from evidence.selection.grouping import NOT_STATED
from synthesis.pooling.result import PooledSummary
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bayesian_summary import smallest_effect
from synthesis.review.bayesian_words import is_shared
from synthesis.review.pooled_units import Unit

COLUMNS = (
    "analysis",
    "group",
    "k",
    "estimate",
    "ci.lb",
    "ci.ub",
    "p",
    "tau2",
    "pi.lb",
    "pi.ub",
    "F",
    "df1",
    "df2",
    "mean",
)
"""What both scripts print, on the analysis scale; of a test of difference F or chi-squared, its df, and p.

Of a posterior the median, its interval, that of a new study and, where it exists, the mean.
"""

OVERALL = "overall"
DIFFERENCE = "test of difference"
WITHIN = "difference within studies"
BAYESIAN_ROW = "Bayesian"


def bayesian_row(group: str) -> str:
    """`men, Bayesian`: the name of a posterior's row."""
    return f"{group}, {BAYESIAN_ROW}" if group else BAYESIAN_ROW


@dataclass(frozen=True)
class ScriptParts:
    """A script: what all analyses need before them, the lines of each by its id, and what ends it."""

    head: str
    analyses: Mapping[str, str]
    tail: str

    @property
    def whole(self) -> str:
        """The script of all analyses."""
        return "\n".join([self.head, *self.analyses.values(), self.tail]) + "\n"


@dataclass(frozen=True)
class FitData:
    """Effects that are pooled together under a name; empty for the only group of an analysis."""

    name: str
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class PosteriorFit:
    """The posterior of one group, or of several that share their tau, and the choices of the review.

    smallest_effect: on the analysis scale. without_mean: groups whose posterior has no mean.
    """

    groups: tuple[FitData, ...]
    shared: bool
    tau_prior: str | None
    mu_prior: str
    smallest_effect: float | None
    interval: str
    without_mean: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisFits:
    """The fits of one analysis.

    alone: pooled by themselves, the overall summary among them. compared: groups whose difference is tested,
    in one model where common. within: differences of two groups by study, with their variances. posteriors:
    Bayesian summaries.
    """

    result: AnalysisResult
    alone: tuple[FitData, ...]
    compared: tuple[FitData, ...]
    common: bool
    within: PooledSummary | None
    posteriors: tuple[PosteriorFit, ...] = ()


def units_of_fits(fits: AnalysisFits) -> tuple[Unit, ...]:
    """Every effect of the fits of an analysis, once: scripts name them by their place here."""
    every = (*fits.alone, *fits.compared, *(group for each in fits.posteriors for group in each.groups))
    found = {unit.name: unit for fit in every for unit in fit.units}
    return tuple(found.values())


def fits_of(result: AnalysisResult) -> AnalysisFits:
    """What was fitted; groups without effects and effects that are not pooled have no part in it."""
    alone = [
        FitData(OVERALL if group is result.overall else group.name or "", group.units)
        for group in result.summarised
        if group.pooled is not None
    ]
    compared: Sequence[FitData] = ()
    if result.difference is not None:
        compared = [
            FitData(group.name or "", group.units)
            for group in result.groups
            if group.chosen and group.name != NOT_STATED
        ]
    common = result.difference is not None and result.difference.tau2 == "common"
    return AnalysisFits(
        result, tuple(alone), tuple(compared), common, result.within, tuple(_posteriors(result))
    )


def _posteriors(result: AnalysisResult) -> Iterator[PosteriorFit]:
    """Groups that share their tau together, then each of the others."""
    choice = result.review.bayes_of(result.analysis)
    if choice is None:
        return
    names = {
        id(group): OVERALL if group is result.overall else group.name or "" for group in result.summarised
    }
    found = [(group, group.bayesian) for group in result.summarised if group.bayesian is not None]
    without_mean = {names[id(group)] for group, each in found if "mu.mean" in each.reasons}
    shared = [group for group, posterior in found if is_shared(posterior)]
    alone = [[group] for group, posterior in found if not is_shared(posterior)]
    for groups in [*([shared] if shared else []), *alone]:
        data = tuple(FitData(names[id(group)], group.units) for group in groups)
        yield PosteriorFit(
            data,
            groups is shared,
            choice.tau_prior,
            choice.mu_prior,
            smallest_effect(choice, analysis_scale(result.scale.measure)),
            choice.interval,
            tuple(each.name for each in data if each.name in without_mean),
        )
