"""Every kind of plot by name: what it answers in one sentence, and what draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from synthesis.diagnostics.multiverse import multiverse
from synthesis.drawing.chart import Chart
from synthesis.drawing.forest_table import ForestTable
from synthesis.plots.baujat import baujat_plot
from synthesis.plots.bubble import bubble_plot
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.gosh import gosh_plot
from synthesis.plots.influence import influence_plot
from synthesis.plots.labbe import labbe_plot
from synthesis.plots.material import Material
from synthesis.plots.multiverse import multiverse_plot
from synthesis.plots.normal_quantiles import quantile_plot
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.refits import cumulative_plot, leave_one_out_plot
from synthesis.plots.residuals import radial_plot
from synthesis.plots.selection import selection_plot

Plot: TypeAlias = Chart | ForestTable


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
    null = found.subject.pooled_null
    return multiverse_plot(
        found.subject, multiverse(alternatives, choices, level=found.subject.pooled.level, null=null)
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
