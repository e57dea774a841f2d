"""Influence panel: one small plot for each diagnostic, study by study, with the thresholds."""

from __future__ import annotations

from itertools import count

import numpy as np

from evidence.wording import written
from synthesis.diagnostics.influence import Influence, influence
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Panel, ReferenceLine, Values
from synthesis.drawing.style import ACCENT, MUTED
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import bars, outstanding, room, where
from synthesis.pooling.kernel.effects import Mask

RESIDUAL = 1.96  # beyond it, one residual in twenty lies by chance
LISTED = 16  # studies that a footnote numbers by name
NAMED = 4  # dots of a panel that get their names
FAR = 2.5  # a threshold is drawn where it is within so many times the farthest study


def influence_plot(subject: Subject) -> Chart:
    """Eight diagnostics against the number of the study; needs three studies."""
    subject.needs(3, "An influence plot")
    try:
        found = influence(subject.pooled)
    except ValueError as reason:
        raise NotDefinedError(f"An influence plot is not defined: {reason}.") from reason
    return Chart(
        title=f"{subject.title}: influence of each study",
        panels=_panels(subject, found),
        description=_description(subject, found),
        footnotes=(
            *_numbering(found.labels),
            "Stems begin at the value expected without any influence: none, or that of all studies. Dashed: "
            "thresholds, drawn where they are near (Viechtbauer & Cheung 2010). A study is called "
            "influential beyond that of DFFITS, Cook's distance, leverage or DFBETAS. " + found.says,
        ),
        aspect=0.4,
    )


def _panels(subject: Subject, found: Influence) -> tuple[tuple[Panel, ...], ...]:
    limits = found.thresholds
    both = (
        ("Deleted residual (standard errors)", found.rstudent, 0.0, (-RESIDUAL, RESIDUAL)),
        ("DFFITS (standard errors)", found.dffits, 0.0, (-limits.dffits, limits.dffits)),
        ("Cook's distance", found.cook, 0.0, (limits.cook,)),
        ("DFBETAS (standard errors)", found.dfbetas[:, 0], 0.0, (-limits.dfbetas, limits.dfbetas)),
        ("Leverage", found.hat, 1.0 / found.hat.size, (limits.hat,)),
        ("Covariance ratio", found.covariance_ratio, 1.0, ()),
        ("τ² without the study", found.tau2_deleted, subject.pooled.tau2, ()),
        ("Q without the study", found.Q_deleted, subject.pooled.Q, ()),
    )
    panels = [
        _panel(subject.unit, found, *each, across=subject.unit.capitalize() if index >= len(both) - 2 else "")
        for index, each in enumerate(both)
    ]
    return tuple((panels[left], panels[left + 1]) for left in range(0, len(panels), 2))


def _panel(
    unit: str,
    found: Influence,
    name: str,
    values: Values,
    base: float,
    thresholds: tuple[float, ...],
    across: str,
) -> Panel:
    k = values.size
    place = np.arange(1.0, k + 1.0)
    beyond = found.influential
    far = float(np.nanmax(np.abs(values)))
    near = tuple(at for at in thresholds if abs(at) <= FAR * far)
    said = f"; threshold {'±' if len(thresholds) > 1 else ''}{written(thresholds[-1])}" if thresholds else ""
    low, high = room(np.array([*values, base, *near]), 0.12)
    radius = 1.9 if k <= 60 else 1.2
    dots = [
        Dots(place[mask], values[mask], radius, colour, colour, _named(found, values - base, mask), key)
        for mask, colour, key in ((~beyond, MUTED, unit), (beyond, ACCENT, f"influential {unit}"))
        if mask.any()
    ]
    return Panel(
        ChartAxis(across, 0.0, 1.03 * k + 1.0, ticks=_ticks(k)),
        ChartAxis(f"{name}{said}", low, high),
        (
            ReferenceLine("y", base),
            *(ReferenceLine("y", at, ACCENT, "dashed", "threshold") for at in near),
            ChartCurve(*bars(place, np.full(k, base), values), MUTED, 0.6),
            *dots,
        ),
    )


def _named(found: Influence, distance: Values, mask: Mask) -> tuple[str, ...]:
    """Names of the influential studies farthest out; of no others."""
    if not found.influential[mask].all():
        return ()
    chosen = outstanding(np.abs(distance[mask]), NAMED)
    return where(chosen, [found.labels[i] for i in np.flatnonzero(mask)])


def _ticks(k: int) -> tuple[tuple[float, str], ...]:
    """Whole numbers of studies, ten of them at most."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if k <= 10 * step)
    return tuple((float(at), str(at)) for at in range(step, k + 1, step))


def _numbering(labels: tuple[str, ...]) -> tuple[str, ...]:
    if len(labels) > LISTED:
        return ("Studies are numbered in the order of the analysis.",)
    return ("; ".join(f"{i} {label}" for i, label in enumerate(labels, 1)) + ".",)


def _description(subject: Subject, found: Influence) -> str:
    flagged = [found.labels[i] for i in np.flatnonzero(found.influential)]
    called = (
        f"{subject.counted(len(flagged))} called influential: {', '.join(flagged)}"
        if flagged
        else "none is influential"
    )
    first, last = int(np.nanargmax(found.cook)), int(np.nanargmax(np.abs(found.rstudent)))
    lowest = int(np.nanargmin(found.tau2_deleted))
    return (
        f"Influence of each of {subject.counted(len(found.labels))}; {called}. Largest Cook's distance: "
        f"{found.labels[first]} ({written(float(found.cook[first]))}, threshold "
        f"{written(found.thresholds.cook)}). Largest deleted residual: {found.labels[last]} "
        f"({written(float(found.rstudent[last]))}). Heterogeneity falls most without {found.labels[lowest]}: "
        f"tau2 {written(float(found.tau2_deleted[lowest]))}."
    )
