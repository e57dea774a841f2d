"""GOSH plot: the pooled effect and I2 of every subset of the studies. Olkin, Dahabreh & Trikalinos 2012."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.wording import counted, written
from synthesis.diagnostics.gosh import ENOUGH, Gosh, GoshSummary, gosh, summarise
from synthesis.drawing.chart import Area, Chart, ChartAxis, Dots, Panel, Values
from synthesis.drawing.style import ACCENT, BACKGROUND, INK, PREDICTION_FILL, STUDY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import effect_axis, no_effect
from synthesis.pooling.kernel.effects import Mask

DRAWN = 3_000  # subsets with a dot
BINS = 50
FEW = 600  # subsets, that get large dots
HISTOGRAM = 62.0  # points
INNER = (0.001, 0.999)  # of the estimates, that the axis holds
COLOURS = (STUDY_FILL, ACCENT, PREDICTION_FILL, INK)


@dataclass(frozen=True)
class _Group:
    """Subsets of one colour."""

    mask: Mask
    colour: str
    name: str


def gosh_plot(subject: Subject, study: str | None = None) -> Chart:
    """Estimate against I2 of the subsets, and the histograms of both; needs three studies.

    study: the label of a study whose subsets are coloured; those that split the cloud when None. Raises
    NotDefinedError for a label that no study has.
    """
    subject.needs(3, "A GOSH plot")
    try:
        found = gosh(subject.pooled)
    except ValueError as reason:
        raise NotDefinedError(f"A GOSH plot is not defined: {reason}.") from reason
    summary = summarise(found)
    groups = _groups(found, _coloured(found, summary, study))
    estimate, spread = subject.shown(found.estimate[found.several]), found.estimates.I2[found.several]
    # the few extreme estimates of small subsets may lie beyond the axis
    across = effect_axis(subject, np.quantile(found.estimate[found.several], INNER))
    percent = ChartAxis("I² (%)", -2.0, 102.0)
    beyond = int(((estimate < across.low) | (estimate > across.high)).sum())
    return Chart(
        title=f"{subject.title}: every subset of the studies",
        panels=(
            (
                _histogram(across, (across.low, across.high), estimate, groups),
                _histogram(percent, (0.0, 100.0), spread, groups),
            ),
            (_cloud(subject, across, percent, (estimate, spread), groups),),
        ),
        description=_description(subject, found, summary),
        footnotes=(_how_many(found, summary, beyond), _reading(summary), summary.says),
        aspect=0.5,
    )


def _coloured(found: Gosh, summary: GoshSummary, study: str | None) -> tuple[int, ...]:
    if study is None:
        return summary.separating
    if study not in found.labels:
        raise NotDefinedError(f"No study is called '{study}'; one of: {', '.join(found.labels)}.")
    return (found.labels.index(study),)


def _groups(found: Gosh, studies: tuple[int, ...]) -> tuple[_Group, ...]:
    """Subsets by which of one or two studies they hold; all of them without any."""
    several = found.several
    holds = [found.holds(study)[several] for study in studies]
    names = [found.labels[study] for study in studies]
    if not holds:
        masks, words = [np.ones(int(several.sum()), dtype=bool)], ["a subset"]
    elif len(holds) == 1:
        masks, words = [~holds[0], holds[0]], [f"without {names[0]}", f"with {names[0]}"]
    else:
        first, second = holds
        masks = [~first & ~second, first & ~second, ~first & second, first & second]
        words = ["with neither", f"with {names[0]}", f"with {names[1]}", "with both"]
    return tuple(map(_Group, masks, COLOURS, words))


def _histogram(
    axis: ChartAxis, ends: tuple[float, float], values: Values, groups: tuple[_Group, ...]
) -> Panel:
    """Stacked bars of the groups between two ends, in percent of all subsets."""
    spaced = np.geomspace if axis.scale == "log" else np.linspace
    edges = spaced(*ends, BINS + 1)
    counts = np.array([np.histogram(values[group.mask], edges)[0] for group in groups])
    tops = 100.0 * np.cumsum(counts, axis=0) / values.size
    x = np.repeat(edges, 2)
    areas = [
        Area(x, np.concatenate([[0.0], np.repeat(tops[i], 2), [0.0]]), groups[i].colour)
        for i in reversed(range(len(groups)))
    ]
    highest = float(tops[-1].max())
    return Panel(axis, ChartAxis("Subsets (%)", 0.0, 1.05 * highest), tuple(areas), height=HISTOGRAM)


def _cloud(
    subject: Subject,
    across: ChartAxis,
    percent: ChartAxis,
    at: tuple[Values, Values],
    groups: tuple[_Group, ...],
) -> Panel:
    """A dot for each subset, or for as many as can be told apart, and one for the analysis itself."""
    estimate, spread = at
    size = estimate.size
    drawn = np.zeros(size, dtype=bool)
    drawn[np.random.default_rng(0).permutation(size)[:DRAWN]] = True
    radius, opacity = (2.0, 0.7) if size <= FEW else (1.1, 0.35)
    dots = [
        Dots(
            estimate[group.mask & drawn],
            spread[group.mask & drawn],
            radius,
            group.colour,
            group.colour,
            name=group.name,
            opacity=opacity,
        )
        for group in groups
    ]
    everyone = subject.shown(np.array([subject.pooled.estimate])), np.array([subject.pooled.I2])
    whole = Dots(*everyone, 3.4, BACKGROUND, name="all studies")
    return Panel(across, percent, (*no_effect(subject, "x"), *dots, whole))


def _how_many(found: Gosh, summary: GoshSummary, beyond: int) -> str:
    sampled = "" if found.exact else f", a sample with all sizes equally frequent (seed {found.seed})"
    drawn = f"; {DRAWN:,} of them have a dot" if summary.subsets > DRAWN else ""
    cut = f"; {counted(beyond, 'estimate')} beyond the axis" if beyond else ""
    every = "All " if found.exact else ""
    return f"{every}{summary.subsets:,} subsets of two studies or more{sampled}{drawn}{cut}."


def _named(summary: GoshSummary) -> str:
    names = " and ".join(summary.labels[i] for i in summary.separating)
    share = 100.0 * float(summary.share[list(summary.separating)].sum())
    if len(summary.labels) < ENOUGH:
        return "There are too few studies to say which of them split the cloud"
    if not summary.separating:
        return "No one or two studies explain half of a split of the cloud in two"
    explain = "explains" if len(summary.separating) == 1 else "together explain"
    return f"{names} {explain} {share:.0f}% of a split of the cloud in two"


def _reading(summary: GoshSummary) -> str:
    return f"A single round cloud would say that no few studies make the result. {_named(summary)}."


def _description(subject: Subject, found: Gosh, summary: GoshSummary) -> str:
    estimate = [written(float(value)) for value in subject.shown(summary.estimate)]
    spread = [f"{value:.0f}" for value in summary.I2.tolist()]
    kind = "all" if found.exact else "sampled"
    return (
        f"GOSH plot of {subject.counted(subject.pooled.k)}, {summary.subsets:,} subsets ({kind}). "
        f"Estimates: median {estimate[3]}, 95% between {estimate[1]} and {estimate[5]}; I2: median "
        f"{spread[3]}%, 95% between {spread[1]} and {spread[5]}%. {_named(summary)}."
    )
