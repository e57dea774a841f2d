"""L'Abbé plot: risk in one arm against risk in the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.wording import counted
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Panel, Values
from synthesis.drawing.style import NULL_LINE, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import outstanding, radii, where

_EFFECTS = {"OR": "odds ratio", "RR": "risk ratio", "RD": "risk difference"}


@dataclass(frozen=True, eq=False)
class Arms:
    """Events and persons of both arms, shape (k,), and the measure that was pooled (OR, RR or RD)."""

    measure: str
    events: Values
    n: Values
    reference_events: Values
    reference_n: Values


def labbe_plot(subject: Subject, arms: Arms | None) -> Chart:
    """Risks of both arms, with the lines of no effect and of the pooled effect. L'Abbé et al. 1987."""
    if arms is None:
        raise NotDefinedError("A L'Abbé plot needs events and persons of both arms; no study records them.")
    return labbe_chart(subject.title, subject.pooled.labels, subject.pooled.estimate, arms)


def labbe_chart(title: str, labels: tuple[str, ...], estimate: float, arms: Arms) -> Chart:
    """The risks of labelled studies and the line of an effect, on the analysis scale of the arms' measure."""
    if arms.measure not in _EFFECTS:
        raise NotDefinedError(f"A L'Abbé plot shows OR, RR or RD; this analysis pools {arms.measure}.")
    x, y = arms.reference_events / arms.reference_n, arms.events / arms.n
    top = min(1.0, 1.1 * float(max(x.max(), y.max())) or 1.0)
    line = np.linspace(0.0, top, 201)
    weights = arms.n + arms.reference_n
    more = int(np.sum(y > x))
    return Chart(
        title=f"{title}: risks in both arms",
        panels=(
            (
                Panel(
                    ChartAxis("Risk in the reference arm", 0.0, top),
                    ChartAxis("Risk in the exposed or treated arm", 0.0, top),
                    (
                        ChartCurve(line, line, NULL_LINE, name="no effect"),
                        ChartCurve(
                            line,
                            _risk(arms.measure, line, estimate),
                            SUMMARY_FILL,
                            1.2,
                            "dashed",
                            f"{'pooled ' if len(labels) > 1 else ''}{_EFFECTS[arms.measure]}"
                            f"{'' if len(labels) > 1 else ' of the study'}",
                        ),
                        Dots(
                            x,
                            y,
                            radii(weights),
                            labels=where(outstanding(np.abs(y - x)), labels),
                            name="study, area by its number of persons",
                        ),
                    ),
                ),
            ),
        ),
        description=(
            f"L'Abbé plot of {counted(len(labels))}: in {more} the risk is higher in the exposed or treated "
            "arm."
        ),
        footnotes=("Studies along a line share that effect; a cloud across it is heterogeneity.",),
        aspect=1.0,
    )


def _risk(measure: str, reference: Values, effect: float) -> Values:
    """The risk that the pooled effect (on its analysis scale) makes of a reference risk."""
    with np.errstate(divide="ignore"):
        if measure == "RD":
            risk = reference + effect
        elif measure == "RR":
            risk = reference * np.exp(effect)
        else:
            odds = reference * np.exp(effect)
            risk = odds / (1.0 - reference + odds)
    return np.where((risk >= 0.0) & (risk <= 1.0), risk, np.nan)
