"""What a reader must know of a dose-response analysis: how it was done, and what it cannot tell."""

from __future__ import annotations

import numpy as np

from evidence.wording import counted
from synthesis.curves.curve_summary import CurveSummary
from synthesis.curves.exposure_classes import COVARIANCES

_NAMES = {
    "linear": "straight line",
    "quadratic": "parabola",
    "spline": "restricted cubic spline",
    "linear spline": "linear spline",
    "fractional": "fractional polynomial",
}
_METHODS = {
    "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
    "DL": "moments",
    "EE": "no heterogeneity between studies",
}


def curve_sentence(result: CurveSummary, curve: str, chosen: str, covariance: str) -> str:
    """The method in one sentence."""
    shape = _NAMES[curve] + (f" ({chosen})" if chosen else "")
    stages = "one stage" if result.stages == 1 else "two stages"
    kinds = {each.kind for each in result.studies}
    if covariance == "given":
        errors = "covariances as given"
    elif kinds == {"means"} and covariance != "independent":
        errors = "covariance of classes from their sizes"
    else:
        errors = f"covariance of classes: {COVARIANCES[covariance]}"
    interval = "normal" if result.test == "z" else f"t({result.k - len(result.names)})"
    return (
        f"{shape[0].upper()}{shape[1:]}, {stages}, {_METHODS[result.method]}; {errors}; {interval} intervals."
    )


def curve_notes(result: CurveSummary, rows: int, covariance: str) -> tuple[str, ...]:
    """Sentences that the reader needs."""
    notes = []
    left = rows - result.classes - result.k
    if left:
        notes.append(f"{counted(left, 'class', 'classes')} left out, for want of a number.")
    if result.k == 1:
        notes.append("One study: nothing is known of differences between studies.")
    p = len(result.names)
    if result.method in ("REML", "ML") and 1 < result.k <= p + 1:
        notes.append(
            f"{counted(result.k)} cannot tell how {counted(p, 'coefficient')} "
            f"{'varies' if p == 1 else 'vary'} between studies: the intervals are too short."
        )
    if result.method in ("REML", "ML") and p > 1 and result.psi.any() and _singular(result):
        notes.append(
            "The variation between studies lies on its edge: some direction of the coefficients does "
            "not vary."
        )
    few = [each.name for each in result.studies if each.yi.size < p]
    if few:
        notes.append(f"Fewer classes than coefficients, kept in one stage: {', '.join(few)}.")
    if covariance == "independent" and any(each.yi.size > 1 for each in result.studies):
        notes.append("Classes of a study share a reference and are dependent; that is not allowed for.")
    return tuple(notes)


def _singular(result: CurveSummary) -> bool:
    scale = np.sqrt(np.diag(result.covariance))
    values = np.linalg.eigvalsh(result.psi / np.outer(scale, scale))
    return bool(values[0] < 1e-9 * values[-1])
