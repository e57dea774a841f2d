"""Every kind of plot by name: what it answers, what it needs beyond a pooled result, and what draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evidence.choices import named
from evidence.wording import enumerate_words
from synthesis.diagnostics.multiverse import DataSet, multiverse, own_data
from synthesis.drawing.chart import Plot
from synthesis.plots.bubble import Moderator, bubble_plot
from synthesis.plots.drawable import PlotRequest
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.gosh import gosh_plot
from synthesis.plots.influence import influence_plot
from synthesis.plots.labbe import Arms, labbe_plot
from synthesis.plots.multiverse import multiverse_plot
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.refits import cumulative_plot, leave_one_out_plot
from synthesis.plots.residuals import baujat_plot, quantile_plot, radial_plot
from synthesis.plots.selection_models import selection_plot
from synthesis.plots.subject import NotDefinedError, Subject

# What a plot may need beyond a pooled result, and what there is of it without a review.


class Material(Protocol):
    """A subject, and what its records tell beyond effects."""

    @property
    def subject(self) -> Subject:
        """The pooled result, its words and its scale."""

    @property
    def arms(self) -> Arms | None:
        """Counts of both arms, where every study has them."""

    def order(self) -> tuple[Sequence[int], str]:
        """Positions of the studies in the order they came, and what that order is."""

    def moderator(self, name: str) -> Moderator:
        """A number for each study. Raises NotDefinedError where there is none."""

    def alternatives(self) -> tuple[Sequence[DataSet], Sequence[str]]:
        """Data sets that would have been as defensible, and the names of the choices that lead to them."""


@dataclass(frozen=True)
class BareResult:
    """A pooled result without records."""

    subject: Subject
    arms: Arms | None = None
    against: Moderator | None = None

    def order(self) -> tuple[Sequence[int], str]:
        """The order of the rows."""
        return range(self.subject.pooled.k), "the order of the rows"

    def moderator(self, name: str) -> Moderator:
        """The one that was given with the plot."""
        if self.against is None:
            raise NotDefinedError(
                "A bubble plot needs a moderator, which a result alone does not have; give one as mods, a "
                "column of `data` or a number for each study."
            )
        return self.against

    def alternatives(self) -> tuple[Sequence[DataSet], Sequence[str]]:
        """The studies as they are."""
        return (own_data(self.subject.pooled),), ()


FOREST = "forest"


@dataclass(frozen=True)
class Kind:
    """What a plot answers, and the function from its material and the name of a moderator to it.

    The function raises NotDefinedError, with the reason as a sentence, where the plot does not exist.
    """

    says: str
    draw: Callable[[Material, str], Plot]


def _cumulative(found: Material, moderator: str) -> Plot:
    positions, by = found.order()
    return cumulative_plot(found.subject, positions, by)


def _multiverse(found: Material, moderator: str) -> Plot:
    found.subject.needs(2, "A multiverse")
    alternatives, choices = found.alternatives()
    subject = found.subject
    return multiverse_plot(
        subject, multiverse(subject.pooled, alternatives, choices, null=subject.pooled_null)
    )


KINDS: dict[str, Kind] = {
    "funnel": Kind(
        "Do small studies show other effects than large ones? Effects against standard errors.",
        lambda found, _: funnel_plot(found.subject),
    ),
    "funnel-contour": Kind(
        "Are the studies that seem missing those without significance? A funnel on shades of p.",
        lambda found, _: contour_funnel_plot(found.subject),
    ),
    "funnel-fill": Kind(
        "What would the result be with the studies that a lopsided funnel lacks? Trim and fill.",
        lambda found, _: filled_funnel_plot(found.subject),
    ),
    "leave-one-out": Kind(
        "Does one study alone carry the result? The pooled effect without each.",
        lambda found, _: leave_one_out_plot(found.subject),
    ),
    "cumulative": Kind("How did the result come about? The pooled effect, paper by paper.", _cumulative),
    "baujat": Kind(
        "Which studies make the heterogeneity, and which pull the result?",
        lambda found, _: baujat_plot(found.subject),
    ),
    "influence": Kind(
        "Which studies move the result, its precision or its heterogeneity? Eight diagnostics of each.",
        lambda found, _: influence_plot(found.subject),
    ),
    "gosh": Kind(
        "Do a few studies make the heterogeneity? The result of every subset of the studies.",
        lambda found, _: gosh_plot(found.subject),
    ),
    "radial": Kind(
        "Which studies lie farther from the result than chance allows?",
        lambda found, _: radial_plot(found.subject),
    ),
    "qq": Kind(
        "Does the normal model of effects fit? Residuals against normal quantiles.",
        lambda found, _: quantile_plot(found.subject),
    ),
    "bubble": Kind(
        "Does the effect change with a moderator? See --moderator.",
        lambda found, moderator: bubble_plot(found.subject, found.moderator(moderator)),
    ),
    "multiverse": Kind(
        "Would other defensible choices change the answer? The result under each of them.", _multiverse
    ),
    "labbe": Kind(
        "How do the risks of both arms compare, study by study?",
        lambda found, _: labbe_plot(found.subject, found.arms),
    ),
    "selection": Kind(
        "What if significance decided which studies are seen? Weight functions and adjusted effects.",
        lambda found, _: selection_plot(found.subject),
    ),
    "p-curve": Kind(
        "Do the significant p-values look like those of a true effect?",
        lambda found, _: p_curve_plot(found.subject),
    ),
}


ONLY = {"columns": FOREST, "risk_of_bias": FOREST, "mods": "bubble"}
"""Of what a plot can be told, what one kind alone has a use for."""


def settled(
    request: PlotRequest, own: Sequence[str], result: str, undefined: Mapping[str, str] | None = None
) -> PlotRequest:
    """The request with its kind in full, one of those that a result has.

    undefined: by kind, why the result has none, as part of a sentence.

    Raises ValueError for what is no kind of plot and for what the kind has no use for, NotDefinedError for a
    kind that this result does not have.
    """
    kind = named(request.kind, dict.fromkeys((*own, *KINDS)), "kind of plot")
    if kind not in own:
        raise NotDefinedError(no_plot(kind, own, result, (undefined or {}).get(kind, "")))
    for word, of in ONLY.items():
        if kind != of and getattr(request, word) is not None:
            raise ValueError(f"{word} belongs to a {of} plot; a {kind} plot has no use for it")
    return replace(request, kind=kind)


def no_plot(kind: str, own: Sequence[str], result: str, why: str = "") -> str:
    """`A model has no baujat plot: why; it has forest and funnel.`"""
    reason = f": {why}" if why else ""
    return f"{result} has no {kind} plot{reason}; it has {enumerate_words(own)}."
