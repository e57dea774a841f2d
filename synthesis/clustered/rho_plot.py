"""The curve over the assumed correlation as a chart: an estimate with the band of its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence.wording import percent
from synthesis.clustered.rho_curve import RhoCurve
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Mark, Panel, ReferenceLine
from synthesis.drawing.style import BAND_FILL, MUTED, SUMMARY_FILL
from synthesis.plots.subject import Words
from synthesis.plots.words import room
from synthesis.pooling.kernel.effects import Array

_WHITE = 0.25  # of a panel beyond the band, which would fill it otherwise


def rho_chart(curve: RhoCurve, words: Words, shown: Callable[[Array], Array], method: str) -> Chart:
    """A panel for each coefficient of a curve.

    shown: from the scale of the estimates, shape (n,), to the one that readers see. method: how it was
    fitted, a sentence.
    """
    says = curve.told(shown, tests_null=words.null is not None)
    return Chart(
        title=f"{words.title}: over the assumed correlation of errors",
        panels=tuple((_panel(curve, words, shown, j, name),) for j, name in enumerate(curve.names)),
        description=f"Estimate and interval over correlations from {curve.span}. {says}",
        footnotes=(f"{says} The dashed line is the correlation that was assumed.", method),
    )


def _panel(curve: RhoCurve, words: Words, shown: Callable[[Array], Array], j: int, name: str) -> Panel:
    known = ~np.isnan(curve.ci_low[:, j])
    rho = curve.rho[known]
    low, middle, high = (shown(a[known, j]) for a in (curve.ci_low, curve.estimate, curve.ci_high))
    null = () if words.null is None else (ReferenceLine("y", words.null, name="no effect"),)
    reach = np.concatenate([low, high, middle, [] if words.null is None else [words.null]])
    limits = np.exp(room(np.log(reach), _WHITE)) if words.log else np.array(room(reach, _WHITE))
    marks: tuple[Mark, ...] = (
        Area(
            np.concatenate([rho, rho[::-1]]),
            np.concatenate([low, high[::-1]]),
            BAND_FILL,
            f"{percent(curve.level)} CI",
        ),
        ChartCurve(rho, middle, SUMMARY_FILL, 1.5, name="estimate"),
        *null,
        ReferenceLine("x", curve.assumed, MUTED, "dashed", "assumed"),
    )
    label = words.effect if len(curve.names) == 1 else f"{words.effect}: {name}"
    return Panel(
        ChartAxis("Correlation of errors of the same persons, rho", 0.0, 1.0),
        ChartAxis(label, float(limits[0]), float(limits[1]), scale="log" if words.log else "linear"),
        marks,
    )
