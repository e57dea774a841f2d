"""p-curve: how the significant p-values are spread, beside what no effect and a weak one would give."""

from __future__ import annotations

import numpy as np

from evidence.wording import p_text, written
from synthesis.diagnostics.p_curve import PCurve, p_curve
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Panel
from synthesis.drawing.style import ACCENT, MUTED, PREDICTION_FILL, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject

_BINS = np.array([0.01, 0.02, 0.03, 0.04, 0.05])


def p_curve_plot(subject: Subject) -> Chart:
    """Shares of significant p-values below .01, .02, ... .05; needs one, and a value of no effect."""
    if subject.null is None:
        raise NotDefinedError("A p-curve needs p-values; these effects have no value of no effect.")
    found = p_curve(subject.pooled, subject.pooled_null)
    if not found.p.size:
        raise NotDefinedError("A p-curve needs at least one study with p below .05; this analysis has none.")
    shares = 100.0 * found.shares
    expected, likely = 100.0 * found.expected_33, 100.0 * found.expected_at_power
    top = max(60.0, float(np.concatenate([shares, expected, likely]).max()) * 1.12)
    ticks = tuple((float(at), f".{round(100 * at):02d}") for at in _BINS)
    return Chart(
        title=f"{subject.title}: p-curve",
        panels=(
            (
                Panel(
                    ChartAxis("Two-sided p-value, up to", 0.006, 0.054, ticks=ticks),
                    ChartAxis("Significant studies (%)", 0.0, min(top, 108.0)),
                    (
                        ChartCurve(_BINS, np.full(5, 20.0), MUTED, 1.0, "dotted", "no effect (flat)"),
                        ChartCurve(_BINS, expected, PREDICTION_FILL, 1.2, "dashed", "power of 33%"),
                        ChartCurve(
                            _BINS, likely, ACCENT, 0.9, "dashed", f"estimated power, {_percent(found.power)}"
                        ),
                        ChartCurve(_BINS, shares, SUMMARY_FILL, 1.6),
                        Dots(
                            _BINS,
                            shares,
                            3.0,
                            SUMMARY_FILL,
                            labels=tuple(f"{share:.0f}%" for share in shares),
                            name="these studies",
                        ),
                    ),
                ),
            ),
        ),
        description=_description(subject, found),
        footnotes=(
            f"{found.p.size} of {subject.counted(found.k)} with p < .05. A true effect makes a curve that "
            "falls to the right; a flat one is what no effect gives. Flatter than 33% power: too weak "
            "to tell. " + found.says,
        ),
    )


def _percent(share: float) -> str:
    """An estimate at an end of its range is told as such."""
    if share <= 0.05:
        return "at most 5%"
    return "at least 99%" if share >= 0.99 else f"{100.0 * share:.0f}%"


def _description(subject: Subject, found: PCurve) -> str:
    shares = ", ".join(f"{100.0 * share:.0f}%" for share in found.shares)
    verdict = "evidential value" if found.evidential else "no evidential value shown"
    weak = "; flatter than 33% power" if found.inadequate else ""
    opposite = f" {found.opposite} of the significant studies point the other way." if found.opposite else ""
    return (
        f"p-curve of {subject.counted(found.p.size)} with p < .05 out of {found.k}. Shares with p up to "
        f".01, .02, .03, .04 and .05: {shares}. Right skew: full curve "
        f"z = {written(found.right_skew_full.z)}, {p_text(found.right_skew_full.p_value)}; "
        f"half curve z = {written(found.right_skew_half.z)}, "
        f"{p_text(found.right_skew_half.p_value)}. Flatter than 33% power: "
        f"{p_text(found.flat_full.p_value)}. Estimated power {_percent(found.power)} (90% interval "
        f"{_percent(found.power_low)} to {_percent(found.power_high)}): {verdict}{weak}.{opposite}"
    )
